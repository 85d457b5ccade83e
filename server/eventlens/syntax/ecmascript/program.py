"""The whole file."""

from __future__ import annotations

import re

from tree_sitter import Node, Tree

from eventlens import ir
from eventlens.syntax.damage import errors
from eventlens.syntax.ecmascript import chains as _chains
from eventlens.syntax.ecmascript import jsx as _jsx
from eventlens.syntax.ecmascript import patterns as _patterns
from eventlens.syntax.ecmascript import switches as _switches
from eventlens.syntax.ecmascript.gaps import bridged
from eventlens.syntax.ecmascript.modules import top_level
from eventlens.syntax.ecmascript.reader import Reader
from eventlens.syntax.ecmascript.salvage import collect
from eventlens.syntax.ecmascript.statement_lists import statements
from eventlens.syntax.kept_parts import KeptParts

__all__ = ["lower_tree"]

_HANDLERS = (_chains, _jsx, _patterns, _switches)
"""Imported for the handlers that they register."""

_TYPESCRIPT = (".ts", ".tsx", ".mts", ".cts")
_COMMENT_MARKERS = re.compile(r"^(?://+|/\*+|<!--)\s*|\s*(?:\*+/|-->)$")
_ADDRESS = b"eventlens:"


def lower_tree(
    tree: Tree, source: bytes, path: str, line_starts: tuple[int, ...], kept: KeptParts | None = None
) -> ir.Module:
    """Lower a tree of the TypeScript, TSX or JavaScript grammar."""
    if tree.root_node.has_error:
        tree = bridged(tree, source)
    root = tree.root_node
    reader = Reader(source, root.has_error)
    reader.kept = kept
    body = _broken_body(reader, root) if root.type == "ERROR" else statements(reader, root.named_children, top_level)
    return ir.Module(
        path,
        "typescript" if path.lower().endswith(_TYPESCRIPT) else "javascript",
        len(source),
        line_starts,
        tuple(reader.imports),
        tuple(reader.exports),
        body,
        errors(root),
        _comments(reader, root, source),
    )


def _broken_body(reader: Reader, root: Node) -> tuple[ir.Statement, ...]:
    """What is left where a syntax error has swallowed the top of the tree."""
    body: list[ir.Statement] = []
    collect(reader, root, body, top_level)
    return tuple(body)


def _comments(reader: Reader, root: Node, source: bytes) -> tuple[ir.Comment, ...]:
    found: list[ir.Comment] = []
    position = source.find(_ADDRESS)
    while position >= 0:
        node = root.descendant_for_byte_range(position, position)
        if node is not None and node.type in ("comment", "html_comment"):
            text = _COMMENT_MARKERS.sub("", reader.of(node)).strip()
            found.append(ir.Comment(node.start_byte, node.end_byte, text))
            position = source.find(_ADDRESS, node.end_byte)
        else:
            position = source.find(_ADDRESS, position + len(_ADDRESS))
    return tuple(found)
