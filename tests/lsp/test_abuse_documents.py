"""Documents opened, edited and closed as no editor should, and very much of all of it.

With EVENTLENS_ABUSE_ROUNDS of ten or more the documents are ten thousand.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest_asyncio

from .client import RawServer, high_water
from .test_abuse_framing import framed
from .test_abuse_interleaving import ROUNDS

MIB = 2**20
DOCUMENTS = min(1000 * ROUNDS, 10_000)


class Shop:
    """A server, and what a file in its folder shows."""

    def __init__(self, server: RawServer, root: Path) -> None:
        self.server = server
        self.root = root
        self._asked = 0

    def tell(self, method: str, uri: str, **params: Any) -> None:
        self.server.send({"method": f"textDocument/{method}", "params": {"textDocument": {"uri": uri}, **params}})

    def open(self, uri: str, text: str, version: int = 1) -> None:
        document = {"uri": uri, "languageId": "typescript", "version": version, "text": text}
        self.server.send({"method": "textDocument/didOpen", "params": {"textDocument": document}})

    def change(self, uri: str, version: int, *changes: dict[str, Any]) -> None:
        params = {"textDocument": {"uri": uri, "version": version}, "contentChanges": list(changes)}
        self.server.send({"method": "textDocument/didChange", "params": params})

    async def symbols(self, uri: str) -> list[tuple[str, int]]:
        """Name and line of what stands in a document."""
        self._asked += 1
        params = {"textDocument": {"uri": uri}}
        self.server.send({"id": self._asked, "method": "textDocument/documentSymbol", "params": params})
        found = (await self.server.answer(self._asked))["result"] or []
        return [(each["name"].split()[-1], each["location"]["range"]["start"]["line"]) for each in found]

    async def until(self, uri: str, wanted: list[tuple[str, int]]) -> None:
        end = time.monotonic() + 20
        while (found := await self.symbols(uri)) != wanted:
            assert time.monotonic() < end, (found, wanted)


@pytest_asyncio.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Shop]:
    (tmp_path / "a.ts").write_text('publish("disk");\n')
    server = await RawServer.start()
    await server.hello(tmp_path)
    yield Shop(server, tmp_path)
    await RawServer.stop_all()


def insertion(line: int, text: str) -> dict[str, Any]:
    place = {"line": line, "character": 0}
    return {"range": {"start": place, "end": place}, "text": text}


async def test_documents_opened_and_closed_out_of_turn(shop: Shop) -> None:
    uri = (shop.root / "a.ts").as_uri()
    await shop.until(uri, [("disk", 0)])
    shop.change(uri, 5, insertion(0, "\n"))
    shop.tell("didClose", uri)
    await shop.until(uri, [("disk", 0)])
    shop.open(uri, 'publish("one");\n', 3)
    shop.open(uri, '\npublish("two");\n', 3)
    await shop.until(uri, [("two", 1)])
    shop.change(uri, 1, insertion(0, "\n"))
    shop.change(uri, -7, insertion(0, "\n"))
    await shop.until(uri, [("two", 3)])
    shop.tell("didClose", uri)
    shop.tell("didClose", uri)
    await shop.until(uri, [("disk", 0)])
    shop.change(uri, 8, insertion(0, "\n"))
    await shop.until(uri, [("disk", 0)])


async def test_a_document_under_two_spellings_is_the_last_edited_until_both_are_closed(shop: Shop) -> None:
    plain = (shop.root / "a.ts").as_uri()
    for other in (
        plain.replace("a.ts", "%61.ts"),
        plain.replace("a.ts", "./x/../a.ts"),
        plain.replace("file://", "file://localhost"),
    ):
        shop.open(plain, 'publish("plain");\n')
        shop.open(other, '\npublish("other");\n')
        await shop.until(plain, [("other", 1)])
        shop.tell("didClose", other)
        await shop.until(plain, [("plain", 0)])
        shop.open(other, '\npublish("other");\n')
        shop.tell("didClose", plain)
        await shop.until(plain, [("other", 1)])
        shop.tell("didClose", other)
        await shop.until(plain, [("disk", 0)])


async def test_a_document_of_fifty_megabytes(shop: Shop) -> None:
    uri, large = (shop.root / "a.ts").as_uri(), (shop.root / "large.ts").as_uri()
    await shop.until(uri, [("disk", 0)])
    shop.open(large, 'publish("large");\n' + "// filler of a line of fifty-odd characters, or so\n" * 1_000_000)
    assert await shop.symbols(uri) == [("disk", 0)]
    shop.change(large, 2, insertion(0, "\n"))
    shop.open(uri, '\npublish("edited");\n')
    await shop.until(uri, [("edited", 1)])
    assert high_water(shop.server.process.pid) < 600 * MIB
    shop.change(large, 3, {"text": 'publish("small");\n'})
    await shop.until(large, [("small", 0)])


async def test_an_edit_of_twenty_thousand_parts(shop: Shop) -> None:
    uri = (shop.root / "a.ts").as_uri()
    shop.open(uri, 'publish("x"); // é\n' * 3 + "// é\n" * 20_000)
    shop.change(uri, 2, *(insertion(line, "//" if line > 1 else "\n") for line in range(20_000)))
    began = time.monotonic()
    await shop.until(uri, [("x", 2), ("x", 3), ("x", 4)])
    assert time.monotonic() - began < 10


async def test_thousands_of_open_documents(shop: Shop) -> None:
    uri, count = (shop.root / "a.ts").as_uri(), DOCUMENTS
    assert shop.server.process.stdin is not None
    for number in range(count):
        shop.open((shop.root / f"many/{number}.ts").as_uri(), f'publish("n{number}");\n' if number % 100 == 0 else "\n")
        if number % 500 == 0:
            await shop.server.process.stdin.drain()
    assert await shop.symbols(uri) in ([("disk", 0)], [])
    await shop.until((shop.root / f"many/{count - 100}.ts").as_uri(), [(f"n{count - 100}", 0)])
    for number in range(count):
        shop.tell("didClose", (shop.root / f"many/{number}.ts").as_uri())
    shop.open(uri, '\npublish("edited");\n')
    await shop.until(uri, [("edited", 1)])
    await shop.until((shop.root / f"many/{count - 100}.ts").as_uri(), [])
    assert high_water(shop.server.process.pid) < 300 * MIB


async def test_a_flood_of_bytes_that_belong_to_no_message(shop: Shop) -> None:
    """A hundred megabytes are skipped, not held."""
    uri, stdin = (shop.root / "a.ts").as_uri(), shop.server.process.stdin
    await shop.until(uri, [("disk", 0)])
    before = high_water(shop.server.process.pid)
    assert stdin is not None
    stdin.write(framed(b"", b"Content-Length: 999999999999"))
    for _ in range(100):
        stdin.write(b"x" * MIB)
        await stdin.drain()
    await shop.until(uri, [("disk", 0)])
    assert high_water(shop.server.process.pid) - before < 30 * MIB
