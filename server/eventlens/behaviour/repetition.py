"""Which effects of a handler differ when it runs twice for the same message, each judged by itself."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import NamedTuple

from eventlens import ir
from eventlens.behaviour.accessor_writes import added_by_methods
from eventlens.behaviour.asked_classes import class_asked
from eventlens.behaviour.class_keys import keys_of_class
from eventlens.behaviour.entities import declared_keys, given_fields, makes_its_key
from eventlens.behaviour.events import Event, is_of_a_log
from eventlens.behaviour.fresh_values import is_fresh
from eventlens.behaviour.paths import statements_around
from eventlens.behaviour.same_requests import is_same_again
from eventlens.behaviour.tables_in_sql import is_refused, row_is_refused, statements_of
from eventlens.behaviour.unique_fields import unique_fields
from eventlens.flow import conditions
from eventlens.flow.denotations import (
    ClassRef,
    Denotation,
    Instance,
    LibraryMember,
    LibraryValue,
    Record,
    Scalar,
)
from eventlens.flow.module_index import last_name
from eventlens.flow.reading import read_first
from eventlens.flow.scopes import Frame
from eventlens.flow.walk import values_in
from eventlens.knowledge.schema import Effect, Publish

KEYS = frozenset(("_id", "id", "uuid", "pk", "eventid", "messageid", "idempotencykey"))
"""Fields (underscores and case left out) by which a row is known: inserted again, it is refused."""
_COUNTERS = frozenset((
    "incr", "incrby", "incrbyfloat", "decr", "decrby", "hincrby", "hincrbyfloat", "zincrby", "lpush", "rpush", "append",
    "xadd",
))  # fmt: skip
_NAMED = re.compile(r"(?i)idempot|dedup|job_?id|nats-msg-id|request[-_]?id|client_?token|x-request-id")
_INSERTED_KEY = re.compile(r"(?is)insert\s+into\s+[^(]+\(([^)]*)\)")
_ARITHMETIC = frozenset(("+", "-", "*", "/", "++", "--"))
_ADDS = re.compile(r"(?i)increment|decrement|multiply|divide|push|inc\b|\+")
"""What the text of a call has that writes a row, or adds to one that is there."""
_ATTEMPTS = re.compile(r"(?i)attempt|retr(y|ies)|tries$|deliver(y|ies)_?count|redeliver|times_?(delivered|failed)")
_RECORDS = re.compile(
    r"(?i)(^|[_a-z])(logs?|audits?|audit_?(log|trail|entry|event|record)s?|metrics?|telemetry)(_?(entity|model|entry))?$"
)
"""Names of tables whose rows tell what went on."""
_ADDS_TO = frozenset(("push", "append", "unshift", "concat", "extend"))


class Repeated(NamedTuple):
    """An effect that differs the second time: ``kind`` is insert, record (a row that tells what went on), increment, append, mail, payment, external-call, publish, fresh-publish or counter."""

    event: Event
    kind: str


def repeated(events: Iterable[Event]) -> Iterator[Repeated]:
    """The effects that differ when they are repeated, guards not considered; what a catch does is left out."""
    wrote = False
    for event in events:
        if any(context.kind == "catch" for context in event.contexts):
            continue
        kind = _kind(event, wrote)
        if kind is not None:
            yield Repeated(event, kind)
        wrote = wrote or (
            event.kind == "effect" and event.effect in ("update", "delete", "increment", "write", "insert")
        )


def _kind(event: Event, wrote: bool) -> str | None:
    if event.kind == "publish":
        return _publish(event, wrote)
    entry = event.entry
    if event.kind != "effect" or not isinstance(entry, Effect) or _is_conditional(event, entry):
        return None
    if event.effect in ("insert", "write"):
        kind = _insert(event, entry)
        return "record" if kind == "insert" and _RECORDS.search(entity_of(event)) else kind
    if event.effect in ("update", "increment"):
        if _counts_attempts(event, entry):
            return None
        return _update(event, entry) if entry.kind != "read" else "increment" if event.effect == "increment" else None
    if event.effect in ("mail", "payment"):
        return None if _is_named(event, entry) else event.effect
    if event.effect == "external-call":
        return (
            None
            if is_of_a_log(event) or _is_named(event, entry) or is_same_again(event, source_of(event))
            else event.effect
        )
    if event.effect == "cache-write":
        return "counter" if _called(event).lower() in _COUNTERS else None
    return None


def _is_conditional(event: Event, entry: Effect) -> bool:
    if event.sql is not None and event.sql.conditional:
        return True
    return any(
        bool(said) and event.place is not None and conditions.hold_at(event.place, said)
        for said in (entry.conditional, entry.repeatable)
    )


# ------------------------------------------------------------------------------------------------------ rows, documents


def _insert(event: Event, entry: Effect) -> str | None:
    if event.sql is not None:
        return None if _names_its_key(event) else "insert"
    values = payload_of(event, entry)
    if event.effect == "write" and not any(True for item in values for _ in fields_of(item)):
        if _accumulates(event):
            return "increment"
        return "insert" if values and all(_is_new_row(value, event) for value in values) else None
    return None if _is_row(values) or _is_keyed(event, entry, values) else "insert"


def is_refused_again(event: Event, before: Event, events: Iterable[Event]) -> bool:
    """Whether an insert is of a row that the store refuses the second time, and does so before another event."""
    entry = event.entry
    if event.effect != "insert" or not isinstance(entry, Effect) or _is_conditional(event, entry):
        return False
    if entry.pending and not any(one.kind == "commit" and event.order < one.order < before.order for one in events):
        return False
    if event.sql is not None:
        return _names_its_key(event)
    values = payload_of(event, entry)
    return not _is_row(values) and _is_keyed(event, entry, values)


def _is_keyed(event: Event, entry: Effect, values: Iterable[Denotation]) -> bool:
    """Whether the store refuses the row the second time: by its primary key, or by another field that must be unique."""
    fields = {_plain(name): value for item in values for name, value in fields_of(item)}
    fields.update((_plain(name), value) for name, value in _fields_written(event))
    given = {name for name, value in fields.items() if not is_fresh(value, event.frame)}
    if given & KEYS:
        return True
    owners = (*values, *read_first_of(event, entry.entity))
    if any(_holds_declared_key(one, given, event) or _is_refused(one, given, event) for one in owners):
        return True
    unique = {_plain(name) for item in owners for name in unique_fields(item, event)}
    return bool(unique & given) or bool(unique and not fields)


def _fields_written(event: Event) -> Iterator[tuple[str, ir.Value]]:
    """The fields that a row is given where it is made in the very call that inserts it, whatever its class is."""
    for one in event.node.args if isinstance(event.node, ir.Call) else ():
        if isinstance(one.value, ir.Call) and one.value.is_new:
            yield from ((argument.name, argument.value) for argument in one.value.args if argument.name is not None)


def _holds_declared_key(row: Denotation, given: set[str], event: Event) -> bool:
    """Whether some of the fields that a row is given are, as the code that sets up its table says, its key."""
    if not isinstance(row, ClassRef | Instance) or event.place is None:
        return False
    keys = chain(declared_keys(event.place.evaluator, row.index), keys_of_class(row.index.definition))
    return any({_plain(name) for name in key} <= given for key in keys)


def _is_refused(row: Denotation, given: set[str], event: Event) -> bool:
    return isinstance(row, ClassRef | Instance) and bool(given) and row_is_refused(row.index, given, event)


def _is_new_row(value: Denotation, event: Event) -> bool:
    """Whether an object is made here, and stored without anything by which the store would refuse it the second time."""
    if not isinstance(value, Instance) or value.call is None or event.place is None:
        return False
    if not makes_its_key(event.place.evaluator, value.index):
        return False
    given = {_plain(name) for name, (held, frame) in given_fields(value, event).items() if not is_fresh(held, frame)}
    if given & KEYS or given & {_plain(name) for name in unique_fields(value, event)}:
        return False
    return not _holds_declared_key(value, given, event) and not _is_refused(value, given, event)


def _is_row(values: Iterable[Denotation]) -> bool:
    """Whether what is inserted is an object that was made elsewhere: its key cannot be judged here."""
    return any(isinstance(value, Instance) and value.call is None for value in values)


def _names_its_key(event: Event) -> bool:
    for written in statements_of(event):
        found = _INSERTED_KEY.search(written)
        columns = {_column(one) for one in found[1].split(",")} if found else set()
        if columns & KEYS or (columns and _is_own_key(columns, event, written) and not _gives_anything_fresh(event)):
            return True
    return False


def _is_own_key(columns: set[str], event: Event, statement: str) -> bool:
    table = event.sql.table if event.sql is not None else ""
    return bool(columns & _own_keys(event)) or is_refused(table, columns, event, statement)


def _column(written: str) -> str:
    """A column of a statement's list without the quotes of its dialect."""
    return _plain(written.strip().strip('"`[]'))


def _own_keys(event: Event) -> set[str]:
    """How the key of a statement's table may be called after it (``product_id`` of ``products``)."""
    table = event.sql.table.rpartition(".")[2] if event.sql is not None else ""
    singular = re.sub(r"(?i)ies$", "y", table) if re.search(r"(?i)ies$", table) else re.sub(r"(?i)s$", "", table)
    return {_plain(one) + "id" for one in (table, singular) if one}


def _gives_anything_fresh(event: Event) -> bool:
    arguments = event.node.args if isinstance(event.node, ir.Call) else ()
    return any(is_fresh(one.value, event.frame) for one in arguments)


def _update(event: Event, entry: Effect) -> str | None:
    if event.effect == "increment":
        return None if entry.kind == "upsert" and not _ADDS.search(source_of(event)) else "increment"
    if any(_is_appended(value) for item in payload_of(event, entry) for _, value in fields_of(item)):
        return "append"
    return "increment" if _accumulates(event) else None


def _counts_attempts(event: Event, entry: Effect) -> bool:
    """Whether a write counts deliveries on purpose (``attempts + 1``): it is meant to differ the second time."""
    if isinstance(event.node, ir.Assign):
        return _ATTEMPTS.search(last_name(event.node.target)) is not None
    written = [name for item in payload_of(event, entry) for name, _ in fields_of(item)]
    return bool(written) and any(_ATTEMPTS.search(name) for name in written)


def _is_appended(value: ir.Value) -> bool:
    """``[...row.items, item]``: the stored list and something more."""
    return (
        isinstance(value, ir.Sequence)
        and len(value.items) > 1
        and any(isinstance(one, ir.Spread) and isinstance(one.value, ir.Member) for one in value.items)
    )


def _accumulates(event: Event) -> bool:
    """Whether the object that is saved was changed by arithmetic on its own value (``row.total += x; row.save()``)."""
    call = event.node
    if not isinstance(call, ir.Call):
        return False
    owner = call.callee.object if isinstance(call.callee, ir.Member) else None
    names = {value.name for value in (owner, *(a.value for a in call.args)) if isinstance(value, ir.Name)}
    if not names:
        return False
    if any(name in names for name in accumulated(event.frame, call.start)):
        return True
    evaluator = event.place.evaluator if event.place is not None else None
    return evaluator is not None and any(name in names for name in added_by_methods(event.frame, call.start, evaluator))


def accumulated(frame: Frame, before: int) -> Iterator[str]:
    """The local names of which a member is changed by arithmetic on its own value, or appended to, before an offset."""
    for statement in statements_around(frame):
        if statement.start >= before:
            continue
        if isinstance(statement, ir.Assign) and _is_member_of_name(statement.target) and _adds_up(statement):
            yield statement.target.object.name  # type: ignore[union-attr]
        elif isinstance(statement, ir.Evaluate):
            yield from _added_to(statement.value)


def _is_member_of_name(target: ir.Value) -> bool:
    return isinstance(target, ir.Member) and isinstance(target.object, ir.Name)


def _adds_up(statement: ir.Assign) -> bool:
    target = statement.target
    assert isinstance(target, ir.Member)
    if _ATTEMPTS.search(target.name):
        return False
    if statement.operator:
        return statement.operator in _ARITHMETIC
    value = statement.value
    if (
        (isinstance(value, ir.Operation) and value.operator in _ARITHMETIC)
        or isinstance(value, ir.Template)
        or _appends(value)
    ):
        return any(
            isinstance(inner, ir.Member) and inner.name == target.name and _owner(inner) == _owner(target)
            for inner in values_in(value)
        )
    return False


def _appends(value: ir.Value | None) -> bool:
    return isinstance(value, ir.Sequence) and any(isinstance(one, ir.Spread) for one in value.items)


def _owner(member: ir.Member) -> str:
    return member.object.name if isinstance(member.object, ir.Name) else ""


def _added_to(value: ir.Value) -> Iterator[str]:
    if isinstance(value, ir.Operation) and value.operator in ("++", "--"):
        value = value.operands[0]
        if isinstance(value, ir.Member) and isinstance(value.object, ir.Name):
            yield value.object.name
    elif isinstance(value, ir.Call) and isinstance(value.callee, ir.Member) and value.callee.name in _ADDS_TO:
        owner = value.callee.object
        if isinstance(owner, ir.Member) and isinstance(owner.object, ir.Name):
            yield owner.object.name


# ------------------------------------------------------------------------------------------------- others, messages


def _is_named(event: Event, entry: Effect) -> bool:
    """Whether the other side is given something by which it knows a repeat."""
    return bool(read_first_of(event, entry.idempotency_key)) or bool(_NAMED.search(source_of(event)))


def _publish(event: Event, wrote: bool) -> str | None:
    site = event.site
    entry = site.match.entry if site is not None else None
    if not isinstance(entry, Publish) or site is None or site.channel.broker == "in-process":
        return None  # of listeners in the same process it is their own effects that differ
    if entry.interaction == "reply":
        return None  # who asks twice is answered twice
    if _NAMED.search(source_of(event)) or (entry.transactional and conditions.hold_at(site.place, entry.transactional)):
        return None
    if isinstance(event.node, ir.Call) and any(
        is_fresh(argument.value, event.frame, site.place.evaluator) for argument in event.node.args
    ):
        return "fresh-publish"
    rest = [use for use in event.usage if use != "awaited"]
    if entry.interaction == "request" and rest and rest[-1] != "dropped":
        return None
    return "publish" if wrote else None


# ------------------------------------------------------------------------------------------------------------ reading


def read_first_of(event: Event, paths: Iterable[str] | None) -> tuple[Denotation, ...]:
    """The value of an effect's path; empty where it is not known."""
    return tuple(read_first(event.place, paths)) if event.place is not None else ()


def payload_of(event: Event, entry: Effect) -> tuple[Denotation, ...]:
    return read_first_of(event, entry.payload)


def fields_of(value: Denotation) -> Iterator[tuple[str, ir.Value]]:
    """The named parts of an object as they are written."""
    if isinstance(value, Record):
        yield from ((field.key, field.value) for field in value.node.fields if field.key is not None)
    elif isinstance(value, Instance) and value.call is not None:
        yield from ((argument.name, argument.value) for argument in value.call.args if argument.name is not None)


def source_of(event: Event) -> str:
    """The text of an event's call."""
    evaluator = event.place.evaluator if event.place is not None else None
    return evaluator.source(event.node, event.frame, 900) if evaluator is not None else ""


def _called(event: Event) -> str:
    return last_name(event.node.callee) if isinstance(event.node, ir.Call) else ""


def _plain(name: str) -> str:
    return name if name == "_id" else name.replace("_", "").lower()


def entity_of(event: Event) -> str:
    """The table, collection or key of an effect in small letters; "" where it is not known."""
    if event.sql is not None:
        return event.sql.table.lower()
    entry = event.entry
    if not isinstance(entry, Effect):
        return ""
    for value in read_first_of(event, entry.entity):
        if isinstance(value, ClassRef | Instance):
            return value.index.name.lower()
        if isinstance(value, Scalar):
            return str(value.value).lower()
        if isinstance(value, LibraryMember):
            return value.names[-1].lower()
        if isinstance(value, LibraryValue) and value.source is not None and value.source.instance_of:
            return class_asked(event.node, event.frame).lower()
    return ""
