"""RabbitMQ's exported ``definitions.json``: exchanges, queues, bindings and policies."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

import msgspec

from eventlens.config.documents import read_document
from eventlens.config.values import Plain, Scalar, Table, Value, at, items_at, line_of, plain, table_at, text_at

Arguments = Mapping[str, Plain]
_Definition = TypeVar("_Definition")


class Exchange(msgspec.Struct, frozen=True):
    """``line`` is that of the name."""

    name: str
    vhost: str
    kind: str
    durable: bool
    internal: bool
    arguments: Arguments
    line: int


class Queue(msgspec.Struct, frozen=True):
    """``kind`` is "classic", "quorum" or "stream"."""

    name: str
    vhost: str
    kind: str
    durable: bool
    arguments: Arguments
    line: int


class Binding(msgspec.Struct, frozen=True):
    """From an exchange to a queue or (``to_exchange``) another exchange."""

    source: str
    destination: str
    to_exchange: bool
    vhost: str
    routing_key: str
    arguments: Arguments
    line: int


class Policy(msgspec.Struct, frozen=True):
    """Arguments given to what matches the regular expression ``pattern``; ``apply_to`` is "queues", "exchanges" or "all"."""

    name: str
    vhost: str
    pattern: str
    apply_to: str
    priority: int
    definition: Arguments
    line: int


class Definitions(msgspec.Struct, frozen=True):
    """What one file declares."""

    exchanges: tuple[Exchange, ...] = ()
    queues: tuple[Queue, ...] = ()
    bindings: tuple[Binding, ...] = ()
    policies: tuple[Policy, ...] = ()


def looks_like_definitions(text: bytes) -> bool:
    """Whether a JSON text may be broker definitions; cheap, so that other files need not be parsed."""
    return (b'"exchanges"' in text and b'"vhost' in text) or (b'"queues"' in text and b'"bindings"' in text)


def read_definitions(text: str | bytes) -> Definitions:
    """The definitions of one file; empty where it is broken or something else."""
    root = read_document("definitions.json", text).root
    return Definitions(
        _each(root, "exchanges", _exchange),
        _each(root, "queues", _queue),
        _each(root, "bindings", _binding),
        _each(root, "policies", _policy),
    )


def _each(root: Value | None, key: str, read: Callable[[Table], _Definition]) -> tuple[_Definition, ...]:
    return tuple(read(item) for item in items_at(root, key) if isinstance(item, Table))


def _exchange(item: Table) -> Exchange:
    return Exchange(
        _text(item, "name"),
        _vhost(item),
        _text(item, "type") or "direct",
        _flag(item, "durable"),
        _flag(item, "internal"),
        _arguments(item, "arguments"),
        line_of(item, "name"),
    )


def _queue(item: Table) -> Queue:
    arguments = _arguments(item, "arguments")
    kind = _text(item, "type") or str(arguments.get("x-queue-type") or "classic")
    return Queue(_text(item, "name"), _vhost(item), kind, _flag(item, "durable"), arguments, line_of(item, "name"))


def _binding(item: Table) -> Binding:
    return Binding(
        _text(item, "source"),
        _text(item, "destination"),
        _text(item, "destination_type") == "exchange",
        _vhost(item),
        _text(item, "routing_key"),
        _arguments(item, "arguments"),
        line_of(item, "source"),
    )


def _policy(item: Table) -> Policy:
    priority = at(item, "priority")
    number = priority.value if isinstance(priority, Scalar) and isinstance(priority.value, int) else 0
    return Policy(
        _text(item, "name"),
        _vhost(item),
        _text(item, "pattern"),
        _text(item, "apply-to") or "all",
        number,
        _arguments(item, "definition"),
        line_of(item, "name"),
    )


def _text(item: Table, key: str) -> str:
    return text_at(item, key) or ""


def _vhost(item: Table) -> str:
    return _text(item, "vhost") or "/"


def _flag(item: Table, key: str) -> bool:
    value = at(item, key)
    return isinstance(value, Scalar) and value.value is True


def _arguments(item: Table, key: str) -> Arguments:
    """Scalar arguments; a list or table is left out."""
    return {name: plain(value) for name, value in table_at(item, key).entries.items() if isinstance(value, Scalar)}
