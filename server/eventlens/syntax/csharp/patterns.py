"""Patterns as conditions on what they are matched with; names that they bind are assigned."""

from __future__ import annotations

from collections.abc import Callable

from tree_sitter import Node

from eventlens import ir
from eventlens.syntax.case_ladders import is_repeatable
from eventlens.syntax.csharp.names import bound
from eventlens.syntax.csharp.reader import MAX_DEPTH, SKIPPED, VALUES, Reader, inner, lowers_value, value
from eventlens.syntax.csharp.types import type_value
from eventlens.syntax.dotted_names import MOST_PARTS
from eventlens.syntax.reader import part

_NEGATED = {"==": "!=", "<": ">=", ">": "<=", "<=": ">", ">=": "<"}


@lowers_value("is_expression")
def is_type(reader: Reader, node: Node) -> ir.Operation:
    subject = value(reader, part(node, "left"))
    tested = type_value(reader, part(node, "right"))
    return ir.Operation(node.start_byte, node.end_byte, "instanceof", (subject, tested))


@lowers_value("is_pattern_expression")
def is_pattern(reader: Reader, node: Node) -> ir.Value:
    start, end = node.start_byte, node.end_byte
    subject = value(reader, part(node, "expression"))
    pattern = part(node, "pattern")
    if is_repeatable(subject) or pattern.type in ("constant_pattern", "declaration_pattern", "negated_pattern"):
        return condition(reader, pattern, subject)
    stored = ir.Name(subject.start, subject.end, f"<is@{start}>")
    kept = ir.AssignValue(subject.start, subject.end, stored, subject)
    return ir.Operation(start, end, "and", (kept, condition(reader, pattern, stored)))


def condition(reader: Reader, node: Node, subject: ir.Value) -> ir.Value:
    """Whether ``subject`` matches a pattern."""
    handler = _PATTERNS.get(node.type)
    if handler is None or reader.depth > MAX_DEPTH:
        tested = value(reader, node) if handler is None else ir.Unknown(node.start_byte, node.end_byte, "nesting")
        return ir.Operation(node.start_byte, node.end_byte, "==", (subject, tested))
    reader.depth += 1
    lowered = handler(reader, node, subject)
    reader.depth -= 1
    return lowered


def _constant(reader: Reader, node: Node, subject: ir.Value) -> ir.Value:
    """A literal or a constant; a bare name that no constant of this file has is a type."""
    start, end = node.start_byte, node.end_byte
    written = next((child for child in node.children if child.type in VALUES), None)
    if written is not None and written.type == "tuple_expression":
        return _positions(reader, start, end, written.named_children, subject)
    content = inner(reader, node)
    operator = "==" if not isinstance(content, ir.Name) or content.name in reader.locals else "instanceof"
    return ir.Operation(start, end, operator, (subject, content))


def _typed(reader: Reader, node: Node, subject: ir.Value) -> ir.Value:
    """``T name``: the type is asked of the name that is bound."""
    start, end = node.start_byte, node.end_byte
    named = node.child_by_field_name("name")
    tested = node.child_by_field_name("type")
    matched = _assigned(reader, named, subject) if named is not None else subject
    if tested is None or tested.type == "implicit_type":
        return matched
    return ir.Operation(start, end, "instanceof", (matched, type_value(reader, tested)))


def _assigned(reader: Reader, named: Node, subject: ir.Value) -> ir.Value:
    if named.type == "discard":
        return subject
    target = bound(reader, named) if named.type == "identifier" else value(reader, named)
    return ir.AssignValue(named.start_byte, named.end_byte, target, subject)


def _variable(reader: Reader, node: Node, subject: ir.Value) -> ir.Value:
    """``var name`` and ``var (a, b)``, which always match."""
    named = node.child_by_field_name("name")
    if named is not None:
        return _assigned(reader, named, subject)
    written = [child for child in node.named_children if child.type not in SKIPPED and child.type != "implicit_type"]
    if not written:
        return subject
    names = [bound(reader, each) for each in _identifiers(written[-1])]
    target = ir.Sequence(written[-1].start_byte, written[-1].end_byte, tuple(names))
    return ir.AssignValue(node.start_byte, node.end_byte, target, subject)


def _identifiers(node: Node) -> list[Node]:
    found: list[Node] = []
    waiting = [node]
    while waiting:
        each = waiting.pop()
        if each.type == "identifier":
            found.append(each)
        waiting.extend(reversed(each.named_children))
    return found


def _type_only(reader: Reader, node: Node, subject: ir.Value) -> ir.Value:
    tested = part(node, "type")
    return ir.Operation(node.start_byte, node.end_byte, "instanceof", (subject, type_value(reader, tested)))


def _relational(reader: Reader, node: Node, subject: ir.Value) -> ir.Value:
    operator = node.children[0].type if node.children else "=="
    return ir.Operation(node.start_byte, node.end_byte, operator, (subject, inner(reader, node)))


def _negated(reader: Reader, node: Node, subject: ir.Value) -> ir.Value:
    start, end = node.start_byte, node.end_byte
    written = node.named_children[-1:]
    if written and written[0].type in ("and_pattern", "or_pattern"):
        return _negated_first(reader, start, written[0], subject)
    lowered = condition(reader, written[0], subject) if written else subject
    return _opposite(start, end, lowered)


def _opposite(start: int, end: int, lowered: ir.Value) -> ir.Value:
    if isinstance(lowered, ir.Operation) and lowered.operator in _NEGATED:
        return ir.Operation(start, end, _NEGATED[lowered.operator], lowered.operands)
    return ir.Operation(start, end, "not", (lowered,))


def _negated_first(reader: Reader, start: int, node: Node, subject: ir.Value) -> ir.Value:
    """``not a and b``: the word belongs to ``a`` alone, though the grammar reads it as said of both."""
    combined = _combined(reader, node, subject)
    if not isinstance(combined, ir.Operation):
        return combined
    first, *rest = combined.operands
    return ir.Operation(start, combined.end, combined.operator, (_opposite(start, first.end, first), *rest))


def _combined(reader: Reader, node: Node, subject: ir.Value) -> ir.Value:
    """A left-deep run of one of the two words; read without recursion."""
    kind = node.type
    start, end = node.start_byte, node.end_byte
    written: list[Node] = []
    while node.type == kind and node.named_children:
        written.append(node.named_children[-1])
        node = node.named_children[0]
    written.append(node)
    lowered = tuple(condition(reader, each, subject) for each in reversed(written))
    return ir.Operation(start, end, "and" if kind == "and_pattern" else "or", lowered)


def _inside(reader: Reader, node: Node, subject: ir.Value) -> ir.Value:
    while node.type == "parenthesized_pattern":
        written = [child for child in node.named_children if child.type not in SKIPPED]
        if not written:
            return subject
        node = written[0]
    return condition(reader, node, subject)


def _recursive(reader: Reader, node: Node, subject: ir.Value) -> ir.Value:
    """``T(a, b) { C: c } name``: any part may be missing."""
    start, end = node.start_byte, node.end_byte
    conditions: list[ir.Value] = []
    named = node.child_by_field_name("name")
    typed = node.child_by_field_name("type")
    matched = _assigned(reader, named, subject) if named is not None else subject
    if typed is not None:
        operands = (matched, type_value(reader, typed))
        conditions.append(ir.Operation(start, typed.end_byte, "instanceof", operands))
    elif named is not None:
        conditions.append(matched)
    for child in node.named_children:
        parts = [each for each in child.named_children if each.type == "subpattern"]
        if child.type == "property_pattern_clause":
            conditions.extend(_property(reader, each, subject) for each in parts)
        elif child.type == "positional_pattern_clause":
            conditions.append(_positions(reader, child.start_byte, child.end_byte, parts, subject))
    return conditions[0] if len(conditions) == 1 else _all(start, end, subject, conditions)


def _all(start: int, end: int, subject: ir.Value, conditions: list[ir.Value]) -> ir.Value:
    """Whether all conditions hold; a pattern that asks nothing more (``{ }``, ``(_, _)``, ``[..]``) asks for a value at all."""
    if not conditions:
        return ir.Operation(start, end, "!=", (subject, ir.Literal(start, end, None)))
    return ir.Operation(start, end, "and", tuple(conditions))


def _property(reader: Reader, node: Node, subject: ir.Value) -> ir.Value:
    """``A.B: pattern`` asks the member ``A.B``."""
    written = [child for child in node.named_children if child.type not in SKIPPED]
    if len(written) < 2:
        return subject
    member = subject
    for each in _identifiers(written[0])[:MOST_PARTS]:
        member = ir.Member(each.start_byte, each.end_byte, member, reader.word(each), each.start_byte)
    return condition(reader, written[-1], member)


def _positions(reader: Reader, start: int, end: int, parts: list[Node], subject: ir.Value) -> ir.Value:
    conditions: list[ir.Value] = []
    for position, each in enumerate(parts):
        written = [child for child in each.named_children if child.type not in SKIPPED]
        node = written[-1] if each.type in ("subpattern", "argument") and written else each
        place, until = each.start_byte, each.end_byte
        item = ir.Index(place, until, subject, ir.Literal(place, until, position))
        if node.type == "declaration_expression":
            conditions.append(_typed(reader, node, item))
        elif node.type not in ("discard", "comment"):
            conditions.append(condition(reader, node, item))
    return _all(start, end, subject, conditions)


def _list(reader: Reader, node: Node, subject: ir.Value) -> ir.Value:
    """``[first, .., last]``: conditions on items; those after the slice are counted from the end."""
    parts = [child for child in node.children if child.type not in ("[", "]", ",") and child.type not in SKIPPED]
    if not parts:
        return ir.Operation(
            node.start_byte, node.end_byte, "==", (subject, ir.Sequence(node.start_byte, node.end_byte, ()))
        )
    named = node.child_by_field_name("name")
    slices = [position for position, each in enumerate(parts) if each.type == ".."]
    conditions: list[ir.Value] = []
    for position, each in enumerate(parts):
        if each.type in ("..", "discard") or (named is not None and each.id == named.id):
            continue
        start, end = each.start_byte, each.end_byte
        key: ir.Value = ir.Literal(start, end, position)
        if slices and position > slices[0]:
            key = ir.Operation(start, end, "^", (ir.Literal(start, end, len(parts) - position),))
        conditions.append(condition(reader, each, ir.Index(start, end, subject, key)))
    return _all(node.start_byte, node.end_byte, subject, conditions)


def _anything(reader: Reader, node: Node, subject: ir.Value) -> ir.Value:
    return ir.Literal(node.start_byte, node.end_byte, True)


_PATTERNS: dict[str, Callable[[Reader, Node, ir.Value], ir.Value]] = {
    "constant_pattern": _constant,
    "declaration_pattern": _typed,
    "var_pattern": _variable,
    "type_pattern": _type_only,
    "relational_pattern": _relational,
    "negated_pattern": _negated,
    "and_pattern": _combined,
    "or_pattern": _combined,
    "parenthesized_pattern": _inside,
    "recursive_pattern": _recursive,
    "list_pattern": _list,
    "discard": _anything,
}
