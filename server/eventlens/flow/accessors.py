"""Methods that only read, set or collect fields and that nobody wrote: accessors of records, generated getters, setters and builders.

What a class declares itself goes before any of these.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from eventlens import ir
from eventlens.flow import class_hierarchy, class_members, enum_members, settings_objects
from eventlens.flow.denotations import ClassRef, Denotation, FunctionRef, Instance, Parameter, Receiver
from eventlens.flow.field_methods import field_read_by
from eventlens.flow.scopes import ClassIndex, Frame

if TYPE_CHECKING:
    from eventlens.flow.evaluation import Denotations, Evaluator

_MOST_STEPS = 60


def result(evaluator: Evaluator, node: ir.Call, callee: ir.Member, frame: Frame) -> Denotations | None:
    """What the call of a method that nobody wrote gives; None where it is none."""
    if callee.name == "build" and not node.args:
        return _built(evaluator, node, frame)
    if node.args:
        return None
    name = field_read_by(callee.name) or callee.name
    found: list[Denotation] = []
    for value in evaluator.evaluate(callee.object, frame):
        item = enum_members.as_object(value)
        if isinstance(item, Parameter) and name != callee.name:
            found.extend(settings_objects.member_of_injected(evaluator, item, name, node, frame))
            continue
        index = _with_accessor(evaluator, item, callee.name, name)
        if index is None:
            continue
        if isinstance(callee.object, ir.Name):
            assigned = evaluator.assigned_member(callee.object.name, name, frame, node.start)
            if assigned is not None:
                return assigned
        found.extend(
            class_members.instance_member(evaluator, item, name)
            if isinstance(item, Instance)
            else class_members.class_member(evaluator, index, name, item)
        )
    return tuple(dict.fromkeys(found)) or None


def of_object(evaluator: Evaluator, value: Denotation, method: str) -> Denotations:
    """What a method that nobody wrote reads off an object; () where the object has none of that name."""
    item = enum_members.as_object(value)
    name = field_read_by(method) or method
    if not isinstance(item, Instance) or _with_accessor(evaluator, item, method, name) is None:
        return ()
    return class_members.instance_member(evaluator, item, name)


def _with_accessor(evaluator: Evaluator, item: Denotation, method: str, name: str) -> ClassIndex | None:
    """The class of an object that has a field of a name and no method of its own that is called like its accessor."""
    index = item.index if isinstance(item, Instance | Receiver) else None
    if index is None or not _is_unwritten(evaluator, index, method) or not _has_field(evaluator, index, name):
        return None
    return index


def _is_unwritten(evaluator: Evaluator, index: ClassIndex, method: str) -> bool:
    return not any(method in base.methods for base in class_hierarchy.bases(evaluator, index))


def _has_field(evaluator: Evaluator, index: ClassIndex, name: str) -> bool:
    return any(
        name in base.fields
        or (
            base.constructor is not None
            and base.constructor.function is not None
            and any(one.property and one.name == name for one in base.constructor.function.parameters)
        )
        for base in class_hierarchy.bases(evaluator, index)
    )


def _built(evaluator: Evaluator, node: ir.Call, frame: Frame) -> Denotations | None:
    """``Order.builder().id(x).topic(y).build()`` of a class that declares no such method: an object with these fields."""
    fields: list[ir.Argument] = []
    current: ir.Value = node.callee.object if isinstance(node.callee, ir.Member) else node.callee
    for _ in range(_MOST_STEPS):
        if not isinstance(current, ir.Call) or not isinstance(current.callee, ir.Member):
            return None
        step = current.callee
        if not current.args:
            return _construction(evaluator, node, step, fields, frame)
        if len(current.args) != 1:
            return None
        fields.append(ir.Argument(current.args[0].start, current.args[0].end, current.args[0].value, step.name))
        current = step.object
    return None


def _construction(
    evaluator: Evaluator, node: ir.Call, made: ir.Member, fields: list[ir.Argument], frame: Frame
) -> Denotations | None:
    classes = [item for item in evaluator.evaluate(made.object, frame) if isinstance(item, ClassRef)]
    known = [item for item in classes if not isinstance(_first_method(evaluator, item, made.name), FunctionRef)]
    if not known:
        return None
    key = id(node)
    call = evaluator.built.get(key)
    if call is None:
        call = evaluator.built[key] = ir.Call(node.start, node.end, made.object, tuple(reversed(fields)), True)
    return tuple(Instance(item.index, call, frame) for item in known)


def _first_method(evaluator: Evaluator, item: ClassRef, name: str) -> Denotation | None:
    found = class_members.class_member(evaluator, item.index, name, None)
    return found[0] if found else None
