"""Whether a map is another one with a channel renamed, and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from typing import TypeAlias

from eventlens.flow.model import FlowMap, Place, Site
from eventlens.ide.renaming.occurrences import Renaming

_Fact: TypeAlias = "tuple[Hashable, ...]"
_Named: TypeAlias = Callable[[str, str, str], str]


def difference(before: FlowMap, after: FlowMap, renaming: Renaming, new: str) -> str:
    """What else than the name differs between two maps, in words that name the place; "" for nothing.

    Group and routing key of a site may follow a name that they share a constant with; that the flows stay as they are is what counts.
    """
    kinds = {(one.broker, one.kind) for one in renaming.channels}

    def renamed(broker: str, kind: str, name: str) -> str:
        return new if name == renaming.name and (not kind or (broker, kind) in kinds) else name

    expected = dict(_facts(before, renamed))
    found = dict(_facts(after, lambda broker, kind, name: name))
    for fact, told in expected.items():
        if fact not in found:
            return f"{told} would be lost"
    return next((f"{told} would be new" for fact, told in found.items() if fact not in expected), "")


def _facts(flow_map: FlowMap, named: _Named) -> Iterator[tuple[_Fact, str]]:
    """What is compared, each with how it reads."""
    sites = sorted(flow_map.sites, key=lambda one: (one.file, one.line, one.column, one.role))
    numbers = {site.id: number for number, site in enumerate(sites)}
    channels = {one.id: one for one in flow_map.channels}
    for number, site in enumerate(sites):
        yield _site(number, site, named), f"the {site.role} of {site.channel} at {site.file}:{site.line}"
    by_id = {site.id: site for site in sites}
    for flow in flow_map.flows:
        if flow.publish in numbers and flow.subscribe in numbers:
            one, other = by_id[flow.publish], by_id[flow.subscribe]
            told = f"the flow from {one.file}:{one.line} to {other.file}:{other.line} ({flow.why})"
            yield ("flow", numbers[flow.publish], numbers[flow.subscribe], flow.event), told
    for channel in flow_map.channels:
        dead = channel.dead_letter and named(channel.broker, "", channel.dead_letter)
        name = named(channel.broker, channel.kind, channel.name)
        places = tuple(sorted((one.file, one.line) for one in channel.declared))
        yield (
            ("channel", channel.broker, channel.kind, name, dead, places),
            f"the {channel.kind} {channel.name}{_declared_at(channel.declared)}",
        )
    for binding in flow_map.bindings:
        ends = [channels[key] for key in (binding.from_, binding.to) if key in channels]
        names = tuple((one.broker, one.kind, named(one.broker, one.kind, one.name)) for one in ends)
        yield (
            ("binding", *names),
            f"the binding of {' to '.join(one.name for one in ends)}{_declared_at(binding.declared)}",
        )


def _declared_at(places: list[Place]) -> str:
    return f" at {places[0].file}:{places[0].line}" if places else ""


def _site(number: int, site: Site, named: _Named) -> _Fact:
    names = tuple(named(site.broker, site.channel_kind, one) for one in site.channels)
    channel = site.channel and named(site.broker, site.channel_kind, site.channel)
    reply = site.reply_channel and _reply(site, channel, named(site.broker, "", site.reply_channel))
    return (
        "site",
        number,
        site.role,
        site.file,
        site.line,
        site.broker,
        site.channel_kind,
        channel,
        names,
        reply,
        site.event,
    )


def _reply(site: Site, channel: str | None, reply: str) -> str:
    """The name of a site's reply channel, which may be made of the channel's own."""
    own = site.channel
    return channel + reply[len(own) :] if own and channel and reply.startswith(f"{own}.") else reply
