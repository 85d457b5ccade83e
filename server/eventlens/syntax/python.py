"""The Python front end: one tree-sitter-python tree in, one `ir.Module` out. Covers Python 3.8 to 3.14.

Layers, each extending the one before: context (scope, depth) ← types ← values ← statements ← matching ← declarations.
"""

from __future__ import annotations

from tree_sitter import Node, Tree

from eventlens import ir
from eventlens.syntax.python_declarations import DeclarationLowering

_MARKER = b"eventlens:"


def lower_tree(tree: Tree, source: bytes, path: str, line_starts: tuple[int, ...]) -> ir.Module:
    """Lower a parsed file. ``source`` is what ``tree`` was parsed from, a byte-order mark included."""
    root = tree.root_node
    lowering = DeclarationLowering(source)
    body = lowering.block(root)
    return ir.Module(
        path,
        "python",
        len(source),
        line_starts,
        tuple(lowering.imports),
        (),
        body,
        _errors(root) if root.has_error else (),
        _comments(root, lowering) if _MARKER in source else (),
    )


def _errors(root: Node) -> tuple[ir.Node, ...]:
    """The outermost damaged ranges, and an empty range where a token is missing, in source order."""
    found: list[ir.Node] = []
    waiting = [root]
    while waiting:
        node = waiting.pop()
        if node.is_error or node.is_missing:
            found.append(ir.Node(node.start_byte, node.end_byte))
        elif node.has_error:
            waiting.extend(reversed(node.children))
    return tuple(found)


def _comments(root: Node, lowering: DeclarationLowering) -> tuple[ir.Comment, ...]:
    found: list[ir.Comment] = []
    waiting = [root]
    while waiting:
        node = waiting.pop()
        if node.type == "comment":
            text = lowering.text(node)
            if "eventlens:" in text:
                found.append(ir.Comment(node.start_byte, node.end_byte, text.lstrip("#").strip()))
        elif _MARKER in lowering.source[node.start_byte : node.end_byte]:
            waiting.extend(reversed(node.children))
    return tuple(found)
