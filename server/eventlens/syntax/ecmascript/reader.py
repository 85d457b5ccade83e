"""Where the reading of a JavaScript or TypeScript file stands, and which handler reads which of its nodes."""

from __future__ import annotations

from eventlens import ir
from eventlens.syntax.reader import Handlers, SourceReader

MAX_DEPTH = 120


class Reader(SourceReader):
    """One file being read."""

    __slots__ = ("disposes", "exports")

    def __init__(self, source: bytes, damaged: bool) -> None:
        super().__init__(source, damaged)
        self.disposes = b"using " in source
        """Whether a ``using`` declaration can occur."""
        self.exports: list[ir.Export] = []


HANDLERS: Handlers[Reader] = Handlers(MAX_DEPTH)
VALUES, STATEMENTS = HANDLERS.values, HANDLERS.statements
value, unknown = HANDLERS.value, HANDLERS.unknown
lowers_value, lowers_statement = HANDLERS.lowers_value, HANDLERS.lowers_statement
