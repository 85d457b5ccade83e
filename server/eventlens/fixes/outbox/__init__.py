"""Scaffold an outbox: the message is stored in the transaction of what it announces, and a relay publishes it.

One module a data-access library; each says for a dual write what it can offer, with the table, its migration and the relay.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from eventlens.checks.operations import DualWrite, dual_writes
from eventlens.fixes.changes import Offer
from eventlens.fixes.context import FixContext
from eventlens.fixes.outbox import django, knex, pg, prisma, sqlalchemy, typeorm
from eventlens.flow.model import Finding

RULES = frozenset(("dual-write", "publish-before-write"))

_LIBRARIES: tuple[Callable[[FixContext, DualWrite], Iterator[Offer]], ...] = (
    sqlalchemy.offers,
    django.offers,
    knex.offers,
    pg.offers,
    typeorm.offers,
    prisma.offers,
)


def offers(context: FixContext, finding: Finding) -> Iterator[Offer]:
    """What the data-access library of the write offers: at most one way."""
    subject = context.subject(finding)
    if subject is None or subject.at is None:
        return
    for one in dual_writes(context.checks):
        if one.node is subject.at:
            for offered in _LIBRARIES:
                yield from offered(context, one)
