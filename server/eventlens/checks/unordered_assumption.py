"""unordered-assumption: a consumer lets go of what comes before it should, on channels that say nothing of the order."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from eventlens import ir
from eventlens.behaviour.absent_rows import Absence, absences, changed_unlooked
from eventlens.behaviour.events import Event, is_write
from eventlens.checks.announced import entity_of, letters
from eventlens.checks.bookkeeping import keeps_books
from eventlens.checks.channel_order import why_unordered
from eventlens.checks.context import CheckContext, Consumer, Evidence, Rule, channel_text, event_evidence
from eventlens.checks.expected_numbers import numbers_expected
from eventlens.checks.let_go import is_let_go
from eventlens.checks.life_stages import Stage, stage_in
from eventlens.flow.graph import SitePair
from eventlens.flow.model import Finding
from eventlens.flow.module_index import last_name

_MAKES = frozenset(("insert", "upsert", "write"))
_CHANGES = frozenset(("update", "increment", "upsert", "write"))


class Made(NamedTuple):
    """A row that a consumer stores when it hears that a thing came to be."""

    consumer: Consumer
    write: Event
    stage: Stage


class Awaited(NamedTuple):
    """A later message of a thing, whose consumer lets go of it where the row is not there."""

    consumer: Consumer
    absence: Absence
    stage: Stage


def _run(context: CheckContext) -> Iterator[Finding]:
    yield from (_of_number(context, *one) for one in numbers_expected(context))
    told: set[str] = set()
    causes = _Causes(context)
    for rows in _rows_by_service(context).values():
        for one in rows.awaited:
            for made in rows.made:
                if one.consumer.site.id not in told and _are_of_one_life(made, one):
                    finding = _judge(context, causes, made, one)
                    if finding is not None:
                        told.add(one.consumer.site.id)
                        yield finding


# ------------------------------------------------------------------------------------------------------------ both ends


class _Rows(NamedTuple):
    """What the consumers of one service do to the rows of one table."""

    made: list[Made]
    awaited: list[Awaited]


def _rows_by_service(context: CheckContext) -> dict[tuple[str, str], _Rows]:
    found: dict[tuple[str, str], _Rows] = defaultdict(lambda: _Rows([], []))
    consumers = [one for one in context.consumers() if one.site.interaction == "event"]
    for consumer in consumers:
        for write in consumer.events:
            table = _table(write)
            stage = _stage(consumer, write) if table and is_write(write) and write.effect in _MAKES else None
            if stage is not None and stage.kind == "birth":
                found[consumer.site.service or "", table].made.append(Made(consumer, write, stage))
    made = set(found)
    for consumer in consumers:
        for table in dict.fromkeys(map(_table, consumer.events)):
            if (consumer.site.service or "", table) in made:
                found[consumer.site.service or "", table].awaited.extend(_awaited(context, consumer, table))
    return found


def _awaited(context: CheckContext, consumer: Consumer, table: str) -> Iterator[Awaited]:
    context.beat()
    events = context.delivery_events(consumer.node)
    of_it = [one for one in events if one.kind == "effect" and _table(one) == table]
    for at in of_it:
        stage = _stage(consumer, at)
        if stage is None or stage.kind == "birth" or context.is_cut(consumer.node):
            continue
        found = _absences(at, of_it, events)
        absence = next((one for one in found if is_let_go(consumer, one, events)), None)
        if absence is not None:
            yield Awaited(consumer, absence, stage)
            return


def _absences(at: Event, of_it: Sequence[Event], events: Sequence[Event]) -> Iterator[Absence]:
    """What a handler does about its table where the row is not there: asked for, or changed without being asked for."""
    if at.effect == "read":
        writes = [one for one in of_it if one.effect in _CHANGES and is_write(one) and one.order > at.order]
        yield from absences(at, writes, events) if writes else ()
    elif is_write(at) and all(one.effect in ("update", "delete") for one in of_it if one.order <= at.order):
        absence = changed_unlooked(at, events)
        if absence is not None and not any(one.effect in ("insert", "upsert") for one in of_it):
            yield absence


def _table(event: Event) -> str:
    table = letters(entity_of(event)) if event.kind == "effect" else ""
    return "" if keeps_books(table) else table


def _stage(consumer: Consumer, event: Event) -> Stage | None:
    """The stage of the message for which something happens: as the branch around it says, else as the message or its handler is called."""
    for text in _asked_for(event):
        stage = stage_in(text)
        if stage is not None:
            return stage
    site = consumer.site
    named = (site.event, site.channel, site.handler.name.rpartition(".")[2] if site.handler is not None else None)
    told = [stage for text in named if text and (stage := stage_in(text)) is not None]
    return next((one for one in told if one.thing), told[0] if told else None)


def _asked_for(event: Event) -> Iterator[str]:
    """The names with which the branches around an event compare, innermost first."""
    for context in reversed(event.contexts):
        condition = context.node.condition if isinstance(context.node, ir.Branch) else None
        if (
            context.kind == "then"
            and isinstance(condition, ir.Operation)
            and condition.operator in ("==", "instanceof")
        ):
            for one in condition.operands:
                if isinstance(one, ir.Literal) and isinstance(one.value, str):
                    yield one.value
                elif isinstance(one, ir.Member | ir.Name):
                    yield last_name(one)


def _are_of_one_life(made: Made, later: Awaited) -> bool:
    return made.stage.thing == later.stage.thing and bool(made.stage.thing) and made.write is not later.absence.read


# ------------------------------------------------------------------------------------------------------------ judgement


def _judge(context: CheckContext, causes: _Causes, made: Made, later: Awaited) -> Finding | None:
    born, changed = _senders(context, made.consumer), _senders(context, later.consumer)
    if made.consumer.node is later.consumer.node:
        free = changed
    else:
        caused = causes.caused_by(made.consumer)
        free = [one for one in changed if one[1].id not in caused and one[1].of not in caused]
    services = {site.service for _, site in born}
    free = [one for one in free if one[1].service in services]
    if not free:
        return None
    why = why_unordered(context, made.consumer, later.consumer, [*born, *free])
    return _report(context, made, later, free, why) if why else None


def _senders(context: CheckContext, consumer: Consumer) -> list[SitePair]:
    """The publishes whose messages a subscription gets."""
    return [context.graph.by_id[one] for one in context.graph.senders.get(consumer.site.id, ())]


class _Causes:
    """What happens only once something else was handled."""

    def __init__(self, context: CheckContext) -> None:
        self._context = context
        self._consumers = {one.site.id: one for one in context.consumers()}
        self._known: dict[str, set[str]] = {}

    def caused_by(self, first: Consumer) -> set[str]:
        """The publishes that happen only once a subscription has handled its message, or that of one that heard of it from there, by their ids."""
        if first.site.id not in self._known:
            self._known[first.site.id] = self._follow(first)
        return self._known[first.site.id]

    def _follow(self, first: Consumer) -> set[str]:
        site_of, takers = self._context.site_of, self._context.graph.takers
        found: set[str] = set()
        queue, seen = [first], {first.site.id}
        while queue:
            for event in queue.pop().events:
                site = site_of.get(id(event.site)) if event.kind == "publish" and event.site is not None else None
                if site is None or site.id in found:
                    continue
                found.add(site.id)
                for taker in takers.get(site.id, ()):
                    if taker not in seen and taker in self._consumers:
                        seen.add(taker)
                        queue.append(self._consumers[taker])
        return found


def _report(context: CheckContext, made: Made, later: Awaited, free: Sequence[SitePair], why: str) -> Finding:
    entity = entity_of(made.write)
    done = "is dropped" if later.absence.way == "left" else "fails, and does not come again"
    related = [
        event_evidence(made.write, f"the row of {entity} is stored here, once {made.stage.written} is handled"),
        Evidence(later.absence.frame, later.absence.node, "where it is not there, the message is let go of here"),
        *(
            Evidence(node.frame, node.node, f"{channel_text(site)} is published here")
            for node, site in _outermost(free)[:2]
        ),
    ]
    return context.finding(
        RULE,
        f"where {later.stage.written} is handled before {made.stage.written}, whose row of {entity} is not there yet, it {done}: {why}",
        at=later.consumer.node,
        related=related,
    )


def _of_number(context: CheckContext, consumer: Consumer, at: Evidence, why: str) -> Finding:
    return context.finding(
        RULE,
        f"a message of {channel_text(consumer.site)} is dropped unless its number is the one after the last: {why}",
        at=consumer.node,
        related=[at],
    )


def _outermost(publishes: Sequence[SitePair]) -> list[SitePair]:
    """The publishes without those inside of a wrapper whose calls are among them."""
    wrapped = {site.of for _, site in publishes}
    return [pair for pair in publishes if pair[1].id not in wrapped]


RULE = Rule(
    "unordered-assumption",
    "warning",
    "Let what comes too early come again (fail into a retry, keep it aside), compare versions, or send all of it in one order.",
    _run,
    needs_all_sites=True,
    waits=True,
)
