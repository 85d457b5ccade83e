"""Publishes and the durable writes of the same operation, in the order in which they take effect.

The operation of a publish is the function that holds it, with everything that it calls; where nothing is written there, the
functions that call it. A write takes effect at the end of its transaction, not where it is made.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from eventlens import ir
from eventlens.behaviour.events import Context, Event, is_write
from eventlens.checks.context import CheckContext
from eventlens.flow import conditions
from eventlens.flow.model import Site
from eventlens.flow.program import Definition, Frame
from eventlens.flow.reading import read_first
from eventlens.flow.sites import SiteNode
from eventlens.flow.texts import as_text
from eventlens.flow.walk import values_in
from eventlens.knowledge.schema import Effect, Publish, Transaction

MAX_CALLERS = 12
MAX_READINGS = 60
"""For how many functions that publish modules are read to find their callers; beyond it, callers among the modules read so far count."""
_MAX_LEVELS = 2
_OUTBOX = re.compile(r"outbox", re.IGNORECASE)


class DualWrite(NamedTuple):
    """A publish and a write that are not atomic. ``before_commit``: the publish goes out before the write is durable."""

    node: SiteNode
    site: Site
    publish: Event
    write: Event
    end: Event | Context | None
    """What makes the write durable, where that is not the write itself."""
    before_commit: bool


def dual_writes(context: CheckContext) -> list[DualWrite]:
    """The nearest write of each publish site's operation that is not covered with it."""
    if "dual writes" not in context.shared:
        context.shared["dual writes"] = list(_dual_writes(context))
    found: list[DualWrite] = context.shared["dual writes"]
    return found


def _dual_writes(context: CheckContext) -> Iterator[DualWrite]:
    left = [MAX_READINGS]
    inner = {id(node.inner) for node, _ in context.graph.nodes if node.inner is not None}
    told: set[int] = set()
    for node, site in context.sites("publish"):
        if id(node.node) in told:
            continue  # one call that reaches several brokers is one defect
        levels = 0 if id(node) in inner else _MAX_LEVELS
        found = _in_operation(context, node, site, _root(node.frame), levels, set(), left)
        if found is not None:
            told.add(id(node.node))
            yield found


def _root(frame: Frame) -> Frame:
    """The named function around a scope: callbacks belong to the operation that hands them over."""
    scope = frame
    while scope.function is not None and scope.function.kind == "lambda" and scope.parent is not None and scope.parent.function is not None:
        scope = scope.parent
    return scope


def _in_operation(context: CheckContext, node: SiteNode, site: Site, root: Frame, levels: int, seen: set[int], left: list[int]) -> DualWrite | None:
    if id(root) in seen or root.function is None:
        return None
    seen.add(id(root))
    events = context.tracer.trace(root)
    publishes = [event for event in events if event.kind == "publish" and event.node is node.node]
    if publishes and any(_atomic(event, events) for event in publishes):
        return None
    for publish in publishes:
        found = _nearest(events, publish, node, site)
        if found is not None:
            return found
    if levels == 0 or any(is_change(event) for event in events):
        return None
    left[0] -= 1
    for caller in context.graph.callers.of(root, read=left[0] >= 0)[:MAX_CALLERS]:
        found = _in_operation(context, node, site, _root(caller.frame), levels - 1, seen, left)
        if found is not None:
            return found
    return None


def is_change(event: Event) -> bool:
    """A write, or the commit of a unit of work, which makes durable what was changed on its objects.

    A commit counts only where the traced function itself asks for it: one inside a session guard says nothing of changes.
    """
    return is_write(event) or (event.kind == "commit" and not event.chain and isinstance(event.entry, Transaction) and event.entry.store == "database")


# -------------------------------------------------------------------------------------------------------- what clears


def _atomic(publish: Event, events: tuple[Event, ...]) -> bool:
    """Whether the publish is part of something atomic, or is itself the second half of an outbox."""
    entry = publish.match.entry if publish.match is not None else None
    if isinstance(entry, Publish) and publish.place is not None:
        broker = publish.site.channel.broker if publish.site is not None else ""
        if entry.outbox and conditions.hold_at(publish.place, entry.outbox, broker):
            return True
    return _is_relay(publish, events) or any(_stores_outbox_row(event) for event in events)


def _stores_outbox_row(event: Event) -> bool:
    return is_write(event) and event.effect in ("insert", "upsert") and bool(_OUTBOX.search(entity_of(event)))


def _is_relay(publish: Event, events: tuple[Event, ...]) -> bool:
    """Rows are read, published, and the same rows are marked or removed: an outbox relay."""
    origins = _origins(publish)
    for read in events:
        if read.kind != "effect" or read.effect != "read" or read.order > publish.order or read.store == "cache":
            continue
        held = {word.removeprefix("assigned:") for word in read.usage if word.startswith("assigned:")}
        if not (held & origins or _OUTBOX.search(entity_of(read)) or (publish.within("loop") and "iterated" in read.usage)):
            continue
        for event in events:
            if is_write(event) and event.order > publish.order and event.effect != "insert" and _same_entity(read, event):
                return True
    return False


def _same_entity(one: Event, other: Event) -> bool:
    """Whether two effects are about the same table; a row that is itself saved or removed counts as its table."""
    mine, theirs = entity_of(one), entity_of(other)
    if mine and theirs:
        return mine.lower() == theirs.lower() and (bool(_OUTBOX.search(mine)) or other.effect in ("update", "delete", "upsert", "write"))
    return False


def entity_of(event: Event) -> str:
    """The table, collection or model that an effect is about, "" where it is not known."""
    found = _entity(event)
    return found if re.search(r"\w", found) else ""


def _entity(event: Event) -> str:
    if event.sql is not None:
        return event.sql.table
    entry = event.entry
    if not isinstance(entry, Effect) or event.place is None:
        return ""
    for value in read_first(event.place, entry.entity):
        for attribute in ("value", "index", "names", "name"):
            found = getattr(value, attribute, None)
            if isinstance(found, str | int):
                return as_text(found)
            if found is not None and hasattr(found, "name"):
                return str(found.name)
            if isinstance(found, tuple) and found:
                return str(found[-1])
    return ""


# ---------------------------------------------------------------------------------------------------------- the order


def _nearest(events: tuple[Event, ...], publish: Event, node: SiteNode, site: Site) -> DualWrite | None:
    """The write that the publish announces: the last one before it, else one after it that concerns the same thing."""
    writes = [event for event in events if is_change(event) and not exclusive(event, publish) and not _undone(event, publish) and not _apart(event, publish)]
    before = [event for event in writes if event.order < publish.order and _may_be_announced(publish, event)]
    if before:
        write = before[-1]
        end, late = _durable(events, write, publish)
        return DualWrite(node, site, publish, write, end, late)
    if site.interaction == "request" or publish.within("catch") is not None or any(one.kind == "deferred" or _is_registered(one) for one in publish.contexts):
        return None  # code that is only handed over may well run after what stands below it
    after = [event for event in writes if event.order > publish.order and _concerns_same(publish, event) and not _next_turn(event, publish)]
    if after:
        end, _ = _durable(events, after[0], publish)
        return DualWrite(node, site, publish, after[0], end, True)
    return None


def _durable(events: tuple[Event, ...], write: Event, publish: Event) -> tuple[Event | Context | None, bool]:
    """What makes a write durable, and whether the publish goes out before that."""
    scope = _transaction(write)
    if scope is not None:
        return scope, any(one.node is scope.node for one in publish.contexts if one.kind == "transaction")
    begun = [e for e in events if e.kind == "begin" and e.order < write.order]
    entry = write.entry
    pending = (isinstance(entry, Effect) and entry.pending) or bool(begun) or _needs_commit(write, events)
    if pending:
        commit = next((e for e in events if e.kind == "commit" and e.order > write.order and not exclusive(e, publish)), None)
        if commit is not None:
            return commit, publish.order < commit.order
    return None, False


def _transaction(event: Event) -> Context | None:
    """The outermost database transaction around an event."""
    for one in event.contexts:
        if one.kind == "transaction":
            entry = one.match.entry if one.match is not None else None
            if not isinstance(entry, Transaction) or entry.store == "database":
                return one
    return None


def _needs_commit(write: Event, events: tuple[Event, ...]) -> bool:
    """Whether the library of a write makes nothing durable before a commit (a connection without autocommit)."""
    library = write.match.library if write.match is not None else ""
    return any(e.kind == "commit" and e.order > write.order and e.match is not None and e.match.library == library for e in events)


def exclusive(one: Event, other: Event) -> bool:
    """Whether two events can never happen in the same run: other arms of a branch, or an arm that ends before the other."""
    for mine, theirs in zip(one.contexts, other.contexts):
        if mine.node is theirs.node and mine.frame is theirs.frame:
            if {mine.kind, theirs.kind} == {"then", "orelse"}:
                return True
            if mine.kind == theirs.kind:
                continue
        break
    first, second = (one, other) if one.order < other.order else (other, one)
    return _ends_before(first, second)


def _ends_before(first: Event, second: Event) -> bool:
    """Whether the arm or catch in which ``first`` stands leaves the function before ``second`` is reached."""
    if [step.call for step in first.chain][: len(second.chain)] != [step.call for step in second.chain][: len(first.chain)] and first.chain and second.chain:
        pass
    shared = {id(one.node) for one in second.contexts if one.kind in ("then", "orelse", "catch", "try", "loop")}
    for one in first.contexts:
        if one.kind in ("then", "orelse", "catch") and id(one.node) not in shared and _leaves(one, second):
            return True
    return False


def _leaves(one: Context, second: Event) -> bool:
    node = one.node
    body: tuple[ir.Statement, ...] = ()
    if isinstance(node, ir.Branch):
        body = node.then if one.kind == "then" else node.orelse
    elif isinstance(node, ir.Catch):
        body = node.body
    if not body or not isinstance(body[-1], ir.Return | ir.Throw | ir.Jump):
        return False
    if isinstance(body[-1], ir.Jump) and second.within("loop") is None:
        return False
    return second.frame is one.frame or any(step.frame is one.frame for step in second.chain)


def _undone(write: Event, publish: Event) -> bool:
    """Whether the publish happens in a failure path in which the write's transaction was rolled back, or the write in a failure path."""
    caught = publish.within("catch")
    if caught is not None and caught.outer is not None:
        return any(one.kind == "try" and one.node is caught.outer for one in write.contexts)
    own = write.within("catch")
    return own is not None and not any(one.node is own.node for one in publish.contexts)


def _next_turn(write: Event, publish: Event) -> bool:
    """Whether the write after a publish belongs to something else: it stands outside the publish's loop or in deferred code."""
    loop = publish.within("loop")
    return (loop is not None and not any(one.node is loop.node for one in write.contexts)) or write.within("deferred") is not None


def _apart(write: Event, publish: Event) -> bool:
    """Whether the two stand in callbacks of different registrations (two routes of a router): they run on different occasions."""
    mine = [one for one in write.contexts if not any(one.node is other.node for other in publish.contexts)]
    theirs = [one for one in publish.contexts if not any(one.node is other.node for other in write.contexts)]
    return any(_is_disjoint(one, other) for one in filter(_is_registered, mine[:1]) for other in filter(_is_registered, theirs[:1]))


def _is_registered(one: Context) -> bool:
    """Whether a context is a callback that is only handed over: nobody waits for the call that gets it, or uses what it gives."""
    return one.kind == "callback" and one.usage[-1:] == ("dropped",) and "awaited" not in one.usage


def _is_disjoint(one: Context, other: Context) -> bool:
    return one.frame is other.frame and (one.node.end <= other.node.start or other.node.end <= one.node.start)


def _may_be_announced(publish: Event, write: Event) -> bool:
    """Whether a publish may speak of a write before it: not where both are made of local names and share none."""
    if not is_write(write):
        return True
    mine, theirs = _origins(publish), _origins(write)
    return (not mine and not theirs) or _concerns_same(publish, write)


def _concerns_same(publish: Event, write: Event) -> bool:
    """Whether a publish and a write speak of the same thing: a variable that both come from, or an entity named in the channel or event."""
    if _origins(publish) & _origins(write):
        return True
    entity = re.sub(r"[^a-z]", "", entity_of(write).lower()).rstrip("s")
    site = publish.site
    words = " ".join(name.text for name in site.channel.names) if site is not None else ""
    return len(entity) > 3 and entity in re.sub(r"[^a-z]", "", words.lower())


_SELF = ("self", "cls")
_COMMON = frozenset(("JSON", "json", "Buffer", "str", "String", "Date", "datetime", "uuid", "dict", "list", "Object", "Message", "undefined", "None", *_SELF))
_MAX_ORIGINS = 40


def _origins(event: Event) -> set[str]:
    """The local names that an event's call uses in the traced function, with those that they are made of."""
    call, frame = (event.chain[0].call, event.chain[0].frame) if event.chain else (event.node, event.frame)
    queue = _used(call)
    found = {word.removeprefix("assigned:") for word in event.usage if word.startswith("assigned:")}
    while queue and len(found) < _MAX_ORIGINS:
        for value in values_in(queue.pop()):
            if isinstance(value, ir.Member) and _is_own(value.object):
                found.add(f"this.{value.name}")
            known = _local(value.name, frame) if isinstance(value, ir.Name) and value.name not in found else ()
            if isinstance(value, ir.Name) and known:
                found.add(value.name)
                queue.extend(one.value for one in known if one.kind in ("value", "element", "context"))
    return found


def _used(node: ir.Node) -> list[ir.Value]:
    """What a call is made on and given; for a changed row, the row and its new value."""
    if isinstance(node, ir.Call):
        own = [node.callee.object] if isinstance(node.callee, ir.Member) else []
        return [*(argument.value for argument in node.args), *own]
    if isinstance(node, ir.Assign) and isinstance(node.target, ir.Member):
        return [node.target.object, *([node.value] if node.value is not None else [])]
    return []


def _local(name: str, frame: Frame) -> Sequence[Definition]:
    """The definitions of a local name; a callback sees those of the function around it."""
    scope: Frame | None = frame
    while scope is not None and scope.function is not None and name not in _COMMON:
        if name in scope.definitions:
            return scope.definitions[name]
        scope = scope.parent
    return ()


def _is_own(value: ir.Value) -> bool:
    """Whether a value is the object itself, whose members methods share."""
    return isinstance(value, ir.This) or (isinstance(value, ir.Name) and value.name in _SELF)
