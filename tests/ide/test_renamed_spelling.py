"""A name is written in every kind of literal and value so that our own readers read the same name; where it cannot be, that is said."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from eventlens import ir
from eventlens.config.documents import read_document
from eventlens.config.environment import read_env, values
from eventlens.config.hcl import Literal, Template, read_hcl
from eventlens.config.values import Items, Scalar, Table, Value
from eventlens.ide.renaming.code_spelling import literal_at
from eventlens.ide.renaming.configuration_spelling import in_configuration
from eventlens.ide.renaming.refusals import NotRenamable
from eventlens.ide.renaming.spelling import spells, written
from eventlens.ide.renaming.spelt import Spelt
from eventlens.syntax.grammars import language_of
from eventlens.syntax.lowering import lower

OLD = "orders.v1"
NAMES = [
    "orders-v2",
    "orders v2",
    "o'clock",
    'say "hi"',
    "a'b\"c`d",
    "`tick`",
    "back\\slash",
    "ends\\",
    "ends\\\\",
    "\\u0041",
    "$all",
    "a$b",
    "${x}",
    "price $",
    "it's $5",
    "{cmd}",
    "}{",
    "{{x}}",
    "%{x}",
    "# not a comment",
    "a #b",
    "a:b",
    "a: b",
    "key=value",
    "a, b",
    "[x]",
    "*",
    "- item",
    "true",
    "2026",
    "0x1f",
    "null",
    "~",
    "bestellungen-übersicht",
    "注文",
    "🚚",
    '"',
    '""',
    '"""',
    "'''",
]

# --------------------------------------------------------------------------------------------------------------- code

LITERALS: dict[str, tuple[str, str, frozenset[str]]] = {
    # name → (file, code, names that cannot be written there)
    "ts single": ("a.ts", "x = '@'", frozenset()),
    "ts double": ("a.ts", 'x = "@"', frozenset()),
    "ts template": ("a.ts", "x = `@`", frozenset()),
    "js single": ("a.js", "x = '@'", frozenset()),
    "tsx double": ("a.tsx", 'x = "@"', frozenset()),
    "python single": ("a.py", "x = '@'", frozenset()),
    "python double": ("a.py", 'x = "@"', frozenset()),
    "python three": ("a.py", 'x = """@"""', frozenset()),
    "python three single": ("a.py", "x = '''@'''", frozenset()),
    "python f": ("a.py", 'x = f"@"', frozenset()),
    "python f three": ("a.py", "x = f'''@'''", frozenset()),
    "python raw": ("a.py", 'x = r"@"', frozenset(['say "hi"', "a'b\"c`d", '"', '""', '"""', "ends\\"])),
    "python raw single": ("a.py", "x = r'@'", frozenset(["o'clock", "it's $5", "a'b\"c`d", "'''", "ends\\"])),
    "python raw f": ("a.py", 'x = rf"@"', frozenset(['say "hi"', "a'b\"c`d", '"', '""', '"""', "ends\\"])),
    "python raw three": ("a.py", 'x = r"""@"""', frozenset(['say "hi"', '"', '""', '"""', "ends\\"])),
    "python bytes": ("a.py", 'x = b"@"', frozenset(["bestellungen-übersicht", "注文", "🚚"])),
    "python u": ("a.py", 'x = u"@"', frozenset()),
    "java": ("A.java", 'class A { String x = "@"; }', frozenset()),
    "java text block": ("A.java", 'class A { String x = """\n  @""";\n}', frozenset()),
    "kotlin": ("a.kt", 'val x = "@"', frozenset()),
    "kotlin raw": (
        "a.kt",
        'val x = """@"""',
        frozenset(["$all", "a$b", "${x}", 'say "hi"', '"', '""', '"""']),
    ),
    "go": ("a.go", 'package a\nvar x = "@"', frozenset()),
    "go raw": ("a.go", "package a\nvar x = `@`", frozenset(["a'b\"c`d", "`tick`"])),
    "csharp": ("A.cs", 'class A { string x = "@"; }', frozenset()),
    "csharp verbatim": ("A.cs", 'class A { string x = @"@"; }', frozenset()),
    "csharp interpolated": ("A.cs", 'class A { string x = $"@"; }', frozenset()),
    "csharp both": ("A.cs", 'class A { string x = $@"@"; }', frozenset(['"', '""', '"""'])),
    "csharp both otherwise": ("A.cs", 'class A { string x = @$"@"; }', frozenset(['"', '""', '"""'])),
    "csharp bytes": ("A.cs", 'class A { byte[] x = "@"u8; }', frozenset()),
    "csharp raw": ("A.cs", 'class A { string x = """@"""; }', frozenset(['say "hi"', '"', '""', '"""'])),
    "csharp raw lines": (
        "A.cs",
        'class A { string x = """\n  @\n  """;\n}',
        frozenset(['say "hi"', '"', '""', '"""']),
    ),
    "csharp raw interpolated": (
        "A.cs",
        'class A { string x = $"""@"""; }',
        frozenset(['say "hi"', '"', '""', '"""', "${x}", "{cmd}", "}{", "{{x}}", "%{x}"]),
    ),
    "csharp raw interpolated twice": (
        "A.cs",
        'class A { string x = $$"""@"""; }',
        frozenset(['say "hi"', '"', '""', '"""', "${x}", "{cmd}", "}{", "{{x}}", "%{x}"]),
    ),
}


def literals(path: str, source: bytes) -> list[ir.Literal]:
    found = []
    waiting: list[Any] = [lower(path, source).body]
    while waiting:
        one = waiting.pop()
        if isinstance(one, tuple):
            waiting.extend(one)
        elif isinstance(one, msgspec.Struct):
            if isinstance(one, ir.Literal):
                found.append(one)
            waiting.extend(getattr(one, field) for field in one.__struct_fields__)
    return found


def in_literal(path: str, source: bytes, name: str) -> Spelt:
    """Where the one literal of a file, which must mean a name, spells it."""
    (node,) = literals(path, source)
    known = language_of(path)
    assert node.value == name and known is not None
    spelt = literal_at(path, known[0], source, node.start, node.end)
    assert spelt is not None and spells(spelt, source, name)
    return spelt


@pytest.mark.parametrize("kind", LITERALS)
def test_a_literal_with_the_new_name_is_lowered_to_it_and_found_again(kind: str) -> None:
    path, code, impossible = LITERALS[kind]
    old = OLD.join(code.rsplit("@", 1)).encode()
    spelt = in_literal(path, old, OLD)
    refused = set()
    for name in NAMES:
        try:
            text = written(spelt, name)
        except NotRenamable:
            refused.add(name)
            continue
        new = old[: spelt.start] + text.encode() + old[spelt.end :]
        assert [one.value for one in literals(path, new)] == [name], (name, new)
        assert in_literal(path, new, name).start == spelt.start
    assert refused == impossible


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("a.py", "x = 'orders.' 'v1'"),
        ("a.py", "x = '''orders.''' '''v1'''"),
        ("a.ts", "x = 'orders.' + 'v1'"),
    ],
)
def test_a_name_in_several_literals_is_found_in_none(path: str, code: str) -> None:
    source = code.encode()
    known = language_of(path)
    assert known is not None
    for node in literals(path, source):
        spelt = literal_at(path, known[0], source, node.start, node.end)
        assert spelt is None or not spells(spelt, source, OLD)


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("a.ts", "x = 'orders\\u002ev1'"),
        ("a.go", 'package a\nvar x = "orders\\x2ev1"'),
        ("a.py", 'x = "orders\\x2ev1"'),
    ],
)
def test_a_name_that_is_spelt_with_escapes_is_replaced_as_a_whole(path: str, code: str) -> None:
    source = code.encode()
    spelt = in_literal(path, source, OLD)
    new = source[: spelt.start] + written(spelt, "a'b\\").encode() + source[spelt.end :]
    assert [one.value for one in literals(path, new)] == ["a'b\\"]


# ------------------------------------------------------------------------------------------------------- configuration


def document(path: str) -> Callable[[bytes], str | None]:
    """The text at ``topic``, or the first of ``topics``, as the readers of documents read it; None for what is no text."""

    def read(source: bytes) -> str | None:
        root = read_document(path, source).root
        assert isinstance(root, Table)
        value: Value | None = next(iter(root.entries.values()))
        if isinstance(value, Items):
            value = value.items[0]
        return value.value if isinstance(value, Scalar) and isinstance(value.value, str) else None

    return read


def environment(source: bytes) -> str | None:
    return values(read_env(source)).get("TOPIC")


def terraform(source: bytes) -> str | None:
    value = read_hcl(source)[0].attributes["name"]
    if isinstance(value, Template):
        return "".join(str(part.value) for part in value.parts if isinstance(part, Literal))
    return str(value.value) if isinstance(value, Literal) else None


QUOTES = frozenset(["o'clock", "it's $5", "a'b\"c`d", "'''"])
PARTS = frozenset(name for name in NAMES if name not in ("orders-v2", "true", "2026", "0x1f", "null"))
VALUES: dict[str, tuple[str, str, int, Callable[[bytes], str | None], frozenset[str]]] = {
    # name → (file, text, line, reader, names that cannot be written there)
    "yaml plain": ("a.yaml", "topic: @\n", 1, document("a.yaml"), frozenset()),
    "yaml plain with comment": ("a.yml", "topic: @ # of orders\n", 1, document("a.yml"), frozenset()),
    "yaml single": ("a.yaml", "topic: '@'\n", 1, document("a.yaml"), frozenset()),
    "yaml double": ("a.yaml", 'topic: "@"\n', 1, document("a.yaml"), frozenset()),
    "yaml list": ("a.yaml", "topics:\n  - @\n", 1, document("a.yaml"), frozenset()),
    "yaml flow": ("a.yaml", "topics: [@, other]\n", 1, document("a.yaml"), frozenset()),
    "json": ("a.json", '{"topic": "@"}\n', 1, document("a.json"), frozenset()),
    "json list": ("a.json", '{"topics": [\n  "@"\n]}\n', 1, document("a.json"), frozenset()),
    "toml basic": ("a.toml", 'topic = "@"\n', 1, document("a.toml"), frozenset()),
    "toml literal": ("a.toml", "topic = '@'\n", 1, document("a.toml"), QUOTES),
    "properties": ("a.properties", "topic=@\n", 1, document("a.properties"), frozenset()),
    "properties spaced": ("a.properties", "topic = @\n", 1, document("a.properties"), frozenset()),
    ".env plain": (".env", "TOPIC=@\n", 1, environment, frozenset(["it's $5"])),
    ".env exported": ("dev.env", "export TOPIC=@ # of orders\n", 1, environment, frozenset(["it's $5"])),
    ".env single": (".env", "TOPIC='@'\n", 1, environment, QUOTES),
    ".env double": (
        ".env.local",
        'TOPIC="@"\n',
        1,
        environment,
        frozenset(["$all", "a$b", "${x}", "price $", "it's $5"]),
    ),
    "terraform": (
        "main.tf",
        'resource "aws_sqs_queue" "q" {\n  name = "@"\n}\n',
        1,
        terraform,
        frozenset(["${x}", "%{x}"]),
    ),
    "default": (".env", "TOPIC=${OTHER:-@}\n", 1, environment, PARTS),
}


@pytest.mark.parametrize("kind", VALUES)
def test_a_value_with_the_new_name_is_read_as_it_and_found_again(kind: str) -> None:
    path, text, line, read, impossible = VALUES[kind]
    old = text.replace("@", OLD).encode()
    assert read(old) == OLD
    (spelt,) = in_configuration(path, old, line, OLD)
    refused = set()
    for name in NAMES:
        try:
            new = old[: spelt.start] + written(spelt, name).encode() + old[spelt.end :]
        except NotRenamable:
            refused.add(name)
            continue
        assert read(new) == name, (name, new)
        found = in_configuration(path, new, line, name)
        assert [spells(one, new, name) for one in found] == [True], (name, new)
    assert refused == impossible


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("a.yaml", "orders.v1: topic\n"),
        ("a.yaml", "topic: other # orders.v1\n"),
        ("a.yaml", "topic: orders.v1.dlq\n"),
        (".env", "TOPIC=my-orders.v1\n"),
        ("a.json", '{"orders.v1": "topic"}\n'),
        ("a.json", '{"orders.v1":{"partitions":3}}\n'),
        ("a.yaml", "orders.v1:\n  partitions: 3\n"),
        ("a.yaml", "- 'orders.v1':\r\n"),
    ],
)
def test_keys_comments_and_longer_names_are_no_places_of_a_name(path: str, text: str) -> None:
    assert in_configuration(path, text.encode(), 1, OLD) == []
