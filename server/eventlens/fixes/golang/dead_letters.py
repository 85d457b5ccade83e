"""amqp091-go: a queue declared with a dead-letter queue, and deliveries rejected without being requeued

(https://pkg.go.dev/github.com/rabbitmq/amqp091-go#Channel.QueueDeclare)."""

from __future__ import annotations

from tree_sitter import Node

from eventlens import ir
from eventlens.fixes.blocks import leaves, put_after, statements_of
from eventlens.fixes.changes import Edit
from eventlens.fixes.functions import call_at, function_around
from eventlens.fixes.golang.code import aligned, entries_of, own_nodes
from eventlens.fixes.golang.imports import name_of
from eventlens.fixes.source import SourceFile

_PACKAGES = ("github.com/rabbitmq/amqp091-go", "github.com/streadway/amqp")
_PARAMETERS = 6
"""Of ``QueueDeclare(name, durable, autoDelete, exclusive, noWait, args)``."""


def declared(file: SourceFile, call: ir.Call, suffix: str) -> list[Edit] | None:
    """The dead-letter queue declared before the queue, and the queue with its arguments; None where they are computed."""
    node, statement = call_at(file, call.start, call.end), file.statement_around(call.start, call.end)
    package = name_of(file, *_PACKAGES)
    if node is None or package is None or len(call.args) != _PARAMETERS or not isinstance(call.callee, ir.Member):
        return None
    queue = file.written(call.args[0].value)
    dead = f"{queue[:-1]}{suffix}{queue[-1]}" if isinstance(call.args[0].value, ir.Literal) else f'{queue} + "{suffix}"'
    failing = _where_it_fails(file, statement)
    arguments = _arguments(file, node, dead, package)
    if failing is None or arguments is None:
        return None
    error, block = failing
    callee = file.written(call.callee)
    indent, newline = file.indent_at(statement.start_byte), file.style.newline
    first = dead.replace(" + ", "+")  # as gofmt has it among other arguments
    line = (
        f"if _, {error} := {callee}({first}, true, false, false, false, nil); {error} != nil {block}{newline}{indent}"
    )
    return [Edit(statement.start_byte, statement.start_byte, line), arguments]


def _where_it_fails(file: SourceFile, statement: Node) -> tuple[str, str] | None:
    """The name of the error that a declaration gives, and the block that runs where it is set."""
    start = statement.child_by_field_name("initializer") if statement.type == "if_statement" else statement
    check = statement if statement.type == "if_statement" else statement.next_named_sibling
    names = start.child_by_field_name("left") if start is not None else None
    condition = check.child_by_field_name("condition") if check is not None and check.type == "if_statement" else None
    block = check.child_by_field_name("consequence") if check is not None else None
    if names is None or condition is None or block is None:
        return None
    error = file.text(names.named_children[-1])
    own = [file.text(one) for one in names.named_children[:-1] if file.text(one) != "_"]
    used = {file.text(one) for one in own_nodes(block, "identifier")}
    return (error, file.text(block)) if file.text(condition) == f"{error} != nil" and not used & set(own) else None


def _arguments(file: SourceFile, call: Node, dead: str, package: str) -> Edit | None:
    listed = call.child_by_field_name("arguments")
    given = [one for one in listed.named_children if one.type != "comment"][-1] if listed is not None else None
    entries = [('"x-dead-letter-exchange"', '""'), ('"x-dead-letter-routing-key"', dead)]
    if given is None:
        return None
    if given.type == "nil":
        text = f"{package}.Table{aligned(file, entries, file.indent_at(given.start_byte))}"
        return Edit(given.start_byte, given.end_byte, text)
    body = _literal(file, given)
    written = entries_of(file, body) if body is not None else None
    if body is None or written is None or "x-dead-letter" in file.text(body):
        return None
    return Edit(body.start_byte, body.end_byte, aligned(file, [*written, *entries], file.indent_at(body.start_byte)))


def _literal(file: SourceFile, given: Node) -> Node | None:
    """The braces of a table that is written where it is used, or given to a variable of the same function once."""
    if given.type == "identifier":
        function = function_around(file, given)
        made = [
            one
            for one in (own_nodes(function, "short_var_declaration", "assignment_statement") if function else ())
            if (left := one.child_by_field_name("left")) is not None and file.text(left) == file.text(given)
        ]
        right = made[0].child_by_field_name("right") if len(made) == 1 else None
        given = right.named_children[0] if right is not None else given
    return given.child_by_field_name("body") if given.type == "composite_literal" else None


def rejected(call: ir.Call) -> Edit | None:
    """``delivery.Nack(false, true)`` → ``delivery.Nack(false, false)``: whether to requeue is said last."""
    return Edit(call.args[-1].start, call.args[-1].end, "false") if call.args else None


def rejecting(file: SourceFile, block: Node, acknowledgement: ir.Call) -> list[Edit]:
    """``delivery.Reject(false)`` in the block of a failure, behind which the delivery would be acknowledged, and on with the next one."""
    check, statement = block.parent, file.statement_around(acknowledgement.start, acknowledgement.end)
    callee, around = acknowledgement.callee, block.parent.parent if block.parent is not None else None
    if check is None or around is None or statements_of(around)[-2:] != [check, statement]:
        return []
    if not isinstance(callee, ir.Member) or callee.name != "Ack" or len(acknowledgement.args) != 1:
        return []
    leaving = _leaving(file, around)
    if leaving is None or any(map(leaves, statements_of(block))):
        return []
    owner = file.written(callee.object)
    last = statements_of(block)[-1]
    line = f"_ = {owner}.Reject(false){file.style.newline}{file.indent_at(last.start_byte)}{leaving}"
    return [put_after(file, last, line)]


def _leaving(file: SourceFile, around: Node) -> str | None:
    """How the rest of a list of statements is skipped: it is a loop's, or that of a function that gives nothing."""
    owner = around.parent.parent if around.type == "statement_list" and around.parent is not None else None
    if owner is None:
        return None
    if owner.type == "for_statement":
        return "continue"
    is_function = owner.type in ("function_declaration", "method_declaration", "func_literal")
    return "return" if is_function and owner.child_by_field_name("result") is None else None
