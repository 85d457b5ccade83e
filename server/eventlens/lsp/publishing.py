"""Sends diagnostics, each file's only when they or the file's version changed."""

from __future__ import annotations

from typing import NamedTuple

from lsprotocol import types
from pygls.lsp.server import LanguageServer

from eventlens.flow.model import Severity
from eventlens.ide.diagnostics import findings_by_file
from eventlens.lsp.conversions import Conversions
from eventlens.lsp.session import Session
from eventlens.lsp.snapshot import Snapshot

_ORDER: tuple[Severity, ...] = ("error", "warning", "info", "hint")


class _Sent(NamedTuple):
    version: int | None
    diagnostics: list[types.Diagnostic]


class DiagnosticsPublisher:
    """Remembers what the client shows for the files of one session."""

    def __init__(self, ls: LanguageServer) -> None:
        self._ls = ls
        self._sent: dict[str, _Sent] = {}

    def publish(self, snapshot: Snapshot, convert: Conversions, least: Severity) -> None:
        """Send what is new since the last time, worst severities down to ``least``."""
        current = self._diagnostics(snapshot, convert, least)
        for path in sorted(current.keys() | self._sent.keys()):
            diagnostics, version = current.get(path, []), snapshot.version(path)
            before = self._sent.get(path)
            # A client may drop what it holds for a version that is over, so an edited file is sent again.
            if (
                before is None
                or before.diagnostics != diagnostics
                or (version is not None and before.version != version)
            ):
                self._send(convert.session, path, version, diagnostics)

    def reopened(self, path: str) -> None:
        """The client opened a file: it may have dropped what it held before, so the next publication sends the file again."""
        before = self._sent.get(path)
        if before is not None:
            self._sent[path] = before._replace(version=None)

    def retract(self, session: Session) -> None:
        """Empty every file."""
        for path in list(self._sent):
            self._send(session, path, None, [])

    def _send(self, session: Session, path: str, version: int | None, diagnostics: list[types.Diagnostic]) -> None:
        self._ls.text_document_publish_diagnostics(
            types.PublishDiagnosticsParams(session.uri_of(path), diagnostics, version)
        )
        if diagnostics:
            self._sent[path] = _Sent(version, diagnostics)
        else:
            self._sent.pop(path, None)

    def _diagnostics(
        self, snapshot: Snapshot, convert: Conversions, least: Severity
    ) -> dict[str, list[types.Diagnostic]]:
        shown = _ORDER[: _ORDER.index(least) + 1]
        related, page = self._abilities()
        found = {
            path: diagnostics
            for path, findings in findings_by_file(snapshot.analysis.flow_map).items()
            if (diagnostics := [convert.diagnostic(f, related, page) for f in findings if f.severity in shown])
        }
        for problem in snapshot.problems:
            found.setdefault(problem.file, []).append(convert.problem(problem.file, problem.line, problem.message))
        return found

    def _abilities(self) -> tuple[bool, bool]:
        """Whether the client shows related information and links a code to its page."""
        document = self._ls.client_capabilities.text_document
        able = document.publish_diagnostics if document is not None else None
        return bool(able and able.related_information), bool(able and able.code_description_support)
