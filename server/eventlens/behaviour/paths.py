"""The levels of a trace: which call lies in which function, and what stands around it there.

A lambda runs at the place where it is written, so its scope belongs to the function around it; one that a function returns runs later,
for whoever got it, and stands by itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from eventlens import ir
from eventlens.behaviour.events import CallStep, Context, Event
from eventlens.flow.scopes import Frame
from eventlens.flow.walk import statements_in


class Level(NamedTuple):
    """One function on the way from the traced function to an event.

    ``node`` is what runs in it (the event's own node, or the call that leads on to the next level), in ``frame``; ``root`` is the
    named function; ``outer`` are the calls that lead there, outermost first.
    """

    node: ir.Node
    frame: Frame
    root: Frame
    outer: tuple[CallStep, ...]


def named_function(frame: Frame) -> Frame:
    """The named function around a scope; the scope itself where there is none."""
    return list(scopes(frame))[-1]


def scopes(frame: Frame) -> Iterator[Frame]:
    """A scope and those around it, up to its named function."""
    scope = frame
    yield scope
    while (
        scope.function is not None
        and scope.function.kind == "lambda"
        and scope.parent is not None
        and scope.parent.function is not None
        and not _is_returned(scope.function, scope.parent)
    ):
        scope = scope.parent
        yield scope


def _is_returned(function: ir.Function, maker: Frame) -> bool:
    """Whether a function is what another one makes and hands out: its result, or a member of the object that it gives."""
    for value in maker.returns:
        given = [one.value for one in value.fields] if isinstance(value, ir.Object) else [value]
        if any(isinstance(one, ir.Lambda) and one.function is function for one in given):
            return True
    return False


def statements_around(frame: Frame) -> Iterator[ir.Statement]:
    """The statements of a scope and of those around it, up to its named function, at every depth."""
    for scope in scopes(frame):
        yield from statements_in(
            (scope.function.body or ()) if scope.function is not None else scope.module.module.body
        )


def encloses(outer: Frame, inner: Frame) -> bool:
    """Whether a scope is another, or lies inside it."""
    scope: Frame | None = inner
    while scope is not None:
        if scope is outer:
            return True
        scope = scope.parent
    return False


def levels(event: Event) -> Iterator[Level]:
    """The functions on the way to an event, innermost first."""
    node, frame = event.node, event.frame
    for at in range(len(event.chain), -1, -1):
        outer = event.chain[:at]
        root = outer[-1].callee if outer else named_function(frame)
        yield Level(node, frame, root, outer)
        if outer:
            node, frame = outer[-1].call, outer[-1].frame


def contexts_at(event: Event, level: Level) -> tuple[Context, ...]:
    """The contexts of an event that stand in the function of one of its levels, outermost first."""
    return tuple(
        context for context in event.contexts if encloses(level.root, context.frame) or context.frame is level.frame
    )
