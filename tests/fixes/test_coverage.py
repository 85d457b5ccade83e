"""The table of what the fixes reach is current."""

from __future__ import annotations

from .coverage import PAGE, document, recorded


def test_the_table_is_current() -> None:
    assert PAGE.read_text(encoding="utf-8") == document(recorded()), "docs/fixes.md is not current; run `make docs`"
