"""``--paranoid``: whatever is shown is analysed from scratch too, and the client is told where that differs."""

from __future__ import annotations

import logging

from lsprotocol import types

from eventlens.lsp.connection import EventlensServer
from eventlens.lsp.engine import Engine
from eventlens.lsp.session import Session
from eventlens.lsp.snapshot import Snapshot

log = logging.getLogger(__name__)


class ParanoidServer(EventlensServer):
    """Shows what every server shows and, a moment later, what was wrong with it. No comparison ends the session."""

    def __init__(self, engine: Engine) -> None:
        super().__init__(engine)
        self._compared: dict[str, Snapshot] = {}
        self._whole: dict[str, Snapshot] = {}
        """The last whole analysis of each folder: what was edited since may be why something differs."""
        self._was_told = False

    def publish(self, session: Session, snapshot: Snapshot) -> None:
        """Send the diagnostics, then look again."""
        super().publish(session, snapshot)
        if snapshot.is_early or snapshot is self._compared.get(session.uri):
            return
        self._compared[session.uri] = snapshot
        edited = _edited(self._whole.get(session.uri), snapshot)
        if not snapshot.renewed:
            self._whole[session.uri] = snapshot
        self.in_background(self._compare(session, snapshot, edited))

    def drop(self, session: Session) -> None:
        """A folder left the workspace."""
        self._compared.pop(session.uri, None)
        self._whole.pop(session.uri, None)
        super().drop(session)

    async def _compare(self, session: Session, snapshot: Snapshot, edited: frozenset[str]) -> None:
        try:
            found = await session.ask(lambda: _differences(session, snapshot))
        except Exception:
            # Also what the thread raises that does not take questions any more: the folder left the workspace meanwhile.
            log.exception("what is shown of %s could not be compared with an analysis from scratch", session.root)
            return
        if found:
            self._tell(found, edited)

    def _tell(self, found: list[str], edited: frozenset[str]) -> None:
        from eventlens.paranoid import report

        text = report(found, edited)
        log.error("%s", text)
        self.window_log_message(types.LogMessageParams(types.MessageType.Error, f"eventlens: {text}"))
        if not self._was_told:
            self._was_told = True
            told = "Eventlens: what is shown differs from an analysis from scratch. The server's log says where."
            self.window_show_message(types.ShowMessageParams(types.MessageType.Error, told))


def _differences(session: Session, snapshot: Snapshot) -> list[str]:
    """What a snapshot says otherwise than its own texts analysed from scratch; nothing where the files are others by now."""
    from eventlens.analysis import analyse
    from eventlens.paranoid import differences, opened_from_scratch

    workspace = snapshot.workspace
    overlays = {path: workspace.text(path) for path in workspace.overlaid()}
    fresh, problems = opened_from_scratch(session.root, overlays)
    flow_map = analyse(fresh).flow_map
    fresh.finish()
    found = differences(snapshot.analysis.flow_map, flow_map, snapshot.renewed)
    if problems != snapshot.problems:
        found.append(f"problems of settings: {snapshot.problems}, from scratch {problems}")
    if found and not workspace.files == fresh.files == opened_from_scratch(session.root, overlays).workspace.files:
        log.info("files of %s changed on the disk meanwhile; nothing is compared", session.root)
        return []
    return found


def _edited(whole: Snapshot | None, now: Snapshot) -> frozenset[str]:
    """The files that changed since the whole analysis before, as far as their records and the editor's texts tell, and those renewed."""
    if whole is None:
        return now.renewed
    before, after = whole.workspace, now.workspace
    both = before.overlaid() & after.overlaid()
    known = before.files.keys() | after.files.keys()
    changed = {path for path in known if before.files.get(path) != after.files.get(path)}
    return now.renewed | changed | {path for path in both if before.text(path) != after.text(path)}
