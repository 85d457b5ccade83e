"""What travels: event name, fields and key of a message, from declared types or from the value that is sent."""

from __future__ import annotations

from typing import NamedTuple

from eventlens import ir
from eventlens.flow import class_members, members, written_types
from eventlens.flow.channels import ChannelReader
from eventlens.flow.denotations import (
    Collection,
    Denotation,
    EnumMember,
    Instance,
    Parameter,
    Part,
    Record,
    Scalar,
    Text,
)
from eventlens.flow.model import PayloadField
from eventlens.flow.program import ClassIndex
from eventlens.flow.reading import read_first
from eventlens.flow.sites import SiteNode

_EVENT_KEYS = ("eventType", "event_type", "type", "eventName", "event_name", "event", "kind", "name")
_PRIMITIVES = {bool: "boolean", int: "number", float: "number", str: "string"}
_MAX_FIELDS = 60


class Schema(NamedTuple):
    """What a message holds. ``source`` is as in `Site.payload_source`; ``declared`` is the type that declares it."""

    fields: list[PayloadField]
    source: str
    declared: ClassIndex | None = None


NO_SCHEMA = Schema([], "")


class Payloads:
    """Reads message content of sites."""

    def __init__(self, channels: ChannelReader) -> None:
        self.channels = channels
        self.evaluator = channels.matcher.evaluator

    def values(self, site: SiteNode) -> tuple[Denotation, ...]:
        """What the site sends, or what its handler receives."""
        if site.role == "publish":
            return read_first(site.place, getattr(site.match.entry, "payload", None))
        return self._received(site)

    def _received(self, site: SiteNode) -> tuple[Denotation, ...]:
        frame = site.handler.frame
        if frame is None or frame.function is None:
            return ()
        found = [
            typed
            for position, parameter in enumerate(frame.function.parameters)
            for typed in self.evaluator.typed(parameter.type, frame)
            if isinstance(typed, Instance) and position < 3
        ]
        return tuple(found[:1])

    def schema(self, site: SiteNode) -> Schema:
        """The fields of the message and where they come from."""
        for value in self.values(site):
            declared = self._declared(value)
            if declared is not None:
                return Schema(self._shape(declared), "declared", declared.index)
            if isinstance(value, Record):
                return Schema(self._inferred(value), "inferred")
        return NO_SCHEMA

    def _declared(self, value: Denotation) -> Instance | None:
        if isinstance(value, Instance) and (
            value.index.fields or value.index.definition.kind in ("interface", "alias")
        ):
            return value
        if isinstance(value, Parameter):
            for typed in written_types.declared_types(self.evaluator, value):
                if isinstance(typed, Instance) and typed.index.fields:
                    return typed
        return None

    def _shape(self, value: Instance) -> list[PayloadField]:
        found: dict[str, PayloadField] = {}
        for index in reversed(list(class_members.bases(self.evaluator, value.index))):
            for field in index.definition.fields:
                if not field.static:
                    found[field.name] = PayloadField(
                        name=field.name, type=type_text(field.type), optional=field.optional or _nullable(field.type)
                    )
        return list(found.values())[:_MAX_FIELDS]

    def _inferred(self, value: Record) -> list[PayloadField]:
        found: dict[str, PayloadField] = {}
        for field in value.node.fields:
            if field.key is not None:
                found[field.key] = PayloadField(name=field.key, type=self._type_of(field.value, value))
            elif field.spread:
                for inner in self.evaluator.evaluate(field.value, value.frame, value.environment):
                    if isinstance(inner, Record) and inner.node is not value.node:
                        found.update({item.name: item for item in self._inferred(inner)})
        return list(found.values())[:_MAX_FIELDS]

    def _type_of(self, value: ir.Value, record: Record) -> str:
        for item in self.evaluator.evaluate(value, record.frame, record.environment):
            if isinstance(item, Scalar) and item.value is not None:
                return _PRIMITIVES[type(item.value)]
            if isinstance(item, Text | EnumMember):
                return "string"
            if isinstance(item, Record):
                return "object"
            if isinstance(item, Collection):
                return "array"
            if isinstance(item, Instance):
                return item.index.name
        return "unknown"

    def event(self, site: SiteNode) -> str | None:
        """The event's name: where the model says, the payload's type, or its type field."""
        said = self.channels.first_text(site.place, getattr(site.match.entry, "event", None))
        if said:
            return said
        for value in self.values(site):
            declared = self._declared(value)
            if declared is not None:
                return self._stated(declared) or declared.index.name
            if isinstance(value, Record):
                for key in _EVENT_KEYS:
                    for found in members.record_member(self.evaluator, value, key, value.node, value.frame):
                        for item in found.values if isinstance(found, EnumMember) else (found,):
                            if (
                                isinstance(item, Scalar)
                                and isinstance(item.value, str)
                                and _is_event_name(key, item.value)
                            ):
                                return item.value
        return None

    def _stated(self, value: Instance) -> str | None:
        """The event's name that an envelope is made with (``EventEnvelope(type="OrderPlaced", …)``)."""
        given = {argument.name for argument in value.call.args} if value.call is not None else set()
        for key in _EVENT_KEYS:
            if key in given:
                for found in class_members.instance_member(self.evaluator, value, key):
                    for item in found.values if isinstance(found, EnumMember) else (found,):
                        if isinstance(item, Scalar) and isinstance(item.value, str) and _is_event_name(key, item.value):
                            return item.value
        return None

    def key(self, site: SiteNode) -> str | None:
        """How the partition or ordering key is written: a field's name or the text; None without a key."""
        for path in getattr(site.match.entry, "key", None) or ():
            for value in read_first(site.place, [path]):
                if isinstance(value, Scalar):
                    return None if value.value is None else str(value.value)
                if isinstance(value, Part):
                    return value.step
                if isinstance(value, Parameter):
                    return value.name
                return getattr(value, "what", None) or getattr(value, "name", None) or "(computed)"
        return None


def _is_event_name(key: str, text: str) -> bool:
    """Whether a field's text names an event: under a general key only what looks like a name (``order.placed``, ``OrderPlaced``)."""
    return key not in ("name", "type", "kind", "event") or "." in text or text[:1].isupper()


def type_text(written: ir.TypeRef | None) -> str:
    """A declared type as a person would write it."""
    if written is None:
        return "unknown"
    if written.name == "|":
        return " | ".join(type_text(part) for part in written.args)
    if written.name == "&":
        return " & ".join(type_text(part) for part in written.args)
    if written.name == "[]":
        return f"{type_text(written.args[0])}[]" if written.args else "array"
    if written.name == '"':
        return repr(written.literal) if isinstance(written.literal, str) else str(written.literal)
    if written.name == "{}":
        return "object"
    if written.name in ("?", "=>", "()"):
        return {"?": "unknown", "=>": "function", "()": "tuple"}[written.name]
    arguments = ", ".join(type_text(part) for part in written.args)
    return f"{written.name}<{arguments}>" if arguments else written.name


def _nullable(written: ir.TypeRef | None) -> bool:
    return written is not None and written.name == "|" and any(part.name == "null" for part in written.args)
