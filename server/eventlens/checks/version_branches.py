"""Branches of a handler on the version of its message's shape."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from eventlens import ir
from eventlens.config.name_words import words_of
from eventlens.flow.noted_reads import NotedRead, Path
from eventlens.flow.scopes import Frame
from eventlens.flow.walk import values_in

_SURELY = re.compile(
    r"^(?:event|message|payload|schema|contract|format|data|envelope) (?:schema |format |type )?(?:version|ver)$|^schema (?:id|rev|revision)$"
)
"""The words of a field that is the version of the message's shape."""
_PERHAPS = frozenset(("version", "ver", "v"))
"""What a field is called that may as well count the changes of a thing."""
_AROUND = frozenset(
    (
        "metadata",
        "meta",
        "header",
        "headers",
        "envelope",
        "event",
        "message",
        "context",
        "payload",
        "data",
        "detail",
        "value",
        "body",
        "content",
        "attributes",
        "properties",
    )
)
"""Fields in which a message says something of itself, or is."""
_VERSION = re.compile(r"^[vV]?\d+(?:\.\d+)*(?:\.[xX*])?\.?$")
"""A version as a text."""
_COMPARING = frozenset(("==", "!=", "<", "<=", ">", ">="))
_COMPARING_CALLS = frozenset(
    (
        "equals",
        "Equals",
        "equalsIgnoreCase",
        "startsWith",
        "StartsWith",
        "startswith",
        "HasPrefix",
        "EqualFold",
        "compareTo",
        "contentEquals",
    )
)


class Asked(NamedTuple):
    """A branch asks which version a message has."""

    branch: ir.Branch
    frame: Frame
    at: ir.Value
    """What stands for the version in the condition."""
    field: str
    operator: str
    versions: frozenset[str | int | float]
    is_sure: bool
    """Whether the field, or what it is compared with, says that it is the version of the shape."""


def may_ask(condition: ir.Value, frame: Frame) -> bool:
    """Whether a condition mentions something that is called like a version: asked of each before anything is read."""
    names = map(_name_in, _mentioned(condition, frame))
    return any("ver" in name.lower() or name in _PERHAPS for name in names)


def asked_by(branch: ir.Branch, frame: Frame, reads: Iterable[NotedRead]) -> Asked | None:
    """What a branch asks of the version among the parts of the message that are read; None where it asks something else."""
    versions, operator = frozenset(_versions(branch.condition)), _operator(branch.condition)
    if not versions or not operator:
        return None
    for value in values_in(branch.condition):
        field = next((one.path for one in reads if _is_version(one.path) and _reads(value, frame, one)), None)
        if field is not None:
            is_sure = _SURELY.match(_spoken(field[-1])) is not None or all(isinstance(one, str) for one in versions)
            return Asked(branch, frame, value, ".".join(field), operator, versions, is_sure)
    return None


def _operator(condition: ir.Value) -> str:
    """How a condition compares, "" for one that asks more than which version it is."""
    if isinstance(condition, ir.Call):
        return "==" if _called(condition) in _COMPARING_CALLS else ""
    if not isinstance(condition, ir.Operation):
        return ""
    if condition.operator == "or":
        parts = {_operator(one) for one in condition.operands}
        return parts.pop() if len(parts) == 1 else ""
    if condition.operator == "in":
        return "=="
    if condition.operator == "not" and len(condition.operands) == 1:
        return "!=" if _operator(condition.operands[0]) == "==" else ""
    return condition.operator if condition.operator in _COMPARING else ""


def _versions(condition: ir.Value) -> Iterator[str | int | float]:
    for one in values_in(condition):
        value = one.value if isinstance(one, ir.Literal) and not isinstance(one.value, bool) else None
        if isinstance(value, int | float) or (isinstance(value, str) and _VERSION.match(value)):
            yield value


def _mentioned(condition: ir.Value, frame: Frame) -> Iterator[ir.Value]:
    """What stands in a condition, and what its names were given."""
    for one in values_in(condition):
        yield one
        for each in frame.definitions.get(one.name, ()) if isinstance(one, ir.Name) else ():
            yield from values_in(each.value)


def _reads(value: ir.Value, frame: Frame, read: NotedRead) -> bool:
    """Whether a value is a part of the message that is read there, or a name that holds it."""
    if read.frame is not frame:
        return False
    if isinstance(value, ir.Name):
        return any(_gives(each.value, each.path, read) for each in frame.definitions.get(value.name, ()))
    return isinstance(value, ir.Member | ir.Call | ir.Index) and _is_within(read.node, value)


def _gives(value: ir.Value | None, path: Iterable[object], read: NotedRead) -> bool:
    """Whether a name that is defined so holds a part that is read there."""
    steps = [step for step in path if isinstance(step, str)]
    if steps:
        return steps[-1] == read.path[-1]
    return value is not None and _is_within(read.node, value)


def _is_within(node: ir.Node, around: ir.Node) -> bool:
    return around.start <= node.start and node.end <= around.end


def _is_version(path: Path) -> bool:
    if _SURELY.match(_spoken(path[-1])):
        return True
    return _spoken(path[-1]) in _PERHAPS and all(
        words_of(one)[-1:] and words_of(one)[-1] in _AROUND for one in path[:-1]
    )


def _spoken(name: str) -> str:
    return " ".join(words_of(name))


def _name_in(value: ir.Value) -> str:
    if isinstance(value, ir.Name | ir.Member):
        return value.name
    if isinstance(value, ir.Call):
        given = [str(one.value.value) for one in value.args if isinstance(one.value, ir.Literal)]
        return " ".join((_called(value), *given))
    return ""


def _called(call: ir.Call) -> str:
    return call.callee.name if isinstance(call.callee, ir.Name | ir.Member) else ""


def told_apart(asked: Iterable[Asked]) -> bool:
    """Whether branches together certainly tell versions of the shape apart: the field says so, or is compared with several."""
    several = list(asked)
    exact = (one.versions for one in several if one.operator == "==")
    return any(one.is_sure for one in several) or len(frozenset[str | int | float]().union(*exact)) > 1
