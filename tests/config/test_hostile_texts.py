"""Texts that once raised, or kept a reader busy for minutes, are read in the time that their size allows."""

from __future__ import annotations

import json
import time
from collections.abc import Callable

import pytest

from eventlens.config import jsonc
from eventlens.config.compose import read_compose
from eventlens.config.configuration_keys import read_entries
from eventlens.config.documents import read_document
from eventlens.config.environment import read_env, values
from eventlens.config.helm import rendered
from eventlens.config.json_schema import read_json_schema
from eventlens.config.liquibase import read_changelog_keys
from eventlens.config.manifests import read_manifest
from eventlens.config.protobuf import read_protobuf
from eventlens.config.sql_tables import read_unique_keys
from eventlens.config.toml_settings import SettingsError, read_settings
from eventlens.config.values import leaves, plain, text_at

MANY = 60_000


@pytest.mark.parametrize("tagged", ["!!int ''", "!!float ''", "!!bool x", "!!timestamp x", "!!int x", "!!set x"])
def test_a_value_that_is_not_what_its_tag_says_is_its_text(tagged: str) -> None:
    document = read_document("a.yaml", f"a: {tagged}\nb: c")
    assert text_at(document.root, "b") == "c" and text_at(document.root, "a") == tagged.split(" ")[1].strip("'")


@pytest.mark.parametrize(("name", "text"), [("a.yaml", "a: 0x" + "f" * MANY), ("a.toml", "a = 0x" + "f" * MANY)])
def test_a_number_too_long_to_be_written_is_a_text(name: str, text: str) -> None:
    root = read_document(name, text).root
    assert root is not None
    assert json.dumps(plain(root)).endswith('ff"}')
    assert [leaf.text[:2] for _, leaf in leaves(root)] == ["0x"]


@pytest.mark.parametrize("end", ["\x85", "\u2028", "\u2029"])
def test_lines_of_yaml_end_where_an_editor_ends_them(end: str) -> None:
    (entry,) = read_entries("application.yml", f"note{end}of: 1".encode())
    assert entry.line == 1
    root = read_document("a.yaml", f"a: 'x{end}'\nb: 2").root
    assert root is not None and [leaf.line for _, leaf in leaves(root)] == [1, 2]


def _nested_defaults(text: bytes) -> object:
    return values(read_env(text))


def _unique_keys(text: bytes) -> object:
    return list(read_unique_keys(text.decode()))


def _changelog(text: bytes) -> object:
    return list(read_changelog_keys("a.xml", text.decode()))


def _schema(text: bytes) -> object:
    return read_json_schema(text, "a.schema.json", lambda path: None)


def _chart(text: bytes) -> object:
    return rendered(text.decode(), ())


_MUTUAL = {
    f"d{one}": {"properties": {"x": {}}, "allOf": [{"$ref": f"#/$defs/d{two}"} for two in range(20) if two != one]}
    for one in range(20)
}
HOSTILE: dict[str, tuple[Callable[[bytes], object], bytes]] = {
    "actions that are not closed": (_chart, b'a: {{ .Values.a | quote\nb: "c"\n' * (MANY // 3)),
    "texts of actions that are not closed": (_chart, b'a: {{ .Values.a "\n' * MANY),
    "raw texts of actions that are not closed": (_chart, b"a: {{ `\n" * (MANY // 60) + b"x\n" * MANY),
    "comments of actions that are not closed": (_chart, b"{{/* a\n" * (MANY // 20)),
    "escaped quotation marks": (lambda text: read_document("a.json", text), b'\\"' * MANY),
    "open comments": (jsonc.loads, b"/* " * MANY),
    "a key of many parts": (lambda text: read_document("a.toml", text), b"a." * MANY + b"b = 1"),
    "blanks without a setting": (lambda text: read_document("a.ini", text), b"a" * MANY + b" " * MANY),
    "a section with many blanks": (lambda text: read_document("a.ini", text), b"[a]" + b" " * MANY),
    "defaults in defaults": (_nested_defaults, b"A=" + b"${B:-" * MANY),
    "values that double": (_nested_defaults, b"A=xx\n" + b"A=$A$A\n" * 60),
    "open lists of requirements": (lambda text: read_manifest("setup.py", text), b"install_requires=[" * (MANY // 10)),
    "open tables": (_unique_keys, b"create table o (a int unique, (" * MANY),
    "comments that are never closed": (_unique_keys, b"unique " + b"/* " * MANY),
    "open constraints": (_unique_keys, b"alter table o add unique (" * MANY),
    "blanks before a constraint's columns": (_unique_keys, b"create table o (a int, unique" + b" " * MANY),
    "open values of tags": (_changelog, b'<a "' * MANY),
    "tags that are never closed": (_changelog, b"<createTable tableName='o'><column name='a'><sql>" * MANY),
    "open texts": (read_protobuf, b'\\"' * MANY),
    "comments above a field": (read_protobuf, b"message M {" + b"// a\n" * MANY + b"int32 a = 1; }"),
    "schemas that refer to one another": (
        _schema,
        json.dumps({"$schema": "json-schema.org", "$defs": _MUTUAL, "$ref": "#/$defs/d0"}).encode(),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_text_is_read_in_time(name: str) -> None:
    read, text = HOSTILE[name]
    began = time.process_time()
    read(text)
    assert time.process_time() - began < 3


def test_services_that_extend_one_another_a_thousand_times() -> None:
    chain = "".join(f"  s{one}: {{extends: s{one + 1}, image: i}}\n" for one in range(1_000))
    assert len(read_compose(f"services:\n{chain}").services) == 1_000


def test_a_message_that_refers_to_itself_in_every_field() -> None:
    fields = "".join(f"M f{one} = {one};" for one in range(1, 101))
    (message,) = read_protobuf(f"message M {{ {fields} }}").messages
    assert len(message.fields[0].fields[0].fields) == 30 and not message.fields[0].fields[0].fields[0].fields


def test_a_setting_nested_too_deeply_is_a_mistake_like_any_other() -> None:
    with pytest.raises(SettingsError) as raised:
        read_settings("a = " + "[" * 5_000 + "]" * 5_000)
    assert str(raised.value).startswith("eventlens.toml:1: ")


def test_an_unclosed_comment_or_text_costs_its_own_line() -> None:
    assert jsonc.loads('{"a": 1} /* not closed') == {"a": 1}
    messages = read_protobuf('message A { string a = 1 [d = "open]\n; string b = 2; }').messages
    assert [field.name for field in messages[0].fields] == ["a", "b"]
