"""Switches, old and new, as statements and as values; and the ladders of branches that they become."""

from __future__ import annotations

from collections.abc import Sequence

from tree_sitter import Node

from eventlens import ir
from eventlens.syntax.case_ladders import Case, arms_of, breaks, kept, ladder, without_break
from eventlens.syntax.java.reader import SKIPPED, Reader, Yields, first, lowers_statement, lowers_value, returned, value
from eventlens.syntax.java.statement_lists import block, statements
from eventlens.syntax.java.values import bare, test
from eventlens.syntax.reader import part


def evaluated_switch(reader: Reader, node: Node, lowered: list[ir.Statement]) -> None:
    """A switch whose value nobody takes."""
    _lower(reader, node, lowered, lambda each: ir.Evaluate(each.start, each.end, each))


def switch_into(reader: Reader, node: Node, lowered: list[ir.Statement], yields: Yields) -> ir.Value | None:
    """A switch whose value goes where ``yields`` says: each arm ends with that statement. The value itself where one value says it."""
    if any(_yields_early(_arm(each)) for each in part(node, "body").named_children):
        return switch_value(reader, node)
    _lower(reader, node, lowered, yields)
    return _chosen(tuple(lowered), node.start_byte, node.end_byte)


def _arm(node: Node) -> list[Node]:
    """The statements of a group of labels, or of the block that a rule runs."""
    own = [each for each in node.named_children if each.type != "switch_label" and each.type not in SKIPPED]
    return own[0].named_children if len(own) == 1 and own[0].type == "block" else own


def _yields_early(nodes: Sequence[Node]) -> bool:
    """Whether a ``yield`` among statements is followed by more of them, which an assignment in its place would run into."""
    waiting = list(nodes[:-1])
    last = nodes[-1] if nodes else None
    if last is not None and last.type == "block":
        return any(map(_yields, waiting)) or _yields_early(last.named_children)
    if last is not None and last.type == "if_statement":
        arms = (last.child_by_field_name(name) for name in ("consequence", "alternative"))
        if any(_yields_early([arm]) for arm in arms if arm is not None):
            return True
    elif last is not None and last.type != "yield_statement":
        waiting.append(last)
    return any(map(_yields, waiting))


def _yields(node: Node) -> bool:
    """Whether a statement holds a ``yield`` of the switch that it stands in."""
    waiting = [node]
    while waiting:
        each = waiting.pop()
        if each.type == "yield_statement":
            return True
        if each.type not in ("switch_expression", "lambda_expression", "class_body"):
            waiting.extend(each.named_children)
    return False


@lowers_statement("switch_expression")
def stray_switch(reader: Reader, node: Node, lowered: list[ir.Statement]) -> None:
    evaluated_switch(reader, node, lowered)


@lowers_value("switch_expression")
def switch_value(reader: Reader, node: Node) -> ir.Value:
    """Inside another value: a choice where every arm is one value, else a function without a name that is called at once."""
    inside: list[ir.Statement] = []
    start, end = node.start_byte, node.end_byte
    qualname = reader.qualified(f"<lambda@{start}>")
    _lower(reader, node, inside, returned)
    chosen = _chosen(tuple(inside), start, end)
    if chosen is not None:
        return chosen
    function = ir.Function(start, end, "", qualname, "lambda", (), tuple(inside), name_start=start, name_end=start)
    return ir.Call(start, end, ir.Lambda(start, end, function), ())


def _chosen(body: tuple[ir.Statement, ...], start: int, end: int) -> ir.Value | None:
    """The choice that a ladder of returns or assignments makes; None where it does more."""
    if len(body) != 1:
        return None
    only = body[0]
    if isinstance(only, (ir.Return, ir.Assign)):
        return only.value
    if not isinstance(only, ir.Branch):
        return None
    then = _chosen(only.then, only.start, only.end)
    orelse = _chosen(only.orelse, only.start, only.end)
    if then is None or (only.orelse and orelse is None):
        return None
    return ir.Choice(start, end, (then, orelse), only.condition) if orelse is not None else then


def _lower(reader: Reader, node: Node, lowered: list[ir.Statement], yields: Yields) -> None:
    start, end = node.start_byte, node.end_byte
    subject = kept(value(reader, bare(part(node, "condition"))), start, lowered)
    outer, reader.yields = reader.yields, yields
    known = len(reader.scopes.locals)
    children = part(node, "body").named_children
    cases = [
        _case(reader, child, subject)
        for child in children
        if child.type in ("switch_rule", "switch_block_statement_group")
    ]
    reader.scopes.forget(known)
    reader.yields = outer
    arms, orelse = arms_of(cases)
    written: tuple[ir.Statement, ...] = (ladder(arms, orelse, end),) if arms else orelse
    if not arms and any(isinstance(each, ir.Return) for each in written):
        lowered.extend(written)
    elif not arms or any(breaks(case.body) for case in cases):
        lowered.append(ir.Block(start, end, written, "switch"))
    else:
        lowered.extend(written)


def _case(reader: Reader, node: Node, subject: ir.Value) -> Case:
    labels = [child for child in node.named_children if child.type == "switch_label"]
    tests = tuple(each for label in labels for each in _tests(reader, label, subject))
    inside = [child for child in node.named_children if child.type != "switch_label"]
    if node.type == "switch_rule":
        return Case(node.start_byte, node.end_byte, tests, _rule_body(reader, inside), True)
    body, leaves = without_break(statements(reader, inside))
    leaves = leaves or _ends_with_yield(inside)
    return Case(node.start_byte, node.end_byte, tests, body, leaves)


def _ends_with_yield(nodes: Sequence[Node]) -> bool:
    while nodes and nodes[-1].type == "block":
        nodes = nodes[-1].named_children
    return bool(nodes) and nodes[-1].type == "yield_statement"


def _rule_body(reader: Reader, inside: Sequence[Node]) -> tuple[ir.Statement, ...]:
    lowered: list[ir.Statement] = []
    for child in inside:
        if child.type == "expression_statement":
            written = first(child)
            lowered.extend(() if written is None else (reader.yields(value(reader, written)),))
        elif child.type not in SKIPPED:
            lowered.extend(without_break(block(reader, child))[0])
    return tuple(lowered)


def _tests(reader: Reader, label: Node, subject: ir.Value) -> list[ir.Value | None]:
    """A label's conditions; a guard holds beside its pattern."""
    found: list[ir.Value | None] = [None] if label.children[0].type == "default" else []
    for child in label.named_children:
        if child.type == "guard":
            guarded, written = (found.pop() if found else None), first(child)
            if guarded is not None and written is not None:
                guard = value(reader, written)
                guarded = ir.Operation(guarded.start, guard.end, "and", (guarded, guard))
            found.append(guarded)
        elif child.type == "pattern":
            found.append(test(reader, child.start_byte, child.end_byte, subject, child))
        elif child.type == "identifier" and reader.of(child) == "default":
            found.append(None)
        elif child.type not in SKIPPED:
            case = _constant(reader, child)
            found.append(ir.Operation(case.start, case.end, "==", (subject, case)))
    return found


def _constant(reader: Reader, node: Node) -> ir.Value:
    """A bare name that is no field here is a constant of the subject's enum."""
    if node.type != "identifier":
        return value(reader, node)
    text = reader.of(node)
    if any(text in scope.fields for scope in reader.scopes.classes):
        return value(reader, node)
    return ir.Name(node.start_byte, node.end_byte, text)
