"""What a file of a language with packages says of itself, read off its bytes: its package, what it declares, what it imports.

Java, Kotlin, Go and C# find names by package, not by file. As in `survey`, nothing is parsed: a declaration inside a comment is
taken for one, and what is decided from it is checked on the parsed module.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple, TypeAlias


class PackageSurvey(NamedTuple):
    """``imports`` are specifiers (``a.b:C``, ``a.b:*``), the own package's among them; ``shared`` are packages that the file imports

    for its whole project (C#'s ``global using``), and names that it gives for it (``Name=a.b.C``). ``declares`` are names that other files of the package, or those that import
    it, may use: types and top-level functions by their name, extensions as ``.name``, methods of Go's types as ``#name`` and of its interfaces as ``~name``.
    Types that a type says it extends or implements are there as ``<name``.
    """

    package: str = ""
    declares: tuple[str, ...] = ()
    imports: tuple[str, ...] = ()
    shared: tuple[str, ...] = ()


Marks: TypeAlias = Mapping[bytes, Sequence[int]]
"""Each of `MARKS` that occurs, and where: byte offsets, ascending."""

_WORD = rb"[A-Za-z_\x80-\xff][\w$\x80-\xff]*"
"""A name in UTF-8: what is not ASCII in code, outside of comments and strings, is letters."""
_DOTTED = _WORD + rb"(?:[ \t]*\.[ \t]*" + _WORD + rb")*"
_TYPE_PARAMETERS = rb"(?:<[^<>{}()]*(?:<[^<>{}()]*>[^<>{}()]*)*>[ \t]*)?"

_LINE = rb"^(?:\xef\xbb\xbf)?"
"""Where a line begins: the first one may have a byte-order mark."""
_JVM_PACKAGE = re.compile(_LINE + rb"[ \t]*package[ \t]+(" + _DOTTED + rb")", re.M)
_JVM_IMPORT = re.compile(
    rb"import[ \t]+(?:static[ \t]+)?(" + _DOTTED + rb")([ \t]*\.[ \t]*\*)?(?:[ \t]+as[ \t]+" + _WORD + rb")?"
)
_JVM_TYPES = (b"class", b"interface", b"enum", b"record", b"object", b"typealias")
_JVM_TYPE = re.compile(rb"\b(?:" + b"|".join(_JVM_TYPES) + rb")[ \t]+(" + _WORD + rb")")
_KOTLIN_FUNCTION = re.compile(
    rb"^([ \t]*)(?:(?:public|internal|private|inline|suspend|const|operator|infix|tailrec|lateinit|actual|expect|override|open|protected)[ \t]+)*"
    rb"(?:fun|val|var)[ \t]+" + _TYPE_PARAMETERS + rb"((?:[\w$<>?,*\x80-\xff]+[ \t]?\.[ \t]?)*)(" + _WORD + rb")",
    re.M,
)
_GO_PACKAGE = re.compile(_LINE + rb"package[ \t]+(" + _WORD + rb")", re.M)
_GO_IMPORT = re.compile(rb"^import[ \t]+(?:\(([^)]*)\)|[^\"`(\r\n]*[\"`]([^\"`\r\n]+)[\"`])", re.M)
_GO_PATH = re.compile(rb"[\"`]([^\"`\r\n]+)[\"`]")
_GO_TOP = re.compile(
    rb"^(?:func[ \t]+(?:\([ \t]*(?:" + _WORD + rb"[ \t]+)?\*?[ \t]*(" + _WORD + rb")[^)]*\)[ \t]*)?(" + _WORD + rb")"
    rb"|(?:type|var|const)[ \t]+(" + _WORD + rb")"
    rb"|(?:type|var|const)[ \t]*\(([^\n]*\n(?:(?!\)).*\n)*))",
    re.M,
)
_GO_GROUPED = re.compile(rb"^\t(" + _WORD + rb")", re.M)
_GO_INTERFACE = re.compile(rb"\binterface[ \t]*\{([^{}]*(?:\{[^{}]*\}[^{}]*)*)\}")
_GO_INTERFACE_METHOD = re.compile(rb"^[ \t]+(" + _WORD + rb")[ \t]*\(", re.M)
_CS_NAMESPACE = re.compile(_LINE + rb"[ \t]*namespace[ \t]+(" + _DOTTED + rb")", re.M)
_CS_USING = re.compile(
    rb"using[ \t]+(static[ \t]+)?(?:(" + _WORD + rb")[ \t]*=[ \t]*)?(?:global::)?(" + _DOTTED + rb")[^;\r\n(]*;"
)
_CS_TYPES = (b"class", b"interface", b"struct", b"enum", b"record", b"delegate")
_CS_TYPE = re.compile(
    rb"\b(?:class|interface|struct|enum|record(?:[ \t]+(?:struct|class))?|delegate[ \t]+[\w.<>\[\],? \t\x80-\xff]{1,200}?)[ \t]+("
    + _WORD
    + rb")"
)
_CS_EXTENDED = re.compile(rb"\([ \t\r\n]*this[ \t]+")
"""What every extension holds: most files do not, and need no search for one."""
_CS_EXTENSION = re.compile(
    rb"(?<![\w$\x80-\xff])(" + _WORD + rb")[ \t]*" + _TYPE_PARAMETERS + rb"\([ \t\r\n]*this[ \t]+"
)


def _text(name: bytes) -> str:
    return sys.intern(b"".join(name.split()).decode("utf-8", "replace"))


def _distinct(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))


def _split(dotted: str) -> str:
    """``a.b.C`` as the name ``C`` of the package ``a.b``."""
    package, _, name = dotted.rpartition(".")
    return f"{package}:{name}"


def _matches(pattern: re.Pattern[bytes], source: bytes, starts: Iterable[int]) -> Iterator[re.Match[bytes]]:
    """The matches that begin at one of the places, in their order; none begins inside another."""
    end = 0
    for start in starts:
        match = pattern.match(source, start) if start >= end else None
        if match is not None:
            end = match.end()
            yield match


def _first_of_lines(source: bytes, starts: Iterable[int]) -> Iterator[tuple[int, bytes]]:
    """Those of the places that are the first of their line, each with what stands before it there, blanks around that apart.

    No line is looked at more than once, however many places it has.
    """
    last = 0
    is_first = True
    for start in starts:
        newline = source.rfind(b"\n", last, start)
        if newline >= 0 or is_first:
            yield start, source[newline + 1 : start].removeprefix(b"\xef\xbb\xbf").strip(b" \t")
        last, is_first = start, False


def _in_order(marks: Marks, *wanted: bytes) -> list[int]:
    return sorted(start for one in wanted for start in marks.get(one, ()))


_HEADER = 600
"""Bytes behind a type's name in which the types that it extends are looked for."""
_BRACKETED = re.compile(rb"\([^()]*\)|<[^<>]*>")
_JVM_SAYING = re.compile(rb"\b(?:extends|implements)\b|[:,]")
_CS_SAYING = re.compile(rb"[:,]")
_LAST_NAME = re.compile(rb"[ \t\r\n]*(?:" + _WORD + rb"[ \t]*\.[ \t]*)*(" + _WORD + rb")")


def _types(declared: Iterable[re.Match[bytes]], source: bytes, saying: re.Pattern[bytes]) -> Iterator[str]:
    """The names of types, each with those that it says it extends or implements."""
    for match in declared:
        yield _text(match[1])
        header = re.split(rb"[{;]|\bwhere\b", source[match.end() : match.end() + _HEADER], maxsplit=1)[0]
        if saying.search(header):
            before = b""
            while before != header:
                before, header = header, _BRACKETED.sub(b"", header)
            for part in saying.split(header)[1:]:
                said = _LAST_NAME.match(part)
                if said is not None:
                    yield "<" + _text(said[1])


def _jvm(source: bytes, marks: Marks) -> PackageSurvey:
    found = _JVM_PACKAGE.search(source)
    package = _text(found[1]) if found else ""
    begun = (start for start, before in _first_of_lines(source, marks.get(b"import", ())) if not before)
    imports = [f"{_text(m[1])}:*" if m[2] else _split(_text(m[1])) for m in _matches(_JVM_IMPORT, source, begun)]
    if package:
        imports.append(f"{package}:*")
    types = _matches(_JVM_TYPE, source, _in_order(marks, *_JVM_TYPES))
    declares = _distinct(_types(types, source, _JVM_SAYING))
    return PackageSurvey(package, declares, _distinct(map(sys.intern, imports)))


def _kotlin(source: bytes, marks: Marks) -> PackageSurvey:
    survey = _jvm(source, marks)
    top: list[str] = []
    for match in _KOTLIN_FUNCTION.finditer(source):
        extended, name = _text(match[2]).rstrip("."), _text(match[3])
        if extended:
            top.append("." + name)
        if not match[1]:
            top.append(re.split(r"[<?.]", extended)[0] if extended else name)
    return survey._replace(declares=_distinct((*survey.declares, *top)))


def _go(source: bytes, _marks: Marks) -> PackageSurvey:
    found = _GO_PACKAGE.search(source)
    imports = [
        _text(path)
        for m in _GO_IMPORT.finditer(source)
        for path in ([m[2]] if m[2] is not None else _GO_PATH.findall(m[1]))
    ]
    declares: list[str] = []
    for body in _GO_INTERFACE.findall(source):
        declares += ["~" + _text(name) for name in _GO_INTERFACE_METHOD.findall(body)]
    for receiver, function, single, group in _GO_TOP.findall(source):
        if receiver:
            declares += [_text(receiver), "#" + _text(function)]
        else:
            declares += [_text(name) for name in (function, single, *_GO_GROUPED.findall(group)) if name]
    return PackageSurvey(
        _text(found[1]) if found else "",
        _distinct(declares),
        _distinct(sys.intern(f"{one}:*") for one in (*imports, ".")),
    )


def _csharp(source: bytes, marks: Marks) -> PackageSurvey:
    imports: list[str] = []
    shared: list[str] = []
    for start, before in _first_of_lines(source, marks.get(b"using", ())):
        match = _CS_USING.match(source, start) if before in (b"", b"global") else None
        if match is not None:
            imports.append(_text(match[3]))
        if match is not None and before and not match[1]:
            shared.append(f"{_text(match[2])}={imports[-1]}" if match[2] else imports[-1])
    namespaces = _distinct(_text(m[1]) for m in _CS_NAMESPACE.finditer(source))
    around = [
        ".".join(parts[:length])
        for namespace in namespaces
        for parts in [namespace.split(".")]
        for length in range(len(parts), 0, -1)
    ]
    declares = [
        *_types(_matches(_CS_TYPE, source, _in_order(marks, *_CS_TYPES)), source, _CS_SAYING),
        *("." + _text(m[1]) for m in (_CS_EXTENSION.finditer(source) if _CS_EXTENDED.search(source) else ())),
    ]
    return PackageSurvey(
        namespaces[0] if namespaces else "",
        _distinct(declares),
        _distinct(sys.intern(f"{one}:*") for one in (*imports, *around)),
        _distinct(shared),
    )


MARKS = tuple(dict.fromkeys((b"import", b"using", *_JVM_TYPES, *_CS_TYPES)))
"""What readers want to be told the places of: they are found in the one pass over the bytes."""
READERS: dict[str, Callable[[bytes, Marks], PackageSurvey]] = {
    "java": _jvm,
    "kotlin": _kotlin,
    "go": _go,
    "csharp": _csharp,
}
"""Language → how its files are surveyed."""
