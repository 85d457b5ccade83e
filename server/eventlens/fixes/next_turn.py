"""A catch in a loop over messages goes on with the next one, what comes behind the attempt left out."""

from __future__ import annotations

from tree_sitter import Node

from eventlens import ir
from eventlens.fixes.blocks import appended, leaves, statements_of
from eventlens.fixes.changes import Edit
from eventlens.fixes.source import SourceFile


def clause_of(file: SourceFile, catch: ir.Catch) -> Node | None:
    """The clause of a catch; None for one that is a function."""
    node = file.tree.root_node.named_descendant_for_byte_range(catch.start, catch.end)
    while node is not None and node.type not in ("catch_clause", "except_clause"):
        node = node.parent
    return node


def next_turn(file: SourceFile, catch: ir.Catch) -> Edit | None:
    """``continue`` at the end of a catch; None where its attempt is not one of several statements of a loop's body."""
    clause = clause_of(file, catch)
    if clause is None:
        return None
    body = next((one for one in clause.named_children if one.type in ("statement_block", "block")), None)
    attempt = clause.parent
    block = attempt.parent if attempt is not None else None
    loop = block.parent if block is not None else None
    if body is None or attempt is None or block is None or loop is None or not loop.type.startswith("for_"):
        return None
    statements = statements_of(body)
    behind = statements_of(block)[-1] != attempt
    has_finally = any("finally" in one.type for one in attempt.named_children)
    if not statements or not behind or has_finally or any(leaves(one) for one in statements):
        return None
    if statements[-1].type == "pass_statement":
        return Edit(statements[-1].start_byte, statements[-1].end_byte, "continue")
    return appended(file, body, "continue")
