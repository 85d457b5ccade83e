"""What the steps of an access path lead to: members, elements, arguments of constructions, types."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from eventlens import ir
from eventlens.flow import application, enum_members, members, reading, tables, type_names
from eventlens.flow.denotations import (
    ClassRef,
    Collection,
    Denotation,
    EnumMember,
    External,
    ExternalResult,
    FunctionRef,
    Instance,
    Items,
    LibraryMember,
    LibraryValue,
    Opaque,
    Parameter,
    Part,
    Record,
    Scalar,
    Text,
)
from eventlens.flow.matched_place import Place
from eventlens.knowledge.paths import AccessPath

if TYPE_CHECKING:
    from eventlens.flow.evaluation import Denotations, Evaluator
    from eventlens.flow.scopes import Frame

_ENCODERS = frozenset(("stringify", "dumps", "from", "encode", "serialize", "String", "str"))


def is_mark(step: str) -> bool:
    """Whether a step is no name of a member."""
    return step in ("[]", "{}", "{*}") or step.startswith("<")


def along(place: Place, found: Denotations, steps: Sequence[str]) -> Denotations:
    """What ``steps`` lead to from values."""
    for one in steps:
        found = tuple(dict.fromkeys(d for item in found for d in _step(place, item, one)))[:24]
    return found


def _step(place: Place, item: Denotation, one: str) -> Denotations:
    evaluator, node, frame = place.evaluator, place.call or _NOWHERE, place.frame
    assert frame is not None
    if one == "[]":
        if isinstance(item, Record | Scalar):
            return ()
        return members.elements(evaluator, item, node, frame)
    if one == "{*}":
        if isinstance(item, Record):
            return members.elements(evaluator, item, node, frame)
        return (item,) if isinstance(item, Opaque | Text) else ()  # keyword arguments are bound one by one
    if one == "{}":
        return tables.keys(evaluator, item)
    if one.isdigit():
        counted = _numbered(place, item, int(one))
        if counted is not None:
            return counted
    if one.startswith("<"):
        return _type_step(evaluator, item, one)
    if one == "return" and isinstance(item, FunctionRef):
        return place.evaluator.substitute_all(application.results(evaluator, item), item.environment)
    if one == "return" and isinstance(item, External | LibraryMember):
        return ()  # a function that stands elsewhere: it is no object with a member that is called so
    if isinstance(item, FunctionRef) and (given := _set_in(item.frame, one)):
        found = (d for value in given for d in evaluator.evaluate(value, item.frame))
        return evaluator.substitute_all(found, (*item.environment, *place.environment))
    if isinstance(item, LibraryValue) and (binding := _binding(item, one)) is not None:
        return reading.read_bound(place, binding, one)
    if isinstance(item, ExternalResult) or (isinstance(item, LibraryValue) and isinstance(item.call, ir.Call)):
        return _construction_step(place, item, one)
    if isinstance(item, Scalar):
        return _json_step(item, one)
    if isinstance(item, Collection) and one.isdigit():
        return item.items[int(one) : int(one) + 1]
    if isinstance(item, EnumMember) and enum_members.as_object(item) is item:
        return ()  # it stands for its text, which is given where an object of the library could be
    return members.member(evaluator, item, one, node, frame)


def _numbered(place: Place, item: Denotation, at: int) -> Denotations | None:
    """The element of a list, or the argument of a call that nothing more is known of; None for what has no numbered parts."""
    if isinstance(item, Collection):
        return item.items[at : at + 1]
    if isinstance(item, Items) and not any(isinstance(one, ir.Spread) for one in item.node.items[: at + 1]):
        return tuple(
            found
            for value in item.node.items[at : at + 1]
            for found in place.evaluator.evaluate(value, item.frame, item.environment)
        )
    if isinstance(item, Part | LibraryMember) and isinstance(item.call, ir.Call) and item.frame is not None:
        return reading.at_position(
            replace(place, call=item.call, frame=item.frame, element=None), AccessPath("position", str(at))
        )
    return None


_NOWHERE = ir.Unknown(0, 0, "nowhere")


def _set_in(frame: Frame, name: str) -> list[ir.Value]:
    """What a block that fills in an object sets under a name: ``{ queueUrl = url; messageBody = text }``."""
    function = frame.function
    if function is None or function.kind != "lambda" or not function.body:
        return []
    given: list[ir.Value] = []
    for statement in function.body:
        inner = statement.value if isinstance(statement, ir.Evaluate | ir.Return) else statement
        if isinstance(inner, ir.Assign | ir.AssignValue) and inner.value is not None and _sets(inner.target, name):
            given.append(inner.value)
    return given


def _sets(target: ir.Value, name: str) -> bool:
    return (isinstance(target, ir.Name) and target.name == name) or (
        isinstance(target, ir.Member) and isinstance(target.object, ir.This) and target.name == name
    )


def _binding(value: LibraryValue, name: str) -> LibraryValue | None:
    """The value, or the one that it was made from, where a name was bound."""
    current: LibraryValue | None = value
    while current is not None and not (current.source is not None and name in current.source.bind):
        current = current.parent
    return current


def _construction_step(place: Place, item: ExternalResult | LibraryValue, one: str) -> Denotations:
    """A step on a construction: its n-th argument, a field of its first argument, or a member."""
    call, frame = item.call, item.frame
    if isinstance(call, ir.Call) and frame is not None:
        inner = replace(place, call=call, frame=frame, environment=item.environment, element=None)
        if one.isdigit():
            return reading.at_position(inner, AccessPath("position", one))
        if isinstance(item, ExternalResult) and item.external.path[-1:] == (one,):
            return reading.from_position(
                inner, AccessPath("rest", "0")
            )  # an option that a function makes (``ConsumeTopics("orders")``)
        encodes = isinstance(item, ExternalResult) and item.external.path[-1:] and item.external.path[-1] in _ENCODERS
        if call.args and (encodes or isinstance(item, LibraryValue) or call.is_new or item.external.path[-1:] != ()):
            named = reading.under_keyword(inner, AccessPath("keyword", one))
            if (
                not named and call.is_new and one[:1].islower()
            ):  # the same library in C#: ``new QueueProps { QueueName = … }``
                named = reading.under_keyword(inner, AccessPath("keyword", one[:1].upper() + one[1:]))
            found = named or (
                reading.argument_value(call.args[0].value, inner, (one,), frame) if call.args[0].name is None else ()
            )
            if found or _is_complete(place.evaluator, call, inner):
                return found
    assert place.frame is not None
    return members.member(place.evaluator, item, one, place.call or _NOWHERE, place.frame)


def _is_complete(evaluator: Evaluator, call: ir.Call, place: Place) -> bool:
    """Whether a construction shows all of its fields: they are all named (``kafka.Message{Key: k}``), or stand in one object literal."""
    arguments = call.args
    if call.is_new and all(argument.name is not None for argument in arguments):
        return True
    if len(arguments) != 1 or arguments[0].name is not None or place.frame is None:
        return False
    values = evaluator.evaluate(arguments[0].value, place.frame, place.environment)
    return bool(values) and all(
        isinstance(value, Record) and not any(f.spread or f.key is None for f in value.node.fields) for value in values
    )


def _json_step(item: Scalar, one: str) -> Denotations:
    if not isinstance(item.value, str) or not item.value.lstrip().startswith("{"):
        return ()
    try:
        content = json.loads(item.value)
    except ValueError:
        return ()
    value = content.get(one) if isinstance(content, dict) else None
    return (Scalar(value, item.trail),) if isinstance(value, str | int | float | bool) else ()


def _type_step(evaluator: Evaluator, item: Denotation, one: str) -> Denotations:
    if one == "<type>":
        if isinstance(item, LibraryMember) and item.names[-1] != "()":
            return (Scalar(item.names[-1]),)
        if isinstance(item, Instance | ClassRef | Parameter | Part | ExternalResult | LibraryMember):
            return type_names.type_name(evaluator, item)
    if isinstance(item, FunctionRef) and item.frame.function is not None and item.frame.function.returns is not None:
        arguments = item.frame.function.returns.args
        at = int(one[1:-1]) if one[1:-1].isdigit() else 0
        return (Scalar(arguments[at].name),) if at < len(arguments) else ()
    return ()
