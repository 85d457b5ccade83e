"""Fields that are changed by calls: setters, and methods of the object that add to its own fields.

``row.setStock(row.getStock() - n)`` and ``row.reserve(n)`` do what ``row.stock -= n`` does elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from eventlens import ir
from eventlens.behaviour.paths import statements_around
from eventlens.flow.denotations import FunctionRef
from eventlens.flow.evaluation import Evaluator
from eventlens.flow.field_methods import field_read_by, field_set_by
from eventlens.flow.scopes import Frame
from eventlens.flow.walk import statements_in, values_in

_ARITHMETIC = frozenset(("+", "-", "*", "/", "++", "--"))
_COUNTING = frozenset(("add", "subtract", "plus", "minus", "multiply", "divide", "increment", "decrement"))
"""Methods of numbers that are objects (``balance.add(amount)``)."""


class FieldSet(NamedTuple):
    """A field of what a local name holds, set by a call."""

    owner: str
    field: str
    value: ir.Value


def field_set(call: ir.Call) -> FieldSet | None:
    """What a setter's call sets; None where the call is none."""
    callee = call.callee
    if not isinstance(callee, ir.Member) or not isinstance(callee.object, ir.Name) or len(call.args) != 1:
        return None
    name = field_set_by(callee.name)
    return FieldSet(callee.object.name, name, call.args[0].value) if name else None


def adds_up(one: FieldSet, frame: Frame) -> bool:
    """Whether the new value is computed from the field's old one, directly or by way of a local name."""
    return any(_is_computed_from(value, one) for value in (one.value, *_made_of(one.value, frame)))


def _made_of(value: ir.Value, frame: Frame) -> Iterator[ir.Value]:
    for inner in values_in(value):
        if isinstance(inner, ir.Name):
            for definition in frame.definitions.get(inner.name, ()):
                if definition.kind == "value" and definition.value is not None:
                    yield definition.value


def _is_computed_from(value: ir.Value, one: FieldSet) -> bool:
    for inner in values_in(value):
        if isinstance(inner, ir.Operation) and inner.operator in _ARITHMETIC:
            if any(_reads(part, one) for operand in inner.operands for part in values_in(operand)):
                return True
        elif (
            isinstance(inner, ir.Call)
            and isinstance(inner.callee, ir.Member)
            and inner.callee.name in _COUNTING
            and any(_reads(part, one) for part in values_in(inner.callee.object))
        ):
            return True
    return False


def _reads(value: ir.Value, one: FieldSet) -> bool:
    member = value.callee if isinstance(value, ir.Call) and not value.args else value
    return (
        isinstance(member, ir.Member)
        and isinstance(member.object, ir.Name)
        and member.object.name == one.owner
        and one.field in (member.name, field_read_by(member.name))
    )


def added_by_methods(frame: Frame, before: int, evaluator: Evaluator) -> Iterator[str]:
    """The local names whose own methods, called before an offset, compute a field from its old value; setters too."""
    for statement in statements_around(frame):
        call = statement.value if isinstance(statement, ir.Evaluate) else None
        if not isinstance(call, ir.Call) or call.start >= before or not isinstance(call.callee, ir.Member):
            continue
        owner = call.callee.object
        if not isinstance(owner, ir.Name):
            continue
        set_here = field_set(call)
        if (set_here is not None and adds_up(set_here, frame)) or any(
            isinstance(meaning, FunctionRef) and _adds_to_own(meaning.frame)
            for meaning in evaluator.evaluate(call.callee, frame)
        ):
            yield owner.name


def _adds_to_own(frame: Frame) -> bool:
    body = frame.function.body if frame.function is not None else None
    return any(
        isinstance(statement, ir.Assign)
        and isinstance(statement.target, ir.Member)
        and isinstance(statement.target.object, ir.This)
        and _is_changed(statement, statement.target.name)
        for statement in statements_in(body or ())
    )


def _is_changed(statement: ir.Assign, field: str) -> bool:
    if statement.operator in _ARITHMETIC:
        return True
    return statement.value is not None and any(
        _is_own_field(part, field) for inner in values_in(statement.value) for part in _computed(inner)
    )


def _computed(value: ir.Value) -> Iterator[ir.Value]:
    if isinstance(value, ir.Operation) and value.operator in _ARITHMETIC:
        for operand in value.operands:
            yield from values_in(operand)
    elif isinstance(value, ir.Call) and isinstance(value.callee, ir.Member) and value.callee.name in _COUNTING:
        yield from values_in(value.callee.object)


def _is_own_field(value: ir.Value, field: str) -> bool:
    return isinstance(value, ir.Member) and isinstance(value.object, ir.This) and value.name == field
