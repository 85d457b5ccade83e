"""Runs of statements: the top of a file, blocks, function bodies."""

from __future__ import annotations

from collections.abc import Sequence

from tree_sitter import Node

from eventlens import ir
from eventlens.syntax.csharp.reader import MAX_DEPTH, Reader
from eventlens.syntax.csharp.salvage import salvaged, statement

BRANCHES = frozenset({"preproc_if", "preproc_elif", "preproc_else"})
"""Directives: what they let in and what they leave out is all read."""


def statements(reader: Reader, nodes: Sequence[Node]) -> tuple[ir.Statement, ...]:
    """Lower statement nodes in order; a syntax error among or inside them adds what could be saved from it."""
    lowered: list[ir.Statement] = []
    for node in nodes:
        if _written(node).type == "local_function_statement":
            named = _written(node).child_by_field_name("name")
            if named is not None:
                reader.locals.add(reader.word(named))
    for position, node in enumerate(nodes):
        kind = node.type
        if kind == "comment":
            reader.comment = node
        elif kind == "ERROR":
            lowered.append(salvaged(reader, node))
        elif _is_using(node):
            lowered.append(_using(reader, _written(node), nodes[position + 1 :]))
            break
        elif kind in BRANCHES:
            lowered.extend(statements(reader, branch(node)))
        else:
            statement(reader, node, lowered)
    return tuple(lowered)


def branch(node: Node) -> list[Node]:
    """What stands in a directive, without its condition."""
    condition = node.child_by_field_name("condition")
    return [child for child in node.named_children if condition is None or child.id != condition.id]


def block(reader: Reader, node: Node) -> tuple[ir.Statement, ...]:
    """The statements of a block, or the one statement that stands in a block's place."""
    return statements(reader, node.named_children if node.type == "block" else [node])


def _written(node: Node) -> Node:
    return node.named_children[0] if node.type == "global_statement" and node.named_children else node


def _is_using(node: Node) -> bool:
    written = _written(node)
    return written.type == "local_declaration_statement" and any(
        child.type == "using" for child in written.children[:2]
    )


def _using(reader: Reader, node: Node, rest: Sequence[Node]) -> ir.With:
    """The rest of the block is what the resource covers."""
    items: list[ir.Statement] = []
    for child in node.named_children:
        if child.type == "variable_declaration":
            statement(reader, child, items)
    end = rest[-1].end_byte if rest else node.end_byte
    is_async = node.children[0].type == "await"
    if reader.depth > MAX_DEPTH:
        return ir.With(node.start_byte, end, tuple(items), (), is_async)
    reader.depth += 1
    body = statements(reader, rest)
    reader.depth -= 1
    return ir.With(node.start_byte, end, tuple(items), body, is_async)
