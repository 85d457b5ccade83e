"""Declarations that a broken one before them has swallowed: the file is read again from where a line begins with one."""

from __future__ import annotations

import re
from typing import NamedTuple

from tree_sitter import Node, Tree

from eventlens.syntax import grammars

_DECLARATION = re.compile(rb"^(?:func|type|var|const|import)\b", re.MULTILINE)
_MOST_READ = 4_000_000
"""Bytes. Every further piece is what is left of the file, read again."""
_MOST_PIECES = 100


class Piece(NamedTuple):
    """A part of a file that was parsed by itself, from byte ``start`` on; its offsets are the file's."""

    root: Node
    start: int


def pieces(tree: Tree, source: bytes) -> list[Piece]:
    """The file in one piece, or in those that begin at the declarations which a broken one ran over."""
    found: list[Piece] = []
    most = min(_MOST_PIECES, _MOST_READ // max(1, len(source)))
    text, start = source, 0
    while True:
        cut = _swallowed(tree.root_node, text) if tree.root_node.has_error and len(found) < most else None
        head = grammars.reparsed(tree, text[:cut]) if cut is not None else None
        rest = b" " * (cut or 0) + text[cut or 0 :]
        following = grammars.reparsed(tree, rest) if head is not None else None
        if cut is None or head is None or following is None:
            found.append(Piece(tree.root_node, start))
            return found
        found.append(Piece(head.root_node, start))
        tree, text, start = following, rest, cut


def _swallowed(root: Node, text: bytes) -> int | None:
    """Where the first declaration stands that a line begins with and that lies inside a broken one."""
    for child in [root] if root.is_error else root.children:
        if child.has_error or child.is_error:
            match = _DECLARATION.search(text, child.start_byte + 1, child.end_byte)
            if match is not None and match.start() > child.start_byte:
                return match.start()
    return None
