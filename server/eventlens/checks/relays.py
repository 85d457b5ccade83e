"""The second half of an outbox: rows are read, published, and then marked or removed.

Who reads the rows may be another function than the one that publishes, and so may be who marks them: the function that is traced, one
that it calls, the wrapper through which it publishes, or whoever hands it the rows one by one.
"""

from __future__ import annotations

import re

from eventlens import ir
from eventlens.behaviour.events import Event, is_write
from eventlens.behaviour.paths import named_function
from eventlens.checks.announced import entity_of, origins_of, sends_what_was_read
from eventlens.checks.context import CheckContext
from eventlens.flow.program import Frame, last_name
from eventlens.flow.site_node import SiteNode

_OUTBOX = re.compile(r"outbox", re.IGNORECASE)
_ONE_ROW = re.compile(
    r"(?i)(?<!order)(?<!order_)by_?(id|key|uuid)s?$|^(get|find|load)$|one|single|unique|first|reference|queryForObject|exists"
)
"""Names of reads that look for one row, by what it is known by."""
_MOST_CALLERS = 12


def is_outbox(event: Event) -> bool:
    """Whether an effect is about a table that is called an outbox."""
    return bool(_OUTBOX.search(entity_of(event)))


def is_relay(context: CheckContext, publish: Event, events: tuple[Event, ...]) -> bool:
    """Whether a publish sends rows that the traced function, or the wrapper through which it publishes, reads and then marks or removes."""
    return _sends_and_marks(publish, events) or _wrapper_relays(context, publish)


def is_handed_rows(context: CheckContext, node: SiteNode, root: Frame, read: bool) -> bool:
    """Whether each caller of a function that publishes and then writes hands it rows that it has read: one by one, or several at once.

    ``read``: whether modules may be read to find the callers.
    """
    source_set = context.graph.program.workspace.source_set
    callers = {
        id(holder): holder
        for one in context.graph.callers.of(root, read=read)[:_MOST_CALLERS]
        if source_set((holder := named_function(one.frame)).module.path) == "main"
    }
    return bool(callers) and all(_hands_rows(context, node, one) for one in callers.values())


def _hands_rows(context: CheckContext, node: SiteNode, caller: Frame) -> bool:
    events = context.tracer.trace(caller)
    return any(
        one.kind == "publish"
        and (one.node is node.node or (one.site is not None and one.site.inner is node))
        and _sends_and_marks(one, events, one.within("loop") is None)
        for one in events
    )


def _wrapper_relays(context: CheckContext, publish: Event) -> bool:
    """Whether all of it happens in a function that the publish's call enters."""
    if publish.site is None:
        return False
    entry = publish.site.match.entry
    return any(
        one.kind in ("send", "publish")
        and one.match is not None
        and one.match.entry is entry
        and _sends_and_marks(one, events)
        for step in publish.site.chain
        for events in (context.tracer.trace(step.callee.frame),)
        for one in events
    )


def _sends_and_marks(publish: Event, events: tuple[Event, ...], of_several: bool = False) -> bool:
    """Whether rows are read, published, and the same rows are marked or removed; ``of_several``: a read of one row does not count."""
    if any(_takes_from_outbox(event) and event.order > publish.order for event in events):
        return True
    reads = [one for one in events if _is_read(one) and one.order <= publish.order]
    origins = origins_of(publish) if reads else set()
    for read in reads:
        if not (sends_what_was_read(publish, origins, read, events) or is_outbox(read)):
            continue
        if of_several and isinstance(read.node, ir.Call) and _ONE_ROW.search(last_name(read.node.callee)):
            continue
        if any(event.order > publish.order and _marks(event, read, publish) for event in events):
            return True
    return False


def _is_read(event: Event) -> bool:
    return event.kind == "effect" and event.effect == "read" and event.store != "cache"


def _takes_from_outbox(event: Event) -> bool:
    return is_write(event) and event.effect == "delete" and is_outbox(event)


def _marks(event: Event, read: Event, publish: Event) -> bool:
    """Whether a write marks or removes rows that were read: an object that is saved may be another where one message is sent."""
    return (
        is_write(event)
        and event.effect != "insert"
        and _same_entity(read, event)
        and not (event.effect == "write" and not _is_repeated(publish) and not is_outbox(read))
    )


def _same_entity(one: Event, other: Event) -> bool:
    """Whether two effects are about the same table; a row that is itself saved or removed counts as its table."""
    mine, theirs = entity_of(one), entity_of(other)
    if mine and theirs:
        return mine.lower() == theirs.lower() and (
            bool(_OUTBOX.search(mine)) or other.effect in ("update", "delete", "upsert", "write")
        )
    return False


def _is_repeated(publish: Event) -> bool:
    return publish.within("loop") is not None
