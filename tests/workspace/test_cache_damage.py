"""Whatever becomes of the file: nothing is given that was not put, and the map is right, with one line in the log at most."""

from __future__ import annotations

import logging
import os
import random
import sqlite3
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from eventlens.cli.opening import map_folder
from eventlens.workspace import cache as cache_module
from eventlens.workspace.cache import Cache, open_cache
from eventlens.workspace.cache_place import front_end_version
from eventlens.workspace.cache_rows import Damaged, KnownFile, known_file, seal, unsealed
from eventlens.workspace.discovery import FileRecord
from eventlens.workspace.survey import Survey

from .shop import cache_path, is_whole, shop, true_map

FLIPS = int(os.environ.get("EVENTLENS_FLIPS", "200"))
FILES = [
    KnownFile(
        FileRecord(f"src/file{n}.py", n, 10**18 + n, n, "python", n), bytes([n]) * 16, Survey((f"l{n}",), ("os",))
    )
    for n in range(40)
]
MODULES = {bytes([n]) * 16: bytes(range(n, n + 200)) * (n % 7 * 4) for n in range(40)}


@pytest.fixture
def warnings(caplog: pytest.LogCaptureFixture) -> Iterator[Callable[[], list[str]]]:
    """What was logged as a warning or worse since last asked."""
    caplog.set_level(logging.DEBUG, "eventlens")

    def taken() -> list[str]:
        found = [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]
        caplog.clear()
        return found

    yield taken


@pytest.fixture
def filled(tmp_path: Path) -> Path:
    path = tmp_path / "filled" / "a.sqlite"
    cache = Cache(path)
    cache.put_files(FILES, "L")
    cache.put_modules(MODULES, "V")
    for number in range(3):
        cache.put_blob(f"k{number}", f"document {number}".encode() * 2000)
    cache.close()
    return path


@pytest.fixture
def days(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """Each step is a day later."""
    today = [20_000]
    monkeypatch.setattr(cache_module, "_today", lambda: today[0])

    def pass_by() -> Iterator[int]:
        while True:
            today[0] += 1
            yield today[0]

    return pass_by()


def check(path: Path, days: Iterator[int]) -> None:
    """What is given was put; and at the latest a day later the cache takes and gives again."""
    put = {known.record: known for known in FILES}
    for _ in range(2):
        cache = Cache(path)
        assert cache.known_files("L").items() <= put.items()
        assert cache.modules(list(MODULES), "V").items() <= MODULES.items()
        for number in range(3):
            assert cache.get_blob(f"k{number}") in (None, f"document {number}".encode() * 2000)
        next(days)
        cache.put_files(FILES, "L")
        cache.put_modules(MODULES, "V")
        cache.put_blob("new", b"value")
        cache.close()
    again = Cache(path)
    assert again.known_files("L") == put
    assert again.modules(list(MODULES), "V") == MODULES
    assert again.get_blob("new") == b"value"
    again.close()
    assert is_whole(path)


def test_a_changed_byte_is_never_believed(filled: Path, days: Iterator[int], warnings: Callable[[], list[str]]) -> None:
    content = filled.read_bytes()
    dice = random.Random(20)
    noticed = 0
    for number in range(FLIPS):
        page = number % (len(content) // 4096)
        at = page * 4096 + (dice.randrange(128) if number % 3 == 0 else dice.randrange(4096))
        damaged = bytearray(content)
        damaged[at] ^= 1 << dice.randrange(8) if number % 2 else dice.randrange(1, 256)
        filled.write_bytes(damaged)
        try:
            check(filled, days)
        except AssertionError as error:
            raise AssertionError(f"byte {at} from {content[at]} to {damaged[at]}: {error}") from error
        told = warnings()
        assert len(told) <= 1, (at, told)
        noticed += len(told)
    assert noticed > FLIPS / 10


def test_each_byte_of_the_header(filled: Path, days: Iterator[int], warnings: Callable[[], list[str]]) -> None:
    """One of them says that the file may only be read."""
    content = filled.read_bytes()
    for at in (*range(16, 24), *range(24, 100, 5)):
        damaged = bytearray(content)
        damaged[at] ^= 0x91
        filled.write_bytes(damaged)
        check(filled, days)
        assert len(warnings()) <= 1, at


def test_a_file_cut_anywhere(filled: Path, days: Iterator[int], warnings: Callable[[], list[str]]) -> None:
    content = filled.read_bytes()
    dice = random.Random(21)
    lengths = [0, 1, 15, 16, 99, 100, 4095, 4096, 4097, len(content) - 4096, len(content) - 1]
    for length in [*lengths, *(dice.randrange(len(content)) for _ in range(12))]:
        filled.write_bytes(content[:length])
        check(filled, days)
        assert len(warnings()) <= 1, length


def test_garbage_in_the_journals(filled: Path, days: Iterator[int], warnings: Callable[[], list[str]]) -> None:
    content = filled.read_bytes()
    dice = random.Random(22)
    for length in (0, 1, 31, 32, 100, 5000, 40_000):
        for ending in ("-wal", "-shm", "-journal"):
            filled.write_bytes(content)
            Path(f"{filled}{ending}").write_bytes(dice.randbytes(length))
            check(filled, days)
            assert len(warnings()) <= 1, (ending, length)


def test_a_damaged_write_ahead_log(filled: Path, days: Iterator[int], warnings: Callable[[], list[str]]) -> None:
    """As a power cut leaves it: parts of the log are there, others are not."""
    writer = sqlite3.connect(filled)
    writer.execute("PRAGMA wal_autocheckpoint = 0")
    writer.execute("UPDATE files SET digest = digest || x'00'")
    writer.execute("DELETE FROM blobs WHERE key = 'k1'")
    writer.commit()
    content, log = filled.read_bytes(), Path(f"{filled}-wal").read_bytes()
    writer.close()
    dice = random.Random(23)
    for number in range(20):
        damaged = bytearray(log)
        at = dice.randrange(len(log))
        damaged[at : at + dice.choice((1, 50, 4096))] = b"\0"
        filled.write_bytes(content)
        Path(f"{filled}-wal").write_bytes(damaged[: dice.randrange(len(damaged))] if number % 2 else damaged)
        check(filled, days)
        assert len(warnings()) <= 1


def test_two_notice_the_damage_and_the_second_leaves_the_new_file_alone(
    filled: Path, warnings: Callable[[], list[str]]
) -> None:
    one, other = Cache(filled), Cache(filled)
    one.distrust("it is damaged")
    one.put_blob("k", b"new")
    other.distrust("it is damaged")
    assert other.get_blob("k") == b"new"
    one.put_blob("k", b"newer")
    assert other.get_blob("k") == b"newer"
    assert len(warnings()) == 1
    one.close()
    other.close()


def test_seals() -> None:
    assert unsealed(seal(b"content", b"key"), b"key") == b"content"
    for value in (seal(b"content", b"other"), b"", b"abc", None, 7, "text", seal(b"content", b"key")[:-1]):
        with pytest.raises(Damaged):
            unsealed(value, b"key")
    for row in (seal(b""), seal(b"\xc1"), seal(b"\x92\x01\x02"), b"\0\0\0\0"):
        with pytest.raises(Damaged):
            known_file(row, "L")


# ------------------------------------------------------------------------------------------------------------ whole maps


def _tables_of(change: str) -> Callable[[Path], None]:
    def damage(path: Path) -> None:
        with closing(sqlite3.connect(path)) as database:
            database.executescript(change)

    return damage


def _directory(path: Path) -> None:
    path.unlink()
    (path / "something").mkdir(parents=True)


def _sealed_nonsense(path: Path) -> None:
    """Modules that are whole and found by the right key, but are no modules."""
    version = front_end_version()
    with closing(sqlite3.connect(path)) as database:
        for (digest,) in database.execute("SELECT digest FROM modules").fetchall():
            module = seal(zlib.compress(b"\x93\x01\x02\x03"), digest + version.encode())
            database.execute("UPDATE modules SET module = ? WHERE digest = ?", (module, digest))
        database.execute("DELETE FROM blobs")
        database.commit()


def _modules_swapped(path: Path) -> None:
    """Each module under the digest of another, as a broken index would find it."""
    with closing(sqlite3.connect(path)) as database:
        rows = database.execute("SELECT digest, module FROM modules").fetchall()
        for (digest, _), (_, module) in zip(rows, rows[1:] + rows[:1]):
            database.execute("UPDATE modules SET module = ? WHERE digest = ?", (module, digest))
        database.execute("DELETE FROM blobs")
        database.commit()


DAMAGES: dict[str, Callable[[Path], None]] = {
    "empty": lambda path: path.write_bytes(b"") and None,
    "text": lambda path: path.write_text("these are my notes\n" * 500) and None,
    "a folder": _directory,
    "of another program": _tables_of("PRAGMA application_id = 7; CREATE TABLE theirs (x)"),
    "older": _tables_of("PRAGMA user_version = 1; DROP TABLE blobs"),
    "newer": _tables_of("PRAGMA user_version = 99; DROP TABLE files; CREATE VIEW files AS SELECT 1 AS path"),
    "no tables": _tables_of("DROP TABLE files; DROP TABLE modules; DROP TABLE blobs; DROP TABLE notes"),
    "other columns": _tables_of("DROP TABLE files; CREATE TABLE files (a, b); INSERT INTO files VALUES (1, 2)"),
    "rows of other types": _tables_of(
        "UPDATE files SET row = 'text'; UPDATE modules SET module = 7; DELETE FROM blobs"
    ),
    "blobs of garbage": _tables_of("UPDATE blobs SET value = x'789c00112233445566'"),
    "null": _tables_of("UPDATE files SET row = NULL; UPDATE blobs SET value = NULL; UPDATE notes SET value = NULL"),
    "modules that are none": _sealed_nonsense,
    "modules swapped": _modules_swapped,
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_the_map_is_right_and_the_cache_begun_anew(
    tmp_path: Path, damage: str, warnings: Callable[[], list[str]]
) -> None:
    root = shop(tmp_path / "root")
    truth = true_map(root)
    assert map_folder(root).map_json == truth
    path = cache_path(root)
    DAMAGES[damage](path)
    if damage in ("modules that are none", "modules swapped"):  # only who reads them can notice
        (root / "service0" / "package.json").touch()
    assert map_folder(root).map_json == truth
    told = warnings()
    assert len(told) <= 1, told
    assert is_whole(path)
    again = open_cache(root.resolve())
    assert again is not None
    assert map_folder(root).map_json == truth
    again.close()
    assert not warnings()


def test_a_cache_that_can_neither_be_read_nor_moved_is_done_without(
    tmp_path: Path, warnings: Callable[[], list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on systems where an open file cannot be renamed."""
    path = tmp_path / "x.sqlite"
    path.write_bytes(b"no database" * 100)

    def refuse(self: Path, *_: object) -> None:
        raise PermissionError(13, "in use")

    monkeypatch.setattr(Path, "replace", refuse)
    monkeypatch.setattr(Path, "unlink", refuse)
    cache = Cache(path)
    cache.put_blob("k", b"v")
    assert cache.get_blob("k") is None
    cache.close()
    assert len(warnings()) == 1
