"""Knex: a transaction's callback, the row inserted with ``onConflict().ignore()``."""

from __future__ import annotations

from eventlens.behaviour.events import Event
from eventlens.fixes.context import FixContext
from eventlens.fixes.dedup import ecmascript_tables
from eventlens.fixes.dedup.ecmascript import Stored, path_of
from eventlens.fixes.dedup.handling import Handling
from eventlens.fixes.source import SourceFile

template = "knex.ts"
handles: tuple[str, ...] = ("trx", "transaction")
names: tuple[str, ...] = ("recorded",)
takes_callback = True
_METHODS = ("raw", "table", "from", "into", "insert")


def client(file: SourceFile, event: Event) -> str | None:
    """``this.db`` of ``this.db('orders').insert(…)`` and of ``this.db.raw(…)``."""
    path = path_of(file, event.node)
    return ".".join(path[:-1] if path and len(path) > 1 and path[-1] in _METHODS else path) or None


def through(client: str, event: Event, handle: str) -> dict[str, str]:
    """``db('orders')`` → ``trx('orders')``."""
    return {client: handle}


def opening(client: str, event: Event) -> str:
    """The transaction that a callback gets (https://knexjs.org/guide/transactions.html)."""
    return f"{client}.transaction"


def prelude(client: str, event: Event, handle: str) -> tuple[str, str] | None:
    """The transaction's object has all that is needed."""
    return None


def fits(context: FixContext, file: SourceFile) -> bool:
    """PostgreSQL and SQLite tell which rows were new."""
    return ecmascript_tables.depends_on(context, file, "pg", "better-sqlite3", "sqlite3", "postgres")


def stored(context: FixContext, file: SourceFile, handling: Handling) -> Stored:
    """A migration of Knex."""
    return Stored({}, ecmascript_tables.knex_migration(context, file))
