"""Indexing a module takes the time that its size allows, whatever stands in it."""

from __future__ import annotations

import time

from eventlens.flow.module_index import ModuleIndex
from eventlens.syntax.lowering import lower


def test_defaults_within_defaults_are_bound_once_each() -> None:
    """``const { a: { a: { a: x = 1 } = {} } = {} } = given``: each default once doubled the work below it."""
    depth = 40
    text = "const " + "{ a: " * depth + "x = 1" + " } = {}" * (depth - 1) + " } = given;"
    began = time.process_time()
    index = ModuleIndex(lower("a.ts", text.encode()))
    assert time.process_time() - began < 2
    assert {definition.kind for definition in index.top.definitions["x"]} == {"value"}


def test_a_default_within_a_default_is_a_value_of_its_name() -> None:
    index = ModuleIndex(lower("a.ts", b"const { a: { b: x = 1 } = { b: 2 } } = given;"))
    assert {one.path for one in index.top.definitions["x"]} == {(".a", ".b"), (".b",), ()}
