"""JSON Schema as message schemas. References are followed inside the workspace alone, never over a network.

The reader is given the other files by a function; a reference that leaves the workspace, or leads in a circle, ends there.
"""

from __future__ import annotations

import json
import posixpath
from collections.abc import Callable
from typing import NamedTuple, TypeAlias
from urllib.parse import unquote

import msgspec

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
from eventlens.config.values import Items, Scalar, Table, Value, at, items_at, line_of, plain, table_at, text_at

Files: TypeAlias = Callable[[str], "Value | None"]
"""The root of the workspace's file under a path; None where there is none or it is broken."""
_MAX_REFERENCES = 12
_MOST_LOOKED_AT = 5_000
"""Schemas that are looked at for one message."""


class Node(NamedTuple):
    """A schema, the file it stands in, that file's root, and the 1-based line of the key that it stands under (0: its own)."""

    value: Table
    path: str
    root: Value
    line: int = 0


def read_json_schema(text: str | bytes, path: str, files: Files) -> SchemaFile:
    """The messages of a schema file: the schema at its root, else each of its ``$defs``/``definitions``. Never raises."""
    document = read_document(path, text)
    if document.problem:
        return SchemaFile(problems=(SchemaProblem(1, document.problem),))
    root = document.root
    if not isinstance(root, Table) or not is_schema(root):
        return SchemaFile()
    top = Node(root, path, root)
    name = text_at(root, "title") or _stem(path)
    found = message_of(top, name, files)
    if found is not None:
        return SchemaFile((found,))
    shared = {**table_at(root, "$defs").entries, **table_at(root, "definitions").entries}
    lines = {**table_at(root, "$defs").lines, **table_at(root, "definitions").lines}
    messages = (
        message_of(Node(one, path, root, lines[key]), key, files)
        for key, one in shared.items()
        if isinstance(one, Table)
    )
    return SchemaFile(tuple(one for one in messages if one is not None))


def is_schema(root: Table) -> bool:
    """Whether a document says that it is JSON Schema, or looks so: an object type with properties."""
    said = text_at(root, "$schema")
    if said is not None:
        return "json-schema.org" in said
    return text_at(root, "type") == "object" and isinstance(at(root, "properties"), Table)


class _Around(NamedTuple):
    """What a schema is looked at inside of: the identities of the schemas around it, and how many may be looked at still.

    Schemas that refer to one another in all directions are else looked at along every way through them."""

    schemas: tuple[int, ...]
    left: list[int]

    def with_inner(self, schema: Table) -> _Around | None:
        """Around what is inside a schema; None where that contains itself, or where enough was looked at."""
        if id(schema) in self.schemas or len(self.schemas) > _MAX_REFERENCES or not self.left[0]:
            return None
        self.left[0] -= 1
        return _Around((*self.schemas, id(schema)), self.left)


def message_of(node: Node, name: str, files: Files) -> MessageSchema | None:
    """The message that a schema declares under a name; None where it declares no fields."""
    target = resolve(node, files)
    if target is None:
        return None
    fields = fields_of(target, files, 1, _Around((), [_MOST_LOOKED_AT]))
    if not fields:
        return None
    title = text_at(target.value, "title")
    return MessageSchema(
        name=name.strip(),
        line=line_of(target.value, "title") if title else target.line or target.value.line,
        doc=one_line(text_at(target.value, "description")),
        fields=fields,
        path=target.path,
    )


def resolve(node: Node, files: Files) -> Node | None:
    """The schema behind ``$ref``; None where it leads nowhere, out of the workspace, or in a circle."""
    for _ in range(_MAX_REFERENCES):
        reference = text_at(node.value, "$ref")
        if reference is None:
            return node
        found = _follow(node, reference, files)
        if found is None:
            return None
        node = found
    return None


def _follow(node: Node, reference: str, files: Files) -> Node | None:
    file, _, pointer = reference.partition("#")
    path, root = node.path, node.root
    if file:
        if "://" in file or file.startswith(("/", "urn:")):
            return None
        path = posixpath.normpath(posixpath.join(posixpath.dirname(node.path), unquote(file)))
        other = None if path.startswith("../") or path == ".." else files(path)
        if other is None:
            return None
        root = other
    keys = [unquote(part).replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:]]
    value: Value | None = root
    line = 0
    for key in keys:
        line = value.lines.get(key, 0) if isinstance(value, Table) else 0
        if isinstance(value, Items) and key.isdecimal() and int(key) < len(value.items):
            value = value.items[int(key)]
        else:
            value = at(value, key)
    return Node(value, path, root, line) if isinstance(value, Table) else None


def fields_of(node: Node, files: Files, depth: int, around: _Around) -> tuple[SchemaField, ...]:
    """The fields of an object schema, those of ``allOf`` and of the alternatives of ``oneOf``/``anyOf`` included."""
    inside = around.with_inner(node.value)
    if inside is None:
        return ()
    found: dict[str, SchemaField] = {}
    for part in _parts(node, "allOf", files):
        found.update((one.name, one) for one in fields_of(part, files, depth, inside))
    found.update((one.name, one) for one in _own_fields(node, files, depth, inside))
    alternatives = [*_parts(node, "oneOf", files), *_parts(node, "anyOf", files)]
    each = [{one.name: one for one in fields_of(part, files, depth, inside)} for part in alternatives]
    for options in each:
        for name, one in options.items():
            everywhere = all(name in others for others in each)
            found.setdefault(name, one if everywhere else _made_optional(one))
    return tuple(found.values())[: room(depth)]


def _parts(node: Node, key: str, files: Files) -> list[Node]:
    nodes = (Node(item, node.path, node.root) for item in items_at(node.value, key) if isinstance(item, Table))
    return [found for one in nodes if (found := resolve(one, files)) is not None]


def _own_fields(node: Node, files: Files, depth: int, inside: _Around) -> list[SchemaField]:
    required = {item.text for item in items_at(node.value, "required") if isinstance(item, Scalar)}
    properties = table_at(node.value, "properties")
    return [
        _field(name, Node(value, node.path, node.root, properties.lines[name]), name in required, files, depth, inside)
        for name, value in list(properties.entries.items())[: room(depth)]
        if isinstance(value, Table)
    ]


def _field(name: str, node: Node, required: bool, files: Files, depth: int, inside: _Around) -> SchemaField:
    target = resolve(node, files) or node
    element = at(target.value, "items")
    repeated = isinstance(element, Table)
    inner = resolve(Node(element, target.path, target.root), files) if isinstance(element, Table) else target
    default = target.value.entries.get("default")
    return SchemaField(
        name=name,
        type=_type_text(target, files),
        format=text_at(target.value, "format") or "",
        optional=not required or _is_nullable(target),
        repeated=repeated,
        doc=one_line(text_at(node.value, "description") or text_at(target.value, "description")),
        default=json.dumps(plain(default)) if default is not None else None,
        fields=fields_of(inner, files, depth + 1, inside) if inner is not None and depth < MAX_DEPTH else (),
        line=node.line,
        values=tuple(item.text for item in items_at(target.value, "enum") if isinstance(item, Scalar)),
    )


def _made_optional(one: SchemaField) -> SchemaField:
    return msgspec.structs.replace(one, optional=True)


def _is_nullable(node: Node) -> bool:
    options = items_at(node.value, "type")
    return any(isinstance(one, Scalar) and one.value in ("null", None) for one in options)


def _type_text(node: Node | None, files: Files, depth: int = 0) -> str:
    if node is None or depth > 4:
        return "any"
    schema = node.value
    allowed = items_at(schema, "enum")
    if allowed:
        shown = [json.dumps(plain(item), ensure_ascii=False) for item in allowed[:6]]
        return " | ".join([*shown, *(["…"] if len(allowed) > 6 else [])])
    if "const" in schema.entries:
        return json.dumps(plain(schema.entries["const"]), ensure_ascii=False)
    kinds = [item.text for item in items_at(schema, "type") if isinstance(item, Scalar)] or (
        [text_at(schema, "type") or ""] if text_at(schema, "type") else []
    )
    kinds = [kind for kind in kinds if kind and kind != "null"]
    if kinds == ["array"]:
        element = at(schema, "items")
        inner = resolve(Node(element, node.path, node.root), files) if isinstance(element, Table) else None
        return f"{_type_text(inner, files, depth + 1)}[]"
    if not kinds:
        options = [*_parts(node, "oneOf", files), *_parts(node, "anyOf", files)]
        if options:
            return " | ".join(dict.fromkeys(_type_text(option, files, depth + 1) for option in options[:6]))
        return "object" if "properties" in schema.entries or "allOf" in schema.entries else "any"
    return " | ".join(kinds)


def _stem(path: str) -> str:
    name = path.rpartition("/")[2]
    for suffix in (".json", ".yaml", ".yml", ".schema", "-schema", "_schema"):
        name = name.removesuffix(suffix)
    return name
