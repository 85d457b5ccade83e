"""Why a name cannot be renamed, in one line that names the place."""

from __future__ import annotations

import re
from collections.abc import Iterator

from eventlens import ir
from eventlens.flow.graph import FlowGraph
from eventlens.flow.model import Channel, Site
from eventlens.flow.module_index import ModuleIndex
from eventlens.flow.site_node import SiteNode

_LEAST = 3
"""Letters that a class and a channel must share for the one to be named after the other."""


class NotRenamable(Exception):
    """A name cannot be changed; the message is one line that names the place."""


def no_single_name(channel: Channel, sites: list[Site]) -> NotRenamable:
    """A name that is a pattern, or has parts that are not known. ``sites`` are those at the channel."""
    places = [(one.file, one.line) for one in sites if one.channel == channel.name]
    places += [(one.file, one.line) for one in channel.declared]
    place = f" ({places[0][0]}:{places[0][1]})" if places else ""
    template = next((one.channel_template for one in sites if one.channel == channel.name), None)
    if template is not None and template != channel.name:
        return NotRenamable(f"a part of `{template}` is not known{place}")
    return NotRenamable(f"`{channel.name}` is a pattern, which stands for several names{place}")


def nowhere(graph: FlowGraph, channel: Channel) -> NotRenamable:
    """A name that no text of the workspace spells."""
    for module, cls in types_named(graph, channel.name):
        return NotRenamable(f"`{channel.name}` is named after {told_type(graph, module, cls)}")
    return NotRenamable(
        f"`{channel.name}` is written nowhere in this workspace as it is: a library or broker gives it, or it is made of other names"
    )


def unwritten(graph: FlowGraph, site: Site, node: SiteNode | None, name: str) -> NotRenamable:
    """A name that is written nowhere as it is for a site."""
    where = f"{site.file}:{site.line}"
    if node is not None:
        named_after = class_behind(graph, site, node, name)
        if named_after is not None:
            return NotRenamable(f"`{name}` is named after {named_after}")
        trail = next((one.trail for one in node.channel.names if one.text == name), ())
        if any(one.offset == 0 and graph.program.peek(one.path) is None for one in trail):
            return NotRenamable(f"`{name}` is what {trail[-1].path} says for {where}: change it there")
        read = ((one, graph.program.peek(one.path)) for one in trail)
        places = [f"{one.path}:{graph.places.line(module, one.offset)}" for one, module in read if module is not None]
        if places:
            other = next((f", of which one stands at {place}" for place in places if place != where), "")
            return NotRenamable(f"`{name}` is put together of parts at {where}{other}")
    for function in functions_named(graph, name):
        return NotRenamable(f"`{name}` is named after {function}")
    return NotRenamable(f"`{name}` is not written as it is for {where}: {site.library} makes the name")


def class_behind(graph: FlowGraph, site: Site, node: SiteNode, name: str) -> str | None:
    """The type that a name comes from by a convention, with its place; None where there is none."""
    classes = list(_classes_about(graph, site, node))
    exactly = [one for one in classes if one[1].name == re.split(r"[.:]", name)[-1]]
    for module, cls in (*exactly, *classes):
        own, wanted = _folded(cls.name), _folded(name)
        if min(len(own), len(wanted)) >= _LEAST and (own in wanted or wanted in own):
            return told_type(graph, module, cls)
    return None


def told_type(graph: FlowGraph, module: ModuleIndex, cls: ir.Class) -> str:
    """A type with its place, and what is to be done with it."""
    place = f"{module.path}:{graph.places.line(module, cls.name_start)}"
    return f"the type `{cls.name}` at {place}: rename the type with its language's own rename"


def _classes_about(graph: FlowGraph, site: Site, node: SiteNode) -> Iterator[tuple[ModuleIndex, ir.Class]]:
    """The classes that a convention may name a site's channel after: the handler's, the event's, that in which it stands."""
    if isinstance(node.node, ir.Class):
        yield node.module, node.node
    if node.handler.frame is not None and node.handler.frame.cls is not None:
        yield node.handler.frame.module, node.handler.frame.cls.definition
    if site.event is not None:
        yield from types_named(graph, site.event)
    if node.frame.cls is not None:
        yield node.module, node.frame.cls.definition


def types_named(graph: FlowGraph, name: str) -> Iterator[tuple[ModuleIndex, ir.Class]]:
    """The classes of a name, without their namespaces, among the files that the analysis read."""
    last = re.split(r"[.:+$]", name)[-1]
    for module in sorted(graph.program.loaded(), key=lambda one: one.path):
        yield from ((module, index.definition) for index in module.classes if index.definition.name == last)


def type_at(graph: FlowGraph, site: Site) -> Iterator[tuple[ModuleIndex, ir.Class]]:
    """The type in code that declares the schema of a site."""
    place = site.schema
    module = graph.program.looked_into(place.file) if place is not None else None
    for index in module.classes if module is not None and place is not None else ():
        if index.definition.name == site.schema_name and module is not None:
            yield module, index.definition


def functions_named(graph: FlowGraph, name: str) -> Iterator[str]:
    """The functions that a dotted name ends with, whose modules the rest of it names."""
    folder, _, last = name.rpartition(".")
    for module in sorted(graph.program.loaded(), key=lambda one: one.path):
        if folder.replace(".", "/") in module.path:
            for function in (frame.function for frame in module.frames if frame.function is not None):
                if function.name == last:
                    place = f"{module.path}:{graph.places.line(module, function.name_start)}"
                    yield f"the function `{last}` at {place}: rename the function with its language's own rename"


def _folded(name: str) -> str:
    return re.sub(r"[\W_]+", "", name).lower()
