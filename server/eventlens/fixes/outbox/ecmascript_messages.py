"""What a publish call sends, as the columns of outbox rows, for each ECMAScript client library whose relay is known.

The expressions stay as they are written; a text that the client would encode is stored as those very bytes.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Literal, NamedTuple

from tree_sitter import Node

from eventlens.fixes.outbox.ecmascript_code import (
    Code,
    Group,
    arguments,
    bare,
    callee,
    dedented,
    fields,
    kind_of,
    literal_text,
    object_of,
)
from eventlens.fixes.source import SourceFile, inside

ColumnType = Literal["text", "bytes", "object"]


class Column(NamedTuple):
    """A column of the outbox table that belongs to one kind of broker. ``object`` is stored as JSON."""

    name: str
    type: ColumnType
    optional: bool = False
    """The row may leave it out: a text or bytes are then NULL, an object is empty."""

    @property
    def field(self) -> str:
        """Its name as a property: ``routingKey``."""
        head, *rest = self.name.split("_")
        return head + "".join(part.capitalize() for part in rest)


class Client(NamedTuple):
    """A client library that the relay sends with. ``template`` names its part of the relay."""

    template: str
    package: str
    columns: tuple[Column, ...]
    key: str = ""
    """The column by which messages keep their order; "" where all may go side by side."""
    made_by: tuple[str, ...] = ()
    """What opens the connection to the broker: a constructor or function of the package."""


class Row(NamedTuple):
    """One message: its columns with their expressions, in the columns' order.

    ``each``: there is one for each element; the name of the element, and what holds them."""

    values: tuple[tuple[Column, Code], ...]
    each: tuple[str, str] | None = None


class Publish(NamedTuple):
    """A publish call, read. ``read``: the expressions that the rows evaluate."""

    client: Client
    rows: tuple[Row, ...]
    read: tuple[Node, ...]
    confirmed_by: str = ""
    """The call, as it is written, that only waits until the broker has confirmed what this one published."""


_TOPIC, _KEY = Column("topic", "text"), Column("key", "text", optional=True)
_HEADERS = Column("headers", "object", optional=True)
_VALUE = Column("value", "bytes", optional=True)
_EXCHANGE, _ROUTING_KEY = Column("exchange", "text"), Column("routing_key", "text")
_BODY, _PROPERTIES = Column("body", "bytes"), Column("properties", "object", optional=True)
_SUBJECT, _PAYLOAD = Column("subject", "text"), Column("payload", "bytes")
_GROUP, _REQUEST = Column("message_group", "text", optional=True), Column("request", "object")
_STREAM, _FIELDS = Column("stream", "text"), Column("fields", "object")

KAFKA = Client("kafkajs", "kafkajs", (_TOPIC, _KEY, _VALUE, _HEADERS), "key", ("Kafka",))
AMQP = Client("amqplib", "amqplib", (_EXCHANGE, _ROUTING_KEY, _BODY, _PROPERTIES), "", ("connect",))
NATS = Client("nats", "nats", (_SUBJECT, _PAYLOAD), "", ("connect",))
REDIS = Client("ioredis", "ioredis", (_STREAM, _FIELDS), "stream", ("Redis", "IORedis"))
SQS = Client("sqs", "@aws-sdk/client-sqs", (_GROUP, _REQUEST), "message_group", ("SQSClient",))
SNS = Client("sns", "@aws-sdk/client-sns", (_GROUP, _REQUEST), "message_group", ("SNSClient",))


def read_publish(library: str, entry: str, file: SourceFile, call: Node) -> Publish | None:
    """What a publish call sends; None where that, or how to send it again, is not certain.

    ``library`` and ``entry`` are the model's: ``kafkajs``, ``Producer.send``."""
    reader = _READERS.get((library, entry))
    is_long = any(one.start_point[0] != one.end_point[0] for one in inside(call, "template_string"))
    # What is evaluated once for the message may not be evaluated at another moment or in another function.
    is_bound = any(True for one in inside(call, "await_expression", "yield_expression") if one != call)
    return None if reader is None or is_long or is_bound else reader(file, call)


# --------------------------------------------------------------------------------------------------------------- parts


def _text(file: SourceFile, node: Node) -> Code | None:
    """A name: what is not a text is not one."""
    kind = kind_of(file, node)
    return dedented(file, node) if kind == "text" or (kind is None and _may_be_text(file, node)) else None


def _may_be_text(file: SourceFile, node: Node) -> bool:
    """Whether an expression whose type stands elsewhere can only be a text: not what a received message holds as bytes."""
    return not re.search(r"(?i)\b(headers|buffer|message|msg|record)\b", file.text(node)) and not file.text(
        node
    ).startswith("await")


def _bytes(file: SourceFile, node: Node) -> Code | None:
    """What goes over the wire: bytes as they are, a text as its UTF-8 bytes."""
    kind = kind_of(file, node)
    if kind == "bytes":
        return dedented(file, node)
    return Group("Buffer.from(", (dedented(file, node),), ")") if kind == "text" else None


def _plain_object(file: SourceFile, node: Node, depth: int = 3) -> bool:
    """Whether an object literal comes back from JSON as it was: texts, numbers, truth values and objects of them."""
    entries = fields(file, node)
    if entries is None or depth == 0:
        return False
    for value in entries.values():
        kind = kind_of(file, value)
        is_plain = kind in ("text", "number") or (kind is None and _may_be_text(file, value) and _is_path(value))
        if not is_plain and not (kind == "object" and _plain_object(file, bare(value), depth - 1)):
            return False
    return True


def _is_path(node: Node) -> bool:
    return bare(node).type in ("identifier", "member_expression", "shorthand_property_identifier", "ternary_expression")


def _json(file: SourceFile, node: Node) -> Code | None:
    node = bare(node)
    return _written_object(file, node) if _plain_object(file, node) else None


def _written_object(file: SourceFile, node: Node) -> Code:
    entries = fields(file, node) or {}
    items: list[Code] = []
    for child in (one for one in node.named_children if one.type != "comment"):
        value = bare(child.child_by_field_name("value") or child)
        if value.type == "object" and fields(file, value):
            key = child.child_by_field_name("key")
            assert key is not None
            inner = _written_object(file, value)
            assert isinstance(inner, Group)
            items.append(inner._replace(before=f"{file.text(key)}: {inner.before}"))
        else:
            items.append(dedented(file, child))
    return Group("{", tuple(items), "}", " ") if entries else "{}"


# --------------------------------------------------------------------------------------------------------------- kafka


def _kafkajs(file: SourceFile, call: Node) -> Publish | None:
    given = arguments(call)
    record = fields(file, bare(given[0])) if given is not None and len(given) == 1 else None
    if record is None or not {"topic", "messages"} <= record.keys() <= {"topic", "messages", "acks"}:
        return None
    if "acks" in record and file.text(record["acks"]) != "-1":
        return None
    messages = bare(record["messages"])
    topic = _text(file, record["topic"])
    if topic is not None and messages.type == "call_expression":
        return _kafka_mapped(file, messages, topic, record["topic"])
    if topic is None or messages.type != "array" or not messages.named_children:
        return None
    rows, read = [], [record["topic"]]
    for one in messages.named_children:
        row = _kafka_message(file, one, topic, read) if one.type != "comment" else None
        if row is None:
            return None
        rows.append(row)
    return Publish(KAFKA, tuple(rows), tuple(read))


def _kafka_mapped(file: SourceFile, messages: Node, topic: Code, named: Node) -> Publish | None:
    """``messages: orders.map((order) => ({ … }))``."""
    function, given = messages.child_by_field_name("function"), arguments(messages) or []
    elements = function.child_by_field_name("object") if function is not None else None
    made = given[0] if len(given) == 1 and given[0].type == "arrow_function" else None
    if function is None or elements is None or made is None or not file.text(function).endswith(".map"):
        return None
    parameters = made.child_by_field_name("parameters")
    patterns = (
        [one.child_by_field_name("pattern") for one in parameters.named_children] if parameters is not None else []
    )
    element = made.child_by_field_name("parameter") or (patterns[0] if len(patterns) == 1 else None)
    body, read = made.child_by_field_name("body"), [named, elements]
    if (
        element is None
        or body is None
        or body.type == "statement_block"
        or elements.type not in ("identifier", "member_expression")
    ):
        return None
    row = _kafka_message(file, body, topic, read)
    if row is None:
        return None
    return Publish(KAFKA, (row._replace(each=(file.text(element), file.text(elements))),), tuple(read))


def _kafka_message(file: SourceFile, node: Node, topic: Code, read: list[Node]) -> Row | None:
    message = fields(file, bare(node))
    if message is None or "value" not in message or not message.keys() <= {"key", "value", "headers"}:
        return None
    values: list[tuple[Column, Code]] = [(_TOPIC, topic)]
    for column, reader in ((_KEY, _text), (_VALUE, _bytes), (_HEADERS, _json)):
        if column.name not in message or kind_of(file, message[column.name]) == "null":
            continue
        value = reader(file, message[column.name])
        if value is None:
            return None
        values.append((column, value))
    read += message.values()
    return Row(tuple(values))


# ---------------------------------------------------------------------------------------------------------------- amqp


def _amqp_publish(file: SourceFile, call: Node) -> Publish | None:
    given = arguments(call)
    if given is None or not 3 <= len(given) <= 4:
        return None
    return _amqp(file, call, given, _text(file, given[0]), given[1], given[2], given[3:])


def _amqp_queue(file: SourceFile, call: Node) -> Publish | None:
    given = arguments(call)
    if given is None or not 2 <= len(given) <= 3:
        return None
    quote = file.style.quote
    return _amqp(file, call, given, quote + quote, given[0], given[1], given[2:])


def _amqp(
    file: SourceFile, call: Node, read: list[Node], exchange: Code | None, key: Node, body: Node, options: list[Node]
) -> Publish | None:
    routing_key = _text(file, key)
    properties = _amqp_properties(file, options[0]) if options else ()
    if exchange is None or routing_key is None or properties is None:
        return None
    values = ((_EXCHANGE, exchange), (_ROUTING_KEY, routing_key), (_BODY, dedented(file, body)), *properties)
    receiver = callee(file, call).rpartition(".")[0]
    return Publish(AMQP, (Row(values),), tuple(read), f"{receiver}.waitForConfirms()")


def _amqp_properties(file: SourceFile, node: Node) -> tuple[tuple[Column, Code], ...] | None:
    properties = _json(file, node)
    return None if properties is None else ((_PROPERTIES, properties),) if properties != "{}" else ()


# ------------------------------------------------------------------------------------------------- nats, redis and aws


def _jetstream(file: SourceFile, call: Node) -> Publish | None:
    given = arguments(call)
    if given is None or len(given) != 2:
        return None
    subject, payload = _text(file, given[0]), _bytes(file, given[1])
    if subject is None or payload is None:
        return None
    return Publish(NATS, (Row(((_SUBJECT, subject), (_PAYLOAD, payload))),), tuple(given))


def _ioredis(file: SourceFile, call: Node) -> Publish | None:
    """``xadd(stream, '*', field, value, …)``: fields that are named once each."""
    given = arguments(call)
    if given is None or len(given) < 4 or len(given) % 2 or literal_text(file, given[1]) != "*":
        return None
    names = [literal_text(file, one) for one in given[2::2]]
    values = [_text(file, one) for one in given[3::2]]
    stream = _text(file, given[0])
    # A JSON object keeps no order: one field only, so that consumers read what they have always read.
    if stream is None or len(names) != 1 or names[0] is None or values[0] is None or not names[0].isidentifier():
        return None
    entries = object_of([(names[0], values[0])])
    return Publish(REDIS, (Row(((_STREAM, stream), (_FIELDS, entries))),), (given[0], *given[3::2]))


def _aws(client: Client, command: str, allowed: frozenset[str]) -> Callable[[SourceFile, Node], Publish | None]:
    def read(file: SourceFile, call: Node) -> Publish | None:
        given = arguments(call)
        made = bare(given[0]) if given is not None and len(given) == 1 else None
        if made is None or made.type != "new_expression" or callee(file, made).rpartition(".")[2] != command:
            return None
        own = arguments(made)
        node = bare(own[0]) if own else None
        request = fields(file, node)
        if node is None or request is None or not request.keys() <= allowed:
            return None
        for name, value in request.items():
            if name == "MessageAttributes" and not _plain_object(file, bare(value)):
                return None
        values: list[tuple[Column, Code]] = [(_REQUEST, _written_object(file, node))]
        if "MessageGroupId" in request:
            group = _text(file, request["MessageGroupId"])
            if group is None:
                return None
            values.insert(0, (_GROUP, group))
        return Publish(client, (Row(tuple(values)),), tuple(request.values()))

    return read


_READERS: dict[tuple[str, str], Callable[[SourceFile, Node], Publish | None]] = {
    ("kafkajs", "Producer.send"): _kafkajs,
    ("amqplib", "Channel.publish"): _amqp_publish,
    ("amqplib", "Channel.sendToQueue"): _amqp_queue,
    ("nats", "JetStream.publish"): _jetstream,
    ("ioredis", "Client.xadd"): _ioredis,
    ("@aws-sdk/client-sqs", "Client.send"): _aws(
        SQS,
        "SendMessageCommand",
        frozenset(
            ("QueueUrl", "MessageBody", "MessageAttributes", "MessageGroupId", "MessageDeduplicationId", "DelaySeconds")
        ),
    ),
    ("@aws-sdk/client-sns", "Client.send"): _aws(
        SNS,
        "PublishCommand",
        frozenset(("TopicArn", "Message", "Subject", "MessageAttributes", "MessageGroupId", "MessageDeduplicationId")),
    ),
}
