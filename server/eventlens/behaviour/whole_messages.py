"""Whether all that a publish sends was seen: the content with all of its fields, what stands beside it, and the code that makes it.

Who says that a message lacks something has to have seen the message whole: an object literal without a spread of something unknown, or a
class of which every base is known; headers that are written out; nothing handed on that may add to it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from eventlens import ir
from eventlens.behaviour.changed_records import takers_of
from eventlens.behaviour.plain_types import CONTAINERS, PLAIN_BASES, SCALARS
from eventlens.behaviour.shown_code import Shown, text_around
from eventlens.flow import class_members, written_types
from eventlens.flow.denotations import (
    ClassRef,
    Denotation,
    EnumMember,
    Environment,
    External,
    ExternalResult,
    Instance,
    Items,
    LibraryMember,
    LibraryValue,
    Opaque,
    Parameter,
    Part,
    Record,
    Scalar,
    unique,
)
from eventlens.flow.graph import FlowGraph
from eventlens.flow.model import PayloadField, Site
from eventlens.flow.program import ClassIndex, Frame
from eventlens.flow.reading import read_first
from eventlens.flow.site_node import SiteNode
from eventlens.flow.written_arguments import written_content
from eventlens.knowledge.paths import parse_path
from eventlens.knowledge.schema import Publish

_HOLDERS = frozenset(
    (
        *("metadata", "meta", "info", "header", "headers", "envelope", "context", "ctx", "attributes", "properties", "extra", "extras", "common", "base"),
        *("baggage", "payload", "data", "body", "content", "detail", "message", "event", "value"),
    )
)  # fmt: skip
"""Fields that hold what says something of the message itself, or the message inside an envelope: what is in them has to be known."""
_LAST_WORD = re.compile(r"^.*(?:[_\-.]|(?<=[a-z])(?=[A-Z]))(?=.)")
_BESIDE = re.compile(
    r"(?i)header|propert|attribute|metadata|option|\bopts?\b|\bprops?\b|config|extra|params|kwargs|context|baggage|postproc"
)
"""How an argument is written that may hold what travels beside the content."""
_HEADERS = re.compile(r"(?i)\bheaders?\b|(?:message|user|application)_?(?:attributes|properties)|\bmetadata\b")
"""Code that deals with what travels beside the content."""
_OPEN_CLASS = re.compile(
    r"\[\s*\w+\s*:\s*(?:string|number|symbol)\s*\]\s*\??:|\bextra\s*[=:]\s*[\w.\"']*allow|JsonAny[GS]etter|JsonExtensionData"
)
"""A class that holds fields which it does not name."""
_MOST_LEVELS = 4


@dataclass
class WholeMessage:
    """A message of which all was seen."""

    names: set[str] = field(default_factory=set)
    """What its fields and headers are called, at any depth."""
    texts: set[str] = field(default_factory=set)
    """The fixed texts among its values."""
    shown: Shown = field(default_factory=Shown)
    """The code that makes and sends it."""


def whole_message(graph: FlowGraph, node: SiteNode, site: Site) -> WholeMessage | None:
    """What a publish sends; None where a part of it was not seen."""
    look = _Look(graph, site.payload)
    return look.found if look.at(node) else None


class _Look:
    """One message, looked at as far as it is known."""

    def __init__(self, graph: FlowGraph, known: Iterable[PayloadField]) -> None:
        self.graph = graph
        self.evaluator = graph.evaluator
        self.known = {one.name: one for one in known}
        self.sending: set[int] = set()
        self.found = WholeMessage()

    def at(self, node: SiteNode) -> bool:
        """Whether content, headers and the other arguments of a publish are known."""
        entry = node.match.entry
        if not isinstance(entry, Publish) or node.match.place.frame is None:
            return False
        self.sending = {id(node.node), id(node.match.place.call), *(id(caller.call) for caller in node.chain)}
        values = self._content(node, entry)
        if not values or not all(self._value(one, 1) for one in values):
            return False
        self._show_way(node)
        if _OPEN_CLASS.search(self.found.shown.text(self.graph.program.workspace)):
            return False
        return self._knows_headers(node, entry) and self._knows_rest(node, entry)

    # ----------------------------------------------------------------------------------------------------- content

    def _content(self, node: SiteNode, entry: Publish) -> tuple[Denotation, ...]:
        """What is sent, taken out of what encodes it."""
        values = self.graph.recorder.payloads.values(node)
        if values and all(isinstance(one, Record | Instance | Parameter | Part) for one in values):
            return values
        inside = list(written_content(node, entry.payload or ()))
        if not inside:
            return ()
        value, frame = inside[-1]
        return unique(self.evaluator.evaluate(value, frame, _seen_from(node, frame)))

    def _value(self, value: Denotation, level: int) -> bool:
        if level > _MOST_LEVELS:
            return False
        if isinstance(value, Record):
            return self._is_left_alone(value) and all(self._field(one, value, level) for one in value.node.fields)
        if isinstance(value, Instance):
            return self._class(value.index, level, is_made=value.call is not None)
        if isinstance(value, Parameter | Part):
            typed = written_types.declared_types(self.evaluator, value)
            return bool(typed) and all(isinstance(one, Instance) and self._class(one.index, level) for one in typed)
        return False

    def _is_left_alone(self, value: Record) -> bool:
        """Whether nothing is put into an object that is not known; the functions that it goes through are shown."""
        takers = takers_of(self.evaluator, value, self.sending)
        for frame in (value.frame, *(takers or ())):
            self.found.shown.add_function(frame)
        return takers is not None

    def _field(self, one: ir.Field, around: Record, level: int) -> bool:
        values = self.evaluator.evaluate(one.value, around.frame, around.environment)
        if one.spread:
            return bool(values) and all(self._value(value, level + 1) for value in values)
        name = one.key or self._computed(one, around)
        if name is None:
            return False
        self.found.names.add(name)
        self.found.texts.update(
            value.value for value in values if isinstance(value, Scalar) and isinstance(value.value, str)
        )
        if _is_holder(name) or any(isinstance(value, Record) for value in values):
            return self._inside(values, level)
        return True

    def _inside(self, values: tuple[Denotation, ...], level: int) -> bool:
        return bool(values) and all(isinstance(value, Scalar) or self._value(value, level + 1) for value in values)

    def _computed(self, one: ir.Field, around: Record) -> str | None:
        found = (
            self.evaluator.evaluate(one.computed, around.frame, around.environment) if one.computed is not None else ()
        )
        texts = [value.value for value in found if isinstance(value, Scalar) and isinstance(value.value, str)]
        return texts[0] if len(texts) == 1 == len(found) else None

    # ----------------------------------------------------------------------------------------------------- classes

    def _class(self, index: ClassIndex, level: int, is_made: bool = False) -> bool:
        """Whether all fields of a class are known; of one that was not made here, whether it can be no other class either."""
        if level > _MOST_LEVELS or index.definition.kind not in ("class", "interface", "alias"):
            return False
        if not is_made and (index.definition.is_structural or class_members.subclasses(self.evaluator, index)):
            return False
        if index.definition.kind == "alias":
            return self._alias(index, level)
        return all(self._own(each, level) for each in class_members.bases(self.evaluator, index))

    def _own(self, index: ClassIndex, level: int) -> bool:
        self.found.shown.add_class(index)
        if not all(self._is_plain_base(base, index) for base in index.definition.bases) or index.definition.base_calls:
            return False
        parameters = index.constructor.function.parameters if index.constructor and index.constructor.function else ()
        declared = [(one.name, one.type) for one in index.definition.fields]
        given = [(one.name, one.type) for one in parameters if one.property]
        return all(self._typed_field(name, written, index, level) for name, written in (*declared, *given))

    def _alias(self, index: ClassIndex, level: int) -> bool:
        aliased = index.definition.aliased
        if aliased is None or aliased.name != "{}":
            return False
        self.found.shown.add_class(index)
        return bool(aliased.fields) and all(
            self._typed_field(one.name, one.type, index, level) for one in aliased.fields
        )

    def _typed_field(self, name: str, written: ir.TypeRef | None, index: ClassIndex, level: int) -> bool:
        self.found.names.add(name)
        if name in ("", "[]") or "[" in name:
            return False
        known = self.known.get(name)
        if known is not None and known.fields and (written is None or _is_holder(name)):
            self.found.names.update(_all_names(known.fields))
            return True
        return written is not None and self._has_known_fields(written, index, level)

    def _has_known_fields(self, written: ir.TypeRef, index: ClassIndex, level: int) -> bool:
        """Whether all fields of what is of a type are known: it is of a class of the workspace, or has none."""
        name = written.name.rpartition(".")[2]
        if name in CONTAINERS:
            return all(self._has_known_fields(one, index, level) for one in written.args)
        if name in SCALARS:
            return True
        if name == "{}":
            return all(self._typed_field(one.name, one.type, index, level + 1) for one in written.fields)
        found = written_types.reference(self.evaluator, written, index.frame)
        return bool(found) and all(
            isinstance(one, ClassRef) and (one.index.definition.kind == "enum" or self._class(one.index, level + 1))
            for one in found
        )

    def _is_plain_base(self, base: ir.TypeRef, index: ClassIndex) -> bool:
        name = base.name.rpartition(".")[2]
        if name in PLAIN_BASES:
            return True
        found = written_types.reference(self.evaluator, base, index.frame)
        if not found:
            return False
        return not any(isinstance(one, External | LibraryValue | Opaque | LibraryMember) for one in found)

    # ---------------------------------------------------------------------------------------------- beside the content

    def _show_way(self, node: SiteNode) -> None:
        """The functions through which the message goes, and the classes of those that only pass it on."""
        self.found.shown.add_function(node.frame, node.node)
        for caller in node.chain:
            self.found.shown.add_function(caller.frame, caller.call)
            self.found.shown.add_sender(caller.callee.frame)
        if node.match.place.frame is not node.frame and node.match.place.frame is not None:
            self.found.shown.add_sender(node.match.place.frame)

    def _knows_headers(self, node: SiteNode, entry: Publish) -> bool:
        given = read_first(node.place, entry.headers)
        if given:
            return all(self._headers(one) for one in given)
        frame, call = node.match.place.frame, node.match.place.call
        assert frame is not None
        return not _HEADERS.search(text_around(self.graph.program.workspace, frame, call))

    def _headers(self, value: Denotation) -> bool:
        if isinstance(value, Scalar) and value.value is None:
            return True
        if isinstance(value, Record):
            return all(self._header(one, value) for one in value.node.fields)
        if isinstance(value, Items):
            return all(self._pair(one, value) for one in value.node.items)
        return False

    def _header(self, one: ir.Field, around: Record) -> bool:
        name = one.key or self._computed(one, around)
        if one.spread:
            values = self.evaluator.evaluate(one.value, around.frame, around.environment)
            return bool(values) and all(self._headers(value) for value in values)
        self.found.names.add(name or "")
        return name is not None

    def _pair(self, one: ir.Value, around: Items) -> bool:
        """A header as a pair of name and value."""
        if not isinstance(one, ir.Sequence) or len(one.items) != 2:
            return False
        names = self.evaluator.evaluate(one.items[0], around.frame, around.environment)
        self.found.names.update(str(name.value) for name in names if isinstance(name, Scalar))
        return bool(names) and all(isinstance(name, Scalar) for name in names)

    def _knows_rest(self, node: SiteNode, entry: Publish) -> bool:
        """Whether no other argument of the library's call holds what is not known and may travel."""
        call, frame = node.match.place.call, node.match.place.frame
        if not isinstance(call, ir.Call) or frame is None:
            return isinstance(call, ir.Send)
        paths = [parse_path(one) for one in (*(entry.payload or ()), *(entry.headers or ()), *entry.channel.name)]
        known = {path.key for path in paths if path.head in ("position", "keyword") and not path.steps}
        environment = node.place.environment
        for position, argument in enumerate(call.args):
            if argument.spread:
                return False
            if (argument.name or str(position)) not in known and not self._is_known(argument.value, frame, environment):
                return False
        return True

    def _is_known(self, value: ir.Value, frame: Frame, environment: Environment) -> bool:
        if isinstance(value, ir.Object):
            return all(
                not one.spread
                and (one.key is None or not _BESIDE.search(one.key) or self._is_known(one.value, frame, environment))
                for one in value.fields
            )
        if isinstance(value, ir.Literal | ir.Template | ir.Lambda | ir.Sequence):
            return True
        if not _BESIDE.search(self.evaluator.source(value, frame)):
            return True
        found = self.evaluator.evaluate(value, frame, environment)
        return bool(found) and all(self._holds_nothing_unknown(one) for one in found)

    def _holds_nothing_unknown(self, value: Denotation) -> bool:
        if isinstance(value, Record):
            return not any(one.spread for one in value.node.fields)
        if isinstance(value, ExternalResult):
            return all(
                not one.spread and self._is_known(one.value, value.frame, value.environment) for one in value.call.args
            )
        return isinstance(value, Scalar | LibraryValue | EnumMember | External)


def _seen_from(node: SiteNode, frame: Frame) -> Environment:
    return node.place.environment if frame is node.match.place.frame else ()


def _is_holder(name: str) -> bool:
    return _LAST_WORD.sub("", name).lower() in _HOLDERS


def _all_names(fields: Iterable[PayloadField]) -> Iterator[str]:
    for one in fields:
        yield one.name
        yield from _all_names(one.fields)
