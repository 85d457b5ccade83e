"""The arguments of calls and constructions."""

from __future__ import annotations

from tree_sitter import Node

from eventlens import ir
from eventlens.syntax.java.reader import SKIPPED, Reader, value


def arguments(reader: Reader, node: Node) -> tuple[ir.Argument, ...]:
    """The arguments in an argument list."""
    found: list[ir.Argument] = []
    for child in node.named_children:
        if child.type not in SKIPPED:
            content = value(reader, child)
            found.append(ir.Argument(content.start, content.end, content))
    return tuple(found)
