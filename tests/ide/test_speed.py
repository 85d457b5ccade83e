"""Requests cost as much as what they answer, not as much as the map: ten times the sites must not make one slower."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from eventlens.flow.model import FlowMap, Site
from eventlens.ide import completion, hints, lenses, navigation, symbols
from eventlens.ide.hover import hover
from eventlens.ide.index import FlowIndex

from .big_map import big_map

SMALL, BIG = big_map(1_000), big_map(10_000)
TYPED = "producer.send({ topic: '"
Ask = Callable[[FlowIndex, Site], object]

REQUESTS: dict[str, Ask] = {
    "definition": lambda index, at: navigation.definition(index, at.file, at.line, at.column).targets,
    "implementation": lambda index, at: navigation.implementation(index, at.file, at.line, at.column).targets,
    "declaration": lambda index, at: navigation.declaration(index, at.file, at.line, at.column).targets,
    "references": lambda index, at: navigation.references(index, at.file, at.line, at.column, True),
    "references of a constant": lambda index, at: navigation.references(index, "shared/topics.ts", 40, 1, True),
    "highlights": lambda index, at: navigation.highlights(index, at.file, at.line, at.column),
    "hover": lambda index, at: hover(index, at.file, at.line, at.column, lambda file, line: file),
    "lenses": lambda index, at: lenses.lenses(index, at.file),
    "outline": lambda index, at: symbols.file_symbols(index, at.file),
}
EMPTY: dict[str, Ask] = {
    "hints": lambda index, at: hints.hints(index, at.file, 1, 1_000),
    "ordinary code": lambda index, at: navigation.definition(index, "ordinary.ts", 3, 3).targets,
    "completion": lambda index, at: completion.suggestions(
        index, None, completion.Typing(at.file, TYPED, len(TYPED), at.line)
    ),
}


def seconds(flow_map: FlowMap, ask: Ask) -> float:
    """The best of several askings, when the index has been asked before."""
    index, at = FlowIndex(flow_map), flow_map.sites[len(flow_map.sites) // 2]
    ask(index, at)
    taken = []
    for _ in range(20):
        began = time.perf_counter()
        ask(index, at)
        taken.append(time.perf_counter() - began)
    return min(taken)


@pytest.mark.parametrize("name", [*REQUESTS, *EMPTY])
def test_a_request_does_not_grow_with_the_map(name: str) -> None:
    ask = {**REQUESTS, **EMPTY}[name]
    assert bool(ask(FlowIndex(BIG), BIG.sites[5_000])) is (name in REQUESTS)
    small, big = seconds(SMALL, ask), seconds(BIG, ask)
    assert big < 0.01
    assert big < 4 * small + 0.0005


def test_the_first_request_of_a_snapshot_arranges_only_what_it_asks() -> None:
    at = BIG.sites[5_000]
    taken = []
    for _ in range(5):
        began = time.perf_counter()
        assert navigation.references(FlowIndex(BIG), at.file, at.line, at.column, True)
        taken.append(time.perf_counter() - began)
    assert min(taken) < 0.2


def test_a_search_gives_what_a_client_can_show() -> None:
    index = FlowIndex(BIG)
    found = symbols.workspace_symbols(index, "#topic-77")
    assert len(found) == symbols.MOST
    assert found[0].name == "area77.topic-77"
    taken = []
    for _ in range(5):
        began = time.perf_counter()
        symbols.workspace_symbols(index, "tpc12")
        taken.append(time.perf_counter() - began)
    assert min(taken) < 0.1
