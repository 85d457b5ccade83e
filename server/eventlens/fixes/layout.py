"""Lists in brackets (arguments, fields) with something added: on one line where it fits, else one a line."""

from __future__ import annotations

from tree_sitter import Node

from eventlens.fixes.changes import Edit
from eventlens.fixes.source import SourceFile

_WIDTHS = (88, 100, 120)
_NAMED = ("pair", "keyword_argument")
_BRACKETS = ("object", "dictionary", "arguments", "argument_list")


def with_added(file: SourceFile, brackets: Node, added: list[str]) -> Edit:
    """``added`` behind what stands in brackets. A list that is written over several lines, or would be too long for one, gets one
    part a line, and so does the list around it of which it is a named part.
    """
    if any(part.type == "comment" for part in brackets.named_children):
        at = brackets.named_children[-1].end_byte
        return Edit(at, at, "".join(f", {text}" for text in added))  # a comment would lose its place
    indent = file.indent_at(brackets.start_byte)
    texts = [*(file.text(part) for part in brackets.named_children), *added]
    flat = _flat(file, brackets, texts)
    around = _around(brackets)
    if _is_short(file, brackets, flat):
        return Edit(brackets.start_byte, brackets.end_byte, flat)
    if around is None or "\n" in file.text(around):
        return Edit(brackets.start_byte, brackets.end_byte, _exploded(file, brackets, texts, indent))
    named = brackets.parent
    assert named is not None
    parts = []
    for part in around.named_children:
        lead = file.source[part.start_byte : brackets.start_byte].decode("utf-8", "replace")
        if part != named:
            parts.append(file.text(part))
        elif len(indent + file.style.indent + lead + flat) < width_of(file):
            parts.append(lead + flat)
        else:
            parts.append(lead + _exploded(file, brackets, texts, indent + file.style.indent))
    return Edit(around.start_byte, around.end_byte, _exploded(file, around, parts, indent))


def width_of(file: SourceFile) -> int:
    """The least usual width into which the file's lines fit."""
    longest = max((len(line.rstrip()) for line in file.source.decode("utf-8", "replace").split("\n")), default=0)
    return next((one for one in _WIDTHS if longest <= one), _WIDTHS[-1])


def _around(brackets: Node) -> Node | None:
    """The list of which another is a named part (``{ Attributes: {…} }``, ``call(arguments={…})``)."""
    named = brackets.parent
    around = named.parent if named is not None and named.type in _NAMED else None
    is_plain = around is not None and around.type in _BRACKETS and all(one.type != "comment" for one in around.children)
    return around if is_plain else None


def _flat(file: SourceFile, brackets: Node, texts: list[str]) -> str:
    opening, closing = file.text(brackets)[0], file.text(brackets)[-1]
    space = " " if opening == "{" and file.language != "python" else ""
    return f"{opening}{space}{', '.join(texts)}{space}{closing}"


def _exploded(file: SourceFile, brackets: Node, texts: list[str], indent: str) -> str:
    opening, closing, newline = file.text(brackets)[0], file.text(brackets)[-1], file.style.newline
    lines = "".join(f"{newline}{indent}{file.style.indent}{text}," for text in texts)
    return f"{opening}{lines}{newline}{indent}{closing}"


def _is_short(file: SourceFile, brackets: Node, flat: str) -> bool:
    if "\n" in file.text(brackets):
        return False
    start, end = file.line_start(brackets.start_byte), file.line_after(brackets.end_byte)
    around = file.source[start : brackets.start_byte] + file.source[brackets.end_byte : end].rstrip()
    return len(around.decode("utf-8", "replace")) + len(flat) <= width_of(file)
