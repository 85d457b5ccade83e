"""Operators, infix calls, casts and type tests. What nests to the left is read without recursion."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from tree_sitter import Node

from eventlens import ir
from eventlens.syntax.kotlin.chains import is_prefixed, prefixed, transparent
from eventlens.syntax.kotlin.literals import is_text, joined
from eventlens.syntax.kotlin.reader import Reader, contents, lowers_value, value
from eventlens.syntax.kotlin.type_refs import TYPES, type_ref, type_value
from eventlens.syntax.operator_runs import one_operation
from eventlens.syntax.reader import LINKS_A_LEVEL, MAX_LINKS

_LINKS = frozenset(
    {
        *("binary_expression", "infix_expression", "range_expression"),
        *("is_expression", "in_expression", "as_expression"),
    }
)
_OPERATORS = {"===": "==", "!==": "!=", "&&": "and", "||": "or", "!in": "not in"}
_FLAT = frozenset({"&&", "||"})


@lowers_value(*_LINKS)
def operation(reader: Reader, node: Node) -> ir.Value:
    """A left-deep run of operators."""
    start = node.start_byte
    links: list[Node] = []
    while node.type in _LINKS and node.child_count > 1:
        links.append(node)
        node = node.children[0]
        if len(links) > MAX_LINKS:
            node = transparent(node)
    if not links:
        return ir.Unknown(start, node.end_byte, node.type)
    links.reverse()
    depth = reader.depth
    reader.depth = depth + min(len(links), MAX_LINKS) // LINKS_A_LEVEL
    lowered = _operations(reader, start, links, value(reader, node))
    reader.depth = depth
    return lowered


def _operations(reader: Reader, start: int, links: list[Node], lowered: ir.Value) -> ir.Value:
    """Runs of one operator fold to one node where the operator allows: sums with text, fallbacks, conjunctions."""
    nested = 0
    position = 0
    kept = [lowered]
    while position < len(links):
        operator = _operator(links[position])
        run: list[Node] = []
        while position < len(links) and _operator(links[position]) == operator:
            run.append(links[position])
            position += 1
        if nested + len(run) > MAX_LINKS and nested:
            lowered = ir.Unknown(start, lowered.end, "nesting", tuple(kept))
            nested = 0
        nested += len(run)
        if run[0].type == "binary_expression":
            operands = [lowered, *(value(reader, each.children[-1]) for each in run)]
            kept.extend(operands[1:])
            lowered = _run(start, run[-1].end_byte, operator, operands)
        else:
            for each in run:
                lowered = _one(reader, each, start, operator, lowered)
                kept.extend(_apart(lowered)[1] if each.type != "as_expression" else ())
            if len(run) > MAX_LINKS:
                lowered = _flat(start, run, lowered)
    return lowered


def _flat(start: int, run: list[Node], lowered: ir.Value) -> ir.Unknown:
    """What is left of a run of infix operators that nests deeper than anyone should walk."""
    found: list[ir.Value] = []
    inner, added = _apart(lowered)
    while inner is not None:
        found.extend(added)
        lowered = inner
        inner, added = _apart(lowered)
    return ir.Unknown(start, run[-1].end_byte, "nesting", (lowered, *reversed(found)))


def _apart(link: ir.Value) -> tuple[ir.Value | None, Sequence[ir.Value]]:
    """What a link is applied to, None where it is no link, and what it adds to that."""
    if isinstance(link, ir.Call) and isinstance(link.callee, ir.Member):
        return link.callee.object, [argument.value for argument in link.args]
    parts = link.operands if isinstance(link, ir.Operation) else link.items if isinstance(link, ir.Sequence) else ()
    return (parts[0], parts[1:]) if parts else (None, ())


def _operator(link: Node) -> str:
    return link.children[1].type


def _run(start: int, end: int, operator: str, run: list[ir.Value]) -> ir.Value:
    if operator == "?:":
        return ir.Choice(start, end, tuple(run))
    if operator == "+" and any(is_text(each) for each in run):
        return joined(start, end, run)
    return one_operation(start, end, _OPERATORS.get(operator, operator), run, operator in _FLAT)


def _one(reader: Reader, node: Node, start: int, operator: str, left: ir.Value) -> ir.Value:
    right = node.children[-1]
    end = node.end_byte
    kind = node.type
    if kind == "as_expression":
        return cast(reader, left, right)
    if kind == "is_expression":
        return type_test(reader, node, start, left)
    if kind == "infix_expression":
        return _infix(reader, node, start, left)
    return ir.Operation(start, end, _OPERATORS.get(operator, operator), (left, value(reader, right)))


def cast(reader: Reader, content: ir.Value, written: Node) -> ir.Value:
    """A cast says what a call's result is; of other values it changes nothing."""
    if isinstance(content, ir.Call) and written.type in TYPES:
        return msgspec.structs.replace(content, asserted=type_ref(reader, written), end=written.end_byte)
    return content


def type_test(reader: Reader, node: Node, start: int, subject: ir.Value) -> ir.Operation:
    """``subject is T`` and ``subject !is T``; ``node`` ends in the type."""
    written = node.children[-1]
    end = node.end_byte
    test = ir.Operation(start, end, "instanceof", (subject, type_value(reader, written)))
    negated = any(child.type == "!is" for child in node.children)
    return ir.Operation(start, end, "not", (test,)) if negated else test


def _infix(reader: Reader, node: Node, start: int, left: ir.Value) -> ir.Value:
    """``a to b`` is a pair, any other ``a f b`` the call ``a.f(b)``."""
    named = node.children[1]
    right = value(reader, node.children[-1])
    name = reader.named(named)
    end = node.end_byte
    if name == "to":
        return ir.Sequence(start, end, (left, right))
    callee = ir.Member(start, named.end_byte, left, name, named.start_byte)
    return ir.Call(start, end, callee, (ir.Argument(right.start, right.end, right),))


@lowers_value("unary_expression")
def unary(reader: Reader, node: Node) -> ir.Value:
    if is_prefixed(node):
        return prefixed(node, value(reader, node.children[-1]))
    operator, content = node.children[-1].type, value(reader, node.children[0])
    return content if operator == "!!" else ir.Operation(node.start_byte, node.end_byte, operator, (content,))


@lowers_value("parenthesized_expression")
def parenthesized(reader: Reader, node: Node) -> ir.Value:
    inner = transparent(node)
    return value(reader, inner) if inner is not node else ir.Unknown(node.start_byte, node.end_byte, node.type)


@lowers_value("spread_expression")
def spread(reader: Reader, node: Node) -> ir.Value:
    inner = contents(node)
    content = value(reader, inner[0]) if inner else ir.Unknown(node.start_byte, node.end_byte, node.type)
    return ir.Spread(node.start_byte, node.end_byte, content)


@lowers_value("callable_reference")
def reference(reader: Reader, node: Node) -> ir.Value:
    """``::f``; ``T::f`` is read as a link of a chain, unless T is a type with arguments or ``?``."""
    last = node.children[-1]
    name, start, end = reader.named(last), last.start_byte, last.end_byte
    owner = node.children[0]
    if owner.type in TYPES:
        return ir.Member(node.start_byte, end, type_value(reader, owner), name, start)
    return reader.resolved(name, start, end)
