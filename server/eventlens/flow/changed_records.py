"""What becomes of an object literal between where it is written and where it is sent: entries put into it, functions that it is handed to."""

from __future__ import annotations

import re
from collections.abc import Collection

from eventlens import ir
from eventlens.flow.denotations import FunctionRef
from eventlens.flow.evaluation import Evaluator
from eventlens.flow.module_index import last_name
from eventlens.flow.scopes import Frame
from eventlens.flow.walk import statements_in

_ADDING = frozenset(
    ("assign", "merge", "extend", "defaults", "defaultsDeep", "update", "setdefault", "putAll", "copyProperties", "mapTo")
)  # fmt: skip
"""Functions and methods that put what they are given into an object."""
_PUTTING = frozenset(("put", "putIfAbsent", "set", "add", "setProperty"))
_GROWING = frozenset(("append", "push", "extend", "insert", "unshift", "addAll", "Add"))
"""Methods that put something into a list."""
_LEAVING = re.compile(
    r"(?i)log|debug|info|warn|error|trace|print|publish|send|emit|produce|dispatch|enqueue|notify|add|put|push|write|save|validate|assert"
    r"|stringify|dumps|encode|serialize"
)
"""How functions outside the workspace are called that leave what they are given as it is; what they construct holds it."""


def takers_of(
    evaluator: Evaluator, node: ir.Value, frame: Frame, sending: Collection[int], entries_are_known: bool = False
) -> list[Frame] | None:
    """The functions of the workspace that the object made at ``node`` is handed to; None where something may be put into it that is not known.

    ``sending``: the calls, by identity, that send it. ``entries_are_known``: whether what is put in under a key was seen."""
    if _is_filled_by_methods(node, frame):
        return None
    names = _names_of(node, frame)
    if not names:
        return []
    body = frame.function.body if frame.function is not None else frame.module.module.body
    filled = [one for statement in statements_in(body or ()) if (one := _filled_by(statement, names)) is not None]
    if not all(entries_are_known and isinstance(one.object, ir.Name) for one in filled):
        return None
    found: list[Frame] = []
    for call in frame.calls:
        if call.start < node.end or id(call) in sending:
            continue
        if any(_is_filling(one.value, names) for one in call.args):
            return None
        if _is_member_of(call.callee, names):
            if last_name(call.callee) in _ADDING:
                return None
        elif any(isinstance(one.value, ir.Name) and one.value.name in names for one in call.args):
            takers = _takers(evaluator, call, frame)
            if takers is None:
                return None
            found.extend(takers)
    return found


def _is_filled_by_methods(node: ir.Value, frame: Frame) -> bool:
    """Whether an object is kept as a member of ``this``, and a method of the class puts something into what is kept there."""
    if frame.cls is None:
        return False
    kept = {name for name, given in frame.cls.assigned.items() if any(_holds(value, node) for _, value in given)}
    return bool(kept) and any(_fills_own(method, kept) for method in frame.cls.methods.values())


def _fills_own(method: Frame, kept: Collection[str]) -> bool:
    growing = _ADDING | _PUTTING | _GROWING
    filled = [one.callee for one in method.calls if isinstance(one.callee, ir.Member) and one.callee.name in growing]
    if any(_own_member(one.object) in kept for one in filled):
        return True
    body = method.function.body if method.function is not None else None
    targets = [one.target for one in statements_in(body or ()) if isinstance(one, ir.Assign)]
    return any(_own_member(one.object) in kept for one in targets if isinstance(one, ir.Member | ir.Index))


def _own_member(value: ir.Value) -> str:
    """The member of ``this`` that a value is, or is a part of; "" for any other."""
    while isinstance(value, ir.Member | ir.Index):
        if isinstance(value, ir.Member) and isinstance(value.object, ir.This):
            return value.name
        value = value.object
    return ""


def is_left_alone(frame: Frame) -> bool:
    """Whether a function gives no member of one of its parameters a value."""
    function = frame.function
    if function is None:
        return True
    given = {one.name for one in function.parameters}
    return all(_filled_by(one, given) is None for one in statements_in(function.body or ()))


def _filled_by(statement: ir.Statement, names: Collection[str]) -> ir.Member | ir.Index | None:
    """The place in one of some objects that a statement gives a value."""
    target = statement.target if isinstance(statement, ir.Assign) else None
    return target if isinstance(target, ir.Member | ir.Index) and _root(target) in names else None


def _root(value: ir.Value) -> str:
    while isinstance(value, ir.Member | ir.Index):
        value = value.object
    return value.name if isinstance(value, ir.Name) else ""


def _takers(evaluator: Evaluator, call: ir.Call, frame: Frame) -> list[Frame] | None:
    """The functions of the workspace that are called; None where they are not known or add to what they are given."""
    name = last_name(call.callee)
    if name in _ADDING:
        return None
    taking = [one.frame for one in evaluator.evaluate(call.callee, frame) if isinstance(one, FunctionRef)]
    if not taking:
        return [] if _LEAVING.search(name) or name[:1].isupper() else None
    return taking if all(map(is_left_alone, taking)) else None


def _names_of(node: ir.Value, frame: Frame) -> set[str]:
    """The local names that hold an object, also one that holds it in another object or in a list."""
    return {
        name
        for name, definitions in frame.definitions.items()
        if any(one.kind == "value" and not one.path and _holds(one.value, node) for one in definitions)
    }


def _holds(value: ir.Value | None, node: ir.Value) -> bool:
    if value is node:
        return True
    if isinstance(value, ir.Object):
        return any(_holds(one.value, node) for one in value.fields)
    if isinstance(value, ir.Sequence):
        return any(_holds(one, node) for one in value.items)
    return isinstance(value, ir.Choice) and any(_holds(one, node) for one in value.options)


def _is_filling(value: ir.Value, names: set[str]) -> bool:
    """Whether a value is the method of one of some objects that puts something into it (``forEach(fields::put)``)."""
    return _is_member_of(value, names) and last_name(value) in _ADDING | _PUTTING


def _is_member_of(value: ir.Value, names: set[str]) -> bool:
    return isinstance(value, ir.Member) and isinstance(value.object, ir.Name) and value.object.name in names
