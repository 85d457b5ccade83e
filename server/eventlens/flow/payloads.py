"""What travels: event name, schema and key of a message."""

from __future__ import annotations

import re
from collections.abc import Iterable

from eventlens.flow import class_members, members, written_types
from eventlens.flow.channels import ChannelReader
from eventlens.flow.denotations import Denotation, EnumMember, External, Instance, Parameter, Part, Record, Scalar
from eventlens.flow.message_keys import key_presence
from eventlens.flow.messages import Messages
from eventlens.flow.reading import read, read_first
from eventlens.flow.schema_files import NO_SCHEMA_FILES, SchemaFiles
from eventlens.flow.schema_types import is_message_class, names_record
from eventlens.flow.schemas import Schema
from eventlens.flow.site_node import SiteNode
from eventlens.flow.texts import Name

_EVENT_KEYS = ("eventType", "event_type", "type", "eventName", "event_name", "event", "kind", "name")
_WITHOUT_KEYS = frozenset(("rabbitmq", "nats", "redis-streams", "redis-pubsub", "jms", "bullmq"))
"""Brokers whose messages have no key. A library for several brokers sends what it takes for one as content there."""
COMPUTED = "(computed)"
"""A key that no name or text stands for."""
_FORMS = frozenset(("toString", "encode", "getBytes", "hex"))
"""Methods that give the same in another form."""
_WORD = re.compile(r"\w")
_TYPED_PARAMETERS = 3
"""Parameters of a handler whose types may be the message's."""


class Payloads:
    """Reads message content of sites."""

    def __init__(self, channels: ChannelReader, files: SchemaFiles = NO_SCHEMA_FILES) -> None:
        self.channels = channels
        self.evaluator = channels.matcher.evaluator
        self.files = files
        self._messages = Messages(self.evaluator, files)

    def schema(self, site: SiteNode, event: str | None) -> Schema:
        """The fields of the message of a site, and where they come from. ``event`` is the event's name at the site."""
        if site.role == "publish":
            return self._messages.sent(site, self.values(site), event)
        return self._messages.taken(site, event)

    def values(self, site: SiteNode) -> tuple[Denotation, ...]:
        """What a publish sends; for a subscription, instances of the types of what its handler receives."""
        if site.role == "publish":
            return self._content(site, getattr(site.match.entry, "payload", None) or ())
        frame = site.handler.frame
        if frame is None or frame.function is None:
            return ()
        for parameter in frame.function.parameters[:_TYPED_PARAMETERS]:
            for typed in self.evaluator.typed(parameter.type, frame):
                if isinstance(typed, Instance) and is_message_class(self.evaluator, typed.index):
                    return (typed,)
            if parameter.type is not None and names_record(parameter.type):
                return ()
        return ()

    def _content(self, site: SiteNode, paths: Iterable[str]) -> tuple[Denotation, ...]:
        """What stands at the first of the paths; a constant of a library is no content (``xadd(key, NEW_ENTRY, fields)``)."""
        given = [found for path in paths if (found := read(site.place, path))]
        content = [found for found in given if not all(isinstance(one, External) for one in found)]
        return (content or given or [()])[0]

    def event(self, site: SiteNode) -> str | None:
        """The event's name: where the model says, the payload's type, or its type field."""
        found = self.event_names(site)
        return found[0].text if found else None

    def event_names(self, site: SiteNode) -> list[Name]:
        """The event's name with its evidence, first of those that may be meant; a name that a type gives has no evidence."""
        said = self.channels.texts(site.place, getattr(site.match.entry, "event", None))
        if said and said[0].text:
            return said
        for value in self.values(site):
            declared = self._declared(value)
            if declared is not None:
                name = declared.index.name
                return [self._stated_name(declared) or Name(name, name, True, ())]
            if isinstance(value, Record):
                for key in _EVENT_KEYS:
                    found = members.record_member(self.evaluator, value, key, value.node, value.frame)
                    stated = _event_name(key, found)
                    if stated is not None:
                        return [stated]
        return []

    def _declared(self, value: Denotation) -> Instance | None:
        if isinstance(value, Instance) and (
            value.index.fields or value.index.definition.kind in ("interface", "alias")
        ):
            return value
        if isinstance(value, Parameter):
            typed = [one for one in written_types.declared_types(self.evaluator, value) if isinstance(one, Instance)]
            # of a union of events it is not known which one is meant
            return typed[0] if len({one.index for one in typed}) == 1 and typed[0].index.fields else None
        return None

    def _stated_name(self, value: Instance) -> Name | None:
        """The event's name that an envelope is made with (``EventEnvelope(type="OrderPlaced", …)``)."""
        given = {argument.name for argument in value.call.args} if value.call is not None else set()
        for key in _EVENT_KEYS:
            if key in given:
                stated = _event_name(key, class_members.instance_member(self.evaluator, value, key))
                if stated is not None:
                    return stated
        return None

    def key(self, site: SiteNode) -> str | None:
        """How the partition or ordering key is written: a field's name or the text; None without a key, or where it is not known
        whether the message has one."""
        if site.channel.broker in _WITHOUT_KEYS:
            return None
        for path in getattr(site.match.entry, "key", None) or ():
            for value in read_first(site.place, [path]):
                if isinstance(value, Scalar):
                    return None if value.value is None else str(value.value)
                if _is_part_of_unknown(value, path) and key_presence(site) != "given":
                    return None
                written = _written(value)
                return written if _WORD.search(written) else COMPUTED
        return None


def _is_part_of_unknown(value: Denotation, path: str) -> bool:
    """Whether a value is only what a message would have at a path, if it had it."""
    return isinstance(value, Part) and path.endswith(f".{value.step.removeprefix('.')}")


def _written(value: Denotation) -> str:
    if isinstance(value, Part):
        if value.step[:1] in ("(", "["):
            base = value.base
            if isinstance(base, Part) and base.step.removeprefix(".") in _FORMS:
                return _written(base.base)
            return _written(base) + value.step
        return value.step.removeprefix(".")
    if isinstance(value, Parameter):
        return value.name
    return getattr(value, "what", None) or getattr(value, "name", None) or ""


def _event_name(key: str, denotations: Iterable[Denotation]) -> Name | None:
    """The first text among the values of a field that names an event."""
    for found in denotations:
        for item in found.values if isinstance(found, EnumMember) else (found,):
            if isinstance(item, Scalar) and isinstance(item.value, str) and _is_event_name(key, item.value):
                return Name(item.value, item.value, True, item.trail)
    return None


def _is_event_name(key: str, text: str) -> bool:
    """Whether a field's text names an event: under a general key only what looks like a name (``order.placed``, ``OrderPlaced``)."""
    return key not in ("name", "type", "kind", "event") or "." in text or text[:1].isupper()
