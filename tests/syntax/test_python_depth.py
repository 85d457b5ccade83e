"""Deep and long Python lowers within the recursion limit, and so do its readers."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from eventlens import ir

from .test_python_damage import lowered

MANY = 3000


def depth(part: Any) -> int:
    """How deep nodes nest below ``part``, found without recursion."""
    deepest = 0
    waiting = [(part, 0)]
    while waiting:
        node, level = waiting.pop()
        deepest = max(deepest, level)
        if isinstance(node, tuple):
            waiting.extend((each, level) for each in node)
        elif isinstance(node, msgspec.Struct):
            waiting.extend((getattr(node, name), level + 1) for name in node.__struct_fields__)
    return deepest


@pytest.mark.parametrize(
    "source",
    [
        "x = " + " + ".join(["a"] * MANY),
        "x = " + " + ".join(["'a'", "b"] * MANY),
        "x = " + " - ".join(["a", "b * c"] * MANY),
        "x = " + " * ".join(["a / b"] * MANY),
        "x = " + " or ".join(["a"] * MANY),
        "x = " + " and ".join(["a"] * MANY),
        "x = " + " < ".join(["a"] * MANY),
        "x = " + "not " * MANY + "a",
        "x = " + "-" * MANY + "a",
        "x = " + "(" * MANY + "a" + ")" * MANY,
        "x = " + "[" * MANY + "a" + "]" * MANY,
        "x = " + "f(" * MANY + "a" + ")" * MANY,
        "x = " + "{1: " * MANY + "a" + "}" * MANY,
        "x = " + "lambda: " * MANY + "a",
        "x = " + "await " * MANY + "a",
        "x = " + "a if b else " * MANY + "c",
        "x = a" + ".b(c)" * MANY,
        "x = a" + "[0]" * MANY,
        "x = f" + "(1)" * MANY,
        " = ".join(["a"] * MANY),
        "x: " + "list[" * MANY + "a" + "]" * MANY,
        "x: " + " | ".join(["a"] * MANY),
        "if a: pass\n" + "elif b: c()\n" * MANY + "else: d()",
        "match a:\n" + "".join(f"  case {number}: b()\n" for number in range(MANY)),
        "match a:\n  case " + "[" * MANY + "]" * MANY + ": pass",
        "match a:\n  case " + " | ".join(["1"] * MANY) + ": pass",
        "\n".join(" " * level + "if a:" for level in range(400)) + "\n" + " " * 400 + "b()",
        "\n".join(" " * level + "def f():" for level in range(400)) + "\n" + " " * 400 + "b()",
        "\n".join(" " * level + "class A:" for level in range(400)) + "\n" + " " * 400 + "b = 1",
        "(" * MANY,
        "f'{" * 200,
        "@a\n" * MANY,
    ],
    ids=lambda source: source[:24].replace("\n", "|"),
)
def test_depth_stays_readable(source: str) -> None:
    module = lowered(source.encode())
    assert depth(module.body) < 300
    stored = ir.encode(module)
    assert ir.encode(ir.decode(stored)) == stored


def test_long_sums_of_text_keep_every_part() -> None:
    (statement,) = lowered(b"x = 'a' + " + b" + ".join(b"b%d" % number for number in range(MANY))).body
    assert isinstance(statement, ir.Assign)
    assert isinstance(statement.value, ir.Template)
    assert len(statement.value.parts) == MANY + 1


def test_long_chains_keep_their_root_and_arguments() -> None:
    module = lowered(b"root()" + b"".join(b".a(b%d)" % number for number in range(500)))
    names: set[str] = set()
    waiting: list[Any] = [module.body]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ir.Name):
            names.add(node.name)
        if isinstance(node, tuple):
            waiting.extend(node)
        elif isinstance(node, msgspec.Struct):
            waiting.extend(getattr(node, name) for name in node.__struct_fields__)
    assert names == {"root", *(f"b{number}" for number in range(500))}


def test_long_ladders_keep_every_body() -> None:
    source = "if a: b0()\n" + "".join(f"elif a: b{number}()\n" for number in range(1, 500)) + "else: last()\n"
    calls = 0
    waiting: list[Any] = [lowered(source.encode()).body]
    while waiting:
        node = waiting.pop()
        calls += isinstance(node, ir.Call)
        if isinstance(node, tuple):
            waiting.extend(node)
        elif isinstance(node, msgspec.Struct):
            waiting.extend(getattr(node, name) for name in node.__struct_fields__)
    assert calls == 501
