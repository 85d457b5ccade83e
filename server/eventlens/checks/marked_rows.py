"""Rows that tell what was sent: a function sends what it is given, and then marks or removes the row that it came from."""

from __future__ import annotations

from collections.abc import Sequence

from eventlens import ir
from eventlens.behaviour import failures
from eventlens.behaviour.events import Event, is_write
from eventlens.flow.scopes import Frame
from eventlens.flow.walk import values_in

_MARKING = frozenset(("update", "delete", "upsert"))
"""Effects by which a row is marked as sent, or removed."""


def marks_what_was_sent(sent: Event, attempt: ir.Node, root: Frame, events: Sequence[Event]) -> bool:
    """Whether an attempt to send goes on to change or remove a row of what the function (``root``) was given: where nothing was sent, the row
    stays as it was, and whoever looks for such rows sends it again."""
    given = {one.name for one in root.function.parameters} if root.function is not None else set()
    told = _names_given_to(sent, given)
    return any(
        event.order > sent.order
        and event.effect in _MARKING
        and is_write(event)
        and not any(map(failures.is_for_failure, event.contexts))
        and any(context.node is attempt for context in event.contexts)
        and not told.isdisjoint(_names_given_to(event, given))
        for event in events
    )


def _names_given_to(event: Event, names: set[str]) -> set[str]:
    """Which of some names the call that leads to an event is given."""
    call = event.chain[0].call if event.chain else event.node
    arguments = call.args if isinstance(call, ir.Call) else ()
    return {
        inner.name
        for one in arguments
        for inner in values_in(one.value)
        if isinstance(inner, ir.Name) and inner.name in names
    }
