"""Lines of source text, quoted in reports."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

from eventlens.config.secrets import masked_line
from eventlens.workspace.discovery import language_of

_LINE_END = re.compile(r"\r\n|\n|\r")
_NAMED = re.compile(r"[\s\-{]*[\"']?[Nn]ame[\"']?\s*:\s*[\"']?([\w.-]+)")
"""A line of a deployment that names a variable; its value stands on the next line."""
_TAB = 4
_WIDEST = 140
"""Terminal columns. A longer line is cut around the marked part."""


class SourceLines:
    """Gives lines by path and number. ``read`` returns a file's bytes and may raise OSError or KeyError."""

    def __init__(self, read: Callable[[str], bytes]) -> None:
        self._read = read
        self._lines: dict[str, list[str]] = {}

    def line(self, path: str, number: int) -> str | None:
        """The 1-based line without its end and without secrets, which become as many dots; None when the file or the line is gone."""
        lines = self._lines.get(path)
        if lines is None:
            lines = self._lines[path] = self._split(path)
        return _shown(path, lines, number - 1) if 0 < number <= len(lines) else None

    def _split(self, path: str) -> list[str]:
        try:
            source = self._read(path)
        except (OSError, KeyError):
            return []
        return _LINE_END.split(source.decode("utf-8", errors="replace"))


def _shown(path: str, lines: list[str], index: int) -> str:
    if language_of(path.rpartition("/")[2]):
        return masked_line(lines[index], in_configuration=False)
    beside = (_NAMED.match(line) for line in lines[max(index - 1, 0) : index + 2])
    return masked_line(lines[index], True, next((found[1] for found in beside if found), ""))


def printable(text: str) -> str:
    """``text`` without control characters, so that quoted source cannot steer the terminal. Tabs become one space."""
    if text.isprintable():
        return text
    return "".join(" " if c in "\t\n\r" else c if not _is_control(c) else "\ufffd" for c in text)


def _is_control(character: str) -> bool:
    """Controls and the bidirectional overrides, which reorder what follows on a terminal."""
    return (
        unicodedata.category(character) == "Cc"
        or "\u202a" <= character <= "\u202e"
        or "\u2066" <= character <= "\u2069"
    )


def width_of(character: str) -> int:
    """Terminal columns that a character takes."""
    if unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in ("W", "F") else 1


def marked(line: str, column: int, end_column: int | None) -> tuple[str, str]:
    """A line as a terminal shows it, and the carets to print below it.

    ``column`` and ``end_column`` are 1-based code points, end exclusive; None marks up to the end of the line.
    """
    cells = [_cell(c) for c in line.rstrip()]
    start = min(max(column - 1, 0), len(cells))
    end = len(cells) if end_column is None else min(max(end_column - 1, start), len(cells))
    first, last = _window(cells, start)
    shown = "".join(text for text, _ in cells[first:last])
    indent = sum(width for _, width in cells[first:start])
    carets = sum(width for _, width in cells[start : min(end, last)])
    prefix, suffix = ("…" if first else ""), ("…" if last < len(cells) else "")
    return prefix + shown + suffix, " " * (len(prefix) + indent) + "^" * max(carets, 1)


def _cell(character: str) -> tuple[str, int]:
    if character == "\t":
        return " " * _TAB, _TAB
    if _is_control(character):
        return "\ufffd", 1
    return character, width_of(character)


def _window(cells: list[tuple[str, int]], start: int) -> tuple[int, int]:
    """The part of a line to show: all of it, or a stretch that begins a little before ``start``."""
    if sum(width for _, width in cells) <= _WIDEST:
        return 0, len(cells)
    first = max(0, start - 40) if start > _WIDEST - 40 else 0
    taken, last = 0, first
    while last < len(cells) and taken + cells[last][1] <= _WIDEST:
        taken += cells[last][1]
        last += 1
    return first, last
