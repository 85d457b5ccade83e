"""Statements of a block: moved, removed, added at its end."""

from __future__ import annotations

from collections.abc import Iterator

from tree_sitter import Node

from eventlens.fixes.changes import Edit
from eventlens.fixes.functions import FUNCTIONS, LOOPS
from eventlens.fixes.source import COMMENTS, SourceFile

_NO_STATEMENTS = COMMENTS | {"lambda_parameters", "switch_label"}
_JUMPS = ("continue_statement", "break_statement")


def body_of(function: Node) -> Node | None:
    """The block of a function or loop; None where its body is an expression."""
    body = function.child_by_field_name("body")
    return body if body is not None and body.type in ("statement_block", "block") else None


def statements_of(block: Node) -> list[Node]:
    """The statements of a block, or of a lambda of Kotlin, comments left out."""
    inner = block.named_children
    # The grammar of Go has a list of statements in a block.
    listed = next((child for child in inner if child.type == "statement_list"), None)
    children = listed.named_children if listed is not None else inner
    return [child for child in children if child.type not in _NO_STATEMENTS]


def leaves(node: Node, in_loop: bool = False) -> bool:
    """Whether something in ``node`` leaves the function, or goes on with the loop around ``node``, before its end."""
    return any(_leaving(node, in_loop))


def _leaving(node: Node, in_loop: bool) -> Iterator[bool]:
    if node.type in FUNCTIONS:
        return
    yield node.type == "return_statement" or (node.type in _JUMPS and not in_loop)
    for child in node.named_children:
        yield from _leaving(child, in_loop or node.type in LOOPS)


def appended(file: SourceFile, block: Node, text: str) -> Edit:
    """``text``, one statement without its end, behind the last statement of a block."""
    return put_after(file, statements_of(block)[-1], text)


def put_after(file: SourceFile, statement: Node, text: str) -> Edit:
    """``text``, one statement without its end, on the line behind a statement; on its line where others stand before it there."""
    end = ";" if file.style.semicolons and not text.endswith("}") else ""
    if file.source[file.line_start(statement.start_byte) : statement.start_byte].strip():
        gap = " " if file.text(statement).endswith(";") else "; "
        return Edit(statement.end_byte, statement.end_byte, f"{gap}{text}{end}")
    at = _behind_comment(file, statement)
    return Edit(at, at, f"{file.style.newline}{file.indent_at(statement.start_byte)}{text}{end}")


def _behind_comment(file: SourceFile, statement: Node) -> int:
    """The byte behind a statement and the comment that ends its line."""
    end = statement.end_byte
    rest = file.source[end : file.line_after(end)].rstrip()
    return end + len(rest) if rest.lstrip().startswith((b"//", b"#")) else end


def moved_behind(file: SourceFile, statement: Node, last: Node) -> list[Edit]:
    """A statement, with a comment at the end of its line, taken from its line to the one behind ``last``."""
    start, end = file.line_start(statement.start_byte), file.line_after(statement.end_byte)
    before, behind = file.source[start : statement.start_byte], file.source[statement.end_byte : end].rstrip(b"\r\n")
    text = file.text(statement)
    if before.strip() or not (behind.strip().startswith((b"//", b"#")) or not behind.strip()):
        return [Edit(statement.start_byte, statement.end_byte, ""), put_after(file, last, text.removesuffix(";"))]
    behind_last = _behind_comment(file, last)
    line = file.style.newline + file.indent_at(last.start_byte) + text + behind.decode("utf-8", "replace")
    if file.source[:start].rstrip().endswith(b"{") and not file.source[end : file.line_after(end)].strip():
        end = file.line_after(end)  # no block begins with an empty line
    return [Edit(start, end, ""), Edit(behind_last, behind_last, line)]
