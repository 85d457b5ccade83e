"""The catches of everything around a call, from the inside out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from eventlens import ir
from eventlens.behaviour.events import Event
from eventlens.behaviour.paths import Level, contexts_at, levels
from eventlens.flow.scopes import Frame
from eventlens.flow.walk import values_in

_ERROR_CALLBACKS = (("catch", 0), ("then", 1))
"""Methods of promises and the position at which they are given what is called with a failure."""
EVERYTHING = frozenset(("", "Exception", "BaseException", "Error", "StandardError", "Throwable", "RuntimeException"))


class Protection(NamedTuple):
    """A catch of everything around a call: an `ir.Catch` with its ``attempt``, or the call of ``.catch(…)`` (``attempt`` None).

    ``body`` are its statements in ``frame``, ``error`` the name of the caught error ("" where it has none); ``level`` is the
    function in which it stands.
    """

    node: ir.Catch | ir.Call
    attempt: ir.Try | None
    frame: Frame
    body: tuple[ir.Statement, ...]
    error: str
    level: Level


def protections(event: Event) -> Iterator[Protection]:
    """The catches of everything around an event, innermost first, up to the traced function."""
    for level in levels(event):
        found = [*_tries(event, level), *_promise_catches(level)]
        found.sort(key=lambda one: _extent(one))
        yield from found


def _extent(protection: Protection) -> int:
    around = protection.attempt or protection.node
    return around.end - around.start


def _tries(event: Event, level: Level) -> Iterator[Protection]:
    for context in contexts_at(event, level):
        if context.kind == "try" and isinstance(context.node, ir.Try):
            catch = next((one for one in context.node.catches if catches_everything(one)), None)
            if catch is not None:
                yield Protection(catch, context.node, context.frame, catch.body, catch.name, level)


def catches_everything(catch: ir.Catch) -> bool:
    """Whether a catch names no error type, or one that all errors have."""
    return not catch.types or any(name.rpartition(".")[2] in EVERYTHING for name in catch.types)


def _promise_catches(level: Level) -> Iterator[Protection]:
    """``.catch(handler)`` and the second handler of ``.then`` on a chain that begins with the level's call."""
    scope: Frame | None = level.frame
    while scope is not None:
        for call, position in _with_error_callbacks(scope):
            handler = _error_callback(call, position, level.node)
            if handler is not None:
                inner = scope.module.frame_for(handler.function)
                name = handler.function.parameters[0].name if handler.function.parameters else ""
                yield Protection(call, None, inner, handler.function.body or (), name, level)
        if scope is level.root:
            return
        scope = scope.parent


def _with_error_callbacks(scope: Frame) -> Iterator[tuple[ir.Call, int]]:
    """The calls of a scope that may be given what is called with a failure, and at which position."""
    for name, position in _ERROR_CALLBACKS:
        for site in scope.module.calls.get(name, ()):
            if site.frame is scope and len(site.call.args) > position:
                yield site.call, position


def _error_callback(call: ir.Call, position: int, node: ir.Node) -> ir.Lambda | None:
    callee = call.callee
    if not isinstance(callee, ir.Member) or not (callee.object.start <= node.start and node.end <= callee.object.end):
        return None
    handler = call.args[position].value
    return handler if isinstance(handler, ir.Lambda) and _chained_on(callee.object, node) else None


def _chained_on(value: ir.Value, node: ir.Node) -> bool:
    """Whether a chain of calls (``a().then(…)``) begins with, or combines, the node; what a callback in it does is its own affair."""
    return any(inner is node for inner in values_in(value))
