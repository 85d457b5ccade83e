"""Byte offsets of a module as 1-based lines and code-point columns."""

from __future__ import annotations

from bisect import bisect_right

from eventlens.config.secrets import masked_code
from eventlens.flow.model import Span, Step
from eventlens.flow.module_index import ModuleIndex
from eventlens.flow.program import Program


class Places:
    """Turns byte offsets into places for people."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self._text: tuple[ModuleIndex | None, bytes] = (None, b"")
        """The file that was read last: places are asked for in pairs, and those of a file in a row."""

    def line(self, module: ModuleIndex, offset: int) -> int:
        """1-based line of a byte offset."""
        return bisect_right(module.module.line_starts, offset)

    def column(self, module: ModuleIndex, offset: int) -> int:
        """1-based column in code points; a byte-order mark takes none."""
        start = module.module.line_starts[self.line(module, offset) - 1]
        try:
            text = self._text_of(module)[start:offset]
        except (OSError, KeyError):
            return offset - start + 1
        return len(text.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "replace")) + 1

    def _text_of(self, module: ModuleIndex) -> bytes:
        known, text = self._text
        if known is not module:
            text = self.program.workspace.text(module.path)
            self._text = (module, text)
        return text

    def span(self, module: ModuleIndex, start: int, end: int) -> Span:
        """The place of a byte range."""
        return Span(
            file=module.path,
            line=self.line(module, start),
            column=self.column(module, start),
            end_line=self.line(module, end),
            end_column=self.column(module, end),
        )

    def step(self, path: str, offset: int, message: str) -> Step:
        """A step of evidence; line 1 where the file is no source of the program."""
        module = self.program.looked_into(path)
        return Step(
            file=path,
            line=self.line(module, offset) if module is not None else max(offset, 1),
            message=masked_code(message),
        )
