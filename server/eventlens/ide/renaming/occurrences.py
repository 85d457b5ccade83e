"""Where the name of a channel is written: the ends of the evidence of each of its sites, and where it is declared."""

from __future__ import annotations

import re
from collections.abc import Iterator

from eventlens.flow.graph import FlowGraph
from eventlens.flow.model import Channel, Site
from eventlens.flow.records import written_channel
from eventlens.flow.site_node import SiteNode
from eventlens.ide.index import FlowIndex
from eventlens.ide.renaming.asyncapi_names import AsyncApiNames
from eventlens.ide.renaming.refusals import NotRenamable, no_single_name, nowhere, unwritten
from eventlens.ide.renaming.renamings import Renaming
from eventlens.ide.renaming.spelt import Spelt
from eventlens.ide.renaming.written_names import WrittenNames
from eventlens.syntax.grammars import language_of

_OPERATOR = re.compile(r"[#+?|^$()\[\]{}\\]")
"""What makes a name a pattern, in one syntax or another."""


class Occurrences:
    """The places of channels' names in one snapshot. Asked by one thread at a time."""

    def __init__(self, index: FlowIndex, graph: FlowGraph, written: WrittenNames) -> None:
        self._index = index
        self._graph = graph
        self._nodes: dict[str, SiteNode] = {site.id: node for node, site in graph.nodes}
        self._written = written

    def of(self, channel: Channel) -> Renaming:
        """All places of a channel's name. Raises NotRenamable, naming the place, where one site's is written nowhere as it is."""
        name = channel.name
        if "*" in name or ">" in name or (_OPERATOR.search(name) and self._is_pattern(channel)):
            raise no_single_name(channel, self._index.sites_on([channel]))
        same = [one for one in self._index.flow_map.channels if one.name == name]
        together = [channel]
        found = dict.fromkeys(self._of_channel(channel))
        for other in self._beside(channel, same, found):
            together.append(other)
            found.update(dict.fromkeys(self._of_channel(other)))
        if not found:
            raise nowhere(self._graph, channel)
        generated = next(
            (one for one in found if self._graph.program.workspace.source_set(one.path) == "generated"), None
        )
        if generated is not None:
            raise NotRenamable(f"`{name}` is written in the generated file {generated.path}")
        return Renaming(name, together, sorted(found))

    def _is_pattern(self, channel: Channel) -> bool:
        nodes = (self._nodes.get(site.id) for site in self._index.sites_on([channel]))
        return any(node is not None and node.channel.pattern and channel.name in _texts(node) for node in nodes)

    def _beside(self, channel: Channel, same: list[Channel], found: dict[Spelt, None]) -> Iterator[Channel]:
        """The other channels of that name whose messages are those of this one, or whose name is written at the same places."""
        sites = self._index.sites_on([channel])
        linked = {one.id for one in (*self._index.consumers(sites), *self._index.producers(sites))}
        for other in same:
            if other.id == channel.id:
                continue
            there = self._index.sites_on([other])
            shared = any(not found.keys().isdisjoint(self._of_site(site, other.name)) for site in there)
            shared = shared or not found.keys().isdisjoint(self._declared(other))
            if shared or any(site.id in linked for site in there):
                yield other

    def _of_channel(self, channel: Channel) -> Iterator[Spelt]:
        for site in self._index.sites_on([channel]):
            if channel.name in (site.channel, *site.channels):
                yield from self._of_named(site, channel.name)
        yield from self._declared(channel)

    def _of_named(self, site: Site, name: str) -> list[Spelt]:
        if site.origin is not None:
            raise NotRenamable(f"`{name}` is used in another repository, {site.origin} ({site.file}:{site.line})")
        found = self._of_site(site, name)
        node = self._nodes.get(site.id)
        if not found and not (node is not None and _is_wired_by_files(node)):
            raise unwritten(self._graph, site, node, name)
        return found

    def _of_site(self, site: Site, name: str) -> list[Spelt]:
        node = self._nodes.get(site.id)
        if node is None:
            return []
        trails = [trail for one in node.channel.names if one.text == name and one.is_whole for trail in one.whole_trail]
        return self._written.along(trails, name, written_channel(node))

    def _declared(self, channel: Channel) -> list[Spelt]:
        """Where the names of declarations and bindings are read, in code, and where they stand in configuration."""
        name = channel.name
        trails = self._graph.declared.named.get((channel.broker, name), ())
        found = self._written.along(trails, name)
        bindings = [one for one in self._index.flow_map.bindings if channel.id in (one.from_, one.to)]
        for place in (*channel.declared, *(place for one in bindings for place in one.declared)):
            if language_of(place.file) is None:
                found += self._written.in_files(place.file, place.line, name)
        schemas = (site.schema for site in self._index.sites_on([channel]))
        if any(schema is not None and language_of(schema.file) is None for schema in schemas):
            found += AsyncApiNames(self._written).of_channel(name)
        return list(dict.fromkeys(found))


def _is_wired_by_files(node: SiteNode) -> bool:
    """Whether infrastructure says what a handler takes: it may refer to the channel (``!GetAtt Orders.Arn``) instead of naming it."""
    return any(language_of(place.file) is None for place in node.wiring)


def _texts(node: SiteNode) -> list[str]:
    return [one.text for one in node.channel.names]
