from __future__ import annotations

import time

import pytest

from eventlens.config import jsonc
from eventlens.config.documents import MAX_CHARACTERS, read_document
from eventlens.config.values import at, leaves, plain, table_at, text_at


def lines(name: str, text: str) -> dict[str, tuple[object, int]]:
    document = read_document(name, text)
    assert document.problem == ""
    return {".".join(path): (leaf.value, leaf.line) for root in document.roots for path, leaf in leaves(root)}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.yaml", "kafka:\n  topic: orders\n  parts:\n    - 1\n    - true\n"),
        ("a.json", '{"kafka": {\n  "topic": "orders",\n  "parts": [\n    1,\n    true]}}'),
        ("a.jsonc", '{"kafka": { // the broker\n  "topic": "orders",\n  "parts": [ /* two\n*/   1,\n    true,\n]}}'),
    ],
)
def test_every_leaf_has_its_line(name: str, text: str) -> None:
    assert lines(name, text) == {"kafka.topic": ("orders", 2), "kafka.parts.0": (1, 4), "kafka.parts.1": (True, 5)}


def test_toml_lines() -> None:
    text = "\n".join(
        [
            "title = 'x'",
            "[a.b]",
            'text = """',
            "[not.a.header]",
            "key = 1",
            '"""',
            "list = [",
            "  1, # [",
            "  2,",
            "]",
            "'quoted.key' = { inner = 3 }",
            "[[rows]]",
            "n = 1",
            "[[rows]]",
            "n = 2",
            "[rows.sub]",
            "deep.er = 5",
        ]
    )
    assert lines("a.toml", text) == {
        "title": ("x", 1),
        "a.b.text": ("[not.a.header]\nkey = 1\n", 3),
        "a.b.list.0": (1, 7),
        "a.b.list.1": (2, 7),
        "a.b.quoted.key.inner": (3, 11),
        "rows.0.n": (1, 13),
        "rows.1.n": (2, 15),
        "rows.1.sub.deep.er": (5, 17),
    }


def test_ini_and_properties_lines() -> None:
    assert lines("a.ini", "top = 1\n; no\n[kafka]\ntopic: orders\nhosts =\n  a\n  b\n") == {
        "top": ("1", 1),
        "kafka.topic": ("orders", 4),
        "kafka.hosts": ("\na\nb", 5),
    }
    assert lines("a.properties", "# no\nspring.kafka.topic=orders\na\\:b : x\\\n   y\nempty\nuni=\\u00e9\\n") == {
        "spring.kafka.topic": ("orders", 2),
        "a:b": ("xy", 3),
        "empty": ("", 5),
        "uni": ("é\n", 6),
    }


def test_yaml_with_several_documents_anchors_and_tags() -> None:
    document = read_document(
        "a.yml", "base: &b\n  x: 1\n  y: 2\nuse:\n  <<: *b\n  y: 3\n---\nref: !Ref Topic\ndate: 2020-01-01\n"
    )
    first, second = document.roots
    assert plain(first)["use"] == {"y": 3, "x": 1}
    assert table_at(first, "use").lines == {"y": 6, "x": 2}
    reference = at(second, "ref")
    assert reference is not None and reference.tag == "!Ref" and text_at(second, "ref") == "Topic"
    assert text_at(second, "date") == "2020-01-01"


def test_an_alias_bomb_is_refused_quickly() -> None:
    bomb = "a0: &a0 [x,x,x,x,x,x,x,x,x]\n" + "".join(
        f"a{n}: &a{n} [{','.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 12)
    )
    began = time.perf_counter()
    assert "more than" in read_document("a.yml", bomb).problem
    assert time.perf_counter() - began < 2


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.yml", "a: [1"),
        ("a.yml", "a: &x\n  b: *x\n"),
        ("a.yml", "[" * 5000),
        ("a.yml", "- " * 5000),
        ("a.yml", "x: !!python/object/apply:os.system ['true']\n  y"),
        ("a.json", "{'a': 1}"),
        ("a.json", '{"a": 1} x'),
        ("a.json", '{"a" 1}'),
        ("a.json", '{"a": [1 2]}'),
        ("a.json", '{"a": "unended'),
        ("a.json", "[" * 5000),
        ("a.toml", "a ="),
        ("a.json", " " * (MAX_CHARACTERS + 1)),
        ("a.exe", ""),
    ],
)
def test_what_cannot_be_read_is_a_problem_not_an_error(name: str, text: str) -> None:
    document = read_document(name, text)
    assert document.problem and document.roots == () and "\n" not in document.problem


def test_python_tags_construct_nothing() -> None:
    document = read_document("a.yml", "x: !!python/object/apply:os.getcwd []\ny: !!python/name:os.system\n")
    assert plain(document.roots[0]) == {"x": [], "y": ""}


def test_byte_order_marks_and_bytes() -> None:
    assert lines("a.json", '\ufeff{"a": 1}') == {"a": (1, 1)}
    assert plain(read_document("a.yml", b"\xef\xbb\xbfa: 1").roots[0]) == {"a": 1}
    assert read_document("empty.json", "").problem == ""


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('{"a": "// no comment", "b": "/* nor this */",}', {"a": "// no comment", "b": "/* nor this */"}),
        ('{"a": [1, 2, /* x */ ], // y\n}', {"a": [1, 2]}),
        ('{"a": ",}"}', {"a": ",}"}),
        ('{"a": "\\"//"}', {"a": '"//'}),
        ('{"a": 1, // of [1, 2] or\n "b": 2}', {"a": 1, "b": 2}),
        ("nonsense", None),
    ],
)
def test_jsonc(text: str, value: object) -> None:
    assert jsonc.loads(text) == value
