"""INI files and Java properties as values with lines."""

from __future__ import annotations

import re
from collections.abc import Iterator

from eventlens.config.values import Scalar, Table, Value

_SECTION = re.compile(r"\s*\[([^\]]+)\]\s*(?:[#;].*)?$")
_SEPARATOR = re.compile(r"[=:]")
_PROPERTY = re.compile(r"((?:\\.|[^\\=:\s])*)(?:\s*[=:]\s*|\s+|$)(.*)$", re.DOTALL)
_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|.)", re.DOTALL)
_NAMED = {"t": "\t", "n": "\n", "r": "\r", "f": "\f"}


def read_ini(text: str) -> tuple[Value, ...]:
    """Sections as tables; settings above the first section stand at the top. A value may go on in indented lines."""
    top: dict[str, Value] = {}
    top_lines: dict[str, int] = {}
    entries, lines = top, top_lines
    last = ""
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.lstrip().startswith(("#", ";")):
            continue
        section, separator = _SECTION.match(line), _SEPARATOR.search(line)
        if section:
            entries, lines, last = {}, {}, ""
            top[section.group(1).strip()] = Table(entries, lines, number)
            top_lines[section.group(1).strip()] = number
        elif line[0].isspace() and last:
            previous = entries[last]
            assert isinstance(previous, Scalar)
            entries[last] = Scalar(f"{previous.text}\n{line.strip()}", previous.line)
        elif separator and separator.start() and not line[0].isspace():
            last = line[: separator.start()].rstrip()
            entries[last], lines[last] = Scalar(line[separator.end() :].strip(), number), number
    return (Table(top, top_lines, 1),)


def read_properties(text: str) -> tuple[Value, ...]:
    """One flat table; dotted keys stay as they are written."""
    entries: dict[str, Value] = {}
    lines: dict[str, int] = {}
    for number, line in _logical_lines(text):
        match = _PROPERTY.match(line)
        if match and match.group(1):
            key = _unescaped(match.group(1))
            entries[key], lines[key] = Scalar(_unescaped(match.group(2)), number), number
    return (Table(entries, lines, 1),)


def _logical_lines(text: str) -> Iterator[tuple[int, str]]:
    """Lines joined at a final backslash, comments and blank lines left out, with the number of the first."""
    pending, began = "", 0
    for number, line in enumerate(text.splitlines(), 1):
        line = line.lstrip()
        if not pending and (not line or line[0] in "#!"):
            continue
        began = began if pending else number
        pending += line
        backslashes = len(pending) - len(pending.rstrip("\\"))
        if backslashes % 2:
            pending = pending[:-1]
            if pending:
                continue
        yield began, pending
        pending = ""
    if pending:
        yield began, pending


def _unescaped(text: str) -> str:
    def one(match: re.Match[str]) -> str:
        code = match.group(1)
        return chr(int(code[1:], 16)) if len(code) == 5 else _NAMED.get(code, code)

    return _ESCAPE.sub(one, text)
