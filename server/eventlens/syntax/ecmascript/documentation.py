"""The comment directly before a declaration, as its one-paragraph doc."""

from __future__ import annotations

import re

from eventlens.syntax.comment_runs import MARKERS, comment_before, first_paragraph, shortened
from eventlens.syntax.ecmascript.reader import Reader

_MODIFIERS = re.compile(r"\s*(?:(?:export|default|declare)\s+)*")
_TOOL = re.compile(
    r"\s*(?:eslint|tslint|prettier|istanbul|[cv]8 |@ts-|biome-|#(?:end)?region|eventlens:|<reference|webpack)"
)


def doc(reader: Reader, start: int) -> str:
    """The first paragraph of the comment that ends right before byte ``start``, at most 200 characters; else ""."""
    lines = MARKERS.sub("", comment_before(reader, start, _is_before)).splitlines()
    return shortened(first_paragraph(lines, _TOOL, ("@",)))


def _is_before(text: str, end: int, start: int) -> bool:
    """Whether only modifiers and one line end stand between a comment and what it is about."""
    return _MODIFIERS.fullmatch(text, end, start) is not None and text.count("\n", end, start) <= 1
