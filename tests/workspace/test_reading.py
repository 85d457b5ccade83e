from __future__ import annotations

import os
from pathlib import Path

import pytest

from eventlens.workspace.reading import read_file, read_within


@pytest.mark.parametrize("expected_size", [0, 3, 10, 3_000_000])
def test_the_whole_file_is_read_whatever_size_was_expected(tmp_path: Path, expected_size: int) -> None:
    content = b"0123456789" * 250_000
    (tmp_path / "x").write_bytes(content)
    assert read_file(str(tmp_path / "x"), expected_size) == content


def test_a_missing_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No such file"):
        read_file(str(tmp_path / "gone"), 1)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="pipes have names on POSIX only")
def test_a_pipe_is_an_error_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(OSError, match="no regular file"):
        read_file(str(tmp_path / "pipe"), 1)


def test_a_link_is_read_only_where_it_stays_inside(tmp_path: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    (tmp_path / "outside").write_text("secret")
    (root / "inside").write_text("own")
    (root / "out").symlink_to(tmp_path / "outside")
    (root / "in").symlink_to("inside")
    assert read_within(root, "in") == b"own"
    for name in ("out", "../outside"):
        with pytest.raises(OSError, match="out of the workspace"):
            read_within(root, name)
    with pytest.raises(OSError):
        read_file(str(root / "in"), 3)


def test_a_file_that_has_grown_very_large_is_an_error(tmp_path: Path) -> None:
    with (tmp_path / "grown").open("wb") as file:
        file.truncate(300 << 20)
    with pytest.raises(OSError, match="too large"):
        read_file(str(tmp_path / "grown"), 10)
