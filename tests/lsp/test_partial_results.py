"""References and symbols of the workspace in parts: nothing twice, nothing left out, and none after a cancellation."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from .client import RawServer

COUNT = 5000
CANCELLED = -32800
METHODS = ("textDocument/references", "workspace/symbol")


@pytest_asyncio.fixture
async def server(tmp_path: Path) -> AsyncIterator[RawServer]:
    """A server that has looked at a file with many sites of one channel."""
    (tmp_path / "a.ts").write_text('publish("orders");\n' * COUNT)
    server = await RawServer.start()
    await server.hello(tmp_path)
    server.send({"id": 1, "method": "workspace/symbol", "params": {"query": "orders"}})
    assert (await server.answer(1))["result"]
    yield server
    await RawServer.stop_all()


def ask(server: RawServer, tmp_path: Path, number: int, method: str, token: str | int | None = None) -> None:
    params: dict[str, Any] = {"query": "orders"}
    if method == METHODS[0]:
        document = {"uri": (tmp_path / "a.ts").as_uri()}
        place = {"line": 0, "character": 10}
        params = {"textDocument": document, "position": place, "context": {"includeDeclaration": True}}
    more = {} if token is None else {"partialResultToken": token}
    server.send({"id": number, "method": method, "params": params | more})


async def parts_and_answer(server: RawServer, number: int, token: str | int) -> tuple[list[list[Any]], dict[str, Any]]:
    """What is sent under a token up to the answer."""
    parts: list[list[Any]] = []
    while True:
        message = await server.receive()
        if message.get("id") == number and "method" not in message:
            return parts, message
        if message.get("method") == "$/progress" and message["params"]["token"] == token:
            parts.append(message["params"]["value"])


@pytest.mark.parametrize("token", ["parts", 7, 0, ""])
@pytest.mark.parametrize("method", METHODS)
async def test_the_parts_are_the_whole_answer(server: RawServer, tmp_path: Path, method: str, token: str | int) -> None:
    ask(server, tmp_path, 2, method)
    whole = (await server.answer(2))["result"]
    assert len(whole) > 150
    ask(server, tmp_path, 3, method, token)
    parts, answer = await parts_and_answer(server, 3, token)
    assert not answer["result"] and "error" not in answer
    assert [one for part in parts for one in part] == whole
    assert [len(part) for part in parts[:-1]] == [100] * (len(parts) - 1) and 0 < len(parts[-1]) <= 100


@pytest.mark.parametrize("method", METHODS)
async def test_nothing_found_has_no_parts(server: RawServer, tmp_path: Path, method: str) -> None:
    (tmp_path / "b.ts").write_text("\n")
    document, place = {"uri": (tmp_path / "b.ts").as_uri()}, {"line": 0, "character": 0}
    params = {"textDocument": document, "position": place, "context": {"includeDeclaration": True}, "query": "nowhere"}
    server.send({"id": 2, "method": method, "params": params | {"partialResultToken": "parts"}})
    parts, answer = await parts_and_answer(server, 2, "parts")
    assert parts == [] and not answer["result"]


async def test_a_request_that_is_cancelled_between_two_parts_stops(server: RawServer, tmp_path: Path) -> None:
    ask(server, tmp_path, 2, METHODS[0], "parts")
    first = await server.receive()
    while first.get("method") != "$/progress":
        first = await server.receive()
    server.send({"method": "$/cancelRequest", "params": {"id": 2}})
    parts, answer = await parts_and_answer(server, 2, "parts")
    assert answer["error"]["code"] == CANCELLED
    assert 100 * len(parts) < COUNT / 2
    ask(server, tmp_path, 3, METHODS[0], "others")
    later, answer = await parts_and_answer(server, 3, "others")
    assert "error" not in answer and sum(map(len, later)) == COUNT
