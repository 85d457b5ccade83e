"""Of which class's rows a call speaks, where it begins with that class."""

from __future__ import annotations

import re
from collections.abc import Sequence

from eventlens import ir
from eventlens.flow.scopes import Definition, Frame

_ABOUT_ROWS = re.compile(
    r"(?:Serializer|Form|Factory|Service|Repository|Client|Manager|Mapper|Builder|Helper|Utils?|Api|API)$"
)
"""How classes are called that have to do with rows, and are none."""
_MOST_NAMES_HELD = 4
"""Through how many local names a row is followed back to where it is asked for."""


def class_asked(node: ir.Node, frame: Frame, steps: int = 0) -> str:
    """The class of whose rows a call speaks that begins with it (``Order.objects.filter(…).update(…)``), or with a name that holds such a
    row (``order = Order.objects.get(…)``); "" where it begins with no class."""
    inner: ir.Node = node
    members: list[str] = []
    while isinstance(inner, ir.Call | ir.Member | ir.Await):
        if isinstance(inner, ir.Call):
            inner = inner.callee.object if isinstance(inner.callee, ir.Member) else inner.callee
        elif isinstance(inner, ir.Member):
            members.append(inner.name)
            inner = inner.object
        else:
            inner = inner.value
    if not isinstance(inner, ir.Name):
        return ""
    known = _local_definitions(inner.name, frame)
    if not known and len(members) > 1:  # a class of an imported module: ``models.Order.objects``
        members, inner = members[:-1], ir.Name(inner.start, inner.end, members[-1])
    if inner.name[:1].isupper():
        return "" if _ABOUT_ROWS.search(inner.name) or inner.name.isupper() else inner.name
    values = [one.value for one in known if one.kind in ("value", "element") and one.start < inner.start]
    if members or not values or steps >= _MOST_NAMES_HELD:
        return ""
    return class_asked(values[-1], frame, steps + 1)


def _local_definitions(name: str, frame: Frame) -> Sequence[Definition]:
    """The definitions of a local name; a callback sees those of the function around it."""
    scope: Frame | None = frame
    while scope is not None and scope.function is not None:
        if name in scope.definitions:
            return scope.definitions[name]
        scope = scope.parent
    return ()
