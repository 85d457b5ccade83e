"""Rows that were loaded: a field that is set on one is written with the commit, and setting it cannot fail for the database's sake."""

from __future__ import annotations

from collections.abc import Sequence

from eventlens import ir
from eventlens.behaviour.events import Event, events_inside, is_write
from eventlens.behaviour.protections import Protection


def is_only_set_in(event: Event, protection: Protection, events: Sequence[Event]) -> bool:
    """Whether an attempt sets a field of a loaded row, and neither commits nor saves: what fails there is no write."""
    attempt = protection.attempt
    if attempt is None or not isinstance(event.node, ir.Assign):
        return False
    inside = events_inside(events, attempt)
    if any(one.kind == "commit" or (is_write(one) and isinstance(one.node, ir.Call)) for one in inside):
        return False
    at = next((at for at, one in enumerate(event.contexts) if one.node is attempt), 0)
    return not any(one.kind == "transaction" for one in event.contexts[at:])
