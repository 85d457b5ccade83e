"""thundering-herd: one event wakes several consumers that all ask the same table at once."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Hashable, Iterator
from typing import NamedTuple

from eventlens.behaviour.events import Event, is_write
from eventlens.checks.announced import entity_of, letters
from eventlens.checks.bookkeeping import keeps_books
from eventlens.checks.context import CheckContext, Consumer, Rule, channel_text, event_evidence
from eventlens.flow.denotations import ClassRef, Instance
from eventlens.flow.graph import SitePair
from eventlens.flow.linking import keys_of
from eventlens.flow.model import Finding
from eventlens.flow.reading import read_first
from eventlens.knowledge.schema import Effect

CONSUMERS = 3
"""From how many consumers on it is a herd, where the settings say nothing else."""
_SHOWN = 6
_SETUP = re.compile(r"(?i)setting|config|feature")
"""Tables in which consumers look up how they are set up."""
_DATABASES = frozenset(("relational", "document", "key-value", "wide-column", "graph", ""))
"""Kinds of stores that all who ask them share."""


class _Read(NamedTuple):
    """A consumer's read of a table that it does not write."""

    consumer: Consumer
    event: Event


def _run(context: CheckContext) -> Iterator[Finding]:
    wanted = _wanted(context)
    consumers: dict[str, Consumer] = {}
    told: set[tuple[str, frozenset[str]]] = set()
    seen: set[tuple[str, ...]] = set()
    for node, site in context.sites("publish"):
        takers = tuple(context.graph.takers.get(site.id, ()))
        if len(takers) < wanted or site.interaction != "event" or takers in seen:
            continue
        seen.add(takers)
        consumers = consumers or {one.site.id: one for one in context.consumers()}
        herd = _herd([consumers[one] for one in takers if one in consumers], wanted)
        if not herd:
            continue
        key = entity_of(herd[0].event), frozenset(one.consumer.site.id for one in herd)
        if key not in told:
            told.add(key)
            yield _report(context, (node, site), herd)


def _wanted(context: CheckContext) -> int:
    chosen = context.settings.rules.get(RULE.id)
    return (chosen.consumers if chosen is not None else None) or CONSUMERS


def _herd(consumers: list[Consumer], wanted: int) -> list[_Read]:
    """The reads of one table of one database by as many consumers as make a herd; empty where there are none."""
    by_table: dict[Hashable, dict[Hashable, _Read]] = defaultdict(dict)
    for consumer in consumers:
        if consumer.site.interaction != "event":
            continue
        for event in _reads(consumer):
            for table in _tables(consumer, event):
                by_table[table].setdefault(_delivery(consumer), _Read(consumer, event))
    largest = max(by_table.values(), key=len, default={})
    return list(largest.values()) if len(largest) >= wanted else []


def _reads(consumer: Consumer) -> Iterator[Event]:
    """The reads of tables that the handler leaves as they are; asking first whether a row is there, to write it, is no such one."""
    written = {letters(entity_of(one)) for one in consumer.events if is_write(one)}
    for event in consumer.events:
        if event.effect != "read" or event.store not in _DATABASES or event.within("catch") is not None:
            continue
        table = letters(entity_of(event))
        if table and table not in written and not keeps_books(table) and not _SETUP.search(table):
            yield event


def _tables(consumer: Consumer, event: Event) -> Iterator[Hashable]:
    """What makes a table the same one for several consumers: its name within a service, the class of its rows, the code that asks for them."""
    table = letters(entity_of(event))
    if consumer.site.service is not None:
        yield "service", consumer.site.service, table
    entry = event.entry
    if isinstance(entry, Effect) and event.place is not None:
        for value in read_first(event.place, entry.entity):
            if isinstance(value, ClassRef | Instance):
                yield "class", id(value.index)
    if event.chain:
        yield "code", id(event.frame), table


def _delivery(consumer: Consumer) -> Hashable:
    """What gets a copy of the event of its own: members of one group, and consumers of one queue, share theirs."""
    site = consumer.site
    keys = tuple(sorted(one.id for one in keys_of(consumer.node)))
    if site.group:
        return keys, site.group
    handler = consumer.node.handler.frame
    shared = site.broker in ("kafka", "kinesis") or any(one.kind == "queue" for one in keys_of(consumer.node))
    return keys, site.service if shared else id(handler)


def _report(context: CheckContext, publish: SitePair, herd: list[_Read]) -> Finding:
    node, site = publish
    what = site.event or channel_text(site)
    return context.finding(
        RULE,
        f"{what} wakes {len(herd)} consumers that each read {entity_of(herd[0].event)} at that moment: the database is asked {len(herd)} times for "
        "one event, by all of them at once",
        at=node,
        related=[event_evidence(one.event, f"{_name(one)} reads it here") for one in herd[:_SHOWN]],
    )


def _name(one: _Read) -> str:
    site = one.consumer.site
    return (site.handler.name if site.handler is not None else "") or site.group or channel_text(site)


RULE = Rule(
    "thundering-herd",
    "info",
    "Send along what they all need, let one of them ask and keep it, or spread them over time.",
    _run,
    needs_all_sites=True,
    waits=True,
)
