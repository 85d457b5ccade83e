"""The flow maps of several repositories as one: channels with the same id are one channel, and flows cross over."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import msgspec

from eventlens.flow.linking import amqp_matches
from eventlens.flow.model import Binding, Channel, Flow, FlowMap, Service, Site

_ORPHANS = ("orphan-publish", "orphan-subscribe")


def joined(own: FlowMap, other: FlowMap, origin: str) -> FlowMap:
    """``own`` with the sites, channels and flows of ``other``, which get ``origin`` as the name of their repository.

    Places stay in ``own``: a foreign site's file is relative to its own root, and foreign declarations are left out.
    """
    foreign = [_foreign(site, origin) for site in other.sites]
    channels = _channels(own.channels, other.channels)
    bindings = _bindings(own.bindings, other.bindings)
    crossing = list(_crossing(own.sites, foreign, channels, bindings, origin))
    linked = {end for flow in crossing for end in (flow.publish, flow.subscribe)}
    return msgspec.structs.replace(
        own,
        services=[
            *own.services,
            *(Service(name=s.name, path=f"{origin}:{s.path}", languages=s.languages) for s in other.services),
        ],
        channels=channels,
        bindings=bindings,
        sites=[*own.sites, *foreign],
        flows=[*own.flows, *(_foreign_flow(flow, origin) for flow in other.flows), *crossing],
        findings=[finding for finding in own.findings if not (finding.rule in _ORPHANS and finding.site in linked)],
    )


def _foreign(site: Site, origin: str) -> Site:
    of = f"{origin}:{site.of}" if site.of else None
    return msgspec.structs.replace(site, id=f"{origin}:{site.id}", of=of, origin=site.origin or origin)


def _foreign_flow(flow: Flow, origin: str) -> Flow:
    ends = {"publish": f"{origin}:{flow.publish}", "subscribe": f"{origin}:{flow.subscribe}"}
    return msgspec.structs.replace(flow, **ends, origin=flow.origin or origin)


def _channels(own: Sequence[Channel], other: Sequence[Channel]) -> list[Channel]:
    """Each channel once; what one repository does not say of it is taken from the other."""
    found = {channel.id: channel for channel in own}
    for channel in other:
        known = found.get(channel.id)
        if known is None:
            found[channel.id] = msgspec.structs.replace(channel, declared=[])
        else:
            partitions = channel.partitions if known.partitions is None else known.partitions
            found[channel.id] = msgspec.structs.replace(
                known, partitions=partitions, dead_letter=known.dead_letter or channel.dead_letter
            )
    return list(found.values())


def _bindings(own: Sequence[Binding], other: Sequence[Binding]) -> list[Binding]:
    found = {(binding.from_, binding.to, binding.pattern): binding for binding in own}
    for binding in other:
        found.setdefault((binding.from_, binding.to, binding.pattern), msgspec.structs.replace(binding, declared=[]))
    return list(found.values())


def _crossing(
    own: Sequence[Site], foreign: Sequence[Site], channels: Sequence[Channel], bindings: Sequence[Binding], origin: str
) -> Iterator[Flow]:
    """The flows with one end here and the other there."""
    ids: dict[tuple[str, str, str], list[str]] = {}
    for channel in channels:
        ids.setdefault((channel.broker, channel.kind, channel.name), []).append(channel.id)
    for publishers, subscribers in ((own, foreign), (foreign, own)):
        listening: dict[str, list[Site]] = {}
        for site in _main(subscribers, "subscribe"):
            for channel_id in _ids_of(site, ids):
                listening.setdefault(channel_id, []).append(site)
        for site in _main(publishers, "publish"):
            for route in _routes(site, _ids_of(site, ids), bindings):
                for consumer in listening.get(route[-1], ()):
                    yield _flow(site, consumer, route, origin)


def _flow(publish: Site, subscribe: Site, route: list[str], origin: str) -> Flow:
    why = f"{publish.channel} reaches {subscribe.channel} across repositories"
    return Flow(
        publish=publish.id,
        subscribe=subscribe.id,
        event=publish.event or subscribe.event,
        route=route,
        why=why,
        origin=origin,
    )


def _main(sites: Iterable[Site], role: str) -> Iterator[Site]:
    return (site for site in sites if site.role == role and site.source_set == "main")


def _ids_of(site: Site, ids: dict[tuple[str, str, str], list[str]]) -> list[str]:
    names = dict.fromkeys(name for name in (site.channel, *site.channels) if name is not None)
    return [found for name in names for found in ids.get((site.broker, site.channel_kind, name), ())]


def _routes(site: Site, starts: Sequence[str], bindings: Sequence[Binding]) -> Iterator[list[str]]:
    """The ways from a publish through bindings, each channel reached once."""
    seen = set(starts)
    waiting = [[start] for start in starts]
    while waiting:
        route = waiting.pop(0)
        yield route
        for binding in bindings:
            if binding.from_ == route[-1] and binding.to not in seen and _fits(binding.pattern, site.routing_key):
                seen.add(binding.to)
                waiting.append([*route, binding.to])


def _fits(pattern: str | None, key: str | None) -> bool:
    """Whether a binding takes a routing key; one that is not known, or has holes, may fit."""
    return not pattern or key is None or "*" in key or amqp_matches(pattern, key)
