"""``if``, ``when``, ``try`` and ``?:``: values where they are simple, statements that end in a value's going somewhere where not."""

from __future__ import annotations

from tree_sitter import Node

from eventlens import ir
from eventlens.syntax.case_ladders import Arm, is_repeatable, kept, ladder
from eventlens.syntax.kotlin.functions import immediate, variable
from eventlens.syntax.kotlin.operators import operation, type_test
from eventlens.syntax.kotlin.reader import (
    DROP,
    SETTLERS,
    STATEMENTS,
    Reader,
    Sink,
    after,
    contents,
    first,
    lowers_value,
    settle,
    settles,
    value,
)
from eventlens.syntax.kotlin.statement_lists import block
from eventlens.syntax.kotlin.type_refs import TYPES, type_name

_SIMPLE_LEVELS = 12
"""How many conditions within conditions may still count as one simple value."""


def _is_simple(node: Node | None, level: int = 0) -> bool:
    """Whether an arm is one value that needs no statements."""
    if node is None or level > _SIMPLE_LEVELS:
        return False
    kind = node.type
    if kind in ("block", "parenthesized_expression"):
        inner = contents(node)
        return len(inner) == 1 and not node.has_error and _is_simple(inner[0], level + 1)
    if kind == "if_expression":
        return _is_simple_if(node, level + 1)
    if kind == "when_expression":
        return not _binds(node) and _is_simple_when(_entries(node), level + 1)
    if kind == "binary_expression":
        return node.children[1].type != "?:" or not _leaves(node.children[-1])
    if kind == "identifier":
        return not _leaves(node)
    return kind not in SETTLERS and kind not in STATEMENTS


def _entries(node: Node) -> list[Node]:
    return [child for child in node.named_children if child.type == "when_entry"]


def _only(node: Node) -> Node:
    """The value of a simple arm."""
    return contents(node)[0] if node.type == "block" else node


# -------------------------------------------------------------------------------------------------------------- if


def _arms_of_if(node: Node) -> tuple[Node | None, Node | None]:
    """What stands after the condition and what after ``else``."""
    then: Node | None = None
    orelse: Node | None = None
    stage = 0
    for child in node.children:
        if child.type == ")" and stage == 0:
            stage = 1
        elif child.type == "else":
            stage = 2
        elif child.is_named and child.type not in ("line_comment", "block_comment", "ERROR"):
            if stage == 1 and then is None:
                then = child
            elif stage == 2 and orelse is None:
                orelse = child
    return then, orelse


def _condition(reader: Reader, node: Node) -> ir.Value:
    written = node.child_by_field_name("condition")
    return value(reader, written) if written is not None else ir.Unknown(node.start_byte, node.end_byte, node.type)


@settles("if_expression")
def if_statement(reader: Reader, node: Node, lowered: list[ir.Statement], sink: Sink) -> None:
    """The whole run of ``else if`` at once."""
    if sink is not DROP and _is_simple_if(node):
        lowered.append(sink.make(value(reader, node)))
        return
    arms: list[Arm] = []
    current: Node | None = node
    orelse: tuple[ir.Statement, ...] = ()
    while current is not None:
        then, following = _arms_of_if(current)
        arms.append((current.start_byte, _condition(reader, current), block(reader, then, sink)))
        current = following if following is not None and following.type == "if_expression" else None
        if following is not None and current is None:
            orelse = block(reader, following, sink)
    lowered.append(ladder(arms, orelse, node.end_byte))


def _is_simple_if(node: Node, level: int = 0) -> bool:
    then, orelse = _arms_of_if(node)
    return _is_simple(then, level) and _is_simple(orelse, level)


@lowers_value("if_expression")
def if_value(reader: Reader, node: Node) -> ir.Value:
    then, orelse = _arms_of_if(node)
    if then is None or orelse is None or not _is_simple_if(node):
        return immediate(reader, node)
    condition = _condition(reader, node)
    options = (value(reader, _only(then)), value(reader, _only(orelse)))
    return ir.Choice(node.start_byte, node.end_byte, options, condition)


# ------------------------------------------------------------------------------------------------------------ when


@settles("when_expression")
def when_statement(reader: Reader, node: Node, lowered: list[ir.Statement], sink: Sink) -> None:
    entries = _entries(node)
    if sink.kind == "store" and _is_simple_when(entries) and not _binds(node):
        lowered.append(sink.make(value(reader, node)))
        return
    subject = _subject(reader, node, lowered)
    arms: list[Arm] = []
    orelse: tuple[ir.Statement, ...] = ()
    for entry in entries:
        condition = _entry_condition(reader, entry, subject)
        body = block(reader, after(entry, "->"), sink)
        if condition is None:
            orelse = body
        else:
            arms.append((entry.start_byte, condition, body))
    if arms:
        lowered.append(ladder(arms, orelse, node.end_byte))
    else:
        lowered.extend(orelse)


def _binds(node: Node) -> bool:
    subject = first(node, "when_subject")
    return subject is not None and first(subject, "variable_declaration") is not None


def _is_simple_when(entries: list[Node], level: int = 0) -> bool:
    return bool(entries) and all(_is_simple(after(entry, "->"), level) for entry in entries)


def _subject(reader: Reader, node: Node, lowered: list[ir.Statement]) -> ir.Value | None:
    """What the entries are compared with; a subject that may not be read twice is stored first."""
    written = first(node, "when_subject")
    inner = contents(written) if written is not None else []
    if not inner:
        return None
    content = value(reader, inner[-1])
    bound = inner[0] if inner[0].type == "variable_declaration" else None
    if bound is not None and len(inner) > 1:
        named = first(bound, "identifier") or bound
        name, annotation = variable(reader, bound)
        target = ir.Name(named.start_byte, named.end_byte, name)
        lowered.append(ir.Assign(bound.start_byte, content.end, target, content, "", True, True, annotation))
        return target
    return kept(content, node.start_byte, lowered)


def _entry_condition(reader: Reader, entry: Node, subject: ir.Value | None) -> ir.Value | None:
    """The condition of one entry; None for ``else``."""
    if first(entry, "else") is not None:
        return None
    tests = [_test(reader, each, subject) for each in entry.children_by_field_name("condition")]
    if not tests:
        return ir.Unknown(entry.start_byte, entry.end_byte, entry.type)
    return tests[0] if len(tests) == 1 else ir.Operation(tests[0].start, tests[-1].end, "or", tuple(tests))


def _test(reader: Reader, node: Node, subject: ir.Value | None) -> ir.Value:
    start, end = node.start_byte, node.end_byte
    if node.type == "type_test" and subject is not None:
        return type_test(reader, node, start, subject)
    if node.type == "range_test" and subject is not None:
        operator = "not in" if node.children[0].type == "!in" else "in"
        return ir.Operation(start, end, operator, (subject, value(reader, node.children[-1])))
    content = value(reader, node)
    return content if subject is None else ir.Operation(start, end, "==", (subject, content))


@lowers_value("when_expression")
def when_value(reader: Reader, node: Node) -> ir.Value:
    entries = _entries(node)
    if not _is_simple_when(entries) or _binds(node):
        return immediate(reader, node)
    stored: list[ir.Statement] = []
    subject = _subject(reader, node, stored)
    if stored:
        return immediate(reader, node) if len(entries) == 2 else _options(reader, node, entries, None)
    condition = _entry_condition(reader, entries[0], subject) if len(entries) == 2 else None
    return _options(reader, node, entries, condition)


def _options(reader: Reader, node: Node, entries: list[Node], condition: ir.Value | None) -> ir.Choice:
    bodies = (after(entry, "->") for entry in entries)
    options = tuple(value(reader, _only(body)) for body in bodies if body is not None)
    return ir.Choice(node.start_byte, node.end_byte, options, condition)


# ------------------------------------------------------------------------------------------------------------- try


@settles("try_expression")
def try_statement(reader: Reader, node: Node, lowered: list[ir.Statement], sink: Sink) -> None:
    body = block(reader, first(node, "block"), sink)
    catches: list[ir.Catch] = []
    final: tuple[ir.Statement, ...] = ()
    for child in node.named_children:
        if child.type == "catch_block":
            catches.append(_catch(reader, child, sink))
        elif child.type == "finally_block":
            final = block(reader, first(child, "block"))
    lowered.append(ir.Try(node.start_byte, node.end_byte, body, tuple(catches), (), final))


def _catch(reader: Reader, node: Node, sink: Sink) -> ir.Catch:
    named = first(node, "identifier")
    written = first(node, *TYPES)
    name = reader.named(named) if named is not None else ""
    reader.declare(name)
    types = (type_name(reader, written),) if written is not None and type_name(reader, written) else ()
    return ir.Catch(node.start_byte, node.end_byte, types, name, block(reader, first(node, "block"), sink))


@lowers_value("try_expression")
def try_value(reader: Reader, node: Node) -> ir.Value:
    return immediate(reader, node)


# ----------------------------------------------------------------------------------------------------------- elvis


_LEAVING = frozenset({"throw_expression", "return_expression"})


def _leaves(node: Node) -> bool:
    """Whether an expression never gives a value: it throws, returns or jumps."""
    if node.type == "identifier":
        return node.text in (b"break", b"continue")
    if node.type == "labeled_expression":
        return node.children[0].text in (b"break@", b"continue@")
    return node.type in _LEAVING


@settles("binary_expression")
def fallback(reader: Reader, node: Node, lowered: list[ir.Statement], sink: Sink) -> None:
    """``value ?: throw …`` and ``value ?: return``: the value is stored, and where it is null control leaves."""
    children = node.children
    if children[1].type != "?:" or not _leaves(children[-1]):
        lowered.append(sink.make(operation(reader, node)))
        return
    left = value(reader, children[0])
    stored = left
    if sink.kind == "store" and isinstance(sink.target, ir.Name):
        lowered.append(sink.make(left))
        stored = sink.target
    elif not is_repeatable(left):
        stored = ir.Name(left.start, left.end, f"<elvis@{node.start_byte}>")
        lowered.append(ir.Assign(left.start, left.end, stored, left, "", True, True))
    start, end = node.start_byte, node.end_byte
    missing = ir.Operation(start, end, "==", (stored, ir.Literal(left.end, left.end, None)))
    leaving: list[ir.Statement] = []
    settle(reader, children[-1], leaving, DROP)
    lowered.append(ir.Branch(start, end, missing, tuple(leaving)))
    if stored is not sink.target and sink is not DROP:
        lowered.append(sink.make(stored))


@lowers_value("throw_expression")
def throw_value(reader: Reader, node: Node) -> ir.Value:
    return immediate(reader, node)


@lowers_value("return_expression")
def return_value(reader: Reader, node: Node) -> ir.Unknown:
    """A return amid an expression: what it gives is kept, that it leaves is not."""
    parts = tuple(value(reader, each) for each in contents(node) if each != node.child_by_field_name("label"))
    return ir.Unknown(node.start_byte, node.end_byte, node.type, parts)
