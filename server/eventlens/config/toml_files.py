"""TOML as values with lines. The parser of the standard library gives the values, a scan of the lines gives the places."""

from __future__ import annotations

import importlib
import re
import sys
from typing import Any

from eventlens.config.values import LARGEST_BITS, Items, Scalar, Table, Value

_parser: Any = importlib.import_module("tomllib" if sys.version_info >= (3, 11) else "tomli")

Path = tuple[str, ...]

_PART = r"""(?:[A-Za-z0-9_-]+|"(?:[^"\\]|\\.)*"|'[^']*')"""
_KEY = rf"{_PART}(?:\s*\.\s*{_PART})*"
_HEADER = re.compile(rf"\s*(\[\[?)\s*({_KEY})\s*\]\]?\s*(?:#.*)?$")
_ENTRY = re.compile(rf"\s*({_KEY})\s*=")
_NO_KEY = re.compile(r"""[^\w.\-"' \t]""")
_MOST_PARTS = 500
_STRING = re.compile(r"""\"{3}(?:[^\\]|\\.)*?\"{3}|'{3}.*?'{3}|"(?:[^"\\\n]|\\.)*"|'[^'\n]*'|\#[^\n]*""", re.DOTALL)


def read_toml(text: str) -> tuple[Value, ...]:
    """The table of a TOML text, alone in a tuple. Raises ValueError (with the line) where it is broken.

    RecursionError where values nest too deeply.
    """
    _refuse_long_keys(text)
    return (_table(_parser.loads(text), (), 1, _key_lines(text)),)


def _refuse_long_keys(text: str) -> None:
    """The parser's time grows with the square of the parts of a dotted key."""
    for number, line in enumerate(text.split("\n"), 1):
        if line.count(".") > _MOST_PARTS and any(piece.count(".") > _MOST_PARTS for piece in _NO_KEY.split(line)):
            raise ValueError(f"a key has more than {_MOST_PARTS} parts (at line {number}, column 1)")


def _table(table: dict[str, Any], path: Path, line: int, places: dict[Path, int]) -> Table:
    entries: dict[str, Value] = {}
    lines: dict[str, int] = {}
    for key, value in table.items():
        lines[key] = places.get((*path, key), line)
        entries[key] = _value(value, (*path, key), lines[key], places)
    return Table(entries, lines, line)


def _value(value: Any, path: Path, line: int, places: dict[Path, int]) -> Value:
    if isinstance(value, dict):
        return _table(value, path, line, places)
    if isinstance(value, list):
        items = (
            _value(item, (*path, str(n)), places.get((*path, str(n)), line), places) for n, item in enumerate(value)
        )
        return Items(tuple(items), line)
    if isinstance(value, int) and value.bit_length() > LARGEST_BITS:
        return Scalar(hex(value), line)
    return Scalar(value if isinstance(value, (str, int, float, bool)) else str(value), line)


def _key_lines(text: str) -> dict[Path, int]:
    """Key path → line of its first mention; tables of an array have their position in the path."""
    places: dict[Path, int] = {}
    counts: dict[Path, int] = {}
    current: Path = ()
    depth = 0
    for number, line in enumerate(_without_strings_over_lines(text).split("\n"), 1):
        header = _HEADER.match(line) if depth == 0 else None
        entry = _ENTRY.match(line) if depth == 0 and header is None else None
        if header:
            current = _located(_parts(header.group(2)), counts, header.group(1) == "[[")
            places.setdefault(current, number)
        elif entry:
            path = (*current, *_parts(entry.group(1)))
            for length in range(len(current) + 1, len(path) + 1):
                places.setdefault(path[:length], number)
        if header is None:
            depth = max(0, depth + _opened(line))
    return places


def _located(path: Path, counts: dict[Path, int], is_array: bool) -> Path:
    """The path of a header with the positions of the array tables that it passes through."""
    located: Path = ()
    for position, part in enumerate(path):
        located = (*located, part)
        is_last = position == len(path) - 1
        if is_last and is_array:
            counts[located] = counts.get(located, -1) + 1
        if located in counts:
            located = (*located, str(counts[located]))
    return located


def _parts(key: str) -> Path:
    return tuple(part[1:-1] if part[0] in "\"'" else part for part in re.findall(_PART, key))


def _opened(line: str) -> int:
    bare = _STRING.sub("", line)
    return bare.count("[") + bare.count("{") - bare.count("]") - bare.count("}")


def _without_strings_over_lines(text: str) -> str:
    """Strings over several lines emptied, so that their lines cannot be taken for keys; the line count stays."""

    def emptied(match: re.Match[str]) -> str:
        token = match.group()
        return '""' + "\n" * token.count("\n") if "\n" in token else token

    return _STRING.sub(emptied, text.replace("\r\n", "\n"))
