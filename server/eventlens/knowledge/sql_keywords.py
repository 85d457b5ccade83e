"""SQL statements judged by their keywords alone: what needs no parser, and what the parser cannot read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal, NamedTuple

SqlKind = Literal[
    "insert", "upsert", "update", "increment", "delete", "read", "begin", "commit", "rollback", "notify", "listen", "ddl",
]  # fmt: skip
HOLE = "_hole_"
"""Stands for a part of the text that is not known (an interpolated name or value) in what is given to `sql.effects_of_sql`."""


class SqlEffect(NamedTuple):
    """What one statement does.

    ``table`` is its name as written, without schema and quotes (the channel for "notify" and "listen"), "" when not known.
    ``keyed``: rows are selected by equality, or for an upsert by a conflict target · ``conditional``: repeating it changes nothing
    more, because it asks first (``DO NOTHING``, ``WHERE NOT EXISTS``, a compared column that it also sets).
    """

    kind: SqlKind
    table: str = ""
    keyed: bool = False
    conditional: bool = False


WORDS: dict[str, SqlKind] = {
    "BEGIN": "begin", "START": "begin", "COMMIT": "commit", "END": "commit", "ROLLBACK": "rollback", "ABORT": "rollback",
    "LISTEN": "listen", "NOTIFY": "notify", "CREATE": "ddl", "ALTER": "ddl", "DROP": "ddl", "COMMENT": "ddl", "GRANT": "ddl", "REVOKE": "ddl",
    "INSERT": "insert", "REPLACE": "upsert", "MERGE": "upsert", "UPSERT": "upsert", "UPDATE": "update", "DELETE": "delete", "TRUNCATE": "delete",
    "COPY": "insert", "SELECT": "read", "WITH": "read", "VALUES": "read", "SHOW": "read", "EXPLAIN": "read", "TABLE": "read",
}  # fmt: skip
_NOISE = re.compile(r"(?:\s+|--[^\n]*|/\*.*?\*/|\()+", re.DOTALL)
_FIRST = re.compile(r"[A-Za-z]+")
_SAVEPOINT = re.compile(
    r"ROLLBACK\s+(?:WORK\s+|TRANSACTION\s+)?TO\b|COMMIT\s+PREPARED|START\s+(?!TRANSACTION)", re.IGNORECASE
)
_CHANNEL = re.compile(r"(?:LISTEN|NOTIFY)\s+\"?(\w+)", re.IGNORECASE)
_NOTIFY_CALL = re.compile(r"\bpg_notify\s*\(\s*(?:'([^']*)')?", re.IGNORECASE)
_NAME = r"(?:[\w$]+|\"[^\"]+\"|`[^`]+`|\[[^\]]+\])"
_TABLE = re.compile(
    rf"\b(?:INTO|UPDATE|FROM|TABLE|COPY|TRUNCATE|JOIN)\s+(?:ONLY\s+|TABLE\s+)?(?:{_NAME}\.)*({_NAME})", re.IGNORECASE
)


def first_word(text: str) -> str:
    """The statement's first keyword in capitals, comments and brackets passed over; "" when there is none."""
    noise = _NOISE.match(text)
    word = _FIRST.match(text, noise.end() if noise else 0)
    return word[0].upper() if word else ""


def by_keywords(text: str) -> Iterator[SqlEffect]:
    """The effect of one statement, if its first word tells."""
    word = first_word(text)
    kind = WORDS.get(word)
    if kind is None or _SAVEPOINT.search(text):
        return
    if kind in ("listen", "notify"):
        channel = _CHANNEL.search(text)
        yield SqlEffect(kind, channel[1] if channel else "")
    elif notified := _NOTIFY_CALL.search(text):
        yield SqlEffect("notify", known(notified[1] or ""))
    elif kind in ("begin", "commit", "rollback"):
        yield SqlEffect(kind)
    else:
        yield _written(kind, text)


def _written(kind: SqlKind, text: str) -> SqlEffect:
    table = _TABLE.search(text)
    name = known(table[1].strip('"`[]')) if table else ""
    upper = " ".join(text.upper().split())
    if upper.lstrip("( ").startswith("REPLACE"):
        return SqlEffect(kind, name, keyed=True)
    keyed = bool(re.search(r"\bWHERE\b[^;]*[^<>!]=", upper)) and kind in ("update", "delete", "read")
    if kind == "insert" and re.search(
        r"ON CONFLICT|ON DUPLICATE KEY|INSERT IGNORE|INSERT OR (?:IGNORE|REPLACE)", upper
    ):
        ignores = re.search(r"DO NOTHING|IGNORE", upper)
        return SqlEffect("upsert", name, bool(re.search(r"ON CONFLICT ?\(", upper)), bool(ignores))
    if kind == "update" and re.search(r"\b(\w+) ?= ?(?:COALESCE\()?\1\b[^,=]*[-+*/|]", upper):
        kind = "increment"
    return SqlEffect(kind, name, keyed)


def known(name: str) -> str:
    """The name, or "" when a part of it is not known."""
    return "" if HOLE in name else name
