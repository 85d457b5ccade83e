"""What a syntax error leaves standing: the statements and values inside it become a `Block` labelled "error"."""

from __future__ import annotations

from tree_sitter import Node

from eventlens import ir
from eventlens.syntax.csharp.reader import MAX_DEPTH, STATEMENTS, VALUES, Reader, value

_OWN_LISTS = frozenset({"block", "declaration_list", "switch_body", "compilation_unit", "switch_section"})
"""Nodes whose handlers salvage the errors among their children themselves."""

_TOO_LITTLE = frozenset(
    {
        *("identifier", "qualified_name", "generic_name", "predefined_type", "implicit_type", "array_type"),
        *("nullable_type", "pointer_type", "tuple_type", "alias_qualified_name", "string_literal", "discard"),
        *("verbatim_string_literal", "raw_string_literal", "integer_literal", "real_literal", "boolean_literal"),
        *("null_literal", "character_literal", "this", "base", "implicit_parameter", "default_expression"),
    }
)
"""Values that say nothing when they stand alone."""

_CALLEES = frozenset({"identifier", "member_access_expression", "invocation_expression", "await_expression"})
_HEADS = frozenset({"class", "struct", "record", "new", "identifier", "predefined_type", "generic_name", "array_type"})
"""Words and types after which a name and a parenthesis are a declaration's head, not a call."""


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
    before = ""
    while position < len(children):
        child = children[position]
        position += 1
        kind = child.type
        opens = position < len(children) and children[position].type == "("
        if opens and kind in _CALLEES and before not in _HEADS:
            call, position = _open_call(reader, child, children, position + 1)
            lowered.append(ir.Evaluate(call.start, call.end, call))
        else:
            _collect_one(reader, child, lowered)
        before = kind
    reader.depth -= 1


def _collect_one(reader: Reader, node: Node, lowered: list[ir.Statement]) -> None:
    kind = node.type
    if kind == "comment":
        reader.comment = node
    elif kind in STATEMENTS:
        STATEMENTS[kind](reader, node, lowered)
        if node.has_error:
            salvage_inside(reader, node, lowered)
    elif kind in VALUES:
        if kind not in _TOO_LITTLE:
            content = value(reader, node)
            lowered.append(ir.Evaluate(content.start, content.end, content))
            if node.has_error:
                salvage_inside(reader, node, lowered)
    elif node.child_count:
        collect(reader, node, lowered)


def _open_call(reader: Reader, callee: Node, children: list[Node], position: int) -> tuple[ir.Value, int]:
    """The call whose arguments begin at ``position`` of ``children`` and are never closed; and the position after them."""
    function = value(reader, callee.children[-1] if callee.type == "await_expression" else callee)
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
    call: ir.Value = ir.Call(function.start, end, function, tuple(given))
    return (ir.Await(callee.start_byte, end, call) if callee.type == "await_expression" else call), position
