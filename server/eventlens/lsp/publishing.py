"""Sends diagnostics, each file's only when they or the file's version changed."""

from __future__ import annotations

from typing import NamedTuple

from lsprotocol import types
from pygls.lsp.server import LanguageServer

from eventlens.lsp.diagnostics import ByFile
from eventlens.lsp.session import Session
from eventlens.lsp.snapshot import Snapshot


class _Sent(NamedTuple):
    version: int | None
    diagnostics: list[types.Diagnostic]


class DiagnosticsPublisher:
    """Remembers what the client was sent for the files of one session."""

    def __init__(self, ls: LanguageServer) -> None:
        self._ls = ls
        self._sent: dict[str, _Sent] = {}

    def publish(self, session: Session, snapshot: Snapshot, current: ByFile) -> None:
        """Send what is new since the last time. A file that is not in ``current`` any more is emptied."""
        for path in sorted(current.keys() | self._sent.keys()):
            diagnostics, version = current.get(path, []), snapshot.version(path)
            before = self._sent.get(path)
            # A client may drop what it holds for a version that is over, so an edited file is sent again.
            if (
                before is None
                or before.diagnostics != diagnostics
                or (version is not None and before.version != version)
            ):
                self._send(session, path, version, diagnostics)

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
