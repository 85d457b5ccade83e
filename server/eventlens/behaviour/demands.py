"""What a function demands of a state before it goes on (``require(status == OPEN)``): it throws where the first run left another."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from eventlens import ir
from eventlens.behaviour.events import Event
from eventlens.behaviour.given_values import written
from eventlens.behaviour.paths import levels
from eventlens.flow.module_index import last_name
from eventlens.flow.scopes import Frame
from eventlens.flow.walk import statements_in

_DEMANDING = frozenset(("require", "check", "checkState", "checkArgument"))
"""Functions that throw unless their first argument holds."""
_COMPARING = frozenset(("==", "!=", "is", "in", "not in"))


class Demand(NamedTuple):
    """A condition that a function demands, and the place in the trace behind which what follows hangs on it."""

    condition: ir.Value
    order: int


def demands(events: Sequence[Event]) -> Iterator[Demand]:
    """What the functions of a trace demand, each from the call on that runs the function."""
    for event in events:
        if event.kind == "call" and event.callee is not None:
            yield from (Demand(one, event.order) for one in _demanded(event.callee))


def frames_of(events: Sequence[Event]) -> list[Frame]:
    """The functions of a trace, those in which nothing happens that it shows included."""
    found = {id(level.frame): level.frame for event in events for level in levels(event)}
    found.update((id(one.callee), one.callee) for one in events if one.callee is not None)
    return list(found.values())


def _demanded(function: Frame) -> Iterator[ir.Value]:
    body = function.function.body or () if function.function is not None else ()
    for statement in statements_in(body):
        value = statement.value if isinstance(statement, ir.Evaluate) else None
        if isinstance(value, ir.Call) and last_name(value.callee) in _DEMANDING and value.args:
            yield value.args[0].value


def is_denied(condition: ir.Value, given: Mapping[str, set[str]]) -> bool:
    """Whether a condition no longer holds once fields have some of the values that they are given: how each value is written."""
    if not isinstance(condition, ir.Operation):
        return False
    if condition.operator == "and":
        return any(is_denied(one, given) for one in condition.operands)
    if condition.operator not in _COMPARING or len(condition.operands) != 2:
        return False
    field, other = condition.operands
    values = given.get(last_name(field), set()) - {""}
    wanted = {written(one) for one in (other.items if isinstance(other, ir.Sequence) else (other,))}
    return bool(values & wanted) if condition.operator in ("!=", "not in") else bool(values - wanted)
