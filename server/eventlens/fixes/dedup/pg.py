"""node-postgres: a client of the pool, with BEGIN and COMMIT around what it does."""

from __future__ import annotations

from eventlens.behaviour.events import Event
from eventlens.fixes.context import FixContext
from eventlens.fixes.dedup import ecmascript_tables
from eventlens.fixes.dedup.ecmascript import Stored, path_of
from eventlens.fixes.dedup.handling import Handling
from eventlens.fixes.source import SourceFile

template = "pg.ts"
handles: tuple[str, ...] = ("client", "dbClient", "pgClient", "connection")
names: tuple[str, ...] = ("rowCount", "error")
takes_callback = False


def client(file: SourceFile, event: Event) -> str | None:
    """A pool: what it runs alone takes any connection, so a transaction needs one of its own."""
    receiver = event.match.place.receiver if event.match is not None else None
    path = path_of(file, event.node)
    return ".".join(path[:-1]) if receiver is not None and receiver.type == "Pool" and len(path) > 1 else None


def through(client: str, event: Event, handle: str) -> dict[str, str]:
    """``pool.query`` → ``client.query``."""
    return {client: handle}


def opening(client: str, event: Event) -> str:
    """Takes a connection out of the pool."""
    return f"{client}.connect()"


def prelude(client: str, event: Event, handle: str) -> tuple[str, str] | None:
    """The transaction's object has all that is needed."""
    return None


def fits(context: FixContext, file: SourceFile) -> bool:
    """PostgreSQL can."""
    return True


def stored(context: FixContext, file: SourceFile, handling: Handling) -> Stored:
    """A migration in SQL."""
    return Stored({}, ecmascript_tables.plain_sql(context, file))
