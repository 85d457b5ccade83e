from __future__ import annotations

import time

import pytest

from eventlens.workspace.survey import Surveyor

SURVEYOR = Surveyor([b"kafkajs", b"kafka", b"@nestjs/microservices", b"confluent_kafka"])


def imports(source: str, language: str) -> list[str]:
    return list(SURVEYOR.survey(source.encode(), language).imports)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("import {a} from 'm';", ["m"]),
        ('import a, {\n  b,\n  c as d,\n} from "./x/y";', ["./x/y"]),
        ("import * as n from'm'", ["m"]),
        ("import 'side-effect'", ["side-effect"]),
        ("import type { T } from './t.js'", ["./t.js"]),
        ("export * from './all';export {x} from \"./one\"", ["./all", "./one"]),
        ("const a = require('a'), b = require ( \"b\" )", ["a", "b"]),
        ("const l = await import('./lazy')", ["./lazy"]),
        ("const l = import(/* webpackChunkName: 'x' */ './lazy')", ["./lazy"]),
        ("import x = require('legacy')", ["legacy"]),
        ("knex.from('table')", []),
        ("import(`./t`)", ["./t"]),
        ("import(`./${t}`)", []),
        ("\ufeffimport 'bom'", ["bom"]),
        ("import {a}\r\nfrom\r\n'crlf'", ["crlf"]),
    ],
)
def test_es_imports(source: str, expected: list[str]) -> None:
    assert imports(source, "typescript") == expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("import a", ["a"]),
        ("import a.b as c, d", ["a.b", "d"]),
        ("from a.b import c", ["a.b", "a.b:c"]),
        ("from a import (  # why\n    b as x,\n    c,  # and\n)", ["a", "a:b", "a:c"]),
        ("from . import x", [".", ".:x"]),
        ("from ..p.q import x", ["..p.q", "..p.q:x"]),
        ("from a import *", ["a"]),
        ("from a import b, \\\n    c", ["a", "a:b", "a:c"]),
        ("if True:\n    import a\ntry: import b\nexcept: pass", ["a", "b"]),
        ("x = 1; import a", ["a"]),
        ("# see the import notes\nraise ValueError('comes from import a')", []),
        ("\ufefffrom a import b", ["a", "a:b"]),
        ("import a  # why\nimport b", ["a", "b"]),
        ("from a import b; from c import d", ["a", "a:b", "c", "c:d"]),
        ("import a\r\nfrom b import c\r\n", ["a", "b", "b:c"]),
        ("def f():\n\timport a", ["a"]),
    ],
)
def test_python_imports(source: str, expected: list[str]) -> None:
    assert imports(source, "python") == expected


def test_literals_are_found_even_where_one_holds_another() -> None:
    survey = SURVEYOR.survey(b"import { Kafka } from 'kafkajs'", "typescript")
    assert survey.literals == ("kafka", "kafkajs")


def test_a_bundle_is_not_surveyed() -> None:
    survey = SURVEYOR.survey(b"require('kafkajs');" * 5000, "javascript")
    assert survey.bundled and not survey.literals and not survey.imports
    assert not SURVEYOR.survey(b"require('kafkajs');\n" * 5000, "javascript").bundled


def test_the_fingerprint_names_the_literals() -> None:
    assert Surveyor([b"a", b"b"]).fingerprint == Surveyor([b"b", b"a", b"a"]).fingerprint
    assert Surveyor([b"a", b"b"]).fingerprint != Surveyor([b"ab"]).fingerprint


_MANY = 60_000


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("python", b"from " + b" " * _MANY),
        ("python", b"from ." + b"\t" * _MANY),
        ("python", b"from a import (b\n" * (_MANY // 17)),
        ("python", b"from a import (b # (\n" * (_MANY // 20)),
        ("python", b"import a \\\n" * (_MANY // 11)),
        ("python", b"from " * (_MANY // 5)),
        ("typescript", b"\n" * 20 + b"import/*" * (_MANY // 8)),
        ("csharp", "a注".encode() * (_MANY // 4)),
        ("csharp", b"\n" * 200 + b"using x " * _MANY),
        ("java", b"\n" * 200 + b"import x " * 2 * _MANY),
        ("kotlin", b"fun " + "a注".encode() * (_MANY // 4)),
    ],
)
def test_no_text_is_tried_again_and_again(language: str, text: bytes) -> None:
    """Each of these took minutes at the size of the largest file that is read."""
    surveyor = Surveyor(())
    began = time.process_time()
    surveyor.survey(text, language)
    assert time.process_time() - began < 1.0


@pytest.mark.parametrize(
    ("text", "imports"),
    [
        (b"from a import ( # (one\n  b, # )\n  c)\nfrom d import e\n", ("a", "a:b", "a:c", "d", "d:e")),
        (b"from a \\\n  import b\n", ("a", "a:b")),
        (b"import a, \\\n  b\n", ("a", "b")),
        (b"# see \\\nimport a\n", ("a",)),
        (b"x = 1; import a\r\nfrom . import b\rfrom .c.d import e", ("a", ".", ".:b", ".c.d", ".c.d:e")),
        (b"from .. . a . b import c\n", ("...a.b", "...a.b:c")),
    ],
)
def test_imports_over_several_lines(text: bytes, imports: tuple[str, ...]) -> None:
    assert Surveyor(()).survey(text, "python").imports == imports


@pytest.mark.parametrize(
    ("language", "text", "package", "imports", "declares"),
    [
        (
            "java",
            "package läden;\nimport läden.dienste.Bote;\nclass Kanäle {}",
            "läden",
            ("läden.dienste:Bote", "läden:*"),
            ("Kanäle",),
        ),
        ("kotlin", "fun Größe<Int>.ändere() = 1\nval übrig = 2", "", (), (".ändere", "Größe", "übrig")),
        (
            "go",
            "package a\nfunc (k *Käufer) Prüfe() {}\ntype Aufträge struct{}",
            "a",
            (".:*",),
            ("Käufer", "#Prüfe", "Aufträge"),
        ),
        ("csharp", "using Läden.Öl;\npublic record 注文(string Id);", "", ("Läden.Öl:*",), ("注文",)),
        ("python", "from größen.maß import Länge", "", ("größen.maß", "größen.maß:Länge"), ()),
    ],
)
def test_names_are_read_with_all_their_letters(
    language: str, text: str, package: str, imports: tuple[str, ...], declares: tuple[str, ...]
) -> None:
    found = SURVEYOR.survey(text.encode(), language)
    assert (found.package, found.declares) == (package, declares)
    assert set(imports) <= set(found.imports)
