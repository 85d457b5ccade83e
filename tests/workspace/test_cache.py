from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from eventlens import ir
from eventlens.workspace import cache_place, discovery
from eventlens.workspace.cache import Cache
from eventlens.workspace.cache_rows import KnownFile
from eventlens.workspace.discovery import FileRecord
from eventlens.workspace.snapshot import Workspace
from eventlens.workspace.survey import Survey

from .conftest import Write

RECORD = FileRecord("a.py", 3, 1_000, 7, "python")
KNOWN = KnownFile(RECORD, b"digest", Survey(("kafka",), ("os",)))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "deep" / "x.sqlite"


def test_what_was_put_is_found_again(path: Path) -> None:
    cache = Cache(path)
    cache.put_files([KNOWN], "L1")
    cache.put_modules({b"d1": b"module one", b"d2": b"module two"}, "V1")
    cache.put_blob("k", b"document")
    cache.close()
    again = Cache(path)
    assert again.known_files("L1") == {RECORD: KNOWN}
    assert again.known_files("L2")[RECORD].survey is None
    assert again.modules([b"d1", b"d3"], "V1") == {b"d1": b"module one"}
    assert again.modules([b"d1"], "V2") == {}
    assert again.get_blob("k") == b"document" and again.get_blob("other") is None


def test_only_the_newest_blobs_are_kept(path: Path) -> None:
    cache = Cache(path)
    for number in range(20):
        cache.put_blob(str(number), b"x")
    cache.put_blob("15", b"again")
    kept = [number for number in range(20) if cache.get_blob(str(number))]
    assert kept == list(range(12, 20))
    cache.put_blob("20", b"x")
    kept = [number for number in range(21) if cache.get_blob(str(number))]
    assert kept == [13, 14, 15, 16, 17, 18, 19, 20]
    cache.put_blob("21", b"x")
    cache.put_blob("22", b"x")
    assert cache.get_blob("14") is None and cache.get_blob("15") == b"again"


def test_files_that_left_are_forgotten(path: Path) -> None:
    cache = Cache(path)
    gone = FileRecord("gone.py", 1, 1, 1, "python")
    cache.put_files([KNOWN, KnownFile(gone, b"d", None)], "L1")
    cache.forget_files([RECORD])
    assert list(cache.known_files("L1")) == [RECORD]


@pytest.mark.parametrize("content", [b"this is no database", b"SQLite format 3\0" + b"\xff" * 5000, b""])
def test_a_broken_file_is_begun_anew(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    cache = Cache(path)
    cache.put_blob("k", b"v")
    assert cache.get_blob("k") == b"v"
    assert Path(f"{path}.broken").exists() == bool(content)


def test_a_foreign_database_is_moved_aside_unharmed(path: Path) -> None:
    path.parent.mkdir(parents=True)
    with sqlite3.connect(path) as foreign:
        foreign.execute("CREATE TABLE theirs (x)")
        foreign.execute("INSERT INTO theirs VALUES (42)")
    foreign.close()
    cache = Cache(path)
    cache.put_blob("k", b"v")
    assert cache.get_blob("k") == b"v"
    with sqlite3.connect(f"{path}.broken") as aside:
        assert aside.execute("SELECT x FROM theirs").fetchone() == (42,)
    aside.close()


def test_damage_found_later_is_mended(path: Path) -> None:
    cache = Cache(path)
    cache.put_blob("k", b"v")
    with sqlite3.connect(path) as other:
        other.execute("UPDATE blobs SET value = x'00'")
    other.close()
    assert cache.get_blob("k") is None
    cache.put_blob("k", b"new")
    assert cache.get_blob("k") == b"new"


def test_an_older_schema_is_replaced(path: Path) -> None:
    Cache(path).close()
    with sqlite3.connect(path) as older:
        older.execute("DROP TABLE blobs")
        older.execute("PRAGMA user_version = 0")
    older.close()
    cache = Cache(path)
    cache.put_blob("k", b"v")
    assert cache.get_blob("k") == b"v"


def test_a_place_that_cannot_be_written_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    cache = Cache(tmp_path / "file" / "x.sqlite")
    cache.put_blob("k", b"v")
    assert cache.get_blob("k") is None and cache.known_files("L1") == {}


_WRITER = """
import sys
import time
from pathlib import Path
from eventlens.workspace.cache import Cache
cache = Cache(Path(sys.argv[1]))
for n in range(60):
    cache.put_modules({f"{sys.argv[2]}-{n}".encode(): b"m" * 2000}, "V")
"""


def test_two_processes_share_one_file(path: Path) -> None:
    writers = [subprocess.Popen([sys.executable, "-c", _WRITER, str(path), name]) for name in ("a", "b")]
    assert [writer.wait(30) for writer in writers] == [0, 0]
    digests = [f"{name}-{n}".encode() for name in ("a", "b") for n in range(60)]
    assert len(Cache(path).modules(digests, "V")) == 120


def test_the_place_of_the_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("EVENTLENS_CACHE_DIR", str(tmp_path))
    assert cache_place.cache_folder() == tmp_path
    one, other = cache_place.cache_file(Path("/a/shop")), cache_place.cache_file(Path("/b/shop"))
    assert one != other and one.name.startswith("shop-")
    monkeypatch.delenv("EVENTLENS_CACHE_DIR")
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert cache_place.cache_folder() == tmp_path / "xdg" / "eventlens"


def old(root: Path) -> Path:
    """The tree with all its files settled: written long ago, as far as that can be pretended."""
    for path in root.rglob("*"):
        os.utime(path, ns=(10**18 + 1, 10**18 + 1))
    time.sleep(discovery.SETTLED_NS * 1.5e-9)
    return root


def encoded(workspace: Workspace) -> dict[str, bytes]:
    """Every module, as bytes: modules themselves are compared by identity."""
    return {path: ir.encode(module) for path, module in workspace.modules(workspace.sources())}


def test_a_second_run_neither_surveys_nor_lowers(tree: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    root = old(tree({f"m{n}.py": f"import os\nX = {n}" for n in range(5)} | {"a.ts": "import './b'", "b.ts": ""}))
    first = Workspace.open(root, [b"X"])
    surveys, modules = dict(first.surveys()), encoded(first)
    first.close()

    second = Workspace.open(root, [b"X"])
    for path in second.sources():
        (root / path).unlink()  # nothing may be read again
    assert dict(second.surveys()) == surveys
    assert encoded(second) == modules and len(modules) == 7


def test_other_literals_survey_again_but_lower_nothing(tree: Write) -> None:
    root = old(tree({"m.py": "X = 1"}))
    first = Workspace.open(root, [b"X"])
    first.survey("m.py")
    modules = encoded(first)
    first.close()
    second = Workspace.open(root, [b"Y", b"="])
    assert second.survey("m.py").literals == ("=",)
    (root / "m.py").unlink()
    assert encoded(second) == modules


def test_a_changed_or_moved_file_is_not_mistaken(tree: Write) -> None:
    root = old(tree({"m.py": "X = 1", "n.py": "Y = 2"}))
    first = Workspace.open(root, [b"X"])
    list(first.modules(first.sources()))
    list(first.surveys())
    first.close()
    (root / "m.py").rename(root / "moved.py")
    (root / "n.py").write_text("X = 33")
    second = Workspace.open(old(root), [b"X"])
    assert second.survey("n.py").literals == ("X",)
    module = second.module("moved.py")
    assert module is not None and module.path == "moved.py"


def test_blobs_and_fingerprints(tree: Write) -> None:
    root = old(tree({"m.py": "X = 1"}))
    first = Workspace.open(root, [b"X"])
    key = first.fingerprint("settings")
    first.put_blob(key, b"map")
    first.close()
    second = Workspace.open(root, [b"X"])
    assert second.get_blob(second.fingerprint("settings")) == b"map"
    others = {
        second.fingerprint("other"),
        Workspace.open(root, [b"Y"]).fingerprint("settings"),
        second.with_overlay("m.py", b"").fingerprint("settings"),
    }
    (root / "m.py").write_text("X = 22")
    others.add(second.refresh().fingerprint("settings"))
    assert len(others) == 4 and key not in others


def test_without_a_cache_nothing_is_written(tree: Write, private_cache: Path) -> None:
    workspace = Workspace.open(tree({"m.py": "X = 1"}), [b"X"], cached=False)
    workspace.put_blob("k", b"v")
    assert workspace.module("m.py") is not None and workspace.get_blob("k") is None
    workspace.close()
    assert not private_cache.exists()
