"""Findings as GitHub Actions workflow commands, which show as annotations on the changed lines."""

from __future__ import annotations

from collections.abc import Sequence

from eventlens.flow.model import Finding
from eventlens.reports.severities import in_reading_order, in_words

_COMMANDS = {"error": "error", "warning": "warning", "info": "notice", "hint": "notice"}


def github_report(findings: Sequence[Finding], folder: str = "") -> str:
    """One command a finding, then a line for the log.

    ``folder`` is where the workspace lies in the repository, "" or with a final ``/``: annotations name files from there.
    """
    shown = [finding for finding in findings if not finding.suppressed]
    commands = [_command(finding, folder) for finding in in_reading_order(shown)]
    return "\n".join([*commands, f"{in_words(shown)}."]) + "\n"


def _command(finding: Finding, folder: str) -> str:
    place = [("file", folder + finding.file), ("line", str(finding.line)), ("endLine", str(finding.end_line))]
    if finding.line == finding.end_line:
        # Columns of an annotation that spans lines are refused.
        place += [("col", str(finding.column)), ("endColumn", str(finding.end_column))]
    properties = ",".join(
        f"{name}={_property(value)}" for name, value in [*place, ("title", f"eventlens {finding.rule}")]
    )
    return f"::{_COMMANDS[finding.severity]} {properties}::{_message(_told(finding))}"


def _told(finding: Finding) -> str:
    evidence = [f"{step.file}:{step.line} {step.message}" for step in finding.related]
    return "\n".join([finding.message, *evidence, *([f"Remedy: {finding.remedy}"] if finding.remedy else [])])


def _message(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _message(text).replace(":", "%3A").replace(",", "%2C")
