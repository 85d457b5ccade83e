"""Whether a trace came somewhere through a method that several classes have: which of them runs is not known."""

from __future__ import annotations

from collections.abc import Sequence

from eventlens import ir
from eventlens.behaviour.events import CallStep, Event


def may_be_another(way: Sequence[CallStep], events: Sequence[Event]) -> bool:
    """Whether one of the calls of a way may just as well run a method of another class; ``events`` is the trace that went it."""
    return any(_has_others(step, tuple(way[:at]), events) for at, step in enumerate(way))


def _has_others(step: CallStep, outer: tuple[CallStep, ...], events: Sequence[Event]) -> bool:
    """Whether the trace followed a call, come to by the same way, into methods of several classes."""
    if not isinstance(step.call.callee, ir.Member) or step.callee.cls is None:
        return False
    return any(
        one.kind == "call"
        and one.node is step.call
        and one.callee is not None
        and one.callee.cls is not None
        and one.callee.cls is not step.callee.cls
        and one.chain == outer
        for one in events
    )
