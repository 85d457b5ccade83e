"""Keeps the folder of all workspaces' caches small: what nobody will want again is deleted, once a day.

Only files that are named as caches are looked at: the folder may be one that the user shares with other programs.
"""

from __future__ import annotations

import contextlib
import os
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from eventlens.workspace.cache_database import noted
from eventlens.workspace.cache_place import SCHEMA

DAY_SECONDS = 86_400
KEPT_DAYS = 30
"""A cache that was not used for so long is deleted."""
KEPT_DAYS_OTHERS = 7
"""The same for one of another version of this program, and for what was moved aside."""
KEPT_DAYS_GONE = 1
"""The same for one whose workspace is not there any more; it may lie on a disk that is not attached just now."""
MOST_BYTES = 4 << 30
"""All caches together; those used longest ago go first."""
_MARK = ".eventlens-swept"
_NAME = re.compile(
    r"(?P<cache>.+-[0-9a-f]{16}(?:\.v(?P<schema>\d+))?\.sqlite)(?P<aside>\.broken)?(?P<journal>-wal|-shm|-journal)?"
)


class StoredCache(NamedTuple):
    """A cache in the folder; ``idle_days`` since it was used."""

    path: Path
    is_current: bool
    idle_days: float
    size: int


def sweep_when_due(folder: Path, keep: Path) -> None:
    """Delete unwanted caches in ``folder``, but never ``keep``; does nothing when that was done within a day."""
    mark = folder / _MARK
    with contextlib.suppress(OSError):
        if mark.exists() and 0 <= time.time() - mark.stat().st_mtime < DAY_SECONDS:
            return
        mark.touch()
        sweep(folder, keep)


def sweep(folder: Path, keep: Path | None = None) -> None:
    """Delete unwanted caches in ``folder``, but never ``keep``."""
    room = MOST_BYTES
    for one in stored_caches(folder):
        room -= one.size
        if one.path != keep and (room < 0 or not _is_wanted(one)):
            room += one.size
            delete_cache(one.path)
    _delete_lost_journals(folder)


def stored_caches(folder: Path) -> list[StoredCache]:
    """The caches in ``folder``, those used last first."""
    return sorted(_caches(folder), key=lambda one: one.idle_days)


def mark_used(path: Path) -> None:
    """Note in the time stamp of a cache that it is in use; at most once a day."""
    with contextlib.suppress(OSError):
        if abs(time.time() - path.stat().st_mtime) > DAY_SECONDS:
            os.utime(path)


def delete_cache(path: Path) -> None:
    """Delete a cache with its journal. One that cannot be deleted stays."""
    for ending in ("", "-wal", "-shm", "-journal"):
        with contextlib.suppress(OSError):
            Path(f"{path}{ending}").unlink()


def _caches(folder: Path) -> Iterator[StoredCache]:
    now = time.time()
    for name, matched in _named(folder):
        if matched["journal"]:
            continue
        path = folder / name
        with contextlib.suppress(OSError):
            status = path.stat()
            current = not matched["aside"] and matched["schema"] == str(SCHEMA)
            if path.is_file():
                yield StoredCache(path, current, (now - status.st_mtime) / DAY_SECONDS, status.st_size)


def _is_wanted(one: StoredCache) -> bool:
    if not one.is_current:
        return one.idle_days < KEPT_DAYS_OTHERS
    if one.idle_days >= KEPT_DAYS:
        return False
    return one.idle_days < KEPT_DAYS_GONE or not _is_gone(noted(one.path, "root"))


def _is_gone(root: object) -> bool:
    return isinstance(root, bytes) and not Path(os.fsdecode(root)).is_dir()


def _delete_lost_journals(folder: Path) -> None:
    """Delete what is left of caches that are gone."""
    for name, matched in _named(folder):
        whole = matched["cache"] + (matched["aside"] or "")
        if matched["journal"] and not (folder / whole).exists():
            with contextlib.suppress(OSError):
                (folder / name).unlink()


def _named(folder: Path) -> Iterator[tuple[str, re.Match[str]]]:
    try:
        names = sorted(path.name for path in folder.iterdir())
    except OSError:
        return
    for name in names:
        if matched := _NAME.fullmatch(name):
            yield name, matched
