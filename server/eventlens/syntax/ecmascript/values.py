"""Expressions."""

from __future__ import annotations

import msgspec
from tree_sitter import Node

from eventlens import ir
from eventlens.syntax.ecmascript.classes import class_definition
from eventlens.syntax.ecmascript.functions import function, method
from eventlens.syntax.ecmascript.literals import parsed_number, string_text
from eventlens.syntax.ecmascript.reader import Reader, lowers_value, value
from eventlens.syntax.ecmascript.type_refs import type_ref
from eventlens.syntax.reader import part

_SKIPPED = frozenset({"comment", "ERROR", "html_comment"})
TRANSPARENT = frozenset({"parenthesized_expression", "as_expression", "satisfies_expression", "non_null_expression"})
"""Parentheses, casts and marks: the value is the one inside."""
_SAYS_NOTHING = (b"unknown", b"any", b"never", b"const")
_KEY_NODES = frozenset(
    {"property_identifier", "private_property_identifier", "identifier", "shorthand_property_identifier"}
)


@lowers_value("identifier", "shorthand_property_identifier", "property_identifier", "private_property_identifier")
@lowers_value(
    "shorthand_property_identifier_pattern", "type_identifier", "import", "meta_property", "statement_identifier"
)
def name(reader: Reader, node: Node) -> ir.Value:
    start, end = node.start_byte, node.end_byte
    text = reader.text[start:end]
    if text == "undefined":
        return ir.Literal(start, end, None)
    return ir.Name(start, end, text if reader.ascii or text.isascii() else reader.piece(start, end))


@lowers_value("this")
def this(reader: Reader, node: Node) -> ir.This:
    return ir.This(node.start_byte, node.end_byte)


@lowers_value("super")
def base(reader: Reader, node: Node) -> ir.Super:
    return ir.Super(node.start_byte, node.end_byte)


@lowers_value("nested_identifier", "nested_type_identifier")
def dotted(reader: Reader, node: Node) -> ir.Value:
    """A dotted name in an import alias, a decorator or a JSX tag: members all the way."""
    names = [child for child in _leaves(node) if child.is_named]
    if not names:
        return ir.Name(node.start_byte, node.end_byte, reader.of(node))
    lowered: ir.Value = name(reader, names[0])
    for each in names[1:]:
        lowered = ir.Member(node.start_byte, each.end_byte, lowered, reader.of(each), each.start_byte)
    return lowered


def _leaves(node: Node) -> list[Node]:
    leaves: list[Node] = []
    waiting = [node]
    while waiting:
        each = waiting.pop()
        if each.child_count:
            waiting.extend(reversed(each.children))
        else:
            leaves.append(each)
    return leaves


def bare(node: Node) -> Node:
    """The node without parentheses, casts and non-null marks around it."""
    while node.type in TRANSPARENT or node.type in ("type_assertion", "instantiation_expression"):
        inner = [child for child in node.named_children if child.type not in _SKIPPED]
        if not inner:
            return node
        node = inner[-1] if node.type == "type_assertion" else inner[0]
    return node


@lowers_value("parenthesized_expression", "as_expression", "satisfies_expression", "non_null_expression")
@lowers_value("type_assertion", "instantiation_expression", "template_substitution", "jsx_expression")
def transparent(reader: Reader, node: Node) -> ir.Value:
    inner = bare(node)
    if inner.id != node.id:
        return _with_type(reader, node, value(reader, inner))
    for child in node.named_children:
        if child.type not in _SKIPPED:
            return value(reader, child)
    return ir.Unknown(node.start_byte, node.end_byte, node.type)


def _with_type(reader: Reader, node: Node, lowered: ir.Value) -> ir.Value:
    """A call with the type that a cast around it gives to its result."""
    written = _cast_to(node) if isinstance(lowered, ir.Call) else None
    if written is None or not isinstance(lowered, ir.Call):
        return lowered
    return msgspec.structs.replace(lowered, asserted=type_ref(reader, written))


def _cast_to(node: Node) -> Node | None:
    """The type of the outermost cast that says something; ``as unknown`` and ``as const`` do not."""
    while node.type in TRANSPARENT or node.type == "type_assertion":
        parts = [child for child in node.named_children if child.type not in _SKIPPED]
        if not parts:
            return None
        if len(parts) == 2 and node.type in ("as_expression", "satisfies_expression"):
            if parts[1].text not in _SAYS_NOTHING:
                return parts[1]
        elif len(parts) == 2 and node.type == "type_assertion" and parts[0].named_children:
            return parts[0].named_children[0]
        node = parts[-1] if node.type == "type_assertion" else parts[0]
    return None


# ------------------------------------------------------------------------------------------------------- literals


@lowers_value("array")
def array(reader: Reader, node: Node) -> ir.Sequence:
    return ir.Sequence(node.start_byte, node.end_byte, items(reader, node))


def items(reader: Reader, node: Node) -> tuple[ir.Value, ...]:
    """The elements of an array or array pattern; a hole is a null of no width, so that positions stay true."""
    found: list[ir.Value] = []
    after_comma = True
    for child in node.children[1:]:
        kind = child.type
        if kind == ",":
            if after_comma:
                found.append(ir.Literal(child.start_byte, child.start_byte, None))
            after_comma = True
        elif kind != "]" and kind not in _SKIPPED:
            found.append(value(reader, child))
            after_comma = False
    return tuple(found)


@lowers_value("spread_element", "rest_pattern")
def spread(reader: Reader, node: Node) -> ir.Spread:
    return ir.Spread(node.start_byte, node.end_byte, _inner(reader, node))


@lowers_value("object")
def object_literal(reader: Reader, node: Node) -> ir.Object:
    fields: list[ir.Field] = []
    for child in node.named_children:
        kind = child.type
        start, end = child.start_byte, child.end_byte
        if kind == "pair":
            parts = child.children
            fields.append(keyed(reader, start, end, parts[0], value(reader, parts[-1])))
        elif kind == "shorthand_property_identifier":
            fields.append(ir.Field(start, end, reader.piece(start, end), name(reader, child)))
        elif kind == "spread_element":
            fields.append(ir.Field(start, end, None, _inner(reader, child), None, True))
        elif kind == "method_definition":
            written = method(reader, child, in_object=True)
            fields.append(keyed(reader, start, end, part(child, "name"), ir.Lambda(start, end, written)))
    return ir.Object(node.start_byte, node.end_byte, tuple(fields))


def keyed(reader: Reader, start: int, end: int, key: Node, content: ir.Value) -> ir.Field:
    """A field of an object or object pattern under whatever key it is written with."""
    kind = key.type
    if kind in _KEY_NODES:
        return ir.Field(start, end, reader.of(key), content)
    if kind == "string":
        return ir.Field(start, end, string_text(reader, key), content)
    if kind == "number":
        return ir.Field(start, end, str(parsed_number(reader.of(key))), content)
    computed = _inner(reader, key)
    if isinstance(computed, ir.Literal) and isinstance(computed.value, str):
        return ir.Field(start, end, computed.value, content)
    return ir.Field(start, end, None, content, computed)


def _inner(reader: Reader, node: Node) -> ir.Value:
    for child in node.named_children:
        if child.type not in _SKIPPED:
            return value(reader, child)
    return ir.Unknown(node.start_byte, node.end_byte, node.type)


# ------------------------------------------------------------------------------------------------------ operators


@lowers_value("unary_expression")
def unary(reader: Reader, node: Node) -> ir.Value:
    children = node.children
    return operation(node.start_byte, node.end_byte, children[0].type, value(reader, children[-1]))


def operation(start: int, end: int, operator: str, operand: ir.Value) -> ir.Value:
    """A unary operator applied; a negative number and ``void 0`` are literals."""
    if isinstance(operand, ir.Literal) and not operand.is_regex:
        if operator == "-" and isinstance(operand.value, (int, float)) and not isinstance(operand.value, bool):
            return ir.Literal(start, end, -operand.value)
        if operator == "void":
            return ir.Literal(start, end, None)
    return ir.Operation(start, end, "not" if operator == "!" else operator, (operand,))


@lowers_value("update_expression")
def update(reader: Reader, node: Node) -> ir.Operation:
    children = node.children
    first, last = children[0], children[-1]
    operator, operand = (first, last) if first.type in ("++", "--") else (last, first)
    return ir.Operation(node.start_byte, node.end_byte, operator.type, (value(reader, operand),))


@lowers_value("ternary_expression")
def ternary(reader: Reader, node: Node) -> ir.Choice:
    options = (value(reader, part(node, "consequence")), value(reader, part(node, "alternative")))
    return ir.Choice(node.start_byte, node.end_byte, options, value(reader, part(node, "condition")))


@lowers_value("sequence_expression")
def comma(reader: Reader, node: Node) -> ir.Operation:
    operands = tuple(value(reader, child) for child in node.named_children if child.type not in _SKIPPED)
    return ir.Operation(node.start_byte, node.end_byte, ",", operands)


@lowers_value("assignment_expression")
def assignment(reader: Reader, node: Node) -> ir.AssignValue:
    target, content = value(reader, part(node, "left")), value(reader, part(node, "right"))
    return ir.AssignValue(node.start_byte, node.end_byte, target, content)


@lowers_value("augmented_assignment_expression")
def augmented(reader: Reader, node: Node) -> ir.AssignValue:
    """``a += b`` used as a value: the assignment of the operation."""
    start, end = node.start_byte, node.end_byte
    target, content = value(reader, part(node, "left")), value(reader, part(node, "right"))
    operator = augmenting(node)
    operands = (target, content)
    if operator in ("||", "??"):
        return ir.AssignValue(start, end, target, ir.Choice(start, end, operands))
    return ir.AssignValue(
        start, end, target, ir.Operation(start, end, "and" if operator == "&&" else operator, operands)
    )


def augmenting(node: Node) -> str:
    """The operator of an augmented assignment, without its ``=``."""
    return part(node, "operator").type.removesuffix("=")


@lowers_value("await_expression")
def awaited(reader: Reader, node: Node) -> ir.Await:
    return ir.Await(node.start_byte, node.end_byte, _inner(reader, node))


@lowers_value("yield_expression")
def yielded(reader: Reader, node: Node) -> ir.Yield:
    inner = [child for child in node.named_children if child.type not in _SKIPPED]
    if not inner:
        return ir.Yield(node.start_byte, node.end_byte)
    content = value(reader, inner[0])
    if any(child.type == "*" for child in node.children):
        content = ir.Spread(content.start, content.end, content)
    return ir.Yield(node.start_byte, node.end_byte, content)


# --------------------------------------------------------------------------------------------- functions, classes


@lowers_value("arrow_function", "function_expression", "generator_function", "function")
def lambda_value(reader: Reader, node: Node) -> ir.Lambda:
    return ir.Lambda(node.start_byte, node.end_byte, function(reader, node, "lambda"))


@lowers_value("class")
def class_value(reader: Reader, node: Node) -> ir.ClassValue:
    return ir.ClassValue(node.start_byte, node.end_byte, class_definition(reader, node))
