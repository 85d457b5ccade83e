"""The flow maps of all folders, for a client that draws them."""

from __future__ import annotations

import asyncio

import msgspec

from eventlens.lsp.connection import EventlensServer
from eventlens.lsp.map_news import is_complete
from eventlens.lsp.session import Session
from eventlens.lsp.snapshot import Snapshot


class _FolderMap(msgspec.Struct):
    """``map`` is the document of ``eventlens map --format json``; null before anything was analysed."""

    uri: str
    complete: bool
    map: msgspec.Raw


async def flow_maps(ls: EventlensServer, params: object) -> msgspec.Raw:
    """What the last analyses found; nothing is waited for. Encoded beside the event loop: a map may be large."""
    folders = [(session, session.snapshot) for session in ls.sessions]
    return await asyncio.to_thread(_encoded, folders)


def _encoded(folders: list[tuple[Session, Snapshot | None]]) -> msgspec.Raw:
    maps = [_folder_map(session, snapshot) for session, snapshot in folders]
    return msgspec.Raw(msgspec.json.encode({"folders": maps}))


def _folder_map(session: Session, snapshot: Snapshot | None) -> _FolderMap:
    if snapshot is None:
        return _FolderMap(session.uri, False, msgspec.Raw(b"null"))
    return _FolderMap(session.uri, is_complete(snapshot), msgspec.Raw(msgspec.json.encode(snapshot.analysis.flow_map)))
