"""The whole file."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tree_sitter import Node, Tree

from eventlens import ir
from eventlens.syntax.damage import errors
from eventlens.syntax.kotlin import choices as _choices
from eventlens.syntax.kotlin import classes as _classes
from eventlens.syntax.kotlin import operators as _operators
from eventlens.syntax.kotlin import properties as _properties
from eventlens.syntax.kotlin import statements as _statements
from eventlens.syntax.kotlin.gaps import Piece, hidden_types, pieces
from eventlens.syntax.kotlin.imports import own_package
from eventlens.syntax.kotlin.reader import COMMENTS, Reader
from eventlens.syntax.kotlin.statement_lists import broken_body, statements
from eventlens.syntax.kotlin.type_refs import type_arguments

__all__ = ["lower_tree"]

_HANDLERS = (_choices, _classes, _operators, _properties, _statements)
"""Imported for the handlers that they register."""

_COMMENT_MARKERS = re.compile(r"^(?://+|/\*+)\s*|\s*\*+/$")
_ADDRESS = b"eventlens:"


def lower_tree(tree: Tree, source: bytes, path: str, line_starts: tuple[int, ...]) -> ir.Module:
    """Lower a tree of the Kotlin grammar."""
    found = pieces(tree, source)
    roots = [piece.tree.root_node for piece in found]
    reader = Reader(source, any(root.has_error for root in roots))
    body: list[ir.Statement] = []
    for piece, root in zip(found, roots):
        for start, (text, other, shift) in hidden_types(piece.hidden, piece.tree).items():
            reader.types[start] = _hidden(text, other, shift)
        body.extend(broken_body(reader, root) if root.is_error else statements(reader, root.named_children))
    return ir.Module(
        path,
        "kotlin",
        len(source),
        line_starts,
        (*reader.imports, *own_package(reader)),
        (),
        tuple(body),
        tuple(ir.Node(each.start, min(each.end, len(source))) for each in _errors(found)),
        tuple(comment for root in roots for comment in _comments(reader, root, source)),
        reader.package,
    )


def _errors(found: list[Piece]) -> Iterator[ir.Node]:
    for piece in found:
        inside = errors(piece.tree.root_node)
        yield from inside
        if piece.skipped is not None and not inside:
            yield piece.skipped


def _hidden(text: str, tree: Tree, shift: int) -> tuple[ir.TypeRef, ...]:
    """Type arguments of a text of their own, moved to where they stand in the file."""
    waiting = [tree.root_node]
    while waiting:
        node = waiting.pop()
        if node.type == "type_arguments":
            return tuple(_moved(each, shift) for each in type_arguments(Reader(text.encode("latin-1"), False), node))
        waiting.extend(reversed(node.children))
    return ()


def _moved(written: ir.TypeRef, shift: int) -> ir.TypeRef:
    args = tuple(_moved(each, shift) for each in written.args)
    return ir.TypeRef(written.start + shift, written.end + shift, written.name, args)


def _comments(reader: Reader, root: Node, source: bytes) -> tuple[ir.Comment, ...]:
    found: list[ir.Comment] = []
    position = source.find(_ADDRESS)
    while position >= 0:
        node = root.descendant_for_byte_range(position, position)
        end = position + len(_ADDRESS)
        if node is not None and node.type in COMMENTS:
            text = _COMMENT_MARKERS.sub("", reader.of(node)).strip()
            found.append(ir.Comment(node.start_byte, node.end_byte, text))
            end = node.end_byte
        position = source.find(_ADDRESS, end)
    return tuple(found)
