"""Functions that run for each message because they are given to calls chained on a stream: ``stream(x).filter(f).mapValues(g)``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from eventlens import ir
from eventlens.flow import application, members
from eventlens.flow.denotations import ClassRef, Denotation, FunctionRef, Instance, LibraryMember, LibraryValue
from eventlens.flow.scopes import Frame

if TYPE_CHECKING:
    from eventlens.flow.evaluation import Evaluator
    from eventlens.flow.matched_place import Place
    from eventlens.flow.matching import Matcher

_WATCHING = frozenset(("peek", "filter", "filterNot", "selectKey", "print", "branch", "split"))
"""Calls whose functions look at messages and do not handle them."""
_METHODS = ("apply", "process", "transform", "accept", "get")
"""Methods of the objects that stand for functions."""


def functions(matcher: Matcher, place: Place) -> list[FunctionRef]:
    """The functions that are given to what is chained on a call's result, those that handle messages before those that watch."""
    frame, made = place.frame, place.call
    if frame is None or not isinstance(made, ir.Call):
        return []
    evaluator = matcher.evaluator
    handling: list[FunctionRef] = []
    watching: list[FunctionRef] = []
    for call in sorted(frame.calls, key=lambda one: one.end):
        if call is made or not isinstance(call.callee, ir.Member) or not _is_fed(evaluator, call, made, frame):
            continue
        found = [one for argument in call.args for one in _function(evaluator, argument.value, frame)]
        (watching if call.callee.name in _WATCHING else handling).extend(found)
    return [*handling, *watching]


def _is_fed(evaluator: Evaluator, call: ir.Call, made: ir.Call, frame: Frame) -> bool:
    """Whether a call is made on the stream that ``made`` gives, or on what became of it, or joins it."""
    assert isinstance(call.callee, ir.Member)
    joined = (argument.value for argument in call.args if isinstance(argument.value, ir.Name | ir.Call))
    return any(
        _comes_from(value, made)
        for source in (call.callee.object, *joined)
        for value in evaluator.evaluate(source, frame)
    )


def _comes_from(value: Denotation, made: ir.Call) -> bool:
    current: LibraryValue | None = value.value if isinstance(value, LibraryMember) else None
    if isinstance(value, LibraryValue):
        current = value
    while current is not None:
        if current.call is made:
            return True
        current = current.parent
    return False


def _function(evaluator: Evaluator, value: ir.Value, frame: Frame) -> Iterator[FunctionRef]:
    for meaning in evaluator.evaluate(value, frame):
        if isinstance(meaning, FunctionRef):
            yield meaning
        elif isinstance(meaning, Instance | ClassRef):
            yield from _methods(evaluator, meaning, value, frame)


def _methods(
    evaluator: Evaluator, meaning: Instance | ClassRef, value: ir.Value, frame: Frame
) -> Iterator[FunctionRef]:
    """The methods of an object that stands for a function; those of the object that it supplies, where it is a supplier."""
    for name in _METHODS:
        for found in members.member(evaluator, meaning, name, value, frame):
            if not isinstance(found, FunctionRef):
                continue
            supplied = application.results(evaluator, found) if name == "get" else ()
            behind = [
                one
                for made in supplied
                if isinstance(made, Instance)
                for one in _methods(evaluator, made, value, found.frame)
            ]
            yield from behind or (found,)
