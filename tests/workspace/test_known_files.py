"""What is remembered of files is the same whether it is looked up row by row or read as a whole."""

from __future__ import annotations

from pathlib import Path

import pytest

from eventlens.workspace.cache import Cache
from eventlens.workspace.cache_rows import KnownFile
from eventlens.workspace.discovery import FileRecord
from eventlens.workspace.known_files import FEW, KnownFiles
from eventlens.workspace.survey import Survey


def record(number: int, size: int = 3) -> FileRecord:
    return FileRecord(f"{number}.py", size, 1_000, number, "python")


def known(number: int) -> KnownFile:
    return KnownFile(record(number), b"%d" % number, Survey(("kafka",), ("os",)))


@pytest.fixture
def files(tmp_path: Path) -> KnownFiles:
    cache = Cache(tmp_path / "x.sqlite")
    cache.put_files([known(number) for number in range(2 * FEW)], "literals")
    return KnownFiles(cache, "literals")


def test_a_few_are_looked_up_and_many_are_read(files: KnownFiles) -> None:
    assert all(files.get(record(number)) == known(number) for number in range(FEW))
    assert not files.is_whole
    assert files.get(record(0)) == known(0) and not files.is_whole
    assert files.get(record(FEW)) == known(FEW) and files.is_whole
    assert files.get(record(0)) == known(0) and len(files) == 2 * FEW


def test_a_file_that_is_no_longer_as_it_was_is_not_known(files: KnownFiles) -> None:
    assert files.get(record(1, size=4)) is None
    assert record(1) in files.all() and record(1, size=4) not in files.all()


def test_what_is_learned_and_forgotten_before_all_is_read_holds_afterwards(files: KnownFiles) -> None:
    new, other = known(2 * FEW), KnownFile(record(1), b"other", None)
    files.put(new)
    files.put(other)
    files.forget(record(2))
    expected = {record(number): known(number) for number in range(2 * FEW) if number != 2}
    assert files.get(record(2)) is None and files.get(record(1)) == other
    assert files.all() == {**expected, new.record: new, other.record: other}
    files.forget(record(3))
    assert files.get(record(3)) is None


def test_without_a_cache_only_what_was_learned_is_known() -> None:
    files = KnownFiles(None, "literals")
    assert files.get(record(1)) is None and files.is_whole
    files.put(known(1))
    assert files.get(record(1)) == known(1) and len(files) == 1
