"""What is asked of others before something is done: of a service, a client, a store that no model knows.

Where the answer decides whether an effect happens, and the same handling tells something to whom it asked, the second delivery may get
another answer. What a function is called after telling duplicates is asked for just that.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cached_property
from typing import NamedTuple

from eventlens import ir
from eventlens.behaviour.asked_first import AskedFirst
from eventlens.behaviour.events import DURABLE, CallStep, Event
from eventlens.behaviour.guards import TELLS_DUPLICATES
from eventlens.behaviour.made_of import MadeOf
from eventlens.behaviour.missing_rows import Comparison
from eventlens.behaviour.noted_answers import parts
from eventlens.behaviour.paths import levels
from eventlens.behaviour.repetition import entity_of
from eventlens.behaviour.rows_read import Point, RowsRead, definitions_of
from eventlens.behaviour.same_requests import only_asks
from eventlens.flow.module_index import last_name
from eventlens.flow.scopes import Frame
from eventlens.flow.walk import statements_in, values_in

_ASKING = re.compile(
    r"(?i)^_*(is|was|has|have|does|can|should|exists?|contains?|find|get|fetch|look_?up|load|read|query|search|list|count|check)(?![a-z])"
    r"|^_*(is|was|has|have|does|can|should|exists?|contains?|find|get|fetch|look_?up|load|read|query|search|list|count|check)(?-i:[A-Z_])"
)
_EXECUTES = re.compile(
    r"(?i)^(execute|query(_?(row|one|first|single|for_?object))?|scalars?|fetch_?(one|row|val|first))(Async|Context)?$"
)
"""Names of what runs a statement, of which nothing is known where it is no effect."""
_OF_STORE = re.compile(r"(?i)repo(sitory)?$|dao$|store$")
_TAKES_AWAY = re.compile(r"(?i)delete|remove|cancel|close")
_NO_PARTNER = re.compile(
    r"(?i)log(ger)?$|config|setting|propert|option|feature|flag|toggle|switch|env|clock|mapper|json|parser|convert|serializ|validat|metric|tracer|tracing"
    r"|telemetry|counter|monitor|factory|builder|context|session|formatter|template$|translat|resolver|^console$|^process$"
)
"""Names of what answers from what it was set up with, from what it is given, or only tells of what goes on."""
_TECHNICAL = re.compile(
    r"(?i)^_*(web|http|rest|api|grpc)?_?client$|http|axios|^_*(api|db|pool|connection|conn|database)$"
)


_OF_ROWS = DURABLE - {"object-write"}
_ANY_ROWS = "?"
"""Whom a read asks of which it is not known whose rows it reads: any write may change what it finds."""
_SOME_ROWS = "?known"
"""Whom a read asks of which it is known: a write of which it is not known whose rows it writes may change what it finds."""


class Asked(NamedTuple):
    """A call that asks somebody, ``of`` the names and classes by which it is known whom."""

    call: ir.Call
    frame: Frame
    of: frozenset[str]
    order: int


class AskedElsewhere:
    """The questions of one trace that are put to others; ``first`` knows the conditions on the way to an effect."""

    def __init__(self, events: Sequence[Event], first: AskedFirst) -> None:
        self._events = events
        self._first = first

    def before(self, effect: Event) -> Asked | None:
        """The question to somebody else on whose answer it hangs whether an effect happens, and whose answer the handling may change."""
        if not self._asked:
            return None
        for question in self._first.questions(effect):
            for condition, arm in parts(question.branch.condition, question.arm):
                found = next(self._made_of.behind(condition, question.at), None)
                if (
                    found is not None
                    and found.order < effect.order
                    and self._may_change(found, condition, arm, question.at)
                ):
                    return found
        for answer, at in self._first.instead_of(effect):
            found = next(self._made_of.behind(answer, at), None)
            if found is not None and found.order < effect.order:
                return found
        return None

    def _may_change(self, asked: Asked, condition: ir.Value, arm: str, at: Point) -> bool:
        missing = Comparison(self._answers).missing_arm(condition, at)
        if missing is None or missing == arm or self._is_left_out_by_state(asked, at):
            return True
        return any(_TAKES_AWAY.search(name) for name, of in self._told if of & asked.of)

    def _is_left_out_by_state(self, asked: Asked, at: Point) -> bool:
        """Whether a function between a question and what is asked gives nothing for a row in another state (``if (run.status !== …) return null``)."""
        event = self._effects.get(id(asked.call))
        frames = [step.callee for step in event.chain] if event is not None else [asked.frame]
        below = frames[frames.index(at.frame) + 1 :] if at.frame in frames else frames
        return any(map(_gives_nothing_by_state, below))

    # ------------------------------------------------------------------------------------------------------- who is asked

    @cached_property
    def _made_of(self) -> MadeOf[Asked]:
        return MadeOf(self._events, ((one.call, one) for one in sorted(self._asked, key=lambda one: one.order)))

    @cached_property
    def _answers(self) -> RowsRead:
        return RowsRead.given_by([one.call for one in self._asked], self._events)

    @cached_property
    def _asked(self) -> list[Asked]:
        """The calls that ask somebody to whom the same handling tells something."""
        told = frozenset(whom for _, of in self._told for whom in of)
        return [
            one
            for one in self._calls
            if _asks(one, self._effects) and (TELLS_DUPLICATES.search(_name(one)) or one.of & told)
        ]

    @cached_property
    def _told(self) -> list[tuple[str, frozenset[str]]]:
        """What is told to whom: the names of calls, and what is done to rows."""
        rows = [
            (one.effect, frozenset((_ANY_ROWS, "" if entity_of(one) else _SOME_ROWS)))
            for one in self._events
            if one.effect in _OF_ROWS
        ]
        return rows + [(_name(one), one.of) for one in self._calls if one.of and not _asks(one, self._effects)]

    @cached_property
    def _effects(self) -> dict[int, Event]:
        return {id(one.node): one for one in self._events if one.kind == "effect"}

    @cached_property
    def _calls(self) -> list[Asked]:
        """The calls of the trace to others than its own functions and the stores that are known, and those that tell duplicates."""
        found = [
            Asked(one.node, one.frame, _client_of(one), one.order)
            for one in self._events
            if one.effect in ("external-read", "external-call") and isinstance(one.node, ir.Call)
        ]
        found += [
            Asked(one.node, one.frame, frozenset((_SOME_ROWS if entity_of(one) else _ANY_ROWS,)), one.order)
            for one in self._events
            if one.effect == "read" and isinstance(one.node, ir.Call)
        ]
        begun = {id(one.node): one.order for one in self._events if one.kind == "call"}
        for frame, first in self._frames.values():
            for call in frame.calls:
                if id(call) in begun:
                    if TELLS_DUPLICATES.search(last_name(call.callee)) and id(call) not in self._reading:
                        found.append(Asked(call, frame, frozenset(), begun[id(call)]))
                elif id(call) not in self._effects and (of := _asked_by(call, frame)):
                    found.append(Asked(call, frame, frozenset((of,)), first))
        return found

    @cached_property
    def _reading(self) -> set[int]:
        """The calls, by their identity, in which rows are read of which it is known whose they are."""
        reads = (one for one in self._events if one.effect == "read" and entity_of(one))
        return {id(step.call) for one in reads for step in one.chain}

    @cached_property
    def _frames(self) -> dict[int, tuple[Frame, int]]:
        """The functions of the trace, each with the place in it where the first thing happens in it."""
        found: dict[int, tuple[Frame, int]] = {}
        for event in self._events:
            for frame in (*(level.frame for level in levels(event)), *((event.callee,) if event.callee else ())):
                found.setdefault(id(frame), (frame, event.order))
        return found


def _name(asked: Asked) -> str:
    return last_name(asked.call.callee)


def _asks(one: Asked, effects: dict[int, Event]) -> bool:
    event = effects.get(id(one.call))
    if event is not None:
        return event.effect in ("external-read", "read") or only_asks(event)
    return not one.of or bool(_ASKING.match(_name(one)) or _EXECUTES.match(_name(one)))


_COMPARING = frozenset(("==", "!=", "<", ">", "<=", ">=", "in", "not in"))


def _gives_nothing_by_state(frame: Frame) -> bool:
    body = frame.function.body if frame.function is not None else None
    branches = (one for one in statements_in(body or ()) if isinstance(one, ir.Branch))
    return any(
        _compares_a_column(one.condition) and any(map(_gives_nothing, statements_in((*one.then, *one.orelse))))
        for one in branches
    )


def _compares_a_column(condition: ir.Value) -> bool:
    """Whether a condition holds a member of something against a value, and not only asks whether there is one."""
    return any(
        isinstance(one, ir.Operation)
        and one.operator in _COMPARING
        and any(isinstance(side, ir.Member) for side in one.operands)
        and not any(isinstance(side, ir.Literal) and side.value is None for side in one.operands)
        for one in values_in(condition)
    )


def _gives_nothing(statement: ir.Statement) -> bool:
    value = statement.value if isinstance(statement, ir.Return) else None
    return isinstance(value, ir.Literal) and (value.value is None or value.value is False)


def _client_of(event: Event) -> frozenset[str]:
    """The class that makes a request, and what the call that led there is made on."""
    names = {f"{event.frame.module.path}:{event.frame.cls.name}"} if event.frame.cls is not None else set()
    step: CallStep | None = event.chain[-1] if event.chain else None
    if step is not None and (partner := _partner(step.call, step.frame)):
        names.add(partner)
    return frozenset(names)


def _asked_by(call: ir.Call, frame: Frame) -> str:
    """Whom a call asks or tells something that is neither followed nor an effect; "" where it is nobody else."""
    callee = call.callee
    if not isinstance(callee, ir.Member):
        return ""
    runs = (
        _EXECUTES.match(callee.name) and callee.name != last_name(callee.object).lower()
    )  # Query.query only makes one
    return _ANY_ROWS if runs or _is_store(callee.object, frame) else _partner(call, frame)


def _is_store(owner: ir.Value, frame: Frame) -> bool:
    """Whether a value is what a function made for itself and calls after a store of rows (``repository = Orders.of(session)``)."""
    if not isinstance(owner, ir.Name) or not _OF_STORE.search(owner.name):
        return False
    return any(isinstance(one.value, ir.Call | ir.Await) for one, _ in definitions_of(owner.name, frame))


def _partner(call: ir.Call, frame: Frame) -> str:
    """The name under which an object, or a module, holds what a call is made on; "" where it is something else.

    A name that says nothing but how one talks to it (a client, a connection) is meant in its class alone.
    """
    owner = call.callee.object if isinstance(call.callee, ir.Member) else None
    if not _is_kept(owner, frame):
        return ""
    name = last_name(owner) if owner is not None else ""
    if _NO_PARTNER.search(name):
        return ""
    holder = frame.cls.name if frame.cls is not None else frame.module.path
    return f"{holder}.{name}" if _TECHNICAL.search(name) else name.lstrip("_").lower()


def _is_kept(owner: ir.Value | None, frame: Frame) -> bool:
    """Whether a value is what an object holds, what a module made for itself, or a name that a class has from a base."""
    if isinstance(owner, ir.Member):
        return isinstance(owner.object, ir.This)
    if not isinstance(owner, ir.Name):
        return False
    known = list(definitions_of(owner.name, frame))
    if not known:
        return owner.name[:1].islower() and frame.cls is not None
    return any(
        scope.function is None and one.kind == "value" and isinstance(one.value, ir.Call | ir.Await)
        for one, scope in known
    )
