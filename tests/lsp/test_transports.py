"""The real server over each transport: it serves, it ends with the right code, and it lets in whom it should."""

from __future__ import annotations

import asyncio
import json
import re
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

SERVE = [sys.executable, "-m", "eventlens", "serve"]
SOURCE = (
    "import { Kafka } from 'kafkajs';\n"
    "const producer = new Kafka({ brokers: ['localhost:9092'] }).producer();\n"
    "export const lose = () => producer.send({ topic: 'lost', messages: [{ value: 'v' }] });\n"
)
HELLO = {"processId": None, "rootUri": None, "capabilities": {}}
TIMEOUT = 20
Listen = Callable[..., Awaitable[tuple[asyncio.subprocess.Process, str, int]]]


@pytest_asyncio.fixture
async def listen() -> AsyncIterator[Listen]:
    """Starts a server and gives its process, and the host and port that it says it listens on."""
    started: list[asyncio.subprocess.Process] = []

    async def begin(scheme: str, *options: str) -> tuple[asyncio.subprocess.Process, str, int]:
        pipe = asyncio.subprocess.PIPE
        command = (*SERVE, f"--{scheme}", "127.0.0.1:0", *options)
        process = await asyncio.create_subprocess_exec(*command, stdout=pipe, stderr=pipe)
        started.append(process)
        assert process.stderr is not None
        line = (await asyncio.wait_for(process.stderr.readline(), TIMEOUT)).decode()
        found = re.fullmatch(rf"listening on {scheme}://([\d.]+):(\d+)\n", line)
        assert found, line
        return process, found[1], int(found[2])

    yield begin
    for process in started:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def code(process: asyncio.subprocess.Process) -> int:
    return await asyncio.wait_for(process.wait(), TIMEOUT)


class Wire:
    """JSON-RPC over a WebSocket or a socket."""

    def __init__(self, send: Callable[[str], Awaitable[None]], receive: Callable[[], Awaitable[str]]) -> None:
        self._send, self._receive = send, receive

    @classmethod
    def of(cls, client: ClientConnection) -> Wire:
        async def receive() -> str:
            message = await asyncio.wait_for(client.recv(), TIMEOUT)
            assert isinstance(message, str), "a message is a text frame"
            return message

        return cls(client.send, receive)

    @classmethod
    async def tcp(cls, host: str, port: int) -> Wire:
        reader, writer = await asyncio.open_connection(host, port)

        async def send(message: str) -> None:
            writer.write(b"Content-Length: %d\r\n\r\n%s" % (len(message.encode()), message.encode()))
            await writer.drain()

        async def receive() -> str:
            header = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), TIMEOUT)
            found = re.search(rb"Content-Length: (\d+)", header)
            assert found
            return (await reader.readexactly(int(found[1]))).decode()

        wire = cls(send, receive)
        wire.close = writer.close
        return wire

    close: Callable[[], None]

    async def send(self, method: str, params: Any = None, number: int | None = None) -> None:
        named = {} if number is None else {"id": number}
        await self._send(json.dumps({"jsonrpc": "2.0", "method": method, "params": params, **named}))

    async def ask(self, method: str, params: Any, number: int) -> Any:
        await self.send(method, params, number)
        return (await self.until(lambda message: message.get("id") == number and "method" not in message))["result"]

    async def until(self, holds: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        while True:
            message: dict[str, Any] = json.loads(await self._receive())
            if holds(message):
                return message

    async def goodbye(self) -> None:
        assert await self.ask("shutdown", None, 99) is None
        await self.send("exit")


async def a_session(wire: Wire, root: Path) -> None:
    """Findings of a file on disk, and of a document of more than a mebibyte."""
    (root / "package.json").write_text('{"name": "shop", "dependencies": {"kafkajs": "2"}}')
    (root / "lost.ts").write_text(SOURCE)
    assert (await wire.ask("initialize", {**HELLO, "rootUri": root.as_uri()}, 1))["serverInfo"]["name"] == "eventlens"
    await wire.send("initialized", {})
    await wire.until(lambda message: "lost.ts" in str(message.get("params")))
    text = SOURCE + f"// {'é' * 50}\n" * 12_000
    assert len(text.encode()) > 2**20
    uri = (root / "large.ts").as_uri()
    document = {"uri": uri, "languageId": "typescript", "version": 1, "text": text}
    await wire.send("textDocument/didOpen", {"textDocument": document})
    found = await wire.until(lambda message: message.get("params", {}).get("uri") == uri)
    assert found["params"]["diagnostics"]


async def test_a_session_over_a_websocket(listen: Listen, tmp_path: Path) -> None:
    process, host, port = await listen("ws")
    async with connect(f"ws://{host}:{port}", max_size=None) as client:
        wire = Wire.of(client)
        await a_session(wire, tmp_path)
        await wire.goodbye()
        assert await code(process) == 0


async def test_a_session_over_tcp(listen: Listen, tmp_path: Path) -> None:
    process, host, port = await listen("tcp")
    wire = await Wire.tcp(host, port)
    await a_session(wire, tmp_path)
    await wire.goodbye()
    assert await code(process) == 0


async def test_nothing_is_printed_on_standard_output(listen: Listen, tmp_path: Path) -> None:
    process, host, port = await listen("tcp")
    wire = await Wire.tcp(host, port)
    await wire.ask("initialize", HELLO, 1)
    await wire.goodbye()
    output, _ = await asyncio.wait_for(process.communicate(), TIMEOUT)
    assert output == b""


async def test_a_client_that_goes_without_a_word_ends_the_server(listen: Listen) -> None:
    for scheme in ("ws", "tcp"):
        process, host, port = await listen(scheme)
        if scheme == "ws":
            async with connect(f"ws://{host}:{port}") as client:
                await Wire.of(client).ask("initialize", HELLO, 1)
        else:
            wire = await Wire.tcp(host, port)
            await wire.ask("initialize", HELLO, 1)
            wire.close()
        assert await code(process) == 1, scheme


async def test_a_client_that_is_cut_off_in_a_message_ends_the_server(listen: Listen) -> None:
    process, host, port = await listen("tcp")
    _, writer = await asyncio.open_connection(host, port)
    writer.write(b"Content-Length: 100\r\n\r\n{")
    await writer.drain()
    writer.close()
    assert await code(process) == 1


async def test_a_second_client_is_turned_away_and_does_not_disturb(listen: Listen) -> None:
    process, host, port = await listen("ws")
    async with connect(f"ws://{host}:{port}") as first:
        wire = Wire.of(first)
        await wire.ask("initialize", HELLO, 1)
        async with connect(f"ws://{host}:{port}") as second:
            with pytest.raises(ConnectionClosed):
                await asyncio.wait_for(second.recv(), TIMEOUT)
        await wire.goodbye()
        assert await code(process) == 0
    process, host, port = await listen("tcp")
    wire = await Wire.tcp(host, port)
    await wire.ask("initialize", HELLO, 1)
    reader, writer = await asyncio.open_connection(host, port)
    assert await asyncio.wait_for(reader.read(), TIMEOUT) == b""
    writer.close()
    await wire.goodbye()
    assert await code(process) == 0


async def test_a_page_in_a_browser_is_let_in_only_when_it_is_named(listen: Listen) -> None:
    _, host, port = await listen("ws")
    with pytest.raises(InvalidStatus) as refused:
        await connect(f"ws://{host}:{port}", origin="https://elsewhere.example")
    assert refused.value.response.status_code == 403
    _, host, port = await listen("ws", "--ws-origin", "https://editor.example")
    async with connect(f"ws://{host}:{port}", origin="https://editor.example") as client:
        assert await Wire.of(client).ask("initialize", HELLO, 1)


async def test_what_is_no_message_does_not_end_a_websocket(listen: Listen) -> None:
    _, host, port = await listen("ws")
    async with connect(f"ws://{host}:{port}") as client:
        for body in ("not json", b"\xff\xfe", "[]", "3"):
            await client.send(body)
        assert await Wire.of(client).ask("initialize", HELLO, 1)


async def test_an_address_that_is_taken_is_said_so(listen: Listen) -> None:
    _, host, port = await listen("tcp")
    for scheme in ("ws", "tcp"):
        command = (*SERVE, f"--{scheme}", f"{host}:{port}")
        pipe = asyncio.subprocess.PIPE
        process = await asyncio.create_subprocess_exec(*command, stdout=pipe, stderr=pipe)
        output, errors = await asyncio.wait_for(process.communicate(), TIMEOUT)
        assert (process.returncode, output) == (2, b"")
        assert f"--{scheme} {host}:{port}: cannot listen there (" in errors.decode(), errors
        assert "Traceback" not in errors.decode()
