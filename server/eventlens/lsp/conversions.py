"""From places and findings to the protocol's types."""

from __future__ import annotations

from functools import lru_cache

from lsprotocol import types

from eventlens.flow.model import UNUSED_SUPPRESSION, Finding, Step
from eventlens.ide.places import Target
from eventlens.knowledge.model_files import rules_root
from eventlens.lsp.positions import Encoding
from eventlens.lsp.session import Session
from eventlens.lsp.snapshot import Snapshot

SOURCE = "eventlens"
_SEVERITIES = {
    "error": types.DiagnosticSeverity.Error,
    "warning": types.DiagnosticSeverity.Warning,
    "info": types.DiagnosticSeverity.Information,
    "hint": types.DiagnosticSeverity.Hint,
}


class Conversions:
    """For one session, one snapshot and the client's encoding."""

    def __init__(self, session: Session, snapshot: Snapshot, encoding: Encoding) -> None:
        self.session = session
        self.snapshot = snapshot
        self.encoding = encoding

    def range(self, target: Target) -> types.Range:
        """The client's range of a target; of a whole line, what stands on it."""
        text = self.snapshot.text(target.file)
        column = target.column
        if target.end_column == 0 and column == 1:
            line = text.line(target.line - 1)
            column += len(line) - len(line.lstrip())
        start = text.of_map(target.line, column, self.encoding)
        end = text.of_map(target.end_line, target.end_column, self.encoding)
        return types.Range(types.Position(*start), types.Position(*end))

    def location(self, target: Target) -> types.Location:
        """A target with its file's URI."""
        return types.Location(self.session.uri_of(target.file), self.range(target))

    def link(self, origin: Target | None, target: Target, around: Target | None = None) -> types.LocationLink:
        """A target that says where the jump began; ``around`` is what it is the name of."""
        return types.LocationLink(
            target_uri=self.session.uri_of(target.file),
            target_range=self.range(around or target),
            target_selection_range=self.range(target),
            origin_selection_range=self.range(origin) if origin is not None else None,
        )

    def diagnostic(
        self, finding: Finding, with_related: bool, with_page: bool, with_tags: bool = False
    ) -> types.Diagnostic:
        """A finding; its evidence and its page where the client can show them, its code faded where that can be left out."""
        target = Target(finding.file, finding.line, finding.column, finding.end_line, finding.end_column)
        likely = " (likely)" if finding.confidence == "likely" else ""
        remedy = f"\n{finding.remedy}" if finding.remedy else ""
        return types.Diagnostic(
            range=self.range(target),
            message=f"{finding.message}{likely}{remedy}",
            severity=_SEVERITIES[finding.severity],
            code=finding.rule,
            code_description=_page(finding.rule) if with_page else None,
            source=SOURCE,
            related_information=[self._related(step) for step in finding.related]
            if with_related and finding.related
            else None,
            tags=[types.DiagnosticTag.Unnecessary] if with_tags and finding.rule == UNUSED_SUPPRESSION else None,
            data={"id": finding.id},
        )

    def problem(self, file: str, line: int, message: str) -> types.Diagnostic:
        """A mistake in the settings: the whole line."""
        return types.Diagnostic(
            range=self.range(Target(file, line, 1, line, 0)),
            message=message,
            severity=types.DiagnosticSeverity.Error,
            code="configuration",
            source=SOURCE,
        )

    def _related(self, step: Step) -> types.DiagnosticRelatedInformation:
        return types.DiagnosticRelatedInformation(
            self.location(Target(step.file, step.line, 1, step.line, 0)), step.message
        )


@lru_cache(256)
def _page(rule: str) -> types.CodeDescription | None:
    """Where the rule is described: its page in this installation."""
    page = rules_root() / "checks" / f"{rule}.md"
    return types.CodeDescription(page.as_uri()) if page.is_file() else None
