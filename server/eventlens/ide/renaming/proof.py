"""Whether a map is another one with a channel renamed, and nothing else."""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterable, Iterator
from typing import NamedTuple, TypeAlias

from eventlens.flow.model import FlowMap, Place, Site
from eventlens.ide.renaming.renamings import Renaming
from eventlens.syntax.grammars import language_of

_Fact: TypeAlias = "tuple[Hashable, ...]"


class _Names(NamedTuple):
    """What is called how in a map as it is to be: a channel by broker, kind and name, a channel whose name may be made of another's, an
    event of sites, what a binding lets through."""

    channel: Callable[[str, str, str], str]
    beside: Callable[[str | None, str], str]
    event: Callable[[Iterable[str], str | None], str | None]
    filtered: Callable[[str | None], str | None]


def difference(before: FlowMap, after: FlowMap, renaming: Renaming, new: str) -> str:
    """What else than the name differs between two maps, in words that name the place; "" for nothing.

    A schema that is found by the new name is no difference: a type may have been renamed before the event.
    A reply or dead-letter channel may follow the name that its own is made of (``orders.reply``), or keep it where it is written out.
    Group and routing key of a site may follow a name that they share a constant with; that the flows stay as they are is what counts.
    """
    kinds = {(one.broker, one.kind) for one in renaming.channels}

    def channel(broker: str, kind: str, name: str) -> str:
        return new if name == renaming.name and (not kind or (broker, kind) in kinds) else name

    def beside(own: str | None, name: str) -> str:
        rest = name[len(new) :] if own == new and name.startswith(new) else ""
        return renaming.name + rest if re.match(r"[\W_]", rest) else name

    def event(sites: Iterable[str], name: str | None) -> str | None:
        return new if name == renaming.name and not renaming.event_sites.isdisjoint(sites) else name

    def filtered(pattern: str | None) -> str | None:
        if not renaming.event_sites or pattern is None:
            return None
        return re.sub(rf"(?<!\S){re.escape(renaming.name)}(?!\S)", lambda _: new, pattern)

    expected = dict(_facts(before, _Names(channel, lambda own, name: name, event, filtered)))
    found = dict(_facts(after, _Names(lambda broker, kind, name: name, beside, lambda sites, name: name, filtered)))
    for fact, told in expected.items():
        if fact not in found:
            return told if fact[0] == "schema" else _kept(after, renaming) or f"{told} would be lost"
    return next(
        (f"{told} would be new" for fact, told in found.items() if fact not in expected and fact[0] != "schema"), ""
    )


def _facts(flow_map: FlowMap, named: _Names) -> Iterator[tuple[_Fact, str]]:
    """What is compared, each with how it reads."""
    sites = sorted(flow_map.sites, key=lambda one: (one.file, one.line, one.column, one.role))
    numbers = {site.id: number for number, site in enumerate(sites)}
    channels = {one.id: one for one in flow_map.channels}
    for number, site in enumerate(sites):
        yield _site(number, site, named), f"the {site.role} of {site.channel} at {site.file}:{site.line}"
        if site.schema is not None:
            yield ("schema", number, site.schema.file, site.schema.line), _schema_told(site)
    by_id = {site.id: site for site in sites}
    for flow in flow_map.flows:
        if flow.publish in numbers and flow.subscribe in numbers:
            one, other = by_id[flow.publish], by_id[flow.subscribe]
            told = f"the flow from {one.file}:{one.line} to {other.file}:{other.line} ({flow.why})"
            yield (
                ("flow", numbers[flow.publish], numbers[flow.subscribe], named.event((one.id, other.id), flow.event)),
                told,
            )
    for channel in flow_map.channels:
        dead = channel.dead_letter and named.beside(
            channel.name, named.channel(channel.broker, "", channel.dead_letter)
        )
        name = named.channel(channel.broker, channel.kind, channel.name)
        places = tuple(sorted((one.file, one.line) for one in channel.declared))
        yield (
            ("channel", channel.broker, channel.kind, name, dead, places),
            f"the {channel.kind} {channel.name}{_declared_at(channel.declared)}",
        )
    for binding in flow_map.bindings:
        ends = [channels[key] for key in (binding.from_, binding.to) if key in channels]
        names = tuple((one.broker, one.kind, named.channel(one.broker, one.kind, one.name)) for one in ends)
        yield (
            ("binding", *names, named.filtered(binding.pattern)),
            f"the binding of {' to '.join(one.name for one in ends)}{_declared_at(binding.declared)}",
        )


def _kept(after: FlowMap, renaming: Renaming) -> str:
    """Which declaration would keep the old name, as it has it from a variable or parameter; "" for none."""
    kinds = {(one.broker, one.kind) for one in renaming.channels}
    for channel in after.channels:
        if channel.name == renaming.name and (channel.broker, channel.kind) in kinds and channel.declared:
            return f"the {channel.kind}{_declared_at(channel.declared)} has its name from elsewhere and would keep it"
    return ""


def _schema_told(site: Site) -> str:
    """What is said of a schema that is lost."""
    assert site.schema is not None
    kind = "type" if language_of(site.schema.file) is not None else "message"
    mend = ": rename the type with its language's own rename first" if kind == "type" else ""
    named = f"the {kind} `{site.schema_name}` at {site.schema.file}:{site.schema.line}"
    return (
        f"the {site.role} at {site.file}:{site.line} would lose its schema, {named}, which is found by the name{mend}"
    )


def _declared_at(places: list[Place]) -> str:
    return f" at {places[0].file}:{places[0].line}" if places else ""


def _site(number: int, site: Site, named: _Names) -> _Fact:
    names = tuple(named.channel(site.broker, site.channel_kind, one) for one in site.channels)
    channel = site.channel and named.channel(site.broker, site.channel_kind, site.channel)
    reply = site.reply_channel and named.beside(site.channel, named.channel(site.broker, "", site.reply_channel))
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
        named.event((site.id,), site.event),
    )
