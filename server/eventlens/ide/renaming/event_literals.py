"""What a literal that reads like an event's name means where it stands: the name of the event, or something that is not known."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

import msgspec

from eventlens import ir

_COMPARING = frozenset(("==", "!=", "in", "not in"))
_EQUALITY = frozenset(("equals", "Equals", "equalsIgnoreCase", "EqualFold", "contentEquals", "localeCompare"))
_STATING = re.compile(r"(?:event|message|detail|job|record)?(?:type|name)|event|kind|topic|const|stringvalue")
"""Keys, without separators and in lower case, whose value is the name of an event."""
_CERTAINLY = re.compile(r".*type|event|eventname|jobname|const")
"""Those whose value is nothing else."""
_OTHERWISE = re.compile(r".*(?:status|state|phase|stage|step|mode|role|level|action)")
"""Names of what has values that are called like events."""


class FoundLiteral(NamedTuple):
    """A text at some bytes; ``is_name`` where what stands around it shows that it names an event."""

    node: ir.Node
    is_name: bool


def literals_of(module: ir.Module, text: str) -> Iterator[FoundLiteral]:
    """The literals, keys, members and literal types of a module that are just the text."""
    waiting: list[tuple[Any, tuple[ir.Node, ...]]] = [(module.body, ())]
    while waiting:
        one, around = waiting.pop()
        if isinstance(one, tuple):
            waiting.extend((item, around) for item in one)
        elif isinstance(one, msgspec.Struct):
            if isinstance(one, ir.Node):
                if _is(one, text):
                    yield FoundLiteral(one, _is_name(one, text, around))
                around = (*around, one)
            waiting.extend((getattr(one, field), around) for field in one.__struct_fields__)


def is_constant(node: ir.Node) -> bool:
    """Whether a name without quotes is that of a constant, not of an event: a member, or the key of an entry that holds a text itself."""
    return isinstance(node, ir.Member) or (isinstance(node, ir.Field) and isinstance(node.value, ir.Literal))


def _is(node: ir.Node, text: str) -> bool:
    if isinstance(node, ir.Literal):
        return node.value == text and not node.is_regex
    if isinstance(node, ir.TypeRef):
        return node.name == '"' and node.literal == text
    if isinstance(node, ir.Member):
        return node.name == text
    return isinstance(node, ir.Field) and node.key == text


def _is_name(node: ir.Node, text: str, around: tuple[ir.Node, ...]) -> bool:
    above = [one for one in reversed(around) if not isinstance(one, ir.Sequence | ir.Choice)]
    parent = above[0] if above else None
    if isinstance(node, ir.Member):
        return _is_distinctive(text)
    if isinstance(node, ir.Field):
        return not is_constant(node) and _is_distinctive(text)
    if isinstance(node, ir.TypeRef):
        field = next((one for one in above if isinstance(one, ir.ClassField)), None)
        return _may_mean(text, [field.name] if field is not None else [])
    if isinstance(parent, ir.Operation):
        return parent.operator in _COMPARING and _may_mean(text, _words(*parent.operands))
    if isinstance(parent, ir.Field):
        key = _plain(parent.key or "")
        return (_STATING if _is_distinctive(text) else _CERTAINLY).fullmatch(key) is not None
    if isinstance(parent, ir.Argument):
        call = above[1] if len(above) > 1 else None
        if parent.name is not None and _STATING.fullmatch(_plain(parent.name)):
            return True
        equal = isinstance(call, ir.Call) and isinstance(call.callee, ir.Member) and call.callee.name in _EQUALITY
        return (
            equal and isinstance(call, ir.Call) and _may_mean(text, _words(call.callee, *(a.value for a in call.args)))
        )
    if isinstance(parent, ir.Member):
        call = above[1] if len(above) > 1 else None
        arguments = [one.value for one in call.args] if isinstance(call, ir.Call) else []
        return parent.name in _EQUALITY and _may_mean(text, _words(*arguments))
    return _is_distinctive(text) and _is_given(parent)


def _is_given(parent: ir.Node | None) -> bool:
    """Whether a text is all that a constant, field, default or function is, and that is not called like something else."""
    if isinstance(parent, ir.Assign):
        return not any(_OTHERWISE.fullmatch(_plain(word)) for word in _words(parent.target))
    if isinstance(parent, ir.ClassField | ir.Parameter):
        return not _OTHERWISE.fullmatch(_plain(parent.name))
    return isinstance(parent, ir.Return | ir.TypeRef | ir.Index)


def _may_mean(text: str, words: list[str]) -> bool:
    """Whether what has this text as value, which is called by one of the words, may be what says which event it is."""
    said = [_plain(word) for word in words]
    if any(_CERTAINLY.fullmatch(word) for word in said):
        return True
    return _is_distinctive(text) and not any(_OTHERWISE.fullmatch(word) for word in said)


def _is_distinctive(text: str) -> bool:
    """Whether a text is hardly anything else than an event's name: ``OrderPlaced``, ``order.placed``; not ``closed``."""
    return text[:1].isupper() or re.search(r"[^\W_][.:/_-]\w", text) is not None


def _words(*values: ir.Value) -> list[str]:
    """The last names of values, and the texts that they are asked for (``event.get("type")``)."""
    found: list[str] = []
    for value in values:
        if isinstance(value, ir.Name | ir.Member):
            found.append(value.name)
        if isinstance(value, ir.Member) and value.name in _EQUALITY:
            found += _words(value.object)
        if isinstance(value, ir.Call):
            found += [
                *_words(value.callee),
                *(str(a.value.value) for a in value.args if isinstance(a.value, ir.Literal)),
            ]
    return found


def _plain(key: str) -> str:
    return re.sub(r"[\W_]", "", key).lower()
