"""How Java and Kotlin are read and written: functions, their parameters and statements, calls and objects that are made."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tree_sitter import Node

from eventlens.fixes.changes import Edit
from eventlens.fixes.functions import FUNCTIONS, LOOPS
from eventlens.fixes.source import COMMENTS, SourceFile, inside

NAMED_FUNCTIONS = ("method_declaration", "function_declaration")
CLASSES = (
    "class_declaration",
    "record_declaration",
    "enum_declaration",
    "interface_declaration",
    "object_declaration",
    "companion_object",
)
_BLOCKS = frozenset(
    ("block", "constructor_body", "lambda_literal", "switch_block_statement_group", "control_structure_body")
)


def end_of(file: SourceFile) -> str:
    """What ends a statement."""
    return ";" if file.language == "java" else ""


def made(file: SourceFile, name: str, arguments: str) -> str:
    """A new object of a class."""
    return f"new {name}({arguments})" if file.language == "java" else f"{name}({arguments})"


def declared(file: SourceFile, name: str, kind: str) -> str:
    """A parameter; ``kind`` is its type as it is written in Java, type arguments that are not known with it."""
    return f"{kind} {name}" if file.language == "java" else f"{name}: {kind.replace('?', '*')}"


# ---------------------------------------------------------------------------------------------------------- statements


def statement_around(file: SourceFile, start: int, end: int) -> Node | None:
    """The innermost statement of a block that covers these bytes; None outside of all blocks."""
    node: Node | None = file.tree.root_node.named_descendant_for_byte_range(start, end)
    while node is not None and not (node.parent is not None and node.parent.type in _BLOCKS):
        node = node.parent
    return node


def value_of(statement: Node) -> Node:
    """The value that a statement is, where it is one and nothing else."""
    return statement.named_children[0] if statement.type == "expression_statement" else statement


def callee_of(file: SourceFile, call: Node) -> tuple[Node | None, str]:
    """Of which object a call is, if it says so, and its name."""
    if call.type == "method_invocation":
        name = call.child_by_field_name("name")
        return call.child_by_field_name("object"), file.text(name) if name is not None else ""
    first = call.named_children[0] if call.named_children else None
    if first is not None and first.type == "navigation_expression":
        return first.named_children[0], file.text(first.named_children[-1])
    return None, file.text(first) if first is not None else ""


def arguments_of(call: Node) -> list[Node]:
    """The arguments of a call, a lambda behind the brackets left out."""
    found = next((one for one in call.named_children if one.type in ("argument_list", "value_arguments")), None)
    return [one for one in found.named_children if one.type not in COMMENTS] if found is not None else []


def leaves(node: Node, in_loop: bool = False) -> bool:
    """Whether something in ``node`` leaves the function, or goes on with the loop around ``node``, before its end."""
    return any(_leaving(node, in_loop))


def _leaving(node: Node, in_loop: bool) -> Iterator[bool]:
    if node.type in FUNCTIONS or node.type in CLASSES:
        return
    text = node.text or b""
    jumps = node.type in ("break_statement", "continue_statement") or text in (b"continue", b"break")
    jumps = jumps or text.startswith((b"continue@", b"break@"))
    leaving = node.type in (
        "return_statement",
        "return_expression",
        "throw_statement",
        "throw_expression",
        "yield_statement",
    )
    yield leaving or (jumps and not in_loop)
    for child in node.named_children:
        yield from _leaving(child, in_loop or node.type in LOOPS)


def put_before(file: SourceFile, statement: Node, text: str) -> Edit:
    """``text``, one statement without its end, on a line before a statement."""
    at = statement.start_byte
    return Edit(at, at, f"{text}{end_of(file)}{file.style.newline}{file.indent_at(at)}")


# ----------------------------------------------------------------------------------------------------------- functions


def name_of(file: SourceFile, node: Node) -> str:
    """The name of a function or class; "" where it has none."""
    name = node.child_by_field_name("name")
    return file.text(name) if name is not None else ""


def body_of(function: Node) -> Node | None:
    """The block of a function; None where it has none, or its body is an expression."""
    body = function.child_by_field_name("body")
    if body is None:
        holder = next((one for one in function.named_children if one.type == "function_body"), None)
        body = next((one for one in holder.named_children if one.type == "block"), None) if holder is not None else None
    return body if body is not None and body.type in ("block", "constructor_body") else None


def declares_every_failure(file: SourceFile, function: Node) -> bool:
    """Whether a method of Java declares that it throws any exception."""
    if function.type not in ("method_declaration", "constructor_declaration"):
        return False
    thrown = next((one for one in function.named_children if one.type == "throws"), None)
    return thrown is not None and re.search(r"\b(?:Exception|Throwable)\b", file.text(thrown)) is not None


def has_annotation(file: SourceFile, node: Node, name: str) -> bool:
    """Whether a declaration has an annotation of that name."""
    return re.search(rf"@{name}\b", modifiers_of(file, node)) is not None


def modifiers_of(file: SourceFile, node: Node) -> str:
    """The modifiers and annotations of a declaration, as they are written; "" where it has none."""
    modifiers = next((one for one in node.named_children if one.type == "modifiers"), None)
    return file.text(modifiers) if modifiers is not None else ""


def with_parameter(file: SourceFile, function: Node, parameter: str) -> Edit | None:
    """A parameter behind the others of a function; None where the list is not in sight."""
    brackets = next(
        (one for one in function.named_children if one.type in ("formal_parameters", "function_value_parameters")), None
    )
    if brackets is None:
        return None
    known = [one for one in brackets.named_children if one.type not in COMMENTS]
    if not known:
        at = brackets.start_byte + 1
        return Edit(at, at, parameter)
    at, last = known[-1].end_byte, known[-1]
    own_line = not file.source[file.line_start(last.start_byte) : last.start_byte].strip()
    gap = f",{file.style.newline}{file.indent_at(last.start_byte)}" if own_line else ", "
    return Edit(at, at, f"{gap}{parameter}")


def identifiers(file: SourceFile, node: Node) -> set[str]:
    """The names that stand in a node."""
    return {file.text(one) for one in inside(node, "identifier", "type_identifier")}
