"""processing-exceeds-timeout: a handler waits longer than the broker, or what runs it, waits for the handler."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from eventlens import ir
from eventlens.behaviour.completion import POSITIVE
from eventlens.behaviour.durations import SECONDS, Where, seconds_meant, seconds_of
from eventlens.behaviour.events import Context, Event
from eventlens.checks.context import CheckContext, Consumer, Rule, channel_text, event_evidence
from eventlens.flow.model import Finding
from eventlens.flow.module_index import last_name
from eventlens.flow.reading import read_first
from eventlens.knowledge.schema import Effect, Subscribe

_RENEWED = frozenset(("bullmq", "google-pubsub", "azure-service-bus"))
"""Brokers whose clients ask for more time by themselves while a handler runs."""
_POLLED = frozenset(("kafka",))
"""Brokers that want to be asked for more every so often, whether or not a message is done with."""
_SAID_BY_CONSUMERS = frozenset(("kafka",))
"""Brokers of which a consumer says itself how long it may take, so that the default holds where it says nothing; to others it is told where the
queue, or what runs the function, is declared."""
_WAITING = frozenset(("sleep", "schedule"))
_SOMETIMES = frozenset(("then", "orelse", "loop", "catch", "finally", "callback"))
"""What decides whether, or how often, something is waited for."""
_TELLS = {
    "kafka": "the broker takes the consumer for dead and gives its partitions to others, which get the message again",
    "sqs": "the queue hands the message out again meanwhile",
    "nats": "the stream delivers the message again meanwhile",
}


class _Limit(NamedTuple):
    """How many seconds a handler may take, and whether the workspace says so, rather than the library's default."""

    seconds: float
    is_set: bool


class _Wait(NamedTuple):
    event: Event
    seconds: float
    is_always: bool


def _run(context: CheckContext) -> Iterator[Finding]:
    seen: set[int] = set()
    for consumer in context.consumers():
        if not any(event.effect in _WAITING for event in context.handler_events(consumer.node)):
            continue
        limit = _limit(context, consumer)
        if limit is None:
            continue
        way = _longest_way(list(_waits(context, consumer)))
        if sum(one.seconds for one in way) <= limit.seconds:
            continue
        longest = max(way, key=lambda one: one.seconds).event
        if id(longest.node) not in seen:
            seen.add(id(longest.node))
            yield _finding(context, consumer, limit, way, longest)


def _limit(context: CheckContext, consumer: Consumer) -> _Limit | None:
    entry, node = consumer.node.match.entry, consumer.node
    assert isinstance(entry, Subscribe)
    option = entry.timeout
    if option is None or consumer.site.broker in _RENEWED or consumer.policy.delivery == "at-most-once":
        return None
    paths = [one.removesuffix(".0") for one in option.option or ()]
    given = read_first(node.place, paths) if paths else ()
    if given:
        known = {seconds_meant(one, context.graph.evaluator, option.unit) for one in given}
        only = known.pop() if len(known) == 1 else None
        return _Limit(only, True) if only is not None else None
    if not isinstance(option.default, int | float) or consumer.site.broker not in _SAID_BY_CONSUMERS:
        return None
    return _Limit(option.default * SECONDS[option.unit], False)


# ----------------------------------------------------------------------------------------------------------- the waits


def _waits(context: CheckContext, consumer: Consumer) -> Iterator[_Wait]:
    """What a handler waits for, where that is known, before the message is done with."""
    events = context.handler_events(consumer.node)
    if any(event.kind == "acknowledge" and event.effect == "extend" for event in events):
        return  # it asks for more time
    done = next((one for one in events if one.kind == "acknowledge" and one.effect in POSITIVE), None)
    for event in events:
        if consumer.site.broker not in _POLLED and not _is_before(event, done, consumer):
            continue
        seconds = _waited(context, event, events)
        if seconds is not None:
            yield _Wait(event, seconds, not any(one.kind in _SOMETIMES for one in _around(event)))


def _is_before(event: Event, done: Event | None, consumer: Consumer) -> bool:
    """Whether an event is part of handling a message: in a loop that takes messages itself, between taking and acknowledging one."""
    handler = consumer.node.handler
    if done is not None and event.order > done.order:
        return False
    if handler.loop is None or handler.frame is not handler.loop_frame:
        return True
    if done is None or handler.precedes_message(event.node, event.frame):
        return False
    turns = {id(one.node) for one in done.contexts if one.kind == "loop"}
    return turns <= {id(one.node) for one in event.contexts} and not any(map(_leads_elsewhere, event.contexts))


def _leads_elsewhere(context: Context) -> bool:
    """Whether an arm ends the turn (``if message is None: sleep(60); continue``), or is for what failed: nothing is acknowledged after it."""
    if context.kind == "catch":
        return True
    if context.kind not in ("then", "orelse") or not isinstance(context.node, ir.Branch):
        return False
    arm = context.node.then if context.kind == "then" else context.node.orelse
    return bool(arm) and isinstance(arm[-1], ir.Jump | ir.Return | ir.Throw)


def _waited(context: CheckContext, event: Event, events: Sequence[Event]) -> float | None:
    """The seconds that an event lets the handler wait."""
    entry = event.entry
    if not isinstance(entry, Effect) or entry.duration is None or not isinstance(event.node, ir.Call):
        return None
    at = int(entry.duration.option[0]) if entry.duration.option and entry.duration.option[0].isdigit() else None
    if at is None or at >= len(event.node.args) or not _is_waited_for(event, entry, events):
        return None
    where = Where(context.graph.evaluator, event.frame, event.place.environment if event.place is not None else ())
    return seconds_of(event.node.args[at].value, where, entry.duration.unit)


def _is_waited_for(event: Event, entry: Effect, events: Sequence[Event]) -> bool:
    contexts = _around(event)
    if any(one.kind == "deferred" for one in contexts):
        return False
    if event.effect == "sleep":
        usage = event.usage
        return entry.completion == "blocking" or _is_awaited(usage, event, events)
    inner = event.contexts[-1] if event.contexts else None
    return (
        event.effect == "schedule"
        and inner is not None
        and _makes_promise(inner.node)
        and _is_awaited(inner.usage, event, events)
    )


def _around(event: Event) -> tuple[Context, ...]:
    """What stands around an event; the function that makes a promise of a timer is no more than how one waits."""
    if event.effect == "schedule" and event.contexts and _makes_promise(event.contexts[-1].node):
        return event.contexts[:-1]
    return event.contexts


def _makes_promise(node: ir.Node) -> bool:
    return isinstance(node, ir.Call) and node.is_new and last_name(node.callee) == "Promise"


def _is_awaited(usage: Sequence[str], event: Event, events: Sequence[Event]) -> bool:
    """Whether what is waited for is awaited where it is called, or by whoever calls the function that gives it."""
    if "awaited" in usage:
        return True
    if "returned" not in usage or not event.chain:
        return False
    call = event.chain[-1].call
    return any(one.kind == "call" and one.node is call and "awaited" in one.usage for one in events)


def _longest_way(waits: Sequence[_Wait]) -> list[_Wait]:
    """The waits on a way through a handler, as far as that can be said: those on each way, and the longest of the others."""
    always = [one for one in waits if one.is_always]
    others = sorted((one for one in waits if not one.is_always), key=lambda one: one.seconds)
    return [*always, *others[-1:]]


# ----------------------------------------------------------------------------------------------------------- reporting


def _finding(context: CheckContext, consumer: Consumer, limit: _Limit, way: Sequence[_Wait], longest: Event) -> Finding:
    total = sum(one.seconds for one in way)
    told = _TELLS.get(consumer.site.broker, "it is ended, or its message comes again, before it is done")
    said = "" if limit.is_set else ", unless it is set elsewhere"
    return context.finding(
        RULE,
        f"the handling of a message of {channel_text(consumer.site)} waits {total:g} seconds and may take {limit.seconds:g}{said}: {told}",
        at=consumer.node,
        frame=longest.frame,
        node=longest.node,
        related=[
            event_evidence(one.event, f"{one.seconds:g} seconds are waited here")
            for one in way
            if one.event is not longest
        ],
        confidence="certain" if limit.is_set else "likely",
    )


RULE = Rule(
    "processing-exceeds-timeout",
    "warning",
    "Wait less, put the message off, or give its handler more time.",
    _run,
    needs_setup=True,
)
