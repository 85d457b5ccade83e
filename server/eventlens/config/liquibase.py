"""What Liquibase changelogs in XML, YAML and JSON say of tables: which columns together a store lets appear once only."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from eventlens.config.documents import Document, read_document
from eventlens.config.sql_tables import UniqueKey, read_unique_keys
from eventlens.config.values import Table, Value, items_at, table_at, text_at

_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_TAG = re.compile(r"<(?P<end>/?)(?:\w+:)?(?P<name>\w+)(?P<given>(?:[^<>\"']|\"[^\"]*\"|'[^']*')*?)(?P<empty>/?)>")
_GIVEN = re.compile(r"([\w:.-]+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)')")
_SQL = re.compile(r"<(?:\w+:)?sql\b[^<>]*>")
_SQL_END = re.compile(r"</(?:\w+:)?sql>")
_ON_COLUMNS = frozenset(("createTable", "addColumn", "createIndex"))
_ON_NAMES = frozenset(("addPrimaryKey", "addUniqueConstraint"))


class _Column(NamedTuple):
    name: str
    primary: bool
    unique: bool


class _Change(NamedTuple):
    """One change of a table: its kind, its own attributes, the columns that it lists."""

    kind: str
    given: Mapping[str, str]
    columns: tuple[_Column, ...] = ()


def is_changelog(name: str, text: bytes) -> bool:
    """Whether a file of this name and text is one."""
    return name.endswith((".xml", ".yaml", ".yml", ".json")) and b"databaseChangeLog" in text


def read_changelog_keys(name: str, text: str) -> Iterator[UniqueKey]:
    """The primary keys, unique constraints and unique indexes that a changelog declares; what is taken away again is not followed."""
    if not name.endswith(".xml"):
        for kind, said in _listed(read_document(name, text)):
            if kind == "sql":
                yield from read_unique_keys(text_at(said, "sql") or "")
            else:
                yield from _keys(_change(kind, said))
        return
    plain = _COMMENT.sub(" ", text)
    for change in _written(plain):
        yield from _keys(change)
    for statements in _statements(plain):
        yield from read_unique_keys(statements.replace("<![CDATA[", "").replace("]]>", ""))


def _keys(change: _Change) -> Iterator[UniqueKey]:
    table = change.given.get("tableName", "").lower()
    names = {one.strip().lower() for one in change.given.get("columnNames", "").split(",")} - {""}
    if not table:
        return
    if change.kind in _ON_NAMES and names:
        yield UniqueKey(table, frozenset(names))
    elif change.kind == "createIndex":
        if _is_true(change.given.get("unique")) and change.columns:
            yield UniqueKey(table, frozenset(one.name.lower() for one in change.columns))
    elif change.kind in _ON_COLUMNS:
        primary = frozenset(one.name.lower() for one in change.columns if one.primary)
        if primary:
            yield UniqueKey(table, primary)
        yield from (UniqueKey(table, frozenset((one.name.lower(),))) for one in change.columns if one.unique)


def _is_true(text: str | None) -> bool:
    return text is not None and text.lower() == "true"


# ------------------------------------------------------------------------------------------------------------------ XML


def _written(text: str) -> Iterator[_Change]:
    change: tuple[str, dict[str, str]] | None = None
    columns: list[_Column] = []
    for tag in _TAG.finditer(text):
        name = tag["name"]
        if tag["end"]:
            if change is not None and name == change[0]:
                yield _Change(*change, tuple(columns))
                change = None
            continue
        given = {key: first or second for key, first, second in _GIVEN.findall(tag["given"])}
        if name in _ON_NAMES:
            yield _Change(name, given)
        elif name in _ON_COLUMNS and not tag["empty"]:
            change, columns = (name, given), []
        elif name == "column":
            columns.append(_Column(given.get("name", ""), False, False))
        elif name == "constraints" and columns:
            is_primary, is_unique = _is_true(given.get("primaryKey")), _is_true(given.get("unique"))
            columns[-1] = _Column(columns[-1].name, is_primary, is_unique)


def _statements(text: str) -> Iterator[str]:
    """The SQL that is written out in a changelog; nothing after one that is never closed."""
    begun = _SQL.search(text)
    while begun is not None and (end := _SQL_END.search(text, begun.end())) is not None:
        yield text[begun.end() : end.start()]
        begun = _SQL.search(text, end.end())


# ---------------------------------------------------------------------------------------------------------- YAML, JSON


def _listed(document: Document) -> Iterator[tuple[str, Value]]:
    """The changes of a changelog: the kind of each, and what is said of it."""
    for root in document.roots:
        for entry in items_at(root, "databaseChangeLog"):
            for change in items_at(entry, "changeSet", "changes"):
                if isinstance(change, Table):
                    yield from change.entries.items()


def _change(kind: str, said: Value) -> _Change:
    given = {key: text for key in ("tableName", "columnNames", "unique") if (text := text_at(said, key)) is not None}
    return _Change(kind, given, tuple(_columns(said)))


def _columns(said: Value) -> Iterator[_Column]:
    for item in items_at(said, "columns"):
        column = table_at(item, "column")
        yield _Column(
            text_at(column, "name") or "",
            _is_true(text_at(column, "constraints", "primaryKey")),
            _is_true(text_at(column, "constraints", "unique")),
        )
