"""Switches as nested `Branch`es."""

from __future__ import annotations

from tree_sitter import Node

from eventlens import ir
from eventlens.syntax.case_ladders import Case, arms_of, breaks, kept, ladder, without_break
from eventlens.syntax.ecmascript.reader import Reader, lowers_statement, value
from eventlens.syntax.ecmascript.statement_lists import statements
from eventlens.syntax.reader import part


@lowers_statement("switch_statement")
def switch_statement(reader: Reader, node: Node, lowered: list[ir.Statement]) -> None:
    start, end = node.start_byte, node.end_byte
    subject = kept(value(reader, part(node, "value")), start, lowered)
    cases = [
        _case(reader, child, subject)
        for child in part(node, "body").named_children
        if child.type in ("switch_case", "switch_default")
    ]
    arms, orelse = arms_of(cases)
    written: tuple[ir.Statement, ...] = (ladder(arms, orelse, end),) if arms else orelse
    if not arms or any(breaks(case.body) for case in cases):
        lowered.append(ir.Block(start, end, written, "switch"))
    else:
        lowered.extend(written)


def _case(reader: Reader, node: Node, subject: ir.Value) -> Case:
    written = node.child_by_field_name("value")
    test = _test(subject, value(reader, written)) if written is not None else None
    inside = [child for child in node.named_children if written is None or child.id != written.id]
    body, leaves = without_break(statements(reader, inside))
    return Case(node.start_byte, node.end_byte, (test,), body, leaves)


def _test(subject: ir.Value, case: ir.Value) -> ir.Value:
    if isinstance(subject, ir.Literal) and subject.value is True:
        return case
    return ir.Operation(case.start, case.end, "==", (subject, case))
