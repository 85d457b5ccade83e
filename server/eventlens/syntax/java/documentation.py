"""The comment directly before a declaration, as its one-paragraph doc."""

from __future__ import annotations

import re

from eventlens.syntax.comment_runs import first_of_run, has_own_line, is_right_before
from eventlens.syntax.java.reader import Reader

_LONGEST = 200
_MARKERS = re.compile(r"^\s*(?:/\*+|\*+/|\*|//+)?\s?|\s*\*+/\s*$", re.MULTILINE)
_INLINE = re.compile(r"\{@\w+\s+([^{}]*)\}")
_TOOL = re.compile(r"\s*(?:noinspection|formatter:|@formatter:|CHECKSTYLE|NOSONAR|NOPMD|region|endregion|eventlens:)")
_ELEMENT = re.compile(r"</?[a-zA-Z][^<>]*>")


def doc(reader: Reader, start: int) -> str:
    """The first paragraph of the comment that ends right before byte ``start``, at most 200 characters; else ""."""
    comment = reader.comment
    if comment is None:
        return ""
    begins = comment.start_byte
    if not is_right_before(reader.text, comment.end_byte, start) or not has_own_line(reader.text, begins):
        return ""
    if reader.text.startswith("//", begins):
        begins = first_of_run(reader.text, begins)
    return _first_paragraph(reader.piece(begins, comment.end_byte))


def _first_paragraph(comment: str) -> str:
    lines: list[str] = []
    for line in _MARKERS.sub("", comment).splitlines():
        bare = line.strip()
        if (not bare and lines) or bare.startswith(("@", "<p>")):
            break
        if bare and not _TOOL.match(bare):
            lines.append(bare)
    text = _ELEMENT.sub("", _INLINE.sub(r"\1", " ".join(lines))).strip()
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1].rstrip() + "…"
