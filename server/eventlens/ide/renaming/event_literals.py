"""What a literal that reads like an event's name means where it stands: the name of the event, or something that is not known."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import msgspec

from eventlens import ir

_COMPARING = frozenset(("==", "!=", "in", "not in"))
_EQUALITY = frozenset(
    ("equals", "Equals", "equalsIgnoreCase", "EqualFold", "contentEquals", "StartsWith", "localeCompare")
)
_STATING = frozenset(
    (
        "eventtype",
        "type",
        "eventname",
        "event",
        "kind",
        "name",
        "detailtype",
        "messagetype",
        "topic",
        "const",
        "stringvalue",
    )
)
"""Keys, without separators and in lower case, whose value is the name of an event."""


class FoundLiteral(NamedTuple):
    """A text at some bytes; ``is_name`` where what stands around it shows that it names an event."""

    node: ir.Node
    is_name: bool


def literals_of(module: ir.Module, text: str) -> Iterator[FoundLiteral]:
    """The literals, keys and literal types of a module that are just the text."""
    waiting: list[tuple[Any, tuple[ir.Node, ...]]] = [(module.body, ())]
    while waiting:
        one, around = waiting.pop()
        if isinstance(one, tuple):
            waiting.extend((item, around) for item in one)
        elif isinstance(one, msgspec.Struct):
            if isinstance(one, ir.Node):
                if _is(one, text):
                    yield FoundLiteral(one, _is_name(one, around))
                around = (*around, one)
            waiting.extend((getattr(one, field), around) for field in one.__struct_fields__)


def is_constant(node: ir.Node) -> bool:
    """Whether a text is the key of an entry that holds a text itself: the name of a constant, not of an event."""
    return isinstance(node, ir.Field) and isinstance(node.value, ir.Literal)


def _is(node: ir.Node, text: str) -> bool:
    if isinstance(node, ir.Literal):
        return node.value == text and not node.is_regex
    if isinstance(node, ir.TypeRef):
        return node.name == '"' and node.literal == text
    return isinstance(node, ir.Field) and node.key == text


def _is_name(node: ir.Node, around: tuple[ir.Node, ...]) -> bool:
    if not isinstance(node, ir.Literal):
        return not is_constant(node)
    above = [one for one in reversed(around) if not isinstance(one, ir.Sequence | ir.Choice)]
    parent = above[0] if above else None
    if isinstance(parent, ir.Operation):
        return parent.operator in _COMPARING
    if isinstance(parent, ir.Field):
        return parent.key is not None and _plain(parent.key) in _STATING
    if isinstance(parent, ir.Argument):
        call = above[1] if len(above) > 1 else None
        named = parent.name is not None and _plain(parent.name) in _STATING
        return named or (isinstance(call, ir.Call) and _called(call) in _EQUALITY)
    if isinstance(parent, ir.Member):
        return parent.name in _EQUALITY
    return isinstance(parent, ir.Assign | ir.ClassField | ir.Return | ir.Parameter | ir.TypeRef | ir.Index)


def _called(call: ir.Call) -> str:
    return call.callee.name if isinstance(call.callee, ir.Member | ir.Name) else ""


def _plain(key: str) -> str:
    return key.replace("_", "").replace("-", "").lower()
