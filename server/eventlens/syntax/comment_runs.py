"""Where the comment before a declaration begins, in the languages that write ``//``."""

from __future__ import annotations

import re

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
