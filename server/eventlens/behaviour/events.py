"""The events of a trace and the contexts in which they happen."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Literal, NamedTuple

import msgspec

from eventlens import ir
from eventlens.flow.library_match import LibraryMatch
from eventlens.flow.matched_place import Place
from eventlens.flow.module_index import last_name
from eventlens.flow.scopes import Frame
from eventlens.knowledge.schema import Acknowledge, Effect, Transaction

if TYPE_CHECKING:
    from eventlens.flow.site_node import SiteNode
    from eventlens.knowledge.sql_keywords import SqlEffect

ContextKind = Literal[
    "try", "catch", "finally", "loop", "then", "orelse", "transaction", "deferred", "callback", "acknowledged"
]
EventKind = Literal[
    "effect", "publish", "send", "sent", "acknowledge", "begin", "commit", "rollback", "throw", "return", "jump", "call"
]
"""publish: a site · send: a library's publish whose channel or event its callers decide (they are the sites) · sent: the same inside of
the call that is the site."""


class Context(NamedTuple):
    """Something around an event that protects, repeats, delays or conditions it.

    ``node`` is the Try, Loop, Branch, With or Call; for "catch" the `ir.Catch` with ``outer`` its Try. "transaction" is a scope
    whose end commits; ``match`` is the model entry that says so. "deferred" code runs later or elsewhere (a callback of a promise,
    a timer, a background task). "acknowledged" is a ``with`` block that acknowledges when it is left.
    """

    kind: ContextKind
    node: ir.Node
    frame: Frame
    outer: ir.Try | None = None
    match: LibraryMatch | None = None
    usage: tuple[str, ...] = ()
    """For a callback: what becomes of the result of the call that gets it (as in `Event.usage`)."""


class CallStep(NamedTuple):
    """A call through which a trace went on into another function."""

    call: ir.Call
    frame: Frame
    callee: Frame


class Event(msgspec.Struct, frozen=True, eq=False):
    """One thing that happens when a function runs.

    ``node`` is the call (or statement), in ``frame``; ``chain`` the calls from the traced function to there, outermost first;
    ``contexts`` everything around it, outermost first, through all those functions. ``usage`` says what becomes of the call's
    result, innermost first: "awaited" · "returned" · "dropped" · "assigned:NAME" · "chained:METHOD" (``.then``) ·
    "argument:FUNCTION" · "condition". ``place`` reads the model entry's paths with the callers' arguments filled in.
    """

    kind: EventKind
    node: ir.Node
    frame: Frame
    order: int
    contexts: tuple[Context, ...] = ()
    chain: tuple[CallStep, ...] = ()
    usage: tuple[str, ...] = ()
    effect: str = ""
    """For effects: the effect's kind, SQL statements worked out."""
    match: LibraryMatch | None = None
    place: Place | None = None
    site: SiteNode | None = None
    sql: SqlEffect | None = None
    callee: Frame | None = None
    """For "call": the workspace function that is entered next."""

    @property
    def entry(self) -> Effect | Acknowledge | Transaction | None:
        """The model entry behind an effect, acknowledgement or transaction event."""
        entry = self.match.entry if self.match is not None else None
        return entry if isinstance(entry, Effect | Acknowledge | Transaction) else None

    @property
    def store(self) -> str:
        """The kind of store of an effect's library ("relational", "cache", …), "" where it has none."""
        return (self.match.model.model.store or "") if self.match is not None else ""

    def within(self, kind: ContextKind) -> Context | None:
        """The innermost context of a kind around the event."""
        return next((context for context in reversed(self.contexts) if context.kind == kind), None)


class Trace(tuple[Event, ...]):
    """The events of a function in order, with an index: a long trace is asked for each of its catches.

    ``is_near``: calls were followed less deep than they could be.
    """

    is_near: bool

    def __new__(cls, events: Iterable[Event], is_near: bool = False) -> Trace:
        made = super().__new__(cls, events)
        made.is_near = is_near
        return made

    @cached_property
    def _by_context(self) -> dict[int, list[Event]]:
        found: dict[int, list[Event]] = {}
        for event in self:
            for key in dict.fromkeys(id(context.node) for context in event.contexts):
                found.setdefault(key, []).append(event)
        return found

    def inside(self, node: ir.Node) -> list[Event]:
        """The events of which ``node`` is one of the contexts."""
        return self._by_context.get(id(node), [])


def events_inside(events: Sequence[Event], node: ir.Node) -> list[Event]:
    """Those of some events of which ``node`` is one of the contexts."""
    if isinstance(events, Trace):
        return events.inside(node)
    return [event for event in events if any(context.node is node for context in event.contexts)]


DURABLE = frozenset(("insert", "upsert", "update", "increment", "delete", "write", "object-write"))
"""Effects that are writes in the sense of the rules: durable changes in a database or an object store used as a record."""
OUTSIDE = frozenset(("external-call", "mail", "payment"))
"""Effects on somebody else that cannot be taken back."""


def names_given(usage: Iterable[str]) -> set[str]:
    """The names that a result is given, as its usage tells."""
    return {use.removeprefix("assigned:") for use in usage if use.startswith("assigned:")}


def is_write(event: Event) -> bool:
    """Whether the event changes a database, key-value store or object store durably; caches and logs do not count."""
    return event.kind == "effect" and event.effect in DURABLE and event.store not in ("cache", "none")


_LOG = re.compile(r"(?i)(^|_)log(ger|s)?$|[a-z](Log|Logger)$")
_LEVELS = frozenset(("trace", "debug", "info", "information", "warn", "warning", "error", "fatal", "critical", "log"))


def is_of_a_log(event: Event) -> bool:
    """Whether a call is what an in-house logger does with its entries (``log.Error(…)`` that posts them to who collects them)."""
    return any(
        isinstance(step.call.callee, ir.Member)
        and _LOG.search(last_name(step.call.callee.object)) is not None
        and last_name(step.call.callee).lower() in _LEVELS
        for step in event.chain
    )


def is_outside_effect(event: Event) -> bool:
    """Whether the event calls, mails or charges somebody outside, and not only to log."""
    return event.kind == "effect" and event.effect in OUTSIDE and not is_of_a_log(event)
