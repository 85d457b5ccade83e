"""What the front ends of Java, Kotlin, Go, C# and ECMAScript share: the text that is read, and which handler reads which node.

Each extends `SourceReader` by what else is known where the reading stands. Handlers register themselves by node type, so that values
(which contain functions) and statements (which contain values) need not import each other.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeAlias, TypeVar

from tree_sitter import Node

from eventlens import ir
from eventlens.syntax.kept_parts import KeptParts

MAX_LINKS = 90
"""How many links of one chain (``a.b().c()``, ``a + b + c``) nest in the IR before the inner ones are laid flat."""

LINKS_A_LEVEL = 3
"""A chain's link nests the IR by one or two containers, an ordinary level by three or more."""


class SourceReader:
    """One file being read. ``scope`` is the dotted name of the enclosing declaration, "" at the top."""

    __slots__ = ("ascii", "comment", "damaged", "depth", "imports", "kept", "scope", "text")

    def __init__(self, source: bytes, damaged: bool) -> None:
        self.text = source.decode("latin-1")
        """One character a byte, so that the tree's offsets index it; `piece` gives real text."""
        self.ascii = source.isascii()
        self.damaged = damaged
        """Whether the tree holds syntax errors at all."""
        self.depth = 0
        self.scope = ""
        self.imports: list[ir.Import] = []
        self.kept: KeptParts | None = None
        """What parts of the text were lowered to; None where that is not to be kept."""
        self.comment: Node | None = None
        """The comment that was met last, a possible doc of what follows; None where the front end looks for docs itself."""

    def piece(self, start: int, end: int) -> str:
        """The text between two byte offsets; undecodable bytes become U+FFFD."""
        text = self.text[start:end]
        if self.ascii or text.isascii():
            return text
        return text.encode("latin-1").decode("utf-8", "replace")

    def of(self, node: Node) -> str:
        """The text of a node."""
        return self.piece(node.start_byte, node.end_byte)

    def end_of(self, error: Node) -> int:
        """Where an error ends: no further than the text, which a parser may have been given with an end of its last line."""
        return min(error.end_byte, len(self.text))

    def qualified(self, name: str) -> str:
        """The dotted name of a declaration that stands here."""
        return f"{self.scope}.{name}" if self.scope else name


ReaderT = TypeVar("ReaderT", bound=SourceReader)
ValueHandler: TypeAlias = Callable[[ReaderT, Node], ir.Value]
StatementHandler: TypeAlias = Callable[[ReaderT, Node, "list[ir.Statement]"], None]


class Handlers(Generic[ReaderT]):
    """The handlers of one front end, by node type.

    ``deepest`` is how deep values, statements and types may nest before they are cut: it keeps Python's recursion limit out of reach,
    for the front end and for everyone who walks or serialises the IR recursively.
    """

    __slots__ = ("deepest", "statements", "values")

    def __init__(self, deepest: int) -> None:
        self.deepest = deepest
        self.values: dict[str, ValueHandler[ReaderT]] = {}
        self.statements: dict[str, StatementHandler[ReaderT]] = {}

    def lowers_value(self, *kinds: str) -> Callable[[ValueHandler[ReaderT]], ValueHandler[ReaderT]]:
        """Register the handler of value nodes."""

        def register(handler: ValueHandler[ReaderT]) -> ValueHandler[ReaderT]:
            self.values.update(dict.fromkeys(kinds, handler))
            return handler

        return register

    def lowers_statement(self, *kinds: str) -> Callable[[StatementHandler[ReaderT]], StatementHandler[ReaderT]]:
        """Register the handler of statement nodes; it appends what it lowers."""

        def register(handler: StatementHandler[ReaderT]) -> StatementHandler[ReaderT]:
            self.statements.update(dict.fromkeys(kinds, handler))
            return handler

        return register

    def value(self, reader: ReaderT, node: Node) -> ir.Value:
        """Lower any node that stands where a value is expected."""
        handler = self.values.get(node.type)
        if handler is None:
            return self.unknown(reader, node)
        if reader.depth > self.deepest:
            return ir.Unknown(node.start_byte, node.end_byte, "nesting")
        reader.depth += 1
        lowered = handler(reader, node)
        reader.depth -= 1
        return lowered

    def unknown(self, reader: ReaderT, node: Node) -> ir.Unknown:
        """A node without a handler, with the values inside it."""
        parts: tuple[ir.Value, ...] = ()
        if reader.depth <= self.deepest:
            reader.depth += 1
            parts = tuple(self.value(reader, child) for child in node.named_children if child.type in self.values)
            reader.depth -= 1
        return ir.Unknown(node.start_byte, node.end_byte, node.type, parts)


def part(node: Node, name: str) -> Node:
    """A field that the grammar always sets; in a damaged tree, where it may be absent, the node itself."""
    return node.child_by_field_name(name) or node
