"""Moves lowered IR from the offsets of a mended text to those of the file."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, TypeVar

import msgspec

from eventlens import ir

_OFFSETS = frozenset({"start", "end", "name_start", "name_end"})
_GIVEN_NAME = re.compile(r"(?<=@)\d+(?=>)")
"""The offset in a name such as ``<lambda@12>``."""

T = TypeVar("T")


def shifted(tree: T, original: Callable[[int], int]) -> T:
    """The same nodes with every offset led through ``original``, those in made-up names included."""
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
        if field is None:
            pass
        elif name in _OFFSETS:
            field = original(field)
        elif (name == "qualname" or name == "name") and "@" in field:
            field = _GIVEN_NAME.sub(lambda match: str(original(int(match.group()))), field)
        elif isinstance(field, (tuple, msgspec.Struct)):
            field = _shifted(field, original)
        fields.append(field)
    return type(part)(*fields)
