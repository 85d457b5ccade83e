"""Where the parts of sites and handlers stand in the code: what the flow map's lines leave open.

The map says where a site's callee stands and on which line its handler. Here are the exact ranges of the whole call, of the channel
as it is written, and of handlers' names and bodies, taken from the graph that the map was made of.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from functools import cached_property
from typing import NamedTuple

from eventlens import ir
from eventlens.flow.graph import FlowGraph
from eventlens.flow.model import Site
from eventlens.flow.module_index import ModuleIndex, last_name
from eventlens.flow.records import written_channel
from eventlens.flow.scopes import Frame
from eventlens.flow.site_node import SiteNode, channel_of
from eventlens.flow.walk import values_in
from eventlens.ide.places import Target
from eventlens.knowledge.paths import parse_path


class SiteCode(NamedTuple):
    """A site's code. ``channel`` is the channel's range at the site (None where a wrapper fixes it), ``written`` its text; ``called`` is the last name of the callee, "" where nothing is called."""

    call: Target
    channel: Target | None
    written: str
    called: str
    position: str
    """Which argument the channel is: a number, ``name`` of a keyword argument, ``0.topic`` for a member of an object; "" for none."""


class FunctionCode(NamedTuple):
    """A function's code. ``name`` is its name, for a function without one its parameters. ``head`` is where a pointer means the
    function: the name, or for a function without one what stands on its line up to the end of the parameters."""

    name: Target
    head: Target
    body: Target
    parameters: tuple[str, ...]


class CodePlaces:
    """Places in the code of one graph, worked out file by file when they are asked for; without a graph there are none."""

    def __init__(self, graph: FlowGraph | None = None) -> None:
        self.graph = graph
        self._sites: dict[str, SiteCode | None] = {}
        self._handlers: dict[str, FunctionCode | None] = {}
        self._texts: dict[str, bytes] = {}

    @cached_property
    def nodes(self) -> Mapping[str, SiteNode]:
        """The graph's nodes by the ids of their sites."""
        return {site.id: node for node, site in self.graph.nodes} if self.graph is not None else {}

    def node(self, site_id: str) -> SiteNode | None:
        """The graph's node of a site; None where the site was found in no code."""
        return self.nodes.get(site_id)

    def site(self, site: Site) -> SiteCode | None:
        """The code of a site; None where it was found in no code."""
        if site.id not in self._sites:
            node = self.nodes.get(site.id)
            self._sites[site.id] = self._site_code(site, node) if node is not None else None
        return self._sites[site.id]

    def called(self, site: Site) -> str:
        """The last name of a site's callee; "" where nothing is called."""
        node = self.nodes.get(site.id)
        return last_name(node.node.callee) if node is not None and isinstance(node.node, ir.Call) else ""

    def handler(self, site: Site) -> FunctionCode | None:
        """The code of the function that a subscription runs; None where it is not known or is the module itself."""
        if site.id not in self._handlers:
            node = self.nodes.get(site.id)
            frame = node.handler.frame if node is not None else None
            known = frame is not None and frame.function is not None
            self._handlers[site.id] = self.function(frame) if known and frame is not None else None
        return self._handlers[site.id]

    def loops_in(self, file: str) -> list[tuple[str, Target]]:
        """The loops of a file that fetch messages, each with the id of its subscription."""
        return [(key, self.span(module, loop.start, loop.end)) for key, module, loop in self._loops.get(file, ())]

    @cached_property
    def _loops(self) -> dict[str, list[tuple[str, ModuleIndex, ir.Loop]]]:
        found: dict[str, list[tuple[str, ModuleIndex, ir.Loop]]] = {}
        for key, node in self.nodes.items():
            loop, frame = node.handler.loop, node.handler.loop_frame
            if loop is not None and frame is not None:
                found.setdefault(frame.module.path, []).append((key, frame.module, loop))
        return found

    def function(self, frame: Frame) -> FunctionCode:
        """The code of a function. The frame must be a function's."""
        function = frame.function
        assert function is not None
        body = self.span(frame.module, function.start, function.end)
        parameters = tuple(parameter.name for parameter in function.parameters if parameter.name)
        if function.name_end > function.name_start and function.name:
            name = self.span(frame.module, function.name_start, function.name_end)
            return FunctionCode(name, name, body, parameters)
        end = max([function.start + 1, *(parameter.end for parameter in function.parameters)])
        end += self._text(frame.module.path)[end : end + 1] == b")"
        name = self.span(frame.module, function.start, min(end, function.end))
        return FunctionCode(name, name._replace(column=1), body, parameters)

    def span(self, module: ModuleIndex, start: int, end: int) -> Target:
        """The range of bytes of a module; a byte-order mark takes no column."""
        return Target(module.path, *self._place(module, start), *self._place(module, end))

    def _place(self, module: ModuleIndex, offset: int) -> tuple[int, int]:
        starts = module.module.line_starts
        line = bisect_right(starts, offset)
        text = self._text(module.path)[starts[line - 1] : offset].removeprefix(b"\xef\xbb\xbf")
        return line, len(text.decode("utf-8", "replace")) + 1

    def _text(self, path: str) -> bytes:
        if path not in self._texts:
            assert self.graph is not None
            try:
                self._texts[path] = self.graph.program.workspace.text(path)
            except (OSError, KeyError):
                self._texts[path] = b""
        return self._texts[path]

    def _site_code(self, site: Site, node: SiteNode) -> SiteCode:
        value = node.node
        call = self.span(node.module, value.start, value.end)
        called = last_name(value.callee) if isinstance(value, ir.Call) else ""
        written = written_channel(node) or _first_of_many(node)
        if written is None or (isinstance(written[0], ir.Literal) and not written[0].value):
            written = _literal_named(node, site.channels) or written
        if written is None or written[1].module is not node.module or not _lies_in(written[0], value):
            return SiteCode(call, None, "", called, "")
        text = self._text(node.module.path)[written[0].start : written[0].end]
        return SiteCode(
            call,
            self.span(node.module, written[0].start, written[0].end),
            text.decode("utf-8", "replace"),
            called,
            _position(value, written[0]) if isinstance(value, ir.Call) else "",
        )


def _first_of_many(node: SiteNode) -> tuple[ir.Value, Frame] | None:
    """The channel where the model takes all positional arguments from some on, and there is one."""
    call, frame = node.node, node.match.place.frame
    path = parse_path(channel_of(node.match).name[0])
    if path.head != "rest" or path.steps or call is not node.match.place.call or not isinstance(call, ir.Call):
        return None
    given = [argument.value for argument in call.args if argument.name is None][int(path.key) :]
    return (given[0], frame) if len(given) == 1 and frame is not None else None


def _literal_named(node: SiteNode, names: list[str]) -> tuple[ir.Value, Frame] | None:
    """The literal among a call's arguments that is the channel's name, where the model reads it in a roundabout way, or in place
    of an empty one (AMQP's default exchange)."""
    arguments = node.node.args if isinstance(node.node, ir.Call) else ()
    values = (value for argument in arguments for value in values_in(argument.value))
    found = next((value for value in values if isinstance(value, ir.Literal) and value.value in names), None)
    return (found, node.frame) if found is not None else None


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
