"""Messages of a type that no product code names but that which takes them: whoever publishes what it is handed publishes none of them."""

from __future__ import annotations

from eventlens.checks.context import CheckContext
from eventlens.flow.event_types import type_of_event
from eventlens.flow.model import Site
from eventlens.flow.site_node import SiteNode


def is_made_nowhere(context: CheckContext, node: SiteNode, site: Site) -> bool:
    """Whether the type of what a subscription takes is declared here and made nowhere. Only where types are found by package: what names
    one there spells its name."""
    graph = context.graph
    workspace = graph.program.workspace
    if not site.event or not workspace.finds_by_package(node.frame.module.path):
        return False
    index = type_of_event(graph.program, node.frame.module, site.event)
    if index is None:
        return False
    taking = [
        frame.module
        for other, one in graph.nodes
        if one.role == "subscribe" and one.event == site.event
        for frame in (other.frame, other.handler.frame)
        if frame is not None
    ]
    known = {module.path for module in taking}
    naming = graph.callers.reach.modules([index.module], {index.name}, [index.name])
    return all(path in known or workspace.source_set(path) != "main" for path in naming) and not any(
        index.name in module.calls for module in (index.module, *taking)
    )
