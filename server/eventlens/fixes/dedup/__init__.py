"""Scaffold an inbox: the id of each handled message is stored in the transaction of what handling it does, and a message whose
id is there already changes nothing.

One module a data-access library; each says for a handler what it can offer, with the table and its migration. What goes out of the
database (mail, payments, calls) no row can undo: there the message's id is handed to the other side as an idempotency key, where its
library has one, and nothing is offered elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterator

from eventlens.fixes.changes import Offer
from eventlens.fixes.context import FixContext
from eventlens.fixes.dedup import django, ecmascript, idempotency_key, knex, pg, prisma, sqlalchemy, typeorm
from eventlens.fixes.dedup.ecmascript import Access
from eventlens.fixes.dedup.handling import handling_of
from eventlens.flow.model import Finding

RULES = frozenset(("non-idempotent-consumer",))

_ECMASCRIPT: dict[str, Access] = {"pg": pg, "prisma": prisma, "typeorm": typeorm, "knex": knex}

_PYTHON = {"sqlalchemy": sqlalchemy.offers, "django": django.offers}


def offers(context: FixContext, finding: Finding) -> Iterator[Offer]:
    """What the data-access library of the repeated effects offers: at most one way."""
    found = handling_of(context, finding)
    if found is None:
        return
    if not found.is_in_database:
        yield from idempotency_key.offers(context, found)
    elif found.library in _PYTHON:
        yield from _PYTHON[found.library](context, found)
    elif found.library in _ECMASCRIPT:
        yield from ecmascript.offers(context, found, _ECMASCRIPT[found.library])
