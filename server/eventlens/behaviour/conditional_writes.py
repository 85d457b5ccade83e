"""Writes that find their row only once: they ask for a state that they end (``updateMany({ where: { id, state: 'new' }, data: { state: 'paid' } })``)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from eventlens import ir
from eventlens.behaviour.events import Event
from eventlens.behaviour.given_values import written
from eventlens.behaviour.repetition import entity_of, read_first_of
from eventlens.flow.denotations import Record
from eventlens.flow.module_index import last_name
from eventlens.flow.scopes import Frame
from eventlens.flow.walk import inward, statements_in, values_in, values_of
from eventlens.knowledge.schema import Effect

_CHANGING = frozenset(("update", "increment", "upsert", "write"))
_MAKING = frozenset(("insert", "upsert", "write"))
_CHOOSES = re.compile(r"(?i)^(and_?|or_?)?(where|filter|filter_?by|exclude|match|having)(_?not|_?null|_?in)?$")
_DENIES = re.compile(r"(?i)exclude|not")
_SETS = re.compile(r"(?i)^(values|set|set_?property|data)$")
_COMPARING = frozenset(("==", "!=", "<", "<=", ">", ">=", "is", "in", "not in"))
_OF_SQL = frozenset(("and", "or", "not", "is", "null", "in", "like", "between"))
_WORD = re.compile(r"[A-Za-z_]\w*")


def ends_what_it_asks(write: Event, events: Sequence[Event]) -> bool:
    """Whether a write chooses its row by a column that it sets, and nothing here sets it back; a deletion of what is not made again here."""
    if write.effect == "delete":
        entity = entity_of(write)
        return not any(one.effect in _MAKING and entity_of(one) in (entity, "") for one in events)
    if write.effect not in _CHANGING or not isinstance(write.entry, Effect):
        return False
    if write.sql is not None:
        return write.sql.conditional
    asked, given = columns_asked(write), columns_set(write)
    ended = {name for name in asked.keys() & given.keys() if asked[name] == "" or asked[name] != given[name]}
    return any(not _is_set_back(name, asked[name], write, events) for name in ended)


def columns_asked(event: Event) -> dict[str, str]:
    """The columns by which rows are chosen, and how the value that is asked is written ("" where it is not known)."""
    found = _named_by(event, event.entry.keys) if isinstance(event.entry, Effect) else {}
    found.update(columns_chosen(event.node))
    return found


def columns_chosen(query: ir.Node) -> dict[str, str]:
    """The columns by which the calls of a query choose rows, as `columns_asked` gives them."""
    found: dict[str, str] = {}
    for call in _chained(query):
        if _CHOOSES.match(name := last_name(call.callee)):
            denied = _DENIES.search(name)
            found.update((column, "" if denied else asked) for column, asked in _of_arguments(call.args))
    return found


def columns_set(write: Event) -> dict[str, str]:
    """The columns that a write sets, and how the value is written."""
    found = _named_by(write, write.entry.payload) if isinstance(write.entry, Effect) else {}
    calls = list(_chained(write.node))
    for call in calls:
        if _SETS.match(last_name(call.callee)):
            found.update(_of_arguments(call.args))
    if len(calls) > 1 and calls[0] is write.node:
        found.update(_of_arguments(calls[0].args))
    return found


def _named_by(event: Event, paths: Sequence[str] | None) -> dict[str, str]:
    """The columns that are named where a model says that they stand: in an object, or in what builds a condition or a change."""
    found: dict[str, str] = {}
    for value in read_first_of(event, paths):
        if isinstance(value, Record):
            found.update(_of_object(value.node))
    given = event.node.args if isinstance(event.node, ir.Call) else ()
    for path in paths or ():
        if not found and path.isdigit() and int(path) < len(given):
            found.update(_of_builder(_held(given[int(path)].value, event.frame)))
    return found


def _held(value: ir.Value, frame: Frame) -> ir.Value:
    """What a local name was given, where it was given one thing."""
    known = frame.definitions.get(value.name, ()) if isinstance(value, ir.Name) else ()
    return known[0].value if len(known) == 1 and isinstance(known[0].value, ir.Call) else value


def _of_builder(value: ir.Value) -> Iterator[tuple[str, str]]:
    """The columns that chained calls name (``where("id").is(id).and("state").is(NEW)``, ``Filter.Eq(one => one.State, …)``)."""
    if isinstance(value, ir.Lambda):
        yield from _of_arguments((ir.Argument(value.start, value.end, value, None, ""),))
    for inner in values_in(value):
        if isinstance(inner, ir.Call) and inner.args:
            yield from _of_arguments(inner.args[:1])


def _is_set_back(name: str, asked: str, write: Event, events: Sequence[Event]) -> bool:
    return bool(asked) and any(
        one is not write
        and one.node is not write.node
        and one.effect in _CHANGING
        and entity_of(one) == entity_of(write)
        and columns_set(one).get(name) == asked
        for one in events
    )


def _chained(node: ir.Node) -> Iterator[ir.Call]:
    """A call and those that it is chained to; where it is given a statement that is put together so, those too."""
    for value in inward(node):
        if isinstance(value, ir.Call):
            yield value
            for argument in value.args[:1] if value is node else ():
                if isinstance(argument.value, ir.Call):
                    yield from _chained(argument.value)


def _of_arguments(arguments: Sequence[ir.Argument]) -> Iterator[tuple[str, str]]:
    """The columns that a call names: by the names of arguments, the keys of objects, in comparisons and texts."""
    texts = [one.value.value for one in arguments if one.name is None and isinstance(one.value, ir.Literal)]
    for argument in arguments:
        if argument.name is not None:
            yield plain_column(argument.name.partition("__")[0]), _written(argument.value)
            continue
        for value in _within(argument.value):
            if isinstance(value, ir.Object):
                yield from _of_object(value)
            elif isinstance(value, ir.Operation) and value.operator in _COMPARING:
                yield from ((plain_column(one.name), "") for one in value.operands if isinstance(one, ir.Member))
            elif isinstance(value, ir.Call) and _SETS.match(last_name(value.callee)):
                yield from _of_arguments(value.args)
            elif isinstance(value, ir.Member) and value is _last_of(argument.value):
                yield plain_column(value.name), ""
    for text in texts[:1]:
        words = _WORD.findall(text) if isinstance(text, str) else ()
        yield from ((plain_column(word), "") for word in words if word.lower() not in _OF_SQL)


def _of_object(node: ir.Node) -> Iterator[tuple[str, str]]:
    """The keys of an object and of those in it; what begins with a dollar is an operator."""
    for value in values_in(node) if isinstance(node, ir.Object) else ():
        for field in value.fields if isinstance(value, ir.Object) else ():
            if field.key is not None and not field.key.startswith("$"):
                yield plain_column(field.key), _written(field.value)


def _within(value: ir.Value) -> Iterator[ir.Value]:
    """A value and those in it, those in functions that are written there included."""
    for inner in values_in(value):
        yield inner
        if isinstance(inner, ir.Lambda):
            for statement in statements_in(inner.function.body or ()):
                for one in values_of(statement):
                    yield from _within(one)


def _last_of(value: ir.Value) -> ir.Value | None:
    """What a function that is written here gives, where it is one value (``order => order.State``)."""
    body = value.function.body if isinstance(value, ir.Lambda) else None
    last = body[-1] if body else None
    return last.value if isinstance(last, ir.Return) else None


def _written(value: ir.Value) -> str:
    return written(value) if isinstance(value, ir.Literal | ir.Member | ir.Name) else ""


def plain_column(name: str) -> str:
    """How a column is compared, however its parts are joined."""
    return name.replace("_", "").lower()
