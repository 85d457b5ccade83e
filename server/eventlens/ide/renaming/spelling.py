"""How a name is spelt where it is written: in a literal of code, in a value of a configuration file."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from eventlens.ide.renaming.refusals import NotRenamable

_LITERAL = re.compile(r"""(?s)([A-Za-z@$]*)(\"\"\"|'''|"|'|`)(.*)\2""")
_PLAIN = re.compile(r"[A-Za-z0-9_][\w./-]*", re.ASCII)
_NO_TEXTS = frozenset(("true", "false", "null", "yes", "no", "on", "off", "y", "n"))
_IS_KEY = re.compile(rb"[\"']?\s*(?::(?=\s|[\"'])|=(?!=))")
_WORD = rb"[\w.\-]"
_APART = rb"(?<![\w.\-\x80-\xff])%s(?![\w.\-\x80-\xff])"
_FILTER = re.compile(
    rb"(?:detail-?[tT]ype|detail_type|event_?[tT]ype|eventName|\btype)[\"']?\s*[:=]\s*(\[[^\]]*\]|(?:\n\s*-[^\n]*)+|[^\n\[]+)"
)
"""The values of an event pattern's field that says which event it is."""
_REFERENCE = re.compile(rb"\$\{?([A-Za-z_][\w.\-]*)")


class Spelt(NamedTuple):
    """Bytes of a file, quotes left out, that spell a name. ``language`` is "" in configuration; ``prefix`` and ``quote`` are the literal's."""

    path: str
    start: int
    end: int
    language: str = ""
    prefix: str = ""
    quote: str = ""


def literal_at(path: str, language: str, source: bytes, start: int, end: int, name: str) -> Spelt | None:
    """The literal at some bytes, if it spells just the name."""
    found = _LITERAL.fullmatch(source[start:end].decode("utf-8", "replace"))
    if found is None or "\ufffd" in found[0]:
        return None
    begin = start + len((found[1] + found[2]).encode())
    spelt = Spelt(path, begin, end - len(found[2]), language, found[1].lower(), found[2])
    try:
        return spelt if found[3] == written(spelt, name) else None
    except NotRenamable:
        return None


def key_at(path: str, language: str, source: bytes, start: int, name: str) -> Spelt | None:
    """The literal that begins at a byte, where a longer construct does, if it spells just the name."""
    quote = source[start : start + 1].decode("ascii", "replace")
    if quote not in ("'", '"'):
        return None
    spelt = Spelt(path, start + 1, start + 1, language, "", quote)
    text = written(spelt, name).encode()
    ends = start + 1 + len(text)
    return spelt._replace(end=ends) if source[start + 1 : ends + 1] == text + quote.encode() else None


def within(path: str, source: bytes, start: int, end: int, name: str) -> Spelt | None:
    """The name in the bytes of a longer text, where it stands there once, set apart from the rest."""
    found = list(re.finditer(_APART % re.escape(name.encode()), source[start:end]))
    return Spelt(path, start + found[0].start(), start + found[0].end()) if len(found) == 1 else None


def in_configuration(path: str, source: bytes, line: int, name: str) -> list[Spelt]:
    """Where a line (1-based), or else the block that it begins, has the name as a value. A key of that name and comments do not count."""
    lines = list(_lines(source))
    if not 0 < line <= len(lines):
        return []
    first = lines[line - 1]
    opens = source[first[0] : first[1]].rstrip().endswith((b"{", b"["))
    if not opens and (found := list(_values(path, source, *first, name))):
        return found
    indent = _indent(source, first)
    for each in lines[line:]:
        if not source[each[0] : each[1]].strip():
            continue
        if _indent(source, each) <= indent:
            break
        if found := list(_values(path, source, *each, name)):
            return found
    return []


def let_through(path: str, source: bytes, name: str) -> list[Spelt]:
    """Where rules for events that a configuration file holds name an event."""
    found: list[Spelt] = []
    apart = re.compile(_APART % re.escape(name.encode()))
    for rule in _FILTER.finditer(source):
        found += [Spelt(path, *one.span()) for one in apart.finditer(source, *rule.span(1))]
    return found


def variables_named(source: bytes, line: int) -> list[str]:
    """The variables that a line (1-based) refers to: ``${TOPIC:-orders}``, ``$TOPIC``."""
    lines = list(_lines(source))
    start, end = lines[line - 1] if 0 < line <= len(lines) else (0, 0)
    return [found[1].decode() for found in _REFERENCE.finditer(source, start, end)]


def _values(path: str, source: bytes, start: int, end: int, name: str) -> Iterator[Spelt]:
    text = source[start:end]
    comment = re.search(rb"(?:^|\s)(?:#|//)", text)
    for found in re.finditer(rb"(?:(?<!%s)|(?<=:-))%s(?!%s)" % (_WORD, re.escape(name.encode()), _WORD), text):
        if comment is not None and found.start() > comment.start():
            return
        if not _IS_KEY.match(text, found.end()):
            yield Spelt(path, start + found.start(), start + found.end())


def _lines(source: bytes) -> Iterator[tuple[int, int]]:
    start = 0
    for found in re.finditer(rb"\r\n|\n|\r|$", source):
        yield start, found.start()
        start = found.end()


def _indent(source: bytes, line: tuple[int, int]) -> int:
    text = source[line[0] : line[1]]
    return len(text) - len(text.lstrip())


def written(spelt: Spelt, name: str) -> str:
    """The name as it is written at a place. Raises NotRenamable where it cannot be."""
    if not spelt.language:
        if not _PLAIN.fullmatch(name) or name.lower() in _NO_TEXTS or not re.search("[A-Za-z]", name):
            raise NotRenamable(
                f"`{name}` cannot be written in {spelt.path} as it is; take letters, digits and `_ . - /`"
            )
        return name
    if _is_raw(spelt):
        if spelt.quote in name or (spelt.language == "kotlin" and "$" in name):
            raise NotRenamable(f"`{name}` cannot be written in the raw string of {spelt.path}")
        return name
    if spelt.language == "csharp" and "@" in spelt.prefix:
        text = name.replace('"', '""')
    else:
        text = name.replace("\\", "\\\\").replace(spelt.quote[0], "\\" + spelt.quote[0])
    if spelt.language == "kotlin" or spelt.quote == "`":
        text = re.sub(r"\$(?=[\w{])", r"\\$", text)
    if (spelt.language, "f" in spelt.prefix) == ("python", True) or "$" in spelt.prefix:
        text = text.replace("{", "{{").replace("}", "}}")
    return text


def _is_raw(spelt: Spelt) -> bool:
    return (
        (spelt.language == "python" and "r" in spelt.prefix)
        or (spelt.language == "go" and spelt.quote == "`")
        or (spelt.language in ("kotlin", "csharp") and spelt.quote == '"""')
    )
