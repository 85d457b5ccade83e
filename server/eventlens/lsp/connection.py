"""The state of one client's connection, which every handler is given."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

from lsprotocol import types
from pygls.exceptions import FeatureRequestError
from pygls.lsp.server import LanguageServer

import eventlens
from eventlens.lsp.client_settings import ClientSettings
from eventlens.lsp.conversions import Conversions
from eventlens.lsp.documents import Documents
from eventlens.lsp.positions import Encoding
from eventlens.lsp.publishing import DiagnosticsPublisher
from eventlens.lsp.session import Engine, Session
from eventlens.lsp.snapshot import Snapshot

log = logging.getLogger(__name__)


class EventlensServer(LanguageServer):
    """One client's connection."""

    def __init__(self, engine: Engine) -> None:
        super().__init__(
            "eventlens", eventlens.__version__, text_document_sync_kind=types.TextDocumentSyncKind.Incremental
        )
        self.engine = engine
        self.documents = Documents()
        self.sessions: list[Session] = []
        self.publishers: dict[str, DiagnosticsPublisher] = {}
        self.settings = ClientSettings()
        self.stop_watching = asyncio.Event()
        self.background: set[asyncio.Task[None]] = set()
        self.shutdown_requested = False

    @property
    def encoding(self) -> Encoding:
        """The unit of the client's columns."""
        chosen = self.workspace.position_encoding
        value = chosen.value if isinstance(chosen, types.PositionEncodingKind) else chosen
        return "utf-8" if value == "utf-8" else "utf-32" if value == "utf-32" else "utf-16"

    def session_of(self, uri: str) -> tuple[Session, str] | None:
        """The innermost folder that holds a document, and the document's path in it."""
        found = [(session, path) for session in self.sessions if (path := session.path_of(uri)) is not None]
        return min(found, key=lambda each: len(each[1]), default=None)

    def publish(self, session: Session, snapshot: Snapshot) -> None:
        """Send the diagnostics of a new snapshot."""
        convert = Conversions(session, snapshot, self.encoding)
        publisher = self.publishers.setdefault(session.uri, DiagnosticsPublisher(self))
        publisher.publish(snapshot, convert, self.settings.minimum_severity)

    def in_background(self, work: Any) -> None:
        """Run a coroutine beside the handlers."""
        task: asyncio.Task[None] = asyncio.ensure_future(work)
        self.background.add(task)
        task.add_done_callback(self.background.discard)

    def report_server_error(self, error: Exception, source: Any) -> None:
        """Tell the client's log. A request's error is its answer already, and a pop-up for each notification helps nobody."""
        if source is not FeatureRequestError:
            log.error("%s: %s", type(error).__name__, error)
            self.window_log_message(
                types.LogMessageParams(types.MessageType.Error, f"eventlens: {type(error).__name__}: {error}")
            )
