"""The elements that a function is run with which a list is given (``orders.forEach { send(it) }``)."""

from __future__ import annotations

from eventlens import ir
from eventlens.flow import members
from eventlens.flow.denotations import Denotation, Parameter, Part
from eventlens.flow.evaluation import Evaluator
from eventlens.flow.module_index import last_name
from eventlens.flow.passed_values import root_of

_ITERATING = frozenset(
    ("forEach", "ForEach", "onEach", "each", "map", "Select", "flatMap", "mapNotNull", "doOnNext", "forEachOrdered")
)
_PASSING_ON = frozenset(
    (
        "stream",
        "parallelStream",
        "asSequence",
        "filter",
        "filterNot",
        "sorted",
        "distinct",
        "toList",
        "Where",
        "ToList",
        "onEach",
        "peek",
    )
)
"""Methods that give the same elements, or fewer."""


def iterated_with(evaluator: Evaluator, value: Parameter) -> tuple[Denotation, ...]:
    """What the parameter of a function stands for that a list runs with each of its elements; () for any other."""
    function = value.frame.function
    site = value.frame.module.handed.get((function.start, function.end)) if function is not None else None
    if site is None or function is None or last_name(site.call.callee) not in _ITERATING or not _is_first(value):
        return ()
    listed = site.call.callee.object if isinstance(site.call.callee, ir.Member) else None
    while isinstance(listed, ir.Call) and isinstance(listed.callee, ir.Member) and listed.callee.name in _PASSING_ON:
        listed = listed.callee.object
    if listed is None:
        return ()
    found: list[Denotation] = []
    for one in evaluator.evaluate(listed, site.frame):
        hangs = isinstance(one, Parameter | Part) and isinstance(root_of(one), Parameter)
        elements = members.elements(evaluator, one, listed, site.frame) or ((Part(one, "[]"),) if hangs else ())
        if not elements:
            return ()
        found.extend(elements)
    return tuple(found)


def _is_first(value: Parameter) -> bool:
    function = value.frame.function
    parameters = function.parameters if function is not None else ()
    return value.name in ("#0", "it") or bool(parameters and parameters[0].name == value.name)
