"""Messages on a byte stream: a header that says how long the body is, an empty line, the body.

What is no message is told of once, and reading goes on at the next header: a JSON text holds no raw line ends within its strings,
so a header is found for certain, also within a body that was said to be longer than it is.
"""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple, TypeAlias

from lsprotocol import types

MAX_MESSAGE = 256 * 2**20
"""Bytes that a message may have, and that are skipped in search of the next header."""
_CHUNK = 2**16
_MAX_LINE = 2**14
_MAX_FIELDS = 8
"""Different fields of one header that are taken note of."""
_OVERLAP = 256
"""Bytes that are looked at again with what comes next: a header may lie across two chunks."""

_FIELD = re.compile(rb"([!#$%&'*+\-.^_`|~0-9A-Za-z]+)[ \t]*:[ \t]*([^\r\n]*?)[ \t]*\r?\n")
_FIELD_BEGUN = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+[ \t]*(:[^\r\n]*\r?)?")
_LENGTH_AT_END = re.compile(rb"content-length[ \t]*:[ \t]*\d+[ \t]*\r?\n\Z", re.IGNORECASE)
_HEADER = re.compile(rb"Content-Length: *\d{1,12}\r\n(?:[A-Za-z-]+:[^\r\n]*\r\n)*\r\n")
_CHARSET = re.compile(r"charset\s*=\s*\"?([^\s;\"]+)", re.IGNORECASE)

Read: TypeAlias = Callable[[int], Awaitable[bytes]]
"""Gives some bytes, at most so many; none at the end of the stream."""


class Mistake(NamedTuple):
    """What came instead of a message, and the error code of the answer."""

    reason: str
    code: int = types.ErrorCodes.ParseError.value


class NotFramed(Exception):
    """The stream holds no messages, and none can be expected any more; the text says what it holds."""


def parsed(body: bytes | memoryview | str) -> dict[str, Any] | Mistake:
    """The object that a body holds."""
    try:
        value = json.loads(body if isinstance(body, str) else str(body, "utf-8", "surrogatepass"))
    except UnicodeDecodeError as error:
        return Mistake(f"the message is not UTF-8 (byte {error.start})")
    except json.JSONDecodeError as error:
        return Mistake(f"the message is not JSON ({error})")
    except (ValueError, RecursionError) as error:
        return Mistake(f"the message cannot be read ({error})")
    if isinstance(value, dict):
        return value
    what = "a batch; send one message at a time" if isinstance(value, list) else "no object"
    return Mistake(f"the message is {what}", types.ErrorCodes.InvalidRequest.value)


class Frames:
    """Reads the messages of one stream."""

    def __init__(self, read: Read, max_message: int = MAX_MESSAGE) -> None:
        self._read = read
        self._max = max_message
        self._buffer = bytearray()
        self._begun = False
        self._lost = False
        """Whether what comes may be no header, and the client knows."""
        self._skipped = 0

    async def next(self) -> dict[str, Any] | Mistake | None:
        """The next message, or None at the end of the stream. Raises `NotFramed`, and EOFError where the stream ends within a message."""
        if not self._begun:
            await self._begin()
        length = await self._header()
        return await self._body(length) if isinstance(length, int) else length

    # ------------------------------------------------------------------------------------------------------- header

    async def _begin(self) -> None:
        """Tell at once that a client speaks something else, before it waits for an answer to that."""
        first = b""
        while not _FIELD.match(first) and await self._more():
            first = bytes(self._buffer[:_MAX_LINE]).lstrip(b"\r\n")
            if not first:
                self._buffer.clear()
            elif not _FIELD.match(first) and (len(first) == _MAX_LINE or not _FIELD_BEGUN.fullmatch(first)):
                raise NotFramed(f"it begins with {_shown(first)}, which is no header")
        self._begun = True

    async def _header(self) -> int | Mistake | None:
        """How many bytes the next body has."""
        fields: dict[tuple[str, str], None] = {}
        is_begun = False
        while line := await self._line():
            self._skipped += len(line)
            if self._skipped > self._max:
                raise NotFramed(f"no message was found in {self._max} bytes")
            field, later = _FIELD.fullmatch(line), _LENGTH_AT_END.search(line)
            is_first = later is None or not later.start()
            if field is not None and is_first:
                is_begun = True
                if field[1].lower() in (b"content-length", b"content-type") and len(fields) < _MAX_FIELDS:
                    fields[field[1].decode().lower(), field[2].decode("utf-8", "replace")] = None
            elif not line.strip(b"\r\n"):
                if is_begun:
                    return self._length(list(fields))
            else:
                is_begun = False
                fields.clear()
                if later is not None:
                    self._buffer[:0] = later[0]
                if not self._lost:
                    self._lost = True
                    return Mistake(f"{_shown(line)} is no header")
        if is_begun:
            raise EOFError
        return None

    def _length(self, fields: list[tuple[str, str]]) -> int | Mistake:
        """What a header says. Until its body is read nobody knows whether that is true."""
        self._lost = True
        lengths = {value for name, value in fields if name == "content-length"}
        # A line of garbage before the header may look like its beginning.
        lengths = {value for value in lengths if _is_number(value)} or lengths
        if len(lengths) != 1:
            return Mistake(f"a header holds one Content-Length, this one {'several' if lengths else 'none'}")
        (value,) = lengths
        if not _is_number(value):
            return Mistake(f"Content-Length {value[:40]!r} is not a number of bytes")
        if len(value) > 18 or int(value) > self._max:
            return Mistake(f"Content-Length {value[:40]} is more than the {self._max} bytes that a message may have")
        charsets = [found[1] for name, text in fields if name == "content-type" for found in _CHARSET.finditer(text)]
        strange = [charset[:40] for charset in charsets if charset.lower() not in ("utf-8", "utf8")]
        return Mistake(f"the charset is {strange[0]!r}; messages are UTF-8") if strange else int(value)

    async def _line(self) -> bytes:
        """The next line with its end, or so much of it as a header may have; empty at the end of the stream."""
        start = 0
        while (end := self._buffer.find(b"\n", start)) < 0:
            if len(self._buffer) > _MAX_LINE:
                return self._taken(len(self._buffer) - _OVERLAP)
            start = len(self._buffer)
            if not await self._more():
                if self._buffer:
                    raise EOFError
                return b""
        return self._taken(end + 1)

    # --------------------------------------------------------------------------------------------------------- body

    async def _body(self, length: int) -> dict[str, Any] | Mistake:
        seen = 0
        while len(self._buffer) < length:
            if self._is_cut_off(seen, length):
                return Mistake("the message is shorter than its Content-Length")
            seen = len(self._buffer)
            if not await self._more():
                raise EOFError
        with memoryview(self._buffer) as view:
            message = parsed(view[:length])
        is_json = not isinstance(message, Mistake) or message.code != types.ErrorCodes.ParseError.value
        if is_json:
            self._lost, self._skipped = False, 0
        if is_json or not self._is_cut_off(0, length):
            del self._buffer[:length]
        return message

    def _is_cut_off(self, seen: int, length: int) -> bool:
        """Whether another message's header begins within the body; the body is then left behind. ``seen`` bytes were looked at before."""
        start = max(0, seen - _OVERLAP)
        if self._buffer.find(b"Content-Length:", start, length) < 0:
            return False
        header = _HEADER.search(self._buffer, start)
        if header is None or header.start() >= length:
            return False
        del self._buffer[: header.start()]
        return True

    # -------------------------------------------------------------------------------------------------------- bytes

    async def _more(self) -> bool:
        chunk = await self._read(_CHUNK)
        self._buffer += chunk
        return bool(chunk)

    def _taken(self, count: int) -> bytes:
        taken = bytes(self._buffer[:count])
        del self._buffer[:count]
        return taken

    def _skip(self, count: int) -> None:
        self._skipped += count
        if self._skipped > self._max:
            raise NotFramed(f"no message was found in {self._max} bytes")


def _is_number(value: str) -> bool:
    return value.isascii() and value.isdigit()


def _shown(line: bytes) -> str:
    """The beginning of a line, for a message."""
    return repr(line.splitlines()[0][:40].decode("utf-8", "replace"))
