"""Runs of statements: the top of a file, blocks, function bodies."""

from __future__ import annotations

from collections.abc import Sequence

from tree_sitter import Node

from eventlens import ir
from eventlens.syntax.kotlin.reader import COMMENTS, DROP, MAX_DEPTH, STATEMENTS, Reader, Sink, settle
from eventlens.syntax.kotlin.salvage import collect, salvage_inside, salvaged


def statement(reader: Reader, node: Node, lowered: list[ir.Statement], sink: Sink = DROP) -> None:
    """Lower one statement node; one node may be several statements, or none. An expression's value goes to ``sink``."""
    handler = STATEMENTS.get(node.type)
    if reader.depth > MAX_DEPTH:
        start, end = node.start_byte, node.end_byte
        lowered.append(ir.Evaluate(start, end, ir.Unknown(start, end, "nesting")))
        return
    if handler is not None:
        reader.depth += 1
        handler(reader, node, lowered)
        reader.depth -= 1
    else:
        settle(reader, node, lowered, sink)
    if reader.damaged and node.has_error:
        salvage_inside(reader, node, lowered)


def statements(reader: Reader, nodes: Sequence[Node], sink: Sink = DROP) -> tuple[ir.Statement, ...]:
    """Lower statement nodes in order; the value of the last goes to ``sink``."""
    lowered: list[ir.Statement] = []
    last = next((node for node in reversed(nodes) if node.type not in COMMENTS), None)
    for node in nodes:
        if node.type in COMMENTS:
            reader.comment = node
        elif node.type == "ERROR":
            lowered.append(salvaged(reader, node))
        else:
            statement(reader, node, lowered, sink if node is last else DROP)
    return tuple(lowered)


def block(reader: Reader, node: Node | None, sink: Sink = DROP) -> tuple[ir.Statement, ...]:
    """The statements of a block, or the one statement that stands in a block's place."""
    if node is None:
        return ()
    return statements(reader, node.named_children if node.type == "block" else [node], sink)


def broken_body(reader: Reader, root: Node) -> tuple[ir.Statement, ...]:
    """What is left where a syntax error has swallowed the top of the tree."""
    lowered: list[ir.Statement] = []
    collect(reader, root, lowered)
    return tuple(lowered)
