"""Findings where something is declared, which may be in infrastructure."""

from __future__ import annotations

from collections.abc import Iterable

from eventlens.checks.context import Rule
from eventlens.config.secrets import masked_code
from eventlens.flow.model import Finding, Place, Step
from eventlens.flow.records import stable_id
from eventlens.workspace.snapshot import Workspace


def finding_where_declared(
    workspace: Workspace,
    rule: Rule,
    message: str,
    place: Place,
    about: str,
    related: Iterable[Step],
) -> Finding:
    """A finding on the whole line of a declaration; ``about`` names what is declared."""
    line = line_at(workspace, place.file, place.line)
    return Finding(
        id=stable_id(rule.id, place.file, about),
        rule=rule.id,
        severity=rule.severity,
        file=place.file,
        line=place.line,
        column=len(line) - len(line.lstrip()) + 1,
        end_line=place.line,
        end_column=len(line) + 1,
        message=masked_code(message),
        site=None,
        confidence="certain",
        related=list(related),
        suppressed=False,
        remedy=rule.remedy,
    )


def line_at(workspace: Workspace, file: str, line: int) -> str:
    """A line of a file, by its number from 1; "" where there is none."""
    try:
        lines = workspace.text(file).decode("utf-8", "replace").splitlines()
    except (OSError, KeyError):
        return ""
    return lines[line - 1].rstrip() if 0 < line <= len(lines) else ""
