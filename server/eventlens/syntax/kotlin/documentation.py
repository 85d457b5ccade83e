"""The comment directly before a declaration, as its one-paragraph doc."""

from __future__ import annotations

import re

from eventlens.syntax.kotlin.reader import Reader

_LONGEST = 200
_MARKERS = re.compile(r"^\s*(?:/\*+|\*+/|\*|//+)?\s?|\s*\*+/\s*$", re.MULTILINE)
_TOOL = re.compile(r"\s*(?:ktlint|detekt|noinspection|region|endregion|eventlens:)")


def doc(reader: Reader, start: int) -> str:
    """The first paragraph of the comment that ends right before byte ``start``, at most 200 characters; else ""."""
    comment = reader.comment
    if comment is None or comment.end_byte > start:
        return ""
    between = reader.text[comment.end_byte : start]
    begins = comment.start_byte
    if between.strip() or between.count("\n") > 1 or not _has_own_line(reader.text, begins):
        return ""
    if reader.text.startswith("//", begins):
        begins = _first_of_run(reader.text, begins)
    return _first_paragraph(reader.piece(begins, comment.end_byte))


def _has_own_line(text: str, start: int) -> bool:
    return not text[text.rfind("\n", 0, start) + 1 : start].strip(" \t\xef\xbb\xbf")


def _first_of_run(text: str, start: int) -> int:
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


def _first_paragraph(comment: str) -> str:
    lines: list[str] = []
    for line in _MARKERS.sub("", comment).splitlines():
        bare = line.strip()
        if (not bare and lines) or bare.startswith("@"):
            break
        if bare and not _TOOL.match(bare):
            lines.append(bare)
    text = " ".join(lines)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1].rstrip() + "…"
