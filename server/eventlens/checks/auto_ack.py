"""auto-ack: a message is acknowledged before its effect, so that a failure in between loses it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from eventlens import ir
from eventlens.behaviour.events import Event, is_outside_effect, is_write
from eventlens.behaviour.paths import named_function
from eventlens.behaviour.unseen_acts import is_left_to_others_before
from eventlens.checks.context import (
    CheckContext,
    Consumer,
    Evidence,
    Rule,
    channel_text,
    event_evidence,
)
from eventlens.checks.fresh_groups import has_fresh_group
from eventlens.flow.model import Finding
from eventlens.flow.module_index import last_name
from eventlens.flow.scopes import Frame
from eventlens.flow.walk import mentions, statements_in, values_in, values_of
from eventlens.knowledge.schema import Transaction

_DONE = frozenset(("ack", "commit"))
_STARTS = frozenset(("create_task", "ensure_future", "createTask"))
"""Calls that start work and give a handle on it."""
_WAITING = frozenset(("Wait", "Acquire"))
"""Methods that wait for threads: those of a group, and of a bound of how many there are."""
_BESIDE = re.compile(
    r"(?i)purge|invalidat|evict|refresh_?cache|clear_?cache|warm|metric|telemetry|analytic|track|trace|report_?usage|log(?!in)|progress|heart_?beat"
)
"""In the names of functions that do something beside a handler's work: caches, measurements, logs, how far it is."""
_BY_ITSELF = {
    "auto-before": "the broker forgets it on delivery",
    "periodic": "its position is committed by a timer, handled or not",
}


def _run(context: CheckContext) -> Iterator[Finding]:
    seen: set[int] = set()
    for consumer in context.consumers():
        events = context.delivery_events(consumer.node)
        main = [event for event in events if is_write(event) or is_outside_effect(event) or event.kind == "publish"]
        if not main or consumer.site.interaction == "request" or has_fresh_group(consumer):
            continue
        yield from _by_option(context, consumer, events, main)
        yield from _too_early(context, consumer, events, main)
        yield from _let_go(context, consumer, events, main, seen)


def _by_option(
    context: CheckContext, consumer: Consumer, events: Sequence[Event], main: Sequence[Event]
) -> Iterator[Finding]:
    """An option, or the library's default, acknowledges before the handler has done its work."""
    why = _BY_ITSELF.get(consumer.policy.acknowledgement)
    if why is None or consumer.site.broker == "celery":
        return  # a task queue's early acknowledgement is its documented way of working at most once
    if _commits_itself(events) and (consumer.policy.acknowledgement == "periodic" or consumer.site.broker == "jms"):
        return  # the timer is then switched off, or the session's mode another, in settings that could not be read
    unsure = consumer.policy.acknowledgement_is_open or (
        context.is_cut(consumer.node) and consumer.policy.acknowledgement == "periodic"
    )
    yield context.finding(
        RULE,
        f"{'as far as the code shows, ' if unsure else ''}a message of {channel_text(consumer.site)} is acknowledged before it is handled"
        f" ({why}): a failure loses it",
        at=consumer.node,
        related=[event_evidence(main[0], "what may fail after that")],
        confidence="likely" if unsure else "certain",
    )


def _commits_itself(events: Sequence[Event]) -> bool:
    """Whether the code acknowledges, or ends a transaction of the broker, in which what was received comes again until then."""
    return any(
        (event.kind == "acknowledge" and event.effect in _DONE)
        or (event.kind == "commit" and isinstance(event.entry, Transaction) and event.entry.store == "broker")
        for event in events
    )


def _too_early(
    context: CheckContext, consumer: Consumer, events: Sequence[Event], main: Sequence[Event]
) -> Iterator[Finding]:
    """The code acknowledges, and only then does the work."""
    if consumer.policy.acknowledgement in _BY_ITSELF:
        return
    ack = next((event for event in events if event.kind == "acknowledge" and event.effect in _DONE), None)
    if ack is None or any(event.order < ack.order for event in main):
        return
    around = {
        (id(context.node), context.kind)
        for context in ack.contexts
        if context.kind in ("then", "orelse", "catch", "finally", "deferred")
    }
    after = next(
        (
            event
            for event in main
            if around <= {(id(one.node), one.kind) for one in event.contexts}
            and not _is_for_what_failed(event, {node for node, _ in around})
            and not _is_left_after(ack, event, events)
        ),
        None,
    )
    handled = consumer.node.handler.loop or consumer.node.handler.frame
    if after is not None and not (handled and is_left_to_others_before(ack, events, handled)):
        yield context.finding(
            RULE,
            f"a message of {channel_text(consumer.site)} is acknowledged here, before it is handled: a failure loses it",
            at=consumer.node,
            frame=ack.frame,
            node=ack.node,
            related=[event_evidence(after, "what may fail after that")],
        )


def _is_left_after(ack: Event, event: Event, events: Sequence[Event]) -> bool:
    """Whether the function that an acknowledgement stands in is left right after it, where that is what a call runs in some case only
    (``read(message) ?: run { ack(); return }``)."""
    inside = ack.within("callback")
    return inside is not None and any(
        one.kind == "return"
        and ack.order < one.order < event.order
        and one.contexts == ack.contexts
        and all(around.node is not inside.node for around in event.contexts)
        for one in events
    )


def _is_for_what_failed(event: Event, around: set[int]) -> bool:
    """Whether an event stands in a catch that the acknowledgement does not stand in: what failed there was the work before that."""
    return any(one.kind == "catch" and id(one.node) not in around for one in event.contexts)


def _let_go(
    context: CheckContext, consumer: Consumer, events: Sequence[Event], main: Sequence[Event], seen: set[int]
) -> Iterator[Finding]:
    """Asynchronous work is started and not waited for, and the message is acknowledged meanwhile; ``seen`` are the calls that were told of."""
    for event in events:
        if event.kind != "call" or id(event.node) in seen or not _is_let_go(event) or _settles_a_promise(event):
            continue
        inside = [one for one in events if any(step.call is event.node for step in one.chain)]
        effect = min((one for one in inside if one in main), key=context.is_forgotten, default=None)
        if effect is None or any(one.kind == "acknowledge" and one.effect in _DONE for one in inside):
            continue
        done = next(
            (one for one in events if one.kind == "acknowledge" and one.effect in _DONE and one.order > event.order),
            None,
        )
        if (done is not None and _follows(done, event)) or (
            done is None and consumer.policy.acknowledgement not in ("auto-after", "periodic")
        ):
            continue
        seen.add(id(event.node))
        related = [event_evidence(effect, "what may still fail")]
        if done is not None:
            related.append(Evidence(done.frame, done.node, "acknowledged here without waiting"))
        yield context.finding(
            RULE,
            f"work for a message of {channel_text(consumer.site)} is started here and not waited for: the message is acknowledged meanwhile, and a failure loses it",
            at=consumer.node,
            frame=event.frame,
            node=event.node,
            related=related,
            severity="info" if context.is_forgotten(effect) else None,
        )
        return


def _follows(done: Event, work: Event) -> bool:
    """Whether an acknowledgement stands in what is run when some work has ended: it is chained to the call that started that."""
    return any(
        (one.kind == "deferred" and one.usage == work.usage)
        or (
            one.frame is work.frame
            and isinstance(one.node, ir.Call)
            and isinstance(one.node.callee, ir.Member)
            and one.node.callee.object.start <= work.node.start
            and work.node.end <= one.node.callee.object.end
        )
        for one in done.contexts
    )


def _is_let_go(event: Event) -> bool:
    called = last_name(event.node.callee) if isinstance(event.node, ir.Call) else ""
    if _is_spawned(event):
        return not _is_waited_for_below(event) and not _BESIDE.search(called)
    callee = event.callee
    if callee is None or callee.function is None or not callee.function.is_async or "awaited" in event.usage:
        return False
    if "chained:catch" in event.usage and _BESIDE.search(called):
        return False
    rest = [use for use in event.usage if not use.startswith("chained:")]
    if rest and rest[0].removeprefix("argument:") in _STARTS:
        rest = rest[1:]
    return rest in (["dropped"], ["operand"], ["operand", "dropped"])


def _is_spawned(event: Event) -> bool:
    """Whether a call starts a thread of its own, which nobody holds (``go store(order)``)."""
    innermost = event.contexts[-1] if event.contexts else None
    return innermost is not None and isinstance(innermost.node, ir.Spawn) and innermost.node.value is event.node


def _is_waited_for_below(event: Event) -> bool:
    """Whether something is waited for below the start of a thread, in the function that starts it: it may well be that."""
    function = named_function(event.frame)
    body = function.function.body if function.function is not None else function.module.module.body
    return any(
        isinstance(inner, ir.Receive) or (isinstance(inner, ir.Call) and last_name(inner.callee) in _WAITING)
        for statement in statements_in(body or ())
        for value in values_of(statement)
        for inner in values_in(value)
        if inner.start >= event.node.end
    )


def _settles_a_promise(event: Event) -> bool:
    """Whether the work's end is passed on to a promise made by hand around it (``new Promise((resolve, reject) => …then(resolve))``)."""
    settling = set(_settling_names(event.frame))
    return bool(settling) and any(
        isinstance(call.callee, ir.Member)
        and call.callee.name in ("then", "catch", "finally")
        and call.callee.object.start <= event.node.start
        and event.node.end <= call.callee.object.end
        and any(_uses(argument.value, settling) for argument in call.args)
        for call in event.frame.calls
    )


def _settling_names(frame: Frame) -> Iterator[str]:
    """The parameters of the promise executors around a scope."""
    scope: Frame | None = frame
    while scope is not None:
        function, outer = scope.function, scope.parent
        if function is not None and outer is not None and any(_makes_promise(call, function) for call in outer.calls):
            yield from (parameter.name for parameter in function.parameters)
        scope = outer


def _makes_promise(call: ir.Call, executor: ir.Function) -> bool:
    return (
        call.is_new
        and last_name(call.callee) == "Promise"
        and any(isinstance(one.value, ir.Lambda) and one.value.function is executor for one in call.args)
    )


def _uses(value: ir.Value, names: set[str]) -> bool:
    if mentions(value, names):
        return True
    if not isinstance(value, ir.Lambda):
        return False
    return any(
        mentions(inner, names)
        for statement in statements_in(value.function.body or ())
        for inner in values_of(statement)
    )


RULE = Rule("auto-ack", "warning", "Acknowledge after the effect, and wait for the work.", _run, needs_setup=True)
