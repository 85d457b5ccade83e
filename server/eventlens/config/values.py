"""Nested values of a configuration file that remember their lines."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

import msgspec

LARGEST_BITS = 2_000
"""Numbers of more bits stay texts: Python refuses to write very long ones."""

Plain: TypeAlias = "str | int | float | bool | None"


class Scalar(msgspec.Struct, frozen=True):
    """One value. ``line`` is 1-based. ``tag`` is a tag of the format's user (CloudFormation's ``!Ref``), else "".

    ``start`` and ``end`` are the offsets, in code points of the text, of the value as it is written, quotes included; both are 0
    where the format's reader does not know them.
    """

    value: Plain
    line: int
    tag: str = ""
    start: int = 0
    end: int = 0

    @property
    def text(self) -> str:
        """The value as it would be written in an environment variable."""
        if isinstance(self.value, bool):
            return "true" if self.value else "false"
        return "" if self.value is None else str(self.value)


class Table(msgspec.Struct, frozen=True):
    """A mapping; ``lines`` gives the line of each key."""

    entries: Mapping[str, Value]
    lines: Mapping[str, int]
    line: int
    tag: str = ""


class Items(msgspec.Struct, frozen=True):
    """A list."""

    items: tuple[Value, ...]
    line: int
    tag: str = ""


Value: TypeAlias = Scalar | Table | Items

EMPTY = Table({}, {}, 1)


def at(value: Value | None, *path: str) -> Value | None:
    """The value under a path of keys; None where it is missing."""
    for key in path:
        if not isinstance(value, Table):
            return None
        value = value.entries.get(key)
    return value


def table_at(value: Value | None, *path: str) -> Table:
    """As `at`; an empty table where there is none."""
    found = at(value, *path)
    return found if isinstance(found, Table) else EMPTY


def items_at(value: Value | None, *path: str) -> tuple[Value, ...]:
    """As `at`; the items of a list, () where there is none."""
    found = at(value, *path)
    return found.items if isinstance(found, Items) else ()


def text_at(value: Value | None, *path: str) -> str | None:
    """As `at`; the text of a scalar, None where there is none or it is null."""
    found = at(value, *path)
    return found.text if isinstance(found, Scalar) and found.value is not None else None


def plain(value: Value) -> Any:
    """The value as dicts, lists and scalars."""
    if isinstance(value, Table):
        return {key: plain(entry) for key, entry in value.entries.items()}
    if isinstance(value, Items):
        return [plain(item) for item in value.items]
    return value.value


def leaves(value: Value, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Scalar]]:
    """Every scalar with its path; list positions are written as decimal numbers."""
    if isinstance(value, Table):
        for key, entry in value.entries.items():
            yield from leaves(entry, (*path, key))
    elif isinstance(value, Items):
        for position, item in enumerate(value.items):
            yield from leaves(item, (*path, str(position)))
    else:
        yield path, value


def line_of(value: Table, *path: str) -> int:
    """The line of the deepest key of ``path`` that exists."""
    line = value.line
    current: Value | None = value
    for key in path:
        if isinstance(current, Table) and key in current.entries:
            line = current.lines.get(key, line)
            current = current.entries[key]
        elif isinstance(current, Items) and key.isdecimal() and int(key) < len(current.items):
            current = current.items[int(key)]
            line = current.line
        else:
            break
    return line
