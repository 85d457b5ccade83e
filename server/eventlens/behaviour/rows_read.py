"""Which values are rows that were read from the entity that is written: through locals, parameters, functions and collections.

The walk is by what is written, not by what values may be: a value counts as rows only where each step from the read to it keeps
them (a chain of streams, a set of their keys, a loop over them). The field of a row is no row.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from eventlens import ir
from eventlens.behaviour.entities import may_give, may_hold, queried_fields
from eventlens.behaviour.events import CallStep, Event
from eventlens.behaviour.paths import scopes, statements_around
from eventlens.flow.module_index import last_name
from eventlens.flow.scopes import Definition, Frame
from eventlens.flow.walk import statements_in, values_in, values_of
from eventlens.knowledge.schema import Effect

MAX_STEPS = 24
"""How many steps back a value is followed."""
KEEPING = frozenset(one.lower() for one in (
    "stream", "parallelStream", "iterator", "findFirst", "findAny", "first", "firstOrNull", "firstOrDefault", "firstOrDefaultAsync",
    "firstAsync", "firstResult", "singleOrNull", "singleOrDefault", "singleOrDefaultAsync", "one_or_none", "scalar_one_or_none",
    "scalars", "scalar", "all", "orElse", "orElseGet", "orElseThrow", "or", "get", "getOrDefault", "getOrNull", "remove", "pop",
    "list", "toList", "toListAsync", "toArray", "toArrayAsync", "toSet", "toHashSet", "toHashSetAsync", "toMutableList", "toMutableSet", "toMap",
    "toDictionary", "toDictionaryAsync", "toLookup", "associateBy", "associate", "groupBy", "collect", "map", "select", "mapNotNull",
    "values", "keys", "items", "entrySet", "keySet", "values_list", "distinct", "sorted", "sort", "order_by", "orderBy",
    "asNoTracking", "asTracking", "exec", "lean", "populate", "session", "limit", "skip", "getContent", "getResultList", "getResultStream", "getSingleResult", "result", "join", "let", "also",
))  # fmt: skip
"""Methods, in small letters, that give what they are called on, as a whole, in part or by its keys."""
_PARTS = frozenset(("values", "keys", "result", "value", "rows"))
"""Properties that do."""
_WRAPPERS = frozenset((
    "ArrayList", "HashSet", "LinkedHashSet", "TreeSet", "HashMap", "List", "Set", "HashSet", "Map", "Dictionary", "set", "list", "dict",
    "tuple", "frozenset", "sorted", "ofNullable", "copyOf", "len", "next", "iter", "Array",
))  # fmt: skip
"""Functions and constructors that give what they are given, in another collection."""
_ADDING = frozenset(
    ("add", "put", "push", "append", "addAll", "putAll", "addRange", "update", "extend", "set", "Add", "AddRange")
)
_READS = re.compile(
    r"(?i)^((find|get|read|query|search|stream|list|load|select|fetch|exists|count)|(where|asnotracking|include)$)"
)


class Point(NamedTuple):
    """Where a value stands: its scope, and the calls that lead to the function."""

    frame: Frame
    chain: tuple[CallStep, ...] = ()


class Filling(NamedTuple):
    """What is put into a collection, and where."""

    node: ir.Node
    values: tuple[ir.Value, ...]
    point: Point


class RowsRead:
    """The rows that were read of the entity that ``written`` writes, before it; with ``others`` also those that it cannot be one of."""

    _looked_at: dict[tuple[int, int, tuple[int, ...]], bool]
    """What the question that is being answered has come by: many ways lead to the same value, and each would be gone again."""

    def __init__(
        self, written: Event, entity: str, reads: Sequence[Event], events: Sequence[Event], others: bool = False
    ) -> None:
        self.entity = entity
        self._through_chains = False
        """Whether whatever is chained to a call gives its answer (``client.get().retrieve().body()``)."""
        self._entered = steps_of(events)
        self._owner = _owner_of_entity(written)
        self._held = {id(one.node) for one in reads if asks_for_itself(one, written)}
        self._reads = {id(one.node) for one in reads if others or self._may_find(one, written)} - self._held

    @classmethod
    def given_by(cls, calls: Sequence[ir.Call], events: Sequence[Event]) -> RowsRead:
        """What some calls give, whatever it is that they ask."""
        rows = cls.__new__(cls)
        rows.entity, rows._entered, rows._owner, rows._held = "", steps_of(events), (), set()
        rows._reads, rows._through_chains = set(map(id, calls)), True
        return rows

    def _may_find(self, read: Event, written: Event) -> bool:
        """Whether a read can find the row that is written: by fields that the row is given where it is made."""
        asked = queried_fields(last_name(read.node.callee)) if isinstance(read.node, ir.Call) else []
        if not asked or may_hold(asked, self.entity, [written]):
            return True
        makers = (step.callee for steps in self._entered.values() for step in steps if step.frame is written.frame)
        return any(may_give(maker, asked, self.entity) for maker in makers)

    def any_read(self) -> bool:
        """Whether something was read of the entity, or may have been."""
        return bool(self._reads or self._held or self._owner)

    def is_held(self, condition: ir.Value) -> bool:
        """Whether a test asks if the very object that is written is one of the rows that the store holds already."""
        return id(condition) in self._held

    def are_rows(self, value: ir.Value, at: Point, steps: int = 0) -> bool:
        """Whether a value is rows read before: one, some, their keys, or how many there are."""
        if steps == 0:
            self._looked_at = {}
        if steps > MAX_STEPS:
            return False
        if not isinstance(value, ir.Name | ir.Call):
            return self._are_rows_inside(value, at, steps + 1)
        key = (id(value), id(at.frame), tuple(id(one.call) for one in at.chain))
        known = self._looked_at.get(key)
        if known is None:
            self._looked_at[key] = False  # asked again meanwhile: what leads back to itself comes from nowhere
            known = (
                self._is_name_of_rows(value, at, steps + 1)
                if isinstance(value, ir.Name)
                else self._is_call_of_rows(value, at, steps + 1)
            )
            self._looked_at[key] = known
        return known

    def _are_rows_inside(self, value: ir.Value, at: Point, further: int) -> bool:
        if isinstance(value, ir.Await | ir.Spread | ir.AssignValue):
            return self.are_rows(value.value, at, further)
        if isinstance(value, ir.Member):
            return value.name.lower() in _PARTS and self.are_rows(value.object, at, further)
        if isinstance(value, ir.Index):
            return self.are_rows(value.object, at, further)
        if isinstance(value, ir.Choice):
            return any(self.are_rows(one, at, further) for one in value.options)
        if isinstance(value, ir.Comprehension):
            return self.are_rows(value.source, at, further)
        return False

    def _is_call_of_rows(self, call: ir.Call, at: Point, steps: int) -> bool:
        if id(call) in self._reads or self._is_read_of_owner(call):
            return True
        name = last_name(call.callee)
        kept = call.callee.object if isinstance(call.callee, ir.Member) and name.lower() in KEEPING else None
        if kept is None and self._through_chains and isinstance(call.callee, ir.Member):
            kept = call.callee.object if isinstance(call.callee.object, ir.Call) else None
        if kept is not None and self.are_rows(kept, at, steps):
            return True
        if name in _WRAPPERS and any(self.are_rows(one.value, at, steps) for one in call.args):
            return True
        return any(
            self.are_rows(returned, Point(step.callee, (*at.chain, step)), steps + 1)
            for step in self._entered.get(id(call), ())[:2]
            for returned in step.callee.returns
        )

    def _is_read_of_owner(self, call: ir.Call) -> bool:
        """A finder of the repository on which the row is written, which its own code makes up, or a query of the table."""
        callee = call.callee
        return (
            bool(self._owner)
            and isinstance(callee, ir.Member)
            and _names_in(callee.object) == self._owner
            and _READS.match(callee.name) is not None
        )

    def _is_name_of_rows(self, name: ir.Name, at: Point, steps: int) -> bool:
        if any(
            self.are_rows(origin, there, steps) for definition, origin, there in origins(name, at) if _first(definition)
        ):
            return True
        if any(id(one) in self._reads or self._is_chained_to_rows(one, at, steps) for one in written_into(name, at)):
            return True
        filled = fillings(name, at)
        return bool(filled) and all(self._puts_rows(one, steps) for one in filled)

    def _is_chained_to_rows(self, call: ir.Call, at: Point, steps: int) -> bool:
        """Whether a call takes its answer from rows (``db.QueryRow(…).Scan(&state)``)."""
        return isinstance(call.callee, ir.Member) and self.are_rows(call.callee.object, at, steps)

    def _puts_rows(self, filling: Filling, steps: int) -> bool:
        return any(
            isinstance(inner, ir.Name) and self.are_rows(inner, filling.point, steps)
            for value in filling.values
            for inner in values_in(value)
        )

    def is_typed_row(self, value: ir.Value, at: Point) -> bool:
        """Whether a value is a parameter of the entity's class, handed in by code that is not followed, while rows are read."""
        if not isinstance(value, ir.Name) or not self._reads:
            return False
        for definition, frame in definitions_of(value.name, at.frame):
            parameter = definition.value
            if not isinstance(parameter, ir.Parameter) or parameter.type is None:
                return False
            if parameter.type.name.rpartition(".")[2].lower() == self.entity:
                return True
            given = list(_given(parameter, Point(frame, at.chain)))
            return any(self.is_typed_row(one, there) for one, there in given)
        return False


def steps_of(events: Sequence[Event]) -> dict[int, list[CallStep]]:
    """The steps by which a trace went into a call, by the call's identity."""
    found: dict[int, list[CallStep]] = {}
    for event in events:
        if event.kind == "call" and isinstance(event.node, ir.Call) and event.callee is not None:
            found.setdefault(id(event.node), []).append(CallStep(event.node, event.frame, event.callee))
    return found


def asks_for_itself(read: Event, written: Event) -> bool:
    """Whether a read is given the object that is written (``manager.contains(order)``)."""
    if not isinstance(read.node, ir.Call) or not isinstance(written.node, ir.Call) or read.frame is not written.frame:
        return False
    given = {one.value.name for one in written.node.args if isinstance(one.value, ir.Name)}
    return any(isinstance(one.value, ir.Name) and one.value.name in given for one in read.node.args[:1])


def _owner_of_entity(written: Event) -> tuple[str, ...]:
    """The names of the object on which a row is written, where it stands for one entity."""
    paths = written.entry.entity if isinstance(written.entry, Effect) else None
    callee = written.node.callee if isinstance(written.node, ir.Call) else None
    one_entity = next(iter(paths or ()), "").rpartition(".")[2] == "entity"
    return _names_in(callee.object) if one_entity and isinstance(callee, ir.Member) else ()


def _names_in(value: ir.Value) -> tuple[str, ...]:
    """The names of a path of members (``context.Orders``), the receiver left out; none for anything else."""
    if isinstance(value, ir.Name):
        return (value.name,)
    if not isinstance(value, ir.Member):
        return ()
    before = _names_in(value.object)
    return (*before, value.name) if before or isinstance(value.object, ir.This) else ()


def _first(definition: Definition) -> bool:
    """Whether a name holds a value itself, or the part of it that is no error, or its rows."""
    return (
        definition.path in ((), ("[0]",), (".rows",))
        or isinstance(definition.value, ir.Index)
        or definition.kind == "element"
    )


def definitions_of(name: str, frame: Frame) -> Iterator[tuple[Definition, Frame]]:
    """What defines a name where it is read, and in which scope."""
    scope: Frame | None = frame
    while scope is not None:
        known = scope.definitions.get(name, ())
        if known:
            yield from ((one, one.frame or scope) for one in known)
            return
        scope = scope.parent


def origins(name: ir.Name, at: Point) -> Iterator[tuple[Definition, ir.Value, Point]]:
    """The values that a name may hold: what is assigned, looped over, or handed in by the calls that lead here."""
    for definition, frame in definitions_of(name.name, at.frame):
        there = Point(frame, at.chain)
        if definition.kind in ("value", "element") and definition.value is not None:
            yield definition, definition.value, there
        elif isinstance(definition.value, ir.Parameter):
            yield from ((definition, value, point) for value, point in _given(definition.value, there))


def _given(parameter: ir.Parameter, at: Point) -> Iterator[tuple[ir.Value, Point]]:
    """What a parameter is given: the argument of the call that led here, the collection whose elements a lambda gets."""
    function = at.frame.function
    if function is None:
        return
    position = next((index for index, one in enumerate(function.parameters) if one is parameter), 0)
    if function.kind == "lambda" and at.frame.parent is not None:
        for call in at.frame.parent.calls:
            if isinstance(call.callee, ir.Member) and any(
                isinstance(one.value, ir.Lambda) and one.value.function is function for one in call.args
            ):
                yield call.callee.object, Point(at.frame.parent, at.chain)
        return
    for index, step in enumerate(at.chain):
        if step.callee is at.frame:
            before = Point(step.frame, at.chain[:index])
            for place, argument in enumerate(step.call.args):
                if argument.name == parameter.name or (argument.name is None and place == position):
                    yield argument.value, before


def written_into(name: ir.Name, at: Point) -> list[ir.Call]:
    """The calls that are handed a local that holds nothing yet, for what they find (``db.First(&order, id)``)."""
    known = [one.value for one, _ in definitions_of(name.name, at.frame)]
    if known:
        is_empty = all(isinstance(one, ir.Call) and one.is_new and not one.args for one in known)
    else:
        is_empty = any(_only_declares(one, name.name) for one in statements_around(at.frame))
    if not is_empty:
        return []
    return [
        call
        for scope in scopes(at.frame)
        for call in scope.calls
        if any(isinstance(one.value, ir.Name) and one.value.name == name.name for one in call.args)
    ]


def _only_declares(statement: ir.Statement, name: str) -> bool:
    return isinstance(statement, ir.Assign) and statement.value is None and _is_called(statement.target, name)


def fillings(name: ir.Name, at: Point) -> list[Filling]:
    """What is put into the collection that a local name holds."""
    owner = next((frame for _, frame in definitions_of(name.name, at.frame)), None)
    if owner is None or owner.function is None:
        return []
    found: list[Filling] = []
    for frame in _with_lambdas(owner):
        for statement in statements_in(frame.function.body or () if frame.function is not None else ()):
            values = _put_by(statement, name.name)
            if values:
                found.append(Filling(statement, values, Point(frame, at.chain)))
    return found


def _with_lambdas(frame: Frame) -> Iterator[Frame]:
    """A function's scope and those of the functions written in it."""
    yield frame
    for one in frame.module.frames:
        if one is not frame and one.function is not None and one.function.kind == "lambda" and frame in scopes(one):
            yield one


def _put_by(statement: ir.Statement, name: str) -> tuple[ir.Value, ...]:
    if isinstance(statement, ir.Assign) and statement.value is not None:
        target = statement.target
        if isinstance(target, ir.Index) and _is_called(target.object, name):
            return target.key, statement.value
        value = statement.value
        if _is_called(target, name) and isinstance(value, ir.Call) and last_name(value.callee) == "append":
            return tuple(one.value for one in value.args[1:])
        return ()
    for value in values_of(statement):
        if (
            isinstance(value, ir.Call)
            and isinstance(value.callee, ir.Member)
            and value.callee.name in _ADDING
            and _is_called(value.callee.object, name)
        ):
            return tuple(one.value for one in value.args)
    return ()


def _is_called(value: ir.Value, name: str) -> bool:
    return isinstance(value, ir.Name) and value.name == name
