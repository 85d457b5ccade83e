"""The comment directly before a declaration, as its one-paragraph doc."""

from __future__ import annotations

import re

from eventlens.syntax.comment_runs import MARKERS, comment_before, first_paragraph, shortened
from eventlens.syntax.java.reader import Reader

_INLINE = re.compile(r"\{@\w+\s+([^{}]*)\}")
_TOOL = re.compile(r"\s*(?:noinspection|formatter:|@formatter:|CHECKSTYLE|NOSONAR|NOPMD|region|endregion|eventlens:)")
_ELEMENT = re.compile(r"</?[a-zA-Z][^<>]*>")


def doc(reader: Reader, start: int) -> str:
    """The first paragraph of the comment that ends right before byte ``start``, at most 200 characters; else ""."""
    lines = MARKERS.sub("", comment_before(reader, start)).splitlines()
    text = first_paragraph(lines, _TOOL, ("@", "<p>"))
    return shortened(_ELEMENT.sub("", _INLINE.sub(r"\1", text)).strip())
