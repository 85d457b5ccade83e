"""Which of several functions of one name a call means: by how many arguments it gives, and of what types they are."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from eventlens import ir
from eventlens.flow import class_hierarchy, written_types
from eventlens.flow.denotations import ClassRef, Denotation, External, FunctionRef, Instance, Parameter, Receiver
from eventlens.flow.scopes import Frame
from eventlens.flow.type_texts import is_nothing

if TYPE_CHECKING:
    from eventlens.flow.evaluation import Denotations, Evaluator

_ANYTHING = frozenset(("object", "Object", "Any", "any", "dynamic", "unknown"))
_NEAREST = 100
"""How well a type fits that is the argument's own; one less for each base that lies nearer to it."""


def applicable(evaluator: Evaluator, meanings: Denotations, call: ir.Call, frame: Frame) -> Denotations:
    """What a callee means, of several functions of one name those that take what the call gives."""
    functions = [item for item in meanings if isinstance(item, FunctionRef)]
    inherited = tuple(_inherited(evaluator, functions, call))
    if inherited:
        return (*(item for item in meanings if not isinstance(item, FunctionRef)), *inherited)
    if len(functions) < 2:
        return meanings
    fitting = [item for item in functions if _takes(item, call)] or functions
    fitting = _best(evaluator, fitting, call, frame)
    if len(fitting) == len(functions):
        return meanings
    return tuple(item for item in meanings if not isinstance(item, FunctionRef) or item in fitting)


def _inherited(evaluator: Evaluator, functions: list[FunctionRef], call: ir.Call) -> Iterator[FunctionRef]:
    """Where none of a class's functions of a name takes what a call gives, those of its bases that do."""
    if any(_takes(item, call) for item in functions):
        return
    for item in functions[:1]:
        name = item.frame.function.name if item.frame.function is not None else ""
        for index in class_hierarchy.bases(evaluator, item.frame.cls) if item.frame.cls is not None else ():
            if index is item.frame.cls or name not in index.methods:
                continue
            for method in index.overloads.get(name, (index.methods[name],)):
                callee = FunctionRef(method, item.receiver, item.environment)
                if method.function is not None and method.function.body is not None and _takes(callee, call):
                    yield callee


def _takes(callee: FunctionRef, call: ir.Call) -> bool:
    """Whether a function takes as many arguments as a call gives."""
    function = callee.frame.function
    if function is None or any(argument.spread for argument in call.args):
        return True
    given = len(call.args)
    if any(parameter.kind in ("rest", "keywords") for parameter in function.parameters):
        return given >= sum(
            parameter.kind == "normal" and parameter.default is None for parameter in function.parameters
        )
    needed = sum(parameter.default is None and not parameter.optional for parameter in function.parameters)
    return needed <= given <= len(function.parameters)


def _best(evaluator: Evaluator, functions: list[FunctionRef], call: ir.Call, frame: Frame) -> list[FunctionRef]:
    """Of overloads of one class those whose parameters' types fit the arguments best; all where types do not tell."""
    owners: dict[int, list[FunctionRef]] = {}
    for item in functions:
        owners.setdefault(id(item.frame.cls), []).append(item)
    chosen: list[FunctionRef] = []
    for group in owners.values():
        if len({id(item.frame) for item in group}) < 2:  # one function, of several receivers
            chosen.extend(group)
            continue
        fits = [_fit(evaluator, item, call, frame) for item in group]
        known = [fit for fit in fits if fit is not None]
        best = max(known, default=None)
        chosen.extend(item for item, fit in zip(group, fits, strict=True) if best is None or fit == best)
    return chosen


def _fit(evaluator: Evaluator, callee: FunctionRef, call: ir.Call, frame: Frame) -> int | None:
    """How well a function's parameters fit a call's arguments; None where one cannot be given."""
    function = callee.frame.function
    assert function is not None
    total = 0
    for position, argument in enumerate(call.args):
        parameter = next((one for one in function.parameters if one.name == argument.name), None)
        if argument.name is None and position < len(function.parameters):
            parameter = function.parameters[position]
        if parameter is None or parameter.type is None:
            continue
        fit = _fit_of(evaluator, parameter.type, function, argument.value, callee.frame, frame)
        if fit is None:
            return None
        total += fit
    return total


def _fit_of(
    evaluator: Evaluator, written: ir.TypeRef, function: ir.Function, value: ir.Value, outer: Frame, frame: Frame
) -> int | None:
    if written.name in function.type_parameters:
        return 1
    if written.name == "|":
        parts = [part for part in written.args if not is_nothing(part)]
        if len(parts) != 1:
            return 0
        written = parts[0]
    values = [one for item in evaluator.evaluate(value, frame) for one in _objects(evaluator, item)]
    if not values or written.name in _ANYTHING:
        return 0
    fits = [_fit_of_object(evaluator, written, one, outer) for one in values]
    known = [fit for fit in fits if fit is not None]
    return max(known) if known else None


def _objects(evaluator: Evaluator, item: Denotation) -> list[Instance | Receiver]:
    if isinstance(item, Instance | Receiver):
        return [item]
    if isinstance(item, Parameter):
        return [one for one in written_types.declared_types(evaluator, item) if isinstance(one, Instance)]
    return []


def _fit_of_object(evaluator: Evaluator, written: ir.TypeRef, value: Instance | Receiver, outer: Frame) -> int | None:
    wanted = written_types.reference(evaluator, written, outer.parent or outer)
    bases = list(class_hierarchy.bases(evaluator, value.index))
    for item in wanted:
        if isinstance(item, ClassRef) and item.index in bases:
            return _NEAREST - bases.index(item.index)
    if any(isinstance(item, ClassRef) for item in wanted):
        return None
    outside = {
        base.path[-1]
        for base, _, _ in class_hierarchy.external_bases(evaluator, value.index)
        if isinstance(base, External) and base.path
    }
    names = {item.path[-1] for item in wanted if isinstance(item, External) and item.path}
    return None if names and names.isdisjoint(outside) else 0
