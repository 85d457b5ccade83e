"""Tells a client that shows the flow map when there is another one, and how far the analysis is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from eventlens.flow.model import FlowMap
from eventlens.lsp.own_methods import MAP_CHANGED, STATUS, Wishes
from eventlens.lsp.session import Session, State
from eventlens.lsp.snapshot import Snapshot


class _Status(NamedTuple):
    state: State
    sites: int
    findings: int
    message: str | None


class MapNews:
    """What one client was told of each folder; only what differs from that is told."""

    def __init__(self, wishes: Wishes, notify: Callable[[str, Any], None]) -> None:
        self._wishes = wishes
        self._notify = notify
        self._maps: dict[str, FlowMap] = {}
        self._told: dict[str, _Status] = {}

    def shown(self, session: Session, snapshot: Snapshot) -> None:
        """There is a new snapshot. Only those of all files are new maps: the others follow each letter that is typed."""
        flow_map = snapshot.analysis.flow_map
        if self._wishes.map and is_complete(snapshot) and self._maps.get(session.uri) != flow_map:
            self._maps[session.uri] = flow_map
            self._notify(MAP_CHANGED, {"uri": session.uri})
        before = self._told.get(session.uri)
        if before is not None:
            self.state(session, before.state, before.message)

    def state(self, session: Session, state: State, message: str | None) -> None:
        """The analysis of a folder began, ended or failed."""
        if not self._wishes.status:
            return
        status = _Status(state, *_counted(session.snapshot), message)
        if status != self._told.get(session.uri):
            self._told[session.uri] = status
            self._notify(STATUS, {"uri": session.uri, **status._asdict()})

    def drop(self, session: Session) -> None:
        """A folder left the workspace."""
        self._maps.pop(session.uri, None)
        self._told.pop(session.uri, None)


def is_complete(snapshot: Snapshot) -> bool:
    """Whether a snapshot's map is of all files as they were when it was made."""
    return not snapshot.is_early and not snapshot.renewed


def _counted(snapshot: Snapshot | None) -> tuple[int, int]:
    """Sites, and findings that are not suppressed."""
    if snapshot is None:
        return 0, 0
    flow_map = snapshot.analysis.flow_map
    return len(flow_map.sites), sum(not one.suppressed and one.severity != "hint" for one in flow_map.findings)
