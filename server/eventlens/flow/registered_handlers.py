"""Handlers that the call of a wrapper registers as objects.

The wrapper takes the message and calls a method of an interface with it; which object that is, the outermost call says in which
the channel is decided: it makes one that implements the interface (``bus.add(OrderPlaced, c => c.handler(new Billing(db)))``).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from eventlens import ir
from eventlens.flow import class_hierarchy, class_members, structural
from eventlens.flow.call_chains import Caller
from eventlens.flow.denotations import FunctionRef, Instance
from eventlens.flow.handler_found import HandlerFound
from eventlens.flow.matching import Matcher
from eventlens.flow.scopes import ClassIndex, Frame
from eventlens.flow.walk import values_in

_MOST_FUNCTIONS = 24
"""How many functions of a wrapper are looked through for the call of the interface."""


class _Asked(NamedTuple):
    """A method of an interface that a wrapper calls, and with how many arguments."""

    interface: ClassIndex
    method: str
    arguments: int


def registered(matcher: Matcher, found: HandlerFound, caller: Caller) -> HandlerFound | None:
    """The handler where the wrapper that was found only calls an object of an interface, and ``caller`` makes just one such object."""
    if found.frame is None or found.symbolic or found.frame.module is caller.frame.module:
        return None
    made = list(_made(matcher, caller))
    asked = sorted(_asked(matcher, found.frame), key=lambda one: -one.arguments) if made else []
    for one in asked:
        frames = {frame for item in made for frame in _implementing(matcher, item, one)}
        if len(frames) == 1:
            around = found.frame if found.frame.function is not None and found.frame.function.body is not None else None
            return found._replace(frame=frames.pop(), loop_frame=found.loop_frame or around)
    return None


def _made(matcher: Matcher, caller: Caller) -> Iterator[Instance]:
    """The objects that the arguments of a call make, also inside functions written there; what these are made of left out."""
    given = [one.value for one in caller.call.args]
    inner = [
        scope
        for scope in caller.frame.module.frames
        if any(one.start <= scope.start and scope.end <= one.end for one in given)
    ]
    calls = [(one, caller.frame) for value in given for one in values_in(value)]
    calls += [(one, frame) for frame in inner for one in frame.calls]
    within: list[tuple[int, int]] = []
    for value, frame in sorted(calls, key=lambda pair: (pair[0].start, -pair[0].end)):
        if not isinstance(value, ir.Call) or any(low <= value.start and value.end <= high for low, high in within):
            continue
        objects = [
            one
            for one in matcher.evaluator.evaluate(value, frame)
            if isinstance(one, Instance) and one.call is not None and one.index.definition.kind != "interface"
        ]
        if objects:
            within.append((value.start, value.end))
            yield from objects


def _asked(matcher: Matcher, frame: Frame) -> list[_Asked]:
    """The methods of interfaces that a function calls, itself or through functions of its own module."""
    own = frame.function
    if own is not None and own.body is None and frame.cls is not None:  # it is the interface's method itself
        return [_Asked(frame.cls, own.name, len(own.parameters))]
    found: dict[tuple[int, str], _Asked] = {}
    seen, queue = {id(frame)}, [frame]
    while queue and len(seen) <= _MOST_FUNCTIONS:
        current = queue.pop(0)
        nested = [one for one in current.module.frames if current.start <= one.start and one.end <= current.end]
        for call in (call for one in nested for call in one.calls):
            scope = next((one for one in reversed(nested) if call in one.calls), current)
            for meaning in matcher.evaluator.evaluate(call.callee, scope):
                function = meaning.frame.function if isinstance(meaning, FunctionRef) else None
                if function is None or not isinstance(meaning, FunctionRef):
                    continue
                owner = meaning.frame.cls
                if function.body is None and owner is not None and owner.definition.kind == "interface":
                    found.setdefault((id(owner), function.name), _Asked(owner, function.name, len(call.args)))
                elif meaning.frame.module is frame.module and id(meaning.frame) not in seen:
                    seen.add(id(meaning.frame))
                    queue.append(meaning.frame)
    return [one for one in found.values() if one.arguments]


def _implementing(matcher: Matcher, item: Instance, asked: _Asked) -> Iterator[Frame]:
    """The object's own method of that name, where its class implements the interface."""
    evaluator = matcher.evaluator
    if asked.interface not in list(class_hierarchy.bases(evaluator, item.index)) and not structural.implements(
        evaluator, item.index, asked.interface
    ):
        return
    for meaning in class_members.class_member(evaluator, item.index, asked.method, item):
        function = meaning.frame.function if isinstance(meaning, FunctionRef) else None
        if isinstance(meaning, FunctionRef) and function is not None and function.body is not None:
            yield meaning.frame
