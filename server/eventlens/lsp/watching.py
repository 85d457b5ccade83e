"""Learns of files that change on disk: from the client where it can watch, else by watching here."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from lsprotocol import types
from pygls.lsp.server import LanguageServer
from watchfiles import Change, DefaultFilter, awatch

from eventlens.lsp.session import Session
from eventlens.workspace.discovery import CONFIG_SUFFIXES, FOREIGN_FOLDERS, SOURCE_SUFFIXES, language_of

log = logging.getLogger(__name__)

_IGNORE_FILES = (".gitignore", ".ignore")
_NAMES = (
    "Pipfile",
    "Dockerfile",
    "Dockerfile.*",
    "Containerfile",
    "Procfile",
    "requirements*.txt",
    ".env",
    ".env.*",
    "env.*",
)
_ANY_SUFFIX = "**/*.{{{}}}"
WATCHED: tuple[tuple[str, types.WatchKind | None], ...] = (
    (_ANY_SUFFIX.format(",".join(sorted(suffix[1:] for suffix in SOURCE_SUFFIXES))), None),
    (_ANY_SUFFIX.format(",".join(sorted(suffix[1:] for suffix in CONFIG_SUFFIXES))), None),
    (f"**/{{{','.join((*_NAMES, 'docker.env*', *_IGNORE_FILES))}}}", None),
    ("**/*", types.WatchKind.Delete),
)
"""Glob, and the kind of change where not all count. Few on purpose: clients slow down with the number of patterns.

Of a folder that is deleted some clients tell nothing but that, so deletions of anything are asked for.
"""


def client_watches(ls: LanguageServer) -> bool:
    """Whether the client can be asked to watch files; there is no static way to ask."""
    workspace = ls.client_capabilities.workspace
    able = workspace.did_change_watched_files if workspace is not None else None
    return bool(able and able.dynamic_registration)


async def ask_client_to_watch(ls: LanguageServer) -> None:
    """Register the patterns."""
    watchers = [types.FileSystemWatcher(glob, kind) for glob, kind in WATCHED]
    options = types.DidChangeWatchedFilesRegistrationOptions(watchers)
    registration = types.Registration("eventlens/files", types.WORKSPACE_DID_CHANGE_WATCHED_FILES, options)
    try:
        await ls.client_register_capability_async(types.RegistrationParams([registration]))
    except Exception:
        log.exception("the client refused to watch files; changes on disk are seen when a document is saved")


def relevant(session: Session, paths: Iterable[str]) -> list[str]:
    """Those of the changed paths that an analysis can depend on: files that it may read, and folders of files that it has read."""
    candidates = [path for path in paths if not FOREIGN_FOLDERS.intersection(path.split("/")[:-1])]
    files = {path for path in candidates if _is_read(path)}
    others = [path for path in candidates if path not in files]
    folders = _folders(session) if others else frozenset()
    return [path for path in candidates if path in files or path in folders or _is_new_folder(session, path)]


def _is_read(path: str) -> bool:
    name = path.rpartition("/")[2]
    return language_of(name) is not None or name in _IGNORE_FILES


def _folders(session: Session) -> frozenset[str]:
    """The folders of all files of the last analysis."""
    files = session.snapshot.workspace.files if session.snapshot is not None else ()
    return frozenset(
        parent.as_posix()
        for folder in {PurePosixPath(file).parent for file in files}
        for parent in (folder, *folder.parents)
    )


def _is_new_folder(session: Session, path: str) -> bool:
    return PurePosixPath(path).name not in FOREIGN_FOLDERS and os.path.isdir(session.root / path)  # noqa: PTH112 - False also for names that no folder can have


class _RelevantChanges(DefaultFilter):
    """Changes below no foreign folder; of files that are read, of folders, and of what is gone and may have been one."""

    def __init__(self) -> None:
        super().__init__(ignore_dirs=sorted(FOREIGN_FOLDERS), ignore_entity_patterns=())

    def __call__(self, change: Change, path: str) -> bool:
        matters = change is Change.deleted or _is_read(Path(path).name) or Path(path).is_dir()
        return matters and super().__call__(change, path)


async def watch_here(session: Session, stop: asyncio.Event) -> None:
    """Tell the session of changes until ``stop`` is set."""
    try:
        async for changes in awatch(session.root, watch_filter=_RelevantChanges(), stop_event=stop, debounce=200):
            paths = [path for _, file in changes if (path := session.path_of(Path(file).as_uri())) is not None]
            if found := relevant(session, paths):
                session.files_changed(found)
    except Exception:
        log.exception("cannot watch %s; changes on disk are seen when a document is saved", session.root)
