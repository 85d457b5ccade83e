"""What a publish call sends, as the columns of an outbox row, for each Python client library whose relay is known.

The expressions stay as they are written; where the client encodes a text itself, the row holds those very bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Literal, NamedTuple

from tree_sitter import Node

from eventlens.fixes.outbox.python_code import (
    Kind,
    LocalValue,
    Members,
    arguments,
    decoded,
    encoded,
    inside,
    kind_of,
    literal_text,
    local_value,
    mentions,
    method,
    receiver,
)
from eventlens.fixes.source import SourceFile

ColumnType = Literal["text", "bytes", "object", "list"]


class Column(NamedTuple):
    """A column of the outbox table that belongs to one kind of broker. ``object`` and ``list`` are stored as JSON."""

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
    Column("args", "list", optional=True),
    Column("kwargs", "object", optional=True),
    Column("options", "object", optional=True),
)

CONFLUENT = Client("confluent_kafka", _KAFKA, key="key")
KAFKA_PYTHON = Client("kafka_python", _KAFKA, key="key")
AIOKAFKA = Client("aiokafka", _KAFKA, key="key", is_async=True)
PIKA = Client("pika", _AMQP)
AIO_PIKA = Client("aio_pika", _AMQP, is_async=True)
NATS = Client("nats", _NATS, is_async=True)
REDIS = Client("redis", _REDIS, key="stream")
REDIS_ASYNC = Client("redis_asyncio", _REDIS, key="stream", is_async=True)
SQS = Client("sqs", _AWS, key="message_group")
SNS = Client("sns", _AWS, key="message_group")
CELERY = Client("celery", _CELERY)


_SHORT = 60
"""Up to how many characters a dict stands on one line."""


class _Call(NamedTuple):
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


def read_publish(
    entry: str, library: str, file: SourceFile, call: Node, function: Node, members: Members
) -> Publish | None:
    """What a publish call sends; None where that, or how to send it again, is not certain.

    ``library`` and ``entry`` are the model's: ``confluent-kafka-python``, ``Producer.produce``."""
    reader = _READERS.get((library, entry))
    if reader is None or any(one.start_point[0] != one.end_point[0] for one in inside(call, "string")):
        return None
    return reader(_Call(file, call, function, members))


# -------------------------------------------------------------------------------------------------------------- kafka


def _confluent(call: _Call) -> Publish | None:
    given = call.given("topic", "value", "key")
    if given is None or given.keys() - {"topic", "value", "key", "headers", "on_delivery", "callback"}:
        return None
    return _kafka(call, CONFLUENT, given, frozenset(("flush", "poll")), encodes_text=True)


def _aiokafka(call: _Call) -> Publish | None:
    given = call.given("topic", "value", "key")
    return _kafka(call, AIOKAFKA, given, frozenset(("flush",)), encodes_text=False)


def _kafka_python(call: _Call) -> Publish | None:
    given = call.given("topic", "value", "key", "headers")
    return _kafka(call, KAFKA_PYTHON, given, frozenset(("flush",)), encodes_text=False)


def _kafka(
    call: _Call, client: Client, given: dict[str, Node] | None, confirmed_by: frozenset[str], *, encodes_text: bool
) -> Publish | None:
    if (
        given is None
        or "topic" not in given
        or given.keys() - {"topic", "value", "key", "headers", "on_delivery", "callback"}
    ):
        return None
    values = [("topic", call.text(given["topic"]))]
    for name in ("key", "value"):
        if name in given:
            value = _as_bytes(call, given[name], encodes_text)
            if value is None:
                return None
            if value != "None":
                values.append((name, value))
    if "headers" in given:
        headers = _kafka_headers(call, given["headers"])
        if headers is None:
            return None
        if headers:
            values.append(("headers", headers))
    return Publish(client, tuple(values), tuple(given[n] for n in given if n != "on_delivery" and n != "callback"), (), confirmed_by)  # fmt: skip


def _as_bytes(call: _Call, node: Node, encodes_text: bool) -> str | None:
    kind = call.kind(node)
    if kind == "bytes" or kind == "none":
        return call.text(node)
    return encoded(call.file, node) if kind == "text" and encodes_text else None


def _kafka_headers(call: _Call, node: Node) -> str | None:
    """Headers as a dict of texts: written as a dict or as a list of pairs with different names."""
    entries = list(_pairs(call, node))
    names = [literal_text(call.file, name) for name, _ in entries]
    if node.type == "none":
        return ""
    if node.type not in ("dictionary", "list") or None in names or len(set(names)) < len(names):
        return None
    if sum(1 for _ in node.named_children) != len(entries):
        return None
    made = []
    for name, value in entries:
        text = decoded(call.file, value)
        if text is None and call.kind(value) == "text":
            text = call.text(value)
        if text is None:
            return None
        made.append(f"{call.text(name)}: {text}")
    return f"{{{', '.join(made)}}}"


def _pairs(call: _Call, node: Node) -> Iterator[tuple[Node, Node]]:
    for child in node.named_children:
        if child.type == "pair":
            name, value = child.child_by_field_name("key"), child.child_by_field_name("value")
            if name is not None and value is not None:
                yield name, value
        elif child.type == "tuple" and len(child.named_children) == 2:
            yield child.named_children[0], child.named_children[1]


# --------------------------------------------------------------------------------------------------------------- amqp


def _pika(call: _Call) -> Publish | None:
    given = call.given("exchange", "routing_key", "body", "properties", "mandatory")
    if given is None or not {"exchange", "routing_key", "body"} <= given.keys():
        return None
    if given.keys() - {"exchange", "routing_key", "body", "properties", "mandatory"}:
        return None
    body = _as_bytes(call, given["body"], encodes_text=True)
    if body is None or body == "None":
        return None
    values = [("exchange", call.text(given["exchange"])), ("routing_key", call.text(given["routing_key"]))]
    values.append(("body", body))
    read = [given["exchange"], given["routing_key"], given["body"]]
    made: list[LocalValue] = []
    if "properties" in given and given["properties"].type != "none":
        construction = _construction(call, given["properties"], "BasicProperties", made)
        properties = _properties(call, construction, ()) if construction is not None else None
        if properties is None or construction is None:
            return None
        if properties:
            values.append(("properties", properties))
            read += _given_values(call, construction)
    return Publish(PIKA, tuple(values), tuple(read), tuple(made))


def _aio_pika(call: _Call) -> Publish | None:
    given = call.given("message", "routing_key")
    if (
        given is None
        or not {"message", "routing_key"} <= given.keys()
        or given.keys() - {"message", "routing_key", "mandatory", "timeout"}
    ):
        return None
    made: list[LocalValue] = []
    message = _construction(call, given["message"], "Message", made)
    parts = arguments(call.file, message, ("body",)) if message is not None else None
    if message is None or parts is None or "body" not in parts:
        return None
    body = _as_bytes(call, parts["body"], encodes_text=False)
    properties = _properties(call, message, ("body",))
    if body is None or body == "None" or properties is None:
        return None
    exchange = receiver(call.file, call.node)
    name = '""' if exchange.endswith(".default_exchange") else f"{exchange}.name"
    values = [("exchange", name), ("routing_key", call.text(given["routing_key"])), ("body", body)]
    if properties:
        values.append(("properties", properties))
    return Publish(AIO_PIKA, tuple(values), (given["routing_key"], *_given_values(call, message)), tuple(made))


def _construction(call: _Call, node: Node, name: str, made: list[LocalValue]) -> Node | None:
    """The call that makes an object: written in place, in a local name that nothing else reads, or in a name of the module."""
    if node.type == "call":
        return node if method(call.file, node) == name else None
    if node.type != "identifier":
        return None
    local = local_value(call.file, call.function, call.text(node))
    if local is not None:
        uses = mentions(call.file, call.function, call.text(node))
        if len(uses) != 2 or local.value.type != "call" or method(call.file, local.value) != name:
            return None
        made.append(local)
        return local.value
    top = local_value(call.file, call.file.tree.root_node, call.text(node))
    if top is None or top.value.type != "call" or method(call.file, top.value) != name:
        return None
    return top.value


_PROPERTIES = frozenset(
    (
        "content_type",
        "content_encoding",
        "headers",
        "delivery_mode",
        "priority",
        "correlation_id",
        "expiration",
        "message_id",
        "type",
        "user_id",
        "app_id",
    )
)


def _properties(call: _Call, construction: Node, positional: tuple[str, ...]) -> str | None:
    """The properties of an AMQP message as a dict that JSON can hold; "" where there are none."""
    given = arguments(call.file, construction, positional)
    if given is None:
        return None
    made = []
    for name, value in given.items():
        if name in positional:
            continue
        text = _delivery_mode(call, value) if name == "delivery_mode" else call.text(value)
        kinds = [call.kind(one) for one in _leaves(value)]
        if name not in _PROPERTIES or text is None or "bytes" in kinds:
            return None
        if name == "headers" and value.type != "dictionary":
            return None
        if name != "headers" and name != "delivery_mode" and kinds[0] not in ("text", "number"):
            return None
        made.append(f"{call.quoted(name)}: {text}")
    return call.dict_of(made) if made else ""


def _leaves(node: Node) -> list[Node]:
    if node.type != "dictionary":
        return [node]
    values = (one.child_by_field_name("value") for one in node.named_children if one.type == "pair")
    return [leaf for value in values if value is not None for leaf in _leaves(value)]


def _delivery_mode(call: _Call, node: Node) -> str | None:
    written = call.text(node).removesuffix(".value")
    last = written.rpartition(".")[2].lower()
    if last in ("1", "2"):
        return last
    return {"persistent": "2", "persistent_delivery_mode": "2", "transient": "1", "not_persistent": "1"}.get(last)


def _given_values(call: _Call, construction: Node) -> list[Node]:
    given = construction.child_by_field_name("arguments")
    return [
        one.child_by_field_name("value") or one if one.type == "keyword_argument" else one
        for one in (given.named_children if given is not None else ())
    ]


# --------------------------------------------------------------------------------------------------------------- nats


def _nats(call: _Call) -> Publish | None:
    given = call.given("subject", "payload", "timeout", "stream", "headers")
    if given is None or "subject" not in given or given.keys() - {"subject", "payload", "timeout", "headers"}:
        return None
    payload = _as_bytes(call, given["payload"], encodes_text=False) if "payload" in given else 'b""'
    if payload is None or payload == "None":
        return None
    values = [("subject", call.text(given["subject"])), ("payload", payload)]
    read = [given[name] for name in ("subject", "payload") if name in given]
    if "headers" in given and given["headers"].type != "none":
        if not _is_object(call, given["headers"], ("text",)):
            return None
        values.append(("headers", call.text(given["headers"])))
        read.append(given["headers"])
    return Publish(NATS, tuple(values), tuple(read))


# -------------------------------------------------------------------------------------------------------------- redis


def _redis(client: Client) -> Callable[[_Call], Publish | None]:
    def reader(call: _Call) -> Publish | None:
        given = call.given("name", "fields", "id", "maxlen", "approximate")
        if (
            given is None
            or not {"name", "fields"} <= given.keys()
            or given.keys() - {"name", "fields", "id", "maxlen", "approximate"}
        ):
            return None
        if "id" in given and literal_text(call.file, given["id"]) != "*":
            return None
        if not _is_object(call, given["fields"], ("text", "number")):
            return None
        values = [("stream", call.text(given["name"])), ("fields", call.text(given["fields"]))]
        options = [
            f"{call.quoted(name)}: {call.text(given[name])}" for name in ("maxlen", "approximate") if name in given
        ]
        if options:
            values.append(("options", f"{{{', '.join(options)}}}"))
        return Publish(client, tuple(values), tuple(value for name, value in given.items() if name != "id"))

    return reader


def _is_object(call: _Call, node: Node, kinds: tuple[str, ...]) -> bool:
    """Whether an expression is a dict written out, here or in one local assignment, with values of certain kinds."""
    if node.type == "identifier":
        local = local_value(call.file, call.function, call.text(node))
        return local is not None and local.value.type == "dictionary" and _is_object(call, local.value, kinds)
    if node.type != "dictionary":
        return False
    return all(
        one.type == "pair" and (value := one.child_by_field_name("value")) is not None and call.kind(value) in kinds
        for one in node.named_children
    )


# ---------------------------------------------------------------------------------------------------------------- aws


def _aws(client: Client, known: frozenset[str]) -> Callable[[_Call], Publish | None]:
    def reader(call: _Call) -> Publish | None:
        given = call.given()
        if given is None or not given or given.keys() - known:
            return None
        if any(call.kind(one) == "bytes" for one in given.values()):
            return None
        if any(literal_text(call.file, one) in ("Binary", "BinaryValue") for node in given.values() for one in inside(node, "string")):  # fmt: skip
            return None
        parts = [f"{call.quoted(name)}: {call.text(one)}" for name, one in given.items() if name != "MessageGroupId"]
        values = [("request", call.dict_of(parts))]
        if "MessageGroupId" in given:
            values.insert(0, ("message_group", call.text(given["MessageGroupId"])))
        return Publish(client, tuple(values), tuple(given.values()))

    return reader


# ------------------------------------------------------------------------------------------------------------- celery


def _delay(call: _Call) -> Publish | None:
    given = call.node.child_by_field_name("arguments")
    if given is None or given.type != "argument_list":
        return None
    args, kwargs, read = [], [], []
    for child in given.named_children:
        if child.type in ("list_splat", "dictionary_splat", "comment"):
            return None
        if child.type == "keyword_argument":
            name, value = child.child_by_field_name("name"), child.child_by_field_name("value")
            assert name is not None and value is not None
            kwargs.append(f"{call.quoted(call.text(name))}: {call.text(value)}")
            read.append(value)
        else:
            args.append(call.text(child))
            read.append(child)
    return _task(call, f"[{', '.join(args)}]" if args else "", f"{{{', '.join(kwargs)}}}" if kwargs else "", "", read)


_OPTIONS = ("queue", "routing_key", "exchange", "priority", "countdown")


def _apply_async(call: _Call) -> Publish | None:
    given = call.given("args", "kwargs")
    if given is None or given.keys() - {"args", "kwargs", *_OPTIONS}:
        return None
    args, kwargs = given.get("args"), given.get("kwargs")
    if (args is not None and args.type not in ("list", "tuple")) or (
        kwargs is not None and kwargs.type != "dictionary"
    ):
        return None
    items = f"[{', '.join(call.text(one) for one in args.named_children)}]" if args is not None else ""
    options = [f"{call.quoted(name)}: {call.text(given[name])}" for name in _OPTIONS if name in given]
    if any(call.kind(given[name]) not in ("text", "number") for name in _OPTIONS if name in given):  # fmt: skip
        return None
    return _task(
        call,
        items if items != "[]" else "",
        call.text(kwargs) if kwargs is not None else "",
        f"{{{', '.join(options)}}}" if options else "",
        list(given.values()),
    )


def _task(call: _Call, args: str, kwargs: str, options: str, read: list[Node]) -> Publish:
    values = [("task", f"{receiver(call.file, call.node)}.name")]
    values += [(n, text) for n, text in (("args", args), ("kwargs", kwargs), ("options", options)) if text]
    return Publish(CELERY, tuple(values), tuple(read))


_READERS: dict[tuple[str, str], Callable[[_Call], Publish | None]] = {
    ("confluent-kafka-python", "Producer.produce"): _confluent,
    ("aiokafka", "Producer.send"): _aiokafka,
    ("aiokafka", "Producer.send_and_wait"): _aiokafka,
    ("kafka-python", "Producer.send"): _kafka_python,
    ("pika", "Channel.basic_publish"): _pika,
    ("aio-pika", "Exchange.publish"): _aio_pika,
    ("nats-py", "JetStream.publish"): _nats,
    ("redis-py", "Redis.xadd"): _redis(REDIS),
    ("redis-py", "AsyncRedis.xadd"): _redis(REDIS_ASYNC),
    ("boto3", "SqsClient.send_message"): _aws(
        SQS,
        frozenset(
            ("QueueUrl", "MessageBody", "DelaySeconds", "MessageAttributes", "MessageGroupId", "MessageDeduplicationId")
        ),
    ),
    ("boto3", "SnsClient.publish"): _aws(
        SNS,
        frozenset(
            (
                "TopicArn",
                "Message",
                "Subject",
                "MessageStructure",
                "MessageAttributes",
                "MessageGroupId",
                "MessageDeduplicationId",
            )
        ),
    ),
    ("celery", "Task.delay"): _delay,
    ("celery", "Task.delay_on_commit"): _delay,
    ("celery", "Task.apply_async"): _apply_async,
    ("celery", "Task.apply_async_on_commit"): _apply_async,
}
