"""Runs of links that are as long as a program likes: calls and members one after another, and binary operators.

They are read in a loop, not by recursion. Past `MAX_LINKS` the inner part becomes an `Unknown` that keeps its values side by
side, so that every function written in a chain is found however long it is.
"""

from __future__ import annotations

from tree_sitter import Node

from eventlens import ir
from eventlens.syntax.java.arguments import arguments
from eventlens.syntax.java.collections import collection
from eventlens.syntax.java.declarations import anonymous_class
from eventlens.syntax.java.initialisers import filled_map
from eventlens.syntax.java.literals import is_text, joined
from eventlens.syntax.java.reader import SKIPPED, Reader, lowers_value, value
from eventlens.syntax.java.type_refs import type_arguments
from eventlens.syntax.java.values import bare, name, owned, type_value
from eventlens.syntax.link_chains import levels, linked
from eventlens.syntax.operator_runs import Link, folded, one_operation
from eventlens.syntax.reader import part

_INNER = {"method_invocation": "object", "field_access": "object", "array_access": "array"}
_OPERATORS = {"&&": "and", "||": "or"}


@lowers_value("method_invocation", "field_access", "array_access")
def chain(reader: Reader, node: Node) -> ir.Value:
    links: list[Node] = []
    current: Node | None = node
    while current is not None and current.type in _INNER:
        links.append(current)
        current = current.child_by_field_name(_INNER[current.type])
        if current is not None and current.type == "parenthesized_expression":
            current = bare(current)
    depth = reader.depth
    reader.depth = depth + levels(len(links))
    head = _head(reader, links, current) if current is not None else _bare_call(reader, links.pop())
    lowered = linked(reader, links, head, depth, _link)
    reader.depth = depth
    return lowered


def _head(reader: Reader, links: list[Node], node: Node) -> ir.Value:
    """What the first link is applied to; the first word of a package is no field."""
    if node.type == "identifier":
        text = reader.of(node)
        if text[:1].islower() and _leads_to_a_type(reader, links):
            owner = reader.scopes.field_owner(text)
            is_known = any(text in scope.fields for scope in reader.scopes.classes)
            return owned(node.start_byte, node.end_byte, text, owner if is_known else None)
        return name(reader, node)
    return value(reader, node)


def _leads_to_a_type(reader: Reader, links: list[Node]) -> bool:
    """Whether the members that follow run through small words to one that is written like a type."""
    for link in reversed(links):
        if link.type != "field_access":
            return False
        named = reader.of(part(link, "field"))
        if not named[:1].islower():
            return named[:1].isupper()
    return False


def _bare_call(reader: Reader, node: Node) -> ir.Value:
    """A call of a method by its name alone."""
    named = part(node, "name")
    text = reader.of(named)
    owner = reader.scopes.method_owner(text)
    callee = owned(named.start_byte, named.end_byte, text, owner)
    return ir.Call(
        node.start_byte, node.end_byte, callee, _arguments(reader, node), False, type_arguments(reader, node)
    )


def _link(reader: Reader, node: Node, inner: ir.Value) -> ir.Value:
    """One link around what it is applied to."""
    kind = node.type
    start, end = node.start_byte, node.end_byte
    if kind == "array_access":
        return ir.Index(start, end, inner, value(reader, part(node, "index")))
    if kind == "field_access":
        return _member(reader, node, inner)
    named = part(node, "name")
    if any(child.type == "super" for child in node.children[1:]):
        inner = ir.Super(inner.start, inner.end)
    callee = ir.Member(start, named.end_byte, inner, reader.of(named), named.start_byte)
    call = ir.Call(start, end, callee, _arguments(reader, node), False, type_arguments(reader, node))
    return collection(call) or call


def _member(reader: Reader, node: Node, inner: ir.Value) -> ir.Value:
    named = part(node, "field")
    start, end = node.start_byte, node.end_byte
    if named.type == "this":
        classes = reader.scopes.classes
        is_own = isinstance(inner, ir.Name) and bool(classes) and classes[-1].name == inner.name
        return ir.This(start, end) if is_own else inner
    if any(child.type == "super" for child in node.children[1:]):
        inner = ir.Super(inner.start, inner.end)
    return ir.Member(start, end, inner, reader.of(named), named.start_byte)


def _arguments(reader: Reader, node: Node) -> tuple[ir.Argument, ...]:
    written = node.child_by_field_name("arguments")
    return arguments(reader, written) if written is not None else ()


@lowers_value("object_creation_expression")
def construction(reader: Reader, node: Node) -> ir.Value:
    """``new T(a)``; of an inner class ``outer.new T(a)``; with a body an anonymous class, or a map that is filled at once."""
    start, end = node.start_byte, node.end_byte
    written = part(node, "type")
    callee: ir.Value = type_value(reader, written)
    types = type_arguments(reader, written) if written.type == "generic_type" else ()
    given = _arguments(reader, node)
    body = next((child for child in node.children if child.type == "class_body"), None)
    head = node.children[0]
    filled = filled_map(reader, start, end, written, body) if body is not None else None
    if filled is not None:
        return filled
    if body is not None:
        definition = anonymous_class(reader, written, body)
        callee = ir.ClassValue(definition.start, definition.end, definition)
    elif head.is_named and head.id != written.id and isinstance(callee, ir.Name) and head.type not in SKIPPED:
        callee = ir.Member(start, callee.end, value(reader, head), callee.name, callee.start)
    return ir.Call(start, end, callee, given, True, types)


# ----------------------------------------------------------------------------------------------- binary operators


@lowers_value("binary_expression")
def binary(reader: Reader, node: Node) -> ir.Value:
    """A left-deep run of operators, each kept as (operator, right operand, end of the expression so far)."""
    start = node.start_byte
    links: list[Link] = []
    while node.type == "binary_expression":
        links.append((part(node, "operator").type, part(node, "right"), node.end_byte))
        node = part(node, "left")
    links.reverse()
    depth = reader.depth
    reader.depth = depth + levels(len(links))
    lowered = folded(reader, start, links, value(reader, node), value, _run)
    reader.depth = depth
    return lowered


def _run(start: int, end: int, operator: str, run: list[ir.Value]) -> ir.Value:
    if operator == "+" and any(isinstance(each, ir.Template) or is_text(each) for each in run):
        return joined(start, end, run)
    normal = _OPERATORS.get(operator, operator)
    return one_operation(start, end, normal, run, normal in ("and", "or"))
