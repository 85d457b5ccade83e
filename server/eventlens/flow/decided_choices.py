"""Which option of a conditional value a caller decides: ``when (target) { Target.ORDERS -> orders; else -> refunds }`` with the target that it passes."""

from __future__ import annotations

from collections.abc import Iterator

from eventlens import ir
from eventlens.flow.denotations import Denotation, EnumMember, Environment, Scalar
from eventlens.flow.evaluation import Evaluator
from eventlens.flow.program import Frame
from eventlens.flow.walk import values_in


def decided(
    evaluator: Evaluator, value: ir.Value, frame: Frame, environment: Environment
) -> Iterator[tuple[ir.Value, ir.Value]]:
    """For each choice of two options inside a value whose condition is decided: the option that is taken, and the other."""
    for one in values_in(value):
        if isinstance(one, ir.Choice) and one.condition is not None and len(one.options) == 2:
            held = _holds(evaluator, one.condition, frame, environment)
            if held is not None:
                first, second = one.options
                yield (first, second) if held else (second, first)


def _holds(evaluator: Evaluator, condition: ir.Value, frame: Frame, environment: Environment) -> bool | None:
    """Whether a comparison of two known constants holds; None where that is not known."""
    if (
        not isinstance(condition, ir.Operation)
        or condition.operator not in ("==", "!=")
        or len(condition.operands) != 2
    ):
        return None
    sides = [evaluator.evaluate(one, frame, environment) for one in condition.operands]
    known = [_constant(side[0]) if len(side) == 1 else None for side in sides]
    if known[0] is None or known[1] is None or type(known[0]) is not type(known[1]):
        return None
    return (known[0] == known[1]) is (condition.operator == "==")


def _constant(value: Denotation) -> object:
    if isinstance(value, EnumMember):
        return id(value.index), value.name
    return value.value if isinstance(value, Scalar) else None
