"""Methods of which one object has one: what a base class leaves to its subclasses, where it is not known whose object runs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from eventlens import ir
from eventlens.behaviour.events import CallStep, Event
from eventlens.behaviour.other_classes import followed_beside


def left_to_subclasses(effect: Event, others: Iterable[Event], events: Sequence[Event]) -> CallStep | None:
    """The call on its own object through which a class comes to an effect in one of its subclasses, where another subclass's method comes
    to none of ``others``: whose object handles the message decides."""
    for depth, step in enumerate(effect.chain):
        if not _is_on_itself(step):
            continue
        for _, rival in followed_beside(step, events):
            if not any(
                len(other.chain) > depth and other.chain[depth].call is step.call and other.chain[depth].callee is rival
                for other in others
            ):
                return step
    return None


def _is_on_itself(step: CallStep) -> bool:
    callee = step.call.callee
    on_itself = isinstance(callee, ir.Name) or (isinstance(callee, ir.Member) and isinstance(callee.object, ir.This))
    return on_itself and step.callee.cls is not None and step.frame.cls is not step.callee.cls
