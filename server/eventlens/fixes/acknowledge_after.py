"""Acknowledge after processing: the message is given up only when its work is done."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from tree_sitter import Node

from eventlens import ir
from eventlens.checks.non_idempotent_consumer import differing
from eventlens.fixes.blocks import appended, body_of, leaves, moved_behind, put_after, statements_of
from eventlens.fixes.changes import Edit, Offer, edited
from eventlens.fixes.context import FixContext
from eventlens.fixes.csharp import deliveries as csharp_deliveries
from eventlens.fixes.functions import FUNCTIONS, call_at, callback_of, function_around, is_async
from eventlens.fixes.layout import with_added
from eventlens.fixes.source import SourceFile
from eventlens.flow.model import Finding
from eventlens.flow.scopes import Frame
from eventlens.flow.site_node import SiteNode

_SPAWNING = frozenset(("create_task", "ensure_future"))


def offers(context: FixContext, finding: Finding) -> Iterator[Offer]:
    """By what acknowledges too early: a statement, work that nobody waits for, or an option."""
    subject = context.subject(finding)
    if subject is None or subject.at is None:
        return
    if subject.frame is not None and isinstance(subject.node, ir.Call):
        file = context.file(subject.frame.module.path)
        moved = _moved(file, subject.node) if not differs_again(context, subject.at) else []
        edits = moved or _waited_for(file, subject.node)
        title = "Acknowledge after the work" if moved else "Wait for the work"
        if edits:
            yield _offer(title, {file.path: edits})
        return
    for way in (_amqplib_option, _python_option, _confluent_commit, _dotnet_option):
        changed = way(context, subject.at)
        if changed:
            yield _offer("Acknowledge after the work", changed)
            return


def _offer(title: str, edits: dict[str, list[Edit]]) -> Offer:
    return Offer("after", title, lambda: edited(edits), preferred=True, is_wide=len(edits) > 1)


# ------------------------------------------------------------------------------------------------------------ statements


def _moved(file: SourceFile, call: ir.Call) -> list[Edit]:
    """The acknowledging statement behind all others of its block; nothing where one of those may leave the block before."""
    statement = file.statement_around(call.start, call.end)
    block = statement.parent
    if statement.type != "expression_statement" or block is None or block.type not in ("statement_block", "block"):
        return []
    if not _acknowledges(file, statement):
        return []
    behind = [one for one in statements_of(block) if one.start_byte > statement.start_byte]
    if not behind or any(leaves(one) for one in behind):
        return []
    return moved_behind(file, statement, behind[-1])


def _acknowledges(file: SourceFile, statement: Node) -> bool:
    """Whether a statement is the acknowledgement itself: a call, perhaps awaited, whose result nobody uses."""
    value = statement.named_children[0]
    if value.type in ("await_expression", "await"):
        value = value.named_children[0]
    return value.type in ("call_expression", "call", "invocation_expression") and not _is_started(file, value)


def _is_started(file: SourceFile, call: Node) -> bool:
    callee = call.child_by_field_name("function")
    return callee is not None and file.text(callee).rpartition(".")[2] in _SPAWNING


def _waited_for(file: SourceFile, call: ir.Call) -> list[Edit]:
    """``void work()`` and ``create_task(work())`` → ``await work()``."""
    node, statement = call_at(file, call.start, call.end), file.statement_around(call.start, call.end)
    function = function_around(file, statement)
    if node is None or statement.type != "expression_statement" or function is None or not is_async(function):
        return []
    if callback_of(file, function) == "forEach":
        return []
    value = statement.named_children[0]
    if value.type == "unary_expression":
        value = value.child_by_field_name("argument") or value
    if value.type in ("call", "call_expression") and _is_started(file, value):
        arguments = value.child_by_field_name("arguments")
        value = arguments.named_children[0] if arguments is not None and arguments.named_children else value
    if (value.start_byte, value.end_byte) != (node.start_byte, node.end_byte):
        return []
    end = statement.end_byte - (1 if file.text(statement).endswith(";") else 0)
    return [Edit(statement.start_byte, node.start_byte, "await "), Edit(node.end_byte, end, "")]


# --------------------------------------------------------------------------------------------------------------- options


class _Handler(NamedTuple):
    """The function that a subscription runs: where it is written and its parameters' names."""

    file: SourceFile
    node: Node
    body: Node
    names: list[str]
    frame: Frame


def _handler(context: FixContext, site: SiteNode) -> _Handler | None:
    frame = site.handler.frame
    if frame is None or frame.function is None:
        return None
    file = context.file(frame.module.path)
    node: Node | None = file.tree.root_node.named_descendant_for_byte_range(frame.function.start, frame.function.end)
    while node is not None and node.type not in FUNCTIONS:
        node = next((child for child in node.named_children if child.type in FUNCTIONS), None)
    body = body_of(node) if node is not None else None
    if node is None or body is None or not statements_of(body):
        return None
    return _Handler(file, node, body, [one.name for one in frame.function.parameters], frame)


def _amqplib_option(context: FixContext, site: SiteNode) -> dict[str, list[Edit]]:
    """``noAck: true`` taken back, and ``channel.ack(message)`` at the end of the handler (https://amqp-node.github.io/amqplib)."""
    call = site.match.place.call
    if site.match.library != "amqplib" or not isinstance(call, ir.Call) or len(call.args) < 3 or site.chain:
        return {}
    file, handler = context.file(site.module.path), _handler(context, site)
    option = next(
        (
            field
            for field in (call.args[2].value.fields if isinstance(call.args[2].value, ir.Object) else ())
            if field.key == "noAck" and isinstance(field.value, ir.Literal) and field.value.value is True
        ),
        None,
    )
    if option is None or handler is None or not handler.names or not isinstance(call.callee, ir.Member):
        return {}
    channel = file.written(call.callee.object)
    if handler.file is not file or not _is_seen(channel, site.frame, handler):
        return {}
    message = handler.names[0]
    guard = _null_guard(handler, message)
    if guard is None:
        return {}
    ack = f"{channel}.ack({message})"
    text = ack if guard else f"if ({message}) {ack}"
    return {file.path: [Edit(option.value.start, option.value.end, "false"), appended(file, handler.body, text)]}


def _is_seen(channel: str, frame: Frame, handler: _Handler) -> bool:
    """Whether the text that names the channel means the same in the handler: the same object's member, or an outer variable."""
    if channel.startswith("this."):
        return handler.frame.cls is frame.cls and frame.cls is not None
    scope: Frame | None = handler.frame
    while scope is not None:
        if scope is frame:
            return True
        scope = scope.parent
    return False


def _null_guard(handler: _Handler, message: str) -> bool | None:
    """Whether the handler returns at once without a message; None where it leaves early for another reason."""
    first, *rest = statements_of(handler.body)
    if any(leaves(one) for one in rest):
        return None
    if not leaves(first):
        return False
    condition = first.child_by_field_name("condition") if first.type == "if_statement" else None
    if condition is None:
        return None
    text = handler.file.text(condition).strip("() ")
    return True if text in (f"!{message}", f"{message} === null", f"{message} == null") else None


def _dotnet_option(context: FixContext, site: SiteNode) -> dict[str, list[Edit]]:
    """RabbitMQ.Client's ``autoAck: true`` taken back, where the handler stands beside the call and does nothing twice."""
    call, handler = site.match.place.call, _handler(context, site)
    if site.match.library != csharp_deliveries.LIBRARY or not isinstance(call, ir.Call) or handler is None:
        return {}
    file, function = context.file(site.module.path), handler.frame.function
    if site.chain or handler.file is not file or function is None or differs_again(context, site):
        return {}
    if any(leaves(one) for one in statements_of(handler.body)):
        return {}
    edits = csharp_deliveries.acknowledged_itself(file, call, function, _is_seen("", site.frame, handler))
    return {file.path: edits} if edits else {}


def differs_again(context: FixContext, site: SiteNode) -> bool:
    """Whether the work is done twice where a message comes twice, which it never did so far."""
    return bool(differing(context.checks.delivery_events(site)))


def _python_option(context: FixContext, site: SiteNode) -> dict[str, list[Edit]]:
    """pika's ``auto_ack=True`` and aio-pika's ``no_ack=True`` taken back, and the acknowledgement at the end of the handler."""
    call, handler = site.match.place.call, _handler(context, site)
    if not isinstance(call, ir.Call) or handler is None or site.chain:
        return {}
    if any(leaves(one) for one in statements_of(handler.body)):
        return {}
    option = next((one for one in call.args if one.name in ("auto_ack", "no_ack")), None)
    if option is None or not isinstance(option.value, ir.Literal) or option.value.value is not True:
        return {}
    if site.match.library == "pika" and len(handler.names) == 4:
        channel, method = handler.names[:2]
        ack = f"{channel}.basic_ack(delivery_tag={method}.delivery_tag)"
    elif site.match.library == "aio-pika" and len(handler.names) == 1 and is_async(handler.node):
        ack = f"await {handler.names[0]}.ack()"
    else:
        return {}
    edits: dict[str, list[Edit]] = {site.module.path: [Edit(option.value.start, option.value.end, "False")]}
    edits.setdefault(handler.file.path, []).append(appended(handler.file, handler.body, ack))
    return edits


def _confluent_commit(context: FixContext, site: SiteNode) -> dict[str, list[Edit]]:
    """``enable.auto.commit`` switched off, and the message's offset committed at the end of the loop's turn

    (https://docs.confluent.io/platform/current/clients/confluent-kafka-python/html/index.html#confluent_kafka.Consumer.commit).
    """
    loop, frame = site.handler.loop, site.handler.loop_frame
    if site.match.library != "confluent-kafka-python" or loop is None or frame is None or site.chain:
        return {}
    file = context.file(frame.module.path)
    options = _consumer_options(file)
    message = _polled(loop)
    if options is None or message is None or not loop.body:
        return {}
    name, consumer = message
    last = file.statement_around(loop.body[-1].start, loop.body[-1].end)
    if leaves(last):
        return {}
    text = f"{consumer}.commit(message={name}, asynchronous=False)"
    setting = f"{file.style.quote}enable.auto.commit{file.style.quote}: False"
    return {file.path: [with_added(file, options, [setting]), put_after(file, last, text)]}


def _consumer_options(file: SourceFile) -> Node | None:
    """The one dictionary with which the file makes its consumer, when it says nothing of commits."""
    found = []
    for call in file.nodes("call"):
        callee, arguments = call.child_by_field_name("function"), call.child_by_field_name("arguments")
        if callee is not None and arguments is not None and file.text(callee).rpartition(".")[2] == "Consumer":
            found += [one for one in arguments.named_children[:1] if one.type == "dictionary" and one.named_children]
    if len(found) != 1 or "enable.auto.commit" in file.text(found[0]):
        return None
    return found[0]


def _polled(loop: ir.Loop) -> tuple[str, str] | None:
    """The name that holds the message, and the consumer as it is written: ``message = self._consumer.poll(…)``."""
    for statement in loop.body:
        if isinstance(statement, ir.Assign) and isinstance(statement.target, ir.Name):
            value = statement.value
            if isinstance(value, ir.Call) and isinstance(value.callee, ir.Member) and value.callee.name == "poll":
                owner = value.callee.object
                written = _written(owner)
                return (statement.target.name, written) if written else None
    return None


def _written(value: ir.Value) -> str:
    if isinstance(value, ir.Name):
        return value.name
    if isinstance(value, ir.Member) and isinstance(value.object, ir.This):
        return f"self.{value.name}"
    return ""
