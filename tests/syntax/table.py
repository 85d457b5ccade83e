"""The lowering table: one construct a row, one language a column.

``constructs/*.yaml`` hold lists of rows. A row names its ``construct`` and has one cell for each language:

* ``{source: …, lowers: …}``: the source text, and the module that it lowers to as `rendering.render` writes it;
* ``as typescript``: the same source and the same module in this language too;
* ``not in this language``: the language has no such construct.

``constructs/columns/LANGUAGE.yaml`` maps constructs to the cells of one more language.

A cell may add ``suffix`` (``.tsx``) where another file suffix than the language's first is wanted.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

SUFFIXES = {
    "typescript": ".ts", "javascript": ".js", "python": ".py", "csharp": ".cs", "kotlin": ".kt", "java": ".java", "go": ".go",
}  # fmt: skip
ABSENT = "not in this language"
SHARED = "as typescript"


@dataclass(frozen=True)
class Cell:
    """One construct in one language; ``source`` is None where the language has no such construct."""

    construct: str
    language: str
    source: str | None
    lowers: str = ""
    suffix: str = ""


_CONSTRUCTS = Path(__file__).parent / "constructs"


@cache
def rows() -> list[dict[str, Any]]:
    """All rows of all files, in file order, with the columns of their own files filled in."""
    found = [row for file in sorted(_CONSTRUCTS.glob("*.yaml")) for row in _read(file)]
    by_construct = {row["construct"]: row for row in found}
    for file in sorted((_CONSTRUCTS / "columns").glob("*.yaml")):
        if file.stem in SUFFIXES:
            for construct, cell in _read(file).items():
                by_construct[construct][file.stem] = cell
    return found


def _read(file: Path) -> Any:
    return yaml.load(file.read_text(encoding="utf-8"), getattr(yaml, "CSafeLoader", yaml.SafeLoader))


def cells() -> list[Cell]:
    """Every filled cell; missing ones are for the test of the table itself to report."""
    return [
        _cell(row["construct"], language, row[SHARED[3:]] if row[language] == SHARED else row[language])
        for row in rows()
        for language in SUFFIXES
        if language in row
    ]


def _cell(construct: str, language: str, content: Any) -> Cell:
    if content == ABSENT:
        return Cell(construct, language, None)
    suffix = content.get("suffix", SUFFIXES[language])
    return Cell(construct, language, content["source"], content["lowers"].strip("\n"), suffix)
