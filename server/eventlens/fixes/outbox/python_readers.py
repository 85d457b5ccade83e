"""Reads the publish calls of each Python client library.

The expressions stay as they are written; where the client encodes a text itself, the row holds those very bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from tree_sitter import Node

from eventlens.fixes.outbox.python_amqp import read_aio_pika, read_pika
from eventlens.fixes.outbox.python_messages import (
    AIOKAFKA,
    CELERY,
    CONFLUENT,
    KAFKA_PYTHON,
    NATS,
    REDIS,
    REDIS_ASYNC,
    SNS,
    SQS,
    Client,
    Publish,
    PublishSource,
)
from eventlens.fixes.python_code import Members, decoded, literal_text, local_value, receiver
from eventlens.fixes.python_imports import Wanted
from eventlens.fixes.source import SourceFile, inside


def read_publish(
    entry: str, library: str, file: SourceFile, call: Node, function: Node, members: Members
) -> Publish | None:
    """What a publish call sends; None where that, or how to send it again, is not certain.

    ``library`` and ``entry`` are the model's: ``confluent-kafka-python``, ``Producer.produce``."""
    reader = _READERS.get((library, entry))
    if reader is None or any(one.start_point[0] != one.end_point[0] for one in inside(call, "string")):
        return None
    return reader(PublishSource(file, call, function, members))


# -------------------------------------------------------------------------------------------------------------- kafka


def _confluent(call: PublishSource) -> Publish | None:
    given = call.given("topic", "value", "key")
    if given is None or given.keys() - {"topic", "value", "key", "headers", "on_delivery", "callback"}:
        return None
    return _kafka(call, CONFLUENT, given, frozenset(("flush", "poll")), encodes_text=True)


def _aiokafka(call: PublishSource) -> Publish | None:
    given = call.given("topic", "value", "key")
    return _kafka(call, AIOKAFKA, given, frozenset(("flush",)), encodes_text=False)


def _kafka_python(call: PublishSource) -> Publish | None:
    given = call.given("topic", "value", "key", "headers")
    return _kafka(call, KAFKA_PYTHON, given, frozenset(("flush",)), encodes_text=False)


def _kafka(
    call: PublishSource,
    client: Client,
    given: dict[str, Node] | None,
    confirmed_by: frozenset[str],
    *,
    encodes_text: bool,
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
            value = call.as_bytes(given[name], encodes_text)
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
    read = tuple(node for name, node in given.items() if name not in ("on_delivery", "callback"))
    return Publish(client, tuple(values), read, confirmed_by=confirmed_by)


def _kafka_headers(call: PublishSource, node: Node) -> str | None:
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


def _pairs(call: PublishSource, node: Node) -> Iterator[tuple[Node, Node]]:
    for child in node.named_children:
        if child.type == "pair":
            name, value = child.child_by_field_name("key"), child.child_by_field_name("value")
            if name is not None and value is not None:
                yield name, value
        elif child.type == "tuple" and len(child.named_children) == 2:
            yield child.named_children[0], child.named_children[1]


# --------------------------------------------------------------------------------------------------------------- nats


def _nats(call: PublishSource) -> Publish | None:
    given = call.given("subject", "payload", "timeout", "stream", "headers")
    if given is None or "subject" not in given or given.keys() - {"subject", "payload", "timeout", "headers"}:
        return None
    payload = call.as_bytes(given["payload"], encodes_text=False) if "payload" in given else 'b""'
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


def _redis(client: Client) -> Callable[[PublishSource], Publish | None]:
    def reader(call: PublishSource) -> Publish | None:
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


def _is_object(call: PublishSource, node: Node, kinds: tuple[str, ...]) -> bool:
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


def _aws(client: Client, known: frozenset[str]) -> Callable[[PublishSource], Publish | None]:
    def reader(call: PublishSource) -> Publish | None:
        given = call.given()
        if given is None or not given or given.keys() - known:
            return None
        if any(call.kind(one) == "bytes" for one in given.values()):
            return None
        texts = [text for node in given.values() for text in inside(node, "string")]
        if any(literal_text(call.file, text) in ("Binary", "BinaryValue") for text in texts):
            return None
        parts = [f"{call.quoted(name)}: {call.text(one)}" for name, one in given.items() if name != "MessageGroupId"]
        values = [("request", call.dict_of(parts))]
        if "MessageGroupId" in given:
            values.insert(0, ("message_group", call.text(given["MessageGroupId"])))
        return Publish(client, tuple(values), tuple(given.values()))

    return reader


# ------------------------------------------------------------------------------------------------------------- celery


def _delay(call: PublishSource) -> Publish | None:
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
    return _task(call, f"[{', '.join(args)}]", f"{{{', '.join(kwargs)}}}", "", read)


_OPTIONS = ("queue", "routing_key", "exchange", "priority", "countdown")


def _apply_async(call: PublishSource) -> Publish | None:
    given = call.given("args", "kwargs")
    if given is None or given.keys() - {"args", "kwargs", *_OPTIONS}:
        return None
    args, kwargs = given.get("args"), given.get("kwargs")
    if (args is not None and args.type not in ("list", "tuple")) or (
        kwargs is not None and kwargs.type != "dictionary"
    ):
        return None
    items = f"[{', '.join(call.text(one) for one in args.named_children)}]" if args is not None else "[]"
    options = [f"{call.quoted(name)}: {call.text(given[name])}" for name in _OPTIONS if name in given]
    if any(call.kind(value) not in ("text", "number") for name, value in given.items() if name in _OPTIONS):
        return None
    return _task(
        call,
        items,
        call.text(kwargs) if kwargs is not None else "{}",
        f"{{{', '.join(options)}}}" if options else "",
        list(given.values()),
    )


_KOMBU = Wanted("kombu.utils", "json as kombu_json")


def _task(call: PublishSource, args: str, kwargs: str, options: str, read: list[Node]) -> Publish:
    """The arguments are kept as Celery writes them: its JSON knows more types than others do."""
    values = [
        ("task", f"{receiver(call.file, call.node)}.name"),
        ("arguments", f"kombu_json.dumps([{args}, {kwargs}])"),
    ]
    if options:
        values.append(("options", options))
    return Publish(CELERY, tuple(values), tuple(read), imports=(_KOMBU,))


_READERS: dict[tuple[str, str], Callable[[PublishSource], Publish | None]] = {
    ("confluent-kafka-python", "Producer.produce"): _confluent,
    ("aiokafka", "Producer.send"): _aiokafka,
    ("aiokafka", "Producer.send_and_wait"): _aiokafka,
    ("kafka-python", "Producer.send"): _kafka_python,
    ("pika", "Channel.basic_publish"): read_pika,
    ("aio-pika", "Exchange.publish"): read_aio_pika,
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
