"""Messages that are stored first and sent later, and events that are made elsewhere than they are sent.

A bus that either sends what it is given or, where an outbox is switched on, hands it to a store (``if (outboxEnabled) { await
store.Add(message); return; }``) says what that store is: whoever adds a message to it sends the message as the bus does.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from eventlens import ir
from eventlens.flow import written_types
from eventlens.flow.call_chains import Caller
from eventlens.flow.callers import Callers
from eventlens.flow.denotations import ClassRef, Denotation, FunctionRef, Instance, Parameter, Receiver
from eventlens.flow.scopes import Frame
from eventlens.flow.walk import statements_in, values_in, values_of

_OUTBOX = re.compile(r"outbox", re.IGNORECASE)
_MOST_INTERFACES = 12


class MadeEvent(NamedTuple):
    """An event and the call that makes it: its construction, or the call of its class's own factory."""

    value: Instance
    frame: Frame
    call: ir.Call


def made_events(values: tuple[Denotation, ...], sender: Frame) -> list[MadeEvent]:
    """The events among values that are made in other classes than the one that sends them."""
    found: dict[int, MadeEvent] = {}
    for value in values:
        if isinstance(value, Instance) and value.call is not None and value.frame is not None:
            made = _making(value, value.call, value.frame)
            if made.frame.cls is not sender.cls:
                found.setdefault(id(made.call), made)
    return list(found.values())


def _making(value: Instance, call: ir.Call, frame: Frame) -> MadeEvent:
    """Where the event's own factories are called, the outermost of them."""
    for _ in value.environment:
        binding = next((one for one in value.environment if one.frame is frame), None)
        if binding is None or frame.cls is not value.index:
            break
        call, frame = binding.call, binding.caller
    return MadeEvent(value, frame, call)


class StoredMessages:
    """Finds those who add messages to the store that a publishing function uses in the place of sending."""

    def __init__(self, callers: Callers) -> None:
        self._callers = callers
        self._calls: dict[tuple[int, str], ir.Call] = {}
        """One call of the publishing function for each call of the store, and the parameter that gets the message."""
        self._read: set[str] = set()

    def callers(self, target: Frame, needed: Sequence[Parameter | Receiver]) -> list[Caller]:
        """As if they called ``target``: the calls that store what it would send. ``needed`` is what its caller has to say."""
        if len(needed) != 1:
            return []
        parameter = needed[0]
        if not isinstance(parameter, Parameter) or parameter.frame is not target:
            return []
        found: dict[int, Caller] = {}
        for store, position in self._stores(target, parameter.name):
            for caller in self._callers.of(store):
                given = [one for one in caller.call.args if one.name is None]
                if caller.frame.cls is target.cls or position >= len(given) or caller.first:
                    continue
                self._load_implementers(caller.frame)
                found[id(caller.call)] = Caller(
                    caller.frame, self._call(caller.call, given[position], parameter.name), FunctionRef(target)
                )
        return list(found.values())

    def _call(self, call: ir.Call, given: ir.Argument, name: str) -> ir.Call:
        key = (id(call), name)
        if key not in self._calls:
            argument = ir.Argument(given.start, given.end, given.value, name)
            self._calls[key] = ir.Call(call.start, call.end, call.callee, (argument,))
        return self._calls[key]

    def _stores(self, target: Frame, name: str) -> Iterator[tuple[Frame, int]]:
        """The functions that get the parameter instead where an outbox is on, with the position at which they get it."""
        function = target.function
        for statement in statements_in(function.body or ()) if function is not None else ():
            if not isinstance(statement, ir.Branch) or not _OUTBOX.search(
                self._callers.evaluator.source(statement.condition, target)
            ):
                continue
            inside = (
                one for inner in statements_in(statement.then) for value in values_of(inner) for one in values_in(value)
            )
            for value in inside:
                if not isinstance(value, ir.Call):
                    continue
                position = next((at for at, one in enumerate(value.args) if _is_name(one, name)), None)
                if position is None:
                    continue
                for meaning in self._callers.evaluator.evaluate(value.callee, target):
                    if isinstance(meaning, FunctionRef) and meaning.frame.cls is not target.cls:
                        yield meaning.frame, position

    def _load_implementers(self, frame: Frame) -> None:
        """Read what implements the interfaces that the class around a scope is given: they make what is stored."""
        if frame.module.path in self._read or frame.cls is None:
            return
        self._read.add(frame.module.path)
        evaluator = self._callers.evaluator
        wanted = [
            found.index
            for scope in frame.module.frames
            if scope.function is not None
            for parameter in scope.function.parameters
            for written in _flat(parameter.type)
            for found in written_types.reference(evaluator, written, frame.module.top)
            if isinstance(found, ClassRef) and found.index.definition.kind == "interface"
        ]
        for index in list(dict.fromkeys(wanted))[:_MOST_INTERFACES]:
            evaluator.program.load(self._callers.reach.modules([index.module], {index.name}, {index.name}))
        evaluator.forget()


def _flat(written: ir.TypeRef | None) -> Iterator[ir.TypeRef]:
    if written is not None:
        yield written
        for part in written.args:
            yield from _flat(part)


def _is_name(argument: ir.Argument, name: str) -> bool:
    return argument.name is None and isinstance(argument.value, ir.Name) and argument.value.name == name
