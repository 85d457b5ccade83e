"""Parsing within a bound of time: some damaged texts keep a parser busy for minutes.

Imports nothing of the program: source code and configuration are parsed alike.
"""

from __future__ import annotations

import time
from bisect import bisect_right
from itertools import accumulate

from tree_sitter import Parser, Point, Tree

LARGE = 50_000
"""Bytes. From here on any damage may keep the parser busy for seconds; what is damaged cannot be told from outside."""
SECONDS_A_MEGABYTE = 4.0
"""Of this thread's processor time, over ten times of what undamaged texts take."""
_PIECE = 65_536
_LINE_ENDS = (b"\n", b"\r")


class ParsingTooLong(Exception):
    """Some damaged texts keep the parser busy for a time that grows with the square of their size: reading was given up."""


def parsed_within(parser: Parser, source: bytes, seconds: float, is_ended: bool = False) -> Tree:
    """The tree of a text; ``seconds`` are of this thread's processor time. With ``is_ended`` the last line gets an end where it has none.

    Raises ParsingTooLong.
    """
    end = time.thread_time() + seconds
    try:  # reading through a function is the one way to interrupt the parser
        pieces = _Pieces(source, is_ended)
        return parser.parse(pieces.at, progress_callback=lambda offset, has_error: time.thread_time() > end)
    except ValueError:
        raise ParsingTooLong from None


class _Pieces:
    """A text as the parser reads it, line by line. With ``is_ended`` the last line gets an end where it has none."""

    def __init__(self, source: bytes, is_ended: bool) -> None:
        self._lines = source.splitlines(keepends=True)
        if is_ended and self._lines and not self._lines[-1].endswith(_LINE_ENDS):
            self._lines[-1] += b"\n"
        self._starts = list(accumulate(map(len, self._lines), initial=0))

    def at(self, offset: int, _: Point) -> bytes:
        """The rest of the line at an offset in bytes; nothing at the end of the text."""
        number = bisect_right(self._starts, offset) - 1
        if number == len(self._lines):
            return b""
        begin = offset - self._starts[number]
        piece = self._lines[number][begin : begin + _PIECE]
        return GIVEN.setdefault(piece, piece)


GIVEN: dict[bytes, bytes] = {}
"""What parsers were given: py-tree-sitter 0.26 never lets go of it. Equal lines are one object, so that a keystroke costs a line and not a file."""
