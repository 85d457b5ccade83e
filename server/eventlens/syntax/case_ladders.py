"""Switches and runs of ``else if`` as nested `Branch`es."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from tree_sitter import Node

from eventlens import ir
from eventlens.syntax.reader import ReaderT, part

NESTED_ARMS = 30
"""How many arms nest; the arms after them stand side by side, so that no ladder is deeper than this."""

Arm: TypeAlias = "tuple[int, ir.Value, tuple[ir.Statement, ...]]"
"""The byte at which an arm starts, its condition and its body."""


def ladder(arms: Sequence[Arm], orelse: tuple[ir.Statement, ...], end: int) -> ir.Branch:
    """Nested branches that all end at byte ``end``; there is at least one arm."""
    for start, condition, body in reversed(arms[NESTED_ARMS:]):
        orelse = (ir.Branch(start, end, condition, body), *orelse)
    for start, condition, body in reversed(arms[1:NESTED_ARMS]):
        orelse = (ir.Branch(start, end, condition, body, orelse),)
    start, condition, body = arms[0]
    return ir.Branch(start, end, condition, body, orelse)


def else_ifs(
    reader: ReaderT,
    node: Node,
    value: Callable[[ReaderT, Node], ir.Value],
    block: Callable[[ReaderT, Node], tuple[ir.Statement, ...]],
    otherwise: Callable[[Node], Node | None],
) -> ir.Branch:
    """The whole run of ``else if`` at once, as generated code has hundreds; ``otherwise`` gives what an ``if`` does else."""
    arms: list[Arm] = []
    orelse: tuple[ir.Statement, ...] = ()
    current: Node | None = node
    while current is not None:
        condition = value(reader, part(current, "condition"))
        arms.append((current.start_byte, condition, block(reader, part(current, "consequence"))))
        following = otherwise(current)
        current = following if following is not None and following.type == node.type else None
        if following is not None and current is None:
            orelse = block(reader, following)
    return ladder(arms, orelse, node.end_byte)


def is_repeatable(subject: ir.Value) -> bool:
    """Whether a value may stand in several conditions without being worked out more than once."""
    while isinstance(subject, ir.Member):
        subject = subject.object
    return isinstance(subject, (ir.Name, ir.This, ir.Super, ir.Literal))


def stored(subject: ir.Value, start: int) -> ir.Name:
    """The name under which the subject of the switch at byte ``start`` is kept."""
    return ir.Name(subject.start, subject.end, f"<switch@{start}>")


def kept(subject: ir.Value, start: int, lowered: list[ir.Statement]) -> ir.Value:
    """The subject of the switch at byte ``start``, stored under a name first where it may not be repeated."""
    if is_repeatable(subject):
        return subject
    name = stored(subject, start)
    lowered.append(ir.Assign(subject.start, subject.end, name, subject, "", True, True))
    return name


@dataclass(frozen=True, slots=True)
class Case:
    """One group of labels: under which ``tests`` it is chosen (None among them: by default), and its own statements."""

    start: int
    end: int
    tests: tuple[ir.Value | None, ...]
    body: tuple[ir.Statement, ...]
    leaves: bool
    """Whether control cannot run on into the next case."""


def arms_of(cases: Sequence[Case]) -> tuple[list[Arm], tuple[ir.Statement, ...]]:
    """The arms that cases make, those that run on into one another together; and what is done by default."""
    arms: list[Arm] = []
    orelse: tuple[ir.Statement, ...] = ()
    for group in _groups(cases):
        condition = _any_of(group)
        if condition is None:
            orelse = _joined_bodies(group)
        else:
            arms.append((group[0].start, condition, _joined_bodies(group)))
    return arms, orelse


def _groups(cases: Sequence[Case]) -> list[list[Case]]:
    groups: list[list[Case]] = []
    running_on = False
    for case in cases:
        if running_on:
            groups[-1].append(case)
        else:
            groups.append([case])
        running_on = not case.leaves
    return groups


def _any_of(group: Sequence[Case]) -> ir.Value | None:
    """The condition under which one of the cases is chosen; None where the default is among them."""
    tests = [test for case in group for test in case.tests]
    known = [test for test in tests if test is not None]
    if len(known) < len(tests) or not known:
        return None
    return either(known)


def either(tests: Sequence[ir.Value]) -> ir.Value:
    """That one of the tests holds."""
    return tests[0] if len(tests) == 1 else ir.Operation(tests[0].start, tests[-1].end, "or", tuple(tests))


def _joined_bodies(group: Sequence[Case]) -> tuple[ir.Statement, ...]:
    """Each case's statements under the tests that reach them; the last case's are reached by all.

    Deep in a long run of falling cases the tests are left out: spelt out they would grow with its square.
    """
    joined: list[ir.Statement] = []
    for position, case in enumerate(group[:-1]):
        reached = _any_of(group[: position + 1]) if position < NESTED_ARMS else None
        if case.body:
            joined.extend(case.body if reached is None else (ir.Branch(case.start, case.end, reached, case.body),))
    return (*joined, *group[-1].body)


def without_break(body: tuple[ir.Statement, ...]) -> tuple[tuple[ir.Statement, ...], bool]:
    """The statements without the ``break`` that ends the case, and whether they leave the switch at all."""
    if not body:
        return body, False
    last = body[-1]
    if isinstance(last, ir.Jump) and last.kind == "break":
        return body[:-1], True
    if isinstance(last, ir.Block) and not last.label:
        inside, leaves = without_break(last.body)
        return (*body[:-1], ir.Block(last.start, last.end, inside)), leaves
    return body, isinstance(last, (ir.Return, ir.Throw, ir.Jump))


def breaks(body: Sequence[ir.Statement]) -> bool:
    """Whether a ``break`` inside leaves the switch early."""
    waiting = list(body)
    while waiting:
        each = waiting.pop()
        if isinstance(each, ir.Jump) and each.kind == "break":
            return True
        if isinstance(each, ir.Branch):
            waiting.extend((*each.then, *each.orelse))
        elif isinstance(each, (ir.Block, ir.With)):
            waiting.extend(each.body)
        elif isinstance(each, ir.Try):
            waiting.extend((*each.body, *each.final))
            waiting.extend(inside for catch in each.catches for inside in catch.body)
    return False
