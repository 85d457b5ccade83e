"""What SQL that sets up tables says of them: which columns together a store lets appear once only."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

_COMMENT = re.compile(r"--[^\n]*|/\*.*?(?:\*/|\Z)", re.DOTALL)
_NAME = r"[\"`\[]?\w+[\"`\]]?"
_TABLE = rf"(?P<table>(?:{_NAME}\.)*{_NAME})"
_CREATE_TABLE = re.compile(rf"\bcreate\s+table\s+(?:if\s+not\s+exists\s+)?{_TABLE}\s*\(", re.IGNORECASE)
_CREATE_INDEX = re.compile(
    rf"\bcreate\s+unique\s+(?:clustered\s+|nonclustered\s+)?index\s+(?:concurrently\s+)?(?:if\s+not\s+exists\s+)?(?:{_NAME}\s+)?"
    rf"on\s+(?:only\s+)?{_TABLE}\s*(?:using\s+\w+\s*)?\(",
    re.IGNORECASE,
)
_ALTER_TABLE = re.compile(
    rf"\balter\s+table\s+(?:if\s+exists\s+)?(?:only\s+)?{_TABLE}\s+(?P<change>[^;]{{0,4000}})", re.IGNORECASE
)
_CONSTRAINT = re.compile(
    rf"(?:constraint\s+{_NAME}\s+)?(?:primary\s+key|unique)(?:\s+(?:key|index))?(?:\s+(?:clustered|nonclustered))?(?:\s+{_NAME})?\s*\(",
    re.IGNORECASE,
)
_OF_COLUMN = re.compile(r"\b(?:primary\s+key|unique)\b", re.IGNORECASE)
_COLUMN = re.compile(rf"\s*(?P<name>{_NAME})(?:\s*\(\d+\))?(?:\s+(?:asc|desc))?\s*$", re.IGNORECASE)
_PARENTHESIS = re.compile(r"[()]")


class UniqueKey(NamedTuple):
    """Columns of a table, in small letters, of which no two rows may have the same values."""

    table: str
    columns: frozenset[str]


def read_unique_keys(text: str) -> Iterator[UniqueKey]:
    """The primary keys, unique constraints and unique indexes that statements declare; what is taken away again is not followed."""
    if re.search(r"unique|primary", text, re.IGNORECASE) is None:
        return
    plain = _COMMENT.sub(" ", text)
    for found, inside in _opened(_CREATE_TABLE, plain):
        for part in _parts(inside):
            yield from _declared(found["table"], part)
    for found, inside in _opened(_CREATE_INDEX, plain):
        yield from _key(found["table"], inside)
    for altered in _ALTER_TABLE.finditer(plain):
        for _, inside in _opened(_CONSTRAINT, altered["change"]):
            yield from _key(altered["table"], inside)


def _opened(begin: re.Pattern[str], text: str) -> Iterator[tuple[re.Match[str], str]]:
    """What begins with a pattern, which ends in an open parenthesis, and what stands in that; nothing after one that is never closed."""
    at = 0
    while (found := begin.search(text, at)) is not None:
        end = _end_of(text, found.end())
        if end is None:
            return
        yield found, text[found.end() : end]
        at = end


def _declared(table: str, part: str) -> Iterator[UniqueKey]:
    """The key that one part of a table's definition is, or makes of its column."""
    written = part.strip()
    constraint = _CONSTRAINT.match(written)
    if constraint is not None:
        yield from _key(table, written[constraint.end() : _end_of(written, constraint.end())])
    elif _OF_COLUMN.search(written):
        yield from _key(table, written.split(maxsplit=1)[0])


def _key(table: str, columns: str) -> Iterator[UniqueKey]:
    """The key of some columns; none where one of them is an expression."""
    names = [_COLUMN.match(one) for one in _parts(columns)]
    if names and all(names):
        yield UniqueKey(
            _bare(table.rpartition(".")[2]), frozenset(_bare(one["name"]) for one in names if one is not None)
        )


def _end_of(text: str, start: int) -> int | None:
    """Where the parenthesis ends that was opened before ``start``."""
    depth = 1
    for found in _PARENTHESIS.finditer(text, start):
        depth += 1 if found[0] == "(" else -1
        if depth == 0:
            return found.start()
    return None


def _parts(text: str) -> Iterator[str]:
    """A list taken apart at the commas that stand in no parentheses."""
    depth = begin = 0
    for at, letter in enumerate(text):
        depth += {"(": 1, ")": -1}.get(letter, 0)
        if letter == "," and depth == 0:
            yield text[begin:at]
            begin = at + 1
    yield text[begin:]


def _bare(name: str) -> str:
    return name.strip(' "`[]').lower()
