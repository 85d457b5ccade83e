"""When a write takes effect: where it is made, or at the end of its transaction; and whether what is published goes out before that."""

from __future__ import annotations

from eventlens.behaviour.events import Context, Event
from eventlens.behaviour.opened_scopes import is_on_its_own
from eventlens.checks.exclusion import exclusive
from eventlens.knowledge.schema import Effect, Transaction


def made_durable_by(events: tuple[Event, ...], write: Event, publish: Event) -> tuple[Event | Context | None, bool]:
    """What makes a write durable, and whether the publish goes out before that."""
    scope = _transaction(write)
    if scope is not None:
        inside = any(one.node is scope.node for one in publish.contexts if one.kind == "transaction")
        return scope, inside and not any(_is_after_commit(one) for one in publish.contexts)
    begun = [e for e in events if e.kind == "begin" and e.order < write.order]
    if write.kind == "commit" and not begun:
        return None, False  # it is what makes durable: a later commit is of later changes
    entry = write.entry
    pending = (isinstance(entry, Effect) and entry.pending) or bool(begun) or _needs_commit(write, events)
    if pending:
        commit = next(
            (e for e in events if e.kind == "commit" and e.order > write.order and not exclusive(e, publish)), None
        )
        if commit is not None:
            return commit, publish.order < commit.order
    return None, False


def is_durable_before(events: tuple[Event, ...], write: Event, sent: Event, waits: bool = False) -> bool:
    """Whether a write is durable where something below it is sent, as far as the trace shows. ``waits``: it is part of a unit of work, and
    durable only where something commits that."""
    end, late = made_durable_by(events, write, sent)
    entry = write.entry
    return not late and not (end is None and (waits or (isinstance(entry, Effect) and entry.pending)))


def is_durable_after(events: tuple[Event, ...], write: Event, publish: Event, end: Event | Context | None) -> bool:
    """Whether a write waits for a commit after the publish too: its own, or that of the transaction in which both are."""
    if isinstance(end, Event) and any(e.kind == "begin" and e.order < write.order for e in events):
        return not any(e.kind == "begin" and write.order < e.order < end.order for e in events)
    return made_durable_by(events, write, publish)[1]


def _is_after_commit(one: Context) -> bool:
    """Whether a context is code that waits for the commit of the transaction around the call that gets it."""
    entry = one.match.entry if one.match is not None else None
    return one.kind == "deferred" and isinstance(entry, Transaction) and entry.kind == "after-commit"


def _transaction(event: Event) -> Context | None:
    """The outermost database transaction around an event, or the innermost that is none of the parts of those around it."""
    found: Context | None = None
    for one in event.contexts:
        if one.kind == "transaction":
            entry = one.match.entry if one.match is not None else None
            if isinstance(entry, Transaction) and entry.store != "database":
                continue
            if found is None or is_on_its_own(one):
                found = one
    return found


def _needs_commit(write: Event, events: tuple[Event, ...]) -> bool:
    """Whether the library of a write makes nothing durable before a commit (a connection without autocommit)."""
    library = write.match.library if write.match is not None else ""
    return any(
        e.kind == "commit" and e.order > write.order and e.match is not None and e.match.library == library
        for e in events
    )
