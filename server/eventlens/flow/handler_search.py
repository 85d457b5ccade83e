"""Which function handles one message, from the place where it is taken: what it is handed to, and what only helps with it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from eventlens import ir
from eventlens.flow import class_members, constructions
from eventlens.flow.denotations import (
    FunctionRef,
    Instance,
    LibraryValue,
)
from eventlens.flow.module_index import CallSite, last_name
from eventlens.flow.receivers import same_value
from eventlens.flow.scopes import ClassIndex, Frame
from eventlens.flow.walk import mentions, names_bound, names_made_of, statements_in, values_in

if TYPE_CHECKING:
    from eventlens.flow.call_chains import Caller
    from eventlens.flow.matched_place import Place
    from eventlens.flow.matching import Matcher
    from eventlens.knowledge.schema import Handler

_MAX_PASSES = 5
"""Through how many functions that only pass a message on its content is followed."""


class _Handed(NamedTuple):
    """A call that gives the message, or something made of it, to a workspace function."""

    target: Frame
    call: ir.Call
    parameters: frozenset[str]
    """The target's parameters that get it."""
    settled: bool
    """Whether nothing is made of what the call returns."""
    whole: bool
    """Whether it gets the message as it was taken, not something made of it."""
    itself: bool
    """Whether one of its arguments is the message or its content, and not only another part of it (its id)."""


class HandlerSearch:
    """Looks for the function that handles one message, from the place where it is taken."""

    def __init__(self, matcher: Matcher, place: Place, handler: Handler, chain: Sequence[Caller]) -> None:
        self.matcher = matcher
        self.place = place
        self.chain = chain
        self.content = {
            path.partition(".")[2].partition(".")[0].removesuffix("[]") for path in handler.message or ()
        } - {""}
        """How the content is read off a message."""
        self._owners: dict[int, ClassIndex | None] = {}

    def callers_of(self, frame: Frame) -> list[CallSite]:
        """The call of a function that fetches: by which the site came about, else the first that is found."""
        own = [one for one in self.chain if one.callee.frame is frame]
        return [CallSite(one.frame, one.call) for one in (own or self.matcher.callers.of(frame))[:1]]

    def handler_of(self, frame: Frame, body: Iterable[ir.Statement], message: set[str]) -> Frame | None:
        """The function that handles the message: where a loop hands it, and on to the one that is given its content.

        None where the loop's own body does the handling: what a helper makes of the message is used further there.
        """
        handed = self._handed_to(frame, body, message)
        if handed is None:
            return None
        batch = self._of_batch(handed)
        handed = batch or handed
        return self._content_taker(handed.target, handed.parameters, _MAX_PASSES, set()) or handed.target

    def _of_batch(self, handed: _Handed) -> _Handed | None:
        """The call inside a function that gets a batch and hands on its messages one by one."""
        function = handed.target.function
        for statement in statements_in(function.body or ()) if function is not None else ():
            if (
                isinstance(statement, ir.Loop)
                and statement.target is not None
                and isinstance(statement.source, ir.Name)
                and statement.source.name in handed.parameters
            ):
                one = self._handed_to(handed.target, statement.body, names_bound(statement.target))
                return one if one is not None and one.itself else None
        return None

    def _content_taker(self, frame: Frame, own: frozenset[str], passes: int, seen: set[int]) -> Frame | None:
        """The workspace function that is given the content of the message (``handle(message.value())``), through functions that pass the message on."""
        if passes == 0 or id(frame) in seen:
            return None
        seen.add(id(frame))
        for call in frame.calls:
            if any(self._takes_content(argument.value, own) for argument in call.args):
                for target in self._targets(call, frame):
                    if not _is_helper(target, call):
                        return target
        for call in frame.calls:
            if any(isinstance(argument.value, ir.Name) and argument.value.name in own for argument in call.args):
                for target in self._targets(call, frame):
                    found = self._content_taker(target, _receiving(target, call, set(own)), passes - 1, seen)
                    if found is not None:
                        return found
        return None

    def _is_message(self, value: ir.Value, own: frozenset[str]) -> bool:
        return (isinstance(value, ir.Name) and value.name in own) or self._takes_content(value, own)

    def _takes_content(self, value: ir.Value, own: frozenset[str]) -> bool:
        """Whether a value is the message's content as it is: ``message.value()``, ``message.body``."""
        inner = value.callee if isinstance(value, ir.Call) and not value.args else value
        return (
            isinstance(inner, ir.Member)
            and inner.name in self.content
            and isinstance(inner.object, ir.Name)
            and inner.object.name in own
        )

    def _handed_to(self, frame: Frame, body: Iterable[ir.Statement], message: set[str]) -> _Handed | None:
        """The workspace function to which a loop's body hands the message: the first from whose result nothing else is made."""
        body = tuple(body)
        known = names_made_of(body, message)
        found: list[_Handed] = []
        for statement in statements_in(body):
            value = _evaluated(statement)
            told = _told(value)
            for call in values_in(value) if value is not None else ():
                if (
                    isinstance(call, ir.Call)
                    and not _within(call, told)
                    and any(mentions(argument.value, known) for argument in call.args)
                ):
                    settled = not _is_used(statement, call, body)
                    whole = any(mentions(argument.value, message) for argument in call.args)
                    itself = any(self._is_message(argument.value, frozenset(message)) for argument in call.args)
                    found.extend(
                        _Handed(target, call, _receiving(target, call, known), settled, whole, itself)
                        for target in self._handling(call, frame)
                    )
        settled_ones = [one for one in found if one.settled and not _is_helper(one.target, one.call)]
        handed = settled_ones[0] if settled_ones else None
        if handed is None or handed.whole:
            return handed
        parts = any(one.target is not handed.target for one in settled_ones if one.call is not handed.call)
        return None if parts or _keeps_results(body, known) else handed

    def _handling(self, call: ir.Call, frame: Frame) -> Iterator[Frame]:
        """The function called, or one that is handed over together with the message (``pool.submit(handle, message)``)."""
        targets = list(self._targets(call, frame))
        yield from targets
        if not targets:
            for argument in call.args:
                if isinstance(argument.value, ir.Name | ir.Member):
                    yield from (
                        m.frame
                        for m in self.matcher.evaluator.evaluate(argument.value, frame)
                        if isinstance(m, FunctionRef) and m.frame.function is not None
                    )

    def _targets(self, call: ir.Call, frame: Frame) -> Iterator[Frame]:
        """The workspace functions that a call can run; on the own receiver, the method of the class that was given this subscription's client."""
        for meaning in self.matcher.evaluator.evaluate(call.callee, frame, self.place.environment):
            if (
                isinstance(meaning, FunctionRef)
                and meaning.frame.function is not None
                and meaning.frame.function.kind != "constructor"
            ):
                yield self._overriding(meaning.frame, call, frame)

    def _overriding(self, target: Frame, call: ir.Call, frame: Frame) -> Frame:
        if (
            frame.cls is None
            or target.function is None
            or not (isinstance(call.callee, ir.Member) and isinstance(call.callee.object, ir.This))
        ):
            return target
        owner = self._owner(frame.cls)
        if owner is None:
            return target
        found = class_members.class_member(self.matcher.evaluator, owner, target.function.name, Instance(owner))
        return next((item.frame for item in found if isinstance(item, FunctionRef)), target)

    def _owner(self, index: ClassIndex) -> ClassIndex | None:
        """The one class whose object got the subscription's receiver when it was made; None where it is several or not known."""
        if id(index) not in self._owners:
            receiver = self.place.receiver
            owners = {
                item.index
                for item in constructions.instances(self.matcher.evaluator, index)
                if isinstance(item, Instance)
                and item.call is not None
                and item.frame is not None
                and receiver is not None
                for argument in item.call.args
                for value in self.matcher.evaluator.evaluate(argument.value, item.frame)
                if isinstance(value, LibraryValue) and same_value(value, receiver)
            }
            self._owners[id(index)] = owners.pop() if len(owners) == 1 else None
        return self._owners[id(index)]


_HELPING = re.compile(
    r"_*((start|finish|begin|end)\w*Span$|(delete|remove)_?\w*[mM]essages?$|(log|print|debug|trace|info|warn|warning|error|fatal|panic)(f|w|ln|Context)?$|log|print|debug|trace|deserial|decode|parse|validate|extract|get|is|has|to|from|record|observe|increment|ack|nack|commit|check|report)(_|[A-Z]|$|ize|ise)"
)

_MEASURING = re.compile(r"(?i)metric|stats|logger|tracer|telemetry")
"""Objects that only tell how the handling goes."""


def _tells(call: ir.Call) -> bool:
    return isinstance(call.callee, ir.Member) and _MEASURING.search(last_name(call.callee.object)) is not None


def _told(value: ir.Value | None) -> list[ir.Value]:
    """What is only made to be logged or counted: the arguments of such a call (``metrics.put(attempts(message))``)."""
    return [
        argument.value
        for call in values_in(value)
        if isinstance(call, ir.Call) and _tells(call)
        for argument in call.args
    ]


def _within(call: ir.Call, values: Iterable[ir.Value]) -> bool:
    return any(one.start <= call.start and call.end <= one.end for one in values)


def _is_helper(target: Frame, call: ir.Call) -> bool:
    """Whether a function's name says that it serves the handling of a message and is not it: it logs, reads or checks the message."""
    function = target.function
    name = function.name or target.module.lambda_names.get(id(function), "") if function is not None else ""
    return _tells(call) or _HELPING.match(name[:1].lower() + name[1:]) is not None


def _receiving(target: Frame, call: ir.Call, known: set[str]) -> frozenset[str]:
    """The parameters of a function that a call gives something made of the names."""
    assert target.function is not None
    parameters = target.function.parameters
    got = {argument.name for argument in call.args if argument.name is not None and mentions(argument.value, known)}
    for position, argument in enumerate(a for a in call.args if a.name is None):
        if position < len(parameters) and mentions(argument.value, known):
            got.add(parameters[position].name)
    return frozenset(name for name in got if name)


def _is_used(statement: ir.Statement, call: ir.Call, body: tuple[ir.Statement, ...]) -> bool:
    """Whether something else is made of a call's result: it is read off, passed to another call, or given to a name that is."""
    if isinstance(statement, ir.Evaluate | ir.Branch):
        return False
    value = _evaluated(statement)
    inner = value.value if isinstance(value, ir.Await) else value
    if inner is not call or not isinstance(statement, ir.Assign):
        return inner is not call
    if statement.operator == "+":
        return False  # how many were handled is counted
    names = names_bound(statement.target)
    return any(
        isinstance(other, ir.Call)
        and (any(mentions(argument.value, names) for argument in other.args) or mentions(other.callee, names))
        for later in statements_in(body)
        if later.start > statement.start and (value := _evaluated(later)) is not None
        for other in values_in(value)
    )


def _keeps_results(body: tuple[ir.Statement, ...], known: set[str]) -> bool:
    """Whether a loop's own body writes something made of the message into what outlives the turn."""
    return any(
        isinstance(statement, ir.Assign) and isinstance(statement.target, ir.Member | ir.Index)
        and (mentions(statement.target, known) or (statement.value is not None and mentions(statement.value, known)))
        for statement in statements_in(body)
    )  # fmt: skip


def _evaluated(statement: ir.Statement) -> ir.Value | None:
    if isinstance(statement, ir.Evaluate | ir.Assign | ir.Return):
        return statement.value
    return statement.condition if isinstance(statement, ir.Branch) else None
