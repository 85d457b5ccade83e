"""Whether all that a publish sends was seen: the content with all of its fields, what stands beside it, and the code that makes it.

Who says that a message lacks something has to have seen the message whole: an object literal without a spread of something unknown, or a
class of which every base is known; headers that are written out; nothing handed on that may add to it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from eventlens import ir
from eventlens.behaviour.shown_code import Shown, text_around
from eventlens.flow.declared_parts import folded
from eventlens.flow.denotations import (
    Denotation,
    EnumMember,
    Environment,
    External,
    ExternalResult,
    Items,
    LibraryMember,
    LibraryValue,
    Parameter,
    Part,
    Record,
    Scalar,
)
from eventlens.flow.graph import FlowGraph
from eventlens.flow.passed_values import passed_by_all
from eventlens.flow.reading import read_first
from eventlens.flow.scopes import Frame
from eventlens.flow.sent_fields import Sent
from eventlens.flow.site_node import SiteNode
from eventlens.flow.whole_contents import WholeContents, key_of
from eventlens.knowledge.paths import parse_path
from eventlens.knowledge.schema import Publish

_BESIDE = re.compile(
    r"(?i)header|propert|attribute|metadata|option|\bopts?\b|\bprops?\b|config|extra|params|kwargs|context|baggage|postproc"
)
"""How an argument is written that may hold what travels beside the content."""
_HEADERS = re.compile(r"(?i)\bheaders?\b|(?:message|user|application)_?(?:attributes|properties)|\bmetadata\b")
"""Code that deals with what travels beside the content."""
_MAX_HOPS = 4
"""Through how many callers headers are followed back to where they are written."""


@dataclass
class WholeMessage:
    """A message of which all was seen."""

    names: set[str] = field(default_factory=set)
    """What its fields and headers are called, at any depth."""
    texts: set[str] = field(default_factory=set)
    """The fixed texts among its values."""
    shown: Shown = field(default_factory=Shown)
    """The code that makes and sends it."""


def whole_message(graph: FlowGraph, node: SiteNode) -> WholeMessage | None:
    """What a publish sends; None where a part of it was not seen."""
    look = _Look(graph)
    return look.found if look.at(node) else None


class _Look:
    """One message, looked at as far as it is known."""

    def __init__(self, graph: FlowGraph) -> None:
        self.graph = graph
        self.evaluator = graph.evaluator
        self.found = WholeMessage()
        self.content = Sent({})
        self.around: list[tuple[Denotation, tuple[str, ...]]] = []
        """What the content is a part of, where it is one."""

    def at(self, node: SiteNode) -> bool:
        """Whether content, headers and the other arguments of a publish are known."""
        entry = node.match.entry
        if not isinstance(entry, Publish) or node.match.place.frame is None:
            return False
        if not self._knows_rest(node, entry) or not self._knows_content(node):
            return False
        self._show_way(node)
        return self._knows_headers(node, entry)

    # ----------------------------------------------------------------------------------------------------- content

    def _knows_content(self, node: SiteNode) -> bool:
        """Whether all fields of the content are known, at any depth."""
        values = self.graph.recorder.payloads.values(node)
        sent = WholeContents(self.evaluator, self.graph.callers).sent(node, values)
        if sent is None or not sent.fields:
            return False
        self.content, self.around = sent, [part[0] for part in map(_part_of, values) if part is not None]
        self._show(sent)
        last: Sent | None = None
        for around, one in sent.within():
            if one.is_open:
                return False
            self.found.names.add(one.name)
            self.found.texts.update(one.texts)
            if around is not last:  # a class of many fields has as many names that may travel, too
                self.found.names.update(around.maybe)
                last = around
            for inner in one.inside:
                self._show(inner)
        return True

    def _show(self, sent: Sent) -> None:
        for made in sent.made_by:
            if isinstance(made, Frame):
                self.found.shown.add_function(made)
            else:
                self.found.shown.add_class(made)

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

    def _headers(self, value: Denotation, hops: int = 0) -> bool:
        if isinstance(value, Scalar) and value.value is None:
            return True
        if isinstance(value, Record):
            return all(self._header(one, value) for one in value.node.fields)
        if isinstance(value, Items):
            return all(self._pair(one, value) for one in value.node.items)
        if self._is_no_part(value):
            return True
        if not isinstance(value, Parameter | Part) or hops >= _MAX_HOPS:
            return False
        given = passed_by_all(self.graph.callers, value)
        return bool(given) and all(self._headers(one, hops + 1) for one in given)

    def _is_no_part(self, value: Denotation) -> bool:
        """Whether headers would stand beside the content in an object, which holds nothing but the content (``emit(pattern, order)``)."""
        part = _part_of(value)
        return part is not None and part[0] in self.around and not self.content.has(folded(part[1]))

    def _header(self, one: ir.Field, around: Record) -> bool:
        if one.spread:
            values = self.evaluator.evaluate(one.value, around.frame, around.environment)
            return bool(values) and all(self._headers(value) for value in values)
        name = key_of(self.evaluator, one, around)
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


def _part_of(value: Denotation) -> tuple[tuple[Denotation, tuple[str, ...]], str] | None:
    """What a part belongs to, and the part's name; None for what is no part."""
    if isinstance(value, Part):
        return (value.base, ()), value.step
    if isinstance(value, LibraryMember):
        return (value.value, value.names[:-1]), value.names[-1]
    return None
