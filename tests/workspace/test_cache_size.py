"""The cache of a workspace and the folder of all of them stay within bounds; what nobody wants again is swept."""

from __future__ import annotations

import os
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest

from eventlens.workspace import cache as cache_module
from eventlens.workspace import cache_place, cache_sweep
from eventlens.workspace.cache import Cache, open_cache
from eventlens.workspace.cache_place import SCHEMA, front_end_version
from eventlens.workspace.cache_rows import KnownFile
from eventlens.workspace.discovery import FileRecord
from eventlens.workspace.snapshot import Workspace

DAY = 86_400
NAME = f"shop-0123456789abcdef.v{SCHEMA}.sqlite"
PRESENT = KnownFile(FileRecord("a.py", 1, 1, 1, "python"), b"present", None)


def days_later(monkeypatch: pytest.MonkeyPatch, days: int) -> None:
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + days * DAY)


def test_modules_of_no_file_go_after_a_month(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, version = tmp_path / NAME, front_end_version()
    cache = Cache(path)
    cache.put_files([PRESENT], "L")
    cache.put_modules({b"present": b"m", b"branch": b"m"}, version)
    cache.close()
    for days, left in ((20, {b"present", b"branch"}), (15, {b"present"}), (300, {b"present"})):
        days_later(monkeypatch, days)
        Cache(path).close()
        cache = Cache(path)
        assert cache.modules([b"present", b"branch"], version).keys() == left
        cache.close()


def test_modules_of_another_front_end_go_a_week_after_it_was_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / NAME
    cache = Cache(path)
    cache.put_files([PRESENT], "L")
    cache.put_modules({b"present": b"m"}, "older")
    cache.put_modules({b"present": b"m"}, front_end_version())
    cache.close()
    days_later(monkeypatch, 6)
    Cache(path).close()
    assert Cache(path).modules([b"present"], "older")
    days_later(monkeypatch, 3)
    Cache(path).close()
    cache = Cache(path)
    assert not cache.modules([b"present"], "older")
    assert cache.modules([b"present"], front_end_version())


def test_space_is_given_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / NAME
    cache = Cache(path)
    cache.put_modules({str(n).encode(): os.urandom(20_000) for n in range(100)}, "older")
    cache.close()
    before = path.stat().st_size
    days_later(monkeypatch, 10)
    Cache(path).close()
    assert before > 2_000_000 and path.stat().st_size < 200_000


def test_one_cache_has_a_bound(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache_module, "MOST_BYTES", 1_000_000)
    path, version = tmp_path / NAME, front_end_version()
    cache = Cache(path)
    cache.put_files([PRESENT], "L")
    cache.put_modules({b"present": b"m"}, version)
    for round in range(20):
        cache.put_modules({f"{round}-{n}".encode(): os.urandom(20_000) for n in range(10)}, version)
    assert cache.modules([b"present"], version) == {b"present": b"m"}
    cache.close()
    assert path.stat().st_size < 1_500_000


def test_a_full_cache_of_present_files_takes_no_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache_module, "MOST_BYTES", 500_000)
    version = front_end_version()
    cache = Cache(tmp_path / NAME)
    for n in range(60):
        digest = str(n).encode()
        cache.put_files([KnownFile(FileRecord(f"{n}.py", n, 1, 1, "python"), digest, None)], "L")
        cache.put_modules({digest: os.urandom(20_000)}, version)
    kept = cache.modules([str(n).encode() for n in range(60)], version)
    assert 15 < len(kept) < 30 and b"0" in kept
    cache.close()


# ------------------------------------------------------------------------------------------------------------- the folder


def made(folder: Path, name: str, days_ago: float, root: Path | None = None, size: int = 0) -> Path:
    """A cache that was used some days ago."""
    path = folder / name
    cache = Cache(path, root)
    if size:
        cache.put_modules({b"m": os.urandom(size)}, "V")
    cache.close()
    then = time.time() - days_ago * DAY
    os.utime(path, (then, then))
    return path


def test_what_nobody_wants_is_swept(tmp_path: Path) -> None:
    folder, root = tmp_path / "caches", tmp_path / "root"
    root.mkdir()
    kept = [
        made(folder, f"used-1111111111111111.v{SCHEMA}.sqlite", 29, root),
        made(folder, f"gone-just-now-2222222222222222.v{SCHEMA}.sqlite", 0.5, tmp_path / "gone"),
        made(folder, "other-version-3333333333333333.v1.sqlite", 6, root),
        made(folder, f"moved-4444444444444444.v{SCHEMA}.sqlite.broken", 6, root),
    ]
    swept = [
        made(folder, f"unused-5555555555555555.v{SCHEMA}.sqlite", 31, root),
        made(folder, f"gone-6666666666666666.v{SCHEMA}.sqlite", 2, tmp_path / "gone"),
        made(folder, "old-version-7777777777777777.v1.sqlite", 8, root),
        made(folder, "first-version-8888888888888888.sqlite", 8, root),
        made(folder, f"moved-9999999999999999.v{SCHEMA}.sqlite.broken", 8, root),
    ]
    journal = folder / f"unused-5555555555555555.v{SCHEMA}.sqlite-wal"
    lost = folder / f"lost-aaaaaaaaaaaaaaaa.v{SCHEMA}.sqlite-shm"
    theirs = [folder / "notes.sqlite", folder / "photo.jpg", folder / "shop-01.sqlite-wal"]
    for path in (journal, lost, *theirs):
        path.write_bytes(b"x")
        os.utime(path, (0, 0))
    cache_sweep.sweep(folder)
    assert all(path.exists() for path in [*kept, *theirs])
    assert not any(path.exists() for path in [*swept, journal, lost])


def test_the_folder_has_a_bound(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache_sweep, "MOST_BYTES", 350_000)
    paths = [made(tmp_path, f"w-{n:016x}.v{SCHEMA}.sqlite", n, tmp_path, size=100_000) for n in range(1, 6)]
    cache_sweep.sweep(tmp_path, keep=paths[4])
    assert [path.exists() for path in paths] == [True, True, False, False, True]


def test_closing_a_cache_sweeps_once_a_day(tmp_path: Path) -> None:
    old = made(tmp_path, f"old-1111111111111111.v{SCHEMA}.sqlite", 40)
    (tmp_path / ".eventlens-swept").unlink()
    Cache(tmp_path / NAME).close()
    assert not old.exists() and (tmp_path / NAME).exists()
    old = made(tmp_path, old.name, 40)
    Cache(tmp_path / NAME).close()
    assert old.exists()
    os.utime(tmp_path / ".eventlens-swept", (0, 0))
    Cache(tmp_path / NAME).close()
    assert not old.exists()


def test_a_server_that_never_closes_its_cache_sweeps_too(private_cache: Path, tmp_path: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    workspace = Workspace.open(root)
    old = made(private_cache, f"old-1111111111111111.v{SCHEMA}.sqlite", 40)
    (private_cache / ".eventlens-swept").unlink()
    workspace.finish()
    assert not old.exists()
    workspace.close()


def test_opening_a_cache_marks_it_as_used(tmp_path: Path) -> None:
    path = made(tmp_path, NAME, 20)
    Cache(path).close()
    assert time.time() - path.stat().st_mtime < DAY


def test_the_workspace_is_noted(private_cache: Path, tmp_path: Path) -> None:
    cache = open_cache(tmp_path)
    assert cache is not None
    cache.close()
    with closing(sqlite3.connect(cache.path)) as database:
        assert database.execute("SELECT value FROM notes WHERE name = 'root'").fetchone() == (os.fsencode(tmp_path),)


def test_another_schema_has_a_file_of_its_own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    before = cache_place.cache_file(tmp_path)
    monkeypatch.setattr(cache_place, "SCHEMA", SCHEMA + 1)
    assert cache_place.cache_file(tmp_path) != before


def test_what_is_installed_is_part_of_the_version(monkeypatch: pytest.MonkeyPatch) -> None:
    front_end, tool = front_end_version.__wrapped__(), cache_place.tool_version.__wrapped__()
    installed = cache_place._distributions()
    assert any(name.startswith("tree_sitter_python-") for name in installed)
    monkeypatch.setattr(cache_place, "_distributions", lambda: [*installed, "sqlglot-99.dist-info"])
    assert front_end_version.__wrapped__() == front_end
    assert cache_place.tool_version.__wrapped__() != tool
    monkeypatch.setattr(cache_place, "_distributions", lambda: [*installed, "tree_sitter_python-99.dist-info"])
    assert front_end_version.__wrapped__() != front_end
