"""The comment directly before a declaration, as its one-paragraph doc."""

from __future__ import annotations

import re

from eventlens.syntax.comment_runs import first_of_run, has_own_line
from eventlens.syntax.ecmascript.reader import Reader

_LONGEST = 200
_MARKERS = re.compile(r"^\s*(?:/\*+|\*+/|\*|//+)?\s?|\s*\*+/\s*$", re.MULTILINE)
_MODIFIERS = re.compile(r"\s*(?:(?:export|default|declare)\s+)*")
_TOOL = re.compile(
    r"\s*(?:eslint|tslint|prettier|istanbul|[cv]8 |@ts-|biome-|#(?:end)?region|eventlens:|<reference|webpack)"
)


def doc(reader: Reader, start: int) -> str:
    """The first paragraph of the comment that ends right before byte ``start``, at most 200 characters; else ""."""
    comment = reader.comment
    if comment is None:
        return ""
    begins, ends = comment.start_byte, comment.end_byte
    if (
        not _MODIFIERS.fullmatch(reader.text, ends, start)
        or reader.text.count("\n", ends, start) > 1
        or not has_own_line(reader.text, begins)
    ):
        return ""
    if reader.text.startswith("//", begins):
        begins = first_of_run(reader.text, begins)
    return _first_paragraph(reader.piece(begins, ends))


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
