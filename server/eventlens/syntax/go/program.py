"""The whole file."""

from __future__ import annotations

import msgspec
from tree_sitter import Tree

from eventlens import ir
from eventlens.syntax.damage import errors
from eventlens.syntax.go import control as _control
from eventlens.syntax.go import declarations as _declarations
from eventlens.syntax.go import statements as _statements
from eventlens.syntax.go.gaps import Piece, pieces
from eventlens.syntax.go.reader import Reader
from eventlens.syntax.go.statement_lists import statements
from eventlens.syntax.kept_parts import KeptParts
from eventlens.syntax.reader import part

__all__ = ["lower_tree"]

_HANDLERS = (_control, _declarations, _statements)
"""Imported for the handlers that they register."""
_ADDRESS = b"eventlens:"


def lower_tree(
    tree: Tree, source: bytes, path: str, line_starts: tuple[int, ...], kept: KeptParts | None = None
) -> ir.Module:
    """Lower a tree of the Go grammar."""
    read = pieces(tree, source)
    roots = [each.root for each in read]
    reader = Reader(source, any(root.has_error for root in roots))
    reader.kept = kept if len(read) == 1 else None
    package = ""
    own: tuple[ir.Import, ...] = ()
    children = [each for root in roots for each in root.children]
    for each in children:
        if each.type == "package_clause" and each.named_children:
            package = reader.of(each.named_children[-1])
            own = (ir.Import(each.start_byte, each.end_byte, "*", ".", "*"),)
        elif each.type == "type_declaration":
            for spec in each.named_children:
                reader.named[reader.of(part(spec, "name"))] = part(spec, "type")
    listed = [each for each in children if each.is_named and each.type != "package_clause"]
    body = tuple(_with_methods(reader, each) for each in statements(reader, listed))
    return ir.Module(
        path, "go", len(source), line_starts, (*reader.imports, *own), (), body,
        tuple(error for root in roots for error in errors(root)), _comments(reader, read, source), package, type_brackets="[]", nothing="nil",
    )  # fmt: skip


def _with_methods(reader: Reader, written: ir.Statement) -> ir.Statement:
    """A type with the methods that stand outside of its declaration."""
    if not isinstance(written, ir.ClassDeclaration):
        return written
    definition = written.definition
    methods = tuple(reader.methods.pop(definition.name, ()))
    if not methods:
        return written
    return ir.ClassDeclaration(
        written.start, written.end, msgspec.structs.replace(definition, methods=definition.methods + methods)
    )


def _comments(reader: Reader, read: list[Piece], source: bytes) -> tuple[ir.Comment, ...]:
    found: list[ir.Comment] = []
    position = source.find(_ADDRESS)
    while position >= 0:
        root = next(each.root for each in reversed(read) if each.start <= position)
        node = root.descendant_for_byte_range(position, position)
        following = position + len(_ADDRESS)
        if node is not None and node.type == "comment":
            text = reader.of(node).removesuffix("*/").lstrip("/*").strip()
            found.append(ir.Comment(node.start_byte, node.end_byte, text))
            following = max(following, node.end_byte)
        position = source.find(_ADDRESS, following)
    return tuple(found)
