"""The comment directly before a declaration, as its one-paragraph doc."""

from __future__ import annotations

import re

from eventlens.syntax.comment_runs import first_paragraph, shortened
from eventlens.syntax.go.reader import Reader

_TOOL = re.compile(r"go:\w|nolint|lint:|eventlens:|\+build|swagger:|@\w|#nosec")


def doc(reader: Reader, start: int) -> str:
    """The first paragraph of the comment that ends right before the line of byte ``start``, at most 200 characters; else ""."""
    text = reader.text
    line_start = text.rfind("\n", 0, start) + 1
    if text[line_start:start].strip(" \t") or line_start == 0:
        return ""
    before = line_start - 1
    if text.endswith(("*/", "*/\r"), 0, before):
        opening = text.rfind("/*", 0, before)
        own_line = opening >= 0 and not text[text.rfind("\n", 0, opening) + 1 : opening].strip()
        return _first_paragraph(reader.piece(opening + 2, before).rstrip("\r")[:-2].split("\n")) if own_line else ""
    first = line_start
    while first > 0:
        above = text.rfind("\n", 0, first - 1) + 1
        if not text[above : first - 1].lstrip(" \t").startswith("//"):
            break
        first = above
    if first == line_start:
        return ""
    return _first_paragraph([line.strip()[2:] for line in reader.piece(first, before).split("\n")])


def _first_paragraph(written: list[str]) -> str:
    return shortened(first_paragraph((line.strip().removeprefix("* ") for line in written), _TOOL))
