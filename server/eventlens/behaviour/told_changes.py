"""What is done only where a write says that it changed something: values that are set again change nothing the second time.

How many rows were found says nothing of that, but where the write asks for a state that it ends. Else it is what a store tells of those that it
changed (``modifiedCount``, a result of ``NOOP``). A function may make a plain yes or no of it and hand that to who called it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from eventlens import ir
from eventlens.behaviour.conditional_writes import ends_what_it_asks
from eventlens.behaviour.events import CallStep, Event
from eventlens.behaviour.fresh_values import is_fresh
from eventlens.behaviour.paths import scopes, statements_around
from eventlens.behaviour.repetition import repeated, source_of
from eventlens.behaviour.result_tests import branches
from eventlens.flow.module_index import last_name
from eventlens.flow.scopes import Frame
from eventlens.flow.walk import values_in

_SETTING = frozenset(("update", "upsert", "write"))
_COUNT = re.compile(r"(?i)^(get)?_?(n_?modified|(modified|changed)_?(count|rows))$")
"""Members of a store's answer that tell how much was changed, not how much was found."""
_TAKEN = re.compile(
    r"(?i)^(get)?_?n?_?((row|matched|modified|deleted|removed|affected|changed)_?)?(count|rows?|length|size|result|value)$|^rows_?affected$|^affected(_?(rows|count))?$"
)
"""Members that tell what was found, or lead to it."""
_FAILURES = re.compile(r"(?i)^err(or)?$")
_OUTCOME = frozenset(("result", "getresult"))
_NOTHING_DONE = frozenset(("noop", "notmodified", "unchanged"))
_DONE = frozenset(("updated", "modified"))
"""What an answer that is a word says where nothing, and where something was changed; small letters, no underscores."""
_TIME = re.compile(r"(?i)^_?(utc_?)?now(_?utc)?$|^(current|server)_?(date|time)")
_NEW_IN_SQL = re.compile(
    r"(?i)\b(now|getdate|getutcdate|sysdatetime|unix_timestamp|uuid|gen_random_uuid)\s*\(|current_timestamp"
)
_HANDS_ON = frozenset(("also", "let", "then"))
"""Calls that run a function with what they are called on."""


class Told(NamedTuple):
    """A branch, the arm that runs only where something was changed, and the calls that lead to its function."""

    branch: ir.Branch
    arm: str
    outer: tuple[CallStep, ...]


class _Answer(NamedTuple):
    """What a call gives: the call, how its answer is called in a scope, and what of it says whether something was changed.

    ``yes`` is True where the answer itself says so, False where it says that nothing was, None where members of it do; with ``found`` it and its
    members do by being something, as what was found is what was changed."""

    node: ir.Node
    names: frozenset[str]
    yes: bool | None
    found: bool = False

    def holds_where_changed(self, condition: ir.Value) -> bool | None:
        """Whether a condition holds only where something was changed; False where it fails only then, None where it says nothing of that."""
        value = condition.value if isinstance(condition, ir.Await) else condition
        if isinstance(value, ir.Operation):
            return self._joined(value) if value.operator in ("and", "or", "not") else self._compared(value)
        return self._plain(value)

    def _joined(self, value: ir.Operation) -> bool | None:
        said = [self.holds_where_changed(one) for one in value.operands]
        if value.operator == "not":
            return None if said[0] is None else not said[0]
        sure = value.operator == "and"
        return sure if sure in said else None

    def _compared(self, value: ir.Operation) -> bool | None:
        if len(value.operands) != 2:
            return None
        one, other = value.operands
        if value.operator in ("==", "!=", "is"):
            said = _word(other) if self._is_outcome(one) else self._of_literal(one, other)
            return said if said is None or value.operator != "!=" else not said
        plain = self._plain(one)
        if plain is None or not isinstance(other, ir.Literal) or not isinstance(other.value, int):
            return None
        at_least = {">": other.value + 1, ">=": other.value}.get(value.operator)
        less = {"<": other.value, "<=": other.value + 1}.get(value.operator)
        return plain if at_least == 1 else (not plain if less == 1 else None)

    def _of_literal(self, one: ir.Value, other: ir.Value) -> bool | None:
        plain = self._plain(one)
        if plain is None or not isinstance(other, ir.Literal) or other.value not in (0, 1, None):
            return None
        return plain if other.value == 1 else not plain

    def _plain(self, value: ir.Value) -> bool | None:
        """What a value says by being something, or true."""
        if self.yes is not None or self.found:
            leads = self._is_answer(value) or (self.found and self._leads_on(value))
            return (self.yes is not False) if leads else None
        return True if _COUNT.match(self._member(value)) else None

    def _leads_on(self, value: ir.Value) -> bool:
        """Whether a value tells of an answer what was found (``result.rows.length``)."""
        member = value.callee if isinstance(value, ir.Call) and not value.args else value
        if not isinstance(member, ir.Member) or not _TAKEN.match(member.name):
            return False
        return self._is_answer(member.object) or self._leads_on(member.object)

    def _is_outcome(self, value: ir.Value) -> bool:
        return self._member(value).lower() in _OUTCOME

    def _member(self, value: ir.Value) -> str:
        """The name of a member of the answer, or by which it is taken out of it; "" for anything else, and of a plain yes or no."""
        member = value.callee if isinstance(value, ir.Call) and not value.args else value
        if self.yes is None and isinstance(member, ir.Member) and self._is_answer(member.object):
            return member.name
        return member.name if self.yes is None and isinstance(member, ir.Name) and member.name in self.names else ""

    def _is_answer(self, value: ir.Value) -> bool:
        value = value.value if isinstance(value, ir.Await) else value
        return value is self.node or (isinstance(value, ir.Name) and value.name in self.names)


def told_changes(write: Event, events: Sequence[Event]) -> Iterator[Told]:
    """The branches that are decided by whether a write changed anything."""
    if ends_what_it_asks(write, events):
        yield from _told(write.node, write.frame, write.chain, None, found=True)
    elif write.effect in _SETTING and not any(True for _ in repeated([write])):
        told = list(_told(write.node, write.frame, write.chain, None))
        if told and not _sets_something_new(write):
            yield from told


def _told(
    node: ir.Node, frame: Frame, chain: tuple[CallStep, ...], yes: bool | None, found: bool = False
) -> Iterator[Told]:
    handed_on: bool | None = None
    for place, names in ((frame, _names(node, frame)), *_handed_to(node, frame)):
        answer = _Answer(node, frozenset(names), yes, found)
        answer = answer._replace(names=answer.names | _names_of_parts(answer, place))
        for branch in branches(place):
            said = answer.holds_where_changed(branch.condition) if branch.end > node.start else None
            if said is not None:
                yield Told(branch, "then" if said else "orelse", chain)
                handed_on = _given_by(branch, said) if handed_on is None else handed_on
        for value in (value for scope in scopes(place) for value in scope.returns if handed_on is None):
            handed_on = answer.holds_where_changed(_first(value))
    if chain and handed_on is not None:
        yield from _told(chain[-1].call, chain[-1].frame, chain[:-1], handed_on)


def _names(node: ir.Node, frame: Frame) -> set[str]:
    """How an answer, or what is taken out of it, is called; of an answer and an error the answer alone."""
    for statement in statements_around(frame):
        value = statement.value if isinstance(statement, ir.Assign) else None
        if isinstance(statement, ir.Assign) and value is not None and value.start <= node.start < value.end:
            return _bound(statement.target)
    return set()


def _bound(target: ir.Value) -> set[str]:
    names = {one.name for one in values_in(_first(target)) if isinstance(one, ir.Name)}
    return {one for one in names if not _FAILURES.match(one)}


def _names_of_parts(answer: _Answer, frame: Frame) -> frozenset[str]:
    """How what is taken out of an answer is called (``n, err := result.RowsAffected()``)."""
    return frozenset(
        name
        for statement in statements_around(frame)
        if answer.found
        and isinstance(statement, ir.Assign)
        and statement.value is not None
        and answer._leads_on(statement.value)
        for name in _bound(statement.target)
    )


def is_count_asked_below(write: Event) -> bool:
    """Whether what made a write is asked below how many rows it changed (``cursor.execute(…)``, ``if cursor.rowcount == 1``)."""
    owner = (
        write.node.callee.object
        if isinstance(write.node, ir.Call) and isinstance(write.node.callee, ir.Member)
        else None
    )
    name = last_name(owner) if owner is not None else ""
    return bool(name) and any(
        isinstance(inner, ir.Member) and _TAKEN.match(inner.name) and last_name(inner.object) == name
        for branch in branches(write.frame)
        if branch.start > write.node.end
        for inner in values_in(branch.condition)
    )


def _given_by(branch: ir.Branch, said: bool) -> bool | None:
    """What a function gives where something was changed, where an arm of a branch gives a plain yes or no."""
    for arm, changed in ((branch.then, said), (branch.orelse, not said)):
        last = arm[-1] if arm else None
        value = _first(last.value) if isinstance(last, ir.Return) and last.value is not None else None
        if isinstance(value, ir.Literal) and isinstance(value.value, bool):
            return value.value == changed
    return None


def _first(value: ir.Value) -> ir.Value:
    """A value, or the first of several that are given together (with an error)."""
    return value.items[0] if isinstance(value, ir.Sequence) and value.items else value


def _handed_to(node: ir.Node, frame: Frame) -> Iterator[tuple[Frame, set[str]]]:
    """The functions written here that are run with what a call gives (``update(row).also { updated -> … }``)."""
    for call in frame.calls:
        callee = call.callee
        if isinstance(callee, ir.Member) and callee.name in _HANDS_ON and _is_of(callee.object, node) and call.args:
            given = call.args[0].value
            if isinstance(given, ir.Lambda):
                named = {one.name for one in given.function.parameters[:1]}
                yield frame.module.frame_for(given.function), named or {"it"}


def _is_of(value: ir.Value, node: ir.Node) -> bool:
    return value is node or (isinstance(value, ir.Await) and value.value is node)


def _word(value: ir.Value) -> bool | None:
    """What a constant says of a change by its name."""
    name = (value.value if isinstance(value, ir.Literal) else last_name(value)) or ""
    plain = name.replace("_", "").lower() if isinstance(name, str) else ""
    return True if plain in _DONE else False if plain in _NOTHING_DONE else None


def _sets_something_new(write: Event) -> bool:
    """Whether a write gives its row a value that is another each time (``updatedAt: new Date()``): then it changes it each time."""
    if write.sql is not None and _NEW_IN_SQL.search(source_of(write)):
        return True
    evaluator = write.place.evaluator if write.place is not None else None
    given = [one.value for one in write.node.args] if isinstance(write.node, ir.Call) else []
    for value in (*given, *(held for one in given for held in _held(one, write.frame))):
        if is_fresh(value, write.frame, evaluator) or any(_is_time(inner) for inner in values_in(value)):
            return True
    return False


def _held(value: ir.Value, frame: Frame) -> Iterator[ir.Value]:
    """What a local name holds, and what is called on it."""
    if not isinstance(value, ir.Name):
        return
    for one in frame.definitions.get(value.name, ()):
        if isinstance(one.value, ir.Object | ir.Call):
            yield one.value
    for call in frame.calls:
        if isinstance(call.callee, ir.Member) and last_name(call.callee.object) == value.name:
            yield call


def _is_time(value: ir.Value) -> bool:
    if isinstance(value, ir.Call) and value.is_new and not value.args:
        return last_name(value.callee) == "Date"
    return isinstance(value, ir.Member | ir.Name) and _TIME.match(last_name(value)) is not None
