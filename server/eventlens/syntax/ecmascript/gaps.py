"""Valid code that the grammars take for an error, and how to show it to them so that they do not.

A gap is masked by text of the same length, so that every offset stays true. The masked text is only ever parsed: names and
literals are read from the file as it is. Masking is tried when a tree has errors, and kept where it leaves fewer.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from tree_sitter import Tree

from eventlens.syntax import grammars
from eventlens.syntax.damage import damage

_Mask = Callable[["re.Match[bytes]"], bytes]


def _blank(word: bytes) -> _Mask:
    return lambda match: match.group().replace(word, b" " * len(word))


def _ampersand(match: re.Match[bytes]) -> bytes:
    """Text between two tags without the ampersands in it, where one stands alone."""
    text = match.group()
    return text.replace(b"&", b" ") if _LONE_AMPERSAND.search(text) else text


def _identifier(match: re.Match[bytes]) -> bytes:
    return b"_" * len(match.group())


_LONE_AMPERSAND = re.compile(rb"\s&\s")
_IMPORTED = rb"import\(\s*(?:'[^'\n]*'|\"[^\"\n]*\")\s*\)"
_GAPS: tuple[tuple[re.Pattern[bytes], _Mask], ...] = (
    (re.compile(rb"(?<=typeof )" + _IMPORTED), _identifier),
    (re.compile(_IMPORTED + rb"(?=(?:\.\w+)*\.[A-Z]\w*<)"), _identifier),
    (re.compile(rb"\babstract\s+override\b|\boverride\s+abstract\b"), _blank(b"override")),
    (re.compile(rb"\bexport\s+type\s*\*"), _blank(b"type")),
    (re.compile(rb"\bexport\s+default\s+abstract\s+class\b"), _blank(b"abstract")),
    (re.compile(rb"\*\s+as\s+default\b"), lambda match: match.group().replace(b"default", b"_efault")),
    (re.compile(rb"\bimport\s+defer\b"), _blank(b"defer")),
    # The scanner takes a name like `in_stock` at a line's start for the operator and ends no member before it.
    (re.compile(rb"(?<=[\w\]})>'\"?])[^\S\n]*\n(?=\s*in[_0-9$])"), lambda match: b";".rjust(len(match.group()))),
    # A bare ampersand in JSX text.
    (re.compile(rb"(?<=>)[^<>{}]+(?=[<{])"), _ampersand),
)


def bridged(tree: Tree, source: bytes) -> Tree:
    """The tree of the masked source where that has fewer errors than ``tree``, else ``tree``."""
    masked = source
    for pattern, mask in _GAPS:
        masked = pattern.sub(mask, masked)
    if masked == source:
        return tree
    other = grammars.reparsed(tree, masked)
    return other if other is not None and damage(other) < damage(tree) else tree
