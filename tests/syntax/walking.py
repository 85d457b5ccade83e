"""Walks over the IR for the tests: without recursion, so that a test of deep nesting does not nest itself."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec


def nodes(root: Any) -> Iterator[tuple[Any, int]]:
    """Every struct of a module with the number of containers around it."""
    waiting: list[tuple[Any, int]] = [(root, 0)]
    while waiting:
        each, depth = waiting.pop()
        if isinstance(each, tuple):
            waiting.extend((item, depth + 1) for item in each)
        elif isinstance(each, msgspec.Struct):
            yield each, depth
            waiting.extend((getattr(each, name), depth + 1) for name in each.__struct_fields__)


def of_type(root: Any, kind: type) -> list[Any]:
    """Every struct of one type, in source order."""
    return sorted((each for each, _ in nodes(root) if type(each) is kind), key=lambda each: (each.start, -each.end))
