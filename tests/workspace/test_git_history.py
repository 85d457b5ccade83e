"""The files of an earlier commit are what git itself says they are."""

from __future__ import annotations

import os
import shutil
import subprocess
import zlib
from pathlib import Path

import pytest

from eventlens.workspace.git_history import base_of

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="git makes the repositories that are read")


def git(folder: Path, *arguments: str) -> str:
    clean = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull, "PATH": os.environ["PATH"]}
    person = ("-c", "user.name=Somebody", "-c", "user.email=somebody@example.com", "-c", "commit.gpgsign=false")
    command = ["git", *person, *arguments]
    return subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True, env=clean).stdout.strip()


def written(folder: Path, name: str, text: str) -> None:
    place = folder / name
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(text, encoding="utf-8")


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """Two commits of main, and a branch of two more that began at the first."""
    root = tmp_path / "shop"
    root.mkdir()
    git(root, "init", "--quiet", "--initial-branch=main")
    written(root, "events/order.avsc", "first\n")
    written(root, "services/orders/main.py", "one = 1\n" * 400)
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "--message=first")
    git(root, "branch", "work")
    written(root, "events/order.avsc", "second on main\n")
    git(root, "commit", "--quiet", "--all", "--message=second")
    git(root, "checkout", "--quiet", "work")
    for number in range(2):
        written(root, "services/orders/main.py", "one = 1\n" * 400 + f"two = {number}\n")
        git(root, "commit", "--quiet", "--all", f"--message=work {number}")
    return root


def test_without_a_repository_there_is_no_base(tmp_path: Path) -> None:
    assert base_of(tmp_path) is None


@pytest.mark.parametrize("packed", [False, True], ids=["loose", "packed"])
def test_the_merge_base_with_main(repository: Path, packed: bool) -> None:
    if packed:
        git(repository, "gc", "--quiet", "--aggressive")
        git(repository, "pack-refs", "--all")
    base = base_of(repository)
    assert base is not None and base.commit == git(repository, "merge-base", "HEAD", "main")
    assert base.text("events/order.avsc") == b"first\n"
    assert base.text("services/orders/main.py") == b"one = 1\n" * 400
    assert base.text("services/orders/none.py") is None and base.text("services") is None
    assert base.other_text("events/order.avsc", b"first\n") is None
    assert base.other_text("events/order.avsc", b"third\n") == b"first\n"


def test_a_folder_of_the_repository_has_its_own_paths(repository: Path) -> None:
    base = base_of(repository / "services")
    assert base is not None and base.text("orders/main.py") == b"one = 1\n" * 400
    assert base.text("events/order.avsc") is None


@pytest.mark.parametrize("name", ["main", "HEAD~1", "HEAD^^", "v1", "refs/heads/main", "HEAD~2"])
def test_a_commit_that_is_named(repository: Path, name: str) -> None:
    git(repository, "tag", "--annotate", "--message=one", "v1", "main")
    base = base_of(repository, name)
    assert base is not None and base.commit == git(repository, "rev-parse", f"{name}^{{commit}}")
    assert base_of(repository, base.commit) is not None


@pytest.mark.parametrize("name", ["none", "HEAD~9", "../../etc/passwd", "0" * 40, "~"])
def test_a_commit_that_is_not_there(repository: Path, name: str) -> None:
    assert base_of(repository, name) is None


def test_another_work_tree_of_the_repository(repository: Path, tmp_path: Path) -> None:
    git(repository, "worktree", "add", "--quiet", "--detach", str(tmp_path / "other"), "main")
    base = base_of(tmp_path / "other", "work")
    assert base is not None and base.commit == git(repository, "rev-parse", "work")


def test_a_shallow_clone_has_no_merge_base(repository: Path, tmp_path: Path) -> None:
    git(tmp_path, "clone", "--quiet", "--depth=1", "--branch=work", f"file://{repository}", "shallow")
    assert base_of(tmp_path / "shallow", "main") is None
    head = base_of(tmp_path / "shallow", "HEAD")
    assert head is not None and head.text("events/order.avsc") == b"first\n"


def test_the_branch_of_the_remote_goes_before_the_own(repository: Path, tmp_path: Path) -> None:
    git(repository, "checkout", "--quiet", "main")
    git(tmp_path, "clone", "--quiet", f"file://{repository}", "clone")
    clone = tmp_path / "clone"
    written(clone, "events/order.avsc", "third\n")
    git(clone, "commit", "--quiet", "--all", "--message=third")
    base = base_of(clone)
    assert base is not None and base.text("events/order.avsc") == b"second on main\n"


def test_damaged_objects_are_none(repository: Path) -> None:
    base = base_of(repository)
    assert base is not None
    for place in (repository / ".git" / "objects").glob("??/*"):
        place.chmod(0o600)
        place.write_bytes(zlib.compress(b"blob 3\0abc")[:-3])
    assert base.text("services/orders/main.py") is None
    assert base_of(repository) is None


BROKEN = {
    "a file that leads to itself": {".git": "gitdir: .git"},
    "a file that leads nowhere": {".git": "gitdir: /nowhere/at/all"},
    "an empty folder": {".git/x": ""},
    "a head that leads to itself": {".git/HEAD": "ref: HEAD"},
    "a branch that leads to itself": {".git/HEAD": "ref: refs/heads/main", ".git/refs/heads/main": "ref: refs/heads/main"},
    "a head out of the folder": {".git/HEAD": "ref: ../../HEAD"},
    "a commit that is not there": {".git/HEAD": "0" * 40, ".git/refs/heads/main": "1" * 40},
    "no text": {".git/HEAD": "\x00\x01", ".git/packed-refs": "\x00" * 100},
    "an index of nothing": {".git/HEAD": "0" * 40, ".git/refs/heads/main": "0" * 40, ".git/objects/pack/pack-1.idx": "tOc"},
    "alternates that lead back": {".git/HEAD": "0" * 40, ".git/refs/heads/main": "0" * 40, ".git/objects/info/alternates": "."},
}  # fmt: skip


@pytest.mark.parametrize("files", BROKEN.values(), ids=list(BROKEN))
@pytest.mark.parametrize("name", ["", "HEAD", "main~3"])
def test_a_repository_that_is_none(tmp_path: Path, files: dict[str, str], name: str) -> None:
    for place, text in files.items():
        written(tmp_path, place, text)
    assert base_of(tmp_path, name) is None
