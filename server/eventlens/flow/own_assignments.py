"""What a function has just put into a member of its own object: that it holds there, whatever other functions put into it."""

from __future__ import annotations

from collections.abc import Sequence

from eventlens import ir
from eventlens.flow.scopes import Frame
from eventlens.flow.walk import child_blocks


def given_before(name: str, frame: Frame, offset: int) -> ir.Value | None:
    """The value that a statement gives ``this.name`` in every case before ``offset`` is reached; None where there is no such statement."""
    if frame.function is None or frame.function.body is None:
        return None
    for one in reversed(frame.members):
        if one.base == "" and one.name == name and one.start < offset:
            return one.value if _leads_to(frame.function.body, one.start, offset) else None
    return None


def _leads_to(body: Sequence[ir.Statement], start: int, offset: int) -> bool:
    """Whether the statement at ``start`` stands in a block, further down in which ``offset`` lies."""
    if any(one.start == start and one.end <= offset for one in body):
        return any(one.start <= offset < one.end for one in body)
    around = next((one for one in body if one.start <= start < one.end), None)
    return around is not None and any(_leads_to(block, start, offset) for block in child_blocks(around))
