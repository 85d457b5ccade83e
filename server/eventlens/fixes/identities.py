"""The expression in what a publish sends that says which thing the message is about: ``order.id`` of an order."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from eventlens import ir
from eventlens.config.name_words import words_of
from eventlens.fixes.source import SourceFile
from eventlens.flow.module_index import last_name
from eventlens.flow.scopes import Frame
from eventlens.flow.walk import values_in

_IDS = ("id", "uuid", "guid", "key")
_TEXTS = frozenset(("string", "str", "String"))
_DEEP = 4


class Identity(NamedTuple):
    """``text`` as it is written where it is sent; ``is_text``: it is declared to be one."""

    text: str
    is_text: bool


def identity_of(file: SourceFile, call: ir.Call, frame: Frame, thing: str) -> Identity | None:
    """What identifies ``thing`` ("order", small letters, no spaces) in the arguments of a call; None where nothing does, or several might."""
    ranked: dict[int, dict[str, Identity]] = {}
    for value in _sent(call, frame, _DEEP):
        is_text = _is_text(value, frame)
        rank = _rank(value, thing, is_text)
        if rank is not None:
            text = file.written(value)
            ranked.setdefault(rank, {})[text] = Identity(text, is_text)
    best = ranked[min(ranked)] if ranked else {}
    return next(iter(best.values())) if len(best) == 1 else None


def _sent(value: ir.Value, frame: Frame, deep: int) -> Iterator[ir.Value]:
    """The values in one that is sent, and in the variables of the function that it is made of."""
    called: set[int] = set()
    for one in values_in(value):
        if isinstance(one, ir.Call):
            called.add(id(one.callee))
        if isinstance(one, ir.Name | ir.Member | ir.Call) and id(one) not in called:
            yield one
        made = _made(one, frame) if isinstance(one, ir.Name) and deep else None
        if made is not None:
            yield from _sent(made, frame, deep - 1)


def _made(name: ir.Name, frame: Frame) -> ir.Value | None:
    """What a variable of the function is given once: a value, or the first of several results (``value, err := json.Marshal(…)``)."""
    given = frame.definitions.get(name.name, ())
    is_value = len(given) == 1 and given[0].kind == "value" and given[0].path in ((), ("[0]",))
    return given[0].value if is_value and given[0].value is not name else None


def _rank(value: ir.Value, thing: str, is_text: bool) -> int | None:
    """How surely a value is the thing's identity by what it is called, the smallest number the surest."""
    if isinstance(value, ir.Call):  # ``order.getId()``
        return _rank(value.callee, thing, False) if isinstance(value.callee, ir.Member) and not value.args else None
    if not isinstance(value, ir.Name | ir.Member):
        return None
    words = words_of(value.name)
    called = "".join(words[1:] if words[:1] == ["get"] else words)
    if called in {f"{thing}{kind}" for kind in _IDS}:
        return 0
    if isinstance(value, ir.Member) and called in _IDS and thing in "".join(words_of(last_name(value.object))):
        return 1
    return 2 if called == thing and is_text else None


def _is_text(value: ir.Value, frame: Frame) -> bool:
    function = frame.function
    if not isinstance(value, ir.Name) or function is None:
        return False
    declared = next((one.type for one in function.parameters if one.name == value.name), None)
    return declared is not None and declared.name in _TEXTS
