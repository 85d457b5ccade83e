"""Java ``.properties`` files: keys and values with exact places.

A text is read as ``java.util.Properties`` reads it: ``=``, ``:`` or white space between key and value, comments with ``#`` and ``!``,
lines that go on after an odd number of backslashes, escapes ``\\t \\n \\r \\f \\uXXXX``, a backslash before anything else dropped. Spring
separates documents of one file with a line ``#---`` or ``!---``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from eventlens.config.values import Scalar, Table, Value

_END_OF_LINE = re.compile(r"\r\n|\r|\n|\Z")
_BLANK = " \t\f"
_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|\r\n[ \t\f]*|[\r\n][ \t\f]*|.|\Z)", re.DOTALL)
_NAMED = {"t": "\t", "n": "\n", "r": "\r", "f": "\f"}
_SEPARATOR = re.compile(r"[#!]---[ \t]*$")


class Property(NamedTuple):
    """One entry. ``line`` is 1-based and the key's; ``start`` and ``end`` are the value's offsets in code points, as it is written."""

    key: str
    value: str
    line: int
    start: int
    end: int
    document: int
    """How many separators stand before it."""


def read_properties(text: str) -> tuple[Value, ...]:
    """One flat table; dotted keys stay as they are written, a later entry of a key wins."""
    entries: dict[str, Value] = {}
    lines: dict[str, int] = {}
    for one in properties(text):
        entries[one.key], lines[one.key] = Scalar(one.value, one.line, "", one.start, one.end), one.line
    return (Table(entries, lines, 1),)


def properties(text: str) -> Iterator[Property]:
    """Every entry of a text, in order, repeated keys included."""
    offset = line = document = 0
    while offset < len(text):
        line += 1
        first = _after_blanks(text, offset, len(text))
        end, next_offset, more = _logical_end(text, first)
        if text[first : first + 1] in ("#", "!"):
            end, next_offset = _line_end(text, first)
            document += bool(_SEPARATOR.match(text[offset:end]))
            more = 0
        elif first < end:
            yield _property(text, first, end, line, document)
        line += more
        offset = next_offset


def _line_end(text: str, offset: int) -> tuple[int, int]:
    match = _END_OF_LINE.search(text, offset)
    assert match is not None  # the end of the text always matches
    return match.span()


def _logical_end(text: str, offset: int) -> tuple[int, int, int]:
    """Where a line ends that may go on, where the next begins, and how many line breaks lie inside."""
    breaks = 0
    end, after = _line_end(text, offset)
    begun = offset
    while after > end and _is_continued(text, begun, end):
        breaks += 1
        begun = after
        end, after = _line_end(text, after)
    return end, max(after, end + (end == len(text))), breaks


def _is_continued(text: str, start: int, end: int) -> bool:
    written = text[start:end]
    return (len(written) - len(written.rstrip("\\"))) % 2 == 1


def _after_blanks(text: str, offset: int, end: int) -> int:
    """The first offset that is no white space; a continued line break counts as white space."""
    while offset < end:
        if text[offset] in _BLANK:
            offset += 1
        elif text[offset] == "\\" and text[offset + 1 : offset + 2] in ("\r", "\n"):
            offset += 3 if text[offset + 1 : offset + 3] == "\r\n" else 2
        else:
            break
    return offset


def _property(text: str, start: int, end: int, line: int, document: int) -> Property:
    key_end = start
    while key_end < end and text[key_end] not in "=: \t\f":
        if text[key_end] == "\\":
            if text[key_end + 1 : key_end + 2] in ("\r", "\n") and _after_blanks(text, key_end, end) < end:
                key_end = _after_blanks(text, key_end, end)
                continue
            key_end += 1
        key_end += 1
    key_end = min(key_end, end)
    value_start = _after_blanks(text, key_end, end)
    if text[value_start : value_start + 1] in ("=", ":") and value_start < end:
        value_start = _after_blanks(text, value_start + 1, end)
    return Property(
        _unescaped(text[start:key_end]), _unescaped(text[value_start:end]), line, value_start, end, document
    )


def _unescaped(text: str) -> str:
    def one(match: re.Match[str]) -> str:
        code = match.group(1)
        if code[:1] in ("\r", "\n", ""):
            return ""
        return chr(int(code[1:], 16)) if len(code) == 5 and code[0] == "u" else _NAMED.get(code, code)

    found = _ESCAPE.sub(one, text)
    if "\\u" not in text:
        return found
    # two escapes may be the halves of one character
    return found.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")
