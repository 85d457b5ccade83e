"""What happens for a message where one piece of code takes the messages of several subscriptions and runs the handler of each."""

from __future__ import annotations

from collections.abc import Collection

from eventlens.behaviour.events import Event, Trace
from eventlens.flow.scopes import Frame


def without_other_handlers(events: tuple[Event, ...], own: Frame | None, others: Collection[int]) -> tuple[Event, ...]:
    """The events but those inside ``others``, handlers by their identity: a message has one handler. All, where ``own`` is not run
    there: which of the others is run instead is not known."""
    if not others or not any(step.callee is own for event in events for step in event.chain):
        return events
    left = [event for event in events if not _is_inside(event, others)]
    return Trace(left, events.is_near) if isinstance(events, Trace) else tuple(left)


def _is_inside(event: Event, handlers: Collection[int]) -> bool:
    return any(id(step.callee) in handlers for step in event.chain)
