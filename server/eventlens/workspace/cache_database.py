"""The SQLite file below the cache: opened, its tables made, and what its errors mean.

Write-ahead log, so that one writes while others read. Nothing waits for the disk (``synchronous`` is off): what a power cut
tears apart is noticed by the checks of SQLite or by the seals, and begun anew. The file is read, never mapped into memory: a
mapped file that another process cuts short would kill this one.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from enum import Enum
from pathlib import Path

from eventlens.workspace.cache_place import SCHEMA

_APPLICATION = 0x45564C53  # "EVLS"
_TABLES = (
    "DROP TABLE IF EXISTS files",
    "DROP TABLE IF EXISTS modules",
    "DROP TABLE IF EXISTS versions",
    "DROP TABLE IF EXISTS blobs",
    "DROP TABLE IF EXISTS notes",
    "CREATE TABLE files (path TEXT PRIMARY KEY, digest BLOB, row BLOB) WITHOUT ROWID",
    "CREATE TABLE modules (version TEXT, digest BLOB, written INTEGER, module BLOB, PRIMARY KEY (version, digest))",
    "CREATE TABLE versions (version TEXT PRIMARY KEY, used INTEGER) WITHOUT ROWID",
    "CREATE TABLE blobs (key TEXT PRIMARY KEY, value BLOB)",
    "CREATE TABLE notes (name TEXT PRIMARY KEY, value) WITHOUT ROWID",
    f"PRAGMA application_id = {_APPLICATION}",
    f"PRAGMA user_version = {SCHEMA}",
)
_BUSY_SECONDS = 0.25
"""How long to wait for another writer. One transaction holds the file for some tens of milliseconds."""
_JOURNAL_BYTES = 16_000_000
"""What the write-ahead log is cut to once it was taken over into the file."""

_MOST_CHECKED_BYTES = 200_000_000


class Trouble(Enum):
    """What an error of SQLite means for the cache."""

    BUSY = "another process is writing"
    READ_ONLY = "the file may not be written"
    UNUSABLE = "the place or the disk does not allow it"
    FULL = "the disk is full or failing"
    DAMAGED = "the file is not as it was written"


_MEANINGS = (
    (Trouble.BUSY, ("locked", "busy", "locking protocol")),
    (Trouble.READ_ONLY, ("readonly",)),
    (Trouble.UNUSABLE, ("unable to open", "authoriz", "permission", "interrupted")),
    (Trouble.FULL, ("is full", "i/o error")),
)


def trouble_of(error: Exception) -> Trouble:
    """Told from the message: error codes are known to Python since 3.11 only."""
    text = str(error).lower() if isinstance(error, sqlite3.OperationalError) else ""
    for trouble, words in _MEANINGS:
        if any(word in text for word in words):
            return trouble
    return Trouble.DAMAGED


def connect(path: Path) -> sqlite3.Connection:
    """The database at ``path`` with its tables, made where they are missing or of another version. Raises sqlite3.Error."""
    if path.exists() and not path.is_file():
        raise sqlite3.DatabaseError("it is no file")
    database = sqlite3.connect(path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False)
    try:
        _prepare(database)
    except BaseException:
        database.close()
        raise
    return database


def _prepare(database: sqlite3.Connection) -> None:
    # In this order: another process that makes the tables right now must not be taken for another program.
    has_tables = database.execute("SELECT count(*) FROM sqlite_master").fetchone()[0] > 0
    if has_tables and _marks(database)[0] != _APPLICATION:
        raise sqlite3.DatabaseError("it belongs to another program")
    if not has_tables:
        database.execute("PRAGMA auto_vacuum = INCREMENTAL")
    database.execute("PRAGMA journal_mode = WAL")
    database.execute("PRAGMA synchronous = OFF")
    database.execute("PRAGMA temp_store = MEMORY")
    database.execute(f"PRAGMA journal_size_limit = {_JOURNAL_BYTES}")
    if _marks(database) == (_APPLICATION, SCHEMA):
        return
    with transaction(database):
        if _marks(database) != (_APPLICATION, SCHEMA):  # another process may have been quicker
            for statement in _TABLES:
                database.execute(statement)


@contextlib.contextmanager
def transaction(database: sqlite3.Connection) -> Iterator[None]:
    """All or nothing of what is written in the body."""
    database.execute("BEGIN IMMEDIATE")
    try:
        yield
        database.execute("COMMIT")
    except BaseException:
        with contextlib.suppress(sqlite3.Error):  # a full disk has rolled back by itself
            database.execute("ROLLBACK")
        raise


def check(database: sqlite3.Connection) -> None:
    """Have SQLite look for damage, which takes some milliseconds a megabyte. Raises sqlite3.DatabaseError where there is some."""
    if size_of(database) < _MOST_CHECKED_BYTES:
        (found,) = database.execute("PRAGMA integrity_check(1)").fetchone()
        if found != "ok":
            raise sqlite3.DatabaseError(" ".join(found.split()))


def size_of(database: sqlite3.Connection) -> int:
    """Bytes in use."""
    pages, free, each = (
        database.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "freelist_count", "page_size")
    )
    return int((pages - free) * each)


def give_back(database: sqlite3.Connection) -> None:
    """Return to the disk what is not in use."""
    database.executescript("PRAGMA incremental_vacuum")  # which, unlike `execute`, goes on to the last page


def noted(path: Path, name: str) -> object:
    """A note of a cache that others may be using, without locking or changing it; None where there is none."""
    try:
        database = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True)
    except sqlite3.Error:
        return None
    with contextlib.closing(database):
        try:
            row = database.execute("SELECT value FROM notes WHERE name = ?", (name,)).fetchone()
        except sqlite3.Error:
            return None
        return None if row is None else row[0]


def move_aside(path: Path) -> bool:
    """Rename what lies at ``path`` to ``….broken``, in place of an older one; its journal goes. Whether ``path`` is free now."""
    for ending in ("-wal", "-shm"):
        with contextlib.suppress(OSError):
            Path(f"{path}{ending}").unlink()
    try:
        path.replace(f"{path}.broken")
    except OSError:
        with contextlib.suppress(OSError):
            path.unlink()
    return not path.exists()


def _marks(database: sqlite3.Connection) -> tuple[int, int]:
    """Which program the file belongs to, and in which version."""
    marks = [database.execute(f"PRAGMA {name}").fetchone()[0] for name in ("application_id", "user_version")]
    return marks[0], marks[1]
