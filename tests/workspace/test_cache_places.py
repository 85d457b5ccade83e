"""Where the cache cannot be kept, the answer is the same: at most one line is said, and the exit code does not change."""

from __future__ import annotations

import contextlib
import logging
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeAlias

import pytest

from eventlens.cli.opening import map_folder
from eventlens.workspace import cache_place
from eventlens.workspace.cache import Cache, open_cache

from .shop import EVENTLENS, cache_path, compact, is_whole, shop, true_map

resource = pytest.importorskip("resource", reason="permissions, limits and users are those of POSIX")

NOBODY = 54_321
"""A user without a name, as in some containers."""


Told: TypeAlias = Callable[[], list[str]]


@pytest.fixture
def told(caplog: pytest.LogCaptureFixture) -> Told:
    """What was logged as a warning or worse since last asked."""

    def taken() -> list[str]:
        found = [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]
        caplog.clear()
        return found

    return taken


_AS_SOMEBODY = """
import os, sys
from eventlens.cli.app import run
root, user, *environments = sys.argv[1:]
arguments = ["map", root, "--format", "json"]
os.environ["EVENTLENS_CACHE_DIR"] = os.devnull + "/none"
stdout = os.dup(1)
os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
assert run(arguments) == 0  # all that is imported is imported while it may be read
os.dup2(stdout, 1)
if os.geteuid() == 0:
    os.setgid(int(user))
    os.setuid(int(user))
for environment in environments:
    for name in ("EVENTLENS_CACHE_DIR", "XDG_CACHE_HOME", "HOME"):
        os.environ.pop(name, None)
    os.environ.update(one.split("=", 1) for one in environment.split())
    assert run(arguments) == 0
"""


@pytest.fixture
def root() -> Iterator[Path]:
    """The workspace, where others may look."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield shop(Path(folder).resolve() / "root", services=1)


def run_as_somebody(root: Path, *environments: str) -> tuple[list[bytes], list[str]]:
    """The maps, and the lines on standard error, of one run in each environment by somebody who may not write everywhere."""
    command = [sys.executable, "-c", _AS_SOMEBODY, str(root), str(NOBODY), *environments]
    done = subprocess.run(command, capture_output=True, cwd=root, timeout=60, check=False)
    assert done.returncode == 0, done.stderr.decode()
    documents = done.stdout.decode().split("\n}\n")[:-1]
    return [compact(f"{one}}}".encode()) for one in documents], done.stderr.decode().splitlines()


def test_places_that_cannot_be_written(root: Path, tmp_path: Path) -> None:
    truth = true_map(root)
    home, foreign = tmp_path / "home", tmp_path / "foreign"
    home.mkdir(0o555)
    foreign.mkdir(0o700 if os.geteuid() == 0 else 0o500)
    at_home, at_foreign = f"HOME={home}", f"XDG_CACHE_HOME={foreign}"
    environments = [
        at_home,
        "",
        "HOME=",
        "HOME=relative",
        f"{at_home} {at_foreign}",
        f"EVENTLENS_CACHE_DIR={foreign}/x",
    ]
    assert run_as_somebody(root, *environments) == ([truth] * len(environments), [])
    assert {path.name for path in root.iterdir()} == {"service0"}
    home.chmod(0o755)
    foreign.chmod(0o755)


def test_a_cache_that_somebody_else_wrote(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As after one run with more rights."""
    folder = tmp_path / "theirs"
    monkeypatch.setenv("EVENTLENS_CACHE_DIR", str(folder))
    truth = map_folder(root).map_json
    for file in folder.iterdir():
        file.chmod(0o444)
    folder.chmod(0o555)
    maps, told = run_as_somebody(root, f"EVENTLENS_CACHE_DIR={folder}")
    folder.chmod(0o755)
    assert maps == [truth] and len(told) <= 1


def test_a_place_that_is_a_file_and_one_that_is_not_there(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, told: Told
) -> None:
    truth = true_map(root)
    monkeypatch.delenv("EVENTLENS_CACHE_DIR")
    monkeypatch.setattr(sys, "platform", "linux")
    (tmp_path / "file").write_text("")
    for place in ("file", "not/there"):
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / place))
        assert map_folder(root).map_json == truth
    assert told() == []
    assert (tmp_path / "not/there/eventlens").stat().st_mode & 0o077 == 0


def test_nobody_has_no_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def homeless() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "home", homeless)
    for name in ("EVENTLENS_CACHE_DIR", "XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    for platform in ("linux", "darwin", "win32"):
        monkeypatch.setattr(sys, "platform", platform)
        assert cache_place.cache_folder() is None and open_cache(tmp_path) is None


# ------------------------------------------------------------------------------------------------------------- full disks


@pytest.fixture
def in_memory(capsys: pytest.CaptureFixture[str]) -> None:
    """What is printed goes to no file, which may not grow either."""


@contextlib.contextmanager
def no_file_beyond(most_bytes: int) -> Iterator[None]:
    """The limit of a process acts as a full disk does, but for the message."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most_bytes, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.usefixtures("in_memory")
@pytest.mark.parametrize("most_bytes", [0, 1, 4096, 20_000, 40_000, 60_000])
def test_files_may_not_grow(root: Path, most_bytes: int, told: Told) -> None:
    truth = true_map(root)
    with no_file_beyond(most_bytes):
        assert map_folder(root).map_json == truth
    assert len(told()) == 1 or most_bytes > 4096
    assert map_folder(root).map_json == truth
    assert map_folder(root).map_json == truth
    assert told() == []
    assert is_whole(cache_path(root))


def test_the_exit_code_is_that_of_any_run(root: Path, private_cache: Path) -> None:
    """Also for what a run prints: the one line goes to standard error."""

    def limited() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))

    command = [*EVENTLENS, "map", str(root), "--format", "json"]
    done = subprocess.run(command, capture_output=True, timeout=60, check=False, preexec_fn=limited)
    (line,) = (one for one in done.stderr.decode().splitlines() if one.startswith("eventlens"))
    assert done.returncode == 0 and compact(done.stdout) == true_map(root)
    assert str(private_cache) in line


@contextlib.contextmanager
def small_disk(folder: Path, size: str) -> Iterator[Path]:
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size}", "none", str(folder)], capture_output=True, check=False
    )
    if mounted.returncode != 0:
        pytest.skip("no file system can be mounted here")
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)


@pytest.mark.skipif(sys.platform != "linux" or os.geteuid() != 0, reason="only root may mount")
@pytest.mark.parametrize("left", [0, 4096, 45_056, 90_112])
def test_a_full_disk_and_space_again(
    root: Path, tmp_path: Path, left: int, monkeypatch: pytest.MonkeyPatch, told: Told
) -> None:
    truth = true_map(root)
    with small_disk(tmp_path / "disk", "1m") as disk:
        ballast = disk / "ballast"
        with contextlib.suppress(OSError), ballast.open("wb", buffering=0) as file:
            file.write(bytes((1 << 20) - left))
        monkeypatch.setenv("EVENTLENS_CACHE_DIR", str(disk / "cache"))
        for _ in range(2):
            assert map_folder(root).map_json == truth
            assert len(told()) == 1 or left > 4096
        ballast.unlink()
        for _ in range(2):
            assert map_folder(root).map_json == truth
        assert told() == []
        (found,) = (disk / "cache").glob("*.sqlite")
        assert is_whole(found)


@pytest.mark.usefixtures("in_memory")
def test_a_disk_that_fills_while_a_server_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """One line; reading goes on; writing is tried again after a rest."""
    clock = [1000.0]
    monkeypatch.setattr("eventlens.workspace.cache.time.monotonic", lambda: clock[0])
    cache = Cache(tmp_path / "x.sqlite")
    cache.put_blob("k", b"before")
    with no_file_beyond(30_000), caplog.at_level(logging.INFO):
        for number in range(5):
            cache.put_modules({bytes([number]): os.urandom(50_000)}, "V")
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert cache.get_blob("k") == b"before"
    cache.put_blob("k", b"amid")
    assert cache.get_blob("k") == b"before"
    clock[0] += 601
    cache.put_blob("k", b"after")
    assert cache.get_blob("k") == b"after"
    cache.close()
    assert is_whole(tmp_path / "x.sqlite")
