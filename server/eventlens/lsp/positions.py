"""Positions: code points, bytes and the client's units, line by line.

The client counts columns in UTF-8, UTF-16 or UTF-32 units, as negotiated; the flow map counts code points from 1. Lines end
with LF, CRLF or a lone CR and with nothing else.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from functools import cached_property
from typing import Literal, NamedTuple, TypeAlias

Encoding: TypeAlias = Literal["utf-8", "utf-16", "utf-32"]

_LINE_END = re.compile(r"\r\n|\n|\r")


class ClientPosition(NamedTuple):
    """0-based line, and the column in the client's units."""

    line: int
    character: int


class SourceText:
    """A text and where its lines begin. Offsets are code points from the start of the text."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._starts = [0, *(match.end() for match in _LINE_END.finditer(text))]

    @classmethod
    def of_bytes(cls, source: bytes) -> SourceText:
        """A file's text as an editor shows it: undecodable bytes replaced, a byte-order mark not part of it."""
        return cls(source.decode("utf-8-sig", errors="replace"))

    @cached_property
    def encoded(self) -> bytes:
        """The text in UTF-8, halves of surrogate pairs as they are: the same object each time, which is told to be equal at once."""
        return self.text.encode("utf-8", errors="surrogatepass")

    @property
    def line_count(self) -> int:
        """The number of lines; an empty text has one."""
        return len(self._starts)

    def line(self, number: int) -> str:
        """The 0-based line without its end; "" past the end."""
        if not 0 <= number < len(self._starts):
            return ""
        end = self._starts[number + 1] if number + 1 < len(self._starts) else len(self.text)
        return self.text[self._starts[number] : end].rstrip("\r\n")

    def lines(self) -> list[str]:
        """Every line with its end; the last has none and may be empty."""
        return [self.text[start:end] for start, end in zip(self._starts, [*self._starts[1:], len(self.text)])]

    # --------------------------------------------------------------------------------------------- client positions

    def offset(self, position: ClientPosition, encoding: Encoding) -> int:
        """The offset of a client's position; past a line's end it is that end, past the last line the text's end."""
        if position.line >= len(self._starts):
            return len(self.text)
        if position.line < 0:
            return 0
        return self._starts[position.line] + code_points(self.line(position.line), position.character, encoding)

    def position(self, offset: int, encoding: Encoding) -> ClientPosition:
        """The client's position of an offset; inside a line's end it is the end of that line."""
        offset = min(max(offset, 0), len(self.text))
        number = bisect_right(self._starts, offset) - 1
        line = self.line(number)
        return ClientPosition(number, units(line[: offset - self._starts[number]], encoding))

    # ------------------------------------------------------------------------------------------------ map positions

    def to_map(self, position: ClientPosition, encoding: Encoding) -> tuple[int, int]:
        """1-based line and code-point column of a client's position."""
        column = code_points(self.line(position.line), position.character, encoding)
        return position.line + 1, column + 1

    def of_map(self, line: int, column: int, encoding: Encoding) -> ClientPosition:
        """The client's position of a 1-based line and code-point column; column 0 is the end of the line."""
        number = min(max(line - 1, 0), len(self._starts) - 1)
        text = self.line(number)
        return ClientPosition(number, units(text if column == 0 else text[: column - 1], encoding))

    # -------------------------------------------------------------------------------------------------------- bytes

    def offset_of_byte(self, byte: int) -> int:
        """The offset of a byte of the UTF-8 text; inside a character it is that character's offset."""
        return code_points(self.text, byte, "utf-8")

    def byte_of_offset(self, offset: int) -> int:
        """The byte at which a code point begins."""
        return units(self.text[:offset], "utf-8")

    # -------------------------------------------------------------------------------------------------------- edits

    def replaced(self, start: ClientPosition, end: ClientPosition, text: str, encoding: Encoding) -> SourceText:
        """The text with ``start`` to ``end`` replaced, as an incremental change asks."""
        first = self.offset(start, encoding)
        last = max(first, self.offset(end, encoding))
        return SourceText(self.text[:first] + text + self.text[last:])


def units(text: str, encoding: Encoding) -> int:
    """The length of ``text`` in the client's units."""
    if encoding == "utf-32" or text.isascii():
        return len(text)
    if encoding == "utf-16":
        return len(text) + sum(c > "\uffff" for c in text)
    return len(text.encode("utf-8", errors="surrogatepass"))


def code_points(text: str, count: int, encoding: Encoding) -> int:
    """How many code points of ``text`` lie wholly within its first ``count`` units."""
    if count <= 0:
        return 0
    if encoding == "utf-32" or text.isascii():
        return min(count, len(text))
    taken = 0
    for index, character in enumerate(text):
        taken += units(character, encoding)
        if taken > count:
            return index
    return len(text)
