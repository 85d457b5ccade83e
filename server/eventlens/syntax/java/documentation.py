"""The documentation comment directly before a declaration, as its one-paragraph doc."""

from __future__ import annotations

import re

from eventlens.syntax.java.reader import Reader

_LONGEST = 200
_MARKERS = re.compile(r"^\s*(?:/\*+|\*+/|\*|//+)?\s?|\s*\*+/\s*$", re.MULTILINE)
_INLINE = re.compile(r"\{@\w+\s+([^{}]*)\}")
_ELEMENT = re.compile(r"</?[a-zA-Z][^<>]*>")


def doc(reader: Reader, start: int) -> str:
    """The first paragraph of the ``/** */`` that ends right before byte ``start``, at most 200 characters; else ""."""
    comment = reader.comment
    if comment is None:
        return ""
    begins, ends = comment.start_byte, comment.end_byte
    if ends > start or not reader.text.startswith("/**", begins) or reader.text[ends:start].strip():
        return ""
    return _first_paragraph(reader.piece(begins, ends))


def _first_paragraph(comment: str) -> str:
    lines: list[str] = []
    for line in _MARKERS.sub("", comment).splitlines():
        bare = line.strip()
        if (not bare and lines) or bare.startswith(("@", "<p>")):
            break
        if bare:
            lines.append(bare)
    text = _ELEMENT.sub("", _INLINE.sub(r"\1", " ".join(lines))).strip()
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1].rstrip() + "…"
