"""Every construct lowers as its row of the table says, in every language."""

from __future__ import annotations

import pytest

from eventlens import ir
from eventlens.syntax.lowering import lower

from .rendering import render
from .table import SUFFIXES, Cell, cells, rows


def test_every_row_has_a_cell_for_every_language() -> None:
    expected = {"construct", *SUFFIXES}
    holes = {row["construct"]: sorted(expected ^ set(row)) for row in rows() if set(row) != expected}
    assert not holes


def test_every_construct_stands_once() -> None:
    names = [row["construct"] for row in rows()]
    assert sorted(set(names)) == sorted(names)


@pytest.mark.parametrize(
    "cell", [each for each in cells() if each.source is not None], ids=lambda cell: f"{cell.language}: {cell.construct}"
)
def test_construct_lowers_as_the_table_says(cell: Cell) -> None:
    assert cell.source is not None
    module = lower(f"example{cell.suffix}", cell.source.encode())
    assert render(module) == cell.lowers
    assert not module.errors
    stored = ir.encode(module)
    assert ir.encode(ir.decode(stored)) == stored
