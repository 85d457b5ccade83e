"""Where the reading of a Kotlin file stands: which names are known there, and where the value of an expression made of statements goes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeAlias

from tree_sitter import Node

from eventlens import ir
from eventlens.syntax.reader import Handlers, SourceReader

MAX_DEPTH = 100


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


class Reader(SourceReader):
    """One file being read."""

    __slots__ = ("backing", "frames", "header", "package", "types")

    def __init__(self, source: bytes, damaged: bool) -> None:
        super().__init__(source, damaged)
        self.package = ""
        self.header = (0, 0)
        """Where the package clause stands."""
        self.frames: list[Frame] = [Frame()]
        self.backing = ""
        """The property whose accessor is being read: what ``field`` means."""
        self.types: dict[int, tuple[ir.TypeRef, ...]] = {}
        """Type arguments that were hidden from the parser, by the byte offset at which they begin."""

    def named(self, node: Node) -> str:
        """The text of an identifier, without the backticks that it may have."""
        return self.piece(node.start_byte, node.end_byte).strip("`")

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

HANDLERS: Handlers[Reader] = Handlers(MAX_DEPTH)
VALUES, STATEMENTS = HANDLERS.values, HANDLERS.statements
value, unknown = HANDLERS.value, HANDLERS.unknown
lowers_value, lowers_statement = HANDLERS.lowers_value, HANDLERS.lowers_statement
Settler: TypeAlias = Callable[[Reader, Node, "list[ir.Statement]", Sink], None]

SETTLERS: dict[str, Settler] = {}
"""Expressions that are made of statements, with what lowers them where statements may stand."""


def settles(*kinds: str) -> Callable[[Settler], Settler]:
    """Register what lowers an expression to statements that end in its value's going where it goes."""

    def register(handler: Settler) -> Settler:
        SETTLERS.update(dict.fromkeys(kinds, handler))
        return handler

    return register


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
