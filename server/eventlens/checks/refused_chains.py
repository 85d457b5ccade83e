"""Chains of services that tell each other, at whose end one refuses: what the earlier ones stored, and which of them hears of that."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import NamedTuple

from eventlens.behaviour.events import Event, is_outside_effect, is_write
from eventlens.behaviour.paths import named_function
from eventlens.checks.announced import entity_of
from eventlens.checks.asked_in_turn import trace_of
from eventlens.checks.context import CheckContext, Consumer
from eventlens.checks.no_dead_letter_queue import looks_dead_lettered
from eventlens.flow.model import Site
from eventlens.flow.scopes import Frame

_FAILED = re.compile(
    r"(?i)fail|reject|declin|refus|denied|insufficient|not_?enough|out_?of_?stock|sold_?out|unavailable|not_?available|exceed|overdrawn"
)
"""How a message, or an error, is called that says no for reasons of the business."""
_UNDOING = re.compile(
    r"(?i)compensat|refund|roll_?back|revert|undo|cancel|release|expire|abort|void|restor|unreserve|fail|reject|reverse"
)
"""How functions are called that take a step back."""
_LEAST_SERVICES = 3
_MOST_CALLERS = 6


class Refusal(NamedTuple):
    """Where a handler says no: by a message (``said``), or by an error that leaves it."""

    consumer: Consumer
    event: Event
    said: Site | None


class Told(NamedTuple):
    """What a service stored before it told the next one."""

    service: str
    write: Event
    publish: Event


class Refused(NamedTuple):
    """A refusal, and the parts of services that do not hear of it."""

    refusal: Refusal
    left: tuple[Told, ...]


def refused_chains(context: CheckContext) -> Iterator[Refused]:
    """The refusals at the end of three services or more of which some that stored a part do not hear."""
    refusals = [one for consumer in context.consumers() if (one := _refusal(context, consumer)) is not None]
    if not refusals:
        return
    chains = _Chains(context)
    for refusal in refusals:
        consumer = refusal.consumer
        if context.is_cut(consumer.node):
            continue
        steps = chains.before(consumer)
        if len({consumer.site.service, *(one.service for one in steps)}) < _LEAST_SERVICES:
            continue
        reached = chains.reached(refusal)
        left = [one for one in steps if reached is not None and one.service not in reached and not chains.undoes(one)]
        if left:
            yield Refused(refusal, tuple(left))


def _refusal(context: CheckContext, consumer: Consumer) -> Refusal | None:
    """How a handler refuses a message for reasons of the business; None where it does not, or where several ways lead on from there."""
    events = context.delivery_events(consumer.node)
    told = [
        (event, site)
        for event in events
        if event.kind == "publish" and event.site is not None
        if (site := context.site_of.get(id(event.site))) is not None and _says_no(site)
    ]
    if told:
        return next((Refusal(consumer, *one) for one in told if _is_conditional(one[0])), None)
    if any(event.kind in ("publish", "send") and event.within("catch") is not None for event in events):
        return None
    return next((Refusal(consumer, event, None) for event in events if _throws_no(context, event)), None)


def _says_no(site: Site) -> bool:
    words = f"{site.event or ''} {site.channel or ''} {site.routing_key or ''}"
    return _FAILED.search(words) is not None and not looks_dead_lettered(words)


def _is_conditional(event: Event) -> bool:
    return any(one.kind in ("then", "orelse", "catch") for one in event.contexts)


def _throws_no(context: CheckContext, event: Event) -> bool:
    """Whether an error for reasons of the business leaves the handler."""
    if event.kind != "throw" or event.within("try") is not None or event.within("catch") is not None:
        return False
    if not _is_conditional(event):
        return False
    text = context.graph.program.workspace.text(event.frame.module.path)[event.node.start : event.node.end]
    return _FAILED.search(text.decode("utf-8", "replace")) is not None


class _Chains:
    """The chains of services that messages go through."""

    def __init__(self, context: CheckContext) -> None:
        self._context = context
        self._consumers = {one.site.id: one for one in context.consumers()}
        self._publishing: dict[str, list[tuple[Consumer, Event]]] = defaultdict(list)
        for consumer in self._consumers.values():
            for event in consumer.events:
                site = self._site(event)
                if site is not None:
                    self._publishing[site.id].append((consumer, event))

    def _site(self, event: Event) -> Site | None:
        if event.kind != "publish" or event.site is None:
            return None
        return self._context.site_of.get(id(event.site))

    def before(self, consumer: Consumer) -> list[Told]:
        """What the services before a consumer stored, the nearest first, each service once; its own is no such step."""
        steps: dict[str, Told] = {}
        seen, queue = {consumer.site.id}, [consumer.site.id]
        while queue:
            for publish in self._context.graph.senders.get(queue.pop(0), ()):
                for step, handler in self._steps_at(publish):
                    if step is not None and step.service != consumer.site.service:
                        steps.setdefault(step.service, step)
                    if handler is not None and handler.site.id not in seen:
                        seen.add(handler.site.id)
                        queue.append(handler.site.id)
        return list(steps.values())

    def _steps_at(self, publish: str) -> Iterator[tuple[Told | None, Consumer | None]]:
        """What is stored where a message is published, and the handler that does it."""
        handlers = self._publishing.get(publish, ())
        for handler, event in handlers:
            yield _step(handler.site.service, handler.events, event), handler
        if not handlers:
            yield self._outside(publish), None

    def _outside(self, publish: str) -> Told | None:
        """What is stored with a publish that no handler makes: by the function that holds it, or the nearest that call that."""
        node, site = self._context.graph.by_id[publish]
        frames: list[Frame] = [named_function(node.frame)]
        callers = self._context.graph.callers.of(frames[0], read=False)[:_MOST_CALLERS]
        frames += [named_function(one.frame) for one in callers]
        for frame in frames:
            events = trace_of(self._context, frame) if frame.function is not None else ()
            own = next((event for event in events if event.kind == "publish" and event.node is node.node), None)
            step = _step(site.service, events, own) if own is not None else None
            if step is not None:
                return step
        return None

    def reached(self, refusal: Refusal) -> set[str] | None:
        """The services that learn of a refusal, directly or from each other; None where not all of that is seen."""
        if refusal.said is None:
            return set()
        if _is_open(refusal.said):
            return None
        services: set[str] = set()
        seen: set[str] = set()
        queue = [refusal.said.id]
        while queue:
            for identity in self._context.graph.takers.get(queue.pop(), ()):
                handler = self._consumers.get(identity)
                if handler is None or not self._is_seen_whole(handler):
                    return None
                services.add(handler.site.service or "")
                for event in handler.events:
                    site = self._site(event)
                    if event.kind in ("publish", "send") and (site is None or _is_open(site)):
                        return None
                    if site is not None and site.id not in seen:
                        seen.add(site.id)
                        queue.append(site.id)
        return services

    def _is_seen_whole(self, handler: Consumer) -> bool:
        """Whether all that a handler does is known, and nobody outside is asked, who may take something back."""
        return (
            not self._context.is_cut(handler.node)
            and handler.node.handler.frame is not None
            and not any(map(is_outside_effect, handler.events))
        )

    def undoes(self, step: Told) -> bool:
        """Whether the service of a step has a function that is called like one which takes something back, and changes such rows: it may run
        on a way that is not followed."""
        return entity_of(step.write) in self._undone.get(step.service, ())

    @cached_property
    def _undone(self) -> dict[str, set[str]]:
        """The entities that functions change which are called like that, by service; "" where which ones is not known."""
        graph = self._context.graph
        found: dict[str, set[str]] = defaultdict(set)
        for module in graph.program.loaded():
            service = graph.matcher.service_of(module.path)
            if service is None or graph.program.workspace.source_set(module.path) != "main":
                continue
            for frame in module.frames:
                if frame.function is not None and _UNDOING.search(frame.name.rpartition(".")[2]):
                    found[service].update(entity_of(one) for one in trace_of(self._context, frame) if is_write(one))
        return found


def _is_open(site: Site) -> bool:
    return site.channel is None or "*" in site.channel


def _step(service: str | None, events: Iterable[Event], publish: Event) -> Told | None:
    """The write that goes with a publish: neither stands in a branch of its own that the other is not in."""
    around = {id(one.node) for one in publish.contexts}
    writes = [
        event
        for event in events
        if is_write(event)
        and event.order < publish.order
        and all(one.kind not in ("then", "orelse", "catch", "loop") or id(one.node) in around for one in event.contexts)
    ]
    return Told(service, writes[-1], publish) if service and writes else None
