"""The flow map, arranged to be asked by place."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from eventlens.flow.model import Channel, Flow, FlowMap, Site


class FlowIndex:
    """Look-ups over one flow map. Places are paths, 1-based lines and 1-based code-point columns."""

    def __init__(self, flow_map: FlowMap) -> None:
        self.flow_map = flow_map
        self._sites = {site.id: site for site in flow_map.sites}
        self._channels = {channel.id: channel for channel in flow_map.channels}
        self._named: dict[tuple[str, str, str | None], list[Channel]] = {}
        for channel in flow_map.channels:
            self._named.setdefault((channel.broker, channel.kind, channel.name), []).append(channel)
        self._by_file: dict[str, list[Site]] = {}
        self._outgoing: dict[str, list[Flow]] = {}
        self._incoming: dict[str, list[Flow]] = {}
        for site in flow_map.sites:
            self._by_file.setdefault(site.file, []).append(site)
        for flow in flow_map.flows:
            self._outgoing.setdefault(flow.publish, []).append(flow)
            self._incoming.setdefault(flow.subscribe, []).append(flow)

    def sites_in(self, file: str) -> Sequence[Site]:
        """The sites of a file in the order of the map."""
        return self._by_file.get(file, ())

    def sites_at(self, file: str, line: int, column: int) -> list[Site]:
        """The sites whose call contains the place, innermost first; else those whose handler is declared on the line."""
        around = [site for site in self.sites_in(file) if _contains(site, line, column)]
        if around:
            return sorted(around, key=lambda site: (site.end_line - site.line, site.end_column - site.column))
        return [
            site
            for site in self.flow_map.sites
            if site.handler and site.handler.file == file and site.handler.line == line
        ]

    def channels_declared_at(self, file: str, line: int) -> list[Channel]:
        """The channels that configuration or code declares on the line."""
        return [c for c in self.flow_map.channels if any(p.file == file and p.line == line for p in c.declared)]

    def channels_of(self, site: Site) -> list[Channel]:
        """The channels at the site's own end: those that it names, and those at which its flows begin or end."""
        named = {site.channel, *site.channels}
        own = [
            c
            for c in self.flow_map.channels
            if c.broker == site.broker and c.kind == site.channel_kind and c.name in named
        ]
        routed = [flow.route[0] for flow in self._outgoing.get(site.id, ()) if flow.route]
        routed += [flow.route[-1] for flow in self._incoming.get(site.id, ()) if flow.route]
        return list(
            {c.id: c for c in [*own, *(self._channels[key] for key in routed if key in self._channels)]}.values()
        )

    def consumers(self, sites: Iterable[Site]) -> list[Site]:
        """Where what these publish is consumed, each once."""
        return self._ends(flow.subscribe for site in sites for flow in self._outgoing.get(site.id, ()))

    def producers(self, sites: Iterable[Site]) -> list[Site]:
        """Where what these consume is published, each once; a wrapper's inner site is left out where its callers are known."""
        found = self._ends(flow.publish for site in sites for flow in self._incoming.get(site.id, ()))
        wrapped = {site.of for site in found}
        return [site for site in found if site.id not in wrapped]

    def sites_on(self, channels: Iterable[Channel]) -> list[Site]:
        """Every site at one of the channels."""
        wanted = {channel.id for channel in channels}
        return [site for site in self.flow_map.sites if any(channel.id in wanted for channel in self.channels_of(site))]

    def _ends(self, ids: Iterable[str]) -> list[Site]:
        return [self._sites[key] for key in dict.fromkeys(ids) if key in self._sites]


def _contains(site: Site, line: int, column: int) -> bool:
    """Whether the site's call contains the place; the place just behind it counts, as editors put the cursor there."""
    return (site.line, site.column) <= (line, column) <= (site.end_line, site.end_column)
