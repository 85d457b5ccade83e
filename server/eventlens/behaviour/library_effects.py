"""What a library's call does, as its model says: an effect, an acknowledgement, or the begin or end of a transaction."""

from __future__ import annotations

import re
from typing import NamedTuple

from eventlens.behaviour.events import EventKind
from eventlens.flow import conditions
from eventlens.flow.denotations import Denotation, EnumMember, External, Scalar
from eventlens.flow.library_match import LibraryMatch
from eventlens.flow.matched_place import Place
from eventlens.flow.reading import read_first
from eventlens.flow.texts import names
from eventlens.flow.variables import Variables
from eventlens.knowledge.schema import Acknowledge, Effect, Transaction
from eventlens.knowledge.sql import effect_of_sql
from eventlens.knowledge.sql_keywords import SqlEffect

_SAYS_HOW = re.compile(r"(?i)(get|head|options|post|put|patch|delete)(Async)?$")
_TRANSACTION: dict[str, EventKind] = {"begin": "begin", "commit": "commit", "rollback": "rollback"}


class Done(NamedTuple):
    """What happens; see `Event` for ``effect`` and ``sql``."""

    kind: EventKind
    effect: str = ""
    sql: SqlEffect | None = None


def done_by(match: LibraryMatch, place: Place, variables: Variables) -> Done | None:
    """What a matched call does; ``place`` is that of the match, with what the callers pass. None where that is nothing, or not known."""
    entry = match.entry
    if isinstance(entry, Effect):
        return _effect(entry, place, variables)
    if isinstance(entry, Acknowledge):
        return None if entry.scope else Done("acknowledge", entry.kind)
    kind = _TRANSACTION.get(entry.kind) if isinstance(entry, Transaction) else None
    return None if kind is None else Done(kind)


def _effect(entry: Effect, place: Place, variables: Variables) -> Done | None:
    kind = next((case.kind for case in entry.kind_when if conditions.hold_at(place, case.when)), entry.kind)
    if kind != "sql":
        return Done("effect", kind)
    sql = _sql(entry, place, variables)
    if sql is None:
        return None
    transaction = _TRANSACTION.get(sql.kind)
    return Done("effect", sql.kind, sql) if transaction is None else Done(transaction, sql=sql)


def is_kind_open(entry: Effect, place: Place) -> bool:
    """Whether the kind of an effect hangs on a value of which nothing is known (a request whose method somebody else decides)."""
    asked = [one for case in entry.kind_when for condition in case.when for one in (condition, *condition.any)]
    given = [read_first(place, [one.path]) for one in asked if one.path is not None and (one.matches or one.in_)]
    return bool(given) and not any(_is_known(value) for values in given for value in values)


def _is_known(value: Denotation) -> bool:
    """Whether a value is written, or is a constant of a library whose name says what it is (``http.MethodPost``)."""
    if isinstance(value, External):
        return bool(value.path) and _SAYS_HOW.search(value.path[-1]) is not None
    return isinstance(value, Scalar | EnumMember)


def _sql(entry: Effect, place: Place, variables: Variables) -> SqlEffect | None:
    found = (effect_of_sql(name.text) for name in names(read_first(place, entry.statement), variables))
    return next((one for one in found if one is not None), None)
