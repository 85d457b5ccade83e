"""Every request can be cancelled and is answered exactly once; progress begins once and ends once."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest_asyncio

from eventlens.lsp.feature_table import FEATURES

from .client import RawServer

TEXT = 'publish("orders");\n// SLOW\n'
CANCELLED = -32800
NOT_ASKED_BY_CLIENTS = {
    "textDocument/publishDiagnostics",
    "workspace/codeLens/refresh",
    "workspace/inlayHint/refresh",
    "window/showDocument",
}
ABILITIES = {
    "textDocument": {"diagnostic": {}},
    "workspace": {"diagnostics": {"refreshSupport": True}},
    "window": {"workDoneProgress": True},
}


@pytest_asyncio.fixture
async def server(tmp_path: Path) -> AsyncIterator[RawServer]:
    """A server amid its first analysis, which takes two seconds."""
    (tmp_path / "a.ts").write_text(TEXT)
    server = await RawServer.start()
    root = {"processId": None, "rootUri": tmp_path.as_uri(), "capabilities": ABILITIES}
    server.send({"id": 0, "method": "initialize", "params": root})
    await server.answer(0)
    document = {"uri": (tmp_path / "a.ts").as_uri(), "languageId": "typescript", "version": 1, "text": TEXT}
    server.send({"method": "initialized", "params": {}})
    server.send({"method": "textDocument/didOpen", "params": {"textDocument": document}})
    yield server
    await RawServer.stop_all()


def requests(uri: str) -> dict[str, dict[str, Any]]:
    """Each request of a feature, with parameters that it can work on."""
    document, place = {"textDocument": {"uri": uri}}, {"line": 0, "character": 3}
    lines = {"start": place, "end": place}
    item = {"name": "x", "kind": 12, "uri": uri, "range": lines, "selectionRange": lines, "data": {"key": "x"}}
    carried = {"uri": uri, "finding": "x", "fix": "x", "key": "x"}
    special: dict[str, dict[str, Any]] = {
        "workspace/diagnostic": {"previousResultIds": []},
        "workspace/symbol": {"query": "orders"},
        "workspace/executeCommand": {"command": "eventlens.showEnds", "arguments": [uri, 0, 3]},
        "callHierarchy/incomingCalls": {"item": item},
        "callHierarchy/outgoingCalls": {"item": item},
        "codeAction/resolve": {"title": "x", "data": carried},
    }
    general = {
        **document,
        "position": place,
        "range": lines,
        "context": {"includeDeclaration": True, "diagnostics": [], "triggerKind": 1},
        "newName": "parcels",
    }
    methods = [method for feature in FEATURES for method in feature.methods if method not in NOT_ASKED_BY_CLIENTS]
    return {method: special.get(method, general) for method in methods}


async def test_every_request_can_be_cancelled_and_is_answered_once(server: RawServer, tmp_path: Path) -> None:
    asked = dict(enumerate(requests((tmp_path / "a.ts").as_uri()).items(), 1))
    for number, (method, params) in asked.items():
        server.send({"id": number, "method": method, "params": params})
    for number in asked:
        server.send({"method": "$/cancelRequest", "params": {"id": number}})
        server.send({"method": "$/cancelRequest", "params": {"id": number}})
    last = len(asked) + 1
    answers: dict[int, Any] = {}
    times: Counter[int] = Counter()
    while last not in answers:
        message = await server.receive()
        if "method" not in message:
            answers[message["id"]] = message
            times[message["id"]] += 1
            if len(answers) == len(asked):
                server.send({"id": last, "method": "textDocument/hover", "params": requests("")["textDocument/hover"]})
        elif "id" in message:
            server.send({"id": message["id"], "result": None})
    assert times == Counter(dict.fromkeys([*asked, last], 1))
    codes = {method: answers[number].get("error", {}).get("code") for number, (method, _) in asked.items()}
    assert codes == dict.fromkeys(codes, CANCELLED)


async def test_a_cancelled_display_ends_once_and_the_next_edit_begins_a_new_one(
    server: RawServer, tmp_path: Path
) -> None:
    seen: list[str] = []
    counts: list[str] = []
    edited = False
    while seen.count("end") < 2:
        message = await server.receive()
        if message.get("method") == "window/workDoneProgress/create":
            server.send({"id": message["id"], "result": None})
        elif message.get("method") == "$/progress":
            value, token = message["params"]["value"], message["params"]["token"]
            seen.append(value["kind"])
            counts += [value["message"]] if value["kind"] == "report" else []
            if value["kind"] == "report" and not edited:
                edited = True
                server.send({"method": "window/workDoneProgress/cancel", "params": {"token": token}})
            if value["kind"] == "end" and seen.count("end") == 1:
                change = {"textDocument": {"uri": (tmp_path / "a.ts").as_uri(), "version": 2}}
                change["contentChanges"] = [{"text": TEXT}]  # type: ignore[assignment]
                server.send({"method": "textDocument/didChange", "params": change})
    assert [kind for kind in seen if kind != "report"] == ["begin", "end", "begin", "end"]
    assert seen[0] == "begin" and seen[-1] == "end" and all("/" in count for count in counts)


async def answer(server: RawServer, method: str, params: object) -> dict[str, Any]:
    server.send({"id": 7, "method": method, "params": params})
    return await server.answer(7)


async def test_a_request_that_cannot_be_read_is_answered(server: RawServer) -> None:
    for method in ("textDocument/completion", "textDocument/hover", "codeAction/resolve", "workspace/diagnostic"):
        for params in (None, 3, [], {"textDocument": 3}):
            assert (await answer(server, method, params))["error"]["code"] in (-32602, -32603), (method, params)


async def test_a_request_before_the_start_or_after_the_end_is_answered(tmp_path: Path) -> None:
    try:
        server = await RawServer.start()
        query = {"query": ""}
        assert (await answer(server, "workspace/symbol", query))["error"]["code"] == -32002
        await server.hello(tmp_path)
        assert (await answer(server, "workspace/symbol", query))["result"] == []
        again = {"processId": None, "rootUri": None, "capabilities": {}}
        assert (await answer(server, "initialize", again))["error"]["code"] == -32600
        assert (await answer(server, "shutdown", None))["result"] is None
        assert (await answer(server, "workspace/symbol", query))["error"]["code"] == -32600
        server.send({"method": "exit"})
        assert await server.code() == 0
    finally:
        await RawServer.stop_all()
