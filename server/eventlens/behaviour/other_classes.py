"""The methods of other classes that a trace may just as well have gone through: which of them runs is not known."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from eventlens import ir
from eventlens.behaviour.events import CallStep, Event
from eventlens.flow.scopes import Frame


def others_on_the_way(way: Sequence[CallStep], events: Sequence[Event]) -> Iterator[Frame]:
    """The methods of other classes that the calls of a way may run; ``events`` is the trace that went it."""
    for at, step in enumerate(way):
        if _is_open(step):
            yield from _others(step, tuple(way[:at]), events)


def _is_open(step: CallStep) -> bool:
    """Whether a call may be meant for objects of another class altogether: it is made on the own object, of which a subclass decides, or
    the class that was come to does not say that it implements anything."""
    callee, index = step.call.callee, step.callee.cls
    if not isinstance(callee, ir.Member) or index is None:
        return False
    return isinstance(callee.object, ir.This) or not index.definition.bases


def _others(step: CallStep, outer: tuple[CallStep, ...], events: Sequence[Event]) -> Iterator[Frame]:
    """The methods into which the trace followed a call, come to by the same way, beside the one of a step."""
    for event, callee in followed_beside(step, events):
        if callee.cls is not None and event.chain == outer:
            yield callee


def followed_beside(step: CallStep, events: Iterable[Event]) -> Iterator[tuple[Event, Frame]]:
    """Where a trace followed the call of a step into what is of another class than the step's own method, by whichever way it came there."""
    for one in events:
        callee = one.callee if one.kind == "call" and one.node is step.call else None
        if callee is not None and callee.cls is not step.callee.cls:
            yield one, callee
