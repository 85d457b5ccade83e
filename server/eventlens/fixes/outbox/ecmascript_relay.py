"""The relay of a Node project: how it reaches the broker and the database, and its file."""

from __future__ import annotations

import re
from typing import NamedTuple

from eventlens.fixes.changes import Change, NewFile
from eventlens.fixes.outbox.ecmascript_messages import Client, Column
from eventlens.fixes.outbox.ecmascript_outbox import RELAY, Plan
from eventlens.fixes.outbox.ecmascript_project import NodeProject, Origin
from eventlens.fixes.restyling import restyled
from eventlens.fixes.scaffolds import render

_FROM_ENVIRONMENT = {
    "kafkajs": 'new Kafka({ clientId: "outbox-relay", brokers: (process.env.KAFKA_BROKERS ?? "localhost:9092").split(",") })',
    "amqplib": 'connect(process.env.AMQP_URL ?? "amqp://localhost")',
    "nats": 'connect({ servers: process.env.NATS_URL ?? "nats://localhost:4222" })',
    "ioredis": 'new Redis(process.env.REDIS_URL ?? "redis://localhost:6379")',
    "sqs": "new SQSClient({})",
    "sns": "new SNSClient({})",
}


class Opened(NamedTuple):
    """What the relay opens something with: an expression, and the line that imports what it names, "" where it names nothing."""

    expression: str
    line: str
    is_imported: bool


def opened(project: NodeProject, origin: Origin | None, fallback: str) -> Opened:
    """A connection as the project opens it, or else as ``fallback`` says."""
    if origin is None:
        return Opened(fallback, "", False)
    if origin.imported is None:
        return Opened(origin.expression, "", False)
    path, name = origin.imported
    specifier = project.specifier(project.beside(RELAY), path)
    return Opened(name, f'import {{ {name} }} from "{specifier}";', True)


class Fields:
    """How a relay reads a row, and how its type is declared.

    ``snake``: its properties are the columns' names. ``buffers``: bytes are Buffers already. ``objects``: what a column of JSON
    is declared as, by the column's name; `unknown` where the data-access library says nothing."""

    type = "OutboxMessage"

    def __init__(
        self, columns: tuple[Column, ...], *, snake: bool, buffers: bool, objects: dict[str, str] | None = None
    ) -> None:
        self.snake = snake
        self.names_types = any(column.type == "object" for column in columns)
        self._buffers = buffers
        self._objects = objects or {}

    def name(self, column: str) -> str:
        """The property of a column."""
        return column if self.snake else Column(column, "text").field

    def bytes(self, column: str) -> str:
        """The bytes of a column as a Buffer."""
        own = f"message.{self.name(column)}"
        return own if self._buffers else f"Buffer.from({own})"

    def optional_bytes(self, column: str) -> str:
        """The bytes of a column that may be NULL."""
        own = f"message.{self.name(column)}"
        return own if self._buffers else f"{own} && Buffer.from({own})"

    def object(self, column: str, kind: str) -> str:
        """An object of a column, as the client library declares it."""
        own = f"message.{self.name(column)}"
        if self._objects.get(column) == kind:
            return own
        # JSON as the data-access libraries type it has no overlap with an interface of required properties.
        return f"({own} as unknown as {kind})" if kind.endswith("Input") else f"({own} as {kind})"

    def declared(self, column: Column) -> str:
        """The TypeScript type of a column."""
        if column.type == "object":
            return self._objects[column.name]
        kind = {"text": "string", "bytes": "Buffer"}[column.type]
        return f"{kind} | null" if column.optional else kind


_TEXTS = "Record<string, string>"
OF_ANYBODY = {
    "headers": _TEXTS,
    "fields": _TEXTS,
    "properties": "Record<string, unknown>",
    "request": "Record<string, unknown>",
}
"""Types of what is stored as JSON, without the names of client libraries."""


def of_client(client: Client) -> dict[str, str]:
    """The client library's own types of what is stored as JSON."""
    requests = {"sqs": "SendMessageCommandInput", "sns": "PublishCommandInput"}
    return {**OF_ANYBODY, "properties": "Options.Publish", "request": requests.get(client.template, "")}


def relay_file(plan: Plan, template: str, fields: Fields, **values: object) -> list[Change]:
    """The relay's file, in the style of the file that publishes."""
    client = plan.client
    made_by = client.made_by if client.template != "amqplib" else ()
    origin = plan.project.origin(client.package, made_by) if made_by else _amqp_origin(plan.project)
    text = render(
        f"outbox/typescript/{template}_relay.ts",
        client=client.template,
        columns=client.columns,
        key=client.key,
        f=fields,
        order=order_columns(client),
        broker=opened(plan.project, origin, _FROM_ENVIRONMENT[client.template]),
        **values,
    )
    return [NewFile(plan.project.beside(RELAY), restyled(_tidy(text), plan.file.style, ".ts"))]


def _tidy(text: str) -> str:
    """One blank line where parts that are not needed were left out, none at the end."""
    return re.sub(r"\n{3,}", "\n\n", text).rstrip("\n") + "\n"


def _amqp_origin(project: NodeProject) -> Origin | None:
    """An AMQP connection is opened anew: what another file has opened is also closed there."""
    origin = project.origin("amqplib", ("connect",))
    return (
        origin if origin is not None and origin.imported is None and origin.expression.startswith("connect(") else None
    )


def order_columns(client: Client) -> tuple[str, ...]:
    """The columns that are equal in messages which keep their order."""
    return ("topic", "key") if client.key == "key" else (client.key,) if client.key else ()
