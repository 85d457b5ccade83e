"""Rows that the store refuses the second time, by what the workspace's SQL files say of its tables."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from eventlens import ir
from eventlens.behaviour.events import Event
from eventlens.flow.denotations import Scalar, Text
from eventlens.flow.module_index import decorator_name
from eventlens.flow.reading import read_first
from eventlens.flow.scopes import ClassIndex
from eventlens.flow.table_keys import plain_name
from eventlens.knowledge.schema import Effect

_READ_FROM = re.compile(r"""(?i)\b(?:from|join)\s+(?:["`\[]?\w+["`\]]?\.)*["`\[]?(\w+)""")
_NAMING = frozenset(("Table", "Entity", "TableName"))
_ENDING = re.compile(r"(entity|model|row|record|dao|dto)$")
_MADE_UP = re.compile(r"(?i)uuid|nextval|newid|newsequentialid|sys_guid")
"""In a statement, what makes up another value each time."""


def statements_of(event: Event) -> Iterator[str]:
    """The SQL that an effect runs, as far as its text is written."""
    entry = event.entry
    given = read_first(event.place, entry.statement) if isinstance(entry, Effect) and event.place is not None else ()
    for one in given:
        if isinstance(one, Scalar):
            yield str(one.value)
        elif isinstance(one, Text):
            yield "".join(part for part in one.parts if isinstance(part, str))


def tables_read(event: Event) -> set[str]:
    """The tables that the statement of an effect reads, those that it joins included; names as they are compared."""
    return {plain_name(name) for text in statements_of(event) for name in _READ_FROM.findall(text)}


def is_refused(table: str, given: set[str], event: Event, statement: str = "") -> bool:
    """Whether a row that is given some columns holds a whole key of its table; names without underscores, in small letters."""
    if event.place is None or _MADE_UP.search(statement):
        return False
    keys = event.place.evaluator.program.table_keys.by_table.get(plain_name(table.rpartition(".")[2]), ())
    return any(key <= given for key in keys)


def row_is_refused(index: ClassIndex, given: set[str], event: Event) -> bool:
    """Whether an object of a class that is stored holds a whole key of the table of its class."""
    return any(is_refused(table, given, event) for table in _tables_of(index))


def _tables_of(index: ClassIndex) -> Iterable[str]:
    """The names that the table of a class may have: the one that it says, else its own, in the singular and in the plural."""
    said = list(_said(index))
    if said:
        return said
    name = index.name.lower()
    bare = _ENDING.sub("", name) or name
    return dict.fromkeys((name, bare, bare + "s", re.sub(r"y$", "ies", bare)))


def _said(index: ClassIndex) -> Iterator[str]:
    for one in index.definition.decorators:
        if isinstance(one, ir.Call) and decorator_name(one) in _NAMING:
            for argument in one.args:
                text = argument.value
                if (
                    argument.name in (None, "name", "value")
                    and isinstance(text, ir.Literal)
                    and isinstance(text.value, str)
                ):
                    yield text.value
    own = index.fields.get("__tablename__")
    if own is not None and isinstance(own.value, ir.Literal):
        yield str(own.value.value)
