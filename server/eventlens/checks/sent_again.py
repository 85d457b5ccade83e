"""Rows that a job reads to send what was not sent: the publish beside their write may be lost, and is made good."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from eventlens import ir
from eventlens.behaviour.events import Event, is_write
from eventlens.behaviour.paths import named_function
from eventlens.checks.announced import entity_of, origins_of, sends_what_was_read
from eventlens.checks.context import CheckContext
from eventlens.flow import class_hierarchy
from eventlens.flow.linking import told_apart
from eventlens.flow.module_index import decorator_name
from eventlens.flow.scopes import Frame
from eventlens.flow.site_node import SiteNode

_AGAIN = re.compile(
    r"(?i)outbox|relay|resend|republish|retry|schedul|cron|sweep|poll|unsent|pending|every|interval|timer"
)
"""In the names of functions, of their classes and of what they are decorated with, where they run by themselves now and then."""
_REPLAYS = re.compile(r"(?i)^(replay|resume|recover|re_?run|re_?drive|restart)")
"""How methods begin that take up work again where it was left."""
_MOST_CALLERS = 12
_MOST_JOBS = 8
_MOST_PUBLISHES = 20
_MOST_READS = 40
"""Of one job; each read is compared with each publish."""


def is_sent_again(context: CheckContext, node: SiteNode, publish: Event, events: tuple[Event, ...]) -> bool:
    """Whether a job reads some of the rows that stand written before a publish, and sends them to the same channel."""
    written = {entity_of(one).lower() for one in events if is_write(one) and one.order < publish.order} - {""}
    return bool(written) and any(
        entity in written for root in _jobs(context, node) for entity in _entities_sent(context, root, node)
    )


def is_replayed(context: CheckContext, root: Frame, publish: Event, events: tuple[Event, ...], read: bool) -> bool:
    """Whether a job reads some of the rows that stand written before a publish, and has the publisher take up their work again.

    ``read``: whether modules may be read to find the callers.
    """
    written = {entity_of(one).lower() for one in events if is_write(one) and one.order < publish.order} - {""}
    return bool(written) and any(
        one.effect == "read" and entity_of(one).lower() in written
        for job in _replaying_jobs(context, root, read)
        for one in context.tracer.trace(job)
    )


def _replaying_jobs(context: CheckContext, root: Frame, read: bool) -> Iterator[Frame]:
    """The functions that run now and then and call what takes up work again in the class of a function, found by its name: they mostly
    have the object from a table of all that can."""
    if root.cls is None:
        return
    callers, program = context.graph.callers, context.graph.program
    for index in class_hierarchy.bases(context.graph.evaluator, root.cls):
        for name, method in index.methods.items():
            if not _REPLAYS.match(name):
                continue
            callers.of(method, read=read)  # reads the modules that may call it
            for site in program.calls.get(name, ())[:_MOST_CALLERS]:
                holder = named_function(site.frame)
                above = (named_function(one.frame) for one in callers.of(holder, read=False)[:_MOST_CALLERS])
                yield from (one for one in (holder, *above) if _runs_by_itself(one))


def _jobs(context: CheckContext, node: SiteNode) -> Iterator[Frame]:
    """The functions that run now and then and lead to a publish on the channel of a site."""
    keys = told_apart(node)
    for other, _ in context.sites("publish"):
        if other is node or (keys and not keys.isdisjoint(told_apart(other))):
            holder = named_function(other.frame)
            callers = (named_function(one.frame) for one in context.graph.callers.of(holder, read=False))
            jobs = {id(one): one for one in (holder, *callers) if _runs_by_itself(one)}
            yield from islice(jobs.values(), _MOST_JOBS)


def _runs_by_itself(frame: Frame) -> bool:
    function = frame.function
    if function is None:
        return False
    names = [function.name, frame.cls.name if frame.cls is not None else "", *map(decorator_name, function.decorators)]
    return any(_AGAIN.search(name) for name in names)


def _entities_sent(context: CheckContext, root: Frame, node: SiteNode) -> Iterator[str]:
    """Of which tables a function reads rows by some condition, each of which it then publishes; what it marks as sent before is not read again."""
    events = context.tracer.trace(root)
    keys = told_apart(node)
    publishes = (
        one
        for one in events
        if one.kind == "publish"
        and one.site is not None
        and (one.node is node.node or not keys.isdisjoint(told_apart(one.site)))
    )
    sent = [(one, origins_of(one)) for one in islice(publishes, _MOST_PUBLISHES)]
    reads = (one for one in events if _reads_by_condition(one)) if sent else iter(())
    for read in islice(reads, _MOST_READS):
        entity = entity_of(read).lower()
        if any(
            one.order > read.order
            and sends_what_was_read(one, origins, read, events)
            and not _is_marked_between(read, one, entity, events)
            for one, origins in sent
        ):
            yield entity


def _reads_by_condition(event: Event) -> bool:
    return (
        event.kind == "effect" and event.effect == "read" and isinstance(event.node, ir.Call) and bool(event.node.args)
    )


def _is_marked_between(read: Event, publish: Event, entity: str, events: tuple[Event, ...]) -> bool:
    """Whether rows of a table are written after they were read and before they are published."""
    return any(
        is_write(one) and read.order < one.order < publish.order and entity_of(one).lower() == entity for one in events
    )
