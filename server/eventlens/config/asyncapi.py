"""AsyncAPI 2 and 3 documents: which messages travel on which channels, and what is in them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from eventlens.config import avro, json_schema
from eventlens.config.asyncapi_channels import application_of
from eventlens.config.documents import read_document
from eventlens.config.json_schema import Files, Node
from eventlens.config.message_schemas import MessageSchema, SchemaFile, SchemaProblem, one_line
from eventlens.config.values import Table, Value, at, items_at, line_of, table_at, text_at


class _Found(NamedTuple):
    """A message object, the key it stands under ("" in a list) and the address of its channel ("" without one)."""

    node: Node
    key: str
    address: str


def looks_like_asyncapi(text: bytes) -> bool:
    """Whether a text may be such a document; cheap, so that other files need not be parsed."""
    return b"asyncapi" in text[:4096]


def read_asyncapi(text: str | bytes, path: str, files: Files) -> SchemaFile:
    """The messages of a document with the addresses of their channels. Never raises; something else has no messages."""
    document = read_document(path, text)
    root = document.root
    if document.problem:
        return SchemaFile(problems=(SchemaProblem(1, document.problem),))
    if not isinstance(root, Table) or text_at(root, "asyncapi") is None:
        return SchemaFile()
    found: dict[int, tuple[_Found, list[str]]] = {}
    for one in (*_on_channels(Node(root, path, root), files), *_shared(Node(root, path, root), files)):
        _, addresses = found.setdefault(id(one.node.value), (one, []))
        if one.address and one.address not in addresses:
            addresses.append(one.address)
    messages = (_message(one, tuple(addresses), files) for one, addresses in found.values())
    application = application_of(Node(root, path, root), files)
    return SchemaFile(tuple(one for one in messages if one is not None), application=application)


def _on_channels(root: Node, files: Files) -> Iterator[_Found]:
    for key, value in table_at(root.value, "channels").entries.items():
        channel = json_schema.resolve(Node(value, root.path, root.root), files) if isinstance(value, Table) else None
        if channel is None:
            continue
        address = text_at(channel.value, "address") or key
        for operation in ("publish", "subscribe"):
            message = at(channel.value, operation, "message")
            for option in (message, *items_at(message, "oneOf")):
                yield from _resolved(option, channel, "", 0, address, files)
        messages = table_at(channel.value, "messages")
        for name, message in messages.entries.items():
            yield from _resolved(message, channel, name, messages.lines[name], address, files)


def _shared(root: Node, files: Files) -> Iterator[_Found]:
    messages = table_at(root.value, "components", "messages")
    for name, message in messages.entries.items():
        yield from _resolved(message, root, name, messages.lines[name], "", files)


def _resolved(value: Value | None, around: Node, key: str, line: int, address: str, files: Files) -> Iterator[_Found]:
    if not isinstance(value, Table) or "oneOf" in value.entries:
        return
    node = Node(value, around.path, around.root, line)
    reference = text_at(value, "$ref")
    target = json_schema.resolve(node, files)
    if target is not None:
        yield _Found(target, reference.rpartition("/")[2] if reference else key, address)


def _message(found: _Found, addresses: tuple[str, ...], files: Files) -> MessageSchema | None:
    message = found.node.value
    name = text_at(message, "name") or found.key or text_at(message, "messageId") or text_at(message, "title") or ""
    payload = at(message, "payload")
    wrapped = at(payload, "schema")  # AsyncAPI 3: {schemaFormat, schema}
    schema_format = text_at(payload, "schemaFormat") or text_at(message, "schemaFormat") or ""
    if isinstance(wrapped, Table) and text_at(payload, "schemaFormat"):
        payload = wrapped
    if not isinstance(payload, Table):
        return None
    shape = _shape(Node(payload, found.node.path, found.node.root), name, schema_format, files)
    if shape is None:
        return None
    doc = one_line(text_at(message, "summary") or text_at(message, "description")) or shape.doc
    return MessageSchema(
        name=name or shape.name,
        namespace=shape.namespace,
        line=line_of(message, "name") if text_at(message, "name") else found.node.line or message.line,
        doc=doc,
        fields=shape.fields,
        channels=addresses,
        path=found.node.path,
    )


def _shape(payload: Node, name: str, schema_format: str, files: Files) -> MessageSchema | None:
    if "avro" in schema_format:
        target = json_schema.resolve(payload, files)
        return next(avro.records_of(target.value), None) if target is not None else None
    return json_schema.message_of(payload, name, files)
