"""Strings left open: the grammar lets them run on over line ends, and a single quotation mark would swallow the rest of the file."""

from __future__ import annotations

import re

from tree_sitter import Tree

from eventlens.syntax import grammars

_TOKEN = re.compile(
    rb'//[^\r\n]*|/\*.*?\*/|"""(?:[^"\\]|\\.|"(?!""))*"""|"(?:[^"\\\r\n]|\\.)*"|\'(?:[^\'\\\r\n]|\\.)+\'|("[^\r\n]*)',
    re.DOTALL,
)


def closed(tree: Tree, source: bytes) -> Tree:
    """The tree of a damaged source whose open strings are blank up to their line ends; ``tree`` where there are none."""
    masked = _TOKEN.sub(lambda match: b" " * len(match.group()) if match.group(1) else match.group(), source)
    if masked == source:
        return tree
    return grammars.reparsed(tree, masked) or tree
