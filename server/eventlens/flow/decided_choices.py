"""What a caller decides by the constants that it passes.

Which option of a conditional value is taken (``when (target) { Target.ORDERS -> orders; else -> refunds }`` with the target that it
passes), and which arm of a branch runs (``if (publish)`` in a function that is called with ``false``, ``if (options?.daily)`` in one that
is called without options).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from eventlens import ir
from eventlens.flow.call_chains import Caller, binding_environment
from eventlens.flow.denotations import Denotation, EnumMember, Environment, FunctionRef, Scalar
from eventlens.flow.evaluation import Evaluator
from eventlens.flow.scopes import Frame
from eventlens.flow.walk import child_blocks, values_in


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


def is_never_reached(evaluator: Evaluator, frame: Frame, call: ir.Value, chain: Sequence[Caller]) -> bool:
    """Whether a call, or one of the calls that lead to it (``chain``, innermost first), stands where the truth values that the outermost
    call passes do not let the function get."""
    steps = [(frame, call), *((one.frame, one.call) for one in chain[:-1])]
    for at, (inside, step) in enumerate(steps):
        environment = binding_environment(list(chain[at:]), evaluator)
        body = inside.function.body if inside.function is not None else None
        if body and _is_shut_off(evaluator, body, step, inside, environment):
            return True
    return bool(chain) and _is_never_entered(evaluator, frame, chain)


def _is_never_entered(evaluator: Evaluator, frame: Frame, chain: Sequence[Caller]) -> bool:
    """Whether the function that is called makes what another one sends with (``queue = new Queue(name)``), and hands it there only where
    the call does not let it get."""
    maker = chain[0].callee.frame
    body = maker.function.body if maker.function is not None else None
    if maker is frame or not body or frame.module is not maker.module or frame.cls is not None:
        return False
    leading = [
        call for call in maker.calls if isinstance(call.callee, ir.Name) and _runs(evaluator, call, maker, frame)
    ]
    environment = binding_environment(list(chain), evaluator)
    return bool(leading) and all(_is_shut_off(evaluator, body, call, maker, environment) for call in leading)


def _runs(evaluator: Evaluator, call: ir.Call, caller: Frame, frame: Frame) -> bool:
    return any(isinstance(one, FunctionRef) and one.frame is frame for one in evaluator.evaluate(call.callee, caller))


def _is_shut_off(
    evaluator: Evaluator, body: Sequence[ir.Statement], call: ir.Value, frame: Frame, environment: Environment
) -> bool:
    for statement in body:
        if isinstance(statement, ir.Branch):
            holds = held(evaluator, statement.condition, frame, environment)
            taken = () if holds is None else statement.then if holds else statement.orelse
            other = () if holds is None else statement.orelse if holds else statement.then
            if _holds_call(other, call) or (taken and not _holds_call(taken, call) and _leaves(taken, call)):
                return True
        for block in child_blocks(statement):
            if _holds_call(block, call):
                return _is_shut_off(evaluator, block, call, frame, environment)
    return False


def _holds_call(block: Sequence[ir.Statement], call: ir.Value) -> bool:
    return bool(block) and block[0].start <= call.start < block[-1].end


def _leaves(block: Sequence[ir.Statement], call: ir.Value) -> bool:
    """Whether a block before a call ends the function."""
    return block[-1].end <= call.start and isinstance(block[-1], ir.Return | ir.Throw)


def held(evaluator: Evaluator, condition: ir.Value, frame: Frame, environment: Environment) -> bool | None:
    """Whether a condition made of parameters holds for the truth values that a caller passes; None where they do not decide it."""
    if isinstance(condition, ir.Operation):
        if condition.operator not in ("not", "and", "or"):
            return None
        parts = [held(evaluator, one, frame, environment) for one in condition.operands]
        if condition.operator == "not":
            return None if parts[0] is None else not parts[0]
        decisive = condition.operator == "or"
        if any(part is decisive for part in parts):
            return decisive
        return None if None in parts else not decisive
    if isinstance(condition, ir.Choice) and condition.condition is None:
        parts = [held(evaluator, one, frame, environment) for one in condition.options]
        return next((part for part in parts if part is not False), False)
    base = condition.object if isinstance(condition, ir.Member) else condition
    if not isinstance(base, ir.Name) or not _is_never_assigned(base.name, frame):
        return None
    if _is_left_out(base.name, frame, environment):
        return False
    found = evaluator.evaluate(condition, frame, environment)
    value = found[0] if len(found) == 1 else None
    return value.value if isinstance(value, Scalar) and isinstance(value.value, bool) else None


def _is_never_assigned(name: str, frame: Frame) -> bool:
    """Whether a name is a parameter of the function that stays what the caller passed."""
    definitions = frame.definitions.get(name, ())
    return bool(definitions) and all(one.kind == "parameter" for one in definitions)


def _is_left_out(name: str, frame: Frame, environment: Environment) -> bool:
    """Whether the call that led to a function gives nothing for a parameter that has no default: there is nothing in it."""
    parameters = frame.function.parameters if frame.function is not None else ()
    at = next((index for index, one in enumerate(parameters) if one.name == name), None)
    made = next((one for one in environment if one.frame is frame), None)
    if at is None or made is None or parameters[at].kind != "normal" or parameters[at].default is not None:
        return False
    given = made.call.args[made.first :]
    return len(given) <= at and not any(one.spread or one.name for one in given)


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
