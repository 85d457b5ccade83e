"""Which grammar reads which file, loaded when a file first wants it."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import Literal, TypeAlias

from tree_sitter import Language, Parser

Grammar: TypeAlias = Literal["typescript", "tsx", "javascript", "python"]

SUFFIXES: dict[str, tuple[str, Grammar]] = {
    ".ts": ("typescript", "typescript"),
    ".mts": ("typescript", "typescript"),
    ".cts": ("typescript", "typescript"),
    ".tsx": ("typescript", "tsx"),
    ".js": ("javascript", "javascript"),
    ".mjs": ("javascript", "javascript"),
    ".cjs": ("javascript", "javascript"),
    ".jsx": ("javascript", "javascript"),
    ".py": ("python", "python"),
    ".pyi": ("python", "python"),
}
"""File suffix (lower case) to the language of `eventlens.ir.Module` and the grammar that reads it."""


def language_of(path: str) -> tuple[str, Grammar] | None:
    """The language and grammar of a file by its suffix, whatever its case; None when no front end reads it."""
    dot = path.rfind(".")
    return SUFFIXES.get(path[dot:].lower()) if dot >= 0 else None


_CAPSULES: dict[Grammar, tuple[str, str]] = {
    "typescript": ("tree_sitter_typescript", "language_typescript"),
    "tsx": ("tree_sitter_typescript", "language_tsx"),
    "javascript": ("tree_sitter_javascript", "language"),
    "python": ("tree_sitter_python", "language"),
}


@cache
def grammar(name: Grammar) -> Language:
    """The compiled grammar."""
    package, capsule = _CAPSULES[name]
    return Language(getattr(import_module(package), capsule)())


def parser(name: Grammar) -> Parser:
    """A fresh parser: parsers hold state and are not shared between threads."""
    return Parser(grammar(name))
