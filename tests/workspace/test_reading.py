from __future__ import annotations

from pathlib import Path

import pytest

from eventlens.workspace.reading import read_file


@pytest.mark.parametrize("expected_size", [0, 3, 10, 3_000_000])
def test_the_whole_file_is_read_whatever_size_was_expected(tmp_path: Path, expected_size: int) -> None:
    content = b"0123456789" * 250_000
    (tmp_path / "x").write_bytes(content)
    assert read_file(str(tmp_path / "x"), expected_size) == content


def test_a_missing_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No such file"):
        read_file(str(tmp_path / "gone"), 1)
