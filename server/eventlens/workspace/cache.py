"""What is remembered of a workspace between runs: one SQLite file, best effort.

A cache never fails its user: a file that is corrupt or not ours is moved aside and begun anew; where no file can be written,
everything is a miss. Two processes may use one file at once.
"""

from __future__ import annotations

import contextlib
import logging
import sqlite3
import threading
import time
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

import msgspec

from eventlens.workspace.discovery import FileRecord
from eventlens.workspace.survey import Survey

_log = logging.getLogger(__name__)

_APPLICATION = 0x45564C53  # "EVLS"
_SCHEMA = 2
_TABLES = (
    "DROP TABLE IF EXISTS files",
    "DROP TABLE IF EXISTS modules",
    "DROP TABLE IF EXISTS blobs",
    "CREATE TABLE files (path TEXT PRIMARY KEY, size INTEGER, mtime_ns INTEGER, inode INTEGER, language TEXT,"
    " digest BLOB, literals TEXT, survey BLOB) WITHOUT ROWID",
    "CREATE TABLE modules (digest BLOB, version TEXT, used INTEGER, module BLOB, PRIMARY KEY (digest, version))",
    "CREATE TABLE blobs (key TEXT PRIMARY KEY, used INTEGER, value BLOB)",
    f"PRAGMA application_id = {_APPLICATION}",
    f"PRAGMA user_version = {_SCHEMA}",
)
_KEPT_BLOBS = 8
_KEPT_DAYS = 30
SETTLED_NS = 20_000_000
"""A file younger than this when it is remembered may change again without a new time stamp, so it is not remembered."""
_SELECTED_AT_ONCE = 500
_TRIES = 40
_PAUSE_SECONDS = 0.05

_Result = TypeVar("_Result")


class KnownFile(msgspec.Struct, frozen=True):
    """What was learnt of a file while it was as ``record`` says. ``survey`` is None where it was made for other literals."""

    record: FileRecord
    digest: bytes
    survey: Survey | None


class Cache:
    """The cache file at ``path``, made when missing. Every method may be called from any thread."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()
        self._database = _open(path)

    def known_files(self, literals: str) -> dict[FileRecord, KnownFile]:
        """Everything remembered of files. ``literals`` is the fingerprint of the surveyor that will read the surveys."""
        return self._use(lambda db: {known.record: known for known in _files(db, literals)}, {})

    def put_files(self, known: Iterable[KnownFile], literals: str) -> None:
        """Remember files in one transaction."""
        encode = msgspec.msgpack.Encoder().encode
        newest = time.time_ns() - SETTLED_NS
        rows = [
            (
                *msgspec.structs.astuple(file.record),
                file.digest,
                literals,
                None if file.survey is None else encode(file.survey),
            )
            for file in known
            if file.record.mtime_ns < newest
        ]
        self._write(lambda db: db.executemany("INSERT OR REPLACE INTO files VALUES (?,?,?,?,?,?,?,?)", rows))

    def modules(self, digests: Sequence[bytes], version: str) -> dict[bytes, bytes]:
        """Packed modules by the digest of their content, as far as remembered for this front-end ``version``."""
        return self._use(lambda db: dict(_modules(db, digests, version)), {})

    def put_modules(self, modules: Mapping[bytes, bytes], version: str) -> None:
        """Remember packed modules in one transaction."""
        today = _today()
        rows = [(digest, version, today, module) for digest, module in modules.items()]
        self._write(lambda db: db.executemany("INSERT OR REPLACE INTO modules VALUES (?,?,?,?)", rows))

    def get_blob(self, key: str) -> bytes | None:
        """What `put_blob` put under ``key``."""

        def select(db: sqlite3.Connection) -> bytes | None:
            row = db.execute("SELECT value FROM blobs WHERE key = ?", (key,)).fetchone()
            return None if row is None else zlib.decompress(row[0])

        return self._use(select, None)

    def put_blob(self, key: str, value: bytes) -> None:
        """Remember ``value``; of all blobs only the few newest are kept."""

        def insert(db: sqlite3.Connection) -> None:
            db.execute("INSERT OR REPLACE INTO blobs VALUES (?,?,?)", (key, time.time_ns(), zlib.compress(value, 1)))
            db.execute(
                "DELETE FROM blobs WHERE key NOT IN (SELECT key FROM blobs ORDER BY used DESC LIMIT ?)", (_KEPT_BLOBS,)
            )

        self._write(insert)

    def forget_files(self, present: Iterable[FileRecord]) -> None:
        """Drop files that are not ``present``, and modules of none of them that nobody wanted for a month."""
        paths = [(record.path,) for record in present]

        def delete(db: sqlite3.Connection) -> None:
            db.execute("CREATE TEMP TABLE present (path TEXT PRIMARY KEY) WITHOUT ROWID")
            db.executemany("INSERT OR IGNORE INTO present VALUES (?)", paths)
            db.execute("DELETE FROM files WHERE path NOT IN (SELECT path FROM present)")
            db.execute("DROP TABLE present")
            db.execute(
                "DELETE FROM modules WHERE used < ? AND digest NOT IN (SELECT digest FROM files)",
                (_today() - _KEPT_DAYS,),
            )

        self._write(delete)

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            if self._database is not None:
                self._database.close()
                self._database = None

    def _use(self, ask: Callable[[sqlite3.Connection], _Result], otherwise: _Result) -> _Result:
        with self._lock:
            if self._database is None:
                return otherwise
            try:
                return ask(self._database)
            except sqlite3.OperationalError as error:
                _log.info("cache %s is busy: %s", self.path, error)
            except (sqlite3.Error, zlib.error, msgspec.MsgspecError) as error:
                self._begin_anew(error)
            return otherwise

    def _write(self, change: Callable[[sqlite3.Connection], object]) -> None:
        def within_transaction(db: sqlite3.Connection) -> None:
            db.execute("BEGIN IMMEDIATE")
            try:
                change(db)
                db.execute("COMMIT")
            except BaseException:
                with contextlib.suppress(sqlite3.Error):
                    db.execute("ROLLBACK")
                raise

        self._use(within_transaction, None)

    def _begin_anew(self, error: Exception) -> None:
        _log.warning("the cache %s cannot be read (%s); it is begun anew", self.path, error)
        if self._database is not None:
            self._database.close()
        _move_aside(self.path)
        self._database = _open(self.path)


def _files(db: sqlite3.Connection, literals: str) -> Iterator[KnownFile]:
    decode = msgspec.msgpack.Decoder(Survey).decode
    query = "SELECT path, size, mtime_ns, inode, language, digest, CASE WHEN literals = ? THEN survey END FROM files"
    for *record, digest, survey in db.execute(query, (literals,)):
        yield KnownFile(FileRecord(*record), digest, None if survey is None else decode(survey))


def _modules(db: sqlite3.Connection, digests: Sequence[bytes], version: str) -> Iterator[tuple[bytes, bytes]]:
    for first in range(0, len(digests), _SELECTED_AT_ONCE):
        some = digests[first : first + _SELECTED_AT_ONCE]
        marks = ",".join("?" * len(some))
        query = f"SELECT digest, module FROM modules WHERE version = ? AND digest IN ({marks})"
        yield from db.execute(query, (version, *some))


def _today() -> int:
    return int(time.time() // 86400)


def _open(path: Path) -> sqlite3.Connection | None:
    """The database, ready for use; None where the place cannot be written."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        _log.info("no cache at %s: %s", path, error)
        return None
    for _ in range(_TRIES):
        try:
            return _connect(path)
        except sqlite3.OperationalError as error:
            # Another process may just be making the file: SQLite does not wait for that by itself.
            if "locked" not in str(error) and "busy" not in str(error):
                _log.info("no cache at %s: %s", path, error)
                return None
            time.sleep(_PAUSE_SECONDS)
        except sqlite3.DatabaseError as error:
            _log.warning("the cache %s is not ours or broken (%s); it is begun anew", path, error)
            _move_aside(path)
    return None


def _connect(path: Path) -> sqlite3.Connection:
    database = sqlite3.connect(path, timeout=3, isolation_level=None, check_same_thread=False)
    try:
        _prepare(database)
    except BaseException:
        database.close()
        raise
    return database


def _prepare(database: sqlite3.Connection) -> None:
    """Make the tables where they are missing or of another version."""
    # In this order: another process that makes the tables right now must not be taken for another program.
    has_tables = database.execute("SELECT count(*) FROM sqlite_master").fetchone()[0] > 0
    if has_tables and _marks(database)[0] != _APPLICATION:
        raise sqlite3.DatabaseError("it belongs to another program")
    database.execute("PRAGMA journal_mode = WAL")
    database.execute("PRAGMA synchronous = OFF")
    if _marks(database) == (_APPLICATION, _SCHEMA):
        return
    database.execute("BEGIN IMMEDIATE")
    if _marks(database) != (_APPLICATION, _SCHEMA):  # another process may have been quicker
        for statement in _TABLES:
            database.execute(statement)
    database.execute("COMMIT")


def _marks(database: sqlite3.Connection) -> tuple[int, int]:
    """Which program the file belongs to, and in which version."""
    return database.execute("PRAGMA application_id").fetchone()[0], database.execute("PRAGMA user_version").fetchone()[
        0
    ]


def _move_aside(path: Path) -> None:
    """Rename a bad cache to ``….broken``, replacing an older one; its journal goes with it."""
    for ending in ("-wal", "-shm"):
        with contextlib.suppress(OSError):
            Path(f"{path}{ending}").unlink()
    try:
        path.replace(f"{path}.broken")
    except OSError:
        with contextlib.suppress(OSError):
            path.unlink()
