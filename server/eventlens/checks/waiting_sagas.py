"""Sagas of frameworks that wait: objects that remember how far a piece of work has come, send a request for its next step, and go on when the
answer comes. Of each, the steps for which nothing that it says would end the wait."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from typing import NamedTuple

from eventlens.behaviour.events import Event
from eventlens.behaviour.shown_code import Shown
from eventlens.checks.context import CheckContext
from eventlens.flow import class_hierarchy
from eventlens.flow.model import Site
from eventlens.flow.scopes import ClassIndex
from eventlens.flow.site_node import SiteNode
from eventlens.knowledge.schema import Subscribe

_TIME = re.compile(
    r"(?i)time_?d?_?out|schedul|deadline|defer|delay|expir|elapsed|remind|overdue|TimeSpan\.|Duration\.|\bFault<"
)
"""Words of what comes by itself after some time, or where an answer fails, in the class of a saga."""
_SWEEPING = re.compile(r"(?i)time_?d?_?out|stale|stuck|overdue|expire|sweep|abandon|reaper|watchdog")
"""How functions are called that look for work which has not gone on."""


class Step(NamedTuple):
    """A request that a saga sends (``node``), and how its answer comes back: the handler that is asked, what that publishes, the subscription
    of the saga."""

    node: SiteNode
    site: Site
    asked: Site
    answer: Event
    reply: Site


class Waiting(NamedTuple):
    """A saga and its steps that wait without end, in the order of their places."""

    saga: ClassIndex
    steps: tuple[Step, ...]


def waiting_sagas(context: CheckContext) -> Iterator[Waiting]:
    """The sagas that wait without end for an answer, where the whole way of it is seen."""
    sagas = _sagas(context)
    if not sagas:
        return
    ways = _Ways(context)
    for index, replies in sagas.items():
        context.beat()
        steps = tuple(ways.steps(index, replies))
        if steps and not _speaks_of_time(context, index) and not ways.is_swept(steps[0].site.service):
            yield Waiting(index, steps)


def _sagas(context: CheckContext) -> dict[ClassIndex, set[str]]:
    """The classes of sagas, with the ids of their subscriptions."""
    subscriptions: dict[ClassIndex, list[SiteNode]] = defaultdict(list)
    ids: dict[int, str] = {}
    for node, site in context.sites("subscribe"):
        owner = node.frame.cls or (node.handler.frame.cls if node.handler.frame is not None else None)
        if owner is not None:
            subscriptions[owner].append(node)
            ids[id(node)] = site.id
    return {
        owner: {ids[id(node)] for node in nodes}
        for owner, nodes in subscriptions.items()
        if any(isinstance(node.match.entry, Subscribe) and node.match.entry.saga for node in nodes)
    }


class _Ways:
    """How messages go from a saga to those that it asks, and back."""

    def __init__(self, context: CheckContext) -> None:
        self._context = context
        self._to = context.graph.takers

    def steps(self, saga: ClassIndex, replies: set[str]) -> Iterator[Step]:
        """The requests of a saga whose answer comes back to it."""
        told: set[str] = set()
        for node, site in self._context.sites("publish"):
            if node.frame.cls is not saga or site.interaction == "reply":
                continue
            step = next(self._answered(node, site, replies), None)
            if step is not None and step.reply.id not in told:
                told.add(step.reply.id)
                yield step

    def _answered(self, node: SiteNode, site: Site, replies: set[str]) -> Iterator[Step]:
        by_id, site_of = self._context.graph.by_id, self._context.site_of
        for identity in self._to.get(site.id, ()):
            handler, asked = by_id[identity]
            if identity in replies or asked.source_set != "main":
                continue
            for event in self._context.handler_events(handler):
                answer = site_of.get(id(event.site)) if event.kind == "publish" and event.site is not None else None
                for back in self._to.get(answer.id, ()) if answer is not None else ():
                    if back in replies:
                        yield Step(node, site, asked, event, by_id[back][1])

    def is_swept(self, service: str | None) -> bool:
        """Whether a service has a function that is called like one which looks for work that has not gone on."""
        graph = self._context.graph
        return any(
            _SWEEPING.search(frame.name.rpartition(".")[2])
            for module in graph.program.loaded()
            if graph.matcher.service_of(module.path) == service
            for frame in module.frames
            if frame.function is not None
        )


def _speaks_of_time(context: CheckContext, saga: ClassIndex) -> bool:
    """Whether anything in the class of a saga, or one that it extends, may come by itself after some time."""
    shown = Shown()
    for one in class_hierarchy.bases(context.graph.evaluator, saga):
        shown.add_class(one)
    return _TIME.search(shown.text(context.graph.program.workspace)) is not None
