"""The whole file."""

from __future__ import annotations

import re

from tree_sitter import Node, Tree

from eventlens import ir
from eventlens.syntax.csharp import declarations as _declarations
from eventlens.syntax.csharp import patterns as _patterns
from eventlens.syntax.csharp import queries as _queries
from eventlens.syntax.csharp.gaps import bridged
from eventlens.syntax.csharp.namespaces import namespaces, own_imports
from eventlens.syntax.csharp.reader import Reader
from eventlens.syntax.csharp.salvage import collect
from eventlens.syntax.csharp.scopes import file_names
from eventlens.syntax.csharp.statement_lists import statements
from eventlens.syntax.damage import errors
from eventlens.syntax.kept_parts import KeptParts

__all__ = ["lower_tree"]

_HANDLERS = (_declarations, _patterns, _queries)
"""Imported for the handlers that they register."""

_COMMENT_MARKERS = re.compile(r"^(?://+|/\*+)\s*|\s*\*+/$")
_ADDRESS = b"eventlens:"


def lower_tree(
    tree: Tree, source: bytes, path: str, line_starts: tuple[int, ...], kept: KeptParts | None = None
) -> ir.Module:
    """Lower a tree of the C# grammar."""
    if tree.root_node.has_error:
        tree = bridged(tree, source)
    root = tree.root_node
    reader = Reader(source, root.has_error)
    reader.kept = kept
    reader.declared = file_names(root, reader.text)
    body = _broken_body(reader, root) if root.type == "ERROR" else statements(reader, root.named_children)
    own = namespaces(reader, root)
    return ir.Module(
        path,
        "csharp",
        len(source),
        line_starts,
        (*reader.imports, *own_imports(own)),
        tuple(reader.exports),
        body,
        errors(root),
        _comments(reader, root, source),
        own[0][0] if own else "",
    )


def _broken_body(reader: Reader, root: Node) -> tuple[ir.Statement, ...]:
    """What is left where a syntax error has swallowed the top of the tree."""
    body: list[ir.Statement] = []
    collect(reader, root, body)
    return tuple(body)


def _comments(reader: Reader, root: Node, source: bytes) -> tuple[ir.Comment, ...]:
    found: list[ir.Comment] = []
    position = source.find(_ADDRESS)
    while position >= 0:
        node = root.descendant_for_byte_range(position, position)
        if node is not None and node.type == "comment":
            text = _COMMENT_MARKERS.sub("", reader.of(node)).strip()
            found.append(ir.Comment(node.start_byte, node.end_byte, text))
            position = source.find(_ADDRESS, node.end_byte)
        else:
            position = source.find(_ADDRESS, position + len(_ADDRESS))
    return tuple(found)
