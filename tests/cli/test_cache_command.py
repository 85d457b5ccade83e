"""`eventlens cache` lists and deletes; it touches nothing else in the folder."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from eventlens.cli import doctor_command
from eventlens.cli.app import run
from eventlens.knowledge.loading import load_models, rules_root
from eventlens.workspace.snapshot import Workspace


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache folder with two caches and a file of somebody else."""
    folder = tmp_path / "cache"
    monkeypatch.setenv("EVENTLENS_CACHE_DIR", str(folder))
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        Workspace.open(tmp_path / name).close()
    (folder / "notes.txt").write_text("theirs")
    return folder


def names(folder: Path) -> set[str]:
    return {path.name.partition("-")[0] for path in folder.iterdir() if not path.name.startswith(".")}


def test_caches_are_listed_with_their_workspaces(
    folder: Path, tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    assert run(["cache"]) == 0
    lines = capfdbinary.readouterr().out.decode().splitlines()
    assert lines[0].startswith(f"in {folder}: 2 caches, ")
    assert {line.rpartition("  ")[2] for line in lines[1:]} == {str(tmp_path / "one"), str(tmp_path / "two")}
    assert run(["cache", str(tmp_path / "one")]) == 0
    assert len(capfdbinary.readouterr().out.splitlines()) == 2


def test_caches_are_deleted(folder: Path, tmp_path: Path) -> None:
    assert run(["cache", str(tmp_path / "one"), "--clear"]) == 0
    assert names(folder) == {"two", "notes.txt"}
    assert run(["cache", "--clear"]) == 0
    assert names(folder) == {"notes.txt"}


def test_the_models_that_were_kept_go_with_all_caches(folder: Path, tmp_path: Path) -> None:
    rules = tmp_path / "rules"
    shutil.copytree(rules_root() / "effects", rules / "effects")
    load_models(rules, cache_folder=folder)
    assert run(["cache", str(tmp_path / "one"), "--clear"]) == 0
    assert names(folder) == {"two", "models", "notes.txt"}
    assert run(["cache", "--clear"]) == 0
    assert names(folder) == {"notes.txt"}


def test_without_a_home_there_is_none(
    monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    monkeypatch.setattr("eventlens.workspace.cache_place.cache_folder", lambda: None)
    assert run(["cache"]) == 0
    assert capfdbinary.readouterr().out.startswith(b"no cache: ")
    assert "there is no home folder" in doctor_command._cache()[1]
