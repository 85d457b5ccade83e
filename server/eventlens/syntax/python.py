"""The Python front end: one tree-sitter-python tree in, one `ir.Module` out. Covers Python 3.8 to 3.14.

Layers, each extending the one before: context (scope, depth) ← types ← values ← operators ← functions
(parameters, lambdas) ← statements ← matching ← declarations.
A damaged file is mended as text first (`python_repair`) where that makes more of it readable.
"""

from __future__ import annotations

from tree_sitter import Node, Tree

from eventlens import ir
from eventlens.syntax.damage import errors as errors_in
from eventlens.syntax.grammars import parsed, reparsed
from eventlens.syntax.kept_parts import KeptParts
from eventlens.syntax.moving import moved
from eventlens.syntax.python_declarations import DeclarationLowering
from eventlens.syntax.python_gaps import masked, with_line_feeds
from eventlens.syntax.python_repair import Mending, mended

_MARKER = b"eventlens:"


def lower_tree(
    tree: Tree, source: bytes, path: str, line_starts: tuple[int, ...], kept: KeptParts | None = None
) -> ir.Module:
    """Lower a parsed file. ``source`` is what ``tree`` was parsed from, a byte-order mark included."""
    errors: tuple[ir.Node, ...] = ()
    unified = with_line_feeds(source)
    if unified is not None:
        kept = None
        source = unified
        tree = parsed(tree.language, source)
    if tree.root_node.has_error:
        without_gaps = masked(source)
        if without_gaps is not None:
            source = without_gaps
            tree = parsed(tree.language, source)
        errors = errors_in(tree.root_node)
        mending = _better_reading(tree, source, errors) if errors else None
        if mending is not None:
            return _lower_mended(mending, path, source, line_starts, errors)
    return _lower(tree, source, path, line_starts, errors, kept)


def _lower(
    tree: Tree,
    source: bytes,
    path: str,
    line_starts: tuple[int, ...],
    errors: tuple[ir.Node, ...],
    kept: KeptParts | None = None,
) -> ir.Module:
    root = tree.root_node
    lowering = DeclarationLowering(source, tree.language, kept)
    body = lowering.block(root)
    comments = _comments(root, source) if _MARKER in source else ()
    return ir.Module(
        path, "python", len(source), line_starts, tuple(lowering.imports), (), body, errors, comments,
        offers_every_name=True, type_brackets="[]", nothing="None",
    )  # fmt: skip


def _better_reading(tree: Tree, source: bytes, errors: tuple[ir.Node, ...]) -> tuple[Mending, Tree] | None:
    """The mended text and its tree, when less of it is damaged."""
    mending = mended(source)
    if mending is None:
        return None
    better = reparsed(tree, mending.source)
    if better is None or _extent(errors_in(better.root_node)) >= _extent(errors):
        return None
    return mending, better


def _lower_mended(
    mending: tuple[Mending, Tree], path: str, source: bytes, line_starts: tuple[int, ...], errors: tuple[ir.Node, ...]
) -> ir.Module:
    mended_text, tree = mending
    module = _lower(tree, mended_text.source, path, line_starts, errors)
    original = mended_text.way_back()
    return ir.Module(
        path,
        module.language,
        len(source),
        line_starts,
        moved(module.imports, original),
        (),
        moved(module.body, original),
        errors,
        moved(module.comments, original),
        offers_every_name=True,
        type_brackets="[]",
        nothing="None",
    )


def _extent(errors: tuple[ir.Node, ...]) -> int:
    """How many bytes are damaged; a missing token counts as one."""
    return sum(max(error.end - error.start, 1) for error in errors)


def _comments(root: Node, source: bytes) -> tuple[ir.Comment, ...]:
    found: list[ir.Comment] = []
    waiting = [root]
    while waiting:
        node = waiting.pop()
        start, end = node.start_byte, node.end_byte
        if node.type == "comment":
            text = source[start:end].decode("utf-8", "replace")
            if "eventlens:" in text:
                found.append(ir.Comment(start, end, text.lstrip("#").strip()))
        elif source.find(_MARKER, start, end) >= 0:
            waiting.extend(reversed(node.children))
    return tuple(found)
