"""The flow map as a drawing: service and channel nodes, and the arrows between them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, NamedTuple

from eventlens.flow.model import Channel, FlowMap, Site

NodeKind = Literal["service", "channel"]
EdgeKind = Literal["publish", "subscribe", "binding", "dead-letter"]
_NOBODY = "(no service)"


class DrawnNode(NamedTuple):
    """``key`` is unique in a drawing and names a node in Mermaid and DOT (letters and digits)."""

    key: str
    kind: NodeKind
    label: str
    detail: str


class DrawnEdge(NamedTuple):
    """An arrow; ``labels`` are the events, or the routing pattern, that travel along it."""

    source: str
    target: str
    kind: EdgeKind
    labels: tuple[str, ...]


class Drawing(NamedTuple):
    nodes: tuple[DrawnNode, ...]
    edges: tuple[DrawnEdge, ...]


def drawing(flow_map: FlowMap) -> Drawing:
    """Every channel, and every service that publishes or subscribes. Tests and examples are left out."""
    channels = {
        channel.id: DrawnNode(f"c{n}", "channel", channel.name, _detail(channel))
        for n, channel in enumerate(flow_map.channels)
    }
    sites = [site for site in flow_map.sites if site.source_set == "main" and site.of is None]
    names = sorted({site.service or _NOBODY for site in sites})
    services = {name: DrawnNode(f"s{n}", "service", name, "") for n, name in enumerate(names)}
    labels: dict[tuple[str, str, EdgeKind], set[str]] = {}
    for source, target, kind, label in _arrows(flow_map, sites, services, channels):
        labels.setdefault((source, target, kind), set()).update([label] * bool(label))
    edges = tuple(
        DrawnEdge(source, target, kind, tuple(sorted(found))) for (source, target, kind), found in labels.items()
    )
    return Drawing((*services.values(), *channels.values()), edges)


def _detail(channel: Channel) -> str:
    return f"{channel.broker} {channel.kind}"


def _arrows(
    flow_map: FlowMap, sites: list[Site], services: dict[str, DrawnNode], channels: dict[str, DrawnNode]
) -> Iterator[tuple[str, str, EdgeKind, str]]:
    ends = _ends_of_flows(flow_map)
    for site in sites:
        service = services[site.service or _NOBODY].key
        for channel_id in sorted(_channels_of(site, flow_map) | (ends.get(site.id, set()) & channels.keys())):
            if site.role == "publish":
                yield service, channels[channel_id].key, "publish", site.event or ""
            else:
                yield channels[channel_id].key, service, "subscribe", site.event or ""
    for binding in flow_map.bindings:
        if binding.from_ in channels and binding.to in channels:
            yield channels[binding.from_].key, channels[binding.to].key, "binding", binding.pattern or ""
    for channel in flow_map.channels:
        target = next(
            (c for c in flow_map.channels if c.name == channel.dead_letter and c.broker == channel.broker), None
        )
        if target is not None:
            yield channels[channel.id].key, channels[target.id].key, "dead-letter", ""


def _channels_of(site: Site, flow_map: FlowMap) -> set[str]:
    named = {site.channel, *site.channels}
    return {
        c.id for c in flow_map.channels if c.broker == site.broker and c.kind == site.channel_kind and c.name in named
    }


def _ends_of_flows(flow_map: FlowMap) -> dict[str, set[str]]:
    """For each site the channels at its end of a flow's route: a pattern subscription is drawn at what it matched."""
    ends: dict[str, set[str]] = {}
    for flow in flow_map.flows:
        if flow.route:
            ends.setdefault(flow.publish, set()).add(flow.route[0])
            ends.setdefault(flow.subscribe, set()).add(flow.route[-1])
    return ends
