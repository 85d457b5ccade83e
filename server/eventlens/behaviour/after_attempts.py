"""What stands below an attempt, where only a failure, or whatever becomes of it, gets."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from eventlens import ir
from eventlens.behaviour.events import Event
from eventlens.behaviour.protections import Protection
from eventlens.flow.scopes import Frame
from eventlens.flow.walk import child_blocks, statements_in


def fails_anyway(protection: Protection) -> bool:
    """Whether a catch goes on to code that throws in every case (what was tried only made the error say more)."""
    if protection.attempt is None or any(
        isinstance(one, ir.Return | ir.Jump) for one in statements_in(protection.body)
    ):
        return False
    below = _below(protection.attempt, protection.frame)
    return bool(below) and isinstance(below[-1], ir.Throw) and not any(map(_leaves, statements_in(below[:-1])))


def settles_by_error(protection: Protection, events: Iterable[Event]) -> bool:
    """Whether the error that a catch names is given, below the attempt, to a function that settles the message (``settle(delivery, err)``):
    where an error is a variable like others, it outlives the catch."""
    attempt, error = protection.attempt, protection.error
    if attempt is None or not error:
        return False
    return any(
        step.frame is protection.frame
        and step.call.start >= attempt.end
        and any(isinstance(one.value, ir.Name) and one.value.name == error for one in step.call.args)
        and not _is_set_between(error, attempt.end, step.call.start, protection.frame)
        for event in events
        if event.kind == "acknowledge"
        for step in event.chain
    )


def _is_set_between(name: str, start: int, end: int, frame: Frame) -> bool:
    body = (frame.function.body or ()) if frame.function is not None else ()
    return any(
        isinstance(one, ir.Assign) and isinstance(one.target, ir.Name) and one.target.name == name
        for one in statements_in(body)
        if start <= one.start < end
    )


def _leaves(statement: ir.Statement) -> bool:
    return isinstance(statement, ir.Return | ir.Jump)


def _below(node: ir.Statement, frame: Frame) -> Sequence[ir.Statement]:
    """The statements of the same block that stand below one."""
    block: Sequence[ir.Statement] = (frame.function.body or ()) if frame.function is not None else ()
    while block:
        at = next((at for at, one in enumerate(block) if one.start <= node.start < one.end), None)
        if at is None or block[at] is node:
            return block[at + 1 :] if at is not None else ()
        block = next((each for each in child_blocks(block[at]) if _holds(each, node)), ())
    return ()


def _holds(block: Sequence[ir.Statement], node: ir.Node) -> bool:
    return any(one.start <= node.start < one.end for one in block)
