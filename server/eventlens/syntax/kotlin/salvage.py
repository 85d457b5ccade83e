"""What a syntax error leaves standing: the statements and values inside it become a `Block` labelled "error"."""

from __future__ import annotations

from tree_sitter import Node

from eventlens import ir
from eventlens.syntax.kotlin.reader import (
    COMMENTS,
    DROP,
    MAX_DEPTH,
    SETTLERS,
    STATEMENTS,
    VALUES,
    Reader,
    settle,
    value,
)

_OWN_LISTS = frozenset({"block", "class_body", "enum_class_body", "source_file", "lambda_literal"})
"""Nodes whose handlers salvage the errors among their children themselves."""

_TOO_LITTLE = frozenset(
    {
        *("identifier", "string_literal", "multiline_string_literal", "character_literal", "number_literal"),
        *("float_literal", "this_expression", "super_expression"),
    }
)
"""Values that say nothing when they stand alone."""

_CALLEES = frozenset({"identifier", "navigation_expression", "call_expression", "index_expression"})
_HEADS = frozenset({"fun", "class", "interface", "object", "constructor", "catch"})
"""Words after which a name and a parenthesis are a declaration's head, not a call."""


def salvaged(reader: Reader, error: Node) -> ir.Block:
    """The statements that stand in an error node, or that its values make."""
    lowered: list[ir.Statement] = []
    collect(reader, error, lowered)
    return ir.Block(error.start_byte, reader.end_of(error), tuple(lowered), "error")


def salvage_inside(reader: Reader, node: Node, lowered: list[ir.Statement]) -> None:
    """Salvage the errors inside a lowered statement that no list of statements inside it accounts for."""
    waiting = _with_those_before(node)
    while waiting:
        each, before = waiting.pop()
        kind = each.type
        if kind == "ERROR":
            block = _salvaged_after(reader, each, before)
            if block.body:
                lowered.append(block)
        elif kind not in _OWN_LISTS and kind not in STATEMENTS and each.has_error:
            waiting.extend(_with_those_before(each))


def _with_those_before(node: Node) -> list[tuple[Node, Node | None]]:
    """A node's children, last first, each with the one before it: to ask the tree for that costs a walk from its root."""
    children = node.children
    return list(zip(reversed(children), [*reversed(children[:-1]), None]))


def _salvaged_after(reader: Reader, error: Node, callee: Node | None) -> ir.Block:
    """An error's block; where it is the open argument list of ``callee``, the node before it, that call is in the block."""
    children = error.children
    if callee is None or callee.type not in _CALLEES or not children or children[0].type != "(":
        return salvaged(reader, error)
    call, _ = _open_call(reader, callee, children, 1)
    return ir.Block(error.start_byte, reader.end_of(error), (ir.Evaluate(call.start, call.end, call),), "error")


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
    if kind in COMMENTS:
        reader.comment = node
    elif kind in STATEMENTS:
        STATEMENTS[kind](reader, node, lowered)
        if node.has_error:
            salvage_inside(reader, node, lowered)
    elif kind in VALUES or kind in SETTLERS:
        if kind not in _TOO_LITTLE:
            settle(reader, node, lowered, DROP)
            if node.has_error:
                salvage_inside(reader, node, lowered)
    elif node.child_count:
        collect(reader, node, lowered)


def _open_call(reader: Reader, callee: Node, children: list[Node], position: int) -> tuple[ir.Call, int]:
    """The call whose arguments begin at ``position`` of ``children`` and are never closed; and the position after them."""
    function = value(reader, callee)
    given: list[ir.Argument] = []
    end = function.end
    while position < len(children):
        child = children[position]
        if child.type not in VALUES and child.type not in (",", "value_argument"):
            break
        position += 1
        if child.type != ",":
            inner = child.named_children[-1] if child.type == "value_argument" and child.named_children else child
            content = value(reader, inner)
            spread = "*" if isinstance(content, ir.Spread) else ""
            content = content.value if isinstance(content, ir.Spread) else content
            given.append(ir.Argument(content.start, content.end, content, None, spread))
            end = max(end, content.end)
    return ir.Call(function.start, end, function, tuple(given)), position
