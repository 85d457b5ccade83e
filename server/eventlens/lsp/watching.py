"""Learns of files that change on disk: from the client where it can watch, else by watching here."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path

from lsprotocol import types
from pygls.lsp.server import LanguageServer
from watchfiles import Change, DefaultFilter, awatch

from eventlens.lsp.session import Session
from eventlens.workspace.discovery import FOREIGN_FOLDERS, language_of

log = logging.getLogger(__name__)

_GLOBS = (
    "**/*.{ts,tsx,mts,cts,js,jsx,mjs,cjs,py}",
    "**/*.{json,yaml,yml,toml,properties,ini,tf,proto,avsc}",
    "**/{Dockerfile,.env,.env.*,requirements.txt}",
)
"""Few on purpose: clients slow down with the number of patterns, and a pattern for everything watches everything."""


def client_watches(ls: LanguageServer) -> bool:
    """Whether the client can be asked to watch files; there is no static way to ask."""
    workspace = ls.client_capabilities.workspace
    able = workspace.did_change_watched_files if workspace is not None else None
    return bool(able and able.dynamic_registration)


async def ask_client_to_watch(ls: LanguageServer) -> None:
    """Register the patterns."""
    options = types.DidChangeWatchedFilesRegistrationOptions([types.FileSystemWatcher(glob) for glob in _GLOBS])
    registration = types.Registration("eventlens/files", types.WORKSPACE_DID_CHANGE_WATCHED_FILES, options)
    try:
        await ls.client_register_capability_async(types.RegistrationParams([registration]))
    except Exception:
        log.exception("the client refused to watch files; changes on disk are seen when a document is saved")


class _RelevantFiles(DefaultFilter):
    """Files that an analysis could read."""

    def __init__(self) -> None:
        super().__init__(ignore_dirs=sorted(FOREIGN_FOLDERS))

    def __call__(self, change: Change, path: str) -> bool:
        return language_of(Path(path).name) is not None and super().__call__(change, path)


async def watch_here(session: Session, stop: asyncio.Event) -> None:
    """Tell the session of changes until ``stop`` is set."""
    try:
        async for changes in awatch(session.root, watch_filter=_RelevantFiles(), stop_event=stop, debounce=200):
            paths = [path for _, file in changes if (path := session.path_of(Path(file).as_uri())) is not None]
            session.files_changed(paths)
    except Exception:
        log.exception("cannot watch %s; changes on disk are seen when a document is saved", session.root)
