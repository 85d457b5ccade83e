"""The whole file: its package, its imports, its declarations."""

from __future__ import annotations

import re

from tree_sitter import Node, Tree

from eventlens import ir
from eventlens.syntax.damage import errors
from eventlens.syntax.java import chains as _chains
from eventlens.syntax.java import declarations as _declarations
from eventlens.syntax.java import statements as _statements
from eventlens.syntax.java import switches as _switches
from eventlens.syntax.java.gaps import closed
from eventlens.syntax.java.reader import COMMENTS, Reader, first, leaves, lowers_statement
from eventlens.syntax.java.salvage import collect
from eventlens.syntax.java.statement_lists import statements
from eventlens.syntax.kept_parts import KeptParts

__all__ = ["lower_tree"]

_HANDLERS = (_chains, _declarations, _statements, _switches)
"""Imported for the handlers that they register."""

_COMMENT_MARKERS = re.compile(r"^(?://+|/\*+)\s*|\s*\*+/$")
_ADDRESS = b"eventlens:"


def lower_tree(
    tree: Tree, source: bytes, path: str, line_starts: tuple[int, ...], kept: KeptParts | None = None
) -> ir.Module:
    """Lower a tree of the Java grammar."""
    damaged = errors(tree.root_node)
    if damaged:
        tree = closed(tree, source)
    root = tree.root_node
    reader = Reader(source, root.has_error)
    reader.kept = kept
    written = _package(root)
    package = ".".join(reader.of(each) for each in leaves(written)) if written is not None else ""
    body = _broken_body(reader, root) if root.type == "ERROR" else statements(reader, root.named_children)
    if written is not None:
        clause = written.parent or written
        reader.imports.append(ir.Import(clause.start_byte, clause.end_byte, "*", package, "*"))
    return ir.Module(
        path,
        "java",
        len(source),
        line_starts,
        tuple(reader.imports),
        (),
        body,
        errors(root) or damaged,
        _comments(reader, root, source),
        package,
    )


def _broken_body(reader: Reader, root: Node) -> tuple[ir.Statement, ...]:
    """What is left where a syntax error has swallowed the top of the tree."""
    body: list[ir.Statement] = []
    collect(reader, root, body)
    return tuple(body)


def _package(root: Node) -> Node | None:
    """The dotted name in the package clause."""
    for child in root.named_children:
        if child.type == "package_declaration":
            return next(
                (each for each in child.named_children if each.type in ("scoped_identifier", "identifier")), None
            )
    return None


@lowers_statement("import_declaration")
def import_declaration(reader: Reader, node: Node, lowered: list[ir.Statement]) -> None:
    names = [reader.of(each) for each in leaves(first(node) or node)]
    start, end = node.start_byte, node.end_byte
    kinds = [child.type for child in node.children]
    is_static = "static" in kinds
    if not names:
        return
    if "asterisk" in kinds:
        reader.imports.append(ir.Import(start, end, "*", ".".join(names), "*"))
        reader.scopes.imports_all |= is_static
        return
    reader.imports.append(ir.Import(start, end, names[-1], ".".join(names[:-1]), names[-1]))
    if is_static:
        reader.scopes.imported.add(names[-1])


def _comments(reader: Reader, root: Node, source: bytes) -> tuple[ir.Comment, ...]:
    found: list[ir.Comment] = []
    position = source.find(_ADDRESS)
    while position >= 0:
        node = root.descendant_for_byte_range(position, position)
        if node is not None and node.type in COMMENTS:
            text = _COMMENT_MARKERS.sub("", reader.of(node)).strip()
            found.append(ir.Comment(node.start_byte, node.end_byte, text))
            position = source.find(_ADDRESS, node.end_byte)
        else:
            position = source.find(_ADDRESS, position + len(_ADDRESS))
    return tuple(found)
