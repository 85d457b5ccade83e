"""Code that runs only for values of a type (``if (command is IDelayed)``): whether what a chain of calls hands over may be one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from eventlens import ir
from eventlens.flow import class_hierarchy, written_types
from eventlens.flow.call_chains import Caller, binding_environment
from eventlens.flow.denotations import ClassRef, Denotation, Environment, Instance
from eventlens.flow.scopes import ClassIndex, Frame
from eventlens.flow.walk import statements_in

if TYPE_CHECKING:
    from eventlens.flow.evaluation import Evaluator


def is_ruled_out(evaluator: Evaluator, frame: Frame, call: ir.Value, chain: Sequence[Caller]) -> bool:
    """Whether a call, or one of the calls that lead to it (``chain``, innermost first), stands where a test of a type does not let
    through what the outermost call gives."""
    steps = [(frame, call), *((one.frame, one.call) for one in chain[:-1])]
    return any(
        _never_holds(evaluator, test, inside, wanted, binding_environment(list(chain[at:]), evaluator))
        for at, (inside, step) in enumerate(steps)
        for test, wanted in _tests_around(inside, step)
    )


def _tests_around(frame: Frame, call: ir.Value) -> Iterator[tuple[ir.Operation, bool]]:
    """The tests of a type that decide about a call, each with whether it has to hold."""
    for one in statements_in(frame.function.body or ()) if frame.function is not None else ():
        if not isinstance(one, ir.Branch):
            continue
        for arm, wanted in ((one.then, True), (one.orelse, False)):
            if arm and arm[0].start <= call.start < arm[-1].end:
                yield from ((test, wanted) for test in _tests(one.condition, wanted))


def _tests(condition: ir.Value, wanted: bool) -> Iterator[ir.Operation]:
    """The tests that all have to hold where a condition holds (``wanted``), or must fail where it does not."""
    if not isinstance(condition, ir.Operation):
        return
    if condition.operator == "instanceof" and len(condition.operands) == 2:
        yield condition
    elif condition.operator == ("and" if wanted else "or"):
        for one in condition.operands:
            yield from _tests(one, wanted)


def _never_holds(
    evaluator: Evaluator, test: ir.Operation, frame: Frame, wanted: bool, environment: Environment
) -> bool:
    subject, tested = test.operands
    subject = subject.value if isinstance(subject, ir.AssignValue) else subject
    if not isinstance(subject, ir.Name):
        return False
    types = [one.index for one in evaluator.evaluate(tested, frame) if isinstance(one, ClassRef)]
    values = [
        _class_of(evaluator, one) for one in evaluator.substitute_all(evaluator.evaluate(subject, frame), environment)
    ]
    if not types or not values:
        return False
    return all(one is not None and _is_one(evaluator, one, types) is not wanted for one in values)


def _class_of(evaluator: Evaluator, value: Denotation) -> ClassIndex | None:
    """The class of a value that is made somewhere, or declared as a class that may be made; None where it may be another."""
    for one in (value, *written_types.declared_types(evaluator, value)):
        if isinstance(one, Instance) and (one.call is not None or _may_be_made(one.index)):
            return one.index
    return None


def _may_be_made(index: ClassIndex) -> bool:
    return index.definition.kind == "class" and not index.definition.is_abstract


def _is_one(evaluator: Evaluator, index: ClassIndex, types: Sequence[ClassIndex]) -> bool:
    return any(base in types for base in class_hierarchy.bases(evaluator, index))
