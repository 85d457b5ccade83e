"""RabbitMQ: a catch that lets the message be acknowledged rejects it instead, for the dead-letter exchange to take."""

from __future__ import annotations

from collections.abc import Iterator

from tree_sitter import Node

from eventlens import ir
from eventlens.behaviour.events import Event
from eventlens.checks.context import Subject
from eventlens.fixes.blocks import appended, leaves, statements_of
from eventlens.fixes.changes import Edit, Offer, edited
from eventlens.fixes.context import FixContext
from eventlens.fixes.csharp import deliveries as csharp_deliveries
from eventlens.fixes.dead_letter.rabbitmq import SUFFIX, dead_lettered
from eventlens.fixes.functions import FUNCTIONS, LOOPS
from eventlens.fixes.golang import dead_letters as go_dead_letters
from eventlens.fixes.golang.code import failing_block
from eventlens.fixes.next_turn import clause_of
from eventlens.fixes.source import SourceFile

_REJECTING = {
    "amqplib": ("ack", "nack", 1, ", false, false"),
    "amqp-connection-manager": ("ack", "nack", 1, ", false, false"),
    "pika": ("basic_ack", "basic_nack", 1, ", requeue=False"),
    "aio-pika": ("ack", "nack", 0, "requeue=False"),
}
"""Library → the acknowledging method, the rejecting one, how many arguments the first has, and what the second has besides."""


def offers(context: FixContext, subject: Subject) -> Iterator[Offer]:
    """Where the acknowledgement is the next statement behind the catch, or all that its ``finally`` does."""
    site = subject.at
    places = [(subject.frame, subject.node), *((one.frame, one.node) for one in subject.related)]
    frame, catch = next(((frame, node) for frame, node in places if isinstance(node, ir.Catch)), (None, None))
    if site is None or frame is None or not isinstance(catch, ir.Catch) or site.chain:
        return
    done = [event for event in context.checks.delivery_events(site) if event.kind == "acknowledge"]
    if len(done) != 1 or done[0].frame is not frame or len(site.channel.names) != 1:
        return
    if not site.channel.names[0].is_whole:
        return
    file = context.file(frame.module.path)
    edits = _rejecting(file, catch, done[0], site.match.library)
    declared = dead_lettered(context, site)
    if not edits or declared is None:
        return
    title = "Reject what fails, for the dead-letter exchange"
    if declared:
        title = f"Reject what fails into {site.channel.names[0].text}{SUFFIX} (the queue has to be declared anew)"
    changed = {path: list(found) for path, found in declared.items()}
    changed.setdefault(file.path, []).extend(edits)
    yield Offer("reject", title, lambda: edited(changed), preferred=True, is_wide=len(changed) > 1)


def _rejecting(file: SourceFile, catch: ir.Catch, done: Event, library: str) -> list[Edit]:
    call = done.node
    if file.language == "go":
        block = failing_block(file, catch)
        return go_dead_letters.rejecting(file, block, call) if block is not None and isinstance(call, ir.Call) else []
    clause = clause_of(file, catch)
    rejection = _rejection(file, call, library) if isinstance(call, ir.Call) else None
    attempt = clause.parent if clause is not None else None
    body = _block(clause) if clause is not None else None
    if rejection is None or attempt is None or body is None or not statements_of(body):
        return []
    statement = file.statement_around(call.start, call.end)
    leaving = _leaving(attempt)
    if leaving is None or any(leaves(one) for one in statements_of(body)):
        return []
    edits = _behind(file, attempt, statement)
    return [appended(file, body, rejection), appended(file, body, leaving), *edits] if edits is not None else []


def _behind(file: SourceFile, attempt: Node, statement: Node) -> list[Edit] | None:
    """What puts the acknowledgement behind the whole attempt, as the last statement: nothing when it stands there; None where it cannot."""
    if statement.parent == attempt.parent and attempt.parent is not None:
        around = statements_of(attempt.parent)
        return [] if around[-2:] == [attempt, statement] else None
    final = next((one for one in attempt.named_children if one.type in ("finally_clause",)), None)
    block = _block(final) if final is not None else None
    if final is None or block is None or statements_of(block) != [statement] or attempt.parent is None:
        return None
    if statements_of(attempt.parent)[-1] != attempt:
        return None
    newline, indent = file.style.newline, file.indent_at(attempt.start_byte)
    before = len(file.source[: final.start_byte].rstrip())
    return [Edit(before, final.end_byte, f"{newline}{indent}{file.text(statement)}")]


def _leaving(attempt: Node) -> str | None:
    """How the rest of the block around an attempt is skipped: it is a function's, or a loop's."""
    around = attempt.parent.parent if attempt.parent is not None else None
    if around is None:
        return None
    if around.type in FUNCTIONS:
        return "return"
    return "continue" if around.type in LOOPS else None


def _rejection(file: SourceFile, call: ir.Call, library: str) -> str | None:
    if library == csharp_deliveries.LIBRARY:
        return csharp_deliveries.rejection(file, call)
    known = _REJECTING.get(library)
    if known is None or not isinstance(call.callee, ir.Member):
        return None
    acknowledging, rejecting, count, rest = known
    if call.callee.name != acknowledging or len(call.args) != count:
        return None
    owner = file.written(call.callee.object)
    given = file.written(call.args[0]) if call.args else ""
    waits = "await " if library == "aio-pika" else ""
    return f"{waits}{owner}.{rejecting}({given}{rest})"


def _block(node: Node) -> Node | None:
    return next((one for one in node.named_children if one.type in ("statement_block", "block")), None)
