"""Rows that are inserted only where those read first do not hold them: an upsert written out in code.

Two forms: the insert stands where a test says that nothing was found; or what is inserted is left over from a collection of which the
rows that were found are taken out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from eventlens import ir
from eventlens.behaviour.events import Event
from eventlens.behaviour.paths import levels, scopes, statements_around
from eventlens.behaviour.repetition import Repeated, entity_of, repeated
from eventlens.behaviour.rows_read import (
    KEEPING,
    MAX_STEPS,
    Point,
    RowsRead,
    asks_for_itself,
    definitions_of,
    fillings,
    origins,
)
from eventlens.flow.module_index import last_name
from eventlens.flow.walk import child_blocks, values_in, values_of

_ABSENT = frozenset(
    ("isEmpty", "IsEmpty", "isNull", "IsNull", "none", "None", "isNullOrEmpty", "IsNullOrEmpty", "isNone")
)
_PRESENT = frozenset((
    "isPresent", "any", "Any", "AnyAsync", "nonNull", "isNotEmpty", "contains", "Contains", "containsKey", "ContainsKey",
    "TryGetValue", "has", "includes", "anyMatch", "some", "exists", "hasElements",
))  # fmt: skip
_SIZES = frozenset(("size", "count", "Count", "CountAsync", "length", "Length", "len"))
IF_ABSENT = frozenset(
    ("orElseGet", "or", "getOrElse", "ifPresentOrElse", "computeIfAbsent", "getOrPut", "switchIfEmpty")
)
"""Calls that run the last function that they are given where there is nothing."""
_CHOOSING = frozenset(("filter", "Where", "removeIf", "reject", "filterNot", "RemoveAll"))
_REJECTING = frozenset(("removeIf", "reject", "filterNot", "RemoveAll"))
"""Those of them that let go of what the function says yes to."""
_LESS = frozenset((
    "Except", "ExceptBy", "difference", "difference_update", "minus", "subtract", "removeAll", "Sets.difference", "without",
))  # fmt: skip
_TAKING = frozenset(("remove", "pop", "delete", "Remove", "discard"))


def inserted_if_missing(events: Sequence[Event]) -> Iterator[Event]:
    """The inserts of rows that were read first, and made only where they were not found."""
    reads = _reads(events)
    return (one.event for one in repeated(events) if _is_for_missing(one, reads, events))


def is_inserted_if_missing(write: Event, events: Sequence[Event]) -> bool:
    """Whether one of the events is such an insert."""
    return any(_is_for_missing(one, _reads(events), events) for one in repeated((write,)))


def _reads(events: Sequence[Event]) -> list[tuple[Event, str]]:
    """What is read, each with its entity."""
    return [(event, entity_of(event)) for event in events if event.effect in ("read", "cache-read")]


def _is_for_missing(one: Repeated, reads: Iterable[tuple[Event, str]], events: Sequence[Event]) -> bool:
    if one.kind not in ("insert", "record"):
        return False
    event, entity = one.event, entity_of(one.event)
    if not entity:
        return False
    asked = [
        read for read, of in reads if _comes_before(read, event) and (of == entity or asks_for_itself(read, event))
    ]
    rows = RowsRead(event, entity, asked, events)
    return rows.any_read() and Comparison(rows).clears(event)


class Comparison:
    """Judges by the rows that were read what is inserted."""

    def __init__(self, rows: RowsRead) -> None:
        self.rows = rows

    def clears(self, event: Event) -> bool:
        """Whether an insert happens only for what the rows read do not hold."""
        for level in levels(event):
            if self._is_where_missing(level.node, Point(level.frame, level.outer)):
                return True
        at = Point(event.frame, event.chain)
        return any(self._is_left_over(value, at) or self._is_found_or_new(value, at) for value in _written(event))

    # ------------------------------------------------------------------------------------------------ where it stands

    def _is_where_missing(self, node: ir.Node, at: Point) -> bool:
        """Whether a place in a function is reached only where nothing was found."""
        for scope in scopes(at.frame):
            there = Point(scope, at.chain)
            body = scope.function.body if scope.function is not None else scope.module.module.body
            for branch, arm in branches_towards(body or (), node):
                if self.missing_arm(branch.condition, there) == arm:
                    return True
                if arm == "then" and self.rows.is_held(branch.condition):
                    return True
            function = scope.function
            if function is not None and self._runs_if_missing(function, there):
                return True
        return any(
            self._chooses_new(value, node, at)
            for statement in statements_around(at.frame)
            if statement.start <= node.start < statement.end
            for outer in values_of(statement)
            for value in values_in(outer)
            if isinstance(value, ir.Choice)
        )

    def _runs_if_missing(self, function: ir.Function, at: Point) -> bool:
        """Whether a lambda is what a call runs where there is nothing (``found.orElseGet(() -> …)``)."""
        outside = at.frame.parent
        if outside is None or function.kind != "lambda":
            return False
        return any(
            isinstance(call.callee, ir.Member)
            and call.callee.name in IF_ABSENT
            and bool(call.args)
            and isinstance(last := call.args[-1].value, ir.Lambda)
            and last.function is function
            and self.rows.are_rows(call.callee.object, Point(outside, at.chain))
            for call in outside.calls
        )

    def _chooses_new(self, choice: ir.Choice, node: ir.Node, at: Point) -> bool:
        """Whether a node stands in the option of a choice that is taken where nothing was found."""
        chosen = next((i for i, one in enumerate(choice.options) if one.start <= node.start < one.end), None)
        if chosen is None:
            return False
        if choice.condition is None:
            return chosen > 0 and self.rows.are_rows(choice.options[0], at)
        return self.missing_arm(choice.condition, at) == ("then" if chosen == 0 else "orelse")

    # -------------------------------------------------------------------------------------------------------- tests

    def missing_arm(self, condition: ir.Value, at: Point) -> str | None:
        """The arm of a test that runs only where no row was found; None where the test is about something else."""
        if isinstance(condition, ir.Await):
            return self.missing_arm(condition.value, at)
        if isinstance(condition, ir.Operation):
            return self._missing_arm_of_operation(condition, at)
        if isinstance(condition, ir.Call):
            return self._missing_arm_of_call(condition, at)
        return "orelse" if self.rows.are_rows(condition, at) else None

    def _missing_arm_of_operation(self, test: ir.Operation, at: Point) -> str | None:
        operands = test.operands
        if test.operator == "not":
            return _OTHER.get(self.missing_arm(operands[0], at) or "")
        if test.operator in ("and", "or"):
            wanted = "then" if test.operator == "and" else "orelse"
            return wanted if any(self.missing_arm(one, at) == wanted for one in operands) else None
        if test.operator in ("in", "not in"):
            held = self.rows.are_rows(operands[-1], at)
            return ("orelse" if test.operator == "in" else "then") if held else None
        nothing = [one for one in operands if _is_nothing(one)]
        other = [one for one in operands if not _is_nothing(one)]
        if len(nothing) != 1 or len(other) != 1 or not self._is_found(other[0], nothing[0], at):
            return None
        if test.operator in ("==", "is"):
            return "then"
        return "orelse" if test.operator in ("!=", ">") else None

    def _is_found(self, value: ir.Value, nothing: ir.Value, at: Point) -> bool:
        """Whether what is compared with nothing are rows, or how many there are."""
        if isinstance(nothing, ir.Literal) and nothing.value is None:
            return self.rows.are_rows(value, at) or self.rows.is_typed_row(value, at)
        inner = value.value if isinstance(value, ir.Await) else value
        if isinstance(inner, ir.Call) and isinstance(inner.callee, ir.Member) and inner.callee.name in _SIZES:
            return self.rows.are_rows(inner, at) or self.rows.are_rows(inner.callee.object, at)
        if isinstance(inner, ir.Member):
            return inner.name in _SIZES and self.rows.are_rows(inner.object, at)
        return self.rows.are_rows(inner, at)

    def _missing_arm_of_call(self, call: ir.Call, at: Point) -> str | None:
        name = last_name(call.callee)
        asked = [call.callee.object] if isinstance(call.callee, ir.Member) else []
        if name in ("isNull", "nonNull", "IsNullOrEmpty", "isNullOrEmpty"):
            asked.extend(one.value for one in call.args)
        if (name in _ABSENT or name in _PRESENT) and any(self.rows.are_rows(one, at) for one in asked):
            return "then" if name in _ABSENT else "orelse"
        return "orelse" if self.rows.are_rows(call, at) else None

    # ------------------------------------------------------------------------------------------------ what is left over

    def _is_left_over(self, value: ir.Value, at: Point, steps: int = 0) -> bool:
        """Whether a value is of a collection out of which the rows that were found are taken."""
        if steps > MAX_STEPS:
            return False
        further = steps + 1
        if isinstance(value, ir.Await | ir.Spread):
            return self._is_left_over(value.value, at, further)
        if isinstance(value, ir.Call):
            return self._is_less(value, at) or self._is_kept_left_over(value, at, further)
        if isinstance(value, ir.Comprehension):
            return any(self.missing_arm(one, at) == "then" for one in value.conditions) or self._is_left_over(
                value.source, at, further
            )
        if isinstance(value, ir.Operation):
            return value.operator == "-" and self.rows.are_rows(value.operands[-1], at)
        if isinstance(value, ir.Name):
            return self._is_name_left_over(value, at, further)
        return isinstance(value, ir.Member) and self._is_left_over(value.object, at, further)

    def _is_less(self, call: ir.Call, at: Point) -> bool:
        name = last_name(call.callee)
        if name in _LESS:
            return any(self.rows.are_rows(one.value, at) for one in call.args)
        if name not in _CHOOSING:
            return False
        arm = "orelse" if name in _REJECTING else "then"
        for argument in call.args:
            if isinstance(argument.value, ir.Lambda):
                inner = at.frame.module.frame_for(argument.value.function)
                return any(self.missing_arm(one, Point(inner, at.chain)) == arm for one in inner.returns)
        return False

    def _is_kept_left_over(self, call: ir.Call, at: Point, steps: int) -> bool:
        name = last_name(call.callee)
        if isinstance(call.callee, ir.Member) and name.lower() in KEEPING | {"filter", "where", "foreach"}:
            return self._is_left_over(call.callee.object, at, steps)
        return call.is_new and any(self._is_left_over(one.value, at, steps) for one in call.args)

    def _is_name_left_over(self, name: ir.Name, at: Point, steps: int) -> bool:
        held = list(origins(name, at))
        if held and all(self._is_left_over(origin, there, steps) for _, origin, there in held):
            return True
        if self._is_reduced(name, at):
            return True
        filled = fillings(name, at)
        return bool(filled) and all(
            self._is_where_missing(one.node, one.point)
            or all(
                self._is_left_over(value, one.point, steps) or self.rows.are_rows(value, one.point)
                for value in one.values[-1:]
            )
            for one in filled
        )

    def _is_reduced(self, name: ir.Name, at: Point) -> bool:
        """Whether the rows that were found are taken out of the collection that a name holds."""
        frame = next((frame for _, frame in definitions_of(name.name, at.frame)), None)
        there = Point(frame or at.frame, at.chain)
        return any(
            self._is_less(value, there) or self._takes(value, there)
            for statement in statements_around(there.frame)
            for outer in values_of(statement)
            for value in values_in(outer)
            if isinstance(value, ir.Call) and _is_on(value, name.name)
        )

    def _takes(self, call: ir.Call, at: Point) -> bool:
        """Whether a call takes the key of a row that was found out of a collection."""
        return last_name(call.callee) in _TAKING and any(
            isinstance(inner, ir.Name) and self.rows.are_rows(inner, at)
            for argument in call.args
            for inner in values_in(argument.value)
        )

    def _is_found_or_new(self, value: ir.Value, at: Point) -> bool:
        """Whether what is saved is the row that was found, or a new one only where none was."""
        if not isinstance(value, ir.Name):
            return self.rows.are_rows(value, at)
        known = list(origins(value, at))
        found = [origin for _, origin, there in known if self.rows.are_rows(origin, there)]
        return bool(found) and all(
            origin in found or definition.operator == "??" or self._is_where_missing(origin, there)
            for definition, origin, there in known
        )


def _comes_before(read: Event, event: Event) -> bool:
    """Whether a read happens before an event: earlier, or in the function that is handed the code in which the event stands."""
    if read.order < event.order:
        return True
    callbacks = {id(context.node) for context in event.contexts if context.kind in ("callback", "loop")}
    return any(id(step.call) in callbacks for step in read.chain)


_OTHER = {"then": "orelse", "orelse": "then"}


def _written(event: Event) -> Iterator[ir.Value]:
    """What a call writes: what it is given, or what it is called on."""
    if isinstance(event.node, ir.Call):
        yield from (argument.value for argument in event.node.args)
        if isinstance(event.node.callee, ir.Member) and not event.node.args:
            yield event.node.callee.object


def _is_nothing(value: ir.Value) -> bool:
    if isinstance(value, ir.Name):
        return value.name == "undefined"
    return isinstance(value, ir.Literal) and (value.value is None or (value.value == 0 and value.value is not False))


def _is_on(call: ir.Call, name: str) -> bool:
    """Whether a call is made on what a name holds, or on a view of its keys."""
    owner = call.callee.object if isinstance(call.callee, ir.Member) else None
    if isinstance(owner, ir.Call) and last_name(owner.callee) in ("keySet", "values", "entrySet") and not owner.args:
        owner = owner.callee.object if isinstance(owner.callee, ir.Member) else None
    if isinstance(call.callee, ir.Name) and call.callee.name == "delete" and call.args:
        owner = call.args[0].value
    return isinstance(owner, ir.Name) and owner.name == name


def branches_towards(body: Iterable[ir.Statement], node: ir.Node) -> Iterator[tuple[ir.Branch, str]]:
    """The branches that decide whether a node is reached, each with the arm that leads there.

    Those around it, and those before it in the same blocks of which one arm leaves.
    """
    for statement in body:
        if statement.start <= node.start < statement.end:
            if isinstance(statement, ir.Branch):
                for arm, inside in (("then", statement.then), ("orelse", statement.orelse)):
                    if any(one.start <= node.start < one.end for one in inside):
                        yield statement, arm
            for block in child_blocks(statement):
                if any(one.start <= node.start < one.end for one in block):
                    yield from branches_towards(block, node)
        elif isinstance(statement, ir.Branch) and statement.end <= node.start:
            for arm, leaving in (("orelse", statement.then), ("then", statement.orelse)):
                if leaving and isinstance(leaving[-1], ir.Return | ir.Throw | ir.Jump):
                    yield statement, arm
