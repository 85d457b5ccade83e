"""Members and elements of what values mean."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from eventlens import ir
from eventlens.flow import (
    application,
    class_members,
    documents,
    enum_members,
    exported_names,
    library_members,
    lists,
    lookups,
    options,
    settings_objects,
    tables,
    texts,
    type_names,
    written_types,
)
from eventlens.flow.denotations import (
    MAX_PARTS,
    VARIABLE,
    ClassRef,
    Collection,
    Denotation,
    Document,
    EnumMember,
    External,
    ExternalResult,
    FunctionRef,
    Instance,
    Items,
    LibraryMember,
    LibraryValue,
    Namespace,
    Parameter,
    Part,
    Receiver,
    Record,
    Scalar,
    Table,
    depth,
    is_symbolic,
)
from eventlens.flow.scopes import Frame

if TYPE_CHECKING:
    from eventlens.flow.evaluation import Denotations, Evaluator

_POSITION = re.compile(r"\[-?\d+\]")


def step(evaluator: Evaluator, item: Denotation, one: str, node: ir.Node, frame: Frame) -> Denotations:
    """One step of a path: ``name``, ``[]`` (every element), ``[3]`` (one element)."""
    if one == "[]":
        return elements(evaluator, item, node, frame)
    if one == lists.PART_OF_LIST:
        return lists.part_step(item)
    if one == VARIABLE:
        return lookups.named_variable(item, node, frame)
    if one.startswith("<"):
        return type_names.step(evaluator, item, one)
    if one in texts.WORD_CASES:
        return texts.in_case(item, one)
    if one.startswith("[") and _POSITION.fullmatch(one):
        return _item(evaluator, item, int(one[1:-1]), node, frame)
    return member(evaluator, item, one, node, frame)


def elements(evaluator: Evaluator, item: Denotation, node: ir.Node, frame: Frame) -> Denotations:
    """What iterating over a value gives."""
    if isinstance(item, Items | Record):
        if id(item.node) in evaluator.typing:
            return ()
        evaluator.typing.add(id(item.node))
        try:
            return _literal_elements(evaluator, item, node, frame)
        finally:
            evaluator.typing.discard(id(item.node))
    if isinstance(item, Collection):
        return item.items
    if isinstance(item, Table):
        return tables.keys(evaluator, item)
    if isinstance(item, Document):
        return documents.elements(item)
    if isinstance(item, Namespace):
        return tuple(
            d
            for value in exported_names.exported(evaluator, item.path, "default")
            for d in elements(evaluator, value, node, frame)
        )
    if isinstance(item, ClassRef):
        return tuple(
            d for name in item.index.fields for d in class_members.class_member(evaluator, item.index, name, None)
        )[:24]
    if isinstance(item, LibraryValue):
        return library_members.source_results(evaluator, item, ("[]",), node, frame, "element")
    if isinstance(item, LibraryMember):
        return library_members.source_results(
            evaluator, item.value, (*(name for name in item.names if name != "()"), "[]"), node, frame, "element"
        )
    if isinstance(item, Part) and item.step == lists.PART_OF_LIST:
        return elements(evaluator, item.base, node, frame)
    if isinstance(item, Parameter | Part | Receiver):
        declared = tuple(
            d
            for found in written_types.declared_types(evaluator, item)
            for d in elements(evaluator, found, node, frame)
        )
        return (*((Part(item, "[]"),) if depth(item) < MAX_PARTS else ()), *declared)
    return ()


def _literal_elements(evaluator: Evaluator, item: Items | Record, node: ir.Node, frame: Frame) -> Denotations:
    if isinstance(item, Items):
        found: list[Denotation] = []
        for entry in item.node.items:
            values = evaluator.evaluate(entry, item.frame, item.environment)
            if isinstance(entry, ir.Spread):
                values = tuple(d for value in values for d in elements(evaluator, value, node, frame))
            found.extend(values)
        return tuple(found[:24])
    return tuple(d for f in item.node.fields for d in evaluator.evaluate(f.value, item.frame, item.environment))[:24]


def _item(evaluator: Evaluator, item: Denotation, position: int, node: ir.Node, frame: Frame) -> Denotations:
    if isinstance(item, Items) and not any(isinstance(entry, ir.Spread) for entry in item.node.items):
        return (
            evaluator.evaluate(item.node.items[position], item.frame, item.environment)
            if -len(item.node.items) <= position < len(item.node.items)
            else ()
        )
    if isinstance(item, Collection):
        return item.items
    if isinstance(item, Document):
        return documents.item_at(item, position)
    if isinstance(item, Parameter | Part | Receiver):
        return (Part(item, f"[{position}]"),)
    found = elements(evaluator, item, node, frame)
    if (
        not found
        and position == 0
        and isinstance(item, Instance | LibraryValue | ExternalResult | LibraryMember | FunctionRef)
    ):
        return (item,)  # a call that gives an error beside its result
    return found


def member(evaluator: Evaluator, item: Denotation, name: str, node: ir.Node, frame: Frame) -> Denotations:
    """The member ``name`` of what a value means."""
    if isinstance(item, External | ClassRef) or type_names.is_type(item):
        said = type_names.class_member(item, name)
        if said:
            return said
    if isinstance(item, Record):
        return record_member(evaluator, item, name, node, frame)
    if isinstance(item, Table):
        return tables.value_at(evaluator, item, name, node, frame)
    if isinstance(item, External):
        return library_members.external_member(
            evaluator, External(item.package, (*item.path, name), item.family), node, frame
        )
    if isinstance(item, LibraryValue):
        return library_members.library_member(evaluator, item, (name,), node, frame)
    if isinstance(item, LibraryMember):
        return library_members.further_member(evaluator, item, name, node, frame)
    if isinstance(item, ExternalResult) and name == "__class__":
        return _class_of_result(evaluator, item)
    if isinstance(item, ExternalResult):
        given = next((one for one in item.call.args if one.name == name), None) if item.call.is_new else None
        if given is not None:
            return evaluator.evaluate(given.value, item.frame, item.environment)
        known = options.parsed(evaluator, item, name) or tuple(
            d for found in documents.of_ini_parser(evaluator, item) for d in documents.member(found, name)
        )
        return known or library_members.external_member(
            evaluator,
            External(item.external.package, (*item.external.path, "()", name), item.external.family),
            node,
            frame,
        )
    if isinstance(item, Receiver):
        found = class_members.receiver_member(evaluator, item, name)
        if not any(is_symbolic(one) for one in found):
            return found
        return evaluator.substitute_all(found, application.super_environment(evaluator, item))
    if isinstance(item, Instance):
        return (
            class_members.class_as_value(item)
            if name in ("__class__", "constructor")
            else class_members.instance_member(evaluator, item, name)
        )
    if isinstance(item, Parameter | Part):
        if depth(item) >= MAX_PARTS:
            return ()
        configured = settings_objects.member_of_injected(evaluator, item, name, node, frame)
        return configured or (Part(item, name), *_declared_member(evaluator, item, name, node, frame))
    if isinstance(item, ClassRef):
        if name == "__name__":
            return (Scalar(item.index.name),)
        found = class_members.class_member(evaluator, item.index, name, None)
        return found or ((Scalar(item.index.name),) if name in ("name", "__name__") else ())
    if isinstance(item, Namespace):
        return exported_names.exported(evaluator, item.path, name) or tuple(
            d
            for default in exported_names.exported(evaluator, item.path, "default")
            for d in member(evaluator, default, name, node, frame)
        )
    if isinstance(item, EnumMember):
        return enum_members.member(evaluator, item, name)
    if isinstance(item, FunctionRef):
        return _function_member(evaluator, item, name, node, frame)
    if isinstance(item, Document):
        return documents.member(item, name)
    return ()


def _class_of_result(evaluator: Evaluator, item: ExternalResult) -> Denotations:
    """The class of what an external function gives: the one type that it is called with (``Map[*OrderPlaced](row)``), else unknown."""
    written = item.call.type_args
    return written_types.reference(evaluator, written[0], item.frame) if len(written) == 1 else ()


def record_member(evaluator: Evaluator, item: Record, name: str, node: ir.Node, frame: Frame) -> Denotations:
    """A member of an object literal; spreads are looked into, the last one wins."""
    for entry in reversed(item.node.fields):
        if entry.key == name:
            return evaluator.evaluate(entry.value, item.frame, item.environment)
        if entry.spread and id(entry) not in evaluator.typing:
            evaluator.typing.add(id(entry))
            try:
                found = tuple(
                    d
                    for value in evaluator.evaluate(entry.value, item.frame, item.environment)
                    for d in member(evaluator, value, name, node, frame)
                )
            finally:
                evaluator.typing.discard(id(entry))
            if found:
                return found
        if entry.computed is not None and entry.key is None:
            keys = evaluator.evaluate(entry.computed, item.frame, item.environment)
            if any(
                value.value == name
                for key in keys
                for value in (key.values if isinstance(key, EnumMember) else (key,))
                if isinstance(value, Scalar)
            ):
                return evaluator.evaluate(entry.value, item.frame, item.environment)
    return ()


def _declared_member(evaluator: Evaluator, item: Denotation, name: str, node: ir.Node, frame: Frame) -> Denotations:
    found = [
        d
        for declared in written_types.declared_types(evaluator, item)
        for d in member(evaluator, declared, name, node, frame)
    ]
    found.extend(written_types.member_of_shape(evaluator, item, name))
    known = tuple(d for d in found if isinstance(d, FunctionRef | LibraryMember | LibraryValue | Instance | EnumMember))
    return known or library_members.shared_values(evaluator, name)


def _function_member(evaluator: Evaluator, item: FunctionRef, name: str, node: ir.Node, frame: Frame) -> Denotations:
    function = item.frame.function
    if function is None:
        return ()
    if name == "name":
        return (Scalar(function.name),)
    if name in ("bind", "call", "apply"):
        return (item,)
    values = library_members.decorated_values(
        evaluator, function.decorators, item.frame.parent or item.frame, "decorator", item.frame
    )
    return tuple(d for value in values for d in member(evaluator, value, name, node, frame))
