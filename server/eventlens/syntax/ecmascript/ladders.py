"""``else if`` runs and switches as nested `Branch`es."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tree_sitter import Node

from eventlens import ir
from eventlens.syntax.ecmascript.reader import Reader, lowers_statement, value
from eventlens.syntax.ecmascript.statement_lists import statements
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
    """One ``case`` (``test`` is its condition) or ``default`` (None) with its own statements."""

    start: int
    end: int
    test: ir.Value | None
    body: tuple[ir.Statement, ...]
    leaves: bool
    """Whether control cannot run on into the next case."""


@lowers_statement("switch_statement")
def switch_statement(reader: Reader, node: Node, lowered: list[ir.Statement]) -> None:
    start, end = node.start_byte, node.end_byte
    subject = value(reader, part(node, "value"))
    if not _is_repeatable(subject):
        stored = ir.Name(subject.start, subject.end, f"<switch@{start}>")
        lowered.append(ir.Assign(subject.start, subject.end, stored, subject, "", True, True))
        subject = stored
    cases = [
        _case(reader, child, subject)
        for child in part(node, "body").named_children
        if child.type in ("switch_case", "switch_default")
    ]
    arms: list[tuple[int, ir.Value, tuple[ir.Statement, ...]]] = []
    orelse: tuple[ir.Statement, ...] = ()
    for group in _groups(cases):
        condition = _any_of(group)
        if condition is None:
            orelse = _joined_bodies(group)
        else:
            arms.append((group[0].start, condition, _joined_bodies(group)))
    written: tuple[ir.Statement, ...] = (ladder(arms, orelse, end),) if arms else orelse
    if not arms or any(_breaks(case.body) for case in cases):
        lowered.append(ir.Block(start, end, written, "switch"))
    else:
        lowered.extend(written)


def _is_repeatable(subject: ir.Value) -> bool:
    while isinstance(subject, ir.Member):
        subject = subject.object
    return isinstance(subject, (ir.Name, ir.This, ir.Super, ir.Literal))


def _case(reader: Reader, node: Node, subject: ir.Value) -> _Case:
    written = node.child_by_field_name("value")
    test = _test(subject, value(reader, written)) if written is not None else None
    inside = [child for child in node.named_children if written is None or child.id != written.id]
    body, leaves = _without_break(statements(reader, inside))
    return _Case(node.start_byte, node.end_byte, test, body, leaves)


def _test(subject: ir.Value, case: ir.Value) -> ir.Value:
    if isinstance(subject, ir.Literal) and subject.value is True:
        return case
    return ir.Operation(case.start, case.end, "==", (subject, case))


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
    tests = [case.test for case in group]
    known = [test for test in tests if test is not None]
    if len(known) < len(tests):
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
