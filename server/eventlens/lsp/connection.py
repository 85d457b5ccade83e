"""The state of one client's connection, which every handler is given."""

from __future__ import annotations

import asyncio
import logging
from typing import Any, Literal, TypeAlias

from lsprotocol import types
from pygls.exceptions import FeatureRequestError
from pygls.lsp.server import LanguageServer

import eventlens
from eventlens.flow.model import FlowMap
from eventlens.lsp.client_settings import ClientSettings
from eventlens.lsp.conversions import Conversions
from eventlens.lsp.diagnostics import Abilities, ByFile, SnapshotDiagnostics
from eventlens.lsp.documents import Documents
from eventlens.lsp.engine import Engine
from eventlens.lsp.map_news import MapNews
from eventlens.lsp.own_methods import Wishes
from eventlens.lsp.positions import Encoding
from eventlens.lsp.protocol import AnsweringProtocol
from eventlens.lsp.publishing import DiagnosticsPublisher
from eventlens.lsp.pulling import Pulls
from eventlens.lsp.refreshing import Refresh, Refreshing
from eventlens.lsp.session import Session
from eventlens.lsp.snapshot import Snapshot

log = logging.getLogger(__name__)

Refreshed: TypeAlias = Literal["code_lens", "inlay_hint"]
"""What a client may be told to ask for again, as its capabilities call it."""


class EventlensServer(LanguageServer):
    """One client's connection."""

    protocol: AnsweringProtocol

    def __init__(self, engine: Engine) -> None:
        super().__init__(
            "eventlens",
            eventlens.__version__,
            text_document_sync_kind=types.TextDocumentSyncKind.Incremental,
            protocol_cls=AnsweringProtocol,
        )
        self.engine = engine
        self.documents = Documents()
        self.sessions: list[Session] = []
        self.publishers: dict[str, DiagnosticsPublisher] = {}
        self.pulls = Pulls()
        self.wishes = Wishes()
        self.map_news = MapNews(self.wishes, self.protocol.notify)
        self._diagnostics: dict[str, SnapshotDiagnostics] = {}
        self._maps: dict[str, tuple[FlowMap, bool]] = {}
        """By folder: the map that lenses and hints were last made from, and whether the code behind it was read."""
        self._lenses_again = Refreshing(Refresh(lambda: self.workspace_code_lens_refresh_async(None)))
        self._hints_again = Refreshing(Refresh(lambda: self.workspace_inlay_hint_refresh_async(None)))
        self._pull_again = Refreshing(
            Refresh(lambda: self.workspace_diagnostic_refresh_async(None), self._is_pull_outdated)
        )
        self.settings = ClientSettings()
        self.settings_mistakes: list[str] = []
        self.stop_watching = asyncio.Event()
        self.background: set[asyncio.Task[None]] = set()
        self.shutdown_requested = False
        self._told_of_reading = False

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

    # ------------------------------------------------------------------------------------------------- diagnostics

    def diagnostics_of(self, convert: Conversions) -> ByFile:
        """The diagnostics of a snapshot as the client wants and can show them."""
        known = self._diagnostics.setdefault(convert.session.uri, SnapshotDiagnostics())
        found = known.by_file(convert, self.settings.least_shown, Abilities.of(self.client_capabilities))
        inner = self._folders_within(convert.session)
        return {path: each for path, each in found.items() if not path.startswith(inner)} if inner else found

    def result_id(self, convert: Conversions, path: str) -> str:
        """Equal for equal diagnostics of a file."""
        self.diagnostics_of(convert)
        return self._diagnostics[convert.session.uri].result_id(path)

    def publish(self, session: Session, snapshot: Snapshot) -> None:
        """Send the diagnostics of a new snapshot, or have the client ask for them."""
        current = self.diagnostics_of(Conversions(session, snapshot, self.encoding))
        publisher = self.publishers.setdefault(session.uri, DiagnosticsPublisher(self))
        if self.pulls.is_used:
            pulled = current.keys() if self.pulls.of_workspace else session.open_paths()
            current = {path: found for path, found in current.items() if path not in pulled}
            self._pull_again.soon()
        publisher.publish(session, snapshot, current)
        self.map_news.shown(session, snapshot)
        before, shown = self._maps.get(session.uri), (snapshot.analysis.flow_map, snapshot.has_code)
        self._maps[session.uri] = shown
        if before is None or _shows_otherwise(before, shown):
            self.ask_again_for_lenses_and_hints()

    def ask_again_for_lenses_and_hints(self) -> None:
        """Have the client ask again where it can be told so: by itself it asks after an edit of the same document only."""
        if self.can_ask_again("code_lens"):
            self._lenses_again.soon()
        if self.can_ask_again("inlay_hint"):
            self._hints_again.soon()

    def can_ask_again(self, what: Refreshed) -> bool:
        """Whether the client can be told to ask for lenses or hints once more, when more is known."""
        able = getattr(self.client_capabilities.workspace, what, None)
        return able is not None and bool(able.refresh_support)

    def publish_again(self) -> None:
        """Send what changed with the settings, or with what the client asks for."""
        for session in self.sessions:
            if session.snapshot is not None:
                self.publish(session, session.snapshot)

    def pull_workspace(self) -> None:
        """The client asks for the diagnostics of all files: none are sent from now on, and those that were are taken back."""
        if not self.pulls.of_workspace:
            self.pulls.of_workspace = True
            self.publish_again()

    def drop(self, session: Session) -> None:
        """A folder left the workspace: so do its diagnostics."""
        if (publisher := self.publishers.pop(session.uri, None)) is not None:
            publisher.retract(session)
        self.map_news.drop(session)
        self._diagnostics.pop(session.uri, None)
        self._maps.pop(session.uri, None)
        self.pulls.forget_folder(session.uri)
        if self.pulls.is_used:
            self._pull_again.soon(certainly=True)

    def _folders_within(self, session: Session) -> tuple[str, ...]:
        """Paths of the workspace's folders that lie within another one, with ``/``: their files are theirs alone."""
        others = [other.root for other in self.sessions if other is not session and session.root in other.root.parents]
        return tuple(f"{root.relative_to(session.root).as_posix()}/" for root in others)

    def _is_pull_outdated(self) -> bool:
        """Whether the client was told other diagnostics than there are now."""
        for session in self.sessions:
            if session.snapshot is None:
                continue
            convert = Conversions(session, session.snapshot, self.encoding)
            documents = self.pulls.documents_of(session.uri)
            if any(self.result_id(convert, path) != given for path, given in documents):
                return True
            if self.pulls.of_workspace:
                current = {path: self.result_id(convert, path) for path in self.diagnostics_of(convert)}
                if current != self.pulls.workspace_of(session.uri):
                    return True
        return False

    # ---------------------------------------------------------------------------------------------------- the rest

    def tell_of_reading(self) -> None:
        """Say once why an answer is empty or short: it was asked for before all files were looked at."""
        if not self._told_of_reading:
            self._told_of_reading = True
            told = "Eventlens is still reading the workspace; ask again when it has finished."
            self.window_show_message(types.ShowMessageParams(types.MessageType.Info, told))

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


def _shows_otherwise(one: tuple[FlowMap, bool], other: tuple[FlowMap, bool]) -> bool:
    """Whether lenses and hints may differ between two maps, with or without the code behind them."""
    return one[1] != other[1] or any(
        getattr(one[0], part) != getattr(other[0], part) for part in ("sites", "flows", "channels")
    )
