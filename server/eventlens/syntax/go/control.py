"""Loops, switches and selections."""

from __future__ import annotations

from tree_sitter import Node

from eventlens import ir
from eventlens.syntax.go.errors import mentioned
from eventlens.syntax.go.reader import Reader, lowers_statement, part, parts_of, value
from eventlens.syntax.go.statement_lists import block, statement, statements
from eventlens.syntax.go.values import named_type

_CASES = ("expression_case", "type_case", "communication_case", "default_case")
_NESTED_ARMS = 30
"""How many arms nest; the arms after them stand side by side."""


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
    return ir.Loop(
        node.start_byte, node.end_byte, "each", body + block(reader, part(node, "body")), target, source
    )


@lowers_statement("expression_switch_statement", "type_switch_statement", "select_statement")
def switch(reader: Reader, node: Node, lowered: list[ir.Statement]) -> None:
    start, end = node.start_byte, node.end_byte
    initializer = node.child_by_field_name("initializer")
    if initializer is not None:
        statement(reader, initializer, lowered)
    written = node.child_by_field_name("value")
    subject = value(reader, written) if written is not None else None
    if subject is not None and not isinstance(subject, (ir.Name, ir.This, ir.Literal)):
        stored = ir.Name(subject.start, subject.end, f"<switch@{start}>")
        lowered.append(ir.Assign(subject.start, subject.end, stored, subject, "", True, True))
        subject = stored
    arms: list[tuple[int, ir.Value, tuple[ir.Statement, ...]]] = []
    orelse: tuple[ir.Statement, ...] = ()
    for case in node.named_children:
        if case.type not in _CASES:
            continue
        known = mentioned(reader, case) - reader.frame.caught if written is None and case.type == "expression_case" else set()
        reader.frame.caught |= known
        test, bound = _test(reader, node, case, subject)
        body = bound + statements(reader, _own(case))
        reader.frame.caught -= known
        if test is None:
            orelse = body
        else:
            arms.append((case.start_byte, test, body))
    for at, test, body in reversed(arms[_NESTED_ARMS:]):
        orelse = (ir.Branch(at, end, test, body), *orelse)
    for at, test, body in reversed(arms[:_NESTED_ARMS]):
        orelse = (ir.Branch(at, end, test, body, orelse),)
    lowered.append(ir.Block(start, end, orelse, "switch"))


def _own(case: Node) -> list[Node]:
    return [each for child in case.named_children if child.type == "statement_list" for each in child.named_children]


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
        tests = [
            ir.Operation(each.start_byte, each.end_byte, "instanceof", (subject, named_type(reader, each)))
            for each in types
            if subject is not None
        ]
        alias = node.child_by_field_name("alias")
        if alias is not None and subject is not None and parts_of(alias):
            name = parts_of(alias)[0]
            target = ir.Name(name.start_byte, name.end_byte, reader.of(name))
            return _any(tests), (ir.Assign(name.start_byte, subject.end, target, subject, "", True),)
        return _any(tests), ()
    if case.type == "default_case":
        return None, ()
    listed = [value(reader, each) for each in parts_of(part(case, "value"))]
    if subject is None:
        return _any(listed), ()
    return _any([ir.Operation(each.start, each.end, "==", (subject, each)) for each in listed]), ()


def _any(tests: list[ir.Operation] | list[ir.Value]) -> ir.Value | None:
    if not tests:
        return None
    return tests[0] if len(tests) == 1 else ir.Operation(tests[0].start, tests[-1].end, "or", tuple(tests))
