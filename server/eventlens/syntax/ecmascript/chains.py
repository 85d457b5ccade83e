"""What nests to the left and may be thousands of links long: calls, members and binary operators. Read without recursion.

Beyond `MAX_LINKS` the inner links are laid flat in one `ir.Unknown` ("nesting"), which keeps every argument.
"""

from __future__ import annotations

from tree_sitter import Node

from eventlens import ir
from eventlens.syntax.ecmascript.literals import joined, string_text
from eventlens.syntax.ecmascript.reader import Reader, lowers_value, value
from eventlens.syntax.ecmascript.type_refs import type_arguments
from eventlens.syntax.ecmascript.values import TRANSPARENT, bare, operation
from eventlens.syntax.link_chains import levels, linked
from eventlens.syntax.operator_runs import Link, folded, one_operation
from eventlens.syntax.reader import MAX_LINKS, part

_LINKS = frozenset({"call_expression", "member_expression", "subscript_expression"})
_PREFIXES = frozenset({"await_expression", "unary_expression"})
"""Bind looser than a call, yet the grammar reads ``await f<T>()`` as ``(await f)<T>()``; no other way puts them inside a link."""
_OPERATORS = {"===": "==", "!==": "!=", "&&": "and"}
_FALLBACKS = frozenset({"||", "??"})


# ----------------------------------------------------------------------------------------------- calls and members


@lowers_value("call_expression", "member_expression", "subscript_expression")
def chain(reader: Reader, node: Node) -> ir.Value:
    links: list[Node] = []
    prefixes: list[tuple[int, Node]] = []
    group = 0  # how many links stand outside the innermost parentheses
    while node.type in _LINKS:
        links.append(node)
        node = node.children[0]
        if node.type in _PREFIXES:
            prefixes.append((group, node))
            node = node.children[-1]
        if node.type in TRANSPARENT:
            if node.type != "non_null_expression" or node.children[0].type == "parenthesized_expression":
                group = len(links)
            node = bare(node)
    depth = reader.depth
    reader.depth = depth + levels(len(links))
    head = value(reader, node)
    lowered = linked(reader, links, head, depth, _Prefixing(links, prefixes, head.start).link if prefixes else _link)
    reader.depth = depth
    return lowered


class _Prefixing:
    """Makes the links of a chain with prefixes inside: each goes around when as many links as it says are left."""

    def __init__(self, links: list[Node], prefixes: list[tuple[int, Node]], start: int) -> None:
        self._links, self._prefixes, self._start = links, prefixes, start

    def link(self, reader: Reader, node: Node, inner: ir.Value) -> ir.Value:
        """One link, and the prefixes that go around it."""
        lowered = _link(reader, node, inner, self._start if self._prefixes else None)
        while self._prefixes and self._prefixes[-1][0] == len(self._links):
            lowered = _prefixed(self._prefixes.pop()[1], lowered)
            self._start = lowered.start
        return lowered


def _prefixed(node: Node, operand: ir.Value) -> ir.Value:
    if node.type == "await_expression":
        return ir.Await(node.start_byte, operand.end, operand)
    return operation(node.start_byte, operand.end, node.children[0].type, operand)


def _link(reader: Reader, node: Node, inner: ir.Value, begins: int | None = None) -> ir.Value:
    """One link around what it is applied to; it starts at byte ``begins`` where a prefix inside it begins later than it does."""
    start = node.start_byte if begins is None else begins
    children = node.children
    kind = node.type
    end = node.end_byte
    last = children[-1]
    if kind == "member_expression":
        name_start = last.start_byte
        return ir.Member(start, end, inner, reader.piece(name_start, last.end_byte), name_start)
    if kind == "call_expression":
        tagged = last.type == "template_string"
        types = type_arguments(reader, node) if len(children) > 2 else ()
        return ir.Call(start, end, inner, arguments(reader, last), False, types, tagged)
    return _subscript(reader, node, inner, start)


def _subscript(reader: Reader, node: Node, inner: ir.Value, start: int) -> ir.Value:
    key = bare(part(node, "index"))
    end = node.end_byte
    if key.type == "string":
        return ir.Member(start, end, inner, string_text(reader, key), key.start_byte + 1)
    lowered = value(reader, key)
    if isinstance(lowered, ir.Literal) and isinstance(lowered.value, str) and not lowered.is_regex:
        return ir.Member(start, end, inner, lowered.value, key.start_byte + 1)
    return ir.Index(start, end, inner, lowered)


def arguments(reader: Reader, node: Node) -> tuple[ir.Argument, ...]:
    """The arguments of a call; a tagged template's is the template."""
    if node.type != "arguments":
        lowered = value(reader, node)
        return (ir.Argument(lowered.start, lowered.end, lowered),)
    found: list[ir.Argument] = []
    for child in node.named_children:
        kind = child.type
        if kind == "spread_element":
            content = value(reader, child)
            if isinstance(content, ir.Spread):
                found.append(ir.Argument(content.start, content.end, content.value, None, "*"))
        elif kind != "comment" and kind != "ERROR":
            content = value(reader, child)
            found.append(ir.Argument(content.start, content.end, content))
    return tuple(found)


@lowers_value("new_expression")
def construction(reader: Reader, node: Node) -> ir.Call:
    children = node.children
    last = children[-1]
    given = arguments(reader, last) if last.type == "arguments" else ()
    callee = value(reader, part(node, "constructor"))
    return ir.Call(node.start_byte, node.end_byte, callee, given, True, type_arguments(reader, node))


# ----------------------------------------------------------------------------------------------- binary operators


@lowers_value("binary_expression")
def binary(reader: Reader, node: Node) -> ir.Value:
    """A left-deep run of operators, each kept as (operator, right operand, end of the expression so far)."""
    start = node.start_byte
    links: list[Link] = []
    while node.type == "binary_expression":
        children = node.children
        links.append((part(node, "operator").type, children[-1], node.end_byte))
        node = children[0]
        if (
            node.type == "parenthesized_expression"
            and bare(node).type == "binary_expression"
            and len(links) > MAX_LINKS
        ):
            node = bare(node)
    links.reverse()
    depth = reader.depth
    reader.depth = depth + levels(len(links))
    lowered = value(reader, node)
    lowered = _generic_tag(reader, links, lowered) or folded(reader, start, links, lowered, value, _run)
    reader.depth = depth
    return lowered


def _run(start: int, end: int, operator: str, run: list[ir.Value]) -> ir.Value:
    if operator in _FALLBACKS:
        return ir.Choice(start, end, tuple(run))
    if operator == "+" and any(_is_text(each) for each in run):
        return joined(start, end, run)
    normal = _OPERATORS.get(operator, operator)
    return one_operation(start, end, normal, run, normal == "and")


def _is_text(part: ir.Value) -> bool:
    return isinstance(part, ir.Template) or (
        isinstance(part, ir.Literal) and isinstance(part.value, str) and not part.is_regex
    )


def _generic_tag(reader: Reader, links: list[Link], tag: ir.Value) -> ir.Call | None:
    """``tag<Type>`text``` , which the grammar takes for two comparisons."""
    if len(links) != 2 or links[0][0] != "<" or links[1][0] != ">" or links[1][1].type != "template_string":
        return None
    written = links[0][1]
    types = (ir.TypeRef(written.start_byte, written.end_byte, reader.of(written)),)
    return ir.Call(tag.start, links[1][2], tag, arguments(reader, links[1][1]), False, types, True)
