"""The flow map as a Mermaid flowchart."""

from __future__ import annotations

from eventlens.flow.model import FlowMap
from eventlens.reports.topology import DrawnEdge, DrawnNode, drawing

_ARROWS = {"publish": "-->", "subscribe": "-->", "binding": "-.->", "dead-letter": "-.->"}


def mermaid_report(flow_map: FlowMap) -> str:
    """``flowchart LR`` with services as boxes and channels as rounded boxes."""
    drawn = drawing(flow_map)
    return "\n".join(["flowchart LR", *map(_node, drawn.nodes), *map(_edge, drawn.edges)]) + "\n"


def _node(node: DrawnNode) -> str:
    if node.kind == "service":
        return f'  {node.key}["{_escaped(node.label)}"]'
    return f'  {node.key}(["{_escaped(node.label)}<br/>{_escaped(node.detail)}"])'


def _edge(edge: DrawnEdge) -> str:
    told = ("dead letters",) if edge.kind == "dead-letter" else edge.labels
    label = f'|"{"<br/>".join(map(_escaped, told))}"|' if told else ""
    return f"  {edge.source} {_ARROWS[edge.kind]}{label} {edge.target}"


def _escaped(text: str) -> str:
    """Mermaid knows entities, written ``#code;``, and no other escape."""
    return "".join(c if c.isalnum() or c in " _-./*${}()" else f"#{ord(c)};" for c in text)
