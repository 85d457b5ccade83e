"""Debezium's source connectors: which tables' committed changes are published, and to which topics.

Read are what Kafka Connect is sent (``{"name", "config"}`` or the configuration alone), the properties of a standalone worker, and
Strimzi's ``KafkaConnector``. https://debezium.io/documentation/reference/stable/transformations/outbox-event-router.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from eventlens.config.documents import read_document
from eventlens.config.infrastructure import ChannelName, DeclaredChannel, Infrastructure, TableStream, has_holes, hole
from eventlens.config.kubernetes import objects_in
from eventlens.config.patterns import may_run_away, occurs
from eventlens.config.values import EMPTY, Items, Table, Value, line_of, table_at, text_at

_MAKER = "io.debezium."
_ROUTERS = frozenset(
    (
        "io.debezium.transforms.outbox.EventRouter",
        "io.debezium.connector.mongodb.transforms.outbox.MongoEventRouter",
    )
)
_RENAMERS = {
    "org.apache.kafka.connect.transforms.RegexRouter": ("regex", "replacement"),
    "io.debezium.transforms.ByLogicalTableRouter": ("topic.regex", "topic.replacement"),
}
_TABLES = ("table.include.list", "table.whitelist", "collection.include.list", "collection.whitelist")
_PREFIXES = ("topic.prefix", "database.server.name", "mongodb.name")
_ROUTED_VALUE = "${routedByValue}"
_PLAIN_TABLE = re.compile(r"[\w$-]+(?:\\?\.[\w$-]+)*$")
_GROUP = re.compile(r"\$(\d)")
_LONGEST_TOPIC = 250


def looks_capturing(text: bytes) -> bool:
    """Whether a text may configure such a connector; cheap, so that other files need not be parsed."""
    return b"io.debezium.connector" in text


def read_connectors(path: str, text: str | bytes) -> Infrastructure:
    """The streams of one file's connectors and the topics that they write to; empty where it is broken or something else."""
    found = [
        one
        for root in read_document(path, text).roots
        for config in _configurations(root)
        for one in _read(path, config)
    ]
    return Infrastructure(
        channels=tuple(channel for stream in found for channel in stream.channels),
        streams=tuple(one.stream for one in found),
    )


class _Configuration(NamedTuple):
    """The settings of one connector, by their flat names."""

    kind: str
    settings: Table

    def text(self, *names: str) -> str:
        """The first of some settings that is there."""
        return next((found for name in names if (found := text_at(self.settings, name))), "")

    def line(self, *names: str) -> int:
        """Where the first of some settings that is there stands."""
        settings = self.settings
        return next((line_of(settings, name) for name in names if name in settings.entries), settings.line)


class _Published(NamedTuple):
    stream: TableStream
    channels: tuple[DeclaredChannel, ...]


def _configurations(root: Value) -> Iterator[_Configuration]:
    for one in root.items if isinstance(root, Items) else (root,):
        if not isinstance(one, Table):
            continue
        if "kind" in one.entries:
            specs = (table_at(item, "spec") for item in objects_in(one) if text_at(item, "kind") == "KafkaConnector")
            found = [_Configuration(text_at(spec, "class") or "", table_at(spec, "config")) for spec in specs]
        else:
            config = table_at(one, "config") if "config" in one.entries else one
            found = [_Configuration(text_at(config, "connector.class") or "", config)]
        yield from (one for one in found if one.kind.startswith(_MAKER) and one.settings is not EMPTY)


def _read(path: str, config: _Configuration) -> Iterator[_Published]:
    tables = tuple(name for part in config.text(*_TABLES).split(",") if (name := part.strip()))
    router = next((one for one in _transforms(config) if config.text(f"transforms.{one}.type") in _ROUTERS), None)
    routed = tuple(one for one in tables if _is_routed(config, router, one)) if router is not None else ()
    plain = tuple(one for one in tables if one not in routed)
    line = config.line(*_TABLES)
    if plain:
        topics = tuple(_renamed(config, _topic(config, one)) for one in plain)
        yield _Published(TableStream(plain, topics, path, line), tuple(_channel(topic, path, line) for topic in topics))
    if router is not None and routed:
        yield _routed(path, config, router, routed)


def _routed(path: str, config: _Configuration, router: str, tables: tuple[str, ...]) -> _Published:
    """What goes through an outbox event router: the row says which topic it is for."""
    own = f"transforms.{router}."
    by = config.text(f"{own}route.by.field") or "aggregatetype"
    key = config.text(f"{own}table.field.event.key", f"{own}collection.field.event.key") or "aggregateid"
    written = config.text(f"{own}route.topic.replacement") or f"outbox.event.{_ROUTED_VALUE}"
    topic = written.replace(_ROUTED_VALUE, hole(by))
    line = config.line(f"{own}route.topic.replacement", f"{own}type")
    stream = TableStream(tables, (topic,), path, config.line(*_TABLES), True, by, key)
    return _Published(stream, (_channel(topic, path, line),))


def _channel(topic: str, path: str, line: int) -> DeclaredChannel:
    return DeclaredChannel(ChannelName("kafka", "topic", topic), path, line)


def _transforms(config: _Configuration) -> list[str]:
    return [name.strip() for name in config.text("transforms").split(",") if name.strip()]


def _is_routed(config: _Configuration, router: str, table: str) -> bool:
    """Whether a router takes a table's rows: all of them, or those whose topic its predicate accepts."""
    predicate = config.text(f"transforms.{router}.predicate")
    pattern = config.text(f"predicates.{predicate}.pattern") if predicate else ""
    if not pattern:
        return True
    is_negated = config.text(f"transforms.{router}.negate") == "true"
    return occurs(f"^(?:{pattern})$", _topic(config, table)) is not is_negated


def _topic(config: _Configuration, table: str) -> str:
    """The topic of a captured table: the connector's prefix, then the table's whole name; a hole where that is an expression."""
    prefix = config.text(*_PREFIXES)
    name = table.replace("\\.", ".") if _PLAIN_TABLE.match(table) else hole(table)
    return f"{prefix}.{name}" if prefix else name


def _renamed(config: _Configuration, topic: str) -> str:
    """The topic after the transforms that rename topics."""
    for one in _transforms(config):
        names = _RENAMERS.get(config.text(f"transforms.{one}.type"))
        if names is not None:
            pattern, replacement = (config.text(f"transforms.{one}.{name}") for name in names)
            topic = _replaced(pattern, replacement, topic)
    return topic


def _replaced(pattern: str, replacement: str, topic: str) -> str:
    """A topic as Java's ``Matcher.replaceFirst`` names it where the expression fits all of it; else as it was."""
    if has_holes(topic):
        return hole(topic)
    if not pattern or may_run_away(f"^{pattern}"):
        return hole(topic) if pattern else topic
    try:
        found = re.fullmatch(pattern, topic[:_LONGEST_TOPIC])
    except (re.error, RecursionError, OverflowError):
        return hole(topic)
    if found is None:
        return topic
    groups = {str(number): text or "" for number, text in enumerate((found[0], *found.groups()))}
    return _GROUP.sub(lambda match: groups.get(match[1], ""), replacement)
