"""RabbitMQ.Client: deliveries acknowledged, rejected and given back, and a queue declared with a dead-letter queue

(https://www.rabbitmq.com/client-libraries/dotnet-api-guide)."""

from __future__ import annotations

from eventlens import ir
from eventlens.fixes.blocks import put_after, statements_of
from eventlens.fixes.changes import Edit
from eventlens.fixes.context import FixContext
from eventlens.fixes.csharp.code import using_edits
from eventlens.fixes.functions import call_at, is_async
from eventlens.fixes.source import SourceFile

LIBRARY = "rabbitmq-client-dotnet"
_REQUEUE = {"BasicNack": 2, "BasicNackAsync": 2, "BasicReject": 1, "BasicRejectAsync": 1}
"""Method → where its argument ``requeue`` stands."""
_GENERIC = "System.Collections.Generic"
_ARGUMENTS = 4
"""Where the argument ``arguments`` of ``QueueDeclare`` stands."""


def _given(call: ir.Call, name: str, position: int) -> ir.Value | None:
    """An argument by its name, or by its place among those without one."""
    named = next((one.value for one in call.args if one.name == name), None)
    if named is not None or len(call.args) <= position or call.args[position].name:
        return named
    return call.args[position].value


def _called(call: ir.Call) -> str:
    return call.callee.name if isinstance(call.callee, ir.Member) else ""


# ----------------------------------------------------------------------------------------------------------- deliveries


def rejected(call: ir.Call) -> Edit | None:
    """``BasicNack(tag, false, true)`` → ``BasicNack(tag, false, false)``."""
    requeue = _given(call, "requeue", _REQUEUE.get(_called(call), len(call.args)))
    return Edit(requeue.start, requeue.end, "false") if requeue is not None else None


def given_back_once(call: ir.Call) -> Edit | None:
    """``BasicNack(tag, false, true)`` → ``BasicNack(tag, false, !delivery.Redelivered)``: what comes for the second time is rejected."""
    requeue = _given(call, "requeue", _REQUEUE.get(_called(call), len(call.args)))
    tag = _given(call, "deliveryTag", 0)
    if not isinstance(requeue, ir.Literal) or requeue.value is not True:
        return None
    if not isinstance(tag, ir.Member) or tag.name != "DeliveryTag" or not isinstance(tag.object, ir.Name):
        return None
    return Edit(requeue.start, requeue.end, f"!{tag.object.name}.Redelivered")


def rejection(file: SourceFile, acknowledgement: ir.Call) -> str | None:
    """The rejection that stands in place of an acknowledgement where the work failed."""
    tag, name = _given(acknowledgement, "deliveryTag", 0), _called(acknowledgement)
    if tag is None or name not in ("BasicAck", "BasicAckAsync") or not isinstance(acknowledgement.callee, ir.Member):
        return None
    waits = "await " if name.endswith("Async") else ""
    owner, rejecting = file.written(acknowledgement.callee.object), name.replace("Ack", "Nack")
    return f"{waits}{owner}.{rejecting}({file.written(tag)}, multiple: false, requeue: false)"


def acknowledged_itself(file: SourceFile, call: ir.Call, handler: ir.Function, is_seen: bool) -> list[Edit]:
    """``autoAck: true`` taken back, and the acknowledgement at the end of the handler."""
    option, waits = _given(call, "autoAck", 1), _called(call).endswith("Async")
    node = file.node_at(handler.start, handler.end)
    body = node.child_by_field_name("body")
    if not isinstance(option, ir.Literal) or option.value is not True or not isinstance(call.callee, ir.Member):
        return []
    if body is None or body.type != "block" or not statements_of(body) or not is_seen or len(handler.parameters) != 2:
        return []
    if waits and not is_async(node):
        return []
    owner, delivery = file.written(call.callee.object), handler.parameters[1].name
    made = f"{owner}.BasicAck{'Async' if waits else ''}({delivery}.DeliveryTag, multiple: false)"
    last = put_after(file, statements_of(body)[-1], f"await {made}" if waits else made)
    return [Edit(option.start, option.end, "false"), last]


# ---------------------------------------------------------------------------------------------------------- declarations


def declared(context: FixContext, file: SourceFile, call: ir.Call, suffix: str) -> list[Edit] | None:
    """The dead-letter queue declared before the queue, and the queue with its arguments; None where they are computed."""
    node, statement = call_at(file, call.start, call.end), file.statement_around(call.start, call.end)
    queue, given = _given(call, "queue", 0), _given(call, "arguments", _ARGUMENTS)
    if node is None or queue is None or not isinstance(call.callee, ir.Member):
        return None
    name, waits = file.written(queue), _called(call).endswith("Async")
    dead = f"{name[:-1]}{suffix}{name[-1]}" if isinstance(queue, ir.Literal) else f'$"{{{name}}}{suffix}"'
    made = _dictionary(file, dead, file.indent_at(call.start), "object?" if waits else "object")
    if given is None:
        end = call.args[-1].end
        arguments = Edit(end, end, f", arguments: {made}")
    elif isinstance(given, ir.Literal) and given.value is None:
        arguments = Edit(given.start, given.end, made)
    else:
        return None
    callee = f"{'await ' if waits else ''}{file.written(call.callee)}"
    line = f"{callee}({dead}, durable: true, exclusive: false, autoDelete: false);"
    indent, newline = file.indent_at(statement.start_byte), file.style.newline
    before = Edit(statement.start_byte, statement.start_byte, f"{line}{newline}{indent}")
    return [before, arguments, *using_edits(context, file, _GENERIC)]


def _dictionary(file: SourceFile, dead: str, indent: str, kind: str) -> str:
    newline, step = file.style.newline, file.style.indent
    lines = ['["x-dead-letter-exchange"] = "",', f'["x-dead-letter-routing-key"] = {dead},']
    inner = "".join(f"{newline}{indent}{step}{one}" for one in lines)
    return f"new Dictionary<string, {kind}>{newline}{indent}{{{inner}{newline}{indent}}}"
