"""Expressions, all but chains, constructions, patterns and queries."""

from __future__ import annotations

import msgspec
from tree_sitter import Node

from eventlens import ir
from eventlens.syntax.csharp.functions import lambda_function
from eventlens.syntax.csharp.reader import SKIPPED, VALUES, Reader, inner, lowers_value, value
from eventlens.syntax.csharp.types import type_ref, type_value
from eventlens.syntax.reader import part


def expressions(node: Node) -> list[Node]:
    """The expressions among a node's children."""
    return [child for child in node.children if child.type in VALUES and child.type not in SKIPPED]


@lowers_value("parenthesized_expression", "checked_expression", "ref_expression", "expression_element")
@lowers_value("collection_element", "arrow_expression_clause", "interpolation")
def transparent(reader: Reader, node: Node) -> ir.Value:
    """Parentheses and marks: the value is the one inside, however many stand around it."""
    while node.type == "parenthesized_expression":
        written = expressions(node)
        if not written:
            break
        node = written[0]
    return inner(reader, node) if node.type in _MARKS else value(reader, node)


_MARKS = frozenset(
    {
        *("parenthesized_expression", "checked_expression", "ref_expression", "expression_element"),
        *("collection_element", "arrow_expression_clause", "interpolation"),
    }
)


@lowers_value("cast_expression", "as_expression")
def cast(reader: Reader, node: Node) -> ir.Value:
    """The value; a call says in ``asserted`` what it is cast to."""
    if node.type == "cast_expression":
        typed, written = node.child_by_field_name("type"), node.child_by_field_name("value")
    else:
        typed, written = node.child_by_field_name("right"), node.child_by_field_name("left")
    if written is None:
        return inner(reader, node)
    lowered = value(reader, written)
    if isinstance(lowered, ir.Call) and typed is not None:
        return msgspec.structs.replace(lowered, asserted=type_ref(reader, typed))
    return lowered


@lowers_value("prefix_unary_expression", "unary_expression")
def prefix(reader: Reader, node: Node) -> ir.Value:
    start, end = node.start_byte, node.end_byte
    operator = node.children[0].type
    operand = value(reader, node.children[-1])
    number = operand.value if operator == "-" and isinstance(operand, ir.Literal) else None
    if isinstance(number, (int, float)) and not isinstance(number, bool):
        return ir.Literal(start, end, -number)
    return ir.Operation(start, end, "not" if operator == "!" else operator, (operand,))


@lowers_value("conditional_expression")
def conditional(reader: Reader, node: Node) -> ir.Choice:
    condition = value(reader, part(node, "condition"))
    options = (value(reader, part(node, "consequence")), value(reader, part(node, "alternative")))
    return ir.Choice(node.start_byte, node.end_byte, options, condition)


@lowers_value("assignment_expression")
def assignment(reader: Reader, node: Node) -> ir.Value:
    """An assignment used as a value; an augmenting one assigns the operation."""
    start, end = node.start_byte, node.end_byte
    target, content = value(reader, part(node, "left")), value(reader, part(node, "right"))
    operator = augmenting(node)
    if operator == "??":
        content = ir.Choice(start, end, (target, content))
    elif operator:
        content = ir.Operation(start, end, operator, (target, content))
    return ir.AssignValue(start, end, target, content)


def augmenting(node: Node) -> str:
    """The operator of an assignment without its ``=``; "" for a plain one."""
    return part(node, "operator").type.removesuffix("=")


@lowers_value("await_expression")
def awaited(reader: Reader, node: Node) -> ir.Await:
    return ir.Await(node.start_byte, node.end_byte, inner(reader, node))


@lowers_value("throw_expression")
def thrown(reader: Reader, node: Node) -> ir.Unknown:
    return ir.Unknown(node.start_byte, node.end_byte, "throw_expression", (inner(reader, node),))


@lowers_value("typeof_expression")
def type_object(reader: Reader, node: Node) -> ir.Value:
    typed = node.child_by_field_name("type")
    if typed is None:
        return ir.Unknown(node.start_byte, node.end_byte, node.type)
    return ir.Member(node.start_byte, node.end_byte, type_value(reader, typed), "class", node.start_byte)


@lowers_value("default_expression")
def default(reader: Reader, node: Node) -> ir.Literal:
    return ir.Literal(node.start_byte, node.end_byte, None)


@lowers_value("sizeof_expression", "makeref_expression", "reftype_expression", "refvalue_expression")
def low_level(reader: Reader, node: Node) -> ir.Operation:
    operator = node.type.removesuffix("_expression")
    operands = tuple(value(reader, child) for child in expressions(node))
    return ir.Operation(node.start_byte, node.end_byte, operator, operands)


@lowers_value("range_expression")
def span(reader: Reader, node: Node) -> ir.Operation:
    operands = tuple(value(reader, child) for child in expressions(node))
    return ir.Operation(node.start_byte, node.end_byte, "..", operands)


@lowers_value("tuple_expression", "tuple_pattern", "parenthesized_variable_designation")
def pair(reader: Reader, node: Node) -> ir.Sequence:
    """Several values in one, or the names that they are taken apart into."""
    return ir.Sequence(node.start_byte, node.end_byte, tuple(value(reader, child) for child in expressions(node)))


@lowers_value("lambda_expression", "anonymous_method_expression")
def lambda_value(reader: Reader, node: Node) -> ir.Lambda:
    return ir.Lambda(node.start_byte, node.end_byte, lambda_function(reader, node))


@lowers_value("preproc_if", "preproc_elif", "preproc_else")
def conditional_value(reader: Reader, node: Node) -> ir.Value:
    """A directive around a value: one of those that it lets in and leaves out."""
    condition = node.child_by_field_name("condition")
    written = [child for child in expressions(node) if condition is None or child.id != condition.id]
    options: list[ir.Value] = []
    for child in written:
        content = value(reader, child)
        options.extend(
            content.options if child.type.startswith("preproc_") and isinstance(content, ir.Choice) else [content]
        )
    if len(options) == 1:
        return options[0]
    return ir.Choice(node.start_byte, node.end_byte, tuple(options))
