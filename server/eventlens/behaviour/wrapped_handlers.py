"""Code of the program's own, or of others, that runs a handler inside of itself: what becomes of its failures is decided there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from eventlens import ir
from eventlens.behaviour.events import Event
from eventlens.flow.denotations import FunctionRef, LibraryMember, LibraryValue
from eventlens.flow.evaluation import Evaluator
from eventlens.flow.module_index import last_name
from eventlens.flow.scopes import Frame
from eventlens.flow.site_node import SiteNode
from eventlens.flow.walk import statements_in, values_in

_SAME = frozenset(("bind", "apply", "call", "partial", "HandlerFunc", "MessageHandler", "EventHandler"))
"""What gives the very function that it is given, bound to something or as a value of another type."""


def is_wrapped(evaluator: Evaluator, node: SiteNode, events: Sequence[Event]) -> bool:
    """Whether a handler is given to a function that makes another of it, which catches anything or is not known, or to one that has the library
    call another, which does; or a decorator of the program's own does so, of the handler or of a function that it calls."""
    if any(_may_catch(evaluator, call, frame) for call, frame in _makers(node)) or _is_called_by_another(
        evaluator, node
    ):
        return True
    frames = {id(one): one for one in (node.handler.frame, *(event.callee for event in events)) if one is not None}
    return any(_has_wrapper(evaluator, frame) for frame in frames.values())


def _is_called_by_another(evaluator: Evaluator, node: SiteNode) -> bool:
    """Whether the library is given another function than the handler, by a wrapper that takes the handler, and that one catches anything."""
    call, frame = node.handler.call or node.match.place.call, node.match.place.frame
    if not node.chain or not isinstance(call, ir.Call) or frame is None or node.handler.loop is not None:
        return False
    given = (
        meaning
        for one in call.args
        for inner in values_in(one.value)
        if isinstance(inner, ir.Lambda | ir.Name | ir.Member)
        for meaning in evaluator.evaluate(inner, frame)
    )
    return any(
        isinstance(one, FunctionRef) and one.frame is not node.handler.frame and _attempts(one.frame) for one in given
    )


def _makers(node: SiteNode) -> Iterator[tuple[ir.Call, Frame]]:
    """The calls that are given a handler by name where it is subscribed, and whose result another call takes."""
    handler = node.handler.frame.function if node.handler.frame is not None else None
    name = handler.name if handler is not None else ""
    for call in node.frame.calls if name else ():
        given = any(last_name(one.value) == name for one in call.args)
        if (
            given
            and call is not node.node
            and not call.is_new
            and last_name(call.callee) not in _SAME
            and _is_taken(call, node.frame)
        ):
            yield call, node.frame


def _is_taken(call: ir.Call, frame: Frame) -> bool:
    return any(one is not call and one.start <= call.start and call.end <= one.end for one in frame.calls)


def _may_catch(evaluator: Evaluator, call: ir.Call, frame: Frame) -> bool:
    meanings = evaluator.evaluate(call.callee, frame)
    if any(isinstance(one, LibraryMember | LibraryValue) for one in meanings):
        return False  # the subscription itself, or another call of a library whose part in it the model tells
    made = [one for one in meanings if isinstance(one, FunctionRef)]
    return not made or any(_attempts(one.frame) for one in made)


def _has_wrapper(evaluator: Evaluator, frame: Frame) -> bool:
    outer = frame.parent
    if frame.function is None or not frame.function.decorators or outer is None:
        return False
    called = (one.callee if isinstance(one, ir.Call) else one for one in frame.function.decorators)
    meanings = (meaning for one in called for meaning in evaluator.evaluate(one, outer))
    return any(isinstance(one, FunctionRef) and _attempts(one.frame) for one in meanings)


def _attempts(frame: Frame) -> bool:
    """Whether a function, or one inside of it, catches anything."""
    inside = (one for one in frame.module.frames if one is frame or _is_inside(one, frame))
    return any(_catches(one.function.body or ()) for one in inside if one.function is not None)


def _is_inside(frame: Frame, outer: Frame) -> bool:
    scope = frame.parent
    while scope is not None and scope is not outer:
        scope = scope.parent
    return scope is outer


def _catches(body: Iterable[ir.Statement]) -> bool:
    """Whether something is caught and not thrown again."""
    attempts = (one for one in statements_in(body) if isinstance(one, ir.Try))
    return any(
        not caught.body or not isinstance(caught.body[-1], ir.Throw) for one in attempts for caught in one.catches
    )
