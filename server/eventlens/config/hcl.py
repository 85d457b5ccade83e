"""HCL, the language of Terraform, as blocks and expressions with lines (https://developer.hashicorp.com/terraform/language/syntax).

Nothing is worked out here: see `terraform`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import TypeAlias

import msgspec
import tree_sitter
import tree_sitter_hcl

from eventlens.bounded_parsing import LARGE, SECONDS_A_MEGABYTE, ParsingTooLong, parsed_within

_MAX_DEPTH = 120
_MAX_BYTES = 2_000_000
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", '"': '"', "\\": "\\"}
_ESCAPED = re.compile(r"\\([ntr\"\\])")


class Literal(msgspec.Struct, frozen=True):
    """A text, number, truth value or null."""

    value: str | int | float | bool | None
    line: int


class Template(msgspec.Struct, frozen=True):
    """A text with interpolations in it."""

    parts: tuple[Expression, ...]
    line: int


class Reference(msgspec.Struct, frozen=True):
    """``aws_sqs_queue.orders[0].arn``: the names, an index among them as a number, a text or what it is worked out from; a splat is left out."""

    names: tuple[str | int | Expression, ...]
    line: int


class ListOf(msgspec.Struct, frozen=True):
    items: tuple[Expression, ...]
    line: int


class ObjectOf(msgspec.Struct, frozen=True):
    entries: tuple[tuple[Expression, Expression], ...]
    line: int


class Call(msgspec.Struct, frozen=True):
    name: str
    arguments: tuple[Expression, ...]
    line: int


class Choice(msgspec.Struct, frozen=True):
    """A conditional: one of its two results."""

    options: tuple[Expression, ...]
    line: int


class Each(msgspec.Struct, frozen=True):
    """A ``for`` expression; ``key`` is None for one that makes a list."""

    names: tuple[str, ...]
    over: Expression
    key: Expression | None
    value: Expression
    line: int


class Unread(msgspec.Struct, frozen=True):
    """What is not read: arithmetic, comparisons, broken text."""

    text: str
    line: int


Expression: TypeAlias = "Literal | Template | Reference | ListOf | ObjectOf | Call | Choice | Each | Unread"


class Block(msgspec.Struct, frozen=True):
    """``resource "aws_sqs_queue" "orders" { … }``; lines are 1-based."""

    type: str
    labels: tuple[str, ...]
    attributes: dict[str, Expression]
    blocks: tuple[Block, ...]
    line: int

    def inner(self, type_: str) -> Iterator[Block]:
        """The blocks of a type within this one, those that a ``dynamic`` block makes included."""
        for block in self.blocks:
            if block.type == type_:
                yield block
            elif block.type == "dynamic" and block.labels == (type_,):
                yield from block.inner("content")


@cache
def _language() -> tree_sitter.Language:
    return tree_sitter.Language(tree_sitter_hcl.language())


def _parsed(text: bytes) -> tree_sitter.Tree | None:
    """The tree of a text; None where a large one, damaged, keeps the parser busy."""
    parser = tree_sitter.Parser(_language())
    try:
        return (
            parser.parse(text)
            if len(text) < LARGE
            else parsed_within(parser, text, SECONDS_A_MEGABYTE * len(text) / 1_000_000)
        )
    except ParsingTooLong:
        return None


def read_hcl(text: bytes) -> tuple[Block, ...]:
    """The blocks of a file; its attributes outside of blocks (``terraform.tfvars``) come as one block without type."""
    if len(text) > _MAX_BYTES:
        return ()
    tree = _parsed(text)
    body = next((child for child in tree.root_node.named_children if child.type == "body"), None) if tree else None
    if body is None:
        return ()
    attributes, blocks = _body(body, 0)
    return (*blocks, Block("", (), attributes, (), 1)) if attributes else blocks


def _line(node: tree_sitter.Node) -> int:
    return node.start_point[0] + 1


def _text(node: tree_sitter.Node) -> str:
    return (node.text or b"").decode("utf-8", "replace")


def _body(node: tree_sitter.Node, depth: int) -> tuple[dict[str, Expression], tuple[Block, ...]]:
    attributes: dict[str, Expression] = {}
    blocks: list[Block] = []
    for child in node.named_children if depth < _MAX_DEPTH else ():
        if child.type == "attribute" and len(child.named_children) > 1:
            attributes[_text(child.named_children[0])] = _expression(child.named_children[-1], depth + 1)
        elif child.type == "block":
            blocks.append(_block(child, depth + 1))
    return attributes, tuple(blocks)


def _block(node: tree_sitter.Node, depth: int) -> Block:
    names = [_text(child).strip('"') for child in node.named_children if child.type in ("identifier", "string_lit")]
    body = next((child for child in node.named_children if child.type == "body"), None)
    attributes, blocks = _body(body, depth) if body is not None else ({}, ())
    return Block(names[0] if names else "", tuple(names[1:]), attributes, blocks, _line(node))


def _expression(node: tree_sitter.Node, depth: int) -> Expression:
    if depth > _MAX_DEPTH:
        return Unread("", _line(node))
    if node.type == "expression":
        return _chain(node, depth)
    reader = _READERS.get(node.type)
    if reader is not None:
        return reader(node, depth + 1)
    inner = [child for child in node.named_children if child.type != "comment"]
    if node.type in ("literal_value", "collection_value", "template_expr", "for_expr", "expr_term") and len(inner) == 1:
        return _expression(inner[0], depth + 1)
    return Unread(_text(node)[:80], _line(node))


def _chain(node: tree_sitter.Node, depth: int) -> Expression:
    """An expression with what is read off it: ``a.b[0].c``."""
    children = [child for child in node.named_children if child.type != "comment"]
    if not children:
        return Unread(_text(node)[:80], _line(node))
    first, rest = children[0], children[1:]
    if first.type == "variable_expr":
        names: list[str | int | Expression] = [_text(first), *_steps(rest, depth)]
        return Reference(tuple(names), _line(node))
    base = _expression(first, depth + 1)
    steps = tuple(_steps(rest, depth))
    return _read_off(base, steps) if steps else base


def _steps(nodes: list[tree_sitter.Node], depth: int) -> Iterator[str | int | Expression]:
    for node in nodes if depth < _MAX_DEPTH else ():
        if node.type == "get_attr":
            yield _text(node).lstrip(".")
        elif node.type == "index":
            yield _index(node, depth + 1)
        elif node.type in ("splat", "full_splat", "attr_splat"):
            yield from _steps(list(node.named_children), depth + 1)


def _index(node: tree_sitter.Node, depth: int) -> str | int | Expression:
    expressions = [child for one in node.named_children for child in (one, *one.named_children)]
    found = next((child for child in expressions if child.type == "expression"), None)
    value = _expression(found, depth) if found is not None else None
    if isinstance(value, Literal) and isinstance(value.value, str | int):
        return value.value
    if value is not None:
        return value
    digits = _text(node).strip("[].")
    return int(digits) if digits.isdigit() and len(digits) < 9 else Unread(digits[:80], _line(node))


def _read_off(base: Expression, steps: tuple[str | int | Expression, ...]) -> Expression:
    if isinstance(base, Reference):
        return Reference((*base.names, *steps), base.line)
    if isinstance(base, Call) and base.name in ("one", "try", "element", "flatten", "concat") and base.arguments:
        return _read_off(base.arguments[0], steps)
    return Unread("", base.line)


def _string(node: tree_sitter.Node, depth: int) -> Expression:
    """A quoted text, with or without interpolations."""
    parts: list[Expression] = []
    for child in node.named_children:
        if child.type == "quoted_template":
            return _string(child, depth)
        if child.type == "template_literal":
            parts.append(Literal(_ESCAPED.sub(lambda m: _ESCAPES[m[1]], _text(child)), _line(child)))
        elif child.type == "template_interpolation":
            inner = next((one for one in child.named_children if one.type == "expression"), None)
            parts.append(_expression(inner, depth + 1) if inner is not None else Unread("", _line(child)))
        elif child.type == "template_directive":
            parts.append(Unread("", _line(child)))
    return _joined(parts, node)


def _joined(parts: list[Expression], node: tree_sitter.Node) -> Expression:
    if all(isinstance(part, Literal) for part in parts):
        return Literal("".join(str(part.value) for part in parts if isinstance(part, Literal)), _line(node))
    return Template(tuple(parts), _line(node))


def _number(node: tree_sitter.Node, depth: int) -> Expression:
    text = _text(node)
    try:
        return Literal(int(text) if text.isdigit() and len(text) < 19 else float(text), _line(node))
    except ValueError:
        return Unread(text[:80], _line(node))


def _list(node: tree_sitter.Node, depth: int) -> Expression:
    found = tuple(_expression(child, depth) for child in node.named_children if child.type == "expression")
    return ListOf(found, _line(node))


def _object(node: tree_sitter.Node, depth: int) -> Expression:
    entries: list[tuple[Expression, Expression]] = []
    for child in node.named_children:
        pair = [one for one in child.named_children if one.type == "expression"]
        if child.type == "object_elem" and len(pair) == 2:
            key = _expression(pair[0], depth)
            if isinstance(key, Reference) and len(key.names) == 1:
                key = Literal(str(key.names[0]), key.line)
            entries.append((key, _expression(pair[1], depth)))
    return ObjectOf(tuple(entries), _line(node))


def _call(node: tree_sitter.Node, depth: int) -> Expression:
    name = _text(node.named_children[0]) if node.named_children else ""
    given = next((child for child in node.named_children if child.type == "function_arguments"), None)
    arguments = [child for child in given.named_children if child.type == "expression"] if given is not None else []
    return Call(name, tuple(_expression(child, depth) for child in arguments), _line(node))


def _conditional(node: tree_sitter.Node, depth: int) -> Expression:
    options = [child for child in node.named_children if child.type == "expression"][1:]
    return Choice(tuple(_expression(child, depth) for child in options), _line(node))


def _for(node: tree_sitter.Node, depth: int) -> Expression:
    intro = next((child for child in node.named_children if child.type == "for_intro"), None)
    made = [child for child in node.named_children if child.type == "expression"]
    if intro is None or not made:
        return Unread(_text(node)[:80], _line(node))
    names = tuple(_text(child) for child in intro.named_children if child.type == "identifier")
    over = next((child for child in intro.named_children if child.type == "expression"), None)
    key = _expression(made[0], depth) if node.type == "for_object_expr" and len(made) > 1 else None
    source = _expression(over, depth) if over is not None else Unread("", _line(node))
    return Each(names, source, key, _expression(made[-1], depth), _line(node))


def _parenthesised(node: tree_sitter.Node, depth: int) -> Expression:
    inner = next((child for child in node.named_children if child.type == "expression"), None)
    return _expression(inner, depth) if inner is not None else Unread("", _line(node))


def _literal(node: tree_sitter.Node, depth: int) -> Expression:
    text = _text(node)
    return Literal({"true": True, "false": False}.get(text), _line(node))


def _variable(node: tree_sitter.Node, depth: int) -> Expression:
    return Reference((_text(node),), _line(node))


_READERS = {
    "string_lit": _string,
    "quoted_template": _string,
    "heredoc_template": _string,
    "numeric_lit": _number,
    "bool_lit": _literal,
    "null_lit": _literal,
    "tuple": _list,
    "object": _object,
    "function_call": _call,
    "conditional": _conditional,
    "for_tuple_expr": _for,
    "for_object_expr": _for,
    "parenthesized_expression": _parenthesised,
    "variable_expr": _variable,
}
