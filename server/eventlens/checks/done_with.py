"""Handlers that are done with a message whatever happens: what the library does with one that fails says nothing about their work."""

from __future__ import annotations

from collections.abc import Sequence

from eventlens import ir
from eventlens.behaviour import failures
from eventlens.behaviour.completion import POSITIVE
from eventlens.behaviour.events import Event, is_outside_effect, is_write
from eventlens.behaviour.failures import is_for_failure
from eventlens.behaviour.fallibility import lets_nothing_out
from eventlens.behaviour.protections import catches_everything, protections
from eventlens.checks.context import Consumer
from eventlens.flow.module_index import last_name
from eventlens.flow.scopes import Frame
from eventlens.flow.walk import statements_in

_CONDITIONS = frozenset(("then", "orelse", "catch", "finally", "try", "loop", "deferred", "callback"))
"""What decides whether, when or how often something happens; in a ``finally``, also what has failed is acknowledged."""
_ACKNOWLEDGING = frozenset(("ack", "acknowledge", "basic_ack", "basicAck"))


def catch_of_everything(consumer: Consumer) -> ir.Catch | None:
    """The catch that lets no failure out of a handler all of whose work stands in one ``try``, where returning is what acknowledges."""
    return caught_by(consumer.node.handler.frame) if consumer.policy.acknowledgement == "auto-after" else None


def caught_by(frame: Frame | None) -> ir.Catch | None:
    """The catch that lets no failure out of a function all of whose work stands in one ``try``."""
    body = (frame.function.body or ()) if frame is not None and frame.function is not None else ()
    attempt = body[0] if len(body) == 1 else None
    if not isinstance(attempt, ir.Try):
        return None
    if any(isinstance(inner, ir.Throw) for catch in attempt.catches for inner in statements_in(catch.body)):
        return None
    return next((catch for catch in attempt.catches if catches_everything(catch)), None)


def never_fails(consumer: Consumer, events: Sequence[Event]) -> bool:
    """Whether no failure gets as far as the library, where returning, or time, is what acknowledges."""
    handler = consumer.node.handler
    if consumer.policy.acknowledgement not in ("auto-after", "periodic") or handler.frame is None:
        return False
    return lets_nothing_out(handler.frame, handler.body, events)


def goes_on_with_the_next(consumer: Consumer, events: Sequence[Event]) -> bool:
    """Whether a handler that is called once takes all messages in a loop, and gives failures, of which its body tells all, from outside of that
    loop only: a message that fails does not end it."""
    frame = consumer.node.handler.frame
    if (
        consumer.policy.then != "crash-and-restart"
        or frame is None
        or frame.function is None
        or not frame.function.says_errors
    ):
        return False
    work = [event for event in events if event.kind in ("call", "publish") or event.effect not in ("", "log")]
    if not any(_is_in_its_loop(event, frame) for event in work):
        return False
    return not any(_may_leave(event, frame) for event in events)


def _is_in_its_loop(event: Event, handler: Frame) -> bool:
    return any(one.kind == "loop" and one.frame is handler for one in event.contexts)


def _may_leave(event: Event, handler: Frame) -> bool:
    """Whether an event in a loop of the handler gives a failure to whoever called the handler, or ends the program."""
    if not _is_in_its_loop(event, handler):
        return False
    if event.kind == "effect":
        return event.effect == "exit"
    if event.frame is not handler or event.chain:
        return False
    return event.kind == "throw" or (
        event.kind == "return"
        and isinstance(event.node, ir.Return)
        and event.node.value is not None
        and not isinstance(event.node.value, ir.Literal)
    )


def work_is_caught(consumer: Consumer, events: Sequence[Event]) -> bool:
    """Whether returning is what acknowledges, and all that the handler does stands where every failure is caught and none thrown again:
    what the library does with one that gets out says nothing about the work."""
    if consumer.policy.acknowledgement != "auto-after" or any(_refuses(event) for event in events):
        return False
    work = [event for event in events if is_write(event) or is_outside_effect(event) or event.kind == "publish"]
    tried = [event for event in work if not any(map(is_for_failure, event.contexts))]
    return bool(tried) and all(any(protections(event)) for event in tried)


def _refuses(event: Event) -> bool:
    """Whether something may end the handling as failed: a throw that nothing around it catches; a negative acknowledgement."""
    if event.kind == "acknowledge":
        return event.effect not in POSITIVE
    return event.kind == "throw" and not any(protections(event))


def is_done_with_anyway(consumer: Consumer, events: Sequence[Event]) -> bool:
    """Whether the code acknowledges by hand in every case: before all else, or after work of which no failure is let out."""
    if consumer.policy.acknowledgement != "manual":
        return False
    if any(one.kind == "acknowledge" and one.effect not in POSITIVE for one in events):
        return False
    ack = next((one for one in events if _acknowledges_always(one)), None)
    if ack is None and not _ends_with_acknowledging(consumer):
        return False
    before = [one for one in events if (ack is None or one.order < ack.order) and one.effect != "log"]
    if not before:
        return ack is not None
    work = [one for one in before if is_write(one) or is_outside_effect(one) or one.kind in ("publish", "throw")]
    return all(any(protections(one)) for one in work) and any(any(protections(one)) for one in before)


def acknowledged_unlooked(consumer: Consumer, events: Sequence[Event]) -> Event | None:
    """The acknowledgement that a handler always comes to after its work, where functions say by their results that they failed and nothing
    looks at what they say."""
    frame = consumer.node.handler.loop_frame or consumer.node.handler.frame
    function = frame.function if frame is not None else None
    if consumer.policy.acknowledgement != "manual" or function is None or not _says_by_results(function):
        return None
    if any(one.kind == "acknowledge" and one.effect not in POSITIVE for one in events):
        return None
    ack = next((one for one in events if not one.chain and _acknowledges_always(one)), None)
    if ack is None:
        return None
    work = [
        one
        for one in events
        if one.order < ack.order and (is_write(one) or is_outside_effect(one) or one.kind == "publish")
    ]
    return ack if work and not any(_is_looked_at(one, frame, events) for one in work) else None


def _says_by_results(function: ir.Function) -> bool:
    return function.says_errors or not function.gives_errors


def _is_looked_at(event: Event, handler: Frame | None, events: Sequence[Event]) -> bool:
    """Whether anything asks, in a handler or below it, whether some work failed, and does not just say so to who called it."""
    return any(
        caught.frame is handler or failures.outcome(caught, events) != "rethrown" for caught in protections(event)
    )


def is_acknowledged_at_the_end(event: Event) -> bool:
    """Whether an acknowledgement stands in a ``finally`` and hangs on nothing there."""
    if event.kind != "acknowledge" or event.effect not in POSITIVE:
        return False
    kinds = [one.kind for one in event.contexts]
    return "finally" in kinds and not {"then", "orelse", "catch"} & set(kinds[kinds.index("finally") :])


def _acknowledges_always(event: Event) -> bool:
    """Whether an acknowledgement hangs on nothing that goes before it."""
    if event.kind != "acknowledge" or event.effect not in POSITIVE:
        return False
    return not any(one.kind in _CONDITIONS for one in event.contexts)


def _ends_with_acknowledging(consumer: Consumer) -> bool:
    """Whether the last thing that a handler does is called like an acknowledgement, on a value that no model knows."""
    function = consumer.node.handler.frame.function if consumer.node.handler.frame is not None else None
    last = function.body[-1] if function is not None and function.body else None
    return (
        isinstance(last, ir.Evaluate)
        and isinstance(last.value, ir.Call)
        and last_name(last.value.callee) in _ACKNOWLEDGING
    )
