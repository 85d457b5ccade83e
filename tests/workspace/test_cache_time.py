"""Whether a file is the same as before is told from its time stamps: what deceives them, and what does not."""

from __future__ import annotations

import os
import shutil
import sys
import time
from pathlib import Path

import pytest

from eventlens.workspace import discovery
from eventlens.workspace.discovery import FileRecord, discover
from eventlens.workspace.snapshot import Workspace

SECOND = 1_000_000_000
NOW = 1_700_000_000 * SECOND + 123_456_789


def record(mtime: int, changed: int = 0) -> FileRecord:
    return FileRecord("a.py", 3, mtime, 7, "python", changed)


def test_a_file_is_settled_once_the_clock_that_stamped_it_has_ticked() -> None:
    walked = NOW
    assert record(NOW - SECOND + 1, NOW - SECOND + 1).is_settled(walked)
    assert not record(NOW - 1_000_000, NOW - 1_000_000).is_settled(walked)
    assert not record(NOW - 1_000_000).is_settled(walked)
    assert not record(NOW - SECOND, NOW - 1_000_000).is_settled(walked), "its time stamp was set back just now"
    whole_second = NOW // SECOND * SECOND
    assert not record(whole_second, whole_second).is_settled(walked), "the file system may count in seconds"
    assert not record(whole_second - 2 * SECOND, whole_second - 2 * SECOND).is_settled(walked)
    assert record(whole_second - 4 * SECOND, whole_second - 4 * SECOND).is_settled(walked)


def test_times_to_come() -> None:
    later = NOW + 3600 * SECOND
    assert record(later, NOW - SECOND).is_settled(NOW), "set by hand: a change would bring it back to now"
    assert not record(later).is_settled(NOW), "no other time tells of a change"
    assert not record(later, later).is_settled(NOW), "the clock was set back since"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows notes no such time")
def test_a_time_stamp_that_was_put_back_hides_no_change(tmp_path: Path) -> None:
    """As `touch -r`, `cp -p` over it and some tools that unpack archives do."""
    file = tmp_path / "root" / "a.py"
    file.parent.mkdir()
    file.write_text("import one\n")
    os.utime(file, ns=(NOW, NOW))
    time.sleep(discovery.SETTLED_NS * 2e-9)
    first = Workspace.open(file.parent)
    assert first.survey("a.py").imports == ("one",)
    key = first.fingerprint()
    first.close()
    before = file.stat()

    file.write_text("import two\n")
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    after = file.stat()
    assert (after.st_ino, after.st_size, after.st_mtime_ns) == (before.st_ino, before.st_size, before.st_mtime_ns)
    second = Workspace.open(file.parent)
    assert second.fingerprint() != key
    assert second.survey("a.py").imports == ("two",)
    second.close()

    (tmp_path / "three.py").write_text("import six\n")
    os.utime(tmp_path / "three.py", ns=(NOW, NOW))
    shutil.copy2(tmp_path / "three.py", file)
    third = Workspace.open(file.parent)
    assert third.survey("a.py").imports == ("six",)
    third.close()


@pytest.mark.parametrize("settle_first", [True, False])
def test_a_change_within_one_tick_of_the_clock(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settle_first: bool
) -> None:
    """Same size, same inode, same time stamps: only that the file was young tells that it may have changed."""
    file = tmp_path / "root" / "a.py"
    file.parent.mkdir()
    file.write_text("import one\n")
    settings = file.parent / "pyproject.toml"
    settings.write_text("[tool.one]")
    ages = {"a.py": NOW, "pyproject.toml": NOW}
    real = discovery.record_of

    def stamped(path: str, status: os.stat_result) -> FileRecord | str:
        found = real(path, status)
        assert isinstance(found, FileRecord)
        return FileRecord(path, found.size, ages[path], found.inode, found.language, ages[path])

    clock = [NOW + (SECOND if settle_first else 1_000_000)]
    monkeypatch.setattr(discovery, "record_of", stamped)
    monkeypatch.setattr(discovery.time, "time_ns", lambda: clock[0])
    first = Workspace.open(file.parent)
    assert first.survey("a.py").imports == ("one",)
    assert first.is_settled == settle_first
    file.write_text("import two\n")
    clock[0] += 60 * SECOND

    refreshed = first.refresh()
    assert (refreshed is first) == settle_first
    if not settle_first:
        assert refreshed.survey("a.py").imports == ("two",)
        module = refreshed.module("a.py")
        assert module is not None and "two" in str(module.imports)
        assert refreshed.refresh() is refreshed and refreshed.is_settled
    first.close()
    second = Workspace.open(file.parent)
    expected = ("one",) if settle_first else ("two",)  # a settled file cannot change so: the clock has ticked
    assert second.survey("a.py").imports == expected
    second.close()


def test_a_young_file_that_stayed_as_it_was_is_no_change(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(discovery, "SETTLED_NS", 3600 * SECOND)
    (tmp_path / "a.py").write_text("import one\n")
    workspace = Workspace.open(tmp_path)
    assert workspace.survey("a.py").imports == ("one",)
    assert not workspace.is_settled
    assert workspace.refresh() is workspace


def test_what_the_system_notes_of_a_change_is_in_the_record(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("")
    os.utime(tmp_path / "a.py", ns=(NOW, NOW))
    (found,) = discover(tmp_path).files
    status = (tmp_path / "a.py").stat()
    assert found.mtime_ns == NOW
    assert found.changed_ns == (0 if sys.platform == "win32" else status.st_ctime_ns)
