"""Dotted names of types and annotations as values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from eventlens import ir

MOST_PARTS = 50
"""Who reads values goes down into them: a name of more parts, which nobody writes, is unknown."""


class Part(NamedTuple):
    """One name of a dotted name, and its place in bytes."""

    name: str
    start: int
    end: int


def members(first: ir.Value, parts: Sequence[Part]) -> ir.Value:
    """``first`` with its members: ``a.b.c``."""
    if len(parts) > MOST_PARTS:
        return ir.Unknown(first.start, parts[-1].end, "nesting")
    lowered = first
    for part in parts:
        lowered = ir.Member(first.start, part.end, lowered, part.name, part.start)
    return lowered
