"""Statements: declarations of local names, assignments, loops, jumps."""

from __future__ import annotations

from tree_sitter import Node

from eventlens import ir
from eventlens.syntax.kotlin.functions import pattern, variable
from eventlens.syntax.kotlin.reader import (
    GIVE,
    STATEMENTS,
    Reader,
    Sink,
    after,
    contents,
    first,
    lowers_statement,
    lowers_value,
    settle,
    settles,
    value,
)
from eventlens.syntax.kotlin.statement_lists import block, statement


@lowers_statement("assignment")
def assignment(reader: Reader, node: Node, lowered: list[ir.Statement]) -> None:
    start, end = node.start_byte, node.end_byte
    left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
    if left is None or right is None:
        return
    operator = first(node, "=", "+=", "-=", "*=", "/=", "%=")
    target = value(reader, left)
    if operator is not None and operator.type != "=":
        lowered.append(ir.Assign(start, end, target, value(reader, right), operator.type[:-1]))
        return
    settle(reader, right, lowered, Sink("store", lambda content: ir.Assign(start, end, target, content), target))


@lowers_statement("for_statement")
def for_each(reader: Reader, node: Node, lowered: list[ir.Statement]) -> None:
    source = after(node, "in")
    content = value(reader, source) if source is not None else None
    target: ir.Value | None = None
    bound = first(node, "variable_declaration", "multi_variable_declaration")
    if bound is not None:
        target = bound_target(reader, bound)
    body = block(reader, after(node, ")"))
    lowered.append(ir.Loop(node.start_byte, node.end_byte, "each", body, target, content))


def bound_target(reader: Reader, node: Node) -> ir.Value:
    """The name or names that a declaration binds."""
    if node.type == "multi_variable_declaration":
        return pattern(reader, node)
    named = first(node, "identifier") or node
    name, _ = variable(reader, node)
    return ir.Name(named.start_byte, named.end_byte, name)


@lowers_statement("while_statement", "do_while_statement")
def conditional_loop(reader: Reader, node: Node, lowered: list[ir.Statement]) -> None:
    test = node.child_by_field_name("condition")
    condition = value(reader, test) if test is not None else None
    if node.type == "while_statement":
        kind, body = "while", block(reader, after(node, ")"))
    else:
        kind, body = "do", block(reader, after(node, "do"))
    lowered.append(ir.Loop(node.start_byte, node.end_byte, kind, body, None, condition))


@lowers_statement("file_annotation", "shebang")
def about_the_file(reader: Reader, node: Node, lowered: list[ir.Statement]) -> None:
    """Says how the file is compiled or started, not what it does."""


@lowers_statement("block")
def bare_block(reader: Reader, node: Node, lowered: list[ir.Statement]) -> None:
    lowered.append(ir.Block(node.start_byte, node.end_byte, block(reader, node)))


# ----------------------------------------------------------------------------------------------------------- jumps


@settles("return_expression")
def returned(reader: Reader, node: Node, lowered: list[ir.Statement], sink: Sink) -> None:
    label = node.child_by_field_name("label")
    inner = [child for child in contents(node) if child != label]
    if inner:
        settle(reader, inner[0], lowered, GIVE)
    else:
        lowered.append(ir.Return(node.start_byte, node.end_byte))


@settles("throw_expression")
def thrown(reader: Reader, node: Node, lowered: list[ir.Statement], sink: Sink) -> None:
    inner = contents(node)
    content = value(reader, inner[0]) if inner else None
    lowered.append(ir.Throw(node.start_byte, node.end_byte, content))


_JUMPS = frozenset({"break", "continue"})


@settles("identifier")
def name_or_jump(reader: Reader, node: Node, lowered: list[ir.Statement], sink: Sink) -> None:
    """``break`` and ``continue`` are names to the grammar."""
    text = reader.of(node)
    if text in _JUMPS:
        lowered.append(ir.Jump(node.start_byte, node.end_byte, text))
    else:
        lowered.append(sink.make(value(reader, node)))


@settles("labeled_expression")
def labelled(reader: Reader, node: Node, lowered: list[ir.Statement], sink: Sink) -> None:
    label = reader.of(node.children[0]).removesuffix("@")
    if label in _JUMPS:
        lowered.append(ir.Jump(node.start_byte, node.end_byte, label))
        return
    for child in contents(node)[1:]:
        if child.type in STATEMENTS:
            statement(reader, child, lowered)
        else:
            settle(reader, child, lowered, sink)


@lowers_value("labeled_expression", "annotated_expression")
def marked_value(reader: Reader, node: Node) -> ir.Value:
    inner = contents(node)
    return value(reader, inner[-1]) if inner else ir.Unknown(node.start_byte, node.end_byte, node.type)


@settles("annotated_expression")
def annotated(reader: Reader, node: Node, lowered: list[ir.Statement], sink: Sink) -> None:
    inner = contents(node)
    if inner and inner[-1].type != "annotation":
        statement(reader, inner[-1], lowered, sink)


@settles("parenthesized_expression")
def parenthesized(reader: Reader, node: Node, lowered: list[ir.Statement], sink: Sink) -> None:
    inner = contents(node)
    if inner:
        settle(reader, inner[0], lowered, sink)
