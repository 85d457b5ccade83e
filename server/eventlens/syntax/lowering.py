"""From the bytes of one file to its `Module`."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from importlib import import_module
from typing import TypeAlias

from tree_sitter import Tree

from eventlens import ir
from eventlens.bounded_parsing import ParsingTooLong
from eventlens.syntax import grammars

_log = logging.getLogger(__name__)
_FrontEnd: TypeAlias = Callable[[Tree, bytes, str, tuple[int, ...]], ir.Module]
_PACKAGES = {"typescript": "ecmascript", "javascript": "ecmascript"}
"""Where the front end of a language stands, when it is not called like the language."""
_LINE_END = re.compile(rb"\r\n|\n|\r")


def lower(path: str, source: bytes) -> ir.Module:
    """Lower one file. ``path`` is relative to the workspace root and its suffix chooses the front end.

    Never raises: where a front end fails, or the parser takes too long, the module is empty, its error range is the whole file,
    and that is logged.
    A file that no front end reads has language "" and no content.
    """
    return lower_after(path, source, None)[0]


def lower_after(path: str, source: bytes, before: grammars.Parsed | None) -> tuple[ir.Module, grammars.Parsed | None]:
    """What `lower` gives, and what the next text of the file can be lowered from; ``before`` is that of an earlier text of it."""
    starts = line_starts(source)
    known = grammars.language_of(path)
    if known is None:
        return _empty(path, "", source, starts), None
    language, grammar = known
    try:
        with grammars.one_file(source):
            tree = None if before is None else grammars.parsed_after(before, source)
            if tree is None:
                tree = grammars.parsed(grammars.grammar(grammar), source)
            return _front_end(language)(tree, source, path, starts), grammars.Parsed(source, tree)
    except ParsingTooLong:
        _log.warning("%s: the parser takes too long over this text; the file is read as empty", path)
    except Exception:
        _log.exception("%s: the %s front end failed; the file is read as empty", path, language)
    return _empty(path, language, source, starts), None


def line_starts(source: bytes) -> tuple[int, ...]:
    """The byte offset of each line's first byte; lines end with LF, CRLF or a lone CR."""
    return (0, *[match.end() for match in _LINE_END.finditer(source)])


def _front_end(language: str) -> _FrontEnd:
    """The front end of a language, loaded when a file first wants it."""
    package = _PACKAGES.get(language, language)
    front_end: _FrontEnd = import_module(f"eventlens.syntax.{package}").lower_tree
    return front_end


def _empty(path: str, language: str, source: bytes, starts: tuple[int, ...]) -> ir.Module:
    size = len(source)
    errors = (ir.Node(0, size),) if language else ()
    return ir.Module(path, language, size, starts, (), (), (), errors)
