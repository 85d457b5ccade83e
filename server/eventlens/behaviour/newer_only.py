"""Work that is done only for what is newer than what a row says, and that the row then says (``if (event.version <= order.version) return``)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from eventlens import ir
from eventlens.behaviour.accessor_writes import field_set
from eventlens.behaviour.demands import frames_of
from eventlens.behaviour.events import Event
from eventlens.behaviour.paths import statements_around
from eventlens.behaviour.result_tests import branches
from eventlens.flow.field_methods import field_read_by
from eventlens.flow.module_index import last_name
from eventlens.flow.scopes import Frame

_LEAVE_THE_SAME = frozenset(("<=", ">="))
_TAKE_NO_SAME = frozenset(("<", ">"))
_OF_TIME = re.compile(r"(?i)now|today|current")
"""In the names of what is another each time."""


def arms_of_newer(events: Sequence[Event]) -> Iterator[tuple[Frame, ir.Branch, str]]:
    """The branches that compare a field with a value that the field is then given, in whose function, and the arm that is not taken where
    both are the same."""
    frames = frames_of(events)
    compared = [
        (frame, branch, one, other)
        for frame in frames
        for branch in branches(frame)
        if isinstance(branch.condition, ir.Operation) and branch.condition.operator in _LEAVE_THE_SAME | _TAKE_NO_SAME
        for one, other in _sides(branch.condition)
    ]
    given = set(_given(frames)) if compared else set()
    for frame, branch, field, value in compared:
        if (field, value) in given:
            assert isinstance(branch.condition, ir.Operation)
            yield frame, branch, "then" if branch.condition.operator in _TAKE_NO_SAME else "orelse"


def _sides(condition: ir.Operation) -> Iterator[tuple[str, str]]:
    """The field of a row that a comparison reads, and how the value is written that it is compared with; either side may be the field."""
    if len(condition.operands) == 2:
        one, other = condition.operands
        for field, value in ((one, other), (other, one)):
            if (name := _field(field)) and (written := _written(value)) and not _OF_TIME.search(written):
                yield name, written


def _given(frames: Sequence[Frame]) -> Iterator[tuple[str, str]]:
    """The fields that functions set, and how the values are written that they are given."""
    for frame in frames:
        for statement in statements_around(frame):
            if (
                isinstance(statement, ir.Assign)
                and isinstance(statement.target, ir.Member)
                and statement.value is not None
            ):
                yield _plain(statement.target.name), _written(statement.value)
        for call in frame.calls:
            if (one := field_set(call)) is not None:
                yield _plain(one.field), _written(one.value)


def _field(value: ir.Value) -> str:
    if isinstance(value, ir.Call) and not value.args:
        return _plain(field_read_by(last_name(value.callee)))
    return _plain(value.name) if isinstance(value, ir.Member) else ""


def _written(value: ir.Value) -> str:
    """A name, or a path of members and accessors, as it is written; "" for all else."""
    if isinstance(value, ir.Name):
        return value.name
    if isinstance(value, ir.Call) and not value.args and isinstance(value.callee, ir.Member):
        owner = _written(value.callee.object)
        return f"{owner}.{value.callee.name}()" if owner else ""
    owner = _written(value.object) if isinstance(value, ir.Member) else ""
    return f"{owner}.{value.name}" if owner and isinstance(value, ir.Member) else ""


def _plain(name: str) -> str:
    return name.replace("_", "").lower()
