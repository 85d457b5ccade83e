"""What a site, a channel or a handler is, in Markdown."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeAlias

from eventlens.flow.model import Channel, Place, Site
from eventlens.ide.index import FlowIndex
from eventlens.ide.places import Target, of_site

LinkTo: TypeAlias = Callable[[str, int], str]
"""The URI of a file and 1-based line."""

_SHOWN = 20
"""Producers or consumers listed before the rest is only counted."""
_PAYLOAD_SOURCES = {"declared": "declared type", "inferred": "inferred from the value that is sent"}


class HoverText(NamedTuple):
    """``target`` is what the text is about; None for a whole line."""

    markdown: str
    target: Target | None


def hover(index: FlowIndex, file: str, line: int, column: int, link: LinkTo) -> HoverText | None:
    """The hover at a place; None where nothing of a flow stands."""
    sites = index.sites_at(file, line, column)
    if sites:
        target = of_site(sites[0]) if sites[0].file == file and sites[0].line <= line <= sites[0].end_line else None
        return HoverText("\n\n---\n\n".join(_site_text(index, site, link) for site in sites), target)
    channels = index.channels_declared_at(file, line)
    if channels:
        return HoverText("\n\n---\n\n".join(_channel_text(index, channel, link) for channel in channels), None)
    return None


def _site_text(index: FlowIndex, site: Site, link: LinkTo) -> str:
    channels = index.channels_of(site)
    facts = [*_site_facts(site), *(fact for channel in channels for fact in _channel_facts(channel, link))]
    publishes = [site] if site.role == "publish" else index.producers([site])
    blocks = [_title(site), "\n".join(f"- {fact}" for fact in facts), *_schema_blocks(site, publishes)]
    return "\n\n".join([*blocks, *_ends(index, site, channels, link)])


def _title(site: Site) -> str:
    name = site.channel_template or site.channel
    return f"**{site.role}** {_code(name) if name else 'on a channel that is not known'} · {site.broker} {site.channel_kind}"


def _channel_text(index: FlowIndex, channel: Channel, link: LinkTo) -> str:
    sites = index.sites_on([channel])
    facts = "\n".join(f"- {fact}" for fact in _channel_facts(channel, link))
    blocks = [f"**channel** {_code(channel.name)} · {channel.broker} {channel.kind}", *([facts] if facts else [])]
    for title, role in (("Producers", "publish"), ("Consumers", "subscribe")):
        blocks += _listed(title, [site for site in sites if site.role == role], link)
    return "\n\n".join(blocks)


def _site_facts(site: Site) -> list[str]:
    facts = [
        f"delivery {site.guarantee}, {site.confidence}, through {site.library}"
        + (f" ({site.via})" if site.via != "direct" else "")
    ]
    if site.routing_key is not None:
        facts.append(f"routing key {_code(site.routing_key)}")
    if site.group is not None:
        facts.append(f"consumer group {_code(site.group)}")
    if site.key is not None:
        facts.append(f"partition key {_code(site.key)}")
    if site.interaction != "event":
        facts.append(f"{site.interaction}" + (f", reply on {_code(site.reply_channel)}" if site.reply_channel else ""))
    return facts


def _channel_facts(channel: Channel, link: LinkTo) -> list[str]:
    facts = []
    if channel.partitions is not None:
        facts.append(f"{channel.partitions} partitions")
    if channel.dead_letter is not None:
        facts.append(f"dead letters go to {_code(channel.dead_letter)}")
    facts += [f"declared in {_linked(place, link)}" for place in channel.declared]
    return facts


def _schema_blocks(site: Site, publishes: Sequence[Site]) -> list[str]:
    """The event and its fields, from the site itself or else from the first producer that shows them."""
    shown = next((s for s in [site, *publishes] if s.payload), None)
    event = site.event or (shown.event if shown else None)
    blocks = [f"Event {_code(event)}"] if event else []
    if shown is None:
        return blocks
    source = _PAYLOAD_SOURCES.get(shown.payload_source, "source not known")
    rows = [
        f"| {_cell(field.name)} | {_cell(field.type)} | {'optional' if field.optional else ''} |"
        for field in shown.payload
    ]
    return [*blocks, "\n".join([f"| field | type | {source} |", "| --- | --- | --- |", *rows])]


def _ends(index: FlowIndex, site: Site, channels: Sequence[Channel], link: LinkTo) -> list[str]:
    """The other end first, then who else consumes."""
    if site.role == "publish":
        return _listed("Consumers", index.consumers([site]), link) or ["Nobody consumes this in this workspace."]
    producers = _listed("Producers", index.producers([site]), link) or ["Nobody publishes this in this workspace."]
    beside = [other for other in index.sites_on(channels) if other.role == "subscribe" and other.id != site.id]
    return [*producers, *_listed("Also consumed by", beside, link)]


def _listed(title: str, sites: Sequence[Site], link: LinkTo) -> list[str]:
    if not sites:
        return []
    lines = [f"{title}:", *(f"- {_end(site, link)}" for site in sites[:_SHOWN])]
    if len(sites) > _SHOWN:
        lines.append(f"- and {len(sites) - _SHOWN} more")
    return ["\n".join(lines)]


def _end(site: Site, link: LinkTo) -> str:
    place = Place(file=site.file, line=site.line)
    name = ""
    if site.handler is not None:
        place, name = Place(file=site.handler.file, line=site.handler.line), f"{_code(site.handler.name)} "
    origin = f" in {_plain(site.origin)}" if site.origin else ""
    return f"**{_plain(site.service or 'no service')}** {name}{_linked(place, link)}{origin}"


def _linked(place: Place, link: LinkTo) -> str:
    return f"[{_plain(place.file)}:{place.line}](<{link(place.file, place.line)}>)"


def _code(text: str) -> str:
    """Code span; the fence is longer than any run of backticks inside."""
    text = " ".join(text.split())
    if "`" not in text:
        return f"`{text}`"
    fence = "`" * (max(len(run) for run in _runs(text)) + 1)
    return f"{fence} {text} {fence}"


def _runs(text: str) -> list[str]:
    return [run for run in "".join(c if c == "`" else " " for c in text).split(" ") if run]


def _cell(text: str) -> str:
    return _code(text).replace("|", "\\|")


def _plain(text: str) -> str:
    """Text whose characters mean nothing to Markdown."""
    return "".join(f"\\{c}" if c in "\\`*_[]<>#|!" else c for c in text)
