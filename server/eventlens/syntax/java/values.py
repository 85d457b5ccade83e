"""Expressions, all but calls, members and binary operators."""

from __future__ import annotations

import msgspec
from tree_sitter import Node

from eventlens import ir
from eventlens.syntax.dotted_names import Part, members
from eventlens.syntax.java.functions import lambda_function
from eventlens.syntax.java.reader import SKIPPED, Reader, first, lowers_value, value
from eventlens.syntax.java.type_refs import dotted_name, is_type, name_parts, type_ref
from eventlens.syntax.reader import part


@lowers_value("identifier", "type_identifier", "underscore_pattern")
def name(reader: Reader, node: Node) -> ir.Value:
    """A bare name, which may be a field of the class or of one around it."""
    start, end = node.start_byte, node.end_byte
    text = reader.of(node)
    return owned(start, end, text, reader.scopes.field_owner(text))


def owned(start: int, end: int, text: str, owner: str | None) -> ir.Value:
    """A bare name as the member of its owner, in the words of `scopes.Scopes`."""
    if owner is None:
        return ir.Name(start, end, text)
    receiver = ir.This(start, start) if owner == "this" else ir.Name(start, start, owner)
    return ir.Member(start, end, receiver, text, start)


@lowers_value("this")
def this(reader: Reader, node: Node) -> ir.This:
    return ir.This(node.start_byte, node.end_byte)


@lowers_value("super")
def base(reader: Reader, node: Node) -> ir.Super:
    return ir.Super(node.start_byte, node.end_byte)


@lowers_value("scoped_identifier", "scoped_type_identifier", "generic_type", "annotated_type")
def dotted(reader: Reader, node: Node) -> ir.Value:
    """The dotted name of a type or an annotation: members all the way."""
    names = name_parts(node)
    first_name = names[0]
    first = ir.Name(first_name.start_byte, first_name.end_byte, reader.of(first_name))
    return members(first, [Part(reader.of(each), each.start_byte, each.end_byte) for each in names[1:]])


def type_value(reader: Reader, node: Node) -> ir.Value:
    """A type that stands for itself: the class that is constructed, tested for, or whose method is meant."""
    if node.type in ("generic_type", "scoped_type_identifier", "annotated_type"):
        return dotted(reader, node)
    if node.type == "array_type":
        return ir.Name(node.start_byte, node.end_byte, "".join(reader.of(node).split()))
    return ir.Name(node.start_byte, node.end_byte, dotted_name(reader, node))


@lowers_value("class_literal")
def class_literal(reader: Reader, node: Node) -> ir.Member:
    written = first(node) or node
    return ir.Member(node.start_byte, node.end_byte, type_value(reader, written), "class", node.children[-1].start_byte)


@lowers_value("method_reference")
def method_reference(reader: Reader, node: Node) -> ir.Value:
    children = [child for child in node.children if child.type not in SKIPPED]
    head, last = children[0], children[-1]
    receiver = type_value(reader, head) if is_type(head) else value(reader, head)
    return ir.Member(node.start_byte, node.end_byte, receiver, reader.of(last), last.start_byte)


@lowers_value("lambda_expression")
def lambda_value(reader: Reader, node: Node) -> ir.Lambda:
    return ir.Lambda(node.start_byte, node.end_byte, lambda_function(reader, node))


# ------------------------------------------------------------------------------------------- parentheses and casts


def bare(node: Node) -> Node:
    """The node without parentheses around it."""
    while node.type == "parenthesized_expression":
        inner = first(node)
        if inner is None:
            return node
        node = inner
    return node


@lowers_value("parenthesized_expression")
def parenthesized(reader: Reader, node: Node) -> ir.Value:
    inner = bare(node)
    if inner.type == "parenthesized_expression":
        return ir.Unknown(node.start_byte, node.end_byte, node.type)
    return value(reader, inner)


@lowers_value("cast_expression")
def cast(reader: Reader, node: Node) -> ir.Value:
    """The value; a call keeps the type that the outermost cast gives to its result."""
    inner = node
    while inner.type in ("cast_expression", "parenthesized_expression"):
        next_inner = inner.child_by_field_name("value") if inner.type == "cast_expression" else first(inner)
        if next_inner is None:
            return ir.Unknown(node.start_byte, node.end_byte, node.type)
        inner = next_inner
    lowered = value(reader, inner)
    if isinstance(lowered, ir.Call):
        return msgspec.structs.replace(lowered, asserted=type_ref(reader, part(node, "type")))
    return lowered


# ---------------------------------------------------------------------------------------------------------- arrays


@lowers_value("array_initializer", "element_value_array_initializer")
def array(reader: Reader, node: Node) -> ir.Sequence:
    items = tuple(value(reader, child) for child in node.named_children if child.type not in SKIPPED)
    return ir.Sequence(node.start_byte, node.end_byte, items)


@lowers_value("array_creation_expression")
def array_creation(reader: Reader, node: Node) -> ir.Value:
    """With its items a sequence; ``new int[n]`` says nothing about them."""
    start, end = node.start_byte, node.end_byte
    written = node.child_by_field_name("value")
    if written is not None:
        items = tuple(value(reader, child) for child in written.named_children if child.type not in SKIPPED)
        return ir.Sequence(start, end, items)
    sizes = [child for child in node.named_children if child.type == "dimensions_expr"]
    parts = [inner for inner in map(first, sizes) if inner is not None]
    return ir.Unknown(start, end, node.type, tuple(value(reader, part) for part in parts))


# ------------------------------------------------------------------------------------------------------ operators


@lowers_value("unary_expression")
def unary(reader: Reader, node: Node) -> ir.Value:
    start, end = node.start_byte, node.end_byte
    operator = node.children[0].type
    operand = value(reader, node.children[-1])
    if operator == "-" and isinstance(operand, ir.Literal) and _is_number(operand.value):
        return ir.Literal(start, end, -operand.value)  # type: ignore[operator]
    return ir.Operation(start, end, "not" if operator == "!" else operator, (operand,))


def _is_number(content: object) -> bool:
    return isinstance(content, (int, float)) and not isinstance(content, bool)


@lowers_value("update_expression")
def update(reader: Reader, node: Node) -> ir.Operation:
    first_child, last = node.children[0], node.children[-1]
    operator, operand = (first_child, last) if first_child.type in ("++", "--") else (last, first_child)
    return ir.Operation(node.start_byte, node.end_byte, operator.type, (value(reader, operand),))


@lowers_value("ternary_expression")
def ternary(reader: Reader, node: Node) -> ir.Choice:
    condition = value(reader, part(node, "condition"))
    options = (value(reader, part(node, "consequence")), value(reader, part(node, "alternative")))
    return ir.Choice(node.start_byte, node.end_byte, options, condition)


@lowers_value("assignment_expression")
def assignment(reader: Reader, node: Node) -> ir.AssignValue:
    """As a value; ``a += b`` is then the assignment of the operation."""
    start, end = node.start_byte, node.end_byte
    target, content = value(reader, part(node, "left")), value(reader, part(node, "right"))
    operator = augmenting(node)
    if operator:
        content = ir.Operation(start, end, operator, (target, content))
    return ir.AssignValue(start, end, target, content)


def augmenting(node: Node) -> str:
    """The operator of an assignment, without its ``=``."""
    return part(node, "operator").type.removesuffix("=")


# -------------------------------------------------------------------------------------------------------- patterns


@lowers_value("instanceof_expression")
def type_test(reader: Reader, node: Node) -> ir.Operation:
    """``a instanceof B b``: the name is assigned the tested value where the type is tested."""
    tested = value(reader, part(node, "left"))
    pattern = node.child_by_field_name("pattern")
    if pattern is not None:
        return test(reader, node.start_byte, node.end_byte, tested, pattern)
    written = node.child_by_field_name("right")
    bound = node.child_by_field_name("name")
    if bound is not None:
        tested = ir.AssignValue(tested.start, bound.end_byte, _bind(reader, bound), tested)
    named = type_value(reader, written) if written is not None else ir.Unknown(node.start_byte, node.end_byte, "type")
    return ir.Operation(node.start_byte, node.end_byte, "instanceof", (tested, named))


def test(reader: Reader, start: int, end: int, tested: ir.Value, pattern: Node) -> ir.Operation:
    """Whether a value is of a pattern's type, its parts bound to the pattern's names."""
    while pattern.type == "pattern":
        pattern = first(pattern) or pattern.children[0]
    target = _target(reader, pattern)
    parts = [child for child in pattern.named_children if is_type(child) or child.type in ("identifier",)]
    named = type_value(reader, parts[0]) if parts else ir.Name(start, start, "?")
    tested = ir.AssignValue(start, end, target, tested) if target is not None else tested
    return ir.Operation(start, end, "instanceof", (tested, named))


def _target(reader: Reader, pattern: Node) -> ir.Value | None:
    """What a pattern binds: one name, or the names of a record's components in order."""
    if pattern.type == "record_pattern":
        body = next((child for child in pattern.named_children if child.type == "record_pattern_body"), pattern)
        parts = [child for child in body.named_children if child.type not in SKIPPED]
        targets = (_target(reader, part) if reader.depth < 100 else None for part in parts)
        items = tuple(
            target if target is not None else ir.Literal(part.start_byte, part.end_byte, None)
            for target, part in zip(targets, parts)
        )
        return ir.Sequence(body.start_byte, body.end_byte, items)
    if pattern.type == "record_pattern_component" and pattern.named_child_count == 1:
        return _target(reader, pattern.named_children[0])
    names = [child for child in pattern.named_children if child.type == "identifier"]
    return _bind(reader, names[-1]) if names else None


def _bind(reader: Reader, node: Node) -> ir.Name:
    text = reader.of(node)
    reader.scopes.declare(text)
    return ir.Name(node.start_byte, node.end_byte, text)
