"""Loops, switches and selections."""

from __future__ import annotations

import re

from tree_sitter import Node

from eventlens import ir
from eventlens.syntax.case_ladders import Case, arms_of, either, kept, ladder
from eventlens.syntax.go.errors import mentioned
from eventlens.syntax.go.reader import Reader, lowers_statement, parts_of, value
from eventlens.syntax.go.statement_lists import block, statement, statements
from eventlens.syntax.go.type_refs import type_ref
from eventlens.syntax.go.values import named_type
from eventlens.syntax.reader import part

_CASES = ("expression_case", "type_case", "communication_case", "default_case")
_PASSED_BY_BREAKS = frozenset({"block", "statement_list", "if_statement", "labeled_statement"})
_ERROR_TYPE = re.compile(r"error|\*?(?:\w+\.)?\w*(?:Error|Err)")


@lowers_statement("for_statement")
def loop(reader: Reader, node: Node, lowered: list[ir.Statement]) -> None:
    start, end = node.start_byte, node.end_byte
    head = next((each for each in parts_of(node) if each.type != "block"), None)
    if head is not None and head.type == "range_clause":
        lowered.append(_each(reader, node, head))
        return
    body = block(reader, part(node, "body"))
    if head is not None and head.type == "for_clause":
        init, step = (_single(reader, head.child_by_field_name(name)) for name in ("initializer", "update"))
        test = head.child_by_field_name("condition")
        source = value(reader, test) if test is not None else None
        lowered.append(ir.Loop(start, end, "for", body, None, source, init, step))
        return
    forever = value(reader, head) if head is not None else ir.Literal(start, start, True)
    lowered.append(ir.Loop(start, end, "while", body, None, forever))


def _single(reader: Reader, node: Node | None) -> tuple[ir.Statement, ...]:
    return statements(reader, [node]) if node is not None else ()


def _each(reader: Reader, node: Node, head: Node) -> ir.Loop:
    """The last target is the element; the index or key before it is declared, and not known, in the body."""
    left = head.child_by_field_name("left")
    targets = [value(reader, each) for each in parts_of(left)] if left is not None else []
    source = value(reader, part(head, "right"))
    target: ir.Value = targets[-1] if targets else ir.Name(head.start_byte, head.start_byte, "_")
    keys = [each for each in targets[:-1] if isinstance(each, ir.Name) and each.name != "_"]
    body = tuple(ir.Assign(each.start, each.end, each, None, "", True) for each in keys)
    return ir.Loop(node.start_byte, node.end_byte, "each", body + block(reader, part(node, "body")), target, source)


@lowers_statement("expression_switch_statement", "type_switch_statement", "select_statement")
def switch(reader: Reader, node: Node, lowered: list[ir.Statement]) -> None:
    start, end = node.start_byte, node.end_byte
    initializer = node.child_by_field_name("initializer")
    if initializer is not None:
        statement(reader, initializer, lowered)
    written = node.child_by_field_name("value")
    subject = kept(value(reader, written), start, lowered) if written is not None else None
    listed = [(each, _own(each)) for each in node.named_children if each.type in _CASES]
    arms, orelse = arms_of([_case(reader, node, each, own, subject) for each, own in listed])
    if arms and not any(_breaks(own) for _, own in listed):
        lowered.append(ladder(arms, orelse, end))
    else:
        inside = (ladder(arms, orelse, end),) if arms else orelse
        lowered.append(ir.Block(start, end, inside, "switch"))


def _case(reader: Reader, node: Node, case: Node, own: list[Node], subject: ir.Value | None) -> Case:
    asks = subject is None and case.type == "expression_case"
    known = mentioned(reader, case) if asks else _errors_among(reader, node, case)
    known -= reader.frame.caught
    reader.frame.caught |= known
    test, bound = _test(reader, node, case, subject)
    is_ended = bool(own) and own[-1].type == "break_statement" and not own[-1].named_child_count
    body = bound + statements(reader, own[:-1] if is_ended else own)
    reader.frame.caught -= known
    falls = bool(own) and own[-1].type == "fallthrough_statement"
    return Case(case.start_byte, case.end_byte, (test,), body, not falls)


def _errors_among(reader: Reader, node: Node, case: Node) -> set[str]:
    """The name that a type switch gives to its value, in a case of nothing but errors."""
    alias = node.child_by_field_name("alias")
    types = [reader.of(each) for each in case.children_by_field_name("type") if each.is_named]
    if alias is None or not types or not all(map(_ERROR_TYPE.fullmatch, types)):
        return set()
    return {reader.of(alias)}


def _breaks(own: list[Node]) -> bool:
    """Whether a ``break`` without a label leaves the switch before the end of a case."""
    waiting = own[:-1] if own and own[-1].type == "break_statement" else list(own)
    while waiting:
        each = waiting.pop()
        if each.type == "break_statement" and not each.named_child_count:
            return True
        if each.type in _PASSED_BY_BREAKS:
            waiting.extend(each.named_children)
    return False


def _own(case: Node) -> list[Node]:
    lists = [each for each in case.named_children if each.type == "statement_list"]
    return [each for one in lists for each in one.named_children if each.type != "comment"]


def _test(
    reader: Reader, node: Node, case: Node, subject: ir.Value | None
) -> tuple[ir.Value | None, tuple[ir.Statement, ...]]:
    """The condition of a case, None for the default; and what it binds."""
    if case.type == "communication_case":
        made = _single(reader, case.child_by_field_name("communication"))
        first = made[0] if made else None
        over = first.value if isinstance(first, (ir.Evaluate, ir.Assign)) else None
        operands = (over,) if over is not None else ()
        test = ir.Operation(case.start_byte, case.end_byte, "select", operands)
        return test, made if isinstance(first, ir.Assign) else ()
    if case.type == "type_case":
        types = [each for each in case.children_by_field_name("type") if each.is_named]
        tests = [_type_test(reader, each, subject) for each in types if subject is not None]
        alias = node.child_by_field_name("alias")
        if alias is not None and subject is not None and parts_of(alias):
            name = parts_of(alias)[0]
            target = ir.Name(name.start_byte, name.end_byte, reader.of(name))
            end = max(subject.end, types[-1].end_byte) if types else subject.end
            is_known = len(types) == 1 and reader.of(types[0]) != "nil"
            written = type_ref(reader, types[0]) if is_known else None
            return _any(tests), (ir.Assign(name.start_byte, end, target, subject, "", True, False, written),)
        return _any(tests), ()
    if case.type == "default_case":
        return None, ()
    listed = [value(reader, each) for each in parts_of(part(case, "value"))]
    if subject is None:
        return _any(listed), ()
    tests = [ir.Operation(each.start, each.end, "==", (subject, each)) for each in listed]
    return _any(tests), ()


def _type_test(reader: Reader, node: Node, subject: ir.Value) -> ir.Value:
    start, end = node.start_byte, node.end_byte
    if reader.of(node) == "nil":
        return ir.Operation(start, end, "==", (subject, ir.Literal(start, end, None)))
    return ir.Operation(start, end, "instanceof", (subject, named_type(reader, node)))


def _any(tests: list[ir.Value]) -> ir.Value | None:
    return either(tests) if tests else None
