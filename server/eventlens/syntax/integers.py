"""Integers as modules can hold them: what is serialised has 64 bits."""

from __future__ import annotations

SMALLEST_INTEGER, LARGEST_INTEGER = -(2**63), 2**64 - 1


def fitting(integer: int) -> int | float:
    """The integer, or a float where it takes more than 64 bits. Raises OverflowError for one beyond all floats."""
    return integer if SMALLEST_INTEGER <= integer <= LARGEST_INTEGER else float(integer)
