"""What lowering one Python file keeps in mind: its bytes, the enclosing scope and how deep it stands."""

from __future__ import annotations

from tree_sitter import Language, Node

from eventlens import ir
from eventlens.syntax.kept_parts import KeptParts

MAX_DEPTH = 140
"""Deeper values and statements become `ir.Unknown` or flat: readers of the IR may recurse."""

NOT_SYNTAX = frozenset({"comment", "line_continuation", "ERROR"})
"""Node types that may stand between any two parts of a construct."""


class Context:
    """The mutable state of one file's lowering; front-end classes extend it with what they lower."""

    def __init__(self, source: bytes, language: Language, kept: KeptParts | None = None) -> None:
        self.source = source
        self.language = language
        self.kept = kept
        """What parts of the text were lowered to; None where that is not to be kept."""
        self.imports: list[ir.Import] = []
        self.receiver: str | None = None
        """The name that means `ir.This` here."""
        self.prefix = ""
        """The enclosing qualified name with its trailing dot."""
        self.in_class = False
        """Whether a function met now is a method."""
        self.is_protocol = False
        self.type_only = False
        self.saw_yield = False
        self.outer_names: set[str] = set()
        """Names that the function declares to be defined outside it."""
        self.is_coroutine = False
        """Whether ``yield from`` awaits here (generator-based coroutines)."""
        self.depth = 0
        self.field_metadata: dict[int, tuple[ir.Value, ...]] = {}
        """What ``Annotated`` says of a field, by where the field starts, until its class takes it up."""

    def text(self, node: Node) -> str:
        """The source text of a node; bytes that are not UTF-8 become U+FFFD."""
        return self.source[node.start_byte : node.end_byte].decode("utf-8", "replace")


def parts_of(node: Node) -> list[Node]:
    """The named children of a node that are neither comments nor damage."""
    return [child for child in node.named_children if child.type not in NOT_SYNTAX]
