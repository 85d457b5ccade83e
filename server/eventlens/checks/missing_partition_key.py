"""missing-partition-key: events of one thing go to a partitioned topic without a key, and who consumes them depends on their order."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from typing import NamedTuple

from eventlens import ir
from eventlens.behaviour.events import Event, is_write
from eventlens.checks.announced import entity_of
from eventlens.checks.bookkeeping import keeps_books
from eventlens.checks.context import CheckContext, Evidence, Rule, event_evidence
from eventlens.checks.files_of_services import files_of
from eventlens.checks.life_stages import Stage, follow_each_other, stages_of
from eventlens.checks.other_ends import OtherEnds
from eventlens.config.name_words import words_of
from eventlens.flow.graph import SitePair
from eventlens.flow.linking import ChannelKey, keys_of
from eventlens.flow.message_keys import key_presence
from eventlens.flow.model import Finding
from eventlens.flow.scopes import Frame
from eventlens.flow.site_node import SiteNode
from eventlens.flow.walk import statements_in, values_in

_PARTITIONED = frozenset(("kafka",))
"""Brokers that spread messages without a key over the partitions of a topic."""
_SETS = frozenset(("update", "upsert", "delete"))
"""Effects of which the last one wins, so that their order matters."""
_ORDERED = re.compile(
    r"(?i)version|sequence|revision|timestamp|occurred|event_?(?:time|date)|modified|updated_?(?:at|on)|is_?(?:before|after|newer|older)|last_?update"
)
"""Names of what tells which of two messages is the younger one."""
_OTHER_PARTITIONING = re.compile(
    rb"implements\s+Partitioner|:\s*Partitioner\b|partitioner[._]class|PARTITIONER_CLASS|createPartitioner\s*:\s*(?!Partitioners\.(?:Legacy|Default))"
    rb"|SetPartitioner|\bPartitioner\s*[:=]\s*(?!\w+\.New(?:Hash|Random|RoundRobin|ReferenceHash))|partitioner\s*=|interceptor[._]classes|INTERCEPTOR_CLASSES"
    rb"|ProducerInterceptor|[Kk]ey-?[Ee]xpression|\bserializer\s*:\s*new\b"
)
"""Set up so, a producer may choose the partition, or the key, by something in the message."""
_ASIDE = re.compile(
    r"(?i)notif|mail|sms|audit|(?<![a-z])logs?(?![a-z])|error|dlq|dlt|dead[-_.]?letter|retry|metric|telemetry|analytic|statistic|cache|invalidat|broadcast"
)
"""Topics whose consumers tell people or keep records, and set no row by each message."""


class Told(NamedTuple):
    """A publish and a stage that it tells of."""

    pair: SitePair
    stage: Stage


class Topic(NamedTuple):
    """A topic, what is published to it, and how many partitions it has, where that is declared."""

    key: ChannelKey
    publishes: list[SitePair]
    partitions: int | None


def _run(context: CheckContext) -> Iterator[Finding]:
    for topic in _topics(context):
        keyless = [pair for pair in topic.publishes if pair[1].of is None and _has_no_key(context, pair[0])]
        if not keyless:
            continue
        told = [Told(pair, stage) for pair in topic.publishes for stage in stages_of(*pair)]
        life = _life(topic, told)
        if not life:
            continue
        consumers = _consumers(context, life)
        depends = _dependent(context, consumers, life)
        if depends is not None or (not consumers and _is_consumed_elsewhere(context, life)):
            yield from _report(context, topic, keyless, life, depends)


def _has_no_key(context: CheckContext, node: SiteNode) -> bool:
    context.beat()
    return key_presence(node) == "absent"


def _topics(context: CheckContext) -> Iterator[Topic]:
    found: dict[ChannelKey, list[SitePair]] = defaultdict(list)
    for node, site in context.sites("publish"):
        if node.channel.broker in _PARTITIONED and site.interaction == "event" and len(node.channel.names) == 1:
            (key,) = keys_of(node)
            if "*" not in key.name and not _ASIDE.search(key.name):
                found[key].append((node, site))
    for key, publishes in found.items():
        partitions = context.graph.declared.facts.get(key, {}).get("partitions")
        known = partitions if isinstance(partitions, int) else None
        if known != 1:
            yield Topic(key, publishes, known)


# ------------------------------------------------------------------------------------------------------- one thing's life


def _life(topic: Topic, told: Sequence[Told]) -> list[Told]:
    """Those that tell of several stages in the life of one thing, which follow each other: that it came to be and what became of it, or a
    change, which can be made again. Empty where they may be alternatives (approved, rejected)."""
    by_thing: dict[str, list[Told]] = defaultdict(list)
    for one in told:
        by_thing[one.stage.thing].append(one)
    unnamed = by_thing.pop("", [])
    if len(by_thing) <= 1:
        groups = [[*unnamed, *(one for group in by_thing.values() for one in group)]]
    else:
        groups = list(by_thing.values())
    for group in groups:
        if follow_each_other(one.stage for one in group):
            return group
    return []


# ----------------------------------------------------------------------------------------------------------- who depends


class Dependent(NamedTuple):
    """A consumer's write of which the last one wins."""

    consumer: SitePair
    write: Event


def _consumers(context: CheckContext, life: Sequence[Told]) -> dict[str, set[str]]:
    """Subscription → the publishes whose messages it gets, by their ids."""
    publishes = {one.pair[1].id for one in life}
    linked: dict[str, set[str]] = defaultdict(set)
    for flow in context.graph.flows:
        if flow.publish in publishes:
            linked[flow.subscribe].add(flow.publish)
    return linked


def _is_consumed_elsewhere(context: CheckContext, life: Sequence[Told]) -> bool:
    """Whether who consumes the messages is not in the workspace, and they say themselves which stages they tell of."""
    ends = OtherEnds(context, "subscribe")
    said = [one.stage for one in life if not one.stage.by_function]
    return follow_each_other(said) and not any(ends.may_hold_unread(one.pair[1]) for one in life)


def _dependent(context: CheckContext, consumers: dict[str, set[str]], life: Sequence[Told]) -> Dependent | None:
    """Who gets the messages and sets a row by each."""
    for subscribe, senders in consumers.items():
        node, site = context.graph.by_id[subscribe]
        if site.source_set != "main" or not follow_each_other(one.stage for one in life if one.pair[1].id in senders):
            continue
        events = context.handler_events(node)
        writes = [event for event in events if _sets_a_row(event, events)]
        if writes and not _looks_at_order(node.handler.frame, events):
            things = {one.stage.thing for one in life}
            return Dependent((node, site), next((one for one in writes if _is_of(one, things)), writes[0]))
    return None


def _is_of(write: Event, things: Collection[str]) -> bool:
    table = "".join(words_of(entity_of(write)))
    return any(thing and thing in table for thing in things)


def _sets_a_row(event: Event, events: Sequence[Event]) -> bool:
    """Whether a write leaves a row as the last message says, whatever was before."""
    entity = entity_of(event)
    if not is_write(event) or keeps_books(entity):
        return False
    if event.effect != "write":
        return event.effect in _SETS
    of_it = [one for one in events if one.kind == "effect" and entity and entity_of(one) == entity]
    is_counted = any(one.effect == "increment" for one in of_it)
    return not is_counted and any(one.effect == "read" and one.order < event.order for one in of_it)


def _looks_at_order(handler: Frame | None, events: Sequence[Event]) -> bool:
    """Whether a handler, or a function that it calls, asks which of two messages is the younger one."""
    frames = {id(handler): handler} if handler is not None else {}
    frames.update((id(step.callee), step.callee) for event in events for step in event.chain)
    return any(
        _ORDERED.search(value.name)
        for frame in frames.values()
        if frame.function is not None
        for statement in statements_in(frame.function.body or ())
        if isinstance(statement, ir.Branch)
        for value in values_in(statement.condition)
        if isinstance(value, ir.Name | ir.Member)
    )


# ------------------------------------------------------------------------------------------------------------- reporting


def _report(
    context: CheckContext, topic: Topic, keyless: Sequence[SitePair], life: Sequence[Told], depends: Dependent | None
) -> Iterator[Finding]:
    """One finding for each call of the library that sends without a key, at the first of its sites."""
    seen: set[int] = set()
    for node, site in keyless:
        call = node.match.place.call or node.node
        inside = [one for one in life if one.pair[1].id == site.id or one.pair[1].of == site.id]
        if (
            id(call) in seen
            or not inside
            or any(is_set_up_otherwise(context, one) for one in _services(context, inside))
        ):
            continue
        seen.add(id(call))
        others = [one for one in life if one not in inside] or inside[1:]
        first, second = inside[0].stage, next(one.stage for one in life if one.stage.verb != inside[0].stage.verb)
        said = (
            [_as_known(depends)]
            if depends is not None
            else ["nobody here consumes it, so who depends on that is not known"]
        )
        said += [] if topic.partitions else ["how many partitions it has is not known here"]
        related = [
            Evidence(one.pair[0].frame, one.pair[0].node, f"{_named(one.stage)} goes to the same topic here")
            for one in others[:3]
        ]
        if depends is not None:
            related.append(event_evidence(depends.write, "what is written here hangs on the order"))
        yield context.finding(
            RULE,
            f"{_named(first)} and {_named(second)} go to {topic.key.name} without a key: on several partitions they may be handled in another"
            f" order than they were sent; {'; '.join(said)}",
            at=node,
            related=related,
            confidence="certain" if topic.partitions and depends is not None else "likely",
        )


def _named(stage: Stage) -> str:
    return f"what {stage.written} sends" if stage.by_function else stage.written


def _as_known(depends: Dependent) -> str:
    return f"their consumer {_VERB[depends.write.effect]} {entity_of(depends.write) or 'a row'} by each"


_VERB = {"update": "updates", "upsert": "writes", "write": "writes", "delete": "deletes"}


def _services(context: CheckContext, told: Sequence[Told]) -> set[str | None]:
    """The services of some publishes, and those in which the library is called for them."""
    frames = (one.pair[0].match.place.frame for one in told)
    called = {context.graph.matcher.service_of(frame.module.path) for frame in frames if frame is not None}
    return called | {one.pair[1].service for one in told}


def is_set_up_otherwise(context: CheckContext, service: str | None) -> bool:
    """Whether the producers of a service may choose partitions or keys by something else."""
    known: dict[str | None, bool] = context.shared.setdefault("other partitioning", {})
    if service not in known:
        text = context.graph.program.workspace.text_if_there
        known[service] = any(_OTHER_PARTITIONING.search(text(path)) for path in files_of(context, service))
    return known[service]


RULE = Rule(
    "missing-partition-key",
    "warning",
    "Send with the id of the thing as the key, so that its events stay in one partition.",
    _run,
    needs_all_sites=True,
    waits=True,
)
