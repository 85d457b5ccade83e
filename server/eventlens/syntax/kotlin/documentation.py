"""The comment directly before a declaration, as its one-paragraph doc."""

from __future__ import annotations

import re

from eventlens.syntax.comment_runs import MARKERS, comment_before, first_paragraph, shortened
from eventlens.syntax.kotlin.reader import Reader

_TOOL = re.compile(r"\s*(?:ktlint|detekt|noinspection|region|endregion|eventlens:)")


def doc(reader: Reader, start: int) -> str:
    """The first paragraph of the comment that ends right before byte ``start``, at most 200 characters; else ""."""
    return shortened(first_paragraph(MARKERS.sub("", comment_before(reader, start)).splitlines(), _TOOL, ("@",)))
