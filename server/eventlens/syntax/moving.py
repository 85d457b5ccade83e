"""Moves lowered IR from the offsets of one text to those of another."""

from __future__ import annotations

import re
from collections.abc import Callable
from inspect import get_annotations
from typing import Any, TypeAlias, TypeVar

from eventlens import ir

Place: TypeAlias = Callable[[int], int]
"""Where an offset of the one text is in the other."""

_OFFSETS = frozenset({"start", "end", "name_start", "name_end"})
_NAMES = frozenset({"name", "qualname"})
_GIVEN_NAME = re.compile(r"(?<=@)\d+(?=>)")
"""The offset in a name such as ``<lambda@12>``."""
_NO_NODE = frozenset({"Word", "Kind", "str", "int", "float", "bool", "None", "tuple"})
"""What the types of fields are made of that hold no nodes."""

T = TypeVar("T")


def moved(tree: T, place: Place, around: Place | None = None) -> T:
    """The same nodes (one, or a tuple of them) with every offset led through ``place``.

    Names that were made up hold offsets, also of what stands around the nodes: those are led through ``around``, if it is given.
    """
    found: T = _MOVERS[type(tree)](tree, place, around or place)
    return found


def moved_name(name: str, place: Place) -> str:
    """A name, with the offset in it led through ``place`` where it was made up."""
    return _GIVEN_NAME.sub(lambda found: str(place(int(found.group()))), name)


_Mover: TypeAlias = Callable[[Any, Place, Place], Any]


def _moved_each(nodes: tuple[Any, ...], place: Place, around: Place) -> tuple[Any, ...]:
    return tuple([_MOVERS[type(node)](node, place, around) for node in nodes])


class _Movers(dict[type, _Mover]):
    """What moves a node, by its type: made when the first node of a type comes."""

    def __missing__(self, kind: type) -> _Mover:
        mover = self[kind] = _mover_of(kind) if issubclass(kind, ir.Node) else _as_it_is
        return mover


def _as_it_is(value: Any, place: Place, around: Place) -> Any:
    return value


_MOVERS = _Movers({tuple: _moved_each})


def _mover_of(kind: type[ir.Node]) -> _Mover:
    """A function of the fields that this type of node has: it takes a fifth of the time of one that looks at each field of each node.

    A keystroke waits for it. The function is made as those of a dataclass are.
    """
    written: dict[str, str] = {}
    for base in reversed(kind.__mro__):
        written.update(get_annotations(base))
    fields = ", ".join(_moved_field(name, str(written[name])) for name in kind.__struct_fields__)
    scope: dict[str, Any] = {"kind": kind, "movers": _MOVERS, "moved_name": moved_name}
    exec(f"def mover(node, place, around):\n    return kind({fields})", scope)
    mover: _Mover = scope["mover"]
    return mover


def _moved_field(name: str, written: str) -> str:
    """The expression of a field's value; ``written`` is its type."""
    if name in _OFFSETS:
        return f"place(node.{name})"
    if name in _NAMES:
        return f"it if (it := node.{name}) is None or '@' not in it else moved_name(it, around)"
    if _NO_NODE.issuperset(re.findall(r"\w+", written)):
        return f"node.{name}"
    if written.startswith("tuple["):
        return f"tuple([movers[type(one)](one, place, around) for one in it]) if (it := node.{name}) else it"
    return f"None if (it := node.{name}) is None else movers[type(it)](it, place, around)"
