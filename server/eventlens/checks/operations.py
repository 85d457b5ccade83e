"""Publishes and the durable writes of the same operation, in the order in which they take effect.

The operation of a publish is the function that holds it, with everything that it calls; where nothing is written there, the
functions that call it. A write takes effect at the end of its transaction, not where it is made.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import takewhile
from typing import Literal, NamedTuple

from msgspec import structs

from eventlens import ir
from eventlens.behaviour.events import Context, Event, is_write
from eventlens.behaviour.own_service import seen_from
from eventlens.behaviour.paths import named_function
from eventlens.behaviour.walking import is_cut
from eventlens.checks.announced import (
    entity_of,
    goes_to_who_asked,
    is_announced_early,
    is_log_entry,
    is_named,
    may_be_announced,
    tells_what_went_on,
)
from eventlens.checks.asking_requests import only_asks
from eventlens.checks.carried_rows import carries, carries_nothing, is_record_of_sending, only_stamps, only_wakes
from eventlens.checks.context import CheckContext
from eventlens.checks.durability import is_durable_after, made_durable_by
from eventlens.checks.exclusion import exclusive, is_stored_instead, tells_of_its_failure
from eventlens.checks.handed_down import shares_what_is_handed_down
from eventlens.checks.heeding_consumers import is_heeded, is_left_to_receivers, who_looks_it_up
from eventlens.checks.made_on_the_way import is_made_on_the_way
from eventlens.checks.occasions import (
    is_apart,
    is_before_endless_turns,
    is_of_next_turn,
    is_one_of_many,
    is_registered,
    is_told_by_another,
    is_undone,
)
from eventlens.checks.relays import is_handed_rows, is_marked_afterwards, is_outbox, is_relay
from eventlens.checks.routed_tables import publishes_its_row
from eventlens.checks.sent_again import is_replayed, is_sent_again
from eventlens.flow import conditions
from eventlens.flow.model import Site
from eventlens.flow.scopes import Frame
from eventlens.flow.site_node import SiteNode
from eventlens.flow.walk import values_in
from eventlens.knowledge.schema import Effect, Publish, Transaction

MAX_CALLERS = 12
MAX_READINGS = 60
"""For how many functions that publish modules are read to find their callers; beyond it, callers among the modules read so far count."""
_MAX_LEVELS, _NEAR_LEVELS = 2, 1
_TRANSACTION = re.compile(r"(?i)^(db_?)?(transaction|trx|tx)$|transaction$")
"""How a parameter is called that a transaction is handed in by."""
_POSITIONS = re.compile(r"(?i)check_?point|watermark")
"""In the names of streams that hold how far a subscription has come."""


Doubt = Literal["", "other", "entry", "wakes", "cut", "there"]


class DualWrite(NamedTuple):
    """A publish and a write that are not atomic. ``before_commit``: the publish goes out before the write is durable."""

    node: SiteNode
    site: Site
    publish: Event
    write: Event
    end: Event | Context | None
    """What makes the write durable, where that is not the write itself."""
    before_commit: bool
    doubt: Doubt = ""
    """Why it may be none after all: "other", the message speaks of something to which what is written only belongs, as far as the workspace
    shows · "entry", it is an entry of a log, or of a series of measurements · "wakes", the message says no more than that there is something to do ·
    "cut", what is done after it was not followed to its end ·
    "there", who gets the message makes the same write."""
    also_late: tuple[Event, ...] = ()
    """The other writes that stand before the publish and are durable only after it, the nearest first."""


def _keeps_position(site: Site) -> bool:
    """Whether a stream of an event store is where a subscription keeps how far it has come, once all before is done: no event is lost with it."""
    return site.broker == "eventstoredb" and bool(_POSITIONS.search(site.channel or ""))


def dual_writes(context: CheckContext) -> list[DualWrite]:
    """The nearest write of each publish site's operation that is not covered with it."""
    if "dual writes" not in context.shared:
        found = list(_dual_writes(context))
        inside = {id(one.node) for one in found}
        context.shared["dual writes"] = [one for one in found if not _is_of_the_wrapper(one, inside)]
    known: list[DualWrite] = context.shared["dual writes"]
    return known


def _is_of_the_wrapper(one: DualWrite, found: set[int]) -> bool:
    """Whether a wrapper's call leads to the write as well, and the wrapper itself is told of: it is mended there."""
    within = any(step.call is one.node.node for step in one.write.chain)
    return within and one.node.inner is not None and id(one.node.inner) in found


def _dual_writes(context: CheckContext) -> Iterator[DualWrite]:
    left = [MAX_READINGS]
    inner = {id(node.inner) for node, _ in context.graph.nodes if node.inner is not None}
    told: set[int] = set()
    for node, site in context.sites("publish"):
        context.beat()
        senders = _senders(context, node)
        if _is_only_described(node) and not senders:
            continue  # another function sends it, and when is not known
        calls = {id(node.node), *map(id, senders)}
        if site.interaction == "reply" or goes_to_who_asked(site) or only_asks(site):
            continue  # whoever asked knows that there was no answer, and asks again
        if calls & told or _keeps_position(site):
            continue  # one call that reaches several brokers, or sends several described messages, is one defect
        levels = 0 if id(node) in inner else _NEAR_LEVELS if context.is_near else _MAX_LEVELS
        found = _in_operation(context, node, site, named_function(node.frame), levels, set(), left)
        if found is not None:
            told |= calls
            yield found


def _is_only_described(node: SiteNode) -> bool:
    return isinstance(node.match.entry, Publish) and bool(node.match.entry.applied_by)


def _senders(context: CheckContext, node: SiteNode) -> Sequence[ir.Call]:
    """The calls that send what a site only describes."""
    return context.tracer.applications(node.frame).senders_of(node.node) if isinstance(node.node, ir.Call) else ()


def _in_operation(
    context: CheckContext, node: SiteNode, site: Site, root: Frame, levels: int, seen: set[int], left: list[int]
) -> DualWrite | None:
    if id(root) in seen or root.function is None:
        return None
    seen.add(id(root))
    service_of = context.graph.matcher.service_of
    events = seen_from(service_of(root.module.path), context.tracer.trace(root), service_of, may_be_library=True)
    publishes = [event for event in events if event.kind == "publish" and event.node is node.node]
    if publishes and any(_atomic(context, event, events) for event in publishes):
        return None
    for publish in publishes:
        found = _nearest(context, events, publish, node, site)
        if found is not None:
            if _is_vague(found) or is_sent_again(context, node, publish, events):
                return None
            within = _taken_back(found, where_sent(events, publish), root)
            is_marked = found.write.order > publish.order or is_marked_afterwards(found.write, publish, events)
            if (is_marked or within is not None) and is_handed_rows(context, node, root, left[0] > 0, within):
                return None
            if is_replayed(context, root, publish, events, read=left[0] > 0):
                return None
            if is_cut(events) and not found.doubt:
                found = found._replace(doubt="cut")  # a relay marks below what it sends
            return _committed_by_caller(context, found, root, levels, seen, left) or found
    if levels == 0 or any(is_change(event) and _may_concern(event, publishes, events) for event in events):
        return None
    left[0] -= 1
    for caller in context.graph.callers.of(root, read=left[0] >= 0)[:MAX_CALLERS]:
        found = _in_operation(context, node, site, named_function(caller.frame), levels - 1, seen, left)
        if found is not None:
            return found
    return None


def _taken_back(found: DualWrite, sent: Event, root: Frame) -> ir.Node | None:
    """The transaction that a send takes back where it fails, or the write where a caller holds its transaction: the send is waited for in there,
    and nothing catches what it throws."""
    if found.write.order > found.publish.order:
        return None
    entry = sent.match.entry if sent.match is not None else None
    if sent.usage[:1] == ("dropped",) and not (isinstance(entry, Publish) and entry.completion == "blocking"):
        return None
    around = [one.kind for one in sent.contexts]
    if found.before_commit and isinstance(found.end, Context) and "transaction" in around:
        return None if "try" in around[around.index("transaction") :] else found.end.node
    is_of_caller = found.end is None and "try" not in around and _is_given_transaction(found.write, root)
    return found.write.node if is_of_caller else None


def _is_given_transaction(write: Event, root: Frame) -> bool:
    """Whether a write is given a transaction that a caller has handed in (``row.destroy({ transaction })``)."""
    handed = {one.name for one in root.function.parameters} if root.function is not None else set()
    arguments = write.node.args if isinstance(write.node, ir.Call) else ()
    given = (inner for one in arguments for inner in values_in(one.value))
    return write.frame is root and any(
        isinstance(one, ir.Name) and one.name in handed and _TRANSACTION.search(one.name) is not None for one in given
    )


def _may_concern(write: Event, publishes: Sequence[Event], events: tuple[Event, ...]) -> bool:
    """Whether a write, as far as its values tell, belongs to what one of some publishes tells: else the operation is a caller's."""
    if not is_write(write) or not publishes:
        return True
    pairs = (_seen_alike(publish, where_sent(events, publish), write) for publish in publishes)
    return any(may_be_announced(*pair) or is_announced_early(*pair) for pair in pairs)


def _committed_by_caller(
    context: CheckContext, found: DualWrite, root: Frame, levels: int, seen: set[int], left: list[int]
) -> DualWrite | None:
    """The same as a caller sees it that holds the transaction in which the write waits; None where there is none."""
    entry = found.write.entry
    if found.end is not None or not (isinstance(entry, Effect) and entry.pending):
        return None
    left[0] -= 1
    for caller in context.graph.callers.of(root, read=left[0] >= 0)[:MAX_CALLERS]:
        outer = _in_operation(
            context, found.node, found.site, named_function(caller.frame), max(levels - 1, 0), seen, left
        )
        if outer is not None and isinstance(outer.end, Context):
            return outer
    return None


def _is_vague(found: DualWrite) -> bool:
    """Whether neither what is sent nor what is written is known, and the two stand in different functions: nothing says that they belong together."""
    unnamed = not (found.site.channel or found.site.channel_expression or entity_of(found.write))
    return unnamed and found.write.frame is not found.publish.frame


def is_change(event: Event) -> bool:
    """A write, or the commit of a unit of work, which makes durable what was changed on its objects.

    A commit counts only where the traced function itself asks for it: one inside a session guard says nothing of changes.
    """
    return is_write(event) or (
        event.kind == "commit"
        and not event.chain
        and isinstance(event.entry, Transaction)
        and event.entry.store == "database"
    )


# -------------------------------------------------------------------------------------------------------- what clears


def _atomic(context: CheckContext, publish: Event, events: tuple[Event, ...]) -> bool:
    """Whether the publish is part of something atomic, or is itself the second half of an outbox."""
    entry = publish.match.entry if publish.match is not None else None
    if isinstance(entry, Publish) and publish.place is not None:
        broker = publish.site.channel.broker if publish.site is not None else ""
        if entry.outbox and conditions.hold_at(publish.place, entry.outbox, broker):
            return True
    return is_relay(context, publish, events) or any(
        _stores_outbox_row(event) or publishes_its_row(context, event) for event in events
    )


def _stores_outbox_row(event: Event) -> bool:
    return is_write(event) and event.effect in ("insert", "upsert") and is_outbox(event)


# ---------------------------------------------------------------------------------------------------------- the order


def _nearest(
    context: CheckContext, events: tuple[Event, ...], publish: Event, node: SiteNode, site: Site
) -> DualWrite | None:
    """The write that the publish announces: the last one before it, else one after it that concerns the same thing."""
    sent = where_sent(events, publish)
    writes = [
        event
        for event in events
        if is_change(event)
        and not exclusive(event, sent)
        and not is_undone(event, sent)
        and not tells_of_its_failure(event, sent)
        and not is_apart(event, sent)
        and not is_before_endless_turns(event, sent)
    ]
    before = (
        event
        for event in reversed(writes)
        if event.order < sent.order and _may_be_told(*_seen_alike(publish, sent, event))
    )
    write = next((event for event in before if not is_made_on_the_way(event, publish, sent, events)), None)
    if write is not None:
        end, late = made_durable_by(events, write, sent)
        others = (event for event in before if is_durable_after(events, event, sent, end)) if late else ()
        doubt: Doubt = "entry" if is_write(write) and is_log_entry(publish) else ""
        if not (doubt or late) and only_wakes(publish):
            doubt = "wakes"
        return DualWrite(node, site, publish, write, end, late, doubt, tuple(others))
    if (
        site.interaction == "request"
        or sent.within("catch") is not None
        or any(one.kind == "deferred" or is_registered(one) for one in sent.contexts)
        or tells_what_went_on(publish)
    ):
        return None  # code that is only handed over may well run after what stands below it
    after = [
        event
        for event in writes
        if event.order > sent.order
        and is_announced_early(*_seen_alike(publish, sent, event))
        and not only_stamps(event)
        and not is_of_next_turn(event, sent)
        and not is_one_of_many(event, publish, sent)
        and not is_told_by_another(event, publish, events)
        and not is_stored_instead(event, sent, events)
    ]
    concerns = [(event, concern) for event in after if (concern := _concern(context, site, publish, event))]
    for write, concern in sorted(concerns, key=lambda one: one[1] != "own")[:1]:
        end, _ = made_durable_by(events, write, sent)
        return DualWrite(node, site, publish, write, end, True, _doubt_about(context, site, write, concern))
    return None


def _may_be_told(publish: Event, write: Event) -> bool:
    """Whether a publish may speak of a write before it, as far as what the two are made of tells."""
    if not may_be_announced(publish, write):
        return False
    if not is_write(write) or is_named(publish, write):
        return True
    return not only_stamps(write) and (not write.chain or shares_what_is_handed_down(publish, write))


def where_sent(events: tuple[Event, ...], publish: Event) -> Event:
    """Where the library sends, for the call of a wrapper that may write beside it; the publish itself where that is not seen."""
    sends = publish.site.match.place.call if publish.site is not None and publish.site.chain else None
    inside = (
        event
        for event in events
        if event.kind == "sent" and event.node is sends and any(one.call is publish.node for one in event.chain)
    )
    return next(inside, publish) if sends is not None else publish


def _seen_alike(publish: Event, sent: Event, write: Event) -> tuple[Event, Event]:
    """A publish and a write as the function sees them that makes both: that is the wrapper where it writes beside what it sends."""
    if not any(one.call is publish.node for one in write.chain):
        return publish, write
    shared = sum(1 for _ in takewhile(lambda pair: pair[0].call is pair[1].call, zip(sent.chain, write.chain)))
    return (
        structs.replace(sent, site=publish.site, chain=sent.chain[shared:]),
        structs.replace(write, chain=write.chain[shared:]),
    )


def _concern(context: CheckContext, site: Site, publish: Event, write: Event) -> str:
    """How a message and a write below it belong together: "own", the message speaks of what is written · "other", it speaks of something
    to which the row only belongs · "", who gets it looks for nothing of what is written."""
    if not is_write(write) or (is_named(publish, write) and not carries_nothing(publish)):
        return "own"
    if is_record_of_sending(publish, write):
        return ""
    carried = carries(publish, write)
    if carried or who_looks_it_up(context, site, publish, write) is not None:
        return "own"
    return "" if carried is False and is_heeded(context, site, write) is False else "other"


def _doubt_about(context: CheckContext, site: Site, write: Event, concern: str) -> Doubt:
    """Why a write below a publish may be none that the message announces."""
    if concern == "other":
        return "other"
    return "there" if is_left_to_receivers(context, site, write) else ""
