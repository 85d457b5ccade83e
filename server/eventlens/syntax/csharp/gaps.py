"""Valid code that the grammar takes for an error, and how to show it to the grammar so that it does not.

A gap is masked by text of the same length, so that every offset stays true. The masked text is only ever parsed: names and
literals are read from the file as it is. Masking is tried when a tree has errors, and kept where it leaves fewer.
"""

from __future__ import annotations

import re

from tree_sitter import Tree

from eventlens.syntax import grammars
from eventlens.syntax.damage import damage

_DIRECTIVE = re.compile(rb"^[ \t]*#[ \t]*(if|elif|else|endif)\b", re.MULTILINE)


def bridged(tree: Tree, source: bytes) -> Tree:
    """The tree of the masked source where that has fewer errors than ``tree``, else ``tree``."""
    masked = _first_branches(source)
    if masked == source:
        return tree
    other = grammars.reparsed(tree, masked)
    return other if other is not None and damage(other) < damage(tree) else tree


def _first_branches(source: bytes) -> bytes:
    """The source without directives in the midst of declarations and values: the first branch of each stays."""
    if b"#" not in source:
        return source
    kept: list[bytes] = []
    open_: list[bool] = []
    for line in source.splitlines(keepends=True):
        directive = _DIRECTIVE.match(line)
        word = directive.group(1) if directive else b""
        if word == b"if":
            open_.append(True)
        elif word in (b"elif", b"else") and open_:
            open_[-1] = False
        elif word == b"endif" and open_:
            open_.pop()
        kept.append(line if not word and all(open_) else _blank(line))
    return b"".join(kept)


def _blank(line: bytes) -> bytes:
    text = line.rstrip(b"\r\n")
    return b" " * len(text) + line[len(text) :]
