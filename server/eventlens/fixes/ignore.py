"""Ignore with reason: a comment above the line that says why the finding is accepted."""

from __future__ import annotations

from collections.abc import Iterator

from eventlens.checks.registry import rule_ids
from eventlens.fixes.changes import Change, Edit, FileEdit, Offer
from eventlens.fixes.context import FixContext
from eventlens.flow.model import Finding
from eventlens.syntax.grammars import language_of

RULES = frozenset(rule_ids())
REASON = "accepted here because …"
"""Stands where the reason belongs: the editor's user writes it."""


def offers(context: FixContext, finding: Finding) -> Iterator[Offer]:
    """Always, in source code."""
    if language_of(finding.file) is not None:
        yield Offer("ignore", f"Ignore {finding.rule} here, with a reason", lambda: _changes(context, finding))


def _changes(context: FixContext, finding: Finding) -> tuple[Change, ...]:
    file = context.file(finding.file)
    start = file.line(finding.line)
    marker = "#" if file.language == "python" else "//"
    text = f"{file.indent_at(start)}{marker} eventlens: ignore[{finding.rule}] {REASON}{file.style.newline}"
    return (FileEdit(file.path, (Edit(start, start, text),)),)
