"""Where the parts of sites and handlers stand in the code: what the flow map's lines leave open.

The map says where a site's callee stands and on which line its handler. Here are the exact ranges of the whole call, of the channel
as it is written, and of handlers' names and bodies, taken from the graph that the map was made of.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import NamedTuple

from eventlens import ir
from eventlens.flow.graph import FlowGraph
from eventlens.flow.model import Site
from eventlens.flow.program import Frame, ModuleIndex, last_name
from eventlens.flow.records import callee_range, written_channel
from eventlens.flow.sites import SiteNode
from eventlens.ide.places import Target


class SiteCode(NamedTuple):
    """A site's code. ``channel`` is the channel as written at the site (None where a wrapper fixes it), ``literal`` its text where
    it is written out; ``called`` is the last name of the callee, "" where nothing is called."""

    call: Target
    callee: Target
    channel: Target | None
    literal: str | None
    called: str
    position: str
    """Which argument the channel is: a number, ``name`` of a keyword argument, ``0.topic`` for a member of an object; "" for none."""


class HandlerCode(NamedTuple):
    """A function's code. ``name`` is its name, for a function without one its parameters. ``head`` is where a pointer means the
    function: the name, or for a function without one what stands on its line up to the end of the parameters."""

    name: Target
    head: Target
    body: Target
    parameters: tuple[str, ...]


class CodePlaces:
    """Places in the code of one graph, worked out file by file when they are asked for; without a graph there are none."""

    def __init__(self, graph: FlowGraph | None = None) -> None:
        self._graph = graph
        self._sites: dict[str, SiteCode] = {}
        self._handlers: dict[str, HandlerCode | None] = {}

    @cached_property
    def _nodes(self) -> Mapping[str, SiteNode]:
        return {site.id: node for node, site in self._graph.nodes} if self._graph is not None else {}

    def site(self, site: Site) -> SiteCode | None:
        """The code of a site; None where it was found in no code."""
        if site.id not in self._sites:
            node = self._nodes.get(site.id)
            if node is None or self._graph is None:
                return None
            self._sites[site.id] = _site_code(self._graph, node)
        return self._sites[site.id]

    def handler(self, site: Site) -> HandlerCode | None:
        """The code of the function that a subscription runs; None where it is not known or is the module itself."""
        if site.id not in self._handlers:
            node = self._nodes.get(site.id)
            frame = node.handler.frame if node is not None else None
            known = self._graph is not None and frame is not None and frame.function is not None
            self._handlers[site.id] = function_code(self._graph, frame) if known else None  # type: ignore[arg-type]
        return self._handlers[site.id]

    def node(self, site_id: str) -> SiteNode | None:
        """The graph's node of a site."""
        return self._nodes.get(site_id)


def function_code(graph: FlowGraph, frame: Frame) -> HandlerCode:
    """The code of a function. The frame must be a function's."""
    function = frame.function
    assert function is not None
    body = span(graph, frame.module, function.start, function.end)
    parameters = tuple(parameter.name for parameter in function.parameters if parameter.name)
    if function.name_end > function.name_start and function.name:
        name = span(graph, frame.module, function.name_start, function.name_end)
        return HandlerCode(name, name, body, parameters)
    end = max([function.start + 1, *(parameter.end for parameter in function.parameters)])
    name = span(graph, frame.module, function.start, min(end, function.end))
    return HandlerCode(name, name._replace(column=1), body, parameters)


def span(graph: FlowGraph, module: ModuleIndex, start: int, end: int) -> Target:
    """The range of bytes of a module."""
    found = graph.places.span(module, start, end)
    return Target(found.file, found.line, found.column, found.end_line, found.end_column)


def _site_code(graph: FlowGraph, node: SiteNode) -> SiteCode:
    value = node.node
    call = span(graph, node.module, value.start, value.end)
    callee = span(graph, node.module, *callee_range(node))
    called = last_name(value.callee) if isinstance(value, ir.Call) else ""
    written = written_channel(node)
    if written is None or written[1].module is not node.module or not _lies_in(written[0], value):
        return SiteCode(call, callee, None, None, called, "")
    literal = written[0].value if isinstance(written[0], ir.Literal) else None
    return SiteCode(
        call,
        callee,
        span(graph, node.module, written[0].start, written[0].end),
        literal if isinstance(literal, str) else None,
        called,
        _position(value, written[0]) if isinstance(value, ir.Call) else "",
    )


def _lies_in(value: ir.Value, around: ir.Value | ir.Class) -> bool:
    return around.start <= value.start and value.end <= around.end


def _position(call: ir.Call, value: ir.Value) -> str:
    for number, argument in enumerate(call.args):
        if argument.start <= value.start and value.end <= argument.end:
            head = argument.name or str(number)
            return ".".join([head, *_keys(argument.value, value)])
    return ""


def _keys(around: ir.Value, value: ir.Value) -> list[str]:
    if isinstance(around, ir.Object):
        field = next((f for f in around.fields if f.start <= value.start and value.end <= f.end), None)
        if field is None or field.key is None:
            return []
        return [field.key, *_keys(field.value, value)]
    return []
