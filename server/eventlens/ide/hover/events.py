"""An event by the name of its type: at the type's declaration, and where the type is named in a site."""

from __future__ import annotations

import re
from typing import NamedTuple

from eventlens.flow.model import Channel, Site
from eventlens.ide.hover import ends, message
from eventlens.ide.hover.pieces import Block, Line, Listing, Paragraph, Piece, code, said, strong
from eventlens.ide.index import FlowIndex
from eventlens.ide.places import Target

_WORD = re.compile(r"[\w$]+")
_CHANNELS = 6


class EventAt(NamedTuple):
    """An event whose name stands at ``target``, with the sites that are about it."""

    name: str
    target: Target
    sites: list[Site]


def at(index: FlowIndex, file: str, line: int, column: int, text: str | None) -> EventAt | None:
    """The event named at a place: where its schema is declared, or inside a call or handler that is of it."""
    word = next((w for w in _WORD.finditer(text or "") if w.start() < column <= w.end() + 1), None)
    if word is None:
        return None
    name, target = word[0], Target(file, line, word.start() + 1, line, word.end() + 1)
    declared = [site for site in index.declared_schemas_at(file, line) if name in (site.schema_name, site.event)]
    if declared:
        return EventAt(name, target, _about(index, declared, name))
    for site in index.sites_in(file):
        if name in (site.schema_name, site.event) and _is_of(index, site, file, line):
            return EventAt(name, target, _about(index, [site], name))
    for site, around in index.receiving_in(file):
        if name in (site.schema_name, site.event) and around.line <= line <= around.end_line:
            return EventAt(name, target, _about(index, [site], name))
    return None


def _is_of(index: FlowIndex, site: Site, file: str, line: int) -> bool:
    call = index.call_of(site).around
    return call.line <= line <= call.end_line


def _about(index: FlowIndex, sites: list[Site], name: str) -> list[Site]:
    """The sites that have the same declaration, and all that publish an event of the name."""
    places = {(site.schema.file, site.schema.line) for site in sites if site.schema is not None}
    same = [site for place in sorted(places) for site in index.declared_schemas_at(*place)]
    return list({site.id: site for site in (*sites, *same, *index.of_event(name))}.values())


def told(index: FlowIndex, event: EventAt) -> list[Block]:
    """The hover on an event's name."""
    publishes = [one for one in event.sites if one.role == "publish" and not index.callers_of_wrapper(one)]
    subscribes = [one for one in event.sites if one.role == "subscribe"]
    producers = list({one.id: one for one in (*publishes, *_of(index.producers(subscribes), event.name))}.values())
    consumers = list({one.id: one for one in (*subscribes, *index.consumers(publishes))}.values())
    blocks: list[Block] = [Paragraph([said("Event "), strong(event.name)])]
    travels = _channels(index, [*producers, *consumers])
    if travels:
        blocks.append(Listing("", [travels]))
    blocks += message.told(message.schema_of(event.sites[0], [*producers, *consumers]))
    own = [channel for site in producers for channel in index.channels_of(site)]
    blocks += ends.listed(index, "Producers", producers, event.name) or ends.nobody(index, own, (), "publish")
    return [*blocks, *(ends.listed(index, "Consumers", consumers) or ends.nobody(index, own, (), "subscribe"))]


def _of(sites: list[Site], name: str) -> list[Site]:
    return [site for site in sites if site.event in (name, None)]


def _channels(index: FlowIndex, sites: list[Site]) -> Line:
    found: dict[str, Channel] = {one.id: one for site in sites for one in index.channels_of(site)}
    line: list[Piece] = [said("on ")] if found else []
    for number, channel in enumerate(list(found.values())[:_CHANNELS]):
        line += [said(", ")] * bool(number) + [said(f"{channel.broker} {channel.kind} "), code(channel.name)]
    more = len(found) - _CHANNELS
    return [*line, *([said(f" and {more} more")] if more > 0 else [])]
