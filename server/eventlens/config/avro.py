"""Avro schema files (``.avsc``): records with their fields, named types looked up inside the file."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TypeGuard

from eventlens.config.documents import read_document
from eventlens.config.message_schemas import (
    MAX_DEPTH,
    MessageSchema,
    SchemaField,
    SchemaFile,
    SchemaProblem,
    one_line,
    room,
)
from eventlens.config.values import Items, Scalar, Table, Value, items_at, line_of, plain, text_at

_LISTS = ("array", "map")


def read_avro(text: str | bytes) -> SchemaFile:
    """The records of a file: the schema itself, or each of a list. Never raises; a broken file has a problem and no messages."""
    document = read_document("schema.avsc", text)
    if document.problem:
        return SchemaFile(problems=(SchemaProblem(1, document.problem),))
    return SchemaFile(tuple(records_of(document.root))) if document.root is not None else SchemaFile()


def records_of(root: Value | None) -> Iterator[MessageSchema]:
    """The records that a schema declares at its top: itself, or those of a union."""
    tops = root.items if isinstance(root, Items) else (root,)
    named: dict[str, Table] = {}
    for top in tops:
        _collect(top, "", named, 0)
    for top in tops:
        if isinstance(top, Table) and text_at(top, "type") in ("record", "error"):
            name, namespace = _full_name(top, "")
            yield MessageSchema(
                name=name,
                namespace=namespace,
                line=line_of(top, "name"),
                doc=one_line(text_at(top, "doc")),
                fields=_fields(top, named, namespace, 1),
            )


def _collect(value: Value | None, namespace: str, named: dict[str, Table], depth: int) -> None:
    """File the named types by short and full name; Avro lets later parts of a file name earlier ones."""
    if depth > 20:
        return
    if isinstance(value, Items):
        for item in value.items:
            _collect(item, namespace, named, depth + 1)
    elif isinstance(value, Table):
        name, inner = _full_name(value, namespace)
        if name and text_at(value, "type") in ("record", "error", "enum", "fixed"):
            named.setdefault(f"{inner}.{name}" if inner else name, value)
            namespace = inner
        for key in ("type", "items", "values", "fields"):
            _collect(value.entries.get(key), namespace, named, depth + 1)


def _full_name(value: Table, namespace: str) -> tuple[str, str]:
    name = text_at(value, "name") or ""
    stated = text_at(value, "namespace")
    if "." in name:
        head, _, name = name.rpartition(".")
        return name, head
    return name, namespace if stated is None else stated


def _fields(record: Table, named: dict[str, Table], namespace: str, depth: int) -> tuple[SchemaField, ...]:
    rows = [item for item in items_at(record, "fields") if isinstance(item, Table) and text_at(item, "name")]
    return tuple(_field(row, named, namespace, depth) for row in rows[: room(depth)])


def _field(row: Table, named: dict[str, Table], namespace: str, depth: int) -> SchemaField:
    written = row.entries.get("type")
    options = _options(written)
    some = [option for option in options if not (isinstance(option, Scalar) and option.value == "null")]
    only = _resolved(some[0], named, namespace) if len(some) == 1 else None
    record, repeated = _record_in(only, named, namespace)
    default = row.entries.get("default")
    return SchemaField(
        name=text_at(row, "name") or "",
        type=" | ".join(_type_text(option, named, namespace) for option in some) or "null",
        format=text_at(only, "logicalType") or "",
        optional=len(some) < len(options),
        repeated=repeated,
        doc=one_line(text_at(row, "doc")),
        default=json.dumps(plain(default)) if default is not None and _says_something(default) else None,
        fields=_fields(record, named, _full_name(record, namespace)[1], depth + 1)
        if record is not None and depth < MAX_DEPTH
        else (),
        line=line_of(row, "name"),
        values=_symbols(only),
        has_default=default is not None,
        aliases=tuple(item.text for item in items_at(row, "aliases") if isinstance(item, Scalar)),
    )


def _symbols(only: Value | None) -> tuple[str, ...]:
    """What an enumeration allows; nothing where it says what a reader takes instead of a symbol that it does not know."""
    if not isinstance(only, Table) or text_at(only, "type") != "enum" or "default" in only.entries:
        return ()
    return tuple(item.text for item in items_at(only, "symbols") if isinstance(item, Scalar))


def _says_something(default: Value) -> bool:
    return not (isinstance(default, Scalar) and default.value is None)


def _options(written: Value | None) -> tuple[Value, ...]:
    if isinstance(written, Items):
        return written.items
    return (written,) if written is not None else ()


def _resolved(value: Value, named: dict[str, Table], namespace: str) -> Value:
    """A named type by its declaration; ``{"type": {…}}`` by what is inside."""
    if isinstance(value, Scalar) and isinstance(value.value, str):
        return named.get(f"{namespace}.{value.value}") or named.get(value.value) or value
    inner = value.entries.get("type") if isinstance(value, Table) else None
    return _resolved(inner, named, namespace) if isinstance(inner, Table) else value


def _record_in(value: Value | None, named: dict[str, Table], namespace: str) -> tuple[Table | None, bool]:
    """The record that a type is, or is a list of."""
    if not isinstance(value, Table):
        return None, False
    kind = text_at(value, "type")
    if kind == "array":
        element = value.entries.get("items")
        found = _resolved(element, named, namespace) if element is not None else None
        return (found if _is_record(found) else None), True
    return (value if _is_record(value) else None), False


def _is_record(value: Value | None) -> TypeGuard[Table]:
    return isinstance(value, Table) and text_at(value, "type") in ("record", "error")


def _type_text(value: Value, named: dict[str, Table], namespace: str, depth: int = 0) -> str:
    if depth > 4:
        return "…"
    if isinstance(value, Scalar):
        return value.text.rpartition(".")[2]
    if isinstance(value, Items):
        return " | ".join(_type_text(option, named, namespace, depth + 1) for option in value.items)
    kind = value.entries.get("type")
    if not isinstance(kind, Scalar):
        return _type_text(kind, named, namespace, depth + 1) if kind is not None else "?"
    if kind.value in _LISTS:
        inner = value.entries.get("items" if kind.value == "array" else "values")
        return f"{kind.value}<{_type_text(inner, named, namespace, depth + 1) if inner is not None else '?'}>"
    if kind.value == "enum":
        symbols = [item.text for item in items_at(value, "symbols") if isinstance(item, Scalar)]
        return f"enum {text_at(value, 'name') or ''}({', '.join(symbols[:6])}{', …' if len(symbols) > 6 else ''})"
    return text_at(value, "name") or kind.text
