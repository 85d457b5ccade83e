"""What is tried another way where the first gave nothing (``try: x = first() except: pass`` … ``if not x: x = second()``)."""

from __future__ import annotations

from collections.abc import Iterable

from eventlens import ir
from eventlens.behaviour.paths import statements_around
from eventlens.flow.scopes import Frame
from eventlens.flow.walk import statements_in, values_in


def is_tried_another_way(attempt: ir.Try, frame: Frame) -> bool:
    """Whether what an attempt was to give is got by another call below it, where the attempt left it empty."""
    wanted = _assigned_by_calls(attempt.body)
    return any(
        one.start >= attempt.end and bool(_got_where_missing(one) & wanted)
        for one in (statements_around(frame) if wanted else ())
    )


def _got_where_missing(statement: ir.Statement) -> set[str]:
    """The names that a statement gives a value by a call where they have none (``if not x: x = f()``, ``x = x or f()``)."""
    if isinstance(statement, ir.Branch):
        return _missing_in(statement.condition) & _assigned_by_calls(statement.then)
    if isinstance(statement, ir.Assign) and isinstance(statement.target, ir.Name):
        first, *others = statement.value.options if isinstance(statement.value, ir.Choice) else (None,)
        if isinstance(first, ir.Name) and first.name == statement.target.name and any(map(_calls, others)):
            return {first.name}
    return set()


def _missing_in(condition: ir.Value) -> set[str]:
    """The names of which a test asks whether they hold nothing."""
    if not isinstance(condition, ir.Operation):
        return set()
    names = {one.name for one in condition.operands if isinstance(one, ir.Name)}
    if condition.operator == "not":
        return names
    nothing = any(isinstance(one, ir.Literal) and one.value is None for one in condition.operands)
    undefined = "undefined" in names
    return names - {"undefined"} if condition.operator in ("==", "is") and (nothing or undefined) else set()


def _assigned_by_calls(body: Iterable[ir.Statement]) -> set[str]:
    return {
        one.target.name
        for one in statements_in(body)
        if isinstance(one, ir.Assign)
        and isinstance(one.target, ir.Name)
        and one.value is not None
        and _calls(one.value)
    }


def _calls(value: ir.Value) -> bool:
    return any(isinstance(inner, ir.Call) for inner in values_in(value))
