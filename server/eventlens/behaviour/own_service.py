"""Calls of an interface that several services implement: what runs in a service are that service's own implementations."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable

from eventlens.behaviour.events import Event, Trace
from eventlens.flow.scopes import Frame


def seen_from(
    service: str | None,
    events: tuple[Event, ...],
    service_of: Callable[[str], str | None],
    may_be_library: bool = False,
) -> tuple[Event, ...]:
    """The events of a trace without those in other services' implementations, where a call may run one of ``service`` too.

    A library that is shared by services calls back through an interface; the trace of its function holds every implementation.
    ``may_be_library``: ``service`` may be such a library; what says that it implements the interface knows it then.
    """
    entered: dict[int, set[Frame]] = defaultdict(set)
    for event in events:
        if event.kind == "call" and event.callee is not None:
            entered[id(event.node)].add(event.callee)
    foreign: dict[int, set[Frame]] = {}
    for call, callees in entered.items():
        own = {one for one in callees if service_of(one.module.path) == service}
        others = {one for one in callees - own if not may_be_library or _says_nothing(one)}
        if own and others:
            foreign[call] = others
    if not foreign:
        return events
    return Trace(event for event in events if not _is_in(event, foreign))


def _says_nothing(method: Frame) -> bool:
    """Whether the class of a method may implement interfaces without saying so."""
    return method.cls is not None and method.cls.definition.is_part and not method.cls.definition.bases


def _is_in(event: Event, foreign: dict[int, set[Frame]]) -> bool:
    if event.kind == "call" and event.callee in foreign.get(id(event.node), ()):
        return True
    return any(step.callee in foreign.get(id(step.call), ()) for step in event.chain)
