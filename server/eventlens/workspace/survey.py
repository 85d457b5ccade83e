"""One pass over a file's bytes: which library literals it holds and which modules it imports.

Nothing is parsed. An import inside a comment or a string is taken for one: the survey may name a module too many, never one
too few of those written in the usual forms. What is decided from it is checked on the parsed module.
"""

from __future__ import annotations

import hashlib
import re
import sys
from collections.abc import Iterable

import msgspec
from ahocorasick_rs import BytesAhoCorasick, Implementation

from eventlens.ir import Word
from eventlens.workspace.package_surveys import MARKS, READERS

_PYTHON_MARKS = (b"import ", b"from ", b"import\t", b"from\t")
_ES_MARKS = (b"from", b"import", b"require")

_PYTHON_WORD = rb"[A-Za-z_\x80-\xff][\w\x80-\xff]*"
_PYTHON_NAME = _PYTHON_WORD + rb"(?:[ \t]*\.[ \t]*" + _PYTHON_WORD + rb")*"
# Every run of blanks is matched in one way only, and a list ends before the next one: no text makes a match try again and again.
_PYTHON_FROM = re.compile(
    rb"from[ \t]+(?![ \t])((?:\.[ \t]*(?![ \t]))*(?:"
    + _PYTHON_NAME
    + rb")?)[ \t]*(?:\\\r?\n[ \t]*)?import[ \t]*(?:\\\r?\n[ \t]*)?"
    + rb"(?:\(((?:[^()#]|#[^\r\n]*(?![^\r\n]))*)\)|((?:[^\r\n;#(\\]|\\\r?\n)*))"
)
_PYTHON_IMPORT = re.compile(rb"import[ \t]+((?:[^\r\n;#(\\]|\\\r?\n)+)")
_PYTHON_COMMENT = re.compile(rb"#[^\r\n]*|\\")
_ES_SPECIFIER = re.compile(
    rb"""(?:from|import|(?:import|require)\s*\()\s*(?:/\*.{0,500}?\*/\s*)?(?:"([^"\r\n]+)"|'([^'\r\n]+)'|`([^`$\r\n]+)`)"""
)

_LOOKED_BACK = 500
"""Bytes of a line before an import that are looked at. Blanks alone in them are taken for its indentation."""
_LONG_LINE = 5_000
"""Bytes. A source file of `_BUNDLE_BYTES` or more whose lines are this long on average is a bundle."""
_BUNDLE_BYTES = 20_000


class Survey(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What one file mentions. ``literals`` are those of the caller's set that occur, sorted; ``imports`` are module

    specifiers in the order of their first mention. In Python ``from m import a, b`` gives ``m``, ``m:a`` and ``m:b``, because
    ``a`` may be a module of its own. ``bundled`` marks a minified or packed file: it is neither surveyed nor lowered.
    """

    literals: tuple[Word, ...] = ()
    imports: tuple[Word, ...] = ()
    bundled: bool = False
    package: Word = ""
    declares: tuple[Word, ...] = ()
    shared: tuple[Word, ...] = ()
    """These three of languages with packages alone; see `PackageSurvey`."""


class Surveyor:
    """Surveys files for one set of literals. ``fingerprint`` names that set; it is part of every cache key."""

    def __init__(self, literals: Iterable[bytes] = ()) -> None:
        self.literals = tuple(sorted(set(literals) - {b""}))
        self.fingerprint = hashlib.blake2b(b"\0".join((_VERSION, *self.literals)), digest_size=8).hexdigest()
        self._names = tuple(literal.decode("utf-8", errors="replace") for literal in self.literals)
        self._python = _automaton(self.literals, _PYTHON_MARKS)
        self._es = _automaton(self.literals, _ES_MARKS)
        self._packaged = _automaton(self.literals, MARKS)

    def survey(self, source: bytes, language: str) -> Survey:
        """The survey of one file's bytes."""
        if is_bundle(source, language):
            return Survey(bundled=True)
        reader = READERS.get(language)
        if reader is not None:
            literals, marks = self._found(self._packaged, source)
            said = reader(source, {MARKS[number]: starts for number, starts in marks.items()})
            return Survey(literals, said.imports, False, said.package, said.declares, said.shared)
        is_python = language == "python"
        literals, marks = self._found(self._python if is_python else self._es, source)
        starts = sorted(start for found in marks.values() for start in found)
        return Survey(literals, _python_imports(source, starts) if is_python else _es_imports(source, starts))

    def _found(self, automaton: BytesAhoCorasick, source: bytes) -> tuple[tuple[str, ...], dict[int, list[int]]]:
        """The literals that occur, and where each of the marks does, by its number."""
        found: set[int] = set()
        marks: dict[int, list[int]] = {}
        first_mark = len(self._names)
        for pattern, start, _ in automaton.find_matches_as_indexes(source, overlapping=True):
            if pattern < first_mark:
                found.add(pattern)
            else:
                marks.setdefault(pattern - first_mark, []).append(start)
        return tuple(self._names[pattern] for pattern in sorted(found)), marks


_VERSION = b"survey-6"


def is_bundle(source: bytes, language: str) -> bool:
    """Whether a file's lines are so long that no person wrote them."""
    if language == "python" or len(source) < _BUNDLE_BYTES:
        return False
    return len(source) > _LONG_LINE * (source.count(b"\n") + 1)


def _automaton(literals: tuple[bytes, ...], marks: tuple[bytes, ...]) -> BytesAhoCorasick:
    return BytesAhoCorasick((*literals, *marks), implementation=Implementation.DFA)


def _es_imports(source: bytes, marks: list[int]) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for start in marks:
        match = _ES_SPECIFIER.match(source, start)
        if match:
            specifier = match.group(1) or match.group(2) or match.group(3)
            found[sys.intern(specifier.decode("utf-8", errors="replace"))] = None
    return tuple(found)


def _python_imports(source: bytes, marks: list[int]) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for start in marks:
        if _begins_statement(source, start):
            for specifier in _python_statement(source, start):
                found[sys.intern(specifier)] = None
    return tuple(found)


def _begins_statement(source: bytes, start: int) -> bool:
    before = source[max(0, start - _LOOKED_BACK) : start]
    end = max(before.rfind(b"\n"), before.rfind(b"\r"))
    line = before[end + 1 :].strip().removeprefix(b"\xef\xbb\xbf")
    return line.endswith((b";", b":")) if line else not _goes_on(before[: max(end, 0)])


def _goes_on(before: bytes) -> bool:
    """Whether the line that ends here goes on in the next one."""
    end = max(before.rfind(b"\n"), before.rfind(b"\r", 0, -1))
    line = before[end + 1 :].removesuffix(b"\r")
    return line.endswith(b"\\") and b"#" not in line


def _python_statement(source: bytes, start: int) -> list[str]:
    match = _PYTHON_FROM.match(source, start)
    if match:
        module = _compact(match.group(1))
        names = _names(match.group(2) if match.group(2) is not None else match.group(3))
        return [module, *(f"{module}:{name}" for name in names if name != "*")] if module else []
    match = _PYTHON_IMPORT.match(source, start)
    return _names(match.group(1)) if match else []


def _names(clause: bytes) -> list[str]:
    """The imported names of ``a.b as c, d``."""
    parts = _PYTHON_COMMENT.sub(b"", clause).split(b",")
    return [name for part in parts if (name := _compact(part.split(b" as ")[0]))]


def _compact(name: bytes) -> str:
    return b"".join(name.split()).decode("utf-8", errors="replace")
