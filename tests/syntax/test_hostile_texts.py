"""Texts that once kept a front end busy for minutes are read in the time that their size allows."""

from __future__ import annotations

import time

import pytest

from eventlens import bounded_parsing, ir
from eventlens.syntax import grammars
from eventlens.syntax.lowering import lower

from .walking import nodes

HOSTILE = {
    "errors nested in one another": ("a.ts", b"&a [" * 25_000),
    "ampersands in text after a tag": ("a.tsx", b"x = (<a>" + b" & " * 100_000),
    "comments that do not end": ("a.tsx", b"x = 1 " + b"/*import\n" * 40_000),
    "many things on one level": ("a.go", b"package a\nfunc f() {\n" + b"&a [" * 150_000),
    "many assignments": ("a.go", b"package a\nfunc f() {\n" + b"x = y\n" * 30_000 + b"}\n"),
    "a docstring that ended too early": (
        "a.py",
        b"class A:\n" + b"    :type: datetime_at: The last of this report.  # noqa\n" * 6_000,
    ),
    "names in parentheses in one another": (
        "a.cs",
        b"class A { void F() { var " + b"(a, " * 3_000 + b"b" + b")" * 3_000 + b" = c; foreach (var " + b"(a, " * 3_000,
    ),
    "parts of one type": ("a.cs", b"interface B { } " + b"interface A : B, C { void F(); } " * 20_000),
    "one comment ahead of many declarations (C#)": ("a.cs", b"// a\n\n" + b"class A { void F() { } }\n" * 40_000),
    "one comment ahead of many declarations (Java)": ("a.java", b"// a\n\n" + b"class A { void f() { } }\n" * 40_000),
    "one comment ahead of many declarations (Kotlin)": ("a.kt", b"// a\n\n" + b"fun f() { }\n" * 30_000),
    "one comment ahead of many declarations (TypeScript)": ("a.ts", b"// a\n\n" + b"function f() { }\n" * 60_000),
    "many declarations (Go)": ("a.go", b"package a\n" + b"func f() { }\n" * 60_000),
    "open type arguments": ("a.ts", b"map<a," * 15_000),
    "a list behind open brackets": (
        "Names.kt",
        b"fun names(): List<String>? {\n    return (\n      (\n        named[name]\n      .toList()\n    val named = mapOf(\n"
        + b'      "names" to listOf(\n'
        + b"".join(b'        "name%d",\n' % number for number in range(20))
        + b"      ),\n    )\n  }\n",
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_text_is_read_in_time(name: str, caplog: pytest.LogCaptureFixture) -> None:
    path, text = HOSTILE[name]
    began = time.process_time()
    assert lower(path, text).size == len(text)
    assert time.process_time() - began < 6
    assert not [one.getMessage() for one in caplog.records if one.exc_info], "the front end failed"


@pytest.mark.parametrize("end", ["@", "@K", "@K(", '@K("a",', "@K<", "@file:", "@K(a)"])
def test_a_file_that_ends_with_an_annotation_without_an_end_of_its_line_is_read(end: str) -> None:
    text = f"class A {{\n    val log = of(it)\n    {end}".encode()
    module = lower("A.kt", text)
    assert module.size == len(text)
    assert all(each.end <= len(text) for each, _ in nodes(module) if isinstance(each, ir.Node))


def test_one_value_under_many_exported_names_is_read_at_once() -> None:
    """As compilers write it: ``exports.a = exports.b = … = void 0``."""
    names = [f"name{number}" for number in range(60)]
    module = lower("a.js", "".join(f"exports.{name} = " for name in names).encode() + b"void 0;")
    assert sorted(each.name for each in module.exports) == sorted(names)


@pytest.mark.parametrize(
    ("path", "target", "ahead"),
    [("a.py", "a{}", ""), ("a.py", "a[{}]", ""), ("a.js", "exports.a{}", ""), ("a.ts", "a{}", "let a; ")],
)
def test_one_long_value_for_many_targets_is_written_down_once(path: str, target: str, ahead: str) -> None:
    targets = "".join(f"{target.format(number)} = " for number in range(300))
    module = lower(path, f"{ahead}{targets}'{'x' * 20_000}'\n".encode())
    assert len(ir.encode(module)) < 300_000


def test_each_exported_name_is_exported_once() -> None:
    module = lower("a.js", b"module.exports = exports.go = go;")
    assert [(each.name, each.local) for each in module.exports] == [("go", "go"), ("default", "go")]


def test_a_parser_that_takes_too_long_is_ended(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(grammars, "SECONDS", -1.0)
    text = b"const a = 1;\n" * 1_000 + b"(" * 100  # only what is left open can keep the parser busy
    module = lower("a.ts", text)
    assert [(error.start, error.end) for error in module.errors] == [(0, len(text))] and not module.body
    assert "takes too long" in caplog.text


def test_a_text_that_is_typed_in_again_and_again_costs_no_memory_but_for_its_new_lines() -> None:
    """The parser never lets go of what a function gave it."""
    language = grammars.grammar("kotlin")
    body = b"".join(b"fun f%d(name: String) = name + %d\n" % (number, number) for number in range(400))
    grammars.parsed(language, body)
    before = len(bounded_parsing.GIVEN)
    for number in range(50):
        tree = grammars.parsed(language, body + b"// %d\n" % number)
        assert tree.root_node.end_byte == len(body) + len(b"// %d\n" % number)
    assert len(bounded_parsing.GIVEN) == before + 50


def test_what_is_read_line_by_line_has_the_tree_of_the_whole() -> None:
    language = grammars.grammar("kotlin")
    text = '\ufeffval a = "é"\r\nval b = """\rx\n"""\n\nfun f() = a + b'.encode()
    assert str(grammars.parsed(language, text).root_node) == str(grammars.parser("kotlin").parse(text).root_node)
    assert str(grammars.parsed(language, b"").root_node) == str(grammars.parser("kotlin").parse(b"").root_node)
