"""Valid code that the grammar takes for an error, or for something else, and how to show it to it so that it does not.

A gap is masked by text of the same length, so that every offset stays true. The masked text is only ever parsed: names and
literals are read from the file as it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import islice
from typing import NamedTuple

from tree_sitter import Node, Tree

from eventlens import ir
from eventlens.syntax import grammars
from eventlens.syntax.damage import damage

_ARGUMENT = rb"[\w.?*, ]"
_TYPE_ARGUMENTS = re.compile(
    rb"(?<=\w)<(?:" + _ARGUMENT + rb"|<(?:" + _ARGUMENT + rb"|<" + _ARGUMENT + rb"+>)+>)+>(?=\(| ?\{)"
)
_MARKS = re.compile(rb"\${2,16}(?=\")")
_MOST_LOOKED_AT = 2_000
"""Each look walks down from the tree's root."""
_MOST_READ = 4_000_000
"""Bytes. Every further piece is what is left of the file, read again."""
_MOST_PIECES = 100
_DECLARATION = re.compile(
    rb"^(?:@[A-Z]|(?:(?:public|private|internal|abstract|open|sealed|data|enum|value|inline|suspend|const|annotation) )*"
    rb"(?:class|interface|object|fun|val|var|typealias)\b)",
    re.MULTILINE,
)
_CLOSING = re.compile(rb"[ \t](?=\})")


_LOOSER = frozenset(
    {
        *("binary_expression", "infix_expression", "range_expression", "unary_expression"),
        *("is_expression", "in_expression", "as_expression"),
    }
)
"""What no call is made of unless it stands in parentheses."""
_MODIFIERS = re.compile(
    rb"(?<![\w@.])(?:override|internal|open|vararg|public|final|infix|inline|sealed|lateinit|private|suspend|by|where|dynamic"
    rb"|tailrec|external|abstract|protected|noinline|crossinline)(?=\(|\??\.\w| ?=[^=]| ?\{)"
)
_GAPS: tuple[tuple[re.Pattern[bytes], Callable[[re.Match[bytes]], bytes]], ...] = (
    # ``$$"…"``: how many marks begin an interpolation.
    (_MARKS, lambda match: b" " * len(match.group())),
    # Words that are modifiers only where a declaration follows them.
    (_MODIFIERS, lambda match: b"_" + match.group()[1:]),
    (re.compile(rb";(?=\s*;)"), lambda match: b" "),
    # The last member of a body on one line needs a semicolon.
    (_CLOSING, lambda match: b";"),
)


def bridged(tree: Tree, source: bytes) -> tuple[Tree, list[re.Match[bytes]]]:
    """The tree of the masked source, and the type arguments that were masked in it."""
    possible = islice(_TYPE_ARGUMENTS.finditer(source), _MOST_LOOKED_AT)
    hidden = [match for match in possible if _is_comparison(tree.root_node, match.start())]
    masked = source
    for match in hidden:
        masked = masked[: match.start()] + b" " * (match.end() - match.start()) + masked[match.end() :]
    if hidden:
        other = grammars.reparsed(tree, masked)
        tree, hidden = (tree, []) if other is None else (other, hidden)
    for pattern, mask in _GAPS:
        if tree.root_node.has_error:
            tried = pattern.sub(mask, masked)
            other = grammars.reparsed(tree, tried) if tried != masked else None
            if other is not None and damage(other) < damage(tree):
                tree, masked = other, tried
    return tree, hidden


class Piece(NamedTuple):
    """A part of a file that was parsed by itself; its offsets are the file's. ``skipped`` is what no part holds."""

    tree: Tree
    hidden: list[re.Match[bytes]]
    skipped: ir.Node | None = None


def pieces(tree: Tree, source: bytes) -> list[Piece]:
    """The file in one piece, or, where the parser gave up amid it, also what begins at the declaration after that."""
    found: list[Piece] = []
    most = min(_MOST_PIECES, _MOST_READ // max(1, len(source)))
    text = source
    while True:
        read, hidden = bridged(tree, text)
        stopped, cut = _cut(read.root_node, text) if read.root_node.has_error else (0, None)
        head = grammars.reparsed(tree, text[:cut]) if cut is not None and len(found) < most else None
        rest = b" " * (cut or 0) + text[cut or 0 :]
        following = grammars.reparsed(tree, rest) if head is not None else None
        if head is None or following is None:
            found.append(Piece(read, hidden))
            return found
        found.append(Piece(*bridged(head, text[:cut]), ir.Node(stopped, cut or stopped)))
        tree, text = following, rest


def _cut(root: Node, text: bytes) -> tuple[int, int | None]:
    """Where the parser gave up for good, and where the next declaration at a line's beginning stands."""
    last = root if root.is_error or not root.child_count else root.children[-1]
    if not last.is_error or last.end_byte < len(text.rstrip()):
        return 0, None
    stopped = _stop(last)
    match = _DECLARATION.search(text, stopped + 1)
    return stopped, match.start() if match is not None else None


def _stop(error: Node) -> int:
    """Where the first declaration begins of which an error has kept no more than tokens."""
    for child in error.children:
        if not child.is_named or child.is_error or child.type == "identifier":
            return child.start_byte
    return error.start_byte


def _is_comparison(root: Node, offset: int) -> bool:
    """Whether the angle bracket there was read as an operator, as an error, or as belonging to more than the name before it."""
    node = root.descendant_for_byte_range(offset, offset + 1)
    parent = node.parent if node is not None and node.type == "<" else None
    if parent is None:
        return False
    if parent.type == "type_arguments" and parent.parent is not None and parent.parent.type == "call_expression":
        return parent.parent.children[0].type in _LOOSER
    return parent.type in ("binary_expression", "ERROR")


def hidden_types(hidden: list[re.Match[bytes]], tree: Tree) -> dict[int, tuple[str, Tree, int]]:
    """The masked type arguments by where they begin, each parsed in a declaration of its own: the text, its tree, the shift."""
    found: dict[int, tuple[str, Tree, int]] = {}
    for match in hidden:
        text = _HOLDER + match.group()
        other = grammars.reparsed(tree, text)
        if other is not None:
            found[match.start()] = (text.decode("latin-1"), other, match.start() - len(_HOLDER))
    return found


_HOLDER = b"val a: A"
