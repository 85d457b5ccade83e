"""Requests and notifications that make no sense: each request is answered exactly once, and the server goes on as before."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from lsprotocol import types

from eventlens.lsp.own_methods import OWN_TYPES
from eventlens.lsp.server import create_server

from .client import RawServer, high_water
from .test_cancelling import ABILITIES, requests

TEXT = 'const a = 1;\npublish("orders");\nsubscribe("orders"); // 😀😀\n'
CANCELLED, INVALID, NO_METHOD, PARAMS, NOT_BEGUN = -32800, -32600, -32601, -32602, -32002
GREETING = {"processId": None, "rootUri": None, "capabilities": {}}


@pytest_asyncio.fixture
async def server(tmp_path: Path) -> AsyncIterator[RawServer]:
    """A server for a folder with one file, which is open."""
    (tmp_path / "a.ts").write_text(TEXT)
    server = await RawServer.start()
    server.send(
        {
            "id": 0,
            "method": "initialize",
            "params": {**GREETING, "rootUri": tmp_path.as_uri(), "capabilities": ABILITIES},
        }
    )
    await server.answer(0)
    server.send({"method": "initialized", "params": {}})
    server.send({"method": "textDocument/didOpen", "params": {"textDocument": document(uri_of(tmp_path))}})
    yield server
    await RawServer.stop_all()


def uri_of(root: Path) -> str:
    return (root / "a.ts").as_uri()


def document(uri: str, version: int = 1, text: str = TEXT) -> dict[str, Any]:
    return {"uri": uri, "languageId": "typescript", "version": version, "text": text}


def at(uri: str, line: Any, character: Any) -> dict[str, Any]:
    return {"textDocument": {"uri": uri}, "position": {"line": line, "character": character}}


async def answers(server: RawServer, wanted: int, extra: int = 0) -> list[dict[str, Any]]:
    """So many answers, in the order in which they come. Requests of the server are answered."""
    found: list[dict[str, Any]] = []
    while len(found) < wanted + extra:
        message = await server.receive()
        if "method" not in message:
            found.append(message)
        elif "id" in message:
            server.send({"id": message["id"], "result": None})
    return found


async def still_right(server: RawServer, uri: str) -> None:
    """The next answer is that to a hover, and it is about the publish."""
    server.send({"id": "last", "method": "textDocument/hover", "params": at(uri, 1, 3)})
    (found,) = await answers(server, 1)
    assert found["id"] == "last", found
    assert found["result"]["range"] == {"start": {"line": 1, "character": 0}, "end": {"line": 1, "character": 17}}
    assert "orders" in found["result"]["contents"]["value"]


def spoilt(params: Any) -> list[Any]:
    """Parameters that are not what a method takes: replaced, and with each part replaced or left out."""
    odd: list[Any] = [None, 3, "x", [], {}, True, 1e400]
    if isinstance(params, dict):
        for name in params:
            odd.append({other: value for other, value in params.items() if other != name})
            odd += [{**params, name: wrong} for wrong in spoilt(params[name])]
    elif isinstance(params, list):
        odd.append([None])
    return odd


def spoilt_requests(uri: str) -> list[tuple[str, Any]]:
    return [
        (method, params) for method, right in sorted(requests(uri).items()) for params in spoilt(right)
        if method != "workspace/executeCommand"
    ] + [("workspace/executeCommand", params) for params in spoilt({"command": "eventlens.showEnds", "arguments": [uri, 0, 3]})] + [
        ("workspace/executeCommand", {"command": "eventlens.showEnds", "arguments": arguments})
        for arguments in ([], [uri], [uri, 0], [uri, "x", 3], [uri, -1, 3], [uri, 2**31, 3], [uri, 0, 3, 4], [None, None, None], {"uri": uri})
    ]  # fmt: skip


async def test_requests_of_wrong_types_are_answered_once_each(server: RawServer, tmp_path: Path) -> None:
    asked = spoilt_requests(uri_of(tmp_path))
    assert len(asked) > 500
    for number, (method, params) in enumerate(asked, 1):
        server.send({"id": number, "method": method, "params": params})
        server.send({"id": f"without {number}", "method": method})
    found = await answers(server, 2 * len(asked))
    assert Counter(each["id"] for each in found) == Counter(
        name for number in range(1, len(asked) + 1) for name in (number, f"without {number}")
    )
    assert all(("result" in each) != ("error" in each) for each in found)
    codes = Counter(each.get("error", {}).get("code") for each in found)
    assert codes[-32603] == 0, [each for each in found if each.get("error", {}).get("code") == -32603][:5]
    await still_right(server, uri_of(tmp_path))


async def test_what_is_wrong_with_parameters_is_said(server: RawServer, tmp_path: Path) -> None:
    server.send({"id": 1, "method": "textDocument/hover", "params": at(uri_of(tmp_path), "x", 3)})
    (found,) = await answers(server, 1)
    assert found["error"]["code"] == PARAMS
    assert "textDocument/hover: " in found["error"]["message"] and "params.position.line" in found["error"]["message"]


NOTIFICATIONS: dict[str, Any] = {
    "textDocument/didOpen": {"textDocument": document("file:///elsewhere.ts")},
    "textDocument/didChange": {
        "textDocument": {"uri": "file:///elsewhere.ts", "version": 2},
        "contentChanges": [{"range": {"start": {"line": 0, "character": 0}, "end": {"line": 0, "character": 1}}, "text": "x"}],
    },
    "textDocument/didSave": {"textDocument": {"uri": "file:///elsewhere.ts"}},
    "textDocument/didClose": {"textDocument": {"uri": "file:///elsewhere.ts"}},
    "workspace/didChangeWatchedFiles": {"changes": [{"uri": "file:///elsewhere.ts", "type": 1}]},
    "workspace/didRenameFiles": {"files": [{"oldUri": "file:///elsewhere", "newUri": "file:///other"}]},
    "workspace/didDeleteFiles": {"files": [{"uri": "file:///elsewhere"}]},
    "workspace/didChangeConfiguration": {"settings": {"eventlens": {"hover": True}}},
    "workspace/didChangeWorkspaceFolders": {"event": {"added": [{"uri": "file:///elsewhere", "name": "x"}], "removed": []}},
    "window/workDoneProgress/cancel": {"token": "x"},
    "$/cancelRequest": {"id": 77},
    "$/setTrace": {"value": "off"},
}  # fmt: skip


def test_every_notification_is_abused() -> None:
    """A notification that is registered later belongs into the list above."""
    manager = create_server().protocol.fm
    registered = manager.features.keys() | manager.builtin_features.keys()
    messages = OWN_TYPES | {method: kinds[0] for method, kinds in types.METHOD_TO_TYPES.items()}
    notifications = {method for method in registered if not hasattr(messages[method], "id")}
    assert notifications - {"initialized", "exit"} == NOTIFICATIONS.keys() - {"$/cancelRequest"}


async def test_notifications_of_wrong_types_change_nothing(server: RawServer, tmp_path: Path) -> None:
    for method, right in NOTIFICATIONS.items():
        for params in [*spoilt(right), right]:
            server.send({"method": method, "params": params})
        server.send({"method": method})
        server.send({"id": method, "method": method, "params": right})
    found = await answers(server, len(NOTIFICATIONS))
    assert {each["id"]: each["error"]["code"] for each in found} == dict.fromkeys(NOTIFICATIONS, INVALID)
    await still_right(server, uri_of(tmp_path))


async def test_positions_that_are_nowhere(server: RawServer, tmp_path: Path) -> None:
    uri = uri_of(tmp_path)
    places = [(0, 10**6), (10**6, 0), (2**31 - 1, 2**31 - 1), (2, 25), (2, 26), (3, 0), (4, 0)]
    wrong = [(-1, 0), (0, -1), (2**31, 0), (0, 2**31), (2**63, 0), (0, 10**30)]
    numbers = iter(range(1, 10**6))
    kinds = [name for name, params in requests(uri).items() if "position" in params]
    asked = {
        next(numbers): (method, place, place in wrong)
        for method in kinds for place in [*places, *wrong]
    }  # fmt: skip
    for number, (method, place, _) in asked.items():
        params = {**requests(uri)[method], **at(uri, *place)}
        params["range"] = {"start": params["position"], "end": params["position"]}
        server.send({"id": number, "method": method, "params": params})
    for each in await answers(server, len(asked)):
        method, place, is_wrong = asked[each["id"]]
        assert ("error" in each) is (is_wrong and method not in WITHOUT_POSITION), (method, place, each)
    await still_right(server, uri)


WITHOUT_POSITION = ("textDocument/diagnostic", "textDocument/documentSymbol", "textDocument/codeLens")
"""Their parameters have no position; one that stands there is not looked at."""


def strange_uris(root: Path) -> list[str]:
    here = root.as_uri()
    return [
        "", "x", "untitled:Untitled-1", "untitled:/a.ts", "git:/a.ts?%7B%22ref%22%3A%22%22%7D", "vscode-notebook-cell:/a.ipynb#W0",
        "http://example.com/a.ts", "file:", "file://", "file:///", "file:a.ts", "file:///etc/passwd", "file://server/share/a.ts",
        "file:///c%3A/Users/a.ts", "file:///C:/Users/a.ts", "file:///c:\\Users\\a.ts", "file://[", "file://[::1]:x/a", "file:///%00", "file:///%ff%fe",
        "file:///%", "file:///%zz", "file:///\ud800", "file:///a\0b", f"{here}/../../../../../../etc/passwd", f"{here}/%2e%2e/%2e%2e/etc/passwd",
        f"{here}/nothing.ts", f"{here}/{'x' * 300}.ts", f"{here}/{'d/' * 3000}a.ts", f"{here}/{'x' * 100_000}", f"{here}", f"{here}/",
        f"{here}/a.ts/b.ts", f"{here}/a.ts?query", f"{here}/a.ts#L1", f"{here}/%F0%9F%98%80.ts", f"{here}/\x7f\n\t.ts", f"{here}/fifo", f"{here}/~", f"{here}//a.ts",
    ]  # fmt: skip


async def test_uris_of_nothing(server: RawServer, tmp_path: Path) -> None:
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "fifo")
    uris = strange_uris(tmp_path)
    asked = [(method, params) for uri in uris for method, params in requests(uri).items()]
    for uri in uris:
        server.send({"method": "textDocument/didOpen", "params": {"textDocument": document(uri, text="x")}})
    for number, (method, params) in enumerate(asked, 1):
        server.send({"id": number, "method": method, "params": params})
    for uri in uris:
        for method in ("didSave", "didClose", "didClose"):
            server.send({"method": f"textDocument/{method}", "params": {"textDocument": {"uri": uri}}})
        server.send({"method": "workspace/didRenameFiles", "params": {"files": [{"oldUri": uri, "newUri": uri}]}})
        folder = {"uri": uri, "name": "x"}
        if Path("/etc/passwd").is_file() and uri not in (
            "file:///",
            "file://",
            "file:",
            f"{tmp_path.as_uri()}",
            f"{tmp_path.as_uri()}/",
        ):
            event = {"added": [folder], "removed": [folder]}
            server.send({"method": "workspace/didChangeWorkspaceFolders", "params": {"event": event}})
    changes = [{"uri": uri, "type": kind} for uri in uris for kind in (1, 2, 3)]
    server.send({"method": "workspace/didChangeWatchedFiles", "params": {"changes": changes}})
    found = await answers(server, len(asked))
    assert sorted(each["id"] for each in found) == list(range(1, len(asked) + 1))
    internal = [(asked[each["id"] - 1], each) for each in found if each.get("error", {}).get("code") == -32603]
    assert not internal
    assert not any("root:x" in json.dumps(each) for each in found)
    server.send({"method": "textDocument/didOpen", "params": {"textDocument": document(uri_of(tmp_path))}})
    await still_right(server, uri_of(tmp_path))


async def test_unknown_methods_and_odd_ids(server: RawServer, tmp_path: Path) -> None:
    place = at(uri_of(tmp_path), 1, 3)
    for method in (
        "textDocument/nonsense",
        "$/nonsense",
        "",
        "textDocument/foldingRange",
        "exit/",
        "x" * 100_000,
        "\ud800",
        "publishDiagnostics",
    ):
        server.send(
            {"id": 1, "method": method, "params": place}, {"method": method, "params": {"type_name": "x y", "a": [{}]}}
        )
        (found,) = await answers(server, 1)
        assert (found["id"], found["error"]["code"]) == (1, NO_METHOD) and len(found["error"]["message"]) < 200, method
    for number in (0, -1, 2**31, 2**63, 10**40, "", "x" * 10_000, "0", "\ud800"):
        server.send({"id": number, "method": "textDocument/hover", "params": place})
        (found,) = await answers(server, 1)
        assert found["id"] == number and found["result"] is not None
    server.send(*[{"id": 5, "method": "textDocument/hover", "params": place}] * 3)
    assert [(each["id"], "result" in each) for each in await answers(server, 3)] == [(5, True)] * 3
    for answer in ({"result": 1}, {"error": {"code": 1, "message": "x"}}, {"error": None}, {"error": 3}, {}):
        for number in (5, "nobody asked", -1, None, {}, 1.5):
            server.send({"id": number, **answer})
    await still_right(server, uri_of(tmp_path))


async def test_a_flood_of_cancelled_requests(server: RawServer, tmp_path: Path) -> None:
    uri, count = uri_of(tmp_path), 5000
    before = high_water(server.process.pid)
    server.send(
        {
            "method": "textDocument/didChange",
            "params": {"textDocument": {"uri": uri, "version": 2}, "contentChanges": [{"text": TEXT}]},
        }
    )
    for number in range(1, count + 1):
        server.send({"id": number, "method": "textDocument/hover", "params": at(uri, 1, 3)})
        server.send({"method": "$/cancelRequest", "params": {"id": number}})
        server.send({"method": "$/cancelRequest", "params": {"id": -number}})
    found = await answers(server, count)
    assert Counter(each["id"] for each in found) == Counter(range(1, count + 1))
    assert {each.get("error", {}).get("code") for each in found} <= {None, CANCELLED}
    for number in range(1, count + 1):
        server.send({"method": "$/cancelRequest", "params": {"id": number}})
    await still_right(server, uri)
    assert high_water(server.process.pid) - before < 100 * 2**20


# ------------------------------------------------------------------------------------------------ beginning and end


@pytest_asyncio.fixture
async def fresh() -> AsyncIterator[RawServer]:
    """A server that nobody has spoken to."""
    yield await RawServer.start()
    await RawServer.stop_all()


async def test_before_the_start_everything_is_refused(fresh: RawServer, tmp_path: Path) -> None:
    (tmp_path / "a.ts").write_text(TEXT)
    uri = uri_of(tmp_path)
    asked = [*requests(uri).items(), ("shutdown", None), ("nonsense", {}), ("workspace/symbol", 3)]
    for method, params in [*NOTIFICATIONS.items(), ("initialized", {}), ("$/progress", {"token": 1, "value": 1})]:
        fresh.send({"method": method, "params": params})
    for number, (method, params) in enumerate(asked, 1):
        fresh.send({"id": number, "method": method, "params": params})
    for number in range(1, len(asked) + 1):
        message = await fresh.receive()
        assert (message["id"], message["error"]["code"]) == (number, NOT_BEGUN)
    for params in (
        None,
        3,
        [],
        {},
        {"capabilities": 3},
        {**GREETING, "workspaceFolders": [3]},
    ):
        fresh.send({"id": 100, "method": "initialize", "params": params})
        assert (await fresh.receive())["error"]["code"] == PARAMS, params
    fresh.send({"id": 101, "method": "initialize", "params": {**GREETING, "rootUri": "file://["}})
    assert "error" in await fresh.answer(101)
    await fresh.hello(tmp_path)
    await still_right(fresh, uri)


@pytest.mark.parametrize("root", ["file:///%00", None])
async def test_a_start_in_a_folder_that_is_none(fresh: RawServer, root: Any) -> None:
    greeting = {
        **GREETING,
        "processId": 0,
        "rootUri": root,
        "rootPath": "\0",
        "initializationOptions": root,
    }
    fresh.send({"id": 1, "method": "initialize", "params": greeting}, {"method": "initialized", "params": {}})
    first = await fresh.answer(1)
    assert "result" in first, first
    fresh.send({"id": 2, "method": "workspace/symbol", "params": {"query": ""}})
    assert (await fresh.answer(2))["result"] == []


async def test_after_the_end_everything_is_refused(fresh: RawServer, tmp_path: Path) -> None:
    await fresh.hello(tmp_path)
    fresh.send({"id": 1, "method": "initialize", "params": GREETING})
    assert (await fresh.answer(1))["error"]["code"] == INVALID
    fresh.send({"id": 2, "method": "shutdown", "params": {}})
    assert (await fresh.answer(2))["result"] is None
    asked = [*requests(uri_of(tmp_path)).items(), ("shutdown", None), ("initialize", GREETING), ("nonsense", {})]
    for method, params in NOTIFICATIONS.items():
        fresh.send({"method": method, "params": params})
    for number, (method, params) in enumerate(asked, 10):
        fresh.send({"id": number, "method": method, "params": params})
        assert (await fresh.answer(number))["error"]["code"] == INVALID
    fresh.send({"method": "exit", "params": {"now": True}})
    assert await fresh.code() == 0


async def test_an_end_before_the_start(fresh: RawServer) -> None:
    fresh.send({"method": "exit"})
    assert await fresh.code() == 1


async def test_a_shutdown_answers_what_still_waits(fresh: RawServer, tmp_path: Path) -> None:
    """A command waits for the user's choice, a hover for the analysis."""
    (tmp_path / "a.ts").write_text('publish("x");\nsubscribe("x");\nsubscribe("x");\n// SLOW\n')
    fresh.send({"id": 0, "method": "initialize", "params": {**GREETING, "rootUri": tmp_path.as_uri()}})
    await fresh.answer(0)
    fresh.send({"method": "initialized", "params": {}})
    uri = uri_of(tmp_path)
    fresh.send(
        {
            "id": 1,
            "method": "workspace/executeCommand",
            "params": {"command": "eventlens.showEnds", "arguments": [uri, 0, 3]},
        }
    )
    while (await fresh.receive()).get("method") != "window/showMessageRequest":
        pass
    fresh.send({"method": "textDocument/didOpen", "params": {"textDocument": document(uri, text="// SLOW\n")}})
    fresh.send({"id": 2, "method": "textDocument/hover", "params": at(uri, 0, 3)}, {"id": 3, "method": "shutdown"})
    found = {each["id"]: each for each in await answers(fresh, 3)}
    assert {number: found[number].get("error", {}).get("code") for number in (1, 2, 3)} == {
        1: CANCELLED,
        2: CANCELLED,
        3: None,
    }
    fresh.send({"method": "exit"})
    assert await fresh.code() == 0
