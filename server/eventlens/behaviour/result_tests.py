"""What the result of a call decides: the branches whose condition hangs on it, here, in callers, and in functions that refuse it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from eventlens import ir
from eventlens.behaviour.events import CallStep, Event
from eventlens.behaviour.paths import scopes, statements_around
from eventlens.flow.module_index import last_name
from eventlens.flow.scopes import Frame
from eventlens.flow.walk import mentions, values_in

_NOTHING = frozenset(("isEmpty", "isNull", "IsNullOrEmpty", "isNullOrEmpty", "isBlank"))
"""Methods that hold where there is nothing."""
_PASSING = frozenset(("awaited", "read", "operand"))


class Test(NamedTuple):
    """A branch that a result decides: whether its ``then`` runs when something was found, and the calls that lead to its function."""

    branch: ir.Branch
    positive: bool
    outer: tuple[CallStep, ...]


def tests(event: Event, events: Sequence[Event]) -> Iterator[Test]:
    """The branches that the result of an event decides."""
    yield from tests_of(event.node, event.frame, event.usage, event.chain, True, events)


def tests_of(
    node: ir.Node,
    frame: Frame,
    usage: tuple[str, ...],
    chain: tuple[CallStep, ...],
    positive: bool,
    events: Sequence[Event],
) -> Iterator[Test]:
    rest = [use for use in usage if use not in _PASSING and not use.startswith(("chained:", "argument:"))]
    assigned = next((use.removeprefix("assigned:") for use in rest if use.startswith("assigned:")), "")
    names = {assigned} if assigned and assigned != "pattern" else _names_of_pattern(frame, node)
    for branch in branches(frame):
        inside = branch.condition.start <= node.start < branch.condition.end
        if inside or (names and branch.start > node.start and mentions(branch.condition, names)):
            yield Test(branch, positive == _asks_for_presence(branch.condition, names), chain)
    yield from _refusals(frame, names, events)
    returned = _returned_with(frame, node, names)
    if chain and returned is not None:
        step = chain[-1]
        outer = next((one.usage for one in events if one.kind == "call" and one.node is step.call), ())
        yield from tests_of(
            step.call, step.frame, outer, chain[:-1], positive == _asks_for_presence(returned, names), events
        )


def _refusals(frame: Frame, names: set[str], events: Sequence[Event]) -> Iterator[Test]:
    """The branches that throw in functions that are handed the result (``refuse(found)``: ``if (rows.isNotEmpty()) throw …``)."""
    for event in events if names else ():
        function = event.callee.function if event.kind == "call" and event.callee is not None else None
        if function is None or event.frame is not frame or not isinstance(event.node, ir.Call):
            continue
        given = zip(function.parameters, event.node.args)  # by position alone
        taken = {one.name for one, argument in given if argument.name is None and mentions(argument.value, names)}
        assert event.callee is not None
        for branch in branches(event.callee) if taken else ():
            if mentions(branch.condition, taken) and any(
                arm and isinstance(arm[-1], ir.Throw) for arm in (branch.then, branch.orelse)
            ):
                yield Test(branch, _asks_for_presence(branch.condition, taken), event.chain)


def _names_of_pattern(frame: Frame, node: ir.Node) -> set[str]:
    """The names that an assignment around a node binds, through patterns too."""
    for statement in statements_around(frame):
        if (
            isinstance(statement, ir.Assign)
            and statement.value is not None
            and statement.value.start <= node.start < statement.value.end
        ):
            return {value.name for value in values_in(statement.target) if isinstance(value, ir.Name)}
    return set()


def _returned_with(frame: Frame, node: ir.Node, names: set[str]) -> ir.Value | None:
    for value in (value for scope in scopes(frame) for value in scope.returns):
        if value.start <= node.start < value.end or (names and mentions(value, names)):
            return value
    return None


def _asks_for_presence(condition: ir.Value, names: set[str]) -> bool:
    """Whether a condition holds when there is something: ``x``, ``x !== null``, ``x.length > 0``; not ``!x``, ``x == null``."""
    value = condition.value if isinstance(condition, ir.Await) else condition
    if isinstance(value, ir.Call) and last_name(value.callee) in _NOTHING:
        return False
    if isinstance(value, ir.Operation):
        if value.operator == "not":
            return not _asks_for_presence(value.operands[0], names)
        nothing = any(
            isinstance(one, ir.Literal) and (one.value is None or (one.value == 0 and not isinstance(one.value, bool)))
            for one in value.operands
        ) or any(isinstance(one, ir.Name) and one.name == "undefined" for one in value.operands)
        if value.operator in ("==", "is", "<", "<="):
            return not nothing and value.operator in ("==", "is")
        if value.operator in ("and", "or"):
            return _asks_for_presence(value.operands[0], names)
    return True


def branches(frame: Frame) -> Iterator[ir.Branch]:
    """The branches of a function, those inside of others included."""
    return (one for one in statements_around(frame) if isinstance(one, ir.Branch))


def leaves(arm: Sequence[ir.Statement]) -> bool:
    """Whether a block ends by leaving what is around it: a return, a failure, or a jump."""
    return bool(arm) and isinstance(arm[-1], ir.Return | ir.Throw | ir.Jump)
