"""What is remembered of a workspace between runs: one SQLite file, best effort.

A cache never fails its user and never gives what was not put: a file that is damaged or not ours is moved aside and begun anew,
with one line in the log; where no file can be written, everything is a miss. Several processes may use one file at once.
"""

from __future__ import annotations

import logging
import os
import sqlite3
import threading
import time
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from eventlens.workspace.cache_database import (
    Trouble,
    check,
    connect,
    give_back,
    move_aside,
    size_of,
    transaction,
    trouble_of,
)
from eventlens.workspace.cache_place import cache_file, front_end_version
from eventlens.workspace.cache_rows import KnownFile, file_row, known_file, seal, unsealed
from eventlens.workspace.cache_sweep import mark_used, sweep_when_due
from eventlens.workspace.discovery import FileRecord

_log = logging.getLogger(__name__)

_KEPT_BLOBS = 8
_KEPT_DAYS = 30
"""Modules of no present file, as of another branch, are kept so long after they were written."""
_KEPT_DAYS_OTHERS = 7
"""Modules of another front end are kept so long after it was last used here."""
MOST_BYTES = 1 << 30
"""With so much in use, modules of no present file go early, and no more are taken in."""
_SELECTED_AT_ONCE = 500
_TRIES = 50
_PAUSE_SECONDS = 0.01
_REST_SECONDS = 600
"""After a write that the disk refused, no other is tried for so long."""

_Result = TypeVar("_Result")


def open_cache(root: Path) -> Cache | None:
    """The cache of the workspace at ``root``; None where there is no place for one."""
    path = cache_file(root)
    return None if path is None else Cache(path, root)


class Cache:
    """The cache file at ``path``, made when missing. Every method may be called from any thread. ``root`` is noted for the sweep."""

    def __init__(self, path: Path, root: Path | None = None) -> None:
        self.path = path
        self._root = root
        self._lock = threading.Lock()
        self._told = False
        self._rests_until = 0.0
        self._stored: dict[str, set[bytes]] = {}
        """Digests of the modules that are there, by front-end version: to ask for one that is not costs as much."""
        self._identity: tuple[int, int] | None = None
        self._database = self._opened()

    def knows_files(self) -> bool:
        """Whether anything is remembered of any file."""
        return self._use(lambda db: db.execute("SELECT 1 FROM files LIMIT 1").fetchone() is not None, False)

    def known_file(self, record: FileRecord, literals: str) -> KnownFile | None:
        """What is remembered of one file in this state; see `known_files`."""

        def select(db: sqlite3.Connection) -> KnownFile | None:
            row = db.execute("SELECT row FROM files WHERE path = ?", (record.path,)).fetchone()
            known = None if row is None else known_file(row[0], literals)
            return known if known is not None and known.record == record else None

        return self._use(select, None)

    def known_files(self, literals: str) -> dict[FileRecord, KnownFile]:
        """Everything remembered of files. ``literals`` is the fingerprint of the surveyor that will read the surveys."""

        def select(db: sqlite3.Connection) -> dict[FileRecord, KnownFile]:
            found = (known_file(row, literals) for (row,) in db.execute("SELECT row FROM files"))
            return {known.record: known for known in found}

        return self._use(select, {})

    def put_files(self, known: Iterable[KnownFile], literals: str) -> None:
        """Remember files in one transaction."""
        rows = ((file.record.path, file.digest, file_row(file, literals)) for file in known)
        self._write(lambda db: db.executemany("INSERT OR REPLACE INTO files VALUES (?,?,?)", rows))

    def modules(self, digests: Sequence[bytes], version: str) -> dict[bytes, bytes]:
        """Packed modules by the digest of their content, as far as remembered for this front-end ``version``."""

        def select(db: sqlite3.Connection) -> dict[bytes, bytes]:
            stored = self._stored_digests(db, version)
            return dict(_modules(db, [digest for digest in digests if digest in stored], version))

        return self._use(select, {})

    def put_modules(self, modules: Mapping[bytes, bytes], version: str) -> None:
        """Remember packed modules in one transaction."""
        today = _today()
        rows = [
            (version, digest, today, seal(module, _module_key(digest, version))) for digest, module in modules.items()
        ]

        def insert(db: sqlite3.Connection) -> None:
            if self._has_room(db):
                db.execute("INSERT OR REPLACE INTO versions VALUES (?,?)", (version, today))
                db.executemany("INSERT OR REPLACE INTO modules VALUES (?,?,?,?)", rows)
                self._stored_digests(db, version).update(modules)

        self._write(insert)

    def get_blob(self, key: str) -> bytes | None:
        """What `put_blob` put under ``key``."""

        def select(db: sqlite3.Connection) -> bytes | None:
            row = db.execute("SELECT value FROM blobs WHERE key = ?", (key,)).fetchone()
            return None if row is None else zlib.decompress(unsealed(row[0], key.encode()))

        return self._use(select, None)

    def put_blob(self, key: str, value: bytes) -> None:
        """Remember ``value``; of all blobs only the few newest are kept."""
        sealed = seal(zlib.compress(value, 1), key.encode())

        def insert(db: sqlite3.Connection) -> None:
            db.execute("INSERT OR REPLACE INTO blobs VALUES (?,?)", (key, sealed))
            newest = "SELECT rowid FROM blobs ORDER BY rowid DESC LIMIT ?"  # by no clock, which could be set back
            db.execute(f"DELETE FROM blobs WHERE rowid NOT IN ({newest})", (_KEPT_BLOBS,))

        self._write(insert)

    def forget_files(self, present: Iterable[FileRecord]) -> None:
        """Drop files that are not ``present``."""
        paths = [(record.path,) for record in present]

        def delete(db: sqlite3.Connection) -> None:
            db.execute("CREATE TEMP TABLE present (path TEXT PRIMARY KEY) WITHOUT ROWID")
            db.executemany("INSERT OR IGNORE INTO present VALUES (?)", paths)
            db.execute("DELETE FROM files WHERE path NOT IN (SELECT path FROM present)")
            db.execute("DROP TABLE present")

        self._write(delete)

    def distrust(self, reason: str) -> None:
        """Begin anew: something that was got from here cannot be what was put."""

        def refuse(db: sqlite3.Connection) -> None:
            raise ValueError(reason)

        self._use(refuse, None)

    def tidy_when_due(self) -> None:
        """Once a day, look for damage that only makes values hard to find, and drop what nobody will want again."""
        if self._use(_days_untidy, 0) > 0:
            self._use(check, None)
            self._write(self._tidy)
            self._use(give_back, None)
        if self._database is not None:
            sweep_when_due(self.path.parent, self.path)

    def close(self) -> None:
        """Tidy up when that is due, and let go of the file."""
        self.tidy_when_due()
        with self._lock:
            if self._database is not None:
                self._database.close()
                self._database = None

    # ----------------------------------------------------------------------------------------------------- the file

    def _use(self, ask: Callable[[sqlite3.Connection], _Result], otherwise: _Result) -> _Result:
        with self._lock:
            if self._database is None:
                return otherwise
            try:
                return ask(self._database)
            except Exception as error:  # of a damaged file anything can be read
                self._recover(error)
            return otherwise

    def _write(self, change: Callable[[sqlite3.Connection], object]) -> None:
        def within_transaction(db: sqlite3.Connection) -> None:
            with transaction(db):
                change(db)

        if time.monotonic() >= self._rests_until:
            self._use(within_transaction, None)

    def _trouble(self, error: Exception) -> Trouble:
        """What an error means here: a file that may be written but says that it may not is damaged."""
        trouble = trouble_of(error)
        if trouble is Trouble.READ_ONLY and all(os.access(one, os.W_OK) for one in (self.path, self.path.parent)):
            return Trouble.DAMAGED
        return trouble

    def _recover(self, error: Exception) -> None:
        trouble = self._trouble(error)
        if trouble is Trouble.BUSY:
            _log.debug("cache %s: %s", self.path, error)
        elif trouble is Trouble.DAMAGED:
            self._begin_anew(error)
        else:
            self._tell("the cache %s cannot be written (%s); what is new is not remembered", error)
            self._rests_until = time.monotonic() + _REST_SECONDS

    def _begin_anew(self, error: Exception) -> None:
        """Move the file aside, unless another process did so, and open a new one."""
        self._stored = {}
        if self._database is not None:
            self._database.close()
            self._database = None
        if _identity(self.path) == self._identity:
            self._tell("the cache %s is damaged (%s); it is begun anew", error)
            if not move_aside(self.path):
                return
        self._database = self._opened()

    def _opened(self) -> sqlite3.Connection | None:
        """The database, ready for use; None where there cannot be one."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            _log.info("no cache at %s: %s", self.path, error)
            return None
        for _ in range(_TRIES):
            try:
                database = connect(self.path)
            except Exception as error:  # of a damaged file anything can be read
                if not self._can_be_tried_again(error):
                    return None
            else:
                self._identity = _identity(self.path)
                mark_used(self.path)
                return database
        return None

    def _can_be_tried_again(self, error: Exception) -> bool:
        trouble = self._trouble(error)
        if trouble is Trouble.BUSY:  # another process may just be making the file: SQLite does not wait for that
            time.sleep(_PAUSE_SECONDS)
            return True
        if trouble is Trouble.DAMAGED:
            self._tell("the cache %s is damaged or not ours (%s); it is begun anew", error)
            return move_aside(self.path)
        if trouble is Trouble.FULL:
            self._tell("there is no cache at %s (%s); nothing is remembered", error)
        else:
            _log.info("no cache at %s: %s", self.path, error)
        return False

    def _tell(self, message: str, error: Exception) -> None:
        """Warn once; a user can do nothing with a second line."""
        _log.log(logging.INFO if self._told else logging.WARNING, message, self.path, error)
        self._told = True

    # -------------------------------------------------------------------------------------------------------- size

    def _tidy(self, db: sqlite3.Connection) -> None:
        _drop_modules(db, _KEPT_DAYS, _KEPT_DAYS_OTHERS)
        notes = [("tidied", _today()), ("root", None if self._root is None else os.fsencode(self._root))]
        db.executemany("INSERT OR REPLACE INTO notes VALUES (?,?)", notes)

    def _stored_digests(self, db: sqlite3.Connection, version: str) -> set[bytes]:
        if version not in self._stored:
            found = db.execute("SELECT digest FROM modules WHERE version = ?", (version,))
            self._stored[version] = {digest for (digest,) in found}
        return self._stored[version]

    def _has_room(self, db: sqlite3.Connection) -> bool:
        """Whether modules may be added; where not, those that no present file needs go first."""
        if size_of(db) < MOST_BYTES:
            return True
        _drop_modules(db, days=0, days_others=0)
        return size_of(db) < MOST_BYTES


def _modules(db: sqlite3.Connection, digests: Sequence[bytes], version: str) -> Iterator[tuple[bytes, bytes]]:
    for first in range(0, len(digests), _SELECTED_AT_ONCE):
        some = digests[first : first + _SELECTED_AT_ONCE]
        marks = ",".join("?" * len(some))
        query = f"SELECT digest, module FROM modules WHERE version = ? AND digest IN ({marks})"
        for digest, module in db.execute(query, (version, *some)):
            yield digest, unsealed(module, _module_key(digest, version))


def _module_key(digest: bytes, version: str) -> bytes:
    return digest + version.encode()


def _days_untidy(db: sqlite3.Connection) -> int:
    """Days since the cache was tidied."""
    row = db.execute("SELECT value FROM notes WHERE name = 'tidied'").fetchone()
    return abs(_today() - int(row[0])) if row is not None else _today()


def _drop_modules(db: sqlite3.Connection, days: int, days_others: int) -> None:
    """Drop modules of other front ends than were used in ``days_others``, and those of no present file older than ``days``."""
    today = _today()
    db.execute("INSERT OR REPLACE INTO versions VALUES (?,?)", (front_end_version(), today))
    db.execute("DELETE FROM versions WHERE used < ? OR used > ?", (today - days_others, today))
    db.execute("DELETE FROM modules WHERE version NOT IN (SELECT version FROM versions)")
    db.execute(
        "DELETE FROM modules WHERE written <= ? AND digest NOT IN (SELECT digest FROM files)",
        (today - days,),
    )


def _today() -> int:
    return int(time.time() // 86400)


def _identity(path: Path) -> tuple[int, int] | None:
    """Which file lies at ``path`` now."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino
