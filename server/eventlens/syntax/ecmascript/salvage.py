"""What a syntax error leaves standing: the statements and values inside it become a `Block` labelled "error"."""

from __future__ import annotations

from tree_sitter import Node

from eventlens import ir
from eventlens.syntax.ecmascript.reader import MAX_DEPTH, STATEMENTS, VALUES, Reader, value

_OWN_LISTS = frozenset({"statement_block", "class_body", "switch_body", "program"})
"""Nodes whose handlers salvage the errors among their children themselves."""

_TOO_LITTLE = frozenset(
    {
        *("identifier", "property_identifier", "private_property_identifier", "shorthand_property_identifier"),
        *("type_identifier", "nested_identifier", "nested_type_identifier", "statement_identifier"),
        *("shorthand_property_identifier_pattern", "object_pattern", "array_pattern", "string", "number", "regex"),
        *("true", "false", "null", "undefined", "this", "super", "import"),
    }
)
"""Values that say nothing when they stand alone."""


def salvaged(reader: Reader, error: Node) -> ir.Block:
    """The statements that stand in an error node, or that its values make."""
    lowered: list[ir.Statement] = []
    _collect(reader, error, lowered)
    return ir.Block(error.start_byte, error.end_byte, tuple(lowered), "error")


def salvage_inside(reader: Reader, node: Node, lowered: list[ir.Statement]) -> None:
    """Salvage the errors inside a lowered statement that no list of statements inside it accounts for."""
    waiting = list(reversed(node.children))
    while waiting:
        each = waiting.pop()
        kind = each.type
        if kind == "ERROR":
            block = salvaged(reader, each)
            if block.body:
                lowered.append(block)
        elif kind not in _OWN_LISTS and kind not in STATEMENTS and each.has_error:
            waiting.extend(reversed(each.children))


def _collect(reader: Reader, node: Node, lowered: list[ir.Statement]) -> None:
    if reader.depth > MAX_DEPTH:
        return
    reader.depth += 1
    for child in node.named_children:
        kind = child.type
        if kind == "comment":
            reader.comment = child
        elif kind in STATEMENTS:
            STATEMENTS[kind](reader, child, lowered)
            if child.has_error:
                salvage_inside(reader, child, lowered)
        elif kind in VALUES:
            if kind not in _TOO_LITTLE:
                content = value(reader, child)
                lowered.append(ir.Evaluate(content.start, content.end, content))
                if child.has_error:
                    salvage_inside(reader, child, lowered)
        elif child.child_count:
            _collect(reader, child, lowered)
    reader.depth -= 1
