"""Where a handler reads parts of its message, and whether it counts on them: what it asks for first, or fills in itself, may be missing."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import NamedTuple, TypeAlias

from eventlens import ir
from eventlens.flow.scopes import Frame
from eventlens.flow.walk import mentions, statements_in, values_in

Path: TypeAlias = "tuple[str, ...]"
"""Names from what the handler is given, or from the content, to a part of it."""

_ASKING = frozenset(
    ("and", "or", "not", "in", "not in", "is", "typeof", "instanceof", "delete", "as", "??", "?", "?.", "!!")
)
"""Operators that work with what is missing, too."""
_COMPARING = frozenset(("==", "!="))
_ASKING_CALL = re.compile(
    r"^(?:[Ii]s|[Hh]as|[Nn]on|[Nn]ot|[Cc]ontains|[Ee]xists?|[Oo]fNullable|[Ii]fPresent|[Oo]ptional|[Mm]aybe|[Aa]ssert|[Vv]alidate|[Tt]ry)(?=[A-Z_]|$)"
)
"""Functions that ask whether something is there."""
_FILLING = frozenset(
    ("assign", "extend", "merge", "defaults", "defaultsDeep", "update", "setdefault", "put", "putAll", "putIfAbsent", "set", "setattr",
     "PopulateObject", "populate")
)  # fmt: skip
"""Functions that put something into what they are given, or are a method of."""
_OF_MISSING = frozenset(
    ("KeyError", "AttributeError", "TypeError", "LookupError", "NullPointerException", "KeyNotFoundException",
     "NullReferenceException", "ValidationError")
)  # fmt: skip
"""Errors of reading what is missing."""


class NotedRead(NamedTuple):
    """A part of a message is read at a node. ``is_sure``: whenever the handler runs for a message, and without asking whether the part is
    there; ``by_method``: by a method that is called like the part, which it only is where the type says so."""

    path: Path
    frame: Frame
    node: ir.Node
    is_sure: bool
    by_method: bool = False


class ReadNotes:
    """Collects the reads of one handler."""

    def __init__(self) -> None:
        self._doubts = 0
        self._noted: list[NotedRead] = []
        self._filled: set[Path] = set()

    def add(self, path: Path, frame: Frame, node: ir.Node, by_method: bool = False) -> None:
        """A part is read here."""
        self._noted.append(NotedRead(path, frame, node, not self._doubts, by_method))

    @property
    def are_sure(self) -> bool:
        """Whether what is met now is met for every message."""
        return not self._doubts

    def fill(self, path: Path) -> None:
        """The handler itself gives a part a value, or hands it to a function that puts something into it."""
        self._filled.add(path)

    def all(self) -> Iterator[NotedRead]:
        """Every read; what the handler fills in itself is not surely read of the message."""
        for one in self._noted:
            is_filled = any(one.path[:length] in self._filled for length in range(1, len(one.path) + 1))
            yield one._replace(is_sure=False) if is_filled else one

    @contextmanager
    def doubting(self, is_doubted: bool) -> Iterator[None]:
        """What is read inside may be missing, or is only read of some messages."""
        self._doubts += is_doubted
        yield
        self._doubts -= is_doubted

    @contextmanager
    def own_doubts(self) -> Iterator[None]:
        """What came to be doubted inside is not doubted behind it."""
        before = self._doubts
        yield
        self._doubts = before

    def doubt_what_follows(self) -> None:
        """From here on only some messages get there."""
        self._doubts += 1


def asks(value: ir.Operation) -> bool:
    """Whether an operation works with operands that are missing."""
    return value.operator in _ASKING or (
        value.operator in _COMPARING
        and any(isinstance(one, ir.Literal) and one.value in (None, "") for one in value.operands)
    )


def is_asking(name: str) -> bool:
    """Whether a function is called as if it asked whether something is there."""
    return _ASKING_CALL.match(name) is not None


def is_filling(name: str) -> bool:
    """Whether a function is called as if it put something into what it is given."""
    return name in _FILLING


def is_chosen(statement: ir.Statement, known: Iterable[str]) -> bool:
    """Whether what stands inside a statement runs for some messages only, by what the names of parts of it hold."""
    if isinstance(statement, ir.Try):
        return any(one.rpartition(".")[2] in _OF_MISSING for each in statement.catches for one in each.types)
    return isinstance(statement, ir.Branch) and mentions(statement.condition, set(known))


def lets_some_pass(statement: ir.Statement) -> bool:
    """Whether a branch compares with something and leaves: what follows is for one kind of message."""
    if not isinstance(statement, ir.Branch):
        return False
    compares = any(
        isinstance(one, ir.Operation)
        and one.operator in ("==", "!=", "in", "not in", "instanceof")
        and not asks_nothing(one)
        for one in values_in(statement.condition)
    )
    return compares and any(
        isinstance(one, ir.Return | ir.Throw | ir.Jump) for one in statements_in((*statement.then, *statement.orelse))
    )


def asks_nothing(value: ir.Operation) -> bool:
    """Whether an operation compares with nothing."""
    return any(isinstance(one, ir.Literal) and one.value is None for one in value.operands)
