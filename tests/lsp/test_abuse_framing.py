"""Bytes that are no message: each is answered with an error, the next header is found, and nothing is believed that would cost memory."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import pytest_asyncio
from hypothesis import given, settings
from hypothesis import strategies as st

from eventlens.lsp.framing import Frames, Mistake, NotFramed

from .client import TIMEOUT, TOY, high_water

PARSE, INVALID = -32700, -32600
GOOD = b'{"jsonrpc":"2.0","id":1,"method":"x"}'


def framed(body: bytes, *headers: bytes) -> bytes:
    return b"".join(b"%s\r\n" % header for header in headers or (b"Content-Length: %d" % len(body),)) + b"\r\n" + body


class Case(NamedTuple):
    sent: bytes
    code: int | None
    """The error that is answered; None where the bytes are a message after all."""


UNREADABLE = {
    "no Content-Length": Case(framed(GOOD, b"Content-Type: application/vscode-jsonrpc; charset=utf-8"), PARSE),
    "negative length": Case(framed(GOOD, b"Content-Length: -5"), PARSE),
    "length in words": Case(framed(GOOD, b"Content-Length: ten"), PARSE),
    "length with a sign": Case(framed(GOOD, b"Content-Length: +37"), PARSE),
    "length in other digits": Case(framed(GOOD, "Content-Length: ٣٧".encode()), PARSE),
    "length of a terabyte": Case(framed(GOOD, b"Content-Length: 1000000000000"), PARSE),
    "length of four thousand digits": Case(framed(GOOD, b"Content-Length: %s" % (b"9" * 4000)), PARSE),
    "no bytes": Case(framed(b""), PARSE),
    "two lengths": Case(framed(GOOD, b"Content-Length: 37", b"Content-Length: 38"), PARSE),
    "another charset": Case(
        framed(GOOD, b"Content-Length: 37", b"Content-Type: application/vscode-jsonrpc; charset=latin1"), PARSE
    ),
    "a hundred lengths": Case(framed(GOOD, *[b"Content-Length: %d" % n for n in range(100, 200)]), PARSE),
    "a line of a megabyte": Case(framed(GOOD, b"X: " + b"y" * 2**20), PARSE),
    "garbage": Case(b"\x00\xff garbage\r\nmore of it\r\n\r\n", PARSE),
    "garbage without an end": Case(b"}} garbage: ", PARSE),
    "not JSON": Case(framed(b"not json"), PARSE),
    "not UTF-8": Case(framed(b'{"jsonrpc":"2.0","id":1,"method":"\xff"}'), PARSE),
    "NUL bytes": Case(framed(b"\0" * 40), PARSE),
    "NUL in a string": Case(framed(b'{"jsonrpc":"2.0","id":1,"method":"\0"}'), PARSE),
    "too deep": Case(framed(b"[" * 200_000), PARSE),
    "a number of five thousand digits": Case(
        framed(b"[%s]" % (b"9" * 5000)), INVALID if sys.version_info < (3, 11) else PARSE
    ),
    "longer than declared": Case(framed(GOOD, b"Content-Length: 20"), PARSE),
    "shorter than declared": Case(framed(GOOD, b"Content-Length: 60"), PARSE),
    "much shorter than declared": Case(framed(GOOD, b"Content-Length: 100000000"), PARSE),
    "a batch": Case(framed(b"[%s, %s]" % (GOOD, GOOD)), INVALID),
    "a number": Case(framed(b"3"), INVALID),
    "null": Case(framed(b"null"), INVALID),
    "a string": Case(framed(b'"x"'), INVALID),
    "neither method nor id": Case(framed(b'{"jsonrpc":"2.0"}'), INVALID),
    "no version": Case(framed(b'{"method":"workspace/symbol"}'), INVALID),
    "another version": Case(framed(b'{"jsonrpc":"1.0","method":"workspace/symbol"}'), INVALID),
    "a method that is a number": Case(framed(b'{"jsonrpc":"2.0","method":3}'), INVALID),
    "an id that is null": Case(framed(b'{"jsonrpc":"2.0","id":null,"method":"workspace/symbol"}'), INVALID),
    "an id that is a list": Case(framed(b'{"jsonrpc":"2.0","id":[1],"method":"workspace/symbol"}'), INVALID),
    "an id with a fraction": Case(framed(b'{"jsonrpc":"2.0","id":1.5,"method":"workspace/symbol"}'), INVALID),
    "an id that is true": Case(framed(b'{"jsonrpc":"2.0","id":true,"method":"workspace/symbol"}'), INVALID),
    "an answer to nothing": Case(framed(b'{"jsonrpc":"2.0","id":77,"result":null}'), None),
    "an answer to a list": Case(framed(b'{"jsonrpc":"2.0","id":[],"result":null}'), None),
    "empty lines": Case(b"\r\n\n\r\n", None),
}
SYMBOLS = b'{"jsonrpc":"2.0","id":%d,"method":"workspace/symbol","params":{"query":""}}'
READABLE: dict[str, Callable[[bytes], bytes]] = {
    "line feeds only": lambda body: b"Content-Length: %d\n\n%s" % (len(body), body),
    "lower case": lambda body: framed(body, b"content-length: %d" % len(body)),
    "capitals": lambda body: framed(body, b"CONTENT-LENGTH:%d" % len(body)),
    "blanks around": lambda body: framed(body, b"Content-Length :   %d \t" % len(body)),
    "zeros before": lambda body: framed(body, b"Content-Length: 000%d" % len(body)),
    "another header before": lambda body: framed(body, b"X-Trace: \xff", b"Content-Length: %d" % len(body)),
    "another header behind": lambda body: framed(body, b"Content-Length: %d" % len(body), b"Accept: */*"),
    "utf8 as it is misspelt": lambda body: framed(
        body, b"Content-Type: application/vscode-jsonrpc; charset=utf8", b"Content-Length: %d" % len(body)
    ),
    "a hundred others": lambda body: framed(
        body, *[b"X-%d: y" % n for n in range(100)], b"Content-Length: %d" % len(body)
    ),
    "the same length twice": lambda body: framed(body, *[b"Content-Length: %d" % len(body)] * 2),
}
FOREIGN = {
    "a browser": b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 37\r\n\r\n" + GOOD,
    "a TLS client": b"\x16\x03\x01\x02\x00\x01\x00\x01",
    "a message without a header": GOOD,
    "a hand": b"\nhelp\n",
}


# ------------------------------------------------------------------------------------------------------ real servers


class Stream(NamedTuple):
    """A server and the stream to and from it."""

    process: asyncio.subprocess.Process
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def receive(self) -> dict[str, Any]:
        header = await asyncio.wait_for(self.reader.readuntil(b"\r\n\r\n"), TIMEOUT)
        length = int(header.split(b"Content-Length: ")[1].split(b"\r\n")[0])
        message: dict[str, Any] = json.loads(await asyncio.wait_for(self.reader.readexactly(length), TIMEOUT))
        return message

    async def until(self, number: int) -> list[dict[str, Any]]:
        """The answers up to that of a request."""
        answers: list[dict[str, Any]] = []
        while not answers or answers[-1].get("id") != number:
            message = await self.receive()
            answers += [message] if "method" not in message else []
        return answers


Open = Callable[[str], Awaitable[Stream]]


@pytest_asyncio.fixture
async def connect() -> AsyncIterator[Open]:
    """Starts a server over a transport and connects to it."""
    started: list[asyncio.subprocess.Process] = []
    pipe = asyncio.subprocess.PIPE

    async def begin(transport: str) -> Stream:
        command = [*TOY, "--tcp", "0"] if transport == "tcp" else TOY
        process = await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe, stderr=pipe)
        started.append(process)
        assert process.stdin is not None and process.stdout is not None and process.stderr is not None
        if transport == "stdio":
            return Stream(process, process.stdout, process.stdin)
        line = (await asyncio.wait_for(process.stderr.readline(), TIMEOUT)).decode()
        reader, writer = await asyncio.open_connection("127.0.0.1", int(line.rsplit(":", 1)[1]))
        return Stream(process, reader, writer)

    yield begin
    for process in started:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def greet(stream: Stream, root: Path) -> None:
    hello: dict[str, Any] = {"processId": None, "rootUri": root.as_uri(), "capabilities": {}}
    stream.writer.write(
        framed(json.dumps({"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": hello}).encode())
    )
    await stream.until(0)
    stream.writer.write(framed(b'{"jsonrpc":"2.0","method":"initialized","params":{}}'))


@pytest.mark.parametrize("transport", ["stdio", "tcp"])
async def test_what_is_no_message_is_answered_and_the_next_one_is_found(
    connect: Open, tmp_path: Path, transport: str
) -> None:
    (tmp_path / "a.ts").write_text('publish("x");\n')
    stream = await connect(transport)
    await greet(stream, tmp_path)
    before = high_water(stream.process.pid)
    for number, (name, case) in enumerate(UNREADABLE.items(), 1):
        stream.writer.write(case.sent + framed(SYMBOLS % number))
        *errors, found = await stream.until(number)
        assert [(error["id"], error["error"]["code"]) for error in errors] == [(None, case.code)] * (
            case.code is not None
        ), name
        assert len(found["result"]) == 2, name
    for number, (name, frame) in enumerate(READABLE.items(), 100):
        stream.writer.write(frame(SYMBOLS % number))
        (found,) = await stream.until(number)
        assert len(found["result"]) == 2, name
    stream.writer.write(framed(SYMBOLS % 200)[:20])
    await stream.writer.drain()
    await asyncio.sleep(0.05)
    stream.writer.write(framed(SYMBOLS % 200)[20:])
    assert len(await stream.until(200)) == 1
    assert high_water(stream.process.pid) - before < 100 * 2**20


@pytest.mark.parametrize("transport", ["stdio", "tcp"])
async def test_who_speaks_another_protocol_is_told_in_the_log_and_the_server_ends(
    connect: Open, transport: str
) -> None:
    stream = await connect(transport)
    stream.writer.write(FOREIGN["a browser"])
    assert await asyncio.wait_for(stream.process.wait(), TIMEOUT) == 1
    assert stream.process.stderr is not None
    (line,) = (await stream.process.stderr.read()).decode().splitlines()
    assert "cannot be read as messages of the protocol: it begins with 'POST / HTTP/1.1', which is no header" in line
    assert await stream.reader.read() == b""


# --------------------------------------------------------------------------------------------------- the frames alone


async def all_of(sent: bytes, piece: int, max_message: int = 2**28) -> list[Any]:
    """Every message and mistake of a stream that comes in pieces."""
    rest = sent

    async def read(count: int) -> bytes:
        nonlocal rest
        chunk, rest = rest[: min(count, piece)], rest[min(count, piece) :]
        return chunk

    frames = Frames(read, max_message)
    found: list[Any] = []
    while (message := await frames.next()) is not None:
        found.append(message)
    return found


@pytest.mark.parametrize("piece", [1, 7, 2**20])
async def test_pieces_of_any_size_are_put_together(piece: int) -> None:
    for name, case in UNREADABLE.items():
        if len(case.sent) * 3 < piece * 2**14:
            _, *errors, last = await all_of(framed(GOOD) + case.sent + framed(GOOD), piece)
            assert last == json.loads(GOOD), name
            mistakes = [error for error in errors if isinstance(error, Mistake)]
            assert len(errors) <= 1 and [error.code for error in mistakes] in ([], [case.code]), name
    for name, frame in READABLE.items():
        assert await all_of(frame(GOOD) + framed(GOOD), piece) == [json.loads(GOOD)] * 2, name


@pytest.mark.parametrize("foreign", FOREIGN)
@pytest.mark.parametrize("piece", [1, 2**20])
async def test_a_stream_that_begins_with_no_header_is_none_of_messages(foreign: str, piece: int) -> None:
    with pytest.raises((NotFramed, EOFError)) as caught:
        await all_of(FOREIGN[foreign], piece)
    assert piece == 1 or caught.type is NotFramed


async def test_the_search_for_a_header_has_an_end() -> None:
    for garbage in (b"x" * 5000, b"x: y\r\n" * 1000, b"x\r\n" * 2000, b"\r\n" * 3000):
        with pytest.raises(NotFramed, match="no message was found in 4096 bytes"):
            await all_of(framed(GOOD) + garbage + framed(GOOD), 100, max_message=4096)


async def test_a_stream_that_ends_within_a_message_is_cut_off() -> None:
    whole = framed(GOOD)
    for end in range(1, len(whole)):
        with pytest.raises(EOFError):
            await all_of(whole + whole[:end], 5)


async def test_a_line_that_only_looks_like_a_length_is_garbage() -> None:
    assert await all_of(framed(GOOD) + b"Content-Length: !\r\n" + framed(GOOD), 1) == [json.loads(GOOD)] * 2


GARBAGE = st.lists(
    st.sampled_from([b"x", b"\r\n", b"\n", b"\r", b"{", b"}", b": ", b"\0", b"\xff", b"Content", b"-Length", b" 5"]),
    max_size=12,
)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(GARBAGE, st.integers(0, 99)), min_size=1, max_size=5), st.integers(1, 50))
def test_no_garbage_between_messages_costs_a_message(parts: list[tuple[list[bytes], int]], piece: int) -> None:
    sent = framed(b'{"id": "first"}')
    for garbage, number in parts:
        sent += b"".join(garbage) + b"!\r\n" + framed(b'{"id": %d}' % number)
    found = asyncio.run(all_of(sent, piece))
    messages = [message["id"] for message in found if not isinstance(message, Mistake)]
    assert messages == ["first", *(number for _, number in parts)]
