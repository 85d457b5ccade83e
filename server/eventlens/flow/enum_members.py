"""Members of an enum whose constants are built by a constructor (``ORDERS("orders-queue")``): fields, methods, and how they read as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eventlens import ir
from eventlens.flow import application, class_members
from eventlens.flow.denotations import Denotation, EnumMember, Instance, Scalar
from eventlens.flow.scopes import ClassIndex

if TYPE_CHECKING:
    from eventlens.flow.evaluation import Denotations, Evaluator

_AS_TEXT = "toString"


def constant(evaluator: Evaluator, index: ClassIndex, name: str, field: ir.ClassField) -> EnumMember:
    """A constant of an enum."""
    if _construction(index, field) is not None:
        return EnumMember(index, name, _as_text(evaluator, EnumMember(index, name, ())))
    values = evaluator.evaluate(field.value, index.body) if field.value is not None else (Scalar(name),)
    return EnumMember(index, name, values)


def is_constant(index: ClassIndex, field: ir.ClassField | None) -> bool:
    """Whether a field of a class is one of an enum's constants, not what the constants hold."""
    return index.definition.kind == "enum" and field is not None and field.type is None


def as_object(item: Denotation) -> Denotation:
    """The object that a constant is, where the enum's constructor builds it; else the constant."""
    if not isinstance(item, EnumMember):
        return item
    field = item.index.fields.get(item.name) or item.index.static_fields.get(item.name)
    call = _construction(item.index, field) if field is not None else None
    return item if call is None else Instance(item.index, call, item.index.body)


def member(evaluator: Evaluator, item: EnumMember, name: str) -> Denotations:
    """A field or method of a constant; what it is called and its value where the enum says nothing else."""
    made = as_object(item)
    found = class_members.instance_member(evaluator, made, name) if isinstance(made, Instance) else ()
    if found:
        return found
    if name == "value":
        return item.values
    return (Scalar(item.name),) if name == "name" else ()


def _construction(index: ClassIndex, field: ir.ClassField) -> ir.Call | None:
    """The call that builds a constant."""
    made = field.value
    if (
        isinstance(made, ir.Call)
        and made.is_new
        and isinstance(made.callee, ir.Name)
        and made.callee.name == index.name
    ):
        return made
    return None


def _as_text(evaluator: Evaluator, item: EnumMember) -> Denotations:
    made = as_object(item)
    if _AS_TEXT not in item.index.methods or not isinstance(made, Instance) or made.call is None or made.frame is None:
        return (Scalar(item.name),)
    spoken = class_members.instance_member(evaluator, made, _AS_TEXT)
    return tuple(d for one in spoken for d in application.call(evaluator, one, made.call, made.frame))
