"""However deep the code nests, lowering, storing and reading back stay within Python's recursion limit."""

from __future__ import annotations

import sys

import pytest

from eventlens import ir
from eventlens.syntax.lowering import lower

from .walking import nodes, of_type

MANY = 5000

NESTED = {
    "parentheses": "(" * MANY + "a" + ")" * MANY,
    "sum of names": "x = " + " + ".join(["a"] * 20_000),
    "sum with text": "x = " + " + ".join(["'a'", "b"] * 10_000),
    "mixed operators": "x = a" + " + b - c * d" * MANY,
    "conjunction": "x = " + " && ".join(["f()"] * 20_000),
    "promise chain": "p" + ".then((x) => f(x))" * 3000,
    "promise chains in one another": "p.then(() => q" * 300 + ")" * 300,
    "member chain": "a" + ".b" * 20_000,
    "index chain": "a" + "[b]" * 20_000,
    "curried calls": "a" + "()" * 20_000,
    "arrays": "[" * MANY + "]" * MANY,
    "objects": "x = " + "{ a: " * MANY + "1" + "}" * MANY,
    "blocks": "{" * MANY + "}" * MANY,
    "functions": "function f() {" * MANY + "}" * MANY,
    "arrow functions": "x = " + "() => " * MANY + "1",
    "callbacks": "f(() => {" * MANY + "})" * MANY,
    "calls in calls": "f(" * MANY + ")" * MANY,
    "conditions": "if (a) {" * MANY + "}" * MANY,
    "else if": "if (a) b();" + " else if (a) b();" * MANY,
    "conditional values": "x = " + "a ? b : " * MANY + "c",
    "assignments": "a = " * MANY + "b",
    "negations": "!" * MANY + "a",
    "awaits": "await " * MANY + "a",
    "casts": "a" + " as any" * MANY,
    "templates": "`${" * MANY + "a" + "}`" * MANY,
    "constructions": "new (" * MANY + "a" + ")" * MANY,
    "switch": "switch (a) {" + "".join(f"case {each}: f(); break;" for each in range(MANY)) + "}",
    "switch that falls through": "switch (a) {" + "".join(f"case {each}: f();" for each in range(MANY)) + "}",
    "generic types": "let a: " + "A<" * MANY + "B" + ">" * MANY,
    "union types": "let a: " + " | ".join(f"'{each}'" for each in range(MANY)),
    "object types": "let a: " + "{ a: " * MANY + "b" + "}" * MANY,
    "patterns": "const " + "{ a: " * MANY + "b" + "}" * MANY + " = c",
    "namespaces": "namespace A {" * MANY + "}" * MANY,
    "labels": "a: " * MANY + "b",
    "try": "try {" * MANY + "} catch {}" * MANY,
    "open braces": "function f() {" * MANY,
    "elements": "x = " + "<a>" * MANY + "</a>" * MANY,
}


@pytest.mark.parametrize("construct", NESTED)
def test_deep_nesting_lowers_and_stores(construct: str, caplog: pytest.LogCaptureFixture) -> None:
    suffix = ".tsx" if construct == "elements" else ".ts"
    module = lower(f"deep{suffix}", f"{NESTED[construct]};\nlater();\n".encode())
    assert not caplog.records
    stored = ir.encode(module)
    assert ir.encode(ir.decode(stored)) == stored
    assert max(depth for _, depth in nodes(module)) < sys.getrecursionlimit() // 2


def test_what_follows_deep_nesting_is_still_there() -> None:
    for construct in ("parentheses", "promise chain", "callbacks", "else if", "objects"):
        module = lower("deep.ts", f"{NESTED[construct]};\nlater();\n".encode())
        assert any(
            isinstance(each.callee, ir.Name) and each.callee.name == "later" for each in of_type(module, ir.Call)
        )


def test_a_long_chain_keeps_every_callback() -> None:
    module = lower("deep.ts", NESTED["promise chain"].encode())
    assert len(of_type(module, ir.Lambda)) == 3000


def test_a_long_sum_keeps_every_part() -> None:
    (template,) = of_type(lower("deep.ts", NESTED["sum with text"].encode()), ir.Template)
    assert len(template.parts) == 20_000


def test_a_long_ladder_keeps_every_arm() -> None:
    module = lower("deep.ts", NESTED["else if"].encode())
    assert len(of_type(module, ir.Branch)) == MANY + 1


def test_a_chain_of_ordinary_length_nests_in_full() -> None:
    module = lower("deep.ts", ("p" + ".then(f)" * 40).encode())
    assert not of_type(module, ir.Unknown)
