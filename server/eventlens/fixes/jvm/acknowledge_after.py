"""An acknowledgement of Java or Kotlin moved behind the work, or made there in place of the broker's own on delivery."""

from __future__ import annotations

from collections.abc import Iterator

from tree_sitter import Node

from eventlens import ir
from eventlens.fixes.blocks import moved_behind, put_after, statements_of
from eventlens.fixes.changes import Edit, FileEdit, Offer, together
from eventlens.fixes.context import FixContext
from eventlens.fixes.functions import call_at
from eventlens.fixes.jvm import code, dead_letter
from eventlens.fixes.source import SourceFile, inside
from eventlens.flow.model import Finding
from eventlens.flow.site_node import SiteNode


def offers(context: FixContext, finding: Finding) -> Iterator[Offer]:
    """A statement that acknowledges too early, or the option of RabbitMQ's own client."""
    subject = context.subject(finding)
    if subject is None or subject.at is None:
        return
    if subject.frame is not None and isinstance(subject.node, ir.Call):
        file = context.file(subject.frame.module.path)
        edits = _moved(file, subject.node)
    else:
        file = context.file(subject.at.module.path)
        edits = _option(file, subject.at)
    kept = dead_letter.kept(context, subject.at) if edits else None
    if kept is not None:
        changes = together(FileEdit(file.path, tuple(edits)), *kept)
        title = "Acknowledge after the work" + (", and say what becomes of what keeps failing" if kept else "")
        yield Offer("after", title, lambda: changes, preferred=True, is_wide=bool(kept))


def _moved(file: SourceFile, call: ir.Call) -> list[Edit]:
    """The statement behind all others of its block; nothing where one of those may leave the block before."""
    statement = code.statement_around(file, call.start, call.end)
    node = call_at(file, call.start, call.end)
    if statement is None or node is None or code.value_of(statement) != node or statement.parent is None:
        return []
    behind = [one for one in statements_of(statement.parent) if one.start_byte > statement.start_byte]
    if not behind or any(code.leaves(one) for one in behind) or not _is_alone(file, statement):
        return []
    return moved_behind(file, statement, behind[-1])


def _is_alone(file: SourceFile, statement: Node) -> bool:
    """Whether nothing but a comment stands on the statement's lines."""
    before = file.source[file.line_start(statement.start_byte) : statement.start_byte]
    behind = file.source[statement.end_byte : file.line_after(statement.end_byte)].strip()
    return not before.strip() and (not behind or behind.startswith(b"//"))


def _option(file: SourceFile, site: SiteNode) -> list[Edit]:
    """``basicConsume(queue, true, (tag, delivery) -> {…}, …)`` → ``false``, and ``basicAck`` at the end of the callback

    (https://www.rabbitmq.com/client-libraries/java-api-guide#consuming).
    """
    call = site.match.place.call
    if site.match.library != "rabbitmq-java-client" or not isinstance(call, ir.Call) or site.chain:
        return []
    node = call_at(file, call.start, call.end)
    arguments = code.arguments_of(node) if node is not None else []
    owner, name = code.callee_of(file, node) if node is not None else (None, "")
    if owner is None or name != "basicConsume" or len(arguments) < 3 or file.text(arguments[1]) != "true":
        return []
    callback = next(inside(arguments[2], "lambda_expression", "lambda_literal"), None)
    block = _block(callback) if callback is not None else None
    delivery = _second_parameter(file, callback) if callback is not None else None
    if block is None or delivery is None or not statements_of(block):
        return []
    if any(code.leaves(one) for one in statements_of(block)):
        return []
    tag = (
        f"{delivery}.getEnvelope().getDeliveryTag()" if file.language == "java" else f"{delivery}.envelope.deliveryTag"
    )
    acknowledged = put_after(file, statements_of(block)[-1], f"{file.text(owner)}.basicAck({tag}, false)")
    return [Edit(arguments[1].start_byte, arguments[1].end_byte, "false"), acknowledged]


def _block(callback: Node) -> Node | None:
    """What holds the statements of a callback; None where it is an expression, or stands on one line."""
    block = callback.child_by_field_name("body") if callback.type == "lambda_expression" else callback
    is_block = block is not None and block.type in ("block", "lambda_literal")
    return block if is_block and block is not None and block.start_point.row < block.end_point.row else None


def _second_parameter(file: SourceFile, callback: Node) -> str | None:
    parameters = callback.child_by_field_name("parameters") or next(inside(callback, "lambda_parameters"), None)
    names = (
        [file.text(one).rpartition(" ")[2].partition(":")[0] for one in parameters.named_children]
        if parameters is not None
        else []
    )
    return names[1] if len(names) == 2 else None
