"""What is asked of a store before something is done, and may be answered otherwise when the message comes again.

Where an answer decides whether an effect happens, and the same handling writes what it was asked about, the second delivery may find
that the work is done. Whether it does hangs on what the code means by it, which is not worked out here: a rule says so.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from itertools import chain
from typing import NamedTuple

from eventlens import ir
from eventlens.behaviour.conditional_writes import columns_asked
from eventlens.behaviour.entities import may_hold, queried_fields, read_by_getter
from eventlens.behaviour.events import DURABLE, Context, Event
from eventlens.behaviour.given_values import values_given
from eventlens.behaviour.gone_through import changed_in_each, gone_through
from eventlens.behaviour.made_of import MadeOf
from eventlens.behaviour.missing_rows import IF_ABSENT, Comparison
from eventlens.behaviour.noted_answers import MORE_OR_LESS, noted_by, parts
from eventlens.behaviour.paths import contexts_at, encloses, levels, statements_around
from eventlens.behaviour.protections import protections
from eventlens.behaviour.recorded_fields import may_record
from eventlens.behaviour.repetition import entity_of, read_first_of
from eventlens.behaviour.rows_read import Point, RowsRead
from eventlens.flow.denotations import ClassRef, Instance, Scalar
from eventlens.flow.field_methods import field_read_by, field_set_by
from eventlens.flow.module_index import last_name
from eventlens.flow.scopes import Frame
from eventlens.flow.walk import values_in, values_of
from eventlens.knowledge.schema import Effect

_MAKING = frozenset(("insert", "upsert", "write"))
_CHANGING = frozenset(("update", "upsert", "write", "increment"))
_ARMS = ("then", "orelse")
_EQUALS = frozenset(("equals", "equalsignorecase", "contentequals"))
OF_MANY = frozenset(
    ("any", "Any", "AnyAsync", "isEmpty", "IsEmpty", "isNotEmpty", "size", "count", "Count", "length", "Length", "len")
)
_BY_KEY = re.compile(r"(?i)^(find|get)(one|unique)?(ById|ByPk|Async)?$|ById$")
_TELLS_PRESENCE = re.compile(r"(?i)exists|count")
_IS_KEY = re.compile(r"(?i)(id|key|uuid|guid|reference|number|code)$")


class Question(NamedTuple):
    """A condition that decides whether an effect happens, where it stands, and the arm that leads to the effect."""

    branch: ir.Branch
    arm: str
    at: Point


class _Leaving(NamedTuple):
    """An event that leaves a function, the innermost branch in whose arm it stands, and for a throw the attempts that catch it."""

    event: Event
    branch: ir.Branch
    arm: str
    frame: Frame
    caught: frozenset[int]


class AskedFirst:
    """The questions of one trace."""

    def __init__(self, events: Sequence[Event]) -> None:
        self._events = events
        self._writes: dict[str, list[Event]] = defaultdict(list)
        reads: dict[str, list[Event]] = defaultdict(list)
        for event in events:
            if event.kind == "effect" and (entity := _plain(entity_of(event))):
                if event.effect in DURABLE:
                    self._writes[entity].append(event)
                elif event.effect == "read":
                    reads[entity].append(event)
        self._reads = {entity: found for entity, found in reads.items() if entity in self._writes}
        self._made_of = MadeOf(events, ((one.node, one) for found in self._reads.values() for one in found))
        self._rows: dict[str, RowsRead] = {}
        self._decided: dict[tuple[int, str, tuple[int, ...]], Event | None] = {}
        """What was found for a branch, its arm and the calls that lead there."""

    def before(self, effect: Event) -> Event | None:
        """The read on whose answer it hangs whether an effect happens, where this handling may change the answer."""
        if not self._reads:
            return self._among_rows(effect)
        for question in self.questions(effect):
            found = self._undecided(question)
            if found is not None and found.order < effect.order:
                return found
        return self._among_rows(effect) or self._instead_of_rows(effect) or self._left_over(effect)

    # ---------------------------------------------------------------------------------------------------- conditions

    def questions(self, effect: Event) -> Iterator[Question]:
        """The conditions on the way to an effect: those around it, and those that leave before it."""
        around = {(id(one.node), one.kind) for one in effect.contexts if one.kind in _ARMS}
        for level in levels(effect):
            for context in contexts_at(effect, level):
                if isinstance(context.node, ir.Branch):
                    at = Point(context.frame, level.outer)
                    yield Question(context.node, context.kind, at)
                    for branch, arm in noted_by(context.node.condition, context.kind, context.frame):
                        yield Question(branch, arm, at)
        for leaving in self._leaving:
            if leaving.event.order >= effect.order:
                return
            if (id(leaving.branch), leaving.arm) not in around and _ends_before(leaving, effect):
                arm = "orelse" if leaving.arm == "then" else "then"
                at = Point(leaving.frame, leaving.event.chain)
                yield Question(leaving.branch, arm, at)
                for branch, noted in noted_by(leaving.branch.condition, arm, leaving.frame):
                    yield Question(branch, noted, at)

    @cached_property
    def _leaving(self) -> list[_Leaving]:
        """What leaves a function or a turn of a loop under some condition, in order."""
        found = []
        for event in self._events:
            if event.kind in ("return", "throw", "jump"):
                inner = next((one for one in reversed(event.contexts) if isinstance(one.node, ir.Branch)), None)
                if inner is not None and isinstance(inner.node, ir.Branch):
                    caught = [one.attempt for one in protections(event)] if event.kind == "throw" else []
                    found.append(_Leaving(event, inner.node, inner.kind, inner.frame, frozenset(map(id, caught))))
        return found

    def _among_rows(self, effect: Event) -> Event | None:
        """The read whose rows a loop around an effect goes through, where it changes them: the second time they may not be found."""
        for context in effect.contexts:
            source = gone_through(context)
            if source is not None:
                at = Point(context.frame, effect.chain)
                for read in self._made_of.behind(source, at, handed=True):
                    writes = self._writes[_plain(entity_of(read))]
                    if any(one.effect in _CHANGING | {"delete"} and one is not effect for one in writes):
                        return read
                if changed := changed_in_each(context):
                    for read in self._all_reads.behind(source, at, handed=True):
                        if not (asked := queried_fields(_called(read))) or not changed.isdisjoint(asked):
                            return read
        return None

    @cached_property
    def _all_reads(self) -> MadeOf[Event]:
        return MadeOf(self._events, ((one.node, one) for one in self._events if one.effect == "read"))

    def _instead_of_rows(self, effect: Event) -> Event | None:
        """The read in place of whose answer an effect happens (``find(id) ?: create(id)``)."""
        for answer, at in self.instead_of(effect):
            found = next(self._made_of.behind(answer, at), None)
            if found is not None and self._made(_plain(entity_of(found)), [found]):
                return found
        return None

    def instead_of(self, effect: Event) -> Iterator[tuple[ir.Value, Point]]:
        """The values in place of which an effect happens, where they are nothing."""
        for level in levels(effect):
            for statement in statements_around(level.frame):
                if not statement.start <= level.node.start < statement.end:
                    continue
                for value in (inner for outer in values_of(statement) for inner in values_in(outer)):
                    if isinstance(value, ir.Choice) and value.condition is None and _is_in_rest(value, level.node):
                        yield value.options[0], Point(level.frame, level.outer)
            for context in contexts_at(effect, level):
                if (owner := _missing_for(context.node, level.node)) is not None:
                    yield owner, Point(context.frame, level.outer)

    def _left_over(self, effect: Event) -> Event | None:
        """The read that decides what is put into the collection that an effect inserts."""
        if effect.effect not in _MAKING or not isinstance(effect.node, ir.Call):
            return None
        entity = _plain(entity_of(effect))
        for argument in effect.node.args:
            if isinstance(argument.value, ir.Name):
                for read in self._made_of.behind(argument.value, Point(effect.frame, effect.chain), handed=True):
                    if _plain(entity_of(read)) == entity and read.order < effect.order:
                        return read
        return None

    def _undecided(self, question: Question) -> Event | None:
        """The read that a question asks, where the first delivery may change the answer."""
        key = (id(question.branch), question.arm, tuple(id(step.call) for step in question.at.chain))
        if key not in self._decided:
            self._decided[key] = next(
                (
                    found
                    for condition, arm in parts(question.branch.condition, question.arm)
                    for entity, reads in self._reads.items()
                    if (found := self._asked(entity, reads, condition, arm, question.at)) is not None
                ),
                None,
            )
        return self._decided[key]

    def _asked(self, entity: str, reads: list[Event], condition: ir.Value, arm: str, at: Point) -> Event | None:
        """The one of some reads that a condition asks, where writes of its entity may change the answer."""
        rows = self._rows.get(entity)
        if rows is None:
            rows = self._rows[entity] = RowsRead(self._writes[entity][0], entity, reads, self._events, others=True)
        missing = Comparison(rows).missing_arm(condition, at)
        if missing is not None:
            changes = self._made(entity, reads) if missing == arm else self._unmade(entity, condition, reads)
            return reads[0] if changes else None
        if isinstance(condition, ir.Operation) and condition.operator in MORE_OR_LESS:
            return None  # how much there is says nothing of whether the work was done
        fields = self._fields_asked(condition, rows, at, reads[0])
        if fields is not None and not self._are_set(fields, entity):
            return None
        behind = set(map(id, self._made_of.behind(condition, at, handed=_is_of_many(condition))))
        return next((one for one in reads if id(one) in behind and not _finds_others(one, self._writes[entity])), None)

    # -------------------------------------------------------------------------------------------------------- answers

    def _fields_asked(self, condition: ir.Value, rows: RowsRead, at: Point, read: Event) -> set[str] | None:
        """The fields of a row that was read, where a condition looks at them and at nothing else that the row decides."""
        found: set[str] = set()
        for value in _compared(condition):
            member = value.callee if isinstance(value, ir.Call) and not value.args else value
            if isinstance(member, ir.Member) and rows.are_rows(member.object, at):
                own = self._fields_read(value) if isinstance(value, ir.Call) else _fields_behind(member.name, read)
                if own is None:
                    return None
                found |= own
            elif next(self._made_of.behind(value, at), None) is not None:
                return None
        return found or None

    def _fields_read(self, call: ir.Call) -> set[str] | None:
        """The field that an accessor gives, or those that a method without parameters looks at; None where its code is not there."""
        name = last_name(call.callee)
        steps = self._made_of.entered.get(id(call), ())
        if not steps:
            field = field_read_by(name)
            return {field} if field else None
        return {
            inner.name
            for step in steps
            for value in step.callee.returns
            for inner in values_in(value)
            if isinstance(inner, ir.Member | ir.Name)
        }

    def _are_set(self, fields: set[str], entity: str) -> bool:
        """Whether this handling may give one of some fields another value."""
        if any(one.sql is not None for one in self._writes[entity]):
            return True
        return not self._given.isdisjoint(map(_plain, fields))

    @cached_property
    def _given(self) -> set[str]:
        """The names of the fields that the functions of the trace give a value."""
        frames = {id(level.frame): level.frame for event in self._events for level in levels(event)}
        frames.update((id(one.callee), one.callee) for one in self._events if one.callee is not None)
        setters = (field_set_by(last_name(call.callee)) for frame in frames.values() for call in frame.calls)
        named = (
            argument.value.value
            for one in chain.from_iterable(self._writes.values())
            for argument in (one.node.args if isinstance(one.node, ir.Call) else ())
            if isinstance(argument.value, ir.Literal)
        )
        columns = (one for one in named if isinstance(one, str))
        return {_plain(name) for name in (*values_given(frames.values()), *setters, *columns) if name}

    def _made(self, entity: str, reads: Iterable[Event]) -> bool:
        """Whether rows are made that one of some reads would find."""
        made = [one for one in self._writes[entity] if one.effect in _MAKING]
        asked = [queried_fields(last_name(one.node.callee)) for one in reads if isinstance(one.node, ir.Call)]
        if any(one.sql is not None for one in made):
            return True  # a statement may give its row any field
        return bool(made) and any(not fields or may_record(fields, entity, made, self._events) for fields in asked)

    def _unmade(self, entity: str, condition: ir.Value, reads: Iterable[Event]) -> bool:
        """Whether rows that were found may not be found again: they are deleted, or changed where some of many are asked for."""
        kinds = {one.effect for one in self._writes[entity]}
        if "delete" in kinds or not kinds & _CHANGING:
            return "delete" in kinds
        reads = list(reads)
        return _asks_for_some(condition, reads) or any(not self._given.isdisjoint(columns_asked(one)) for one in reads)


def _fields_behind(member: str, read: Event) -> set[str]:
    """The field of a row that is read, or those that its getter looks at."""
    return next((found for row in _classes_of(read) if (found := read_by_getter(row, member))), {member})


def _classes_of(read: Event) -> Iterator[ir.Class]:
    evaluator = read.place.evaluator if read.place is not None else None
    for row in read_first_of(read, read.entry.entity if isinstance(read.entry, Effect) else None):
        named = ir.Name(read.node.start, read.node.end, str(row.value)) if isinstance(row, Scalar) else None
        meant = evaluator.evaluate(named, read.frame) if evaluator is not None and named is not None else (row,)
        yield from (one.index.definition for one in meant if isinstance(one, ClassRef | Instance))


def _compared(condition: ir.Value) -> tuple[ir.Value, ...]:
    """What a condition compares; the condition itself where it compares nothing."""
    if isinstance(condition, ir.Operation):
        return condition.operands
    callee = condition.callee if isinstance(condition, ir.Call) and len(condition.args) == 1 else None
    if isinstance(callee, ir.Member) and callee.name.lower() in _EQUALS and isinstance(condition, ir.Call):
        return callee.object, condition.args[0].value
    return (condition,)


def _finds_others(read: Event, writes: Sequence[Event]) -> bool:
    """Whether a read asks whether there are rows, by fields that no row is given here: what is written is never found."""
    name = _called(read)
    asked = queried_fields(name)
    return bool(asked) and _TELLS_PRESENCE.match(name) is not None and not may_hold(asked, "", writes)


def _ends_before(leaving: _Leaving, effect: Event) -> bool:
    """Whether what is left by an event is a function, or all, on the way to an effect."""
    event = leaving.event
    if event.kind == "throw":
        around = {id(one.node) for one in effect.contexts}
        return leaving.caught <= around
    depth = len(event.chain)
    there = effect.chain[depth].frame if depth < len(effect.chain) else effect.frame
    if event.chain != effect.chain[:depth] or not encloses(event.frame, there):
        return False
    loop = _loop(event.contexts)
    return event.kind == "return" or loop is None or any(id(one.node) == loop for one in effect.contexts)


def _asks_for_some(condition: ir.Value, reads: Iterable[Event]) -> bool:
    """Whether a test is about how many rows there are, or about rows that are not asked for by their key alone."""
    if _is_of_many(condition):
        return not any(isinstance(one.node, ir.Call) and _BY_KEY.search(last_name(one.node.callee)) for one in reads)
    asked = [
        name for one in reads if isinstance(one.node, ir.Call) for name in queried_fields(last_name(one.node.callee))
    ]
    return any(not _IS_KEY.search(name) for name in asked)


def _is_of_many(condition: ir.Value) -> bool:
    """Whether a test is about how much there is."""
    return any(
        last_name(inner.callee if isinstance(inner, ir.Call) else inner) in OF_MANY
        for inner in values_in(condition)
        if isinstance(inner, ir.Call | ir.Member)
    )


def _called(event: Event) -> str:
    return last_name(event.node.callee) if isinstance(event.node, ir.Call) else ""


def _missing_for(call: ir.Node, node: ir.Node) -> ir.Value | None:
    """What has to be nothing for the last function that a call is given to run, where that function holds a node."""
    if not isinstance(call, ir.Call) or not isinstance(call.callee, ir.Member) or call.callee.name not in IF_ABSENT:
        return None
    last = call.args[-1].value if call.args else None
    holds = isinstance(last, ir.Lambda) and last.start <= node.start < last.end
    return call.callee.object if holds else None


def _is_in_rest(choice: ir.Choice, node: ir.Node) -> bool:
    return any(one.start <= node.start < one.end for one in choice.options[1:])


def _loop(contexts: Sequence[Context]) -> int | None:
    """The identity of the innermost loop."""
    return next((id(one.node) for one in reversed(contexts) if one.kind == "loop"), None)


def _plain(name: str) -> str:
    return name.replace("_", "").lower()
