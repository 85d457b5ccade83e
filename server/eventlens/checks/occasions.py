"""Whether a publish and a write of one operation happen on the same occasion: the same turn of a loop, the same callback, the same outcome."""

from __future__ import annotations

from collections.abc import Sequence

from eventlens import ir
from eventlens.behaviour.events import Context, Event
from eventlens.checks.announced import is_named


def is_undone(write: Event, publish: Event) -> bool:
    """Whether the publish happens in a failure path in which the write's transaction was rolled back, or which tells of what was attempted after
    the write, or the write in a failure path."""
    caught = publish.within("catch")
    if caught is not None and caught.outer is not None:
        return not any(one.node is caught.node for one in write.contexts) and (
            any(one.kind == "try" and one.node is caught.outer for one in write.contexts)
            or not (is_named(publish, write) or write.order > publish.order)
        )
    return any(
        own.kind == "catch" and not any(one.node is own.node for one in publish.contexts) for own in write.contexts
    )


def is_of_next_turn(write: Event, publish: Event) -> bool:
    """Whether the write after a publish belongs to something else: it stands outside the publish's loop or in deferred code."""
    loop = publish.within("loop")
    return (loop is not None and not any(one.node is loop.node for one in write.contexts)) or write.within(
        "deferred"
    ) is not None


def is_one_of_many(write: Event, publish: Event, sent: Event) -> bool:
    """Whether rows are changed one by one, and the publish is no part of that and does not name them: it tells of something else."""
    loop = write.within("loop")
    return (
        loop is not None
        and write.effect == "update"
        and not is_named(publish, write)
        and not any(one.node is loop.node for one in sent.contexts)
    )


def is_told_by_another(write: Event, publish: Event, events: Sequence[Event]) -> bool:
    """Whether a write stands in another call that publishes: it belongs to what that one tells."""
    others = {id(event.node) for event in events if event.kind == "publish" and event.node is not publish.node}
    return any(id(step.call) in others for step in write.chain)


def is_before_endless_turns(write: Event, publish: Event) -> bool:
    """Whether a publish stands in a loop that takes what comes, without end, and the write before that loop: each turn is an operation of its own."""
    if write.order > publish.order:
        return False
    around = {id(one.node) for one in write.contexts}
    return any(_is_endless(one.node) and id(one.node) not in around for one in publish.contexts if one.kind == "loop")


def _is_endless(node: ir.Node) -> bool:
    if not isinstance(node, ir.Loop) or node.kind == "each":
        return False
    return node.source is None or (isinstance(node.source, ir.Literal) and bool(node.source.value))


def is_apart(write: Event, publish: Event) -> bool:
    """Whether the two stand in callbacks of different registrations (two routes of a router): they run on different occasions."""
    mine = [one for one in write.contexts if not any(one.node is other.node for other in publish.contexts)]
    theirs = [one for one in publish.contexts if not any(one.node is other.node for other in write.contexts)]
    return any(
        _is_disjoint(one, other)
        for one in filter(is_registered, mine[:1])
        for other in filter(is_registered, theirs[:1])
    )


def is_registered(one: Context) -> bool:
    """Whether a context is a callback that is only handed over: an object keeps it, or nobody waits for the call that gets it or uses
    what it gives."""
    kept = isinstance(one.node, ir.Call) and one.node.is_new
    return one.kind == "callback" and (kept or one.usage[-1:] == ("dropped",)) and "awaited" not in one.usage


def _is_disjoint(one: Context, other: Context) -> bool:
    return one.frame is other.frame and (one.node.end <= other.node.start or other.node.end <= one.node.start)
