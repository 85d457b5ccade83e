"""Struct tags: ``json:"order_id,omitempty" bson:"_id"``."""

from __future__ import annotations

import re

from tree_sitter import Node

from eventlens import ir

_TAG = re.compile(r'([^\s":\x00-\x1f]+):"((?:[^"\\]|\\.)*)"')


def tags(node: Node, text: str) -> tuple[ir.Value, ...]:
    """One call a key, in order: ``json("order_id,omitempty")``; all of them span the tag."""
    start, end = node.start_byte, node.end_byte
    return tuple(
        ir.Call(
            start,
            end,
            ir.Name(start, end, match.group(1)),
            (ir.Argument(start, end, ir.Literal(start, end, match.group(2).replace('\\"', '"'))),),
        )
        for match in _TAG.finditer(text)
    )
