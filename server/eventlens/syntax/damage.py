"""How much of a tree the grammar could not read."""

from __future__ import annotations

from tree_sitter import Node, Tree

from eventlens import ir


def errors(root: Node) -> tuple[ir.Node, ...]:
    """Error nodes and missing tokens, outermost only, in order."""
    found: list[ir.Node] = []
    waiting = [root] if root.has_error else []
    while waiting:
        node = waiting.pop()
        if node.is_error or node.is_missing:
            found.append(ir.Node(node.start_byte, node.end_byte))
        elif node.has_error:
            waiting.extend(reversed(node.children))
    return tuple(found)


def damage(tree: Tree) -> int:
    """The bytes that stand in errors, and one for each error: of two trees of one text, the less the better."""
    return sum(error.end - error.start + 1 for error in errors(tree.root_node))
