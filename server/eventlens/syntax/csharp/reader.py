"""Where the reading of a C# file stands, and which handler reads which of its nodes."""

from __future__ import annotations

from tree_sitter import Node

from eventlens import ir
from eventlens.syntax.csharp.scopes import ClassNames, FileNames
from eventlens.syntax.reader import Handlers, SourceReader

MAX_DEPTH = 100

SKIPPED = frozenset(
    {
        *("comment", "ERROR", "preproc_region", "preproc_endregion", "preproc_line", "preproc_pragma"),
        *("preproc_nullable", "preproc_error", "preproc_warning", "preproc_define", "preproc_undef"),
    }
)
"""What may stand between any two things and is none."""


class Reader(SourceReader):
    """One file being read."""

    __slots__ = (
        "classes",
        "declared",
        "exports",
        "locals",
        "parts",
        "receiver",
        "returned",
        "static_imports",
        "yields",
    )

    def __init__(self, source: bytes, damaged: bool) -> None:
        super().__init__(source, damaged)
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

    def word(self, node: Node) -> str:
        """The name that an identifier stands for: ``@class`` is called ``class``."""
        return self.piece(node.start_byte, node.end_byte).removeprefix("@")


HANDLERS: Handlers[Reader] = Handlers(MAX_DEPTH)
VALUES, STATEMENTS = HANDLERS.values, HANDLERS.statements
value, unknown = HANDLERS.value, HANDLERS.unknown
lowers_value, lowers_statement = HANDLERS.lowers_value, HANDLERS.lowers_statement


def inner(reader: Reader, node: Node) -> ir.Value:
    """The value of the one expression inside a node."""
    for child in node.children:
        if child.type in VALUES:
            return value(reader, child)
    return ir.Unknown(node.start_byte, node.end_byte, node.type)
