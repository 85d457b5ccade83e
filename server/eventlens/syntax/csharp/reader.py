"""What every part of the front end shares: the text, where the reading stands, and which handler reads which node.

Handlers register themselves by node type, so that values (which contain functions) and statements (which contain values) need
not import each other.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from tree_sitter import Node

from eventlens import ir
from eventlens.syntax.csharp.scopes import ClassNames, FileNames

MAX_DEPTH = 100
"""How deep values, statements and types may nest before they are cut: keeps Python's recursion limit out of reach, for this
front end and for everyone who walks or serialises the IR recursively."""

MAX_LINKS = 90
"""How many links of one chain (``a.B().C()``, ``a + b + c``) nest in the IR before the inner ones are laid flat."""

LINKS_A_LEVEL = 3
"""A chain's link nests the IR by one or two containers, an ordinary level by three or more."""

SKIPPED = frozenset(
    {
        *("comment", "ERROR", "preproc_region", "preproc_endregion", "preproc_line", "preproc_pragma"),
        *("preproc_nullable", "preproc_error", "preproc_warning", "preproc_define", "preproc_undef"),
    }
)
"""What may stand between any two things and is none."""


class Reader:
    """One file being read. ``scope`` is the dotted name of the enclosing declaration, "" at the top."""

    __slots__ = (
        *("ascii", "classes", "comment", "damaged", "declared", "depth", "exports", "imports", "locals", "parts"),
        *("receiver", "returned", "scope", "static_imports", "text", "yields"),
    )

    def __init__(self, source: bytes, damaged: bool) -> None:
        self.text = source.decode("latin-1")
        """One character a byte, so that the tree's offsets index it; `piece` gives real text."""
        self.ascii = source.isascii()
        self.damaged = damaged
        """Whether the tree holds syntax errors at all."""
        self.depth = 0
        self.scope = ""
        self.comment: Node | None = None
        """The comment that was met last, a possible doc of what follows."""
        self.imports: list[ir.Import] = []
        self.exports: list[ir.Export] = []
        self.declared = FileNames({})
        """The members of the types that this file declares."""
        self.classes: list[ClassNames] = []
        """The types around the place that is read, innermost last."""
        self.locals: set[str] = set()
        """Parameters and local names of the functions around the place that is read."""
        self.receiver = ""
        """The name of the parameter that is the receiver of the extension method around the place that is read."""
        self.returned: ir.TypeRef | None = None
        """What the function around the place that is read returns."""
        self.yields = False
        """Whether a ``yield`` was met in the function that is read."""
        self.static_imports = False
        """Whether bare calls may mean methods of other classes."""
        self.parts: list[ir.Statement] = []
        """Classes that the extension methods of the class that is read extend."""

    def piece(self, start: int, end: int) -> str:
        """The text between two byte offsets; undecodable bytes become U+FFFD."""
        text = self.text[start:end]
        if self.ascii or text.isascii():
            return text
        return text.encode("latin-1").decode("utf-8", "replace")

    def of(self, node: Node) -> str:
        """The text of a node."""
        return self.piece(node.start_byte, node.end_byte)

    def word(self, node: Node) -> str:
        """The name that an identifier stands for: ``@class`` is called ``class``."""
        return self.piece(node.start_byte, node.end_byte).removeprefix("@")

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


def field(node: Node, name: str) -> Node:
    """A field that the grammar always sets; in a damaged tree, where it may be absent, the node itself."""
    return node.child_by_field_name(name) or node


def inner(reader: Reader, node: Node) -> ir.Value:
    """The value of the one expression inside a node."""
    for child in node.children:
        if child.type in VALUES:
            return value(reader, child)
    return ir.Unknown(node.start_byte, node.end_byte, node.type)
