"""The functions, loops and calls of a source file in any language, as fixes ask about them."""

from __future__ import annotations

from tree_sitter import Node

from eventlens.fixes.source import SourceFile

FUNCTIONS = (
    "function_declaration",
    "function_expression",
    "arrow_function",
    "method_definition",
    "generator_function_declaration",
    "function_definition",
    "lambda",
    "func_literal",
    "method_declaration",
    "constructor_declaration",
    "local_function_statement",
    "lambda_expression",
    "anonymous_method_expression",
    "compact_constructor_declaration",
    "secondary_constructor",
    "anonymous_function",
    "lambda_literal",
    "getter",
    "setter",
    "anonymous_initializer",
)
LOOPS = (
    "for_statement",
    "for_in_statement",
    "enhanced_for_statement",
    "foreach_statement",
    "while_statement",
    "do_statement",
    "do_while_statement",
)
CALLS = (
    "call",
    "call_expression",
    "new_expression",
    "invocation_expression",
    "method_invocation",
    "object_creation_expression",
)
_SELECTIONS = ("selector_expression", "member_access_expression")


def function_around(file: SourceFile, node: Node) -> Node | None:
    """The innermost function around a node; None at a module's top level."""
    return file.enclosing(node, *FUNCTIONS)


def is_async(function: Node) -> bool:
    """Whether a function may wait."""
    return any(
        child.type == "async" or (child.type == "modifier" and child.text == b"async") for child in function.children
    )


def callback_of(file: SourceFile, function: Node) -> str:
    """The method that a function written as an argument is handed to (``forEach``); "" for other functions."""
    call = function.parent.parent if function.parent is not None and function.parent.type == "arguments" else None
    callee = call.child_by_field_name("function") if call is not None else None
    return file.text(callee).rpartition(".")[2] if callee is not None else ""


def call_at(file: SourceFile, start: int, end: int) -> Node | None:
    """The call that covers exactly these bytes."""
    node = file.tree.root_node.named_descendant_for_byte_range(start, end)
    while node is not None and (node.start_byte, node.end_byte) == (start, end):
        if node.type in CALLS:
            return node
        node = node.parent
    return None


def is_value_in(file: SourceFile, name: str) -> bool:
    """Whether a name stands in a file for a value (``consumer.Received += Handle``), or an interface of Go asks for it.

    Elsewhere what goes by it is called or declared.
    """
    for node in file.nodes("identifier", "field_identifier"):
        around = node.parent
        if around is None or file.text(node) != name:
            continue
        if around.type in _SELECTIONS:
            node, around = around, around.parent
        if around is None or (around.type in FUNCTIONS and around.child_by_field_name("name") == node):
            continue
        if around.type not in CALLS or around.child_by_field_name("function") != node:
            return True
    return False
