"""What a publish call sends, as the columns of an outbox row, for the Python client libraries whose relay is known."""

from __future__ import annotations

from typing import Literal, NamedTuple

from tree_sitter import Node

from eventlens.fixes.python_code import Kind, LocalValue, Members, arguments, encoded, kind_of
from eventlens.fixes.python_imports import Wanted
from eventlens.fixes.source import SourceFile

ColumnType = Literal["text", "bytes", "object"]


class Column(NamedTuple):
    """A column of the outbox table that belongs to one kind of broker. An ``object`` is stored as JSON."""

    name: str
    type: ColumnType
    optional: bool = False
    """The row may leave it out: bytes are then NULL, an object is empty."""


class Client(NamedTuple):
    """A client library that the relay sends with. ``template`` names its part of the relay."""

    template: str
    columns: tuple[Column, ...]
    key: str = ""
    """The column by which messages keep their order; "" where all may go side by side."""
    is_async: bool = False


class Publish(NamedTuple):
    """A publish call, read. ``values`` are the row's (column, expression) in the columns' order; ``made`` the assignments
    that only the call reads and that the expressions stand in place of."""

    client: Client
    values: tuple[tuple[str, str], ...]
    read: tuple[Node, ...]
    """The expressions that the row evaluates."""
    made: tuple[LocalValue, ...] = ()
    confirmed_by: frozenset[str] = frozenset()
    """Methods of the same object that only wait for the broker's answer."""
    imports: tuple[Wanted, ...] = ()
    """What the expressions need besides what the file has."""


_KAFKA = (
    Column("topic", "text"),
    Column("key", "bytes", optional=True),
    Column("value", "bytes", optional=True),
    Column("headers", "object", optional=True),
)
_AMQP = (
    Column("exchange", "text"),
    Column("routing_key", "text"),
    Column("body", "bytes"),
    Column("properties", "object", optional=True),
)
_NATS = (Column("subject", "text"), Column("payload", "bytes"), Column("headers", "object", optional=True))
_REDIS = (Column("stream", "text"), Column("fields", "object"), Column("options", "object", optional=True))
_AWS = (Column("message_group", "text", optional=True), Column("request", "object"))
_CELERY = (
    Column("task", "text"),
    Column("arguments", "text"),
    Column("options", "object", optional=True),
)

CONFLUENT = Client("confluent_kafka", _KAFKA, key="key")
KAFKA_PYTHON = Client("kafka_python", _KAFKA, key="key")
AIOKAFKA = Client("aiokafka", _KAFKA, key="key", is_async=True)
PIKA = Client("pika", _AMQP)
AIO_PIKA = Client("aio_pika", _AMQP, is_async=True)
NATS = Client("nats", _NATS, is_async=True)
REDIS = Client("redis", _REDIS)
REDIS_ASYNC = Client("redis_asyncio", _REDIS, is_async=True)
SQS = Client("sqs", _AWS, key="message_group")
SNS = Client("sns", _AWS, key="message_group")
CELERY = Client("celery", _CELERY)


_SHORT = 60
"""Up to how many characters a dict stands on one line."""


class PublishSource(NamedTuple):
    file: SourceFile
    node: Node
    function: Node
    members: Members

    def given(self, *names: str) -> dict[str, Node] | None:
        return arguments(self.file, self.node, names)

    def text(self, node: Node) -> str:
        return self.file.text(node)

    def dict_of(self, parts: list[str]) -> str:
        """A dict of these entries: on one line where it is short."""
        line = f"{{{', '.join(parts)}}}"
        if len(line) <= _SHORT:
            return line
        unit, newline = self.file.style.indent, "\n"
        return f"{{{newline}{''.join(f'{unit}{part},{newline}' for part in parts)}}}"

    def kind(self, node: Node) -> Kind | None:
        return kind_of(self.file, node, self.function, self.members)

    def quoted(self, name: str) -> str:
        quote = self.file.style.quote
        return f"{quote}{name}{quote}"

    def as_bytes(self, node: Node, encodes_text: bool) -> str | None:
        """The expression, as bytes; None where its type is not certain. ``encodes_text``: the client takes a text and sends it as UTF-8."""
        kind = self.kind(node)
        if kind == "bytes" or kind == "none":
            return self.text(node)
        return encoded(self.file, node) if kind == "text" and encodes_text else None
