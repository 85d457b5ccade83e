"""The annotated examples of the library models: which line of ``fixtures/libraries/<model>/`` shows which form.

The comments are described in ``fixtures/README.md`` and ``fixtures/libraries/README.md``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

SUFFIXES = frozenset((".ts", ".tsx", ".js", ".jsx", ".mjs", ".cjs", ".py", ".java", ".kt", ".go", ".cs"))
_COMMENT = re.compile(r"(?:^|\s)(?://|#)\s*(form|form-gap|not-form|option|effect|transaction):\s*(\S.*)$")
_ANY_COMMENT = re.compile(r"\s*(?://|#)\s*(?:site|form|form-gap|not-form|option|effect|not-effect|transaction):.*$")
_ONLY_COMMENT = re.compile(r"^\s*(?://|#)")
_ALTERNATIVE = re.compile(r"\[(\w+)=(\d+)\]")


class Example(NamedTuple):
    """One annotated line.

    ``kind`` is the comment's word; ``subject`` the entry, option path or effect kind that it names; ``alternatives`` say, for each
    section, which of the entries with this matcher it is (1-based); ``reason`` is what follows. ``line`` is 1-based.
    """

    kind: str
    subject: str
    alternatives: tuple[tuple[str, int], ...]
    reason: str
    path: Path
    line: int
    code: str


def examples_in(folder: Path) -> list[Example]:
    """All annotated lines of a folder, by path and line. A folder that does not exist has none."""
    found: list[Example] = []
    for path in sorted(folder.rglob("*")):
        if path.suffix in SUFFIXES and "node_modules" not in path.parts:
            found.extend(_of_file(path, path.read_text(encoding="utf-8").splitlines()))
    return found


def _of_file(path: Path, lines: Sequence[str]) -> Iterator[Example]:
    for index, text in enumerate(lines):
        comment = _COMMENT.search(text)
        if comment:
            at = _next_code(lines, index) if _ONLY_COMMENT.match(text) else index
            subject, _, rest = (comment[2].rstrip(), "", "") if comment[1] == "option" else comment[2].partition(" ")
            alternatives = tuple((section, int(number)) for section, number in _ALTERNATIVE.findall(rest))
            reason = _ALTERNATIVE.sub("", rest).strip(" —-")
            yield Example(
                comment[1], subject, alternatives, reason, path, at + 1, _ANY_COMMENT.sub("", lines[at]).strip()
            )


def _next_code(lines: Sequence[str], index: int) -> int:
    for later in range(index + 1, len(lines)):
        if lines[later].strip() and not _ONLY_COMMENT.match(lines[later]):
            return later
    return index
