"""Which changes of a message break which way, format by format."""

from __future__ import annotations

import json

import pytest

from eventlens.config.asyncapi import read_asyncapi
from eventlens.config.avro import read_avro
from eventlens.config.message_schemas import SchemaFile
from eventlens.config.protobuf import read_protobuf
from eventlens.config.schema_changes import Format, changes


def broken(old: SchemaFile, new: SchemaFile, format: Format) -> list[str]:
    """Each change with the first letters of the ways that it breaks."""
    (before,), (after,) = old.messages[:1], new.messages[:1]
    return [f"{''.join(sorted(way[0] for way in one.breaks))} {one.text}" for one in changes(before, after, format)]


def avro(*fields: object) -> SchemaFile:
    return read_avro(json.dumps({"type": "record", "name": "Order", "fields": fields}))


def of(name: str, type: object, **more: object) -> dict[str, object]:
    return {"name": name, "type": type, **more}


ENUM = {"type": "enum", "name": "State", "symbols": ["NEW", "PAID"]}
AVRO = [
    ([of("a", "int")], [of("a", "int")], []),
    ([of("a", "int"), of("b", "int")], [of("a", "int")], ["f b is gone"]),
    ([of("a", "int"), of("b", "int", default=0)], [of("a", "int")], []),
    ([of("a", "int")], [of("a", "int"), of("b", "int")], ["b b is new and has no default"]),
    ([of("a", "int")], [of("a", "int"), of("b", ["null", "int"])], ["b b is new and has no default"]),
    ([of("a", "int")], [of("a", "int"), of("b", ["null", "int"], default=None)], []),
    ([of("a", "int")], [of("c", "int")], ["bf a is called c now"]),
    ([of("a", "int")], [of("c", "int", aliases=["a"])], []),
    ([of("a", "int")], [of("a", "long")], ["f a is long now, and was int"]),
    ([of("a", "long")], [of("a", "int")], ["b a is int now, and was long"]),
    ([of("a", "string")], [of("a", "bytes")], []),
    ([of("a", "string")], [of("a", "int")], ["bf a is int now, and was string"]),
    ([of("a", "string")], [of("a", ["null", "string"])], ["f a may be null now"]),
    ([of("a", ["null", "string"])], [of("a", "string")], ["b a may not be null any more"]),
    ([of("a", ENUM)], [of("a", {**ENUM, "symbols": ["NEW"]})], ["b a does not allow PAID any more"]),
    ([of("a", ENUM)], [of("a", {**ENUM, "symbols": ["NEW"], "default": "NEW"})], []),
    (
        [of("a", {"type": "long", "logicalType": "timestamp-millis"})],
        [of("a", {"type": "long", "logicalType": "timestamp-micros"})],
        ["bf a is long (timestamp-micros) now, and was long (timestamp-millis)"],
    ),
    (
        [of("a", {"type": "record", "name": "Inner", "fields": [of("b", "int")]})],
        [of("a", {"type": "record", "name": "Inner", "fields": []})],
        [],
    ),
    (
        [of("a", {"type": "record", "name": "Inner", "fields": [of("b", "int"), of("c", "int")]})],
        [of("a", {"type": "record", "name": "Inner", "fields": [of("b", "int")]})],
        ["f a.c is gone"],
    ),
]


@pytest.mark.parametrize(("old", "new", "expected"), AVRO)
def test_avro(old: list[object], new: list[object], expected: list[str]) -> None:
    assert broken(avro(*old), avro(*new), "avro") == expected


def message(required: list[str], **properties: object) -> SchemaFile:
    payload = {"type": "object", "required": required, "properties": properties}
    document = {"asyncapi": "3.0.0", "components": {"messages": {"Order": {"payload": payload}}}}
    return read_asyncapi(json.dumps(document), "asyncapi.json", lambda path: None)


TEXT, WHOLE, NUMBER = {"type": "string"}, {"type": "integer"}, {"type": "number"}
JSON = [
    (message(["a"], a=TEXT, b=TEXT), message(["a"], a=TEXT), []),
    (message(["a", "b"], a=TEXT, b=TEXT), message(["a"], a=TEXT), ["f b is gone"]),
    (message(["a"], a=TEXT), message(["a"], a=TEXT, b=TEXT), []),
    (message(["a"], a=TEXT), message(["a", "b"], a=TEXT, b=TEXT), ["b b is new and required"]),
    (message(["a"], a=TEXT, b=TEXT), message(["a", "b"], a=TEXT, b=TEXT), ["b b is required now"]),
    (message(["a"], a=TEXT), message(["a"], a=WHOLE), ["bf a is integer now, and was string"]),
    (message(["a"], a=WHOLE), message(["a"], a=NUMBER), ["f a is number now, and was integer"]),
    (message([], a={"enum": ["x", "y"]}), message([], a={"enum": ["x"]}), ["b a does not allow y any more"]),
    (message([], a={"enum": ["x", "y"]}), message([], a=TEXT), []),
    (message(["a"], a=TEXT), message(["a"], a={}), []),
    (message(["a"], a=TEXT), message(["a"], a={"type": "array", "items": TEXT}), ["bf a is string[] now, and was string"]),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "expected"), JSON)
def test_json_schema(old: SchemaFile, new: SchemaFile, expected: list[str]) -> None:
    assert broken(old, new, "json") == expected


PROTOBUF = [
    ("string a = 1; int32 b = 2;", "string a = 1; reserved 2;", []),
    ("string a = 1; int32 b = 2;", "string a = 1; reserved 2 to 4;", []),
    ("string a = 1; int32 b = 2;", "string a = 1;", ["f b is gone, and its number 2 is not reserved"]),
    ("string a = 1;", "string b = 1;", []),
    ("string a = 1;", "double b = 1;", ["bf number 1 was a of type string, and is b of type double now"]),
    ("string a = 1;", "string a = 2;", ["bf a has number 2 now, and had 1"]),
    ("string a = 1;", "reserved 1; bytes a = 2;", []),
    ("Part a = 1; message Part {int32 b = 1; int32 c = 2;}", "Part a = 1; message Part {reserved 1; int32 c = 2;}", []),
    ("int32 a = 1;", "uint64 a = 1;", []),
    ("int32 a = 1;", "sint32 a = 1;", ["bf a is sint32 now, and was int32"]),
    ("int32 a = 1;", "repeated int32 a = 1;", ["bf a is repeated int32 now, and was int32"]),
    ("string a = 1; reserved 3;", "string a = 1; string b = 3;", ["bf b takes number 3, which was reserved"]),
    ("State a = 1; enum State {NONE = 0; PAID = 1;}", "State a = 1; enum State {NONE = 0;}", ["b a does not allow PAID any more"]),
    ("State a = 1; enum State {NONE = 0; PAID = 1;}", "State a = 1; enum State {NONE = 0; reserved 1;}", []),
    ("Part a = 1; message Part {int32 b = 1;}", "Part a = 1; message Part {double b = 1;}", ["bf a.b is double now, and was int32"]),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "expected"), PROTOBUF)
def test_protobuf(old: str, new: str, expected: list[str]) -> None:
    before, after = (read_protobuf(f'syntax = "proto3"; message Order {{ {one} }}') for one in (old, new))
    assert broken(before, after, "protobuf") == expected


def test_nothing_is_gone_where_not_all_fields_were_kept() -> None:
    many = [of(f"f{number}", "int") for number in range(150)]
    assert broken(avro(*many), avro(of("first", "int", default=0), *many), "avro") == []
