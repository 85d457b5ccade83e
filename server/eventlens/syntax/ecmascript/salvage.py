"""What a syntax error leaves standing: the statements and values inside it become a `Block` labelled "error"."""

from __future__ import annotations

from tree_sitter import Node

from eventlens import ir
from eventlens.syntax.ecmascript.reader import MAX_DEPTH, STATEMENTS, VALUES, Reader, value
from eventlens.syntax.reader import StatementHandler

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

_CALLEES = frozenset({"identifier", "member_expression", "call_expression", "await_expression", "subscript_expression"})
DECLARED_EXPRESSIONS = {
    "function_expression": "function_declaration",
    "generator_function": "function_declaration",
    "class": "class_declaration",
}
"""Expressions that in a statement's place are, where they have a name, declarations that were cut short."""
_HEADS = frozenset({"function", "class", "async", "get", "set", "static", "*", "new"})
"""Words after which a name and a parenthesis are a declaration's head, not a call."""


def salvaged(reader: Reader, error: Node) -> ir.Block:
    """The statements that stand in an error node, or that its values make."""
    lowered: list[ir.Statement] = []
    collect(reader, error, lowered)
    return ir.Block(error.start_byte, error.end_byte, tuple(lowered), "error")


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
    return ir.Block(error.start_byte, error.end_byte, (ir.Evaluate(call.start, call.end, call),), "error")


def collect(
    reader: Reader, node: Node, lowered: list[ir.Statement], lower_one: StatementHandler[Reader] | None = None
) -> None:
    """Append what a node's children make, each on its own, as statements; ``lower_one`` lowers those that are statements."""
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
            _collect_one(reader, child, lowered, lower_one)
        before = kind
    reader.depth -= 1


def _collect_one(
    reader: Reader, node: Node, lowered: list[ir.Statement], lower_one: StatementHandler[Reader] | None
) -> None:
    kind = node.type
    if kind == "comment":
        reader.comment = node
    elif kind in DECLARED_EXPRESSIONS and node.child_by_field_name("name") is not None:
        STATEMENTS[DECLARED_EXPRESSIONS[kind]](reader, node, lowered)
    elif kind in STATEMENTS:
        (lower_one or STATEMENTS[kind])(reader, node, lowered)
        if lower_one is None and node.has_error:
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
            inner, spread = (content.value, "*") if isinstance(content, ir.Spread) else (content, "")
            given.append(ir.Argument(content.start, content.end, inner, None, spread))
            end = content.end
    call: ir.Value = ir.Call(function.start, end, function, tuple(given))
    return (ir.Await(callee.start_byte, end, call) if callee.type == "await_expression" else call), position
