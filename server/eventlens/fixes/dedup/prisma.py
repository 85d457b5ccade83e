"""Prisma: an interactive transaction, the row made with ``skipDuplicates``."""

from __future__ import annotations

from eventlens.behaviour.events import Event
from eventlens.fixes.context import FixContext
from eventlens.fixes.dedup import ecmascript_tables
from eventlens.fixes.dedup.ecmascript import Stored, path_of
from eventlens.fixes.dedup.handling import Handling
from eventlens.fixes.source import SourceFile

template = "prisma.ts"
handles: tuple[str, ...] = ("tx", "transaction", "prismaTx")
names: tuple[str, ...] = ("count",)
takes_callback = True


def client(file: SourceFile, event: Event) -> str | None:
    """``this.prisma`` of ``this.prisma.order.create(…)`` and of ``this.prisma.$executeRaw``."""
    path = path_of(file, event.node)
    own = path[:-1] if path and path[-1].startswith("$") else path[:-2]
    return ".".join(own) or None


def through(client: str, event: Event, handle: str) -> dict[str, str]:
    """``prisma.order`` → ``tx.order``."""
    return {client: handle}


def opening(client: str, event: Event) -> str:
    """The interactive transaction (https://www.prisma.io/docs/orm/prisma-client/queries/transactions)."""
    return f"{client}.$transaction"


def prelude(client: str, event: Event, handle: str) -> tuple[str, str] | None:
    """The transaction's object has all that is needed."""
    return None


def fits(context: FixContext, file: SourceFile) -> bool:
    """Whether the schema is there and its database can skip duplicates."""
    return ecmascript_tables.prisma_can_skip(context, file)


def stored(context: FixContext, file: SourceFile, handling: Handling) -> Stored:
    """A model in the schema and its migration."""
    changes, delegate = ecmascript_tables.prisma_model(context, file)
    return Stored({"delegate": delegate}, changes)
