"""Where the reading of a Go file stands, and which handler reads which of its nodes."""

from __future__ import annotations

from dataclasses import dataclass, field

from tree_sitter import Node

from eventlens import ir
from eventlens.syntax.reader import Handlers, SourceReader

MAX_DEPTH = 100

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


class Reader(SourceReader):
    """One file being read."""

    __slots__ = ("_types", "frame", "iota", "methods", "named", "qualifying", "receiver")

    def __init__(self, source: bytes, damaged: bool) -> None:
        super().__init__(source, damaged)
        self.receiver = ""
        """The name that means `ir.This` here."""
        self.frame = Frame()
        self.iota: int | None = None
        """What ``iota`` is in the group of constants that is being read."""
        self.named: dict[str, Node] = {}
        """The types that the file declares at its top, with what each is declared to be."""
        self.methods: dict[str, list[ir.Function]] = {}
        """The methods met so far, by their receiver's type."""
        self._types: frozenset[tuple[str, str]] | None = None
        self.qualifying: frozenset[str] | None = None
        """The names that stand before a dot after the imports; None where nobody asked yet."""

    def declared_types(self) -> frozenset[tuple[str, str]]:
        """The types that the file declares at its top, each with what it is declared to be, as written."""
        if self._types is None:
            self._types = frozenset((name, self.of(node)) for name, node in self.named.items())
        return self._types


HANDLERS: Handlers[Reader] = Handlers(MAX_DEPTH)
VALUES, STATEMENTS = HANDLERS.values, HANDLERS.statements
value, unknown = HANDLERS.value, HANDLERS.unknown
lowers_value, lowers_statement = HANDLERS.lowers_value, HANDLERS.lowers_statement


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
