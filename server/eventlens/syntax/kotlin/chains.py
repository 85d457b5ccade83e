"""What nests to the left and may be thousands of links long: calls, members, indices. Read without recursion.

Beyond `MAX_LINKS` the inner links are laid flat in one `ir.Unknown` ("nesting"), which keeps every argument.
"""

from __future__ import annotations

from tree_sitter import Node

from eventlens import ir
from eventlens.syntax.kotlin.builders import built
from eventlens.syntax.kotlin.reader import Frame, Reader, contents, first, lowers_value, value
from eventlens.syntax.kotlin.type_refs import type_arguments
from eventlens.syntax.link_chains import levels, linked

_LINKS = frozenset({"call_expression", "navigation_expression", "index_expression"})
_CLASS_VIEWS = frozenset({"java", "kotlin", "javaObjectType", "javaPrimitiveType"})
_WITH_RECEIVER = frozenset({"apply", "run"})
"""Called on an object, these run their lambda with that object as its receiver."""
_BUILDERS = frozenset({"with", "buildString", "buildList", "buildMap", "buildSet"})


@lowers_value("call_expression", "navigation_expression", "index_expression")
def chain(reader: Reader, node: Node) -> ir.Value:
    links: list[Node] = []
    while node.type in _LINKS and node.child_count:
        links.append(node)
        node = transparent(node.children[0])
    prefixes: list[Node] = []
    while links and is_prefixed(node) and links[-1].children[0].type == "unary_expression":
        prefixes.append(node)
        node = transparent(node.children[-1])
    depth = reader.depth
    reader.depth = depth + levels(len(links) + len(prefixes))
    lowered = linked(reader, links, value(reader, node), depth, _link_of_prefixed if prefixes else _link)
    for prefix in reversed(prefixes):
        lowered = prefixed(prefix, lowered)
    reader.depth = depth
    return lowered


def is_prefixed(node: Node) -> bool:
    """Whether an operator stands before what it is applied to."""
    return node.type == "unary_expression" and not node.children[0].is_named


def prefixed(node: Node, operand: ir.Value) -> ir.Value:
    """An operator before its operand. The grammar binds it tighter than the links that follow: ``!a.b()`` is read as ``(!a).b()``."""
    operator = node.children[0].type
    start, end = node.start_byte, max(node.end_byte, operand.end)
    if operator == "-" and isinstance(operand, ir.Literal):
        number = operand.value
        if isinstance(number, (int, float)) and not isinstance(number, bool):
            return ir.Literal(start, end, -number)
    return ir.Operation(start, end, "not" if operator == "!" else operator, (operand,))


def transparent(node: Node) -> Node:
    """The node without the parentheses and ``!!`` around it."""
    while True:
        if node.type == "parenthesized_expression":
            inner = contents(node)
        elif node.type == "unary_expression" and node.children[-1].type == "!!":
            inner = node.children[:1]
        else:
            return node
        if not inner:
            return node
        node = inner[0]


def _link(reader: Reader, node: Node, inner: ir.Value) -> ir.Value:
    """One link around what it is applied to."""
    return _link_from(min(inner.start, node.start_byte), reader, node, inner)


def _link_of_prefixed(reader: Reader, node: Node, inner: ir.Value) -> ir.Value:
    """A link that begins where its operand does: what stands before is an operator, which is put around all links."""
    return _link_from(inner.start, reader, node, inner)


def _link_from(start: int, reader: Reader, node: Node, inner: ir.Value) -> ir.Value:
    if node.type == "navigation_expression":
        return _member(start, reader, node, inner)
    if node.type == "call_expression":
        return _call(start, reader, node, inner)
    return _index(start, reader, node, inner)


def _member(start: int, reader: Reader, node: Node, inner: ir.Value) -> ir.Value:
    last = node.children[-1]
    name = reader.named(last) if last.type == "identifier" else reader.of(last)
    if name in _CLASS_VIEWS and isinstance(inner, ir.Member) and inner.name == "class":
        return inner
    return ir.Member(start, node.end_byte, inner, name, last.start_byte)


def _call(start: int, reader: Reader, node: Node, inner: ir.Value) -> ir.Value:
    end = node.end_byte
    types: tuple[ir.TypeRef, ...] = reader.types.get(node.children[0].end_byte, ())
    args: tuple[ir.Argument, ...] = ()
    callee = inner
    for child in node.children[1:]:
        kind = child.type
        if kind == "type_arguments":
            types = type_arguments(reader, child)
        elif kind == "value_arguments":
            args = arguments(reader, child)
        elif kind == "annotated_lambda":
            args = (*args, _trailing(reader, child, inner))
            if isinstance(inner, ir.Call) and _is_open(node.children[0]) and not inner.asserted:
                # The grammar reads ``f(a) { }`` as a call of what ``f(a)`` gives.
                callee, args, types = inner.callee, (*inner.args, *args), inner.type_args
    return built(ir.Call(start, end, callee, args, False, types))


def _is_open(node: Node) -> bool:
    """Whether a call may still take a trailing lambda."""
    return node.type == "call_expression" and node.children[-1].type == "value_arguments"


def _trailing(reader: Reader, node: Node, called: ir.Value) -> ir.Argument:
    written = first(node, "lambda_literal") or node
    callee = called.callee if isinstance(called, ir.Call) else called
    has_receiver = (isinstance(callee, ir.Member) and callee.name in _WITH_RECEIVER) or (
        isinstance(callee, ir.Name) and callee.name in _BUILDERS
    )
    if has_receiver:
        reader.frames.append(Frame(has_receiver=True))
    content = value(reader, written)
    if has_receiver:
        reader.frames.pop()
    return ir.Argument(content.start, content.end, content)


def _index(start: int, reader: Reader, node: Node, inner: ir.Value) -> ir.Value:
    keys = contents(node)[1:]
    end = node.end_byte
    if len(keys) == 1:
        lowered = value(reader, keys[0])
        if isinstance(lowered, ir.Literal) and isinstance(lowered.value, str):
            return ir.Member(start, end, inner, lowered.value, lowered.start + 1)
        return ir.Index(start, end, inner, lowered)
    several = tuple(value(reader, key) for key in keys)
    at = several[0].start if several else end
    return ir.Index(start, end, inner, ir.Sequence(at, several[-1].end if several else end, several))


def arguments(reader: Reader, node: Node) -> tuple[ir.Argument, ...]:
    """The arguments between parentheses."""
    return tuple(_argument(reader, child) for child in node.named_children if child.type == "value_argument")


def _argument(reader: Reader, node: Node) -> ir.Argument:
    parts = contents(node)
    start, end = node.start_byte, node.end_byte
    if not parts:
        return ir.Argument(start, end, ir.Unknown(start, end, node.type))
    name = reader.named(parts[0]) if len(parts) > 1 and first(node, "=") is not None else None
    content = value(reader, parts[-1])
    if isinstance(content, ir.Spread):
        return ir.Argument(start, end, content.value, name, "*")
    return ir.Argument(start, end, content, name, "*" if first(node, "*") is not None else "")
