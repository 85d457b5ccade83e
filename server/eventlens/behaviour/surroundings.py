"""Code that a framework runs around handlers: interceptors and filters that acknowledge, reject or keep messages."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from eventlens import ir
from eventlens.behaviour.events import Event
from eventlens.behaviour.trace import Tracer
from eventlens.flow import class_hierarchy, class_members
from eventlens.flow.denotations import ClassRef, External, FunctionRef, Instance, LibraryValue
from eventlens.flow.graph import FlowGraph
from eventlens.flow.library_match import LibraryMatch
from eventlens.flow.reading import read_first
from eventlens.flow.scopes import Frame
from eventlens.flow.site_node import SiteNode
from eventlens.flow.walk import statements_in
from eventlens.knowledge.schema import Surrounding

_OF_THE_LANGUAGE = frozenset(("", "abc", "typing", "builtins"))
"""Packages whose classes say something of those that extend them, and do nothing."""


class Surroundings:
    """The surroundings of the handlers of one graph."""

    def __init__(self, graph: FlowGraph, tracer: Tracer) -> None:
        self.graph = graph
        self.tracer = tracer
        self._global: dict[str | None, list[LibraryMatch]] | None = None

    def failing(self, node: SiteNode) -> Iterator[Event]:
        """What happens around a handler when it fails."""
        for match in self._around(node.handler.frame):
            entry = match.entry
            assert isinstance(entry, Surrounding)
            for frame in self._methods(match, entry):
                for event in self.tracer.trace(frame):
                    if entry.on_failure or event.within("catch") is not None:
                        yield event

    def may_keep(self, node: SiteNode) -> bool:
        """Whether what runs when a handler has failed does more than to log, as far as is known: what it calls, or a class of others that it is a
        method of, may store the failure."""
        return any(
            self._is_of_others(match, match.entry)
            or any(map(self._does_more_than_log, self._methods(match, match.entry)))
            for match in self._around(node.handler.frame)
            if isinstance(match.entry, Surrounding) and match.entry.on_failure
        )

    def _is_of_others(self, match: LibraryMatch, entry: Surrounding) -> bool:
        """Whether the class that says what is done about a failure, or one that it extends, is of another library: no file shows what it does."""
        if not entry.method:
            return False
        evaluator = self.graph.evaluator
        values = read_first(match.place, entry.value)
        classes = [one.index for one in values if isinstance(one, ClassRef | Instance)]
        packages = {one.package for one in values if isinstance(one, External)}
        bases = (base for index in classes for base, *_ in class_hierarchy.external_bases(evaluator, index))
        packages |= {one.package for one in bases if isinstance(one, External)} - _OF_THE_LANGUAGE
        own = match.model.model.packages
        return any(not any(one == name or one.startswith(name + ".") for name in own) for one in packages)

    def _does_more_than_log(self, frame: Frame) -> bool:
        logged = {id(event.node) for event in self.tracer.trace(frame) if event.effect == "log"}
        body = frame.function.body if frame.function is not None else None
        return any(
            isinstance(one, ir.Evaluate) and isinstance(one.value, ir.Call) and id(one.value) not in logged
            for one in statements_in(body or ())
        )

    def _around(self, handler: Frame | None) -> Iterable[LibraryMatch]:
        if handler is None or handler.function is None or not handler.function.decorators:
            return
        matcher = self.graph.matcher
        yield from (match for match in matcher.declared.decorating(handler) if match.section == "surroundings")
        for match in matcher.declared.in_module(handler.module) if handler.cls is not None else ():
            if match.section == "surroundings" and match.place.function is None and match.place.index is handler.cls:
                yield match
        yield from self._listening(handler)
        yield from self._of_service().get(matcher.service_of(handler.module.path), ())

    def _listening(self, handler: Frame) -> Iterator[LibraryMatch]:
        """What the functions beside a handler are decorated with, where that has them run when the handler fails."""
        for frame in handler.module.frames:
            if frame is handler or frame.function is None or not frame.function.decorators:
                continue
            for match in self.graph.matcher.declared.decorating(frame):
                entry = match.entry
                if isinstance(entry, Surrounding) and not entry.method and _is_for(match, entry, handler):
                    yield match

    def _of_service(self) -> dict[str | None, list[LibraryMatch]]:
        """Service → the surroundings that hold for all its handlers."""
        if self._global is None:
            self._global = {}
            matcher = self.graph.matcher
            names = {
                name
                for name, rows in self.graph.evaluator.catalogue.calls.items()
                if any(section == "surroundings" for _, section, _ in rows)
            }
            for name in names:
                for site in self.graph.program.calls.get(name, ()):
                    self._keep(site.frame, (match for match in matcher.at_call(site.call, site.frame)))
            for module in self.graph.program.loaded():
                if any(index.definition.decorators for index in module.classes):
                    self._keep(module.top, (match for match in matcher.declared.in_module(module) if match.entry.when))
        return self._global

    def _keep(self, frame: Frame, matches: Iterable[LibraryMatch]) -> None:
        assert self._global is not None
        for match in matches:
            if match.section == "surroundings":
                self._global.setdefault(self.graph.matcher.service_of(frame.module.path), []).append(match)

    def _methods(self, match: LibraryMatch, entry: Surrounding) -> Iterator[Frame]:
        evaluator = self.graph.evaluator
        if not entry.method and match.place.function is not None:
            yield match.place.function
        for value in read_first(match.place, entry.value):
            index = value.index if isinstance(value, ClassRef | Instance) else None
            for name in entry.method if index is not None else ():
                for meaning in class_members.class_member(evaluator, index, name, Instance(index)):  # type: ignore[arg-type]
                    if isinstance(meaning, FunctionRef):
                        yield meaning.frame


def _is_for(match: LibraryMatch, entry: Surrounding, handler: Frame) -> bool:
    """Whether a function that listens for failures does so for those of a handler."""
    values = read_first(match.place, entry.value)
    return not values or any(
        (isinstance(one, FunctionRef) and one.frame is handler)
        or (isinstance(one, LibraryValue) and one.function is handler)
        for one in values
    )
