"""What becomes of an object literal between where it is written and where it is sent: entries put into it, functions that it is handed to."""

from __future__ import annotations

from collections.abc import Collection

from eventlens import ir
from eventlens.flow.denotations import FunctionRef, Opaque, Record
from eventlens.flow.evaluation import Evaluator
from eventlens.flow.program import Frame, last_name

_ADDING = frozenset(
    ("assign", "merge", "extend", "defaults", "defaultsDeep", "update", "setdefault", "putAll", "copyProperties", "mapTo")
)  # fmt: skip
"""Functions and methods that put what they are given into an object."""


def takers_of(evaluator: Evaluator, record: Record, sending: Collection[int]) -> list[Frame] | None:
    """The functions of the workspace that an object is handed to; None where something may be put into it that is not known.

    ``sending``: the calls, by identity, that send it."""
    names = _names_of(record)
    if not names:
        return []
    entries = [one for name in names for one in record.frame.module.entries.get(name, ()) if one.frame is record.frame]
    if not all(isinstance(one.key, ir.Literal) for one in entries):
        return None
    found: list[Frame] = []
    for call in record.frame.calls:
        if call.start < record.node.end or id(call) in sending:
            continue
        if _is_method_of(call, names):
            if last_name(call.callee) in _ADDING:
                return None
        elif any(isinstance(one.value, ir.Name) and one.value.name in names for one in call.args):
            taker = _taker(evaluator, call, record.frame)
            if taker is None:
                return None
            found.extend(taker)
    return found


def _taker(evaluator: Evaluator, call: ir.Call, frame: Frame) -> list[Frame] | None:
    """The function of the workspace that is called; None where it is not known or adds to what it is given."""
    if last_name(call.callee) in _ADDING:
        return None
    meant = evaluator.evaluate(call.callee, frame)
    if isinstance(call.callee, ir.Name) and any(isinstance(one, Opaque) for one in meant):
        return None
    return [one.frame for one in meant if isinstance(one, FunctionRef)]


def _names_of(record: Record) -> set[str]:
    """The local names that hold an object."""
    return {
        name
        for name, definitions in record.frame.definitions.items()
        if any(one.kind == "value" and one.value is record.node for one in definitions)
    }


def _is_method_of(call: ir.Call, names: set[str]) -> bool:
    callee = call.callee
    return isinstance(callee, ir.Member) and isinstance(callee.object, ir.Name) and callee.object.name in names
