"""From the bytes of one file to its `Module`."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from importlib import import_module
from typing import TypeAlias

from eventlens import ir
from eventlens.bounded_parsing import ParsingTooLong
from eventlens.syntax import grammars
from eventlens.syntax.kept_parts import NO_EDIT, KeptParts, edit_between

_log = logging.getLogger(__name__)
_FrontEnd: TypeAlias = Callable[..., ir.Module]
"""Takes the tree, its text, the path, the line starts and, of a language in `_KEEPING`, what is kept of the text."""
_KEEPING = frozenset({"typescript", "javascript", "python", "java", "csharp", "go"})
"""Languages whose front ends lower only what an edit did not leave alone."""
_PACKAGES = {"typescript": "ecmascript", "javascript": "ecmascript"}
"""Where the front end of a language stands, when it is not called like the language."""
_LINE_END = re.compile(rb"\r\n|\n|\r")


def lower(path: str, source: bytes) -> ir.Module:
    """Lower one file. ``path`` is relative to the workspace root and its suffix chooses the front end.

    Never raises: where a front end fails, or the parser takes too long, the module is empty, its error range is the whole file,
    and that is logged.
    A file that no front end reads has language "" and no content.
    """
    return _lowered(path, source, None, keeps=False)[0]


def lower_after(path: str, source: bytes, before: grammars.Parsed | None) -> tuple[ir.Module, grammars.Parsed | None]:
    """What `lower` gives, and what the next text of the file can be lowered from; ``before`` is that of an earlier text of it.

    That is the latest text without syntax errors: what is typed is often broken for a letter or two.
    """
    return _lowered(path, source, before, keeps=True)


def _lowered(
    path: str, source: bytes, before: grammars.Parsed | None, keeps: bool
) -> tuple[ir.Module, grammars.Parsed | None]:
    starts = line_starts(source)
    known = grammars.language_of(path)
    if known is None:
        return _empty(path, "", source, starts), None
    language, grammar = known
    try:
        with grammars.one_file(source):
            edit = NO_EDIT if before is None else edit_between(before.source, source)
            tree = None if before is None else grammars.parsed_after(before, source, edit)
            if tree is None:
                tree = grammars.parsed(grammars.grammar(grammar), source)
            kept = None
            if keeps and not tree.root_node.has_error:
                kept = KeptParts(edit, None if before is None else before.kept)
            module = _front_end(language)(tree, source, path, starts, *((kept,) if language in _KEEPING else ()))
            return module, before if kept is None else grammars.Parsed(source, tree, kept)
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
