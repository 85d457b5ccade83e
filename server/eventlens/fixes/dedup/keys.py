"""By what a message is known again, as far as the code gives evidence: an id in its content, one in its envelope, its position."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from eventlens import ir
from eventlens.fixes.context import FixContext
from eventlens.fixes.dedup.handling import Handling
from eventlens.fixes.dedup.message import MESSAGE, Known
from eventlens.flow.model import PayloadField

_IDS = ("eventid", "messageid", "idempotencykey", "deduplicationid", "dedupid", "msgid")
"""Fields (underscores and case left out) that name the message itself, best first."""
_HOLDERS = ("metadata", "meta", "envelope", "header", "headers", "event", "message")
"""Fields whose own ``id`` is the message's."""
_TYPES = frozenset(("type", "eventtype", "name", "eventname"))
_CONTENTS = frozenset(("data", "payload", "specversion"))
_SENT_ID = re.compile(r"\bmessage_?id\b", re.IGNORECASE)


class Key(NamedTuple):
    """How a function writes the message's id, and how a person calls it. ``is_text``: it is certainly a string.

    ``only_redeliveries``: it tells apart what the broker delivers again, not what was sent twice."""

    text: str
    called: str
    is_text: bool = True
    only_redeliveries: bool = False
    needs: tuple[str, ...] = ()
    """Members of what the handler is given that its parameter's pattern does not take out yet."""

    @property
    def title(self) -> str:
        """The title of the offer."""
        return f"Remember handled messages by {self.called}" + (
            " (redeliveries only)" if self.only_redeliveries else ""
        )


class Identified(NamedTuple):
    """A part of the message that identifies it: its path from the content, or from the message (`MESSAGE` first)."""

    path: tuple[str, ...]
    called: str
    is_text: bool = True
    only_redeliveries: bool = False


def identified(context: FixContext, handling: Handling) -> list[Identified]:
    """What identifies a message, best first."""
    found: list[Identified] = []
    site = handling.consumer.site
    fields = list(site.payload)
    if site.payload_source != "declared":
        for publisher in handling.publishers(context):
            fields += publisher.payload
    found += _in_content(fields)
    found += _in_envelope(context, handling)
    found += _positions(handling)
    return found


def _in_content(fields: Sequence[PayloadField]) -> list[Identified]:
    usable = {_plain(one.name): one for one in reversed(fields) if not one.optional and not one.repeated}
    for name in _IDS:
        if name in usable:
            return [_of(usable[name])]
    for holder in _HOLDERS:
        inner = {_plain(one.name): one for one in usable[holder].fields} if holder in usable else {}
        for name in (*_IDS, "id"):
            if name in inner and not inner[name].optional:
                return [_of(inner[name], usable[holder])]
    if "id" in usable and _TYPES & usable.keys() and _CONTENTS & usable.keys():
        return [_of(usable["id"])]
    return []


def _of(field: PayloadField, holder: PayloadField | None = None) -> Identified:
    path = (field.name,) if holder is None else (holder.name, field.name)
    return Identified(path, ".".join(path), field.type.lower() in ("string", "str", "unknown", "uuid", ""))


def _plain(name: str) -> str:
    return re.sub(r"[_\-]", "", name).lower()


def _in_envelope(context: FixContext, handling: Handling) -> list[Identified]:
    """The message id of AMQP, where each publisher of the workspace sets it or the handler reads it."""
    where = _ENVELOPES.get(handling.consumer.node.match.library)
    if where is None:
        return []
    publishers = [context.checks.graph.by_id[site.id][0] for site in handling.publishers(context)]
    texts = [_written(context, node.module.path, node.node) for node in publishers]
    is_set = bool(texts) and all(_SENT_ID.search(text) for text in texts)
    return [Identified(where, "message id")] if is_set else []


_ENVELOPES: dict[str, tuple[str, ...]] = {
    "amqplib": (MESSAGE, "properties", "messageId"),
    "pika": (MESSAGE, "$2", "message_id"),
    "aio-pika": (MESSAGE, "message_id"),
}


def _written(context: FixContext, path: str, node: ir.Node) -> str:
    """A publish as it is written, with what its function says before."""
    source = context.workspace.text(path)
    return source[max(0, node.start - 600) : node.end].decode("utf-8", "replace")


_POSITIONS: dict[str, tuple[str, str]] = {
    "kafkajs": ("kafkajs", "topic, partition and offset"),
    "@confluentinc/kafka-javascript": ("kafkajs", "topic, partition and offset"),
    "confluent-kafka-python": ("confluent", "topic, partition and offset"),
    "aiokafka": ("aiokafka", "topic, partition and offset"),
    "kafka-python": ("aiokafka", "topic, partition and offset"),
    "@aws-sdk/client-sqs": ("sqs", "MessageId"),
    "boto3": ("sqs-python", "MessageId"),
    "bullmq": ("bullmq", "job id"),
    "nats": ("nats", "stream sequence"),
    "celery": ("celery", "task id"),
}
"""Library → how its position is written (see `key_in`), and what it is called."""


def _positions(handling: Handling) -> list[Identified]:
    known = _POSITIONS.get(handling.consumer.node.match.library)
    if known is not None and known[0] == "kafkajs" and handling.loop is not None:
        return []  # Topic and partition are the batch's.
    return [Identified(("$position", known[0]), known[1], only_redeliveries=True)] if known is not None else []


# ----------------------------------------------------------------------------------------------------- as it is written


class Writing(NamedTuple):
    """How a file writes a member of the content: ``event.eventId``, or with ``subscript`` ``event["eventId"]``.

    ``parameter``: what a parameter that hands the id on is called."""

    subscript: bool
    quote: str
    parameter: str


def key_in(one: Identified, known: Known, before: int, writing: Writing) -> Key | None:
    """How a function writes an id at an offset; None where it does not hold that part of the message there."""
    if one.path[0] == "$position":
        text, needs = _position(one.path[1], known, before)
        is_text = one.path[1] not in ("sqs", "bullmq")
        return Key(text, one.called, is_text, only_redeliveries=True, needs=needs) if text else None
    best = ""
    at = -1
    for name, path in known.names.items():
        is_same = path[:1] == (MESSAGE,) or one.path[0] != MESSAGE
        if is_same and known.before[name] <= before and one.path[: len(path)] == path and known.before[name] >= at:
            at = known.before[name]
            best = _read(
                name, one.path[len(path) :], writing._replace(subscript=writing.subscript and one.path[0] != MESSAGE)
            )
    if not best:
        return None
    return Key(best, one.called, one.is_text, one.only_redeliveries)


def _read(name: str, rest: Iterable[str], writing: Writing) -> str:
    steps = (f"[{writing.quote}{one}{writing.quote}]" if writing.subscript else f".{one}" for one in rest)
    return name + "".join(steps)


def _position(kind: str, known: Known, before: int) -> tuple[str, tuple[str, ...]]:
    if kind == "celery":
        return "current_task.request.id", ()
    held = {path: name for name, path in known.names.items() if known.before[name] <= before}
    message = held.get((MESSAGE,), "")
    if kind == "kafkajs":
        return _of_kafkajs(held, message)
    if not message:
        return "", ()
    if kind == "confluent":
        return f'f"{{{message}.topic()}}-{{{message}.partition()}}-{{{message}.offset()}}"', ()
    if kind == "aiokafka":
        return f'f"{{{message}.topic}}-{{{message}.partition}}-{{{message}.offset}}"', ()
    return _AS_MEMBER[kind].format(message), ()


_AS_MEMBER = {
    "sqs": "{}.MessageId",
    "sqs-python": '{}["MessageId"]',
    "bullmq": "{}.id",
    "nats": "`${{{0}.info.stream}}-${{{0}.seq}}`",
}


def _of_kafkajs(held: dict[tuple[str, ...], str], payload: str) -> tuple[str, tuple[str, ...]]:
    """The position of what ``eachMessage`` is given, whole or taken apart."""
    if payload:
        return f"`${{{payload}.topic}}-${{{payload}.partition}}-${{{payload}.message.offset}}`", ()
    record = held.get((MESSAGE, "message"), "")
    offset = held.get((MESSAGE, "message", "offset")) or (f"{record}.offset" if record else "")
    if not offset:
        return "", ()
    parts = {part: held.get((MESSAGE, part), "") for part in ("topic", "partition")}
    needs = tuple(part for part, name in parts.items() if not name)
    return f"`${{{parts['topic'] or 'topic'}}}-${{{parts['partition'] or 'partition'}}}-${{{offset}}}`", needs
