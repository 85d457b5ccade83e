"""What stands below an attempt, where only a failure, or whatever becomes of it, gets."""

from __future__ import annotations

from collections.abc import Sequence

from eventlens import ir
from eventlens.behaviour.protections import Protection
from eventlens.flow.program import Frame
from eventlens.flow.walk import child_blocks, statements_in


def fails_anyway(protection: Protection) -> bool:
    """Whether a catch goes on to code that throws in every case (what was tried only made the error say more)."""
    if protection.attempt is None or any(
        isinstance(one, ir.Return | ir.Jump) for one in statements_in(protection.body)
    ):
        return False
    below = _below(protection.attempt, protection.frame)
    return bool(below) and isinstance(below[-1], ir.Throw) and not any(map(_leaves, statements_in(below[:-1])))


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
