"""An acknowledgement before the work: moved behind it, or made where the library did it by itself."""

from __future__ import annotations

from collections.abc import Iterator

from tree_sitter import Node

from eventlens import ir
from eventlens.fixes.acknowledge_after import differs_again
from eventlens.fixes.blocks import leaves, moved_behind, put_after, statements_of
from eventlens.fixes.changes import Edit, Offer, edited
from eventlens.fixes.context import FixContext
from eventlens.fixes.functions import function_around
from eventlens.fixes.golang.code import gives_error, own_nodes, values_given
from eventlens.fixes.source import SourceFile, inside
from eventlens.flow.model import Finding
from eventlens.flow.site_node import SiteNode

_AUTO_ACK = {"Consume": 2, "ConsumeWithContext": 3}
"""Method of amqp091-go → where its argument ``autoAck`` stands (https://pkg.go.dev/github.com/rabbitmq/amqp091-go#Channel.Consume)."""


def offers(context: FixContext, finding: Finding) -> Iterator[Offer]:
    """By what acknowledges too early: a statement, or an option."""
    subject = context.subject(finding)
    if subject is None or subject.at is None or differs_again(context, subject.at):
        return
    if subject.frame is not None and isinstance(subject.node, ir.Call):
        file = context.file(subject.frame.module.path)
        edits = _moved(file, subject.node)
    else:
        file = context.file(subject.at.module.path)
        edits = _taken_back(file, subject.at)
    if edits:
        yield Offer("after", "Acknowledge after the work", lambda: edited({file.path: edits}), preferred=True)


# ----------------------------------------------------------------------------------------------------------- statements


def _moved(file: SourceFile, call: ir.Call) -> list[Edit]:
    """The acknowledging statement behind the others of its block, which may leave before with an error alone."""
    statement = file.statement_around(call.start, call.end)
    block, function = statement.parent, function_around(file, statement)
    if block is None or block.type != "statement_list" or function is None or not _is_acknowledgement(file, statement):
        return []
    behind = [one for one in statements_of(block) if one.start_byte > statement.start_byte]
    if not behind or any(not _leaves_with_error(file, function, one) for one in behind[:-1] if leaves(one)):
        return []
    last = behind[-1]
    if last.type != "return_statement":
        is_reached = not leaves(last) or _leaves_with_error(file, function, last)
        return moved_behind(file, statement, last) if is_reached else []
    before_last = behind[-2] if len(behind) > 1 else None
    if _gives_nothing(file, last):
        return moved_behind(file, statement, before_last) if before_last is not None else []
    return _before_the_end(file, function, statement, last)


def _is_acknowledgement(file: SourceFile, statement: Node) -> bool:
    """Whether a statement is the acknowledgement alone, its error dropped, or looked at in the same statement."""
    if statement.type == "expression_statement":
        return True
    if statement.type == "assignment_statement":
        left = statement.child_by_field_name("left")
        return left is not None and file.text(left) == "_"
    start = statement.child_by_field_name("initializer") if statement.type == "if_statement" else None
    return start is not None and start.type == "short_var_declaration"


def _leaves_with_error(file: SourceFile, function: Node, statement: Node) -> bool:
    """Whether a statement leaves the function, where it does, with an error: the message is not to be acknowledged then."""
    if not gives_error(file, function) or statement.type != "if_statement":
        return False
    given = list(own_nodes(statement, "return_statement"))
    jumps = list(own_nodes(statement, "continue_statement", "break_statement", "goto_statement"))
    return bool(given) and not jumps and not any(_gives_nothing(file, one) for one in given)


def _gives_nothing(file: SourceFile, statement: Node) -> bool:
    """Whether a ``return`` gives no error."""
    values = values_given(statement)
    return not values or file.text(values[-1]) == "nil"


def _before_the_end(file: SourceFile, function: Node, statement: Node, last: Node) -> list[Edit]:
    """``return work()`` → ``if err := work(); err != nil { return err }``, the acknowledgement, ``return nil``."""
    values = values_given(last)
    if len(values) != 1 or not gives_error(file, function) or values[0].type == "identifier":
        return []
    newline, indent, step = file.style.newline, file.indent_at(last.start_byte), file.style.indent
    lines = [
        f"if err := {file.text(values[0])}; err != nil {{",
        f"{step}return err",
        "}",
        file.text(statement),
        "return nil",
    ]
    start, end = file.line_start(statement.start_byte), file.line_after(statement.end_byte)
    if file.source[start:end].strip() != file.text(statement).encode():
        return []
    return [Edit(start, end, ""), Edit(last.start_byte, last.end_byte, f"{newline}{indent}".join(lines))]


# --------------------------------------------------------------------------------------------------------------- options


def _taken_back(file: SourceFile, site: SiteNode) -> list[Edit]:
    """amqp091-go's ``autoAck`` taken back: each delivery is acknowledged at the end of the loop's turn, and rejected where its work fails."""
    call, loop, frame = site.match.place.call, site.handler.loop, site.handler.loop_frame
    if site.match.library != "amqp091-go" or not isinstance(call, ir.Call) or loop is None or frame is not site.frame:
        return []
    position = _AUTO_ACK.get(call.callee.name if isinstance(call.callee, ir.Member) else "")
    option = call.args[position].value if position is not None and len(call.args) > position else None
    if not isinstance(option, ir.Literal) or option.value is not True or site.chain:
        return []
    node = file.node_at(loop.start, loop.end)
    body = node.child_by_field_name("body") if node.type == "for_statement" else None
    if body is None or not isinstance(loop.target, ir.Name) or not statements_of(body):
        return []
    if any(inside(body, "go_statement")):  # its end is not that of the work
        return []
    settled = _settled(file, body, loop.target.name)
    return [Edit(option.start, option.end, "false"), *settled] if settled is not None else []


def _settled(file: SourceFile, body: Node, delivery: str) -> list[Edit] | None:
    """The edits of a loop's body after which each way through it acknowledges or rejects; None where a way cannot be told."""
    edits: list[Edit] = []
    statements = statements_of(body)
    for one in statements:
        block = _failing_block(file, one)
        if block is not None and statements_of(block):
            edit = _rejecting(file, block, delivery)
            if edit is None:
                return None
            edits.append(edit)
        elif leaves(one):
            return None
    return [*edits, put_after(file, statements[-1], f"_ = {delivery}.Ack(false)")]


def _failing_block(file: SourceFile, statement: Node) -> Node | None:
    """What runs where an error is set: ``if err != nil { … }``."""
    condition = statement.child_by_field_name("condition") if statement.type == "if_statement" else None
    if condition is None or not file.text(condition).endswith("!= nil"):
        return None
    return (
        statement.child_by_field_name("consequence") if statement.child_by_field_name("alternative") is None else None
    )


def _rejecting(file: SourceFile, block: Node, delivery: str) -> Edit | None:
    """``_ = delivery.Reject(false)`` before the block goes on with the next message; None where it leaves otherwise."""
    *before, last = statements_of(block)
    reject, newline = f"_ = {delivery}.Reject(false)", file.style.newline
    if any(leaves(one) for one in before):
        return None
    if last.type == "continue_statement":
        return Edit(last.start_byte, last.start_byte, f"{reject}{newline}{file.indent_at(last.start_byte)}")
    if leaves(last):
        return None
    return put_after(file, last, f"{reject}{newline}{file.indent_at(last.start_byte)}continue")
