"""Switches, old and new, as statements and as values; and the ladders of branches that they become."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tree_sitter import Node

from eventlens import ir
from eventlens.syntax.java.reader import SKIPPED, Reader, Yields, first, lowers_statement, lowers_value, returned, value
from eventlens.syntax.java.statement_lists import block, statements
from eventlens.syntax.java.values import bare, test
from eventlens.syntax.reader import part

_NESTED_ARMS = 30
"""How many arms nest; the arms after them stand side by side, so that no ladder is deeper than this."""


def ladder(
    arms: Sequence[tuple[int, ir.Value, tuple[ir.Statement, ...]]], orelse: tuple[ir.Statement, ...], end: int
) -> ir.Branch:
    """Nested branches of (start, condition, body) arms that all end at byte ``end``; there is at least one arm."""
    for start, condition, body in reversed(arms[_NESTED_ARMS:]):
        orelse = (ir.Branch(start, end, condition, body), *orelse)
    for start, condition, body in reversed(arms[1:_NESTED_ARMS]):
        orelse = (ir.Branch(start, end, condition, body, orelse),)
    start, condition, body = arms[0]
    return ir.Branch(start, end, condition, body, orelse)


@dataclass(frozen=True, slots=True)
class _Case:
    """One group of labels: under which ``tests`` it is chosen (None among them: by default), and its own statements."""

    start: int
    end: int
    tests: tuple[ir.Value | None, ...]
    body: tuple[ir.Statement, ...]
    leaves: bool
    """Whether control cannot run on into the next case."""


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
    subject = value(reader, bare(part(node, "condition")))
    if not _is_repeatable(subject):
        stored = ir.Name(subject.start, subject.end, f"<switch@{start}>")
        lowered.append(ir.Assign(subject.start, subject.end, stored, subject, "", True, True))
        subject = stored
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
    arms: list[tuple[int, ir.Value, tuple[ir.Statement, ...]]] = []
    orelse: tuple[ir.Statement, ...] = ()
    for group in _groups(cases):
        condition = _any_of(group)
        if condition is None:
            orelse = _joined_bodies(group)
        else:
            arms.append((group[0].start, condition, _joined_bodies(group)))
    written: tuple[ir.Statement, ...] = (ladder(arms, orelse, end),) if arms else orelse
    if not arms and any(isinstance(each, ir.Return) for each in written):
        lowered.extend(written)
    elif not arms or any(_breaks(case.body) for case in cases):
        lowered.append(ir.Block(start, end, written, "switch"))
    else:
        lowered.extend(written)


def _is_repeatable(subject: ir.Value) -> bool:
    while isinstance(subject, ir.Member):
        subject = subject.object
    return isinstance(subject, (ir.Name, ir.This, ir.Super, ir.Literal))


def _case(reader: Reader, node: Node, subject: ir.Value) -> _Case:
    labels = [child for child in node.named_children if child.type == "switch_label"]
    tests = tuple(each for label in labels for each in _tests(reader, label, subject))
    inside = [child for child in node.named_children if child.type != "switch_label"]
    if node.type == "switch_rule":
        return _Case(node.start_byte, node.end_byte, tests, _rule_body(reader, inside), True)
    body, leaves = _without_break(statements(reader, inside))
    leaves = leaves or _ends_with_yield(inside)
    return _Case(node.start_byte, node.end_byte, tests, body, leaves)


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
            lowered.extend(_without_break(block(reader, child))[0])
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


def _without_break(body: tuple[ir.Statement, ...]) -> tuple[tuple[ir.Statement, ...], bool]:
    """The statements without the ``break`` that ends the case, and whether they leave the switch at all."""
    if not body:
        return body, False
    last = body[-1]
    if isinstance(last, ir.Jump) and last.kind == "break":
        return body[:-1], True
    if isinstance(last, ir.Block) and not last.label:
        inside, leaves = _without_break(last.body)
        return (*body[:-1], ir.Block(last.start, last.end, inside)), leaves
    return body, isinstance(last, (ir.Return, ir.Throw, ir.Jump))


def _groups(cases: Sequence[_Case]) -> list[list[_Case]]:
    """Cases that run on into one another, together."""
    groups: list[list[_Case]] = []
    running_on = False
    for case in cases:
        if running_on:
            groups[-1].append(case)
        else:
            groups.append([case])
        running_on = not case.leaves
    return groups


def _any_of(group: Sequence[_Case]) -> ir.Value | None:
    """The condition under which one of the cases is chosen; None where the default is among them."""
    tests = [test for case in group for test in case.tests]
    known = [test for test in tests if test is not None]
    if len(known) < len(tests) or not known:
        return None
    return known[0] if len(known) == 1 else ir.Operation(known[0].start, known[-1].end, "or", tuple(known))


def _joined_bodies(group: Sequence[_Case]) -> tuple[ir.Statement, ...]:
    """Each case's statements under the tests that reach them; the last case's are reached by all.

    Deep in a long run of falling cases the tests are left out: spelt out they would grow with its square.
    """
    joined: list[ir.Statement] = []
    for position, case in enumerate(group[:-1]):
        reached = _any_of(group[: position + 1]) if position < _NESTED_ARMS else None
        if case.body:
            joined.extend(case.body if reached is None else (ir.Branch(case.start, case.end, reached, case.body),))
    return (*joined, *group[-1].body)


def _breaks(body: tuple[ir.Statement, ...]) -> bool:
    """Whether a ``break`` inside leaves the switch early."""
    for each in body:
        if isinstance(each, ir.Jump):
            if each.kind == "break":
                return True
        elif isinstance(each, ir.Branch):
            if _breaks(each.then) or _breaks(each.orelse):
                return True
        elif isinstance(each, ir.Try):
            caught = any(_breaks(catch.body) for catch in each.catches)
            if caught or _breaks(each.body) or _breaks(each.final):
                return True
        elif isinstance(each, (ir.Block, ir.With)) and _breaks(each.body):
            return True
    return False
