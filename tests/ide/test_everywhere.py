"""Every question at every word of an example system: nothing raises, and every place in an answer is a place in a file."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from eventlens.analysis import analyse, open_workspace
from eventlens.ide import completion, hints, lenses, navigation, symbols
from eventlens.ide.call_hierarchy import CallHierarchy
from eventlens.ide.code_places import CodePlaces
from eventlens.ide.index import FlowIndex
from eventlens.ide.places import Target

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures"
ROOT = FIXTURES / "storefront"
ANALYSIS = analyse(open_workspace(ROOT).workspace)
assert ANALYSIS.checks is not None and ANALYSIS.inputs is not None
INDEX = FlowIndex(ANALYSIS.flow_map, CodePlaces(ANALYSIS.checks.graph))
HIERARCHY = CallHierarchy(INDEX, ANALYSIS.checks.graph)
FILES = sorted(
    path.relative_to(ROOT).as_posix()
    for path in ROOT.rglob("*")
    if path.is_file() and path.suffix in (".ts", ".py", ".yml", ".json", "") and path.stat().st_size < 40_000
)


@cache
def lines_of(file: str) -> list[str]:
    return (ROOT / file).read_text(encoding="utf-8").split("\n")


def assert_is_a_place(target: Target) -> None:
    lines = lines_of(target.file)
    assert 1 <= target.line <= target.end_line <= len(lines)
    assert 1 <= target.column <= len(lines[target.line - 1]) + 1
    assert 0 <= target.end_column <= len(lines[target.end_line - 1]) + 1
    assert target.end_column == 0 or (target.line, target.column) <= (target.end_line, target.end_column)


def answers(file: str, line: int, column: int, text: str) -> Iterator[Target]:
    for jump in (
        navigation.definition(INDEX, file, line, column, text),
        navigation.implementation(INDEX, file, line, column, text),
        navigation.type_definition(INDEX, file, line, column, text),
        navigation.declaration(INDEX, file, line, column, text),
    ):
        yield from [jump.origin] if jump.origin is not None else []
        for landing in jump.targets:
            yield from landing
            assert landing.around.end_column == 0 or landing.around.contains(
                landing.at.file, landing.at.line, landing.at.column
            )
    yield from navigation.references(INDEX, file, line, column, True, text)
    marks = navigation.highlights(INDEX, file, line, column, text)
    assert all(mark.target.file == file for mark in marks)
    yield from (mark.target for mark in marks)
    for item in HIERARCHY.at(file, line, column):
        for step in [*HIERARCHY.incoming(item.key), *HIERARCHY.outgoing(item.key)]:
            assert step.calls
            yield from [step.item.at, step.item.around, *step.calls]


@pytest.mark.parametrize("file", FILES)
def test_every_word_of_a_file(file: str) -> None:
    assert ANALYSIS.inputs is not None
    lines = lines_of(file)
    whole, begun = "\n".join(lines), 0
    for number, text in enumerate(lines, 1):
        for word in re.finditer(r"\w+|['\"`]", text):
            for target in answers(file, number, word.start() + 1, text):
                assert_is_a_place(target)
            at = completion.Typing(file, whole, begun + word.end(), number)
            for one in completion.suggestions(INDEX, ANALYSIS.inputs.catalogue, at):
                assert begun <= one.begin <= at.offset <= one.end <= begun + len(text)
        begun += len(text) + 1
    for lens in lenses.lenses(INDEX, file):
        for target in (lens.target, *lens.ends):
            assert_is_a_place(target)
    for hint in hints.hints(INDEX, file, 1, len(lines)):
        assert 0 <= hint.column <= len(lines[hint.line - 1]) + 1
    for symbol in symbols.file_symbols(INDEX, file):
        assert_is_a_place(symbol.target)
        assert_is_a_place(symbol.around)
