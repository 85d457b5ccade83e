"""Left-deep runs of binary operators (``a + b + c``), lowered from the left without nesting deeper than others can walk."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

from tree_sitter import Node

from eventlens import ir
from eventlens.syntax.reader import MAX_LINKS, ReaderT

Link: TypeAlias = "tuple[str, Node, int]"
"""An operator, its right operand, and where the expression so far ends."""


def folded(
    reader: ReaderT,
    start: int,
    links: Sequence[Link],
    lowered: ir.Value,
    value: Callable[[ReaderT, Node], ir.Value],
    applied: Callable[[int, int, str, list[ir.Value]], ir.Value],
) -> ir.Value:
    """What ``links`` make of the operand ``lowered``. ``applied`` makes one value of a run of one operator: start, end, operator, operands."""
    nested = 0
    position = 0
    kept = [lowered]
    while position < len(links):
        operator = links[position][0]
        run = [lowered]
        end = lowered.end
        while position < len(links) and links[position][0] == operator:
            run.append(value(reader, links[position][1]))
            end = links[position][2]
            position += 1
        kept.extend(run[1:])
        if nested + len(run) > MAX_LINKS and nested:
            run[0] = ir.Unknown(start, lowered.end, "nesting", tuple(kept[: len(kept) - len(run) + 1]))
            nested = 0
        lowered = applied(start, end, operator, run)
        nested += len(run) - 1
    return lowered


def one_operation(start: int, end: int, operator: str, run: list[ir.Value], is_flat: bool) -> ir.Value:
    """One operation of all operands where the operator allows that or there are too many, else each inside the next."""
    if is_flat or len(run) > MAX_LINKS:
        return ir.Operation(start, end, operator, tuple(run))
    lowered = run[0]
    for each in run[1:]:
        lowered = ir.Operation(start, each.end, operator, (lowered, each))
    return lowered
