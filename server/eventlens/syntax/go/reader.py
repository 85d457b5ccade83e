"""What every part of the front end shares: the text, where the reading stands, and which handler reads which node.

Handlers register themselves by node type, so that values (which contain functions) and statements (which contain values) need
not import each other.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeAlias

from tree_sitter import Node

from eventlens import ir

MAX_DEPTH = 100
"""How deep values, statements and types may nest before they are cut: keeps Python's recursion limit out of reach, for this
front end and for everyone who walks or serialises the IR recursively."""

MAX_LINKS = 90
"""How many links of one chain (``a.b().c()``, ``a + b + c``) nest in the IR before the inner ones are laid flat."""

LINKS_A_LEVEL = 3
"""A chain's link nests the IR by one or two containers, an ordinary level by three or more."""

SKIPPED = frozenset({"comment", "ERROR"})
"""Node types that may stand between any two parts of a construct."""


@dataclass(slots=True)
class Frame:
    """What the function around says about ``return``."""

    fails: bool = False
    """Whether its last result is an error."""
    results: int = 0
    """How many results it has, the error among them."""
    named: tuple[ir.Parameter, ...] = ()
    """Its named results without the error."""
    error: str = ""
    """What it calls the error among its results; "" where it has no name for it."""
    bound: set[str] = field(default_factory=set)
    """Names of errors that it assigns, or that the functions around it do."""
    caught: set[str] = field(default_factory=set)
    """Names of errors that are known to have happened where the reading stands."""


class Reader:
    """One file being read. ``scope`` is the dotted name of the enclosing declaration, "" at the top."""

    __slots__ = (
        "ascii",
        "damaged",
        "depth",
        "frame",
        "imports",
        "iota",
        "methods",
        "named",
        "qualifying",
        "receiver",
        "scope",
        "text",
    )

    def __init__(self, source: bytes, damaged: bool) -> None:
        self.text = source.decode("latin-1")
        """One character a byte, so that the tree's offsets index it; `piece` gives real text."""
        self.ascii = source.isascii()
        self.damaged = damaged
        """Whether the tree holds syntax errors at all."""
        self.depth = 0
        self.scope = ""
        self.receiver = ""
        """The name that means `ir.This` here."""
        self.frame = Frame()
        self.imports: list[ir.Import] = []
        self.iota: int | None = None
        """What ``iota`` is in the group of constants that is being read."""
        self.named: dict[str, Node] = {}
        """The types that the file declares at its top, with what each is declared to be."""
        self.methods: dict[str, list[ir.Function]] = {}
        """The methods met so far, by their receiver's type."""
        self.qualifying: frozenset[str] | None = None
        """The names that stand before a dot after the imports; None where nobody asked yet."""

    def piece(self, start: int, end: int) -> str:
        """The text between two byte offsets; undecodable bytes become U+FFFD."""
        text = self.text[start:end]
        if self.ascii or text.isascii():
            return text
        return text.encode("latin-1").decode("utf-8", "replace")

    def of(self, node: Node) -> str:
        """The text of a node."""
        return self.piece(node.start_byte, node.end_byte)

    def qualified(self, name: str) -> str:
        """The dotted name of a declaration that stands here."""
        return f"{self.scope}.{name}" if self.scope else name


ValueHandler: TypeAlias = Callable[[Reader, Node], ir.Value]
StatementHandler: TypeAlias = Callable[[Reader, Node, "list[ir.Statement]"], None]

VALUES: dict[str, ValueHandler] = {}
STATEMENTS: dict[str, StatementHandler] = {}


def lowers_value(*kinds: str) -> Callable[[ValueHandler], ValueHandler]:
    """Register the handler of value nodes."""

    def register(handler: ValueHandler) -> ValueHandler:
        VALUES.update(dict.fromkeys(kinds, handler))
        return handler

    return register


def lowers_statement(*kinds: str) -> Callable[[StatementHandler], StatementHandler]:
    """Register the handler of statement nodes; it appends what it lowers."""

    def register(handler: StatementHandler) -> StatementHandler:
        STATEMENTS.update(dict.fromkeys(kinds, handler))
        return handler

    return register


def value(reader: Reader, node: Node) -> ir.Value:
    """Lower any node that stands where a value is expected."""
    handler = VALUES.get(node.type)
    if handler is None:
        return unknown(reader, node)
    if reader.depth > MAX_DEPTH:
        return ir.Unknown(node.start_byte, node.end_byte, "nesting")
    reader.depth += 1
    lowered = handler(reader, node)
    reader.depth -= 1
    return lowered


def unknown(reader: Reader, node: Node) -> ir.Unknown:
    """A node without a handler, with the values inside it."""
    parts: tuple[ir.Value, ...] = ()
    if reader.depth <= MAX_DEPTH:
        reader.depth += 1
        parts = tuple(value(reader, child) for child in node.named_children if child.type in VALUES)
        reader.depth -= 1
    return ir.Unknown(node.start_byte, node.end_byte, node.type, parts)


def part(node: Node, name: str) -> Node:
    """A field that the grammar always sets; in a damaged tree, where it may be absent, the node itself."""
    return node.child_by_field_name(name) or node


def parts_of(node: Node) -> list[Node]:
    """The named children that are neither comments nor damage."""
    return [child for child in node.named_children if child.type not in SKIPPED]


def bare(node: Node) -> Node:
    """The node without parentheses around it."""
    while node.type == "parenthesized_expression":
        inner = parts_of(node)
        if not inner:
            return node
        node = inner[0]
    return node
