"""Tables whose rows are messages: a connector reads them from the database's log and publishes each row that is committed."""

from __future__ import annotations

import re
from collections.abc import Iterator

from eventlens import ir
from eventlens.behaviour.events import Event, is_write
from eventlens.checks.announced import entity_of
from eventlens.checks.context import CheckContext
from eventlens.config.infrastructure import TableStream
from eventlens.flow.module_index import last_name

_ADDS = frozenset(("insert", "upsert", "write"))
_NAMING = frozenset(("Table", "Entity", "table", "entity"))
"""Decorators whose text is the table of a class."""
_NAMING_KEYS = frozenset(("name", "tableName", "__tablename__"))
_WORD_STARTS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def publishes_its_row(context: CheckContext, event: Event) -> bool:
    """Whether a write adds a row that a connector with an outbox router publishes, in the write's own transaction."""
    routed = [stream for stream in context.graph.declared.streams if stream.is_outbox]
    if not routed or not is_write(event) or event.effect not in _ADDS:
        return False
    entity = entity_of(event)
    return bool(entity) and any(_captures(stream, name) for name in _tables(context, entity) for stream in routed)


def _captures(stream: TableStream, name: str) -> bool:
    return stream.captures(name) or stream.captures(f"{name}s")


def _tables(context: CheckContext, entity: str) -> Iterator[str]:
    """What a table may be called: as the code calls it, as libraries spell a class's name, as the class itself says."""
    yield entity
    yield _WORD_STARTS.sub("_", entity).lower()
    if "tables of classes" not in context.shared:
        context.shared["tables of classes"] = dict(_named_by_classes(context))
    named: dict[str, str] = context.shared["tables of classes"]
    if entity in named:
        yield named[entity]


def _named_by_classes(context: CheckContext) -> Iterator[tuple[str, str]]:
    for module in context.graph.program.loaded():
        for index in module.classes:
            for name in _names_given(index.definition):
                yield index.definition.name, name


def _names_given(cls: ir.Class) -> Iterator[str]:
    for field in cls.fields:
        if field.name in _NAMING_KEYS - {"name"} and field.value is not None:
            yield from _texts(field.value)
    for decorator in cls.decorators:
        if isinstance(decorator, ir.Call) and last_name(decorator.callee) in _NAMING:
            for argument in decorator.args:
                if argument.name is None or argument.name in _NAMING_KEYS:
                    yield from _texts(argument.value)


def _texts(value: ir.Value) -> Iterator[str]:
    if isinstance(value, ir.Literal) and isinstance(value.value, str):
        yield value.value
    elif isinstance(value, ir.Object):
        for field in value.fields:
            if field.key in _NAMING_KEYS:
                yield from _texts(field.value)
