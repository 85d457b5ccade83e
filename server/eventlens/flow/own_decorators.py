"""Decorators of the workspace that put a library's decorator on what they decorate.

``@task(queue="mail")`` of one's own may give ``app.task(**options)``, give a function on which that stands, or hand the decorated
function to it: what carries the own decorator carries the library's.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from eventlens import ir
from eventlens.flow import class_members
from eventlens.flow.denotations import Binding, Denotation, Environment, FunctionRef, Instance
from eventlens.flow.module_index import decorator_name, last_name

if TYPE_CHECKING:
    from eventlens.flow.evaluation import Evaluator
    from eventlens.flow.scopes import Frame


_MAX_DEPTH = 3


class Carried(NamedTuple):
    """A library's decorator as it is written in one of the workspace's, with what the parameters around it stand for."""

    decorator: ir.Value
    frame: Frame
    environment: Environment


def carried(evaluator: Evaluator, decorator: ir.Value, outer: Frame) -> Iterator[Carried]:
    """The library decorators that a decorator of the workspace, written in ``outer``, puts on a function."""
    callee = decorator.callee if isinstance(decorator, ir.Call) else decorator
    if evaluator.program.workspace.finds_by_package(outer.module.path):
        return  # an annotation is no function
    for meaning in evaluator.evaluate(callee, outer):
        for function in _called(evaluator, meaning):
            environment = function.environment
            if isinstance(decorator, ir.Call):
                environment = (Binding(function.frame, decorator, outer, (), function.receiver), *environment)
            for inner, frame in _given(evaluator, function.frame, isinstance(decorator, ir.Call)):
                yield Carried(inner, frame, environment)


def is_one(evaluator: Evaluator, value: Denotation) -> bool:
    """Whether a function, or an object that is called like one, puts a library's decorator on what it decorates."""
    return any(
        _given(evaluator, function.frame, is_called)
        for function in _called(evaluator, value)
        if not evaluator.program.workspace.finds_by_package(function.frame.module.path)
        for is_called in (True, False)
    )


def _called(evaluator: Evaluator, value: Denotation) -> Iterator[FunctionRef]:
    """The functions that run where a value is called."""
    if isinstance(value, FunctionRef):
        yield value
    elif isinstance(value, Instance) and "__call__" in value.index.methods:
        for method in class_members.class_member(evaluator, value.index, "__call__", value):
            if isinstance(method, FunctionRef):
                yield method


def stands_for_another(frame: Frame) -> bool:
    """Whether a function only wraps the one that a decorator of the workspace is given, and says that it goes by its name."""
    function, around = frame.function, frame.parent
    if function is None or around is None or around.function is None:
        return False
    taken = {one.name for one in around.function.parameters}
    return any(
        isinstance(one, ir.Call) and last_name(one.callee) == "wraps" and _names(one) & taken
        for one in function.decorators
    )


def _given(evaluator: Evaluator, frame: Frame, is_called: bool) -> tuple[tuple[ir.Value, Frame], ...]:
    """What a function puts on the one that it decorates; ``is_called``: it is called first, and what it gives decorates."""
    known = evaluator.own_decorators.get((frame, is_called))
    if known is None:
        evaluator.own_decorators[frame, is_called] = ()  # one that gives itself ends here
        found = _given_by_call(evaluator, frame) if is_called else _put_on(evaluator, frame)
        known = evaluator.own_decorators[frame, is_called] = tuple(
            (one, at) for one, at in found if _may_be_library(evaluator, one, at)
        )
    return known


def _may_be_library(evaluator: Evaluator, decorator: ir.Value, frame: Frame) -> bool:
    name = decorator_name(decorator)
    return frame.module.aliases.get(name, name) in evaluator.catalogue.decorators


def _given_by_call(evaluator: Evaluator, frame: Frame) -> Iterator[tuple[ir.Value, Frame]]:
    for value in frame.returns:
        if isinstance(value, ir.Call):
            yield value, frame
            yield from ((one.value, frame) for one in value.args if isinstance(one.value, ir.Call))
        for inner in _functions(value, frame):
            yield from _put_on(evaluator, inner)


def _put_on(evaluator: Evaluator, frame: Frame, name: str = "", depth: int = 0) -> Iterator[tuple[ir.Value, Frame]]:
    """What a function that is given another, as its parameter ``name``, puts on it or on the one that it gives in its place."""
    if frame.function is None or not frame.function.parameters:
        return
    decorated = {name or frame.function.parameters[0].name}
    for own, definitions in frame.definitions.items():
        for inner in (one.value for one in definitions if one.kind == "function"):
            if isinstance(inner, ir.Function) and _calls(frame.module.frame_for(inner), decorated):
                decorated = {*decorated, own}
                yield from ((one, frame) for one in inner.decorators)
    for call in frame.calls if _gives_it_back(frame, decorated) else ():
        if _names(call, most=1) & decorated:
            yield (call.callee, frame) if isinstance(call.callee, ir.Call) else (_as_decorator(call), frame)
    for value in frame.returns if depth < _MAX_DEPTH else ():
        if isinstance(value, ir.Call):
            yield from _handed_on(evaluator, value, frame, decorated, depth)


def _gives_it_back(frame: Frame, decorated: set[str]) -> bool:
    """Whether a function gives what it was given, or what a call makes of that: else ``connect(address)`` would decorate an address."""
    given: list[object] = list(frame.returns)
    for value in frame.returns:
        if isinstance(value, ir.Name):
            given.extend(one.value for one in frame.definitions.get(value.name, ()))
    return any(
        (isinstance(value, ir.Name) and value.name in decorated)
        or (isinstance(value, ir.Call) and bool(_names(value, most=1) & decorated))
        for value in given
    )


def _handed_on(
    evaluator: Evaluator, call: ir.Call, frame: Frame, decorated: set[str], depth: int
) -> Iterator[tuple[ir.Value, Frame]]:
    """What another function of the workspace puts on the one that it is handed (``return self._decorate(function=function)``)."""
    for at, one in enumerate(call.args):
        if isinstance(one.value, ir.Name) and one.value.name in decorated:
            for meaning in evaluator.evaluate(call.callee, frame):
                function = meaning.frame.function if isinstance(meaning, FunctionRef) else None
                if function is not None and at < len(function.parameters) and isinstance(meaning, FunctionRef):
                    name = one.name or function.parameters[at].name
                    yield from _put_on(evaluator, meaning.frame, name, depth + 1)


def _functions(value: ir.Value, frame: Frame) -> Iterator[Frame]:
    if isinstance(value, ir.Lambda):
        yield frame.module.frame_for(value.function)
    elif isinstance(value, ir.Name):
        for one in frame.definitions.get(value.name, ()):
            if one.kind == "function" and isinstance(one.value, ir.Function):
                yield frame.module.frame_for(one.value)


def _calls(frame: Frame, names: set[str]) -> bool:
    return any(isinstance(call.callee, ir.Name) and call.callee.name in names for call in frame.calls)


def _names(call: ir.Call, most: int | None = None) -> set[str]:
    """The names among the first arguments of a call."""
    return {one.value.name for one in call.args[:most] if one.name is None and isinstance(one.value, ir.Name)}


def _as_decorator(call: ir.Call) -> ir.Call:
    """``task(send, queue="mail")`` as the decorator that it is in effect: ``task(queue="mail")``."""
    return ir.Call(call.start, call.end, call.callee, call.args[1:])
