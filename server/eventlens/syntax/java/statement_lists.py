"""Runs of statements: the top of a file, blocks, function bodies."""

from __future__ import annotations

from collections.abc import Sequence

from tree_sitter import Node

from eventlens import ir
from eventlens.syntax.java.reader import COMMENTS, Reader
from eventlens.syntax.java.salvage import salvaged, statement


def statements(reader: Reader, nodes: Sequence[Node]) -> tuple[ir.Statement, ...]:
    """Lower statement nodes in order; a syntax error among or inside them adds what could be saved from it."""
    lowered: list[ir.Statement] = []
    for node in nodes:
        kind = node.type
        if kind in COMMENTS:
            reader.comment = node
        elif kind == "ERROR":
            lowered.append(salvaged(reader, node))
        else:
            statement(reader, node, lowered)
    return tuple(lowered)


def block(reader: Reader, node: Node) -> tuple[ir.Statement, ...]:
    """The statements of a block, or the one statement in a block's place; what they declare ends with them."""
    known = len(reader.scopes.locals)
    lowered = statements(reader, node.named_children if node.type == "block" else [node])
    reader.scopes.forget(known)
    return lowered
