"""The flow map as a Graphviz graph."""

from __future__ import annotations

from eventlens.flow.model import FlowMap
from eventlens.reports.topology import DrawnEdge, DrawnNode, drawing

_STYLES = {"publish": "solid", "subscribe": "solid", "binding": "dashed", "dead-letter": "dotted"}


def dot_report(flow_map: FlowMap) -> str:
    """A ``digraph`` with services as boxes and channels as ovals."""
    drawn = drawing(flow_map)
    return (
        "\n".join(["digraph eventlens {", "  rankdir=LR;", *map(_node, drawn.nodes), *map(_edge, drawn.edges), "}"])
        + "\n"
    )


def _node(node: DrawnNode) -> str:
    shape = "box" if node.kind == "service" else "oval"
    label = "\n".join(part for part in (node.label, node.detail) if part)
    return f"  {node.key} [shape={shape}, label={_quoted(label)}];"


def _edge(edge: DrawnEdge) -> str:
    told = ("dead letters",) if edge.kind == "dead-letter" else edge.labels
    label = f", label={_quoted(chr(10).join(told))}" if told else ""
    return f"  {edge.source} -> {edge.target} [style={_STYLES[edge.kind]}{label}];"


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'
