"""Which grammar reads which file, loaded when a file first wants it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from importlib import import_module
from math import inf
from typing import Literal, NamedTuple, TypeAlias

from tree_sitter import Language, Parser, Tree

from eventlens.bounded_parsing import LARGE, SECONDS_A_MEGABYTE, ParsingTooLong, parsed_within
from eventlens.syntax.kept_parts import Edit, KeptParts

Grammar: TypeAlias = Literal["typescript", "tsx", "javascript", "python", "java", "kotlin", "go", "csharp"]

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
    ".java": ("java", "java"),
    ".kt": ("kotlin", "kotlin"),
    ".kts": ("kotlin", "kotlin"),
    ".go": ("go", "go"),
    ".cs": ("csharp", "csharp"),
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
    "java": ("tree_sitter_java", "language"),
    "kotlin": ("tree_sitter_kotlin", "language"),
    "go": ("tree_sitter_go", "language"),
    "csharp": ("tree_sitter_c_sharp", "language"),
}


@cache
def grammar(name: Grammar) -> Language:
    """The compiled grammar."""
    package, capsule = _CAPSULES[name]
    language = Language(getattr(import_module(package), capsule)())
    if name in _GOING_BACK:
        _going_back.append(language)
    return language


_GOING_BACK: tuple[Grammar, ...] = ("kotlin",)
"""One odd character or one bracket left open, with a dozen lines behind it, keeps these grammars busy for minutes."""
_going_back: list[Language] = []
"""Those of them that are loaded."""
_SMALL = 8_000
"""Bytes. Up to this size a text in any other language is read in a fraction of a second."""
_MOST_OPEN_ANGLES = 6_000
"""At the end of a text with so many lists of type arguments left open the parser needs minutes, and cannot be interrupted there."""
_LOPSIDED = 50
_LONG_LINE = 10_000
"""Bytes. What nobody wrote line by line may repeat something that the parser goes back over again and again."""
_BRACKETS = ((b"(", b")"), (b"[", b"]"), (b"{", b"}"), (b"/*", b"*/"))
SECONDS = 0.3
"""What the smallest texts may take, beside `SECONDS_A_MEGABYTE`."""
_TIMES_AGAIN = 2
"""How many times as long as a text all may take that is parsed of it again."""


def parser(name: Grammar) -> Parser:
    """A fresh parser: parsers hold state and are not shared between threads."""
    return Parser(grammar(name))


class _TimeAgain:
    """The processor time that is left for parsing parts of one file again, and the file in other words."""

    def __init__(self, size: int) -> None:
        self.seconds = _TIMES_AGAIN * _seconds(size)


_again: ContextVar[_TimeAgain | None] = ContextVar("again", default=None)


@contextmanager
def one_file(source: bytes) -> Iterator[None]:
    """All that `reparsed` is asked within has the time of one file, however often it is asked."""
    token = _again.set(_TimeAgain(len(source)))
    try:
        yield
    finally:
        _again.reset(token)


def _seconds(size: int) -> float:
    return SECONDS + SECONDS_A_MEGABYTE * size / 1_000_000


def parsed(language: Language, source: bytes, most: float = inf) -> Tree:
    """The tree of a text; ``most`` are seconds of processor time. Raises ParsingTooLong."""
    reading = Parser(language)
    if not _may_take_long(language, source):
        return reading.parse(source)
    if _open_angles(source) > _MOST_OPEN_ANGLES:
        raise ParsingTooLong
    # The scanner of Kotlin cannot be interrupted: behind an annotation on a last line without an end it looks for that end for ever.
    return parsed_within(reading, source, min(most, _seconds(len(source))), is_ended=language in _going_back)


class Parsed(NamedTuple):
    """A text without syntax errors, its tree, and what its parts were lowered to."""

    source: bytes
    tree: Tree
    kept: KeptParts


def parsed_after(before: Parsed, source: bytes, edit: Edit) -> Tree | None:
    """The tree of a text that an edit made of another, in a fraction of the time: what the edit left alone is not read again.

    None where that cannot be told: the parser puts damage right differently when it begins in the middle, so the text may not have any.
    """
    language = before.tree.language
    if _may_take_long(language, source):
        return None
    start, end, new_end = edit
    tree = before.tree.copy()
    points = (_point(before.source, start), _point(before.source, end), _point(source, new_end))
    tree.edit(start, end, new_end, *points)
    after = Parser(language).parse(source, tree)
    return None if after.root_node.has_error else after


def _point(source: bytes, offset: int) -> tuple[int, int]:
    """Row, and column in bytes, both from 0."""
    return (source.count(b"\n", 0, offset), offset - source.rfind(b"\n", 0, offset) - 1)


def _may_take_long(language: Language, source: bytes) -> bool:
    if language in _going_back or len(source) >= LARGE:
        return True
    return len(source) > _SMALL and (_is_lopsided(source) or _has_long_line(source))


def _is_lopsided(source: bytes) -> bool:
    """Whether so many brackets of a text are left open, or closed without having been opened, that parsing it may take long."""
    return _open_angles(source) > _LOPSIDED or any(
        abs(source.count(one) - source.count(other)) > _LOPSIDED for one, other in _BRACKETS
    )


def _has_long_line(source: bytes) -> bool:
    return max(map(len, source.splitlines())) > _LONG_LINE


def _open_angles(source: bytes) -> int:
    return source.count(b"<") - source.count(b">") + source.count(b"=>")


def reparsed(tree: Tree, source: bytes) -> Tree | None:
    """The tree of a text of the same language; None where reading it takes too long, or what was read before it took all the time."""
    again = _again.get() or _TimeAgain(len(source))
    if again.seconds <= 0:
        return None
    began = time.thread_time()
    try:
        return parsed(tree.language, source, again.seconds)
    except ParsingTooLong:
        return None
    finally:
        again.seconds -= time.thread_time() - began
