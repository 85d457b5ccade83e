"""Severities in order, and how findings are counted in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from eventlens.flow.model import Finding, Severity

ORDER: tuple[Severity, ...] = ("error", "warning", "info", "hint")
_PLURALS = {"error": "errors", "warning": "warnings", "info": "notes", "hint": "hints"}
_SINGULARS = {"error": "error", "warning": "warning", "info": "note", "hint": "hint"}


class Left(NamedTuple):
    """How many findings a report leaves out: accepted ones of a baseline, and those that are not severe enough to be shown."""

    accepted: int = 0
    lesser: int = 0


NOTHING_LEFT = Left()


def down_to(findings: Iterable[Finding], severity: Severity) -> list[Finding]:
    """The findings of ``severity`` or worse, suppressed ones too."""
    limit = ORDER.index(severity)
    return [f for f in findings if ORDER.index(f.severity) <= limit]


def at_least(findings: Iterable[Finding], severity: Severity) -> list[Finding]:
    """The findings of ``severity`` or worse that are not suppressed."""
    return [f for f in down_to(findings, severity) if not f.suppressed]


def in_reading_order(findings: Iterable[Finding]) -> list[Finding]:
    """By file, then place, then rule."""
    return sorted(findings, key=lambda f: (f.file, f.line, f.column, f.rule, f.id))


def counted(number: int, singular: str, plural: str) -> str:
    """``1 file``, ``2 files``."""
    return f"{number} {singular if number == 1 else plural}"


def in_words(findings: Sequence[Finding]) -> str:
    """``2 errors, 1 warning in 2 files``; "No findings" when there are none."""
    if not findings:
        return "No findings"
    by_severity = Counter(f.severity for f in findings)
    parts = [counted(by_severity[s], _SINGULARS[s], _PLURALS[s]) for s in ORDER if by_severity[s]]
    return f"{', '.join(parts)} in {counted(len({f.file for f in findings}), 'file', 'files')}"
