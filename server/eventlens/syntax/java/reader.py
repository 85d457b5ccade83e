"""Where the reading of a Java file stands, and which handler reads which of its nodes."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from tree_sitter import Node

from eventlens import ir
from eventlens.syntax.java.scopes import Scopes
from eventlens.syntax.reader import Handlers, SourceReader

MAX_DEPTH = 120

COMMENTS = frozenset({"line_comment", "block_comment"})
SKIPPED = frozenset({"line_comment", "block_comment", "ERROR"})

Yields: TypeAlias = "Callable[[ir.Value], ir.Statement]"
"""What becomes of the value that a switch yields."""


class Reader(SourceReader):
    """One file being read."""

    __slots__ = ("scopes", "yields")

    def __init__(self, source: bytes, damaged: bool) -> None:
        super().__init__(source, damaged)
        self.scopes = Scopes()
        self.yields: Yields = returned


def returned(content: ir.Value) -> ir.Statement:
    """The value leaves the function around it."""
    return ir.Return(content.start, content.end, content)


HANDLERS: Handlers[Reader] = Handlers(MAX_DEPTH)
VALUES, STATEMENTS = HANDLERS.values, HANDLERS.statements
value, unknown = HANDLERS.value, HANDLERS.unknown
lowers_value, lowers_statement = HANDLERS.lowers_value, HANDLERS.lowers_statement


def first(node: Node) -> Node | None:
    """The first child that is neither a token nor a comment."""
    return next((child for child in node.named_children if child.type not in SKIPPED), None)


def leaves(node: Node) -> list[Node]:
    """The named nodes without children under a node (its identifiers, where it is a dotted name), in order."""
    found: list[Node] = []
    waiting = [node]
    while waiting:
        each = waiting.pop()
        if each.child_count:
            waiting.extend(reversed(each.children))
        elif each.is_named and each.type not in COMMENTS:
            found.append(each)
    return found
