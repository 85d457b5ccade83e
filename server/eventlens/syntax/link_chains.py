"""Chains of members, calls and indices (``a.b(c).d[e]``), lowered from the inside without nesting deeper than others can walk."""

from __future__ import annotations

from collections.abc import Callable

from tree_sitter import Node

from eventlens import ir
from eventlens.syntax.reader import LINKS_A_LEVEL, MAX_LINKS, ReaderT


def levels(links: int) -> int:
    """How many levels of nesting so many links count as."""
    return min(links, MAX_LINKS) // LINKS_A_LEVEL


def linked(
    reader: ReaderT,
    links: list[Node],
    lowered: ir.Value,
    depth: int,
    link: Callable[[ReaderT, Node, ir.Value], ir.Value],
) -> ir.Value:
    """The links, innermost last, around ``lowered``; they are taken from the list. ``depth`` is the reader's around the whole chain,
    and ``link`` makes one link around what it is applied to."""
    is_long = len(links) > MAX_LINKS
    kept = [lowered]
    nested = 0
    while links:
        reader.depth = depth + levels(len(links))
        lowered = link(reader, links.pop(), lowered)
        nested += 1
        if is_long:
            kept.extend(_given_to(lowered))
            if nested >= MAX_LINKS and links:
                lowered = ir.Unknown(lowered.start, lowered.end, "nesting", tuple(kept))
                nested = 0
    return lowered


def _given_to(link: ir.Value) -> list[ir.Value]:
    if isinstance(link, ir.Call):
        return [argument.value for argument in link.args]
    return [link.key] if isinstance(link, ir.Index) else []
