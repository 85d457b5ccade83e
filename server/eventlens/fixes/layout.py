"""Lists in brackets (arguments, fields) with something added: on one line where it fits, else one a line."""

from __future__ import annotations

from tree_sitter import Node

from eventlens.fixes.changes import Edit
from eventlens.fixes.source import SourceFile

_WIDTHS = (88, 100, 120)


def with_added(file: SourceFile, brackets: Node, added: list[str], replaced: dict[int, str] | None = None) -> Edit:
    """``added`` behind what stands in brackets; ``replaced`` are texts by the start byte of a part that they stand in place of.

    A list that is written over several lines, or would be too long for one, gets one part a line.
    """
    parts = [part for part in brackets.named_children if part.type != "comment"]
    if len(parts) != len(brackets.named_children):  # a comment would lose its place
        at = parts[-1].end_byte
        return Edit(at, at, "".join(f", {text}" for text in added))
    texts = [(replaced or {}).get(part.start_byte, file.text(part)) for part in parts] + added
    opening, closing = file.text(brackets)[0], file.text(brackets)[-1]
    space = " " if opening == "{" and file.language != "python" else ""
    flat = f"{opening}{space}{', '.join(texts)}{space}{closing}"
    if "\n" in file.text(brackets) or not _fits(file, brackets, flat):
        newline, indent = file.style.newline, file.indent_at(brackets.start_byte)
        lines = "".join(f"{newline}{indent}{file.style.indent}{text}," for text in texts)
        flat = f"{opening}{lines}{newline}{indent}{closing}"
    return Edit(brackets.start_byte, brackets.end_byte, flat)


def _fits(file: SourceFile, brackets: Node, flat: str) -> bool:
    start, end = file.line_start(brackets.start_byte), file.line_after(brackets.end_byte)
    around = file.source[start : brackets.start_byte] + file.source[brackets.end_byte : end].rstrip()
    return len(around.decode("utf-8", "replace")) + len(flat) <= width_of(file)


def width_of(file: SourceFile) -> int:
    """The least usual width into which the file's lines fit."""
    longest = max((len(line.rstrip()) for line in file.source.decode("utf-8", "replace").split("\n")), default=0)
    return next((one for one in _WIDTHS if longest <= one), _WIDTHS[-1])
