"""What a syntax error leaves standing: the statements and values inside it become a `Block` labelled "error"."""

from __future__ import annotations

from tree_sitter import Node

from eventlens import ir
from eventlens.syntax.java.reader import COMMENTS, MAX_DEPTH, STATEMENTS, VALUES, Reader, value

_OWN_LISTS = frozenset(
    {
        *("block", "class_body", "interface_body", "enum_body", "enum_body_declarations", "annotation_type_body"),
        *("constructor_body", "switch_block", "switch_block_statement_group", "program"),
    }
)
"""Nodes whose handlers salvage the errors among their children themselves."""

_TELLING = frozenset(
    {
        *("method_invocation", "object_creation_expression", "lambda_expression", "assignment_expression"),
        *("switch_expression", "binary_expression", "ternary_expression", "cast_expression", "template_expression"),
        *("parenthesized_expression", "array_initializer", "array_creation_expression", "unary_expression"),
        *("update_expression", "method_reference", "annotation"),
    }
)
"""Values that say something when they stand alone."""
_CALLEES = frozenset({"identifier", "field_access"})


def salvaged(reader: Reader, error: Node) -> ir.Block:
    """The statements that stand in an error node, or that its values make."""
    lowered: list[ir.Statement] = []
    collect(reader, error, lowered)
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


def collect(reader: Reader, node: Node, lowered: list[ir.Statement]) -> None:
    """Append what a node's children make, each on its own, as statements."""
    if reader.depth > MAX_DEPTH:
        return
    reader.depth += 1
    children = node.children
    position = 0
    while position < len(children):
        child = children[position]
        position += 1
        kind = child.type
        if kind in _CALLEES and position < len(children) and children[position].type == "(":
            call, position = _open_call(reader, child, children, position + 1)
            lowered.append(ir.Evaluate(call.start, call.end, call))
        else:
            _collect_one(reader, child, lowered)
    reader.depth -= 1


def _collect_one(reader: Reader, node: Node, lowered: list[ir.Statement]) -> None:
    kind = node.type
    if kind in COMMENTS:
        reader.comment = node
    elif kind in STATEMENTS:
        STATEMENTS[kind](reader, node, lowered)
        if node.has_error:
            salvage_inside(reader, node, lowered)
    elif kind in _TELLING:
        content = value(reader, node)
        lowered.append(ir.Evaluate(content.start, content.end, content))
        if node.has_error:
            salvage_inside(reader, node, lowered)
    elif kind not in VALUES and node.child_count:
        collect(reader, node, lowered)


def _open_call(reader: Reader, callee: Node, children: list[Node], position: int) -> tuple[ir.Call, int]:
    """The call whose arguments begin at ``position`` of ``children`` and are never closed; and the position after them."""
    function = value(reader, callee)
    given: list[ir.Argument] = []
    end = function.end
    while position < len(children):
        child = children[position]
        if child.type not in VALUES and child.type != ",":
            break
        position += 1
        if child.type != ",":
            content = value(reader, child)
            given.append(ir.Argument(content.start, content.end, content))
            end = content.end
    return ir.Call(function.start, end, function, tuple(given)), position
