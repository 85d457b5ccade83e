"""A channel: what is declared of it, and who is at its ends."""

from __future__ import annotations

from collections.abc import Sequence

from eventlens.flow.model import Channel, Site
from eventlens.ide.hover import ends, message
from eventlens.ide.hover.pieces import Block, Line, Listing, Paragraph, Piece, code, linked, said, strong
from eventlens.ide.index import FlowIndex

_DECLARED = 3
"""Declarations listed before the rest is only counted."""


def told(index: FlowIndex, channel: Channel) -> list[Block]:
    """The hover on a channel's name."""
    sites = index.sites_on([channel])
    publishes = [site for site in sites if site.role == "publish" and not index.callers_of_wrapper(site)]
    subscribes = [site for site in sites if site.role == "subscribe"]
    producers = _ends(publishes, index.producers(subscribes))
    consumers = _ends(subscribes, index.consumers(publishes))
    events = list(dict.fromkeys(site.event for site in producers if site.event))
    facts = facts_of([channel])
    blocks: list[Block] = [Paragraph([said(f"{channel.broker} {channel.kind} "), strong(channel.name or "?")])]
    if events:
        facts.insert(0, _events(events))
    if facts:
        blocks.append(Listing("", facts))
    if len({site.event for site in producers}) == 1:
        blocks += message.told(message.schema_of(producers[0], [*producers[1:], *consumers]))
    blocks += ends.listed(index, "Producers", producers) or ends.nobody(index, [channel], (), "publish")
    return [*blocks, *(ends.listed(index, "Consumers", consumers) or ends.nobody(index, [channel], (), "subscribe"))]


def _ends(own: Sequence[Site], others: Sequence[Site]) -> list[Site]:
    return list({site.id: site for site in (*own, *others)}.values())


def facts_of(channels: Sequence[Channel]) -> list[Line]:
    """What is declared of channels."""
    facts: list[Line] = []
    for channel in channels:
        if channel.partitions is not None:
            facts.append([said(f"{channel.partitions} partition{'s' * (channel.partitions != 1)}")])
        if channel.dead_letter is not None:
            facts.append(dead_letter(channel.dead_letter))
        if channel.declared:
            line = [said("declared in ")]
            for number, place in enumerate(channel.declared[:_DECLARED]):
                line += [said(", ")] * bool(number) + [linked(place)]
            more = len(channel.declared) - _DECLARED
            facts.append([*line, *([said(f" and {more} more places")] if more > 0 else [])])
    return list({tuple(fact): fact for fact in facts}.values())


def dead_letter(channel: str, reason: str = "") -> Line:
    """Where failed messages go."""
    because = [said(f" ({reason})")] if reason else []
    if channel in ("", "*"):
        return [said("failed messages go to a dead-letter queue"), *because]
    return [said("failed messages go to "), code(channel), *because]


def _events(events: Sequence[str]) -> Line:
    line: list[Piece] = [said("events " if len(events) > 1 else "event ")]
    for number, event in enumerate(events[:8]):
        line += [said(", ")] * bool(number) + [code(event)]
    return [*line, *([said(f" and {len(events) - 8} more")] if len(events) > 8 else [])]


def rest(count: int, what: str) -> list[Block]:
    """That there are more."""
    return [Paragraph([said(f"and {count} more {what} here")])] if count > 0 else []
