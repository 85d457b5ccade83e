"""Where the name of a channel is written: the ends of the evidence of each of its sites, and where it is declared."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import msgspec

from eventlens import ir
from eventlens.flow.denotations import Trail
from eventlens.flow.graph import FlowGraph
from eventlens.flow.model import Channel, Site
from eventlens.flow.records import written_channel
from eventlens.flow.site_node import SiteNode
from eventlens.ide.index import FlowIndex
from eventlens.ide.renaming.refusals import NotRenamable, no_single_name, nowhere, unwritten
from eventlens.ide.renaming.spelling import Spelt, in_configuration, key_at, literal_at, variables_named, within
from eventlens.syntax.grammars import language_of
from eventlens.workspace.snapshot import Workspace

_OPAQUE = (ir.Class, ir.Function)
_OPERATOR = re.compile(r"[#+?|^$()\[\]{}\\]")
"""What makes a name a pattern, in one syntax or another."""


class Renaming(NamedTuple):
    """The channels of one name that are renamed together, as their names are written at the same places, and those places."""

    name: str
    channels: list[Channel]
    spelt: list[Spelt]


class Occurrences:
    """The places of names in one snapshot. Asked by one thread at a time."""

    def __init__(self, index: FlowIndex, graph: FlowGraph) -> None:
        self._index = index
        self._graph = graph
        self._nodes: dict[str, SiteNode] = {site.id: node for node, site in graph.nodes}
        self._modules: dict[str, list[Any]] = {}
        self._given: dict[tuple[str, int, str], list[Spelt]] = {}

    @property
    def workspace(self) -> Workspace:
        """The files that the places are in."""
        return self._graph.program.workspace

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
        generated = next((one for one in found if self.workspace.source_set(one.path) == "generated"), None)
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
        if not found:
            raise unwritten(self._graph, site, self._nodes.get(site.id), name)
        return found

    def _of_site(self, site: Site, name: str) -> list[Spelt]:
        node = self._nodes.get(site.id)
        if node is None:
            return []
        trails = [trail for one in node.channel.names if one.text == name and one.is_whole for trail in one.whole_trail]
        found = [spelt for trail in trails for spelt in self._at(trail, name)]
        argument = written_channel(node)
        if argument is not None:
            value, frame = argument
            found += self._literals(frame.module.path, value.start, value.end, name)
        return list(dict.fromkeys(found))

    def _declared(self, channel: Channel) -> list[Spelt]:
        """Where the names of declarations and bindings are read, in code, and where they stand in configuration."""
        name = channel.name
        trails = self._graph.declared.named.get((channel.broker, name), ())
        found = [spelt for trail in trails for spelt in self._at(trail, name)]
        bindings = [one for one in self._index.flow_map.bindings if channel.id in (one.from_, one.to)]
        for place in (*channel.declared, *(place for one in bindings for place in one.declared)):
            if language_of(place.file) is None:
                found += self._in_files(place.file, place.line, name)
        return list(dict.fromkeys(found))

    def _in_files(self, path: str, line: int, name: str) -> list[Spelt]:
        """Where a line of a configuration file, or the block that it begins, has the name, and everything else that gives the name
        to the variables and keys that get a value there."""
        if (path, line, name) not in self._given:
            places = self._given_beside(path, line, name)
            self._given[path, line, name] = [
                spelt for path, line in places for spelt in in_configuration(path, self._source(path), line, name)
            ]
        return self._given[path, line, name]

    def _given_beside(self, path: str, line: int, name: str) -> list[tuple[str, int]]:
        variables = self._graph.channels.variables
        waiting = [(path, line)]
        for path, line in waiting:
            keys = variables.keys.keys_at(path, line)
            places = [place for key in keys for place in variables.keys.places(key, name)]
            for one in (*keys, *variables.names_at(path, line), *variables_named(self._source(path), line)):
                places += variables.places(one, name)
            waiting += [place for place in dict.fromkeys(places) if place not in waiting]
        return waiting

    def _at(self, trail: Trail, name: str) -> Iterable[Spelt]:
        if language_of(trail.path) is None:
            return self._in_files(trail.path, trail.offset, name)
        start, end = self._around(trail.path, trail.offset)
        return self._literals(trail.path, start, end, name) or self._inside(trail, name)

    def _inside(self, trail: Trail, name: str) -> list[Spelt]:
        """The name in a longer text that is written at a place: the end of a URL, a part of an ARN, the default of a placeholder."""
        written = [
            node
            for node in self._values(trail.path)
            if isinstance(node, ir.Literal) and node.start == trail.offset and isinstance(node.value, str)
        ]
        found = (within(trail.path, self._source(trail.path), node.start, node.end, name) for node in written[:1])
        return [one for one in found if one is not None]

    def _around(self, path: str, offset: int) -> tuple[int, int]:
        """What begins at a place, with what stands in for it where it is missing."""
        ends = [offset]
        for node in self._values(path):
            begins = node.start == offset or (isinstance(node, ir.Choice) and node.start <= offset < node.end)
            if begins and not isinstance(node, _OPAQUE):
                ends.append(node.end)
        return offset, max(ends)

    def _literals(self, path: str, start: int, end: int, name: str) -> list[Spelt]:
        """The literals within some bytes that spell the name."""
        known = language_of(path)
        if known is None:
            return []
        inside = [
            node for node in self._values(path) if start <= node.start and node.end <= end and _text_of(node) == name
        ]
        source = self._source(path) if inside else b""
        spelt = (
            key_at(path, known[0], source, node.start, name)
            if isinstance(node, ir.Field)
            else literal_at(path, known[0], source, node.start, node.end, name)
            for node in inside
        )
        return [one for one in spelt if one is not None]

    def _values(self, path: str) -> list[Any]:
        """The nodes of a file's module that have a place."""
        if path not in self._modules:
            module = self._graph.program.modules.get(path)
            self._modules[path] = list(_nodes_in(module.module.body)) if module is not None else []
        return self._modules[path]

    def _source(self, path: str) -> bytes:
        try:
            return self.workspace.text(path)
        except (KeyError, OSError):
            return b""


def _texts(node: SiteNode) -> list[str]:
    return [one.text for one in node.channel.names]


def _text_of(node: ir.Node) -> str | None:
    """The text that a literal is, or that the key of an entry is."""
    if isinstance(node, ir.Literal) and isinstance(node.value, str):
        return node.value
    return node.key if isinstance(node, ir.Field) else None


def _nodes_in(value: Any) -> Iterator[ir.Node]:
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, tuple):
            waiting.extend(one)
        elif isinstance(one, msgspec.Struct):
            if isinstance(one, ir.Node):
                yield one
            waiting.extend(getattr(one, field) for field in one.__struct_fields__)
