"""Moves lowered IR from the offsets of a mended text to those of the file."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, TypeVar

import msgspec

from eventlens import ir

_OFFSETS = frozenset({"start", "end", "name_start", "name_end"})
_LAMBDA = re.compile(r"<lambda@(\d+)>")

T = TypeVar("T")


def shifted(tree: T, original: Callable[[int], int]) -> T:
    """The same nodes with every offset led through ``original``, those in the names of lambdas included."""
    lowered: T = _shifted(tree, original)
    return lowered


def _shifted(part: Any, original: Callable[[int], int]) -> Any:
    if isinstance(part, tuple):
        return tuple([_shifted(each, original) for each in part])
    if not isinstance(part, ir.Node):
        return part
    fields: list[Any] = []
    for name in part.__struct_fields__:
        field = getattr(part, name)
        if name in _OFFSETS:
            field = original(field)
        elif name == "qualname":
            field = _LAMBDA.sub(lambda match: f"<lambda@{original(int(match.group(1)))}>", field)
        elif isinstance(field, (tuple, msgspec.Struct)):
            field = _shifted(field, original)
        fields.append(field)
    return type(part)(*fields)
