"""What a finding says is done twice: the handler, its effects that nothing guards, and the function in which they stand."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from eventlens import ir
from eventlens.behaviour.events import Event, is_outside_effect
from eventlens.behaviour.guards import covers, guards
from eventlens.behaviour.paths import Level, encloses, levels, named_function
from eventlens.behaviour.repetition import repeated
from eventlens.checks.context import Consumer
from eventlens.fixes.context import FixContext
from eventlens.flow.model import Finding, Site
from eventlens.flow.scopes import Frame
from eventlens.flow.walk import loops_of, mentions, names_bound, statements_in, values_in

_DATABASE = frozenset(("insert", "record", "increment", "append"))
"""Kinds of repetition that a row in the same transaction rules out."""


_BATCHES = {"sqs": "Messages", "kafka": "messages"}
"""What a batch calls the messages that it holds: the result of a receive, what ``eachBatch`` is given."""


class Handling(NamedTuple):
    """A handler whose repeated effects all go through one library."""

    consumer: Consumer
    events: tuple[Event, ...]
    """What happens for one message, in order."""
    effects: tuple[Event, ...]
    """Those that differ when they are repeated, and that nothing guards."""
    library: str
    is_in_database: bool
    """Whether a row in the same transaction rules the repetition out, for all of them."""

    def name(self, context: FixContext) -> str:
        """Who handled the message, as the inbox calls it: the group or queue, else the channel."""
        site = self.consumer.site
        if site.group and _is_plain(site.group):
            return site.group
        channel = site.channel if site.channel and _is_plain(site.channel) else self.handler_name
        others = {one.site.service for one in context.consumers() if one.site.channel == site.channel}
        # Services may share a database: what one of them handled is new to the others.
        is_shared = site.channel_kind != "queue" and len(others) > 1 and site.service
        return f"{site.service}.{channel}" if is_shared else channel

    @property
    def loop(self) -> tuple[ir.Loop, Frame] | None:
        """The loop that takes the messages, each turn one; also the one over a batch that was received at once."""
        handler = self.consumer.node.handler
        if handler.loop is not None and handler.loop_frame is not None:
            inner = [one for one in statements_in(handler.loop.body) if isinstance(one, ir.Loop)]
            entries = names_bound(handler.loop.target) if self.consumer.site.broker == "redis-streams" else set()
            batch = next((one for one in inner if one.source is not None and mentions(one.source, entries)), None)
            return batch or handler.loop, handler.loop_frame
        name = _BATCHES.get(self.consumer.site.broker)
        if handler.frame is None or name is None:
            return None
        return next(((one, handler.frame) for one in loops_of(handler.frame) if _is_over(one, name)), None)

    @property
    def handler_name(self) -> str:
        """The handler's own name."""
        frame = self.consumer.node.handler.frame or self.consumer.node.frame
        return named_function(frame).name.rpartition(".")[2]

    def publishers(self, context: FixContext) -> Iterator[Site]:
        """The sites of the workspace that publish what is handled."""
        graph = context.checks.graph
        for flow in graph.flows:
            if flow.subscribe == self.consumer.site.id and flow.publish in graph.by_id:
                yield graph.by_id[flow.publish][1]


def handling_of(context: FixContext, finding: Finding) -> Handling | None:
    """What a finding of the rule is about; None where several libraries are behind it."""
    subject = context.subject(finding)
    consumer = context.consumer(subject.at) if subject is not None and subject.at is not None else None
    if consumer is None:
        return None
    events = context.checks.delivery_events(consumer.node)
    known = guards(events)
    found = [one for one in repeated(events) if not any(covers(guard, one.event) for guard in known)]
    libraries = {one.event.match.library for one in found if one.event.match is not None}
    if not found or len(libraries) != 1 or any(one.event.match is None for one in found):
        return None
    effects = tuple(one.event for one in found)
    return Handling(consumer, events, effects, libraries.pop(), all(one.kind in _DATABASE for one in found))


def common_level(effects: Iterable[Event]) -> Level | None:
    """The innermost named function on the way to all of some effects."""
    paths = [list(levels(one))[::-1] for one in effects]
    shared: Level | None = None
    for steps in zip(*paths, strict=False):
        if any(one.root is not steps[0].root or one.outer != steps[0].outer for one in steps):
            break
        shared = steps[0]
    return shared


def nodes_at(effects: Iterable[Event], level: Level) -> list[tuple[ir.Node, Frame]]:
    """What stands for each effect in a function on the way to it: itself, or the call that leads there."""
    return [
        (one.node, one.frame)
        for effect in effects
        for one in levels(effect)
        if one.root is level.root and one.outer == level.outer
    ]


def does_more(event: Event) -> bool:
    """Whether an event reaches beyond the database, or settles the message."""
    return event.kind in ("publish", "send", "acknowledge") or is_outside_effect(event)


def is_caught_within(event: Event, level: Level, frame: Frame, start: int, end: int) -> bool:
    """Whether the failure of an event is caught inside some bytes of a function, or in one called from there: a transaction does
    not go on after that."""
    deeper = [step.callee for step in event.chain[len(level.outer) :]]
    return "chained:catch" in event.usage or any(
        one.kind == "try"
        and (
            any(encloses(callee, one.frame) for callee in deeper)
            or (one.frame.module is frame.module and start <= one.node.start and one.node.end <= end)
        )
        for one in event.contexts
    )


def _is_over(loop: ir.Loop, batch: str) -> bool:
    return loop.kind == "each" and any(
        (isinstance(one, ir.Name | ir.Member) and one.name == batch)
        or (isinstance(one, ir.Literal) and one.value == batch)
        for one in values_in(loop.source)
    )


def _is_plain(text: str) -> bool:
    return bool(re.fullmatch(r"[\w.:/-]+", text))
