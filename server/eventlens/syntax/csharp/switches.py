"""``else if`` runs and switches as nested `Branch`es and `Choice`s."""

from __future__ import annotations

from tree_sitter import Node

from eventlens import ir
from eventlens.syntax.case_ladders import NESTED_ARMS, Arm, breaks, either, is_repeatable, kept, ladder, stored
from eventlens.syntax.csharp.creations import typed_value
from eventlens.syntax.csharp.patterns import condition
from eventlens.syntax.csharp.reader import SKIPPED, VALUES, Reader, inner, lowers_statement, lowers_value, value
from eventlens.syntax.csharp.statement_lists import statements
from eventlens.syntax.reader import part

# ------------------------------------------------------------------------------------------------------ statements


@lowers_statement("switch_statement")
def switch_statement(reader: Reader, node: Node, lowered: list[ir.Statement]) -> None:
    start, end = node.start_byte, node.end_byte
    subject = kept(value(reader, part(node, "value")), start, lowered)
    arms: list[Arm] = []
    orelse: tuple[ir.Statement, ...] = ()
    waiting: list[ir.Value] = []
    falls_to_default = False
    leaves_early = False
    sections = [child for child in part(node, "body").named_children if child.type in ("switch_section", "ERROR")]
    for section in sections:
        tested = _section_condition(reader, section, subject)
        written = _section_body(reader, section)
        falls_to_default = falls_to_default or tested is None
        if tested is not None:
            waiting.append(tested)
        if not written:
            continue
        body = _without_break(written)
        leaves_early = leaves_early or breaks(body)
        if falls_to_default:
            orelse = body
        else:
            arms.append((section.start_byte, either(waiting), body))
        waiting, falls_to_default = [], False
    written_out: tuple[ir.Statement, ...] = (ladder(arms, orelse, end),) if arms else orelse
    if not arms or leaves_early:
        lowered.append(ir.Block(start, end, written_out, "switch"))
    else:
        lowered.extend(written_out)


def _section_condition(reader: Reader, node: Node, subject: ir.Value) -> ir.Value | None:
    """The condition of one ``case … when …:``; None for the default."""
    children = node.children
    if len(children) < 2 or children[0].type != "case":
        return None
    tested = condition(reader, children[1], subject)
    return _guarded(reader, node, tested)


def _guarded(reader: Reader, node: Node, tested: ir.Value) -> ir.Value:
    guard = next((child for child in node.named_children if child.type == "when_clause"), None)
    if guard is None:
        return tested
    content = inner(reader, guard)
    if isinstance(tested, ir.Literal):
        return content
    return ir.Operation(tested.start, guard.end_byte, "and", (tested, content))


def _section_body(reader: Reader, node: Node) -> tuple[ir.Statement, ...]:
    if node.type == "ERROR":
        return statements(reader, [node])
    words = [child.type for child in node.children]
    after = words.index(":") + 1 if ":" in words else len(words)
    return statements(reader, [child for child in node.children[after:] if child.is_named])


def _without_break(body: tuple[ir.Statement, ...]) -> tuple[ir.Statement, ...]:
    """The body without the ``break`` at its end, be it in a block."""
    if body and isinstance(body[-1], ir.Jump) and body[-1].kind == "break":
        return body[:-1]
    if len(body) == 1 and isinstance(body[0], ir.Block) and not body[0].label:
        return _without_break(body[0].body)
    return body


# ---------------------------------------------------------------------------------------------------------- values


def _arms(reader: Reader, node: Node, subject: ir.Value) -> list[tuple[int, ir.Value | None, Node]]:
    """(start, condition, value's node) of each arm; the condition of the one that takes everything is None."""
    found: list[tuple[int, ir.Value | None, Node]] = []
    for child in node.named_children:
        written = [each for each in child.named_children if each.type not in SKIPPED]
        if child.type != "switch_expression_arm" or len(written) < 2:
            continue
        tested: ir.Value | None = _guarded(reader, child, condition(reader, written[0], subject))
        if written[0].type == "discard" and isinstance(tested, ir.Literal):
            tested = None
        found.append((child.start_byte, tested, written[-1]))
    return found


@lowers_value("switch_expression")
def switch_value(reader: Reader, node: Node) -> ir.Value:
    """Nested choices of two; beyond what may nest, one choice of all."""
    start, end = node.start_byte, node.end_byte
    subject = inner(reader, node)
    head: ir.AssignValue | None = None
    if not is_repeatable(subject):
        name = stored(subject, start)
        head = ir.AssignValue(subject.start, subject.end, name, subject)
        subject = name
    arms = [(at, tested, value(reader, written)) for at, tested, written in _arms(reader, node, subject)]
    rest = [content for _, _, content in arms[NESTED_ARMS:]]
    lowered: ir.Value | None = ir.Choice(start, end, tuple(rest)) if rest else None
    for at, tested, content in reversed(arms[:NESTED_ARMS]):
        if lowered is None or tested is None:
            lowered = content
        else:
            lowered = ir.Choice(at, end, (content, lowered), tested)
    if lowered is None:
        return subject if head is None else head
    return ir.Operation(start, end, ",", (head, lowered)) if head is not None else lowered


def returned(reader: Reader, node: Node, typed: ir.TypeRef | None = None) -> tuple[ir.Statement, ...]:
    """The statements that return a value: a ``switch`` returns in each arm, what is thrown is thrown."""
    start, end = node.start_byte, node.end_byte
    while node.type == "parenthesized_expression" and node.named_children:
        node = node.named_children[0]
    if node.type == "throw_expression":
        return (ir.Throw(start, end, inner(reader, node)),)
    if node.type != "switch_expression":
        return (ir.Return(start, end, typed_value(reader, node, typed)),)
    lowered: list[ir.Statement] = []
    subject = kept(inner(reader, node), start, lowered)
    arms: list[Arm] = []
    orelse: tuple[ir.Statement, ...] = ()
    for at, tested, written in _arms(reader, node, subject):
        body = returned(reader, written, typed)
        if tested is None:
            orelse = body
        else:
            arms.append((at, tested, body))
    lowered.extend((ladder(arms, orelse, end),) if arms else orelse)
    return tuple(lowered)


def operand(node: Node) -> Node | None:
    """The value's node of a ``return``, ``throw`` or ``yield``."""
    return next((child for child in node.children if child.type in VALUES and child.type not in SKIPPED), None)
