"""Channels that Kubernetes objects declare: Strimzi's ``KafkaTopic``, and ``Queue``, ``Exchange``, ``Binding`` and ``Policy`` of RabbitMQ's
topology operator."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from eventlens.config.documents import read_document
from eventlens.config.infrastructure import ChannelName, DeclaredBinding, DeclaredChannel, Infrastructure
from eventlens.config.kubernetes import objects_in
from eventlens.config.rabbitmq_definitions import Arguments, Binding, Definitions, Exchange, Policy, Queue
from eventlens.config.values import Scalar, Table, at, line_of, plain, table_at, text_at
from eventlens.config.values import Value as ConfigValue

_STRIMZI = "kafka.strimzi.io/"
_RABBITMQ = "rabbitmq.com/"


class MessagingObjects(NamedTuple):
    """What one file declares: channels and bindings of the map, and RabbitMQ's own words for its part of them."""

    infrastructure: Infrastructure
    definitions: Definitions


def looks_messaging(text: bytes) -> bool:
    """Whether a YAML text may hold such objects; cheap, so that other files need not be parsed."""
    return _STRIMZI.encode() in text or _RABBITMQ.encode() in text


def read_messaging_objects(path: str, text: str | bytes) -> MessagingObjects:
    """The objects of one file; empty where it is broken or something else. Names of templates that are not known hold ``${…}``."""
    objects = [item for root in read_document(path, text).roots for item in objects_in(root)]
    topics = tuple(_topic(path, item) for item in objects if _is(item, _STRIMZI, "KafkaTopic"))
    definitions = _definitions([item for item in objects if (text_at(item, "apiVersion") or "").startswith(_RABBITMQ)])
    channels = (*(topic for topic in topics if topic.channel.name), *_channels(path, definitions))
    return MessagingObjects(Infrastructure(channels, tuple(_bindings(path, definitions))), definitions)


def _is(item: Table, group: str, kind: str) -> bool:
    return text_at(item, "kind") == kind and (text_at(item, "apiVersion") or "").startswith(group)


def _topic(path: str, item: Table) -> DeclaredChannel:
    named = ("spec", "topicName") if text_at(item, "spec", "topicName") else ("metadata", "name")
    partitions = at(item, "spec", "partitions")
    known = partitions.value if isinstance(partitions, Scalar) and type(partitions.value) is int else None
    name = text_at(item, *named) or ""
    return DeclaredChannel(ChannelName("kafka", "topic", name), path, line_of(item, *named), partitions=known)


# ------------------------------------------------------------------------------------------------------------- RabbitMQ


def _definitions(objects: list[Table]) -> Definitions:
    return Definitions(
        tuple(_exchange(item, spec) for item, spec in _of_kind(objects, "Exchange")),
        tuple(_queue(item, spec) for item, spec in _of_kind(objects, "Queue")),
        tuple(_binding(item, spec) for item, spec in _of_kind(objects, "Binding")),
        tuple(_policy(item, spec) for item, spec in _of_kind(objects, "Policy")),
    )


def _of_kind(objects: list[Table], kind: str) -> Iterator[tuple[Table, Table]]:
    for item in objects:
        if text_at(item, "kind") == kind and isinstance(at(item, "spec"), Table):
            yield item, table_at(item, "spec")


def _exchange(item: Table, spec: Table) -> Exchange:
    return Exchange(
        text_at(spec, "name") or "",
        text_at(spec, "vhost") or "/",
        text_at(spec, "type") or "direct",
        _flag(spec, "durable"),
        False,
        _arguments(spec, "arguments"),
        line_of(item, "spec", "name"),
    )


def _queue(item: Table, spec: Table) -> Queue:
    arguments = _arguments(spec, "arguments")
    kind = text_at(spec, "type") or str(arguments.get("x-queue-type") or "classic")
    name = text_at(spec, "name") or ""
    return Queue(
        name,
        text_at(spec, "vhost") or "/",
        kind,
        _flag(spec, "durable"),
        arguments,
        line_of(item, "spec", "name"),
    )


def _binding(item: Table, spec: Table) -> Binding:
    return Binding(
        text_at(spec, "source") or "",
        text_at(spec, "destination") or "",
        text_at(spec, "destinationType") == "exchange",
        text_at(spec, "vhost") or "/",
        text_at(spec, "routingKey") or "",
        _arguments(spec, "arguments"),
        line_of(item, "spec", "source"),
    )


def _policy(item: Table, spec: Table) -> Policy:
    priority = at(spec, "priority")
    return Policy(
        text_at(spec, "name") or "",
        text_at(spec, "vhost") or "/",
        text_at(spec, "pattern") or "",
        text_at(spec, "applyTo") or "all",
        priority.value if isinstance(priority, Scalar) and type(priority.value) is int else 0,
        _arguments(spec, "definition"),
        line_of(item, "spec", "name"),
    )


def _flag(spec: Table, key: str) -> bool:
    found: ConfigValue | None = at(spec, key)
    return isinstance(found, Scalar) and found.value is True


def _arguments(spec: Table, key: str) -> Arguments:
    return {name: plain(one) for name, one in table_at(spec, key).entries.items() if isinstance(one, Scalar)}


def _channels(path: str, definitions: Definitions) -> Iterator[DeclaredChannel]:
    for exchange in definitions.exchanges:
        if exchange.name:
            yield DeclaredChannel(ChannelName("rabbitmq", "exchange", exchange.name), path, exchange.line)
    for queue in definitions.queues:
        if not queue.name:
            continue
        dead = queue.arguments.get("x-dead-letter-exchange")
        yield DeclaredChannel(
            ChannelName("rabbitmq", "queue", queue.name),
            path,
            queue.line,
            ChannelName("rabbitmq", "exchange", dead) if isinstance(dead, str) else None,
            _number(queue.arguments.get("x-delivery-limit")),
        )


def _number(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _bindings(path: str, definitions: Definitions) -> Iterator[DeclaredBinding]:
    kinds = {exchange.name: exchange.kind for exchange in definitions.exchanges}
    for one in definitions.bindings:
        if not one.source or not one.destination:
            continue
        takes_all = kinds.get(one.source) in ("fanout", "headers")
        yield DeclaredBinding(
            ChannelName("rabbitmq", "exchange", one.source),
            ChannelName("rabbitmq", "exchange" if one.to_exchange else "queue", one.destination),
            path,
            one.line,
            pattern=None if takes_all else one.routing_key,
        )
