"""Mends what makes a damaged Python file unreadable far beyond the damage: brackets and strings left open.

A parser reads everything after an open bracket as its content. Here the text alone decides where such a bracket must
have ended: before a line that starts with a keyword that no expression can hold. The mended text is parsed in place of the
file; `Mending.way_back` leads its offsets back.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable
from typing import NamedTuple

_MOST_REPAIRS = 60
_CLOSERS = {b"(": b")", b"[": b"]", b"{": b"}"}
_TOKEN = re.compile(rb"#[^\r\n]*|\"\"\"|'''|[\"'()\[\]{}]|\r\n|\n|\r|\\(?:\r\n|.)", re.DOTALL)
_SHORT_STRING = {
    b'"': re.compile(rb'(?:[^"\\\r\n]|\\(?:\r\n|.))*', re.DOTALL),
    b"'": re.compile(rb"(?:[^'\\\r\n]|\\(?:\r\n|.))*", re.DOTALL),
}
_LONG_STRING = {
    b'"""': re.compile(rb'(?:[^"\\]|\\.|"(?!""))*', re.DOTALL),
    b"'''": re.compile(rb"(?:[^'\\]|\\.|'(?!''))*", re.DOTALL),
}
_NEXT_LINE = re.compile(rb"(?:[ \t]*(?:#[^\r\n]*)?(?:\r\n|\n|\r))*([ \t]*)([^\r\n]*)")
_STATEMENT = re.compile(
    rb"(?:async[ \t]+(?:def|with)|def|class|return|import|while|with|raise|pass|break|continue|del|assert|global|nonlocal"
    rb"|elif|except)\b|(?:else|try|finally)[ \t]*:|from[ \t]+[\w.]+[ \t]+import\b|@[^\W\d]"
)
_HEADER = re.compile(rb"[ \t]*(?:async[ \t]+)?(?:def|class|if|elif|while|for|with|except|match|case)\b")
_OPENS_BLOCK = re.compile(
    rb"[ \t]*(?:(?:async[ \t]+)?(?:def|class|if|elif|while|for|with|except)\b|(?:else|try|finally)[ \t]*$)"
)
_DEFINITION = re.compile(rb"^[ \t]*(?:async[ \t]+)?(?:def|class)[ \t]+\w+[ \t]*(?:\(|:[ \t]*\r?$)", re.MULTILINE)
_LINE_END = re.compile(rb"\r\n|\n|\r|\Z")


class Mending(NamedTuple):
    """A mended text of which ``offsets`` (of the original, ascending) received ``insertions``."""

    source: bytes
    offsets: tuple[int, ...]
    insertions: tuple[bytes, ...]

    def way_back(self) -> Callable[[int], int]:
        """Leads offsets of the mended text back to the original; what was inserted shrinks to where it was inserted."""
        starts: list[int] = []
        added: list[int] = []
        total = 0
        for offset, insertion in zip(self.offsets, self.insertions):
            starts.append(offset + total)
            total += len(insertion)
            added.append(total)

        def original(position: int) -> int:
            index = bisect_right(starts, position) - 1
            return position if index < 0 else max(self.offsets[index], position - added[index])

        return original


class _Opened(NamedTuple):
    bracket: bytes
    offset: int
    indent: int
    """Indentation of the line that the bracket stands in."""


class _LongString(NamedTuple):
    start: int
    end: int
    quote: bytes
    levels: tuple[int, ...]


def mended(source: bytes) -> Mending | None:
    """Close what a damaged source leaves open; None when its brackets and strings need nothing."""
    scan = _Scan(source)
    scan.run()
    if not scan.inserted and not scan.blanked:
        return None
    text = bytearray(source)
    for offset in scan.blanked:
        text[offset] = 0x20
    pieces: list[bytes] = []
    begin = 0
    inserted = sorted(scan.inserted, key=lambda each: each[0])
    for offset, insertion in inserted:
        pieces += (bytes(text[begin:offset]), insertion)
        begin = offset
    pieces.append(bytes(text[begin:]))
    return Mending(b"".join(pieces), tuple([each[0] for each in inserted]), tuple([each[1] for each in inserted]))


class _Scan:
    """One reading of the text from left to right, going back to where something must have ended."""

    def __init__(self, source: bytes) -> None:
        self.source = source
        self.inserted: list[tuple[int, bytes]] = []
        self.blanked: list[int] = []
        self.opened: list[_Opened] = []
        self.levels = [0]
        """The indentations of the enclosing blocks."""
        self.long_strings: list[_LongString] = []
        self.line_start = 0
        self.statement_start = 0
        self.comment: int | None = None
        self.early_end: tuple[int, int, bytes] | None = None
        """Where the open brackets most likely end, if they never close: code end, next line, closers. That is the first line
        of a definition's header, else the line before one that is no further in than the statement."""

    def run(self) -> None:
        source = self.source
        position = 0
        while True:
            match = _TOKEN.search(source, position)
            if match is None:
                position = self._at_end()
            else:
                position = self._read(match.group(), match.start(), match.end())
            if position >= len(source) or len(self.inserted) + len(self.blanked) > _MOST_REPAIRS:
                return

    def _read(self, token: bytes, start: int, end: int) -> int:
        first = token[:1]
        if first == b"#":
            self.comment = start
        elif token in _LONG_STRING:
            return self._long_string(token, start, end)
        elif token in _SHORT_STRING:
            return self._short_string(token, end)
        elif token in _CLOSERS:
            self.opened.append(_Opened(token, start, self._indent()))
        elif first in b")]}":
            self._close(first, start)
        elif first == b"\\":
            if end - start > 2 or token[1:] in (b"\n", b"\r"):
                self.line_start = end
        else:
            return self._line_end(start, end)
        return end

    def _indent(self) -> int:
        line = self.source[self.line_start : self.line_start + 200]
        return len(line) - len(line.lstrip(b" \t"))

    def _close(self, closer: bytes, offset: int) -> None:
        for index in range(len(self.opened) - 1, -1, -1):
            if _CLOSERS[self.opened[index].bracket] == closer:
                if index < len(self.opened) - 1:
                    self.inserted.append((offset, _closers(self.opened[index + 1 :])))
                del self.opened[index:]
                break
        else:
            # At a line's start a blank would change the indentation.
            if (
                self.source[self.line_start : offset].strip()
                or not self.source[offset + 1 :].lstrip(b" \t")[:1].strip()
            ):
                self.blanked.append(offset)
        if not self.opened:
            self.early_end = None

    def _short_string(self, quote: bytes, begin: int) -> int:
        match = _SHORT_STRING[quote].match(self.source, begin)
        end = match.end() if match else begin
        if self.source[end : end + 1] == quote:
            return end + 1
        self.inserted.append((end, quote))
        return end

    def _long_string(self, quote: bytes, start: int, begin: int) -> int:
        match = _LONG_STRING[quote].match(self.source, begin)
        end = match.end() if match else begin
        if self.source.startswith(quote, end):
            self.long_strings.append(_LongString(start, end, quote, tuple(self.levels)))
            return end + 3
        return self._end_long_string(start, quote)

    def _end_long_string(self, start: int, quote: bytes) -> int:
        """A string runs to the end of the file: the first one that holds definitions is the one left open."""
        for index, earlier in enumerate(self.long_strings):
            if _DEFINITION.search(self.source, earlier.start, earlier.end):
                start, quote, self.levels = earlier.start, earlier.quote, list(earlier.levels)
                del self.long_strings[index:]
                break
        self.inserted = [each for each in self.inserted if each[0] < start]
        self.blanked = [each for each in self.blanked if each < start]
        self.opened = [each for each in self.opened if each.offset < start]
        self.line_start = self.statement_start = self._line_of(start)
        self.early_end = self.comment = None
        match = _LINE_END.search(self.source, start)
        end = match.start() if match else len(self.source)
        self.inserted.append((end, quote))
        return end

    def _line_end(self, start: int, end: int) -> int:
        code_end = self._code_end(start)
        self.comment = None
        if not self.opened:
            self._add_colon(code_end, end)
            self.line_start = self.statement_start = end
            self._align(end)
            return end
        if self.early_end is None and _DEFINITION.match(self.source, self.line_start):
            self.early_end = (code_end, end, _closers(self.opened) + b":")
        match = _NEXT_LINE.match(self.source, end)
        if match is not None and match.group(2):
            if _STATEMENT.match(match.group(2)):
                return self._end_statement(code_end, end)
            is_dedented = len(match.group(1)) <= self.opened[0].indent and match.group(2)[:1] not in b")]}"
            if is_dedented and self.early_end is None:
                self.early_end = (code_end, end, _closers(self.opened))
        self.line_start = end
        return end

    def _at_end(self) -> int:
        size = len(self.source)
        return self._end_statement(self._code_end(size), size) if self.opened else size

    def _end_statement(self, code_end: int, next_line: int) -> int:
        closers = _closers(self.opened)
        if self.early_end is not None:
            code_end, next_line, closers = self.early_end
        while self.inserted and self.inserted[-1][0] > code_end:
            self.inserted.pop()
        while self.blanked and self.blanked[-1] > code_end:
            self.blanked.pop()
        if self.source[code_end - 1 : code_end] == b":" and _HEADER.match(self.source, self._line_of(code_end)):
            code_end -= 1
            closers = closers.rstrip(b":")
        self.inserted.append((code_end, closers))
        self.opened.clear()
        self.early_end = None
        self.line_start = self.statement_start = next_line
        self.comment = None
        self._align(next_line)
        return next_line

    def _line_of(self, offset: int) -> int:
        """Where the line of an offset starts."""
        return max(self.source.rfind(b"\n", 0, offset), self.source.rfind(b"\r", 0, offset)) + 1

    def _add_colon(self, code_end: int, next_line: int) -> None:
        """End a header without its colon when its block follows."""
        statement = self.source[self.statement_start : code_end]
        if statement.endswith(b":") or not _OPENS_BLOCK.match(statement):
            return
        match = _NEXT_LINE.match(self.source, next_line)
        indent = len(statement) - len(statement.lstrip(b" \t"))
        if match is not None and match.group(2) and len(match.group(1)) > indent:
            self.inserted.append((code_end, b":"))

    def _align(self, line: int) -> None:
        """Move a line that stands between two blocks' indentations into the inner block."""
        match = _NEXT_LINE.match(self.source, line)
        if match is None or not match.group(2):
            return
        indent = inner = len(match.group(1))
        while self.levels[-1] > indent:
            inner = self.levels.pop()
        if self.levels[-1] < indent:
            self.levels.append(inner)
            if inner > indent:
                self.inserted.append((match.end(1), b" " * (inner - indent)))

    def _code_end(self, line_end: int) -> int:
        """Where the code of the current line ends: before its comment and trailing blanks."""
        end = line_end if self.comment is None else self.comment
        return self.line_start + len(self.source[self.line_start : end].rstrip(b" \t\r\n"))


def _closers(opened: list[_Opened]) -> bytes:
    return b"".join([_CLOSERS[each.bracket] for each in reversed(opened)])
