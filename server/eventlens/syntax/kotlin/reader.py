"""What every part of the front end shares: the text, which names are known where, and which handler reads which node.

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


@dataclass(slots=True)
class Frame:
    """The names that one function, lambda or class (``owner`` is then its name) brings into sight.

    ``has_receiver`` marks a lambda in which bare names may be members of an object that only the called function knows.
    """

    names: set[str] = field(default_factory=set)
    owner: str | None = None
    has_receiver: bool = False
    taken: set[str] = field(default_factory=set)
    """Which of the names something inside referred to."""


class Reader:
    """One file being read. ``scope`` is the dotted name of the enclosing declaration, "" at the top."""

    __slots__ = (
        "ascii",
        "backing",
        "comment",
        "damaged",
        "depth",
        "frames",
        "header",
        "imports",
        "package",
        "scope",
        "text",
        "types",
    )

    def __init__(self, source: bytes, damaged: bool) -> None:
        self.text = source.decode("latin-1")
        """One character a byte, so that the tree's offsets index it; `piece` gives real text."""
        self.ascii = source.isascii()
        self.damaged = damaged
        """Whether the tree holds syntax errors at all."""
        self.depth = 0
        self.scope = ""
        self.package = ""
        self.header = (0, 0)
        """Where the package clause stands."""
        self.comment: Node | None = None
        """The comment that was met last, a possible doc of what follows."""
        self.imports: list[ir.Import] = []
        self.frames: list[Frame] = [Frame()]
        self.backing = ""
        """The property whose accessor is being read: what ``field`` means."""
        self.types: dict[int, tuple[ir.TypeRef, ...]] = {}
        """Type arguments that were hidden from the parser, by the byte offset at which they begin."""

    def end_of(self, error: Node) -> int:
        """Where an error ends: no further than the text, which the parser was given with an end of its last line."""
        return min(error.end_byte, len(self.text))

    def piece(self, start: int, end: int) -> str:
        """The text between two byte offsets; undecodable bytes become U+FFFD."""
        text = self.text[start:end]
        if self.ascii or text.isascii():
            return text
        return text.encode("latin-1").decode("utf-8", "replace")

    def of(self, node: Node) -> str:
        """The text of a node."""
        return self.piece(node.start_byte, node.end_byte)

    def named(self, node: Node) -> str:
        """The text of an identifier, without the backticks that it may have."""
        return self.piece(node.start_byte, node.end_byte).strip("`")

    def qualified(self, name: str) -> str:
        """The dotted name of a declaration that stands here."""
        return f"{self.scope}.{name}" if self.scope else name

    def declare(self, name: str) -> None:
        """From here on ``name`` is a local name of the innermost function."""
        frame = self.frames[-1]
        if frame.owner is None and len(self.frames) > 1:
            frame.names.add(name)

    def resolved(self, name: str, start: int, end: int) -> ir.Value:
        """A bare name: itself, or a member of the class in this file that holds it."""
        is_own, is_hidden = True, False
        for frame in reversed(self.frames):
            if name in frame.names:
                if frame.owner is None or is_hidden:
                    frame.taken.add(name)
                    break
                holder = ir.This(start, start) if is_own else ir.Name(start, start, frame.owner)
                return ir.Member(start, end, holder, name, start)
            is_hidden = is_hidden or frame.has_receiver
            is_own = is_own and frame.owner is None
        return ir.Name(start, end, name)


@dataclass(frozen=True, slots=True)
class Sink:
    """Where the value of an expression goes that may be made of statements: ``kind`` "drop", "return" or "store".

    ``target`` is what a "store" assigns to.
    """

    kind: str
    make: Callable[[ir.Value], ir.Statement]
    target: ir.Value | None = None


DROP = Sink("drop", lambda content: ir.Evaluate(content.start, content.end, content))
GIVE = Sink("return", lambda content: ir.Return(content.start, content.end, content))

ValueHandler: TypeAlias = Callable[[Reader, Node], ir.Value]
StatementHandler: TypeAlias = Callable[[Reader, Node, "list[ir.Statement]"], None]
Settler: TypeAlias = Callable[[Reader, Node, "list[ir.Statement]", Sink], None]

VALUES: dict[str, ValueHandler] = {}
STATEMENTS: dict[str, StatementHandler] = {}
SETTLERS: dict[str, Settler] = {}
"""Expressions that are made of statements, with what lowers them where statements may stand."""


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


def settles(*kinds: str) -> Callable[[Settler], Settler]:
    """Register what lowers an expression to statements that end in its value's going where it goes."""

    def register(handler: Settler) -> Settler:
        SETTLERS.update(dict.fromkeys(kinds, handler))
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


def settle(reader: Reader, node: Node, lowered: list[ir.Statement], sink: Sink) -> None:
    """Lower an expression where statements may stand; its value goes to the sink."""
    handler = SETTLERS.get(node.type)
    if handler is None:
        lowered.append(sink.make(value(reader, node)))
    elif reader.depth > MAX_DEPTH:
        lowered.append(sink.make(ir.Unknown(node.start_byte, node.end_byte, "nesting")))
    else:
        reader.depth += 1
        handler(reader, node, lowered, sink)
        reader.depth -= 1


COMMENTS = frozenset({"line_comment", "block_comment"})
_SAYS_NOTHING = COMMENTS | {"ERROR"}


def contents(node: Node) -> list[Node]:
    """The named children that are neither comments nor errors."""
    return [child for child in node.named_children if child.type not in _SAYS_NOTHING]


def first(node: Node, *kinds: str) -> Node | None:
    """The first child of one of these types."""
    for child in node.children:
        if child.type in kinds:
            return child
    return None


def after(node: Node, *tokens: str) -> Node | None:
    """The first child after one of these tokens that is neither a comment nor an error."""
    met = False
    for child in node.children:
        if met and child.is_named and child.type not in _SAYS_NOTHING:
            return child
        met = met or child.type in tokens
    return None
