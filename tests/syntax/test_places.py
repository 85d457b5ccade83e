"""Where things are: byte offsets, lines, names, qualified names."""

from __future__ import annotations

from typing import Any

import pytest

from eventlens import ir
from eventlens.syntax.lowering import line_starts, lower

from .table import cells
from .walking import of_type


def texts(source: bytes, found: list[Any]) -> list[str]:
    return [source[each.start : each.end].decode() for each in found]


def test_line_starts_know_all_three_line_ends() -> None:
    assert line_starts(b"a\nb\r\nc\rd\n") == (0, 2, 5, 7, 9)
    assert line_starts(b"") == (0,)
    assert line_starts("a\u2028b\x0cc\x0bd".encode()) == (0,)


def test_offsets_are_bytes_and_count_a_byte_order_mark() -> None:
    source = "\ufeffconst größe = 'é😀';\nsend(größe);\n".encode()
    module = lower("a.ts", source)
    (call,) = of_type(module, ir.Call)
    assert texts(source, [call, call.callee, call.args[0]]) == ["send(größe)", "send", "größe"]
    assert texts(source, of_type(module, ir.Literal)) == ["'é😀'"]
    assert module.size == len(source)


def test_members_know_where_their_name_begins() -> None:
    source = b"this.client /* x */ ?. emit('a')['b'].#c;"
    members = of_type(lower("a.ts", source), ir.Member)
    found = {each.name: source[each.name_start : each.name_start + len(each.name)].decode() for each in members}
    assert found == {name: name for name in ("client", "emit", "b", "#c")}


def test_spans_cover_what_was_written() -> None:
    source = b"f(a, { b: 1, ...c }, `d${e}`, [g], async () => h, new I(j), k ? l : m, n + 'o');"
    (outer, *_) = of_type(lower("a.ts", source), ir.Call)
    assert texts(source, list(outer.args)) == [
        "a", "{ b: 1, ...c }", "`d${e}`", "[g]", "async () => h", "new I(j)", "k ? l : m", "n + 'o'",
    ]  # fmt: skip


@pytest.mark.parametrize("suffix", [".ts", ".js"])
def test_declarations_cover_their_decorators_and_name_their_name(suffix: str) -> None:
    source = b"@A()\nexport class B {\n  @C()\n  @D\n  async e() {}\n  @F g = 1;\n}\n"
    module = lower(f"a{suffix}", source)
    (definition,) = of_type(module, ir.Class)
    (method,) = definition.methods
    (held,) = definition.fields
    assert source[definition.start : definition.end].startswith(b"@A()\nexport class B {\n")
    assert source[definition.name_start : definition.name_end] == b"B"
    assert source[method.start : method.end] == b"@C()\n  @D\n  async e() {}"
    assert source[method.name_start : method.name_end] == b"e"
    assert source[held.start : held.end] == b"@F g = 1"


def test_qualified_names() -> None:
    source = b"""\
class A {
  constructor() {}
  b() { function c() {} const d = () => {}; }
  static e = function () {};
  f = class { g() {} };
}
namespace H.I { export function j() {} class K { l() {} } }
f({ m() {} });
interface N { o(): void }
enum P { Q }
"""
    module = lower("a.ts", source)
    functions = {
        each.name or source[each.start : each.end].decode()[:8]: each.qualname for each in of_type(module, ir.Function)
    }
    arrow, expression, method = source.index(b"() => {}"), source.index(b"function ()"), source.index(b"m() {}")
    inner = source.index(b"class { g")
    assert functions == {
        "constructor": "A.constructor",
        "b": "A.b",
        "c": "A.b.c",
        "() => {}": f"A.b.<lambda@{arrow}>",
        "function": f"A.<lambda@{expression}>",
        "g": f"A.<class@{inner}>.g",
        "j": "H.I.j",
        "l": "H.I.K.l",
        "m": f"<lambda@{method}>",
        "o": "N.o",
    }
    assert [each.qualname for each in of_type(module, ir.Class)] == ["A", f"A.<class@{inner}>", "H.I.K", "N", "P"]


_WRITTEN_ONCE = ("when (", "?: throw", "?: return", "= try")
"""In Kotlin's subjects, and in names whose value takes statements."""


_WRITTEN_APART = ("python", "csharp", "java", "go")
"""Their types stand before several names at once, or their methods outside of the class."""


def test_every_node_lies_inside_the_one_around_it() -> None:
    for cell in cells():
        # A switch's subject is written once and stands in every branch.
        if cell.source is None or cell.language in _WRITTEN_APART or cell.construct.startswith("switch"):
            continue
        if cell.language == "kotlin" and any(words in cell.source for words in _WRITTEN_ONCE):
            continue
        source = cell.source.encode()
        waiting: list[tuple[Any, int, int]] = [(lower(f"a{cell.suffix}", source).body, 0, len(source))]
        while waiting:
            each, start, end = waiting.pop()
            if isinstance(each, tuple):
                waiting.extend((item, start, end) for item in each)
            elif isinstance(each, ir.Node):
                assert start <= each.start <= each.end <= end, (cell.construct, each)
                waiting.extend((getattr(each, name), each.start, each.end) for name in each.__struct_fields__)
