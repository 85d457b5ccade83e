"""The comment before a declaration, and its first paragraph, in the languages that write ``//``."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from eventlens.syntax.reader import SourceReader

_LONGEST = 200
MARKERS = re.compile(r"^\s*(?:/\*+|\*+/|\*|//+)?\s?|\s*\*+/\s*$", re.MULTILINE)
"""What begins and ends the lines of a comment."""
_BLANK = " \t\ufeff\xef\xbb\xbf"
"""A byte order mark is one character or three, as the text was decoded."""


_GAP = re.compile(r"[^\S\n]*\n?[^\S\n]*")


def is_right_before(text: str, end: int, start: int) -> bool:
    """Whether what ends at ``end`` is followed at ``start``: only blanks stand between, and at most one line end."""
    return _GAP.fullmatch(text, end, start) is not None


def has_own_line(text: str, start: int) -> bool:
    """Whether nothing stands before ``start`` in its line: the comment there belongs to what follows, not to what precedes it."""
    return not text[text.rfind("\n", 0, start) + 1 : start].strip(_BLANK)


def first_of_run(text: str, start: int) -> int:
    """Where a run of ``//`` lines begins whose last one begins at ``start``."""
    while True:
        line_end = text.rfind("\n", 0, start)
        if line_end < 0:
            return start
        line_start = text.rfind("\n", 0, line_end) + 1
        line = text[line_start:line_end]
        if not line.lstrip().startswith("//"):
            return start
        start = line_start + len(line) - len(line.lstrip())


def comment_before(
    reader: SourceReader, start: int, is_before: Callable[[str, int, int], bool] = is_right_before
) -> str:
    """The comment that was met last, with its run of ``//`` lines, where it belongs to what begins at byte ``start``; else ""."""
    comment = reader.comment
    if comment is None:
        return ""
    begins, ends = comment.start_byte, comment.end_byte
    if not is_before(reader.text, ends, start) or not has_own_line(reader.text, begins):
        return ""
    if reader.text.startswith("//", begins):
        begins = first_of_run(reader.text, begins)
    return reader.piece(begins, ends)


def first_paragraph(lines: Iterable[str], of_tools: re.Pattern[str], ends: tuple[str, ...] = ()) -> str:
    """The first lines up to an empty one, or one that begins with one of ``ends``, without those that are ``of_tools``."""
    kept: list[str] = []
    for line in lines:
        bare = line.strip()
        if (not bare and kept) or (ends and bare.startswith(ends)):
            break
        if bare and not of_tools.match(bare):
            kept.append(bare)
    return " ".join(kept)


def shortened(text: str) -> str:
    """At most 200 characters of a text."""
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1].rstrip() + "…"
