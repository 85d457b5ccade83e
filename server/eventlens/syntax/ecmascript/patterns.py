"""Destructuring patterns: `ir.Object` and `ir.Sequence` whose values are the bound targets.

A target with a default is an `ir.AssignValue` of the default to the target.
"""

from __future__ import annotations

from tree_sitter import Node

from eventlens import ir
from eventlens.syntax.ecmascript.reader import Reader, lowers_value, value
from eventlens.syntax.ecmascript.values import items, keyed, name
from eventlens.syntax.reader import part


@lowers_value("array_pattern")
def array_pattern(reader: Reader, node: Node) -> ir.Sequence:
    return ir.Sequence(node.start_byte, node.end_byte, items(reader, node))


@lowers_value("object_pattern")
def object_pattern(reader: Reader, node: Node) -> ir.Object:
    fields: list[ir.Field] = []
    for child in node.named_children:
        kind = child.type
        start, end = child.start_byte, child.end_byte
        if kind == "shorthand_property_identifier_pattern":
            fields.append(ir.Field(start, end, reader.of(child), name(reader, child)))
        elif kind == "pair_pattern":
            fields.append(keyed(reader, start, end, part(child, "key"), value(reader, part(child, "value"))))
        elif kind in ("object_assignment_pattern", "assignment_pattern"):
            fields.append(ir.Field(start, end, reader.of(part(child, "left")), defaulted(reader, child)))
        elif kind == "rest_pattern":
            rest = value(reader, child)
            fields.append(ir.Field(start, end, None, rest.value if isinstance(rest, ir.Spread) else rest, None, True))
    return ir.Object(node.start_byte, node.end_byte, tuple(fields))


@lowers_value("assignment_pattern", "object_assignment_pattern")
def defaulted(reader: Reader, node: Node) -> ir.AssignValue:
    target, default = value(reader, part(node, "left")), value(reader, part(node, "right"))
    return ir.AssignValue(node.start_byte, node.end_byte, target, default)
