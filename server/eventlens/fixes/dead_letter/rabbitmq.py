"""RabbitMQ: the queue is declared with a dead-letter exchange, and what fails is rejected without being requeued

(https://www.rabbitmq.com/docs/dlx). The default exchange routes to the queue that the routing key names, so no exchange is added.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from tree_sitter import Node

from eventlens import ir
from eventlens.behaviour.events import Event
from eventlens.behaviour.policies import requeues
from eventlens.checks.context import Subject
from eventlens.fixes.changes import Edit, Offer, edited
from eventlens.fixes.context import FixContext
from eventlens.fixes.csharp import deliveries as csharp_deliveries
from eventlens.fixes.functions import call_at
from eventlens.fixes.golang import dead_letters as go_dead_letters
from eventlens.fixes.layout import with_added
from eventlens.fixes.source import SourceFile
from eventlens.flow.library_match import LibraryMatch
from eventlens.flow.model import Finding
from eventlens.flow.site_node import SiteNode
from eventlens.knowledge.schema import Declare

SUFFIX = ".dlq"
_DECLARING = frozenset(
    ("amqplib", "amqp-connection-manager", "pika", "aio-pika", "amqp091-go", csharp_deliveries.LIBRARY)
)


class _Declaration(NamedTuple):
    """The call that declares a queue, in its file."""

    file: SourceFile
    call: ir.Call
    library: str


def offers(context: FixContext, finding: Finding, subject: Subject) -> Iterator[Offer]:
    """Where the one declaration of the queue is in sight and the handler gives failures back or rejects them."""
    site = subject.at
    if site is None or len(site.channel.names) != 1 or not site.channel.names[0].is_whole:
        return
    given_back = _given_back(context, site)
    if finding.rule == "no-dead-letter-queue" and not _rejects(context, site):
        return
    if finding.rule == "unbounded-retry" and not given_back:
        return
    changed: dict[str, list[Edit]] = {}
    title = "Reject without requeueing, for the dead-letter exchange to take over"
    if not _has_dead_letters(context, site):
        declared = dead_lettered(context, site)
        if declared is None:
            return
        changed = declared
        title = f"Dead-letter into {site.channel.names[0].text}{SUFFIX} (the queue has to be declared anew)"
    for event in given_back:
        file = context.file(event.frame.module.path)
        edit = _rejected(file, event)
        if edit is None:
            return
        changed.setdefault(file.path, []).append(edit)
    yield Offer("queue", title, lambda: edited(changed), preferred=True, is_wide=len(changed) > 1)


def dead_lettered(context: FixContext, site: SiteNode) -> dict[str, list[Edit]] | None:
    """The edits, by file, that give the site's queue a dead-letter queue: none where it has one, None where its declaration is not in sight."""
    if _has_dead_letters(context, site):
        return {}
    declaration = _declaration(context, site)
    edits = _declared(context, declaration) if declaration is not None else None
    return {declaration.file.path: edits} if declaration is not None and edits is not None else None


def _has_dead_letters(context: FixContext, site: SiteNode) -> bool:
    return any(one.node is site and one.policy.dead_letter is not None for one in context.consumers())


def _rejects(context: FixContext, site: SiteNode) -> bool:
    """Whether a failing message is rejected: by a call, or by leaving aio-pika's ``process`` block with an exception."""
    if any(event.effect in ("nack", "reject") for event in _deliveries(context, site)):
        return True
    frame = site.handler.frame
    if site.match.library != "aio-pika" or frame is None:
        return False
    text = context.file(frame.module.path).source[frame.start : frame.end]
    return b".process(" in text and b"requeue=True" not in text


def only_logs(context: FixContext, subject: Subject) -> bool:
    """Whether a catch ends the failure without rejecting the message: a dead-letter exchange would never see it."""
    rejects = [event for event in _deliveries(context, subject.at) if event.effect in ("nack", "reject")]
    return not rejects and any(isinstance(one.node, ir.Catch) for one in subject.related)


def _deliveries(context: FixContext, site: SiteNode | None) -> list[Event]:
    if site is None:
        return []
    events = (*context.checks.delivery_events(site), *context.checks.surroundings.failing(site))
    return [event for event in events if event.kind == "acknowledge"]


def _given_back(context: FixContext, site: SiteNode) -> list[Event]:
    """The rejections that put the message back into the queue."""
    found = [event for event in _deliveries(context, site) if event.effect in ("nack", "reject") and requeues(event)]
    return list({id(event.node): event for event in found}.values())


# ----------------------------------------------------------------------------------------------------------- rejecting


def _rejected(file: SourceFile, event: Event) -> Edit | None:
    """``nack(message)`` → ``nack(message, false, false)``; ``basic_nack(tag)`` → ``basic_nack(tag, requeue=False)``."""
    call = event.node
    if not isinstance(call, ir.Call) or not isinstance(call.callee, ir.Member):
        return None
    if file.language == "go":
        return go_dead_letters.rejected(call)
    if file.language == "csharp":
        return csharp_deliveries.rejected(call)
    if file.language == "python":
        named = next((one for one in call.args if one.name == "requeue"), None)
        if named is not None:
            return Edit(named.value.start, named.value.end, "False")
        return Edit(call.args[-1].end, call.args[-1].end, ", requeue=False") if call.args else _into_empty(call)
    positions = {"nack": 2, "reject": 1}
    at = positions.get(call.callee.name)
    if at is None or not call.args:
        return None
    if len(call.args) > at:
        return Edit(call.args[at].start, call.args[at].end, "false")
    missing = ", false" * (at + 1 - len(call.args))
    return Edit(call.args[-1].end, call.args[-1].end, missing)


def _into_empty(call: ir.Call) -> Edit:
    return Edit(call.end - 1, call.end - 1, "requeue=False")


# ----------------------------------------------------------------------------------------------------------- declaring


def _declaration(context: FixContext, site: SiteNode) -> _Declaration | None:
    """The only call in the workspace that declares the site's queue."""
    graph = context.checks.graph
    name = site.channel.names[0].text
    found: list[LibraryMatch] = []
    for match in graph.declares:
        if not isinstance(match.entry, Declare) or match.place.call is None:
            continue
        channel = graph.channels.read(match, match.place, match.entry.channel)
        if channel.kind == "queue" and [one.text for one in channel.names] == [name]:
            found.append(match)
    if len(found) != 1 or found[0].library not in _DECLARING:
        return None
    call, frame = found[0].place.call, found[0].place.frame
    if not isinstance(call, ir.Call) or frame is None or not call.args:
        return None
    return _Declaration(context.file(frame.module.path), call, found[0].library)


def _declared(context: FixContext, declaration: _Declaration) -> list[Edit] | None:
    """The dead-letter queue declared before the queue, and the queue with its arguments; None where they are computed."""
    file, call = declaration.file, declaration.call
    if file.language == "go":
        return go_dead_letters.declared(file, call, SUFFIX)
    if file.language == "csharp":
        return csharp_deliveries.declared(context, file, call, SUFFIX)
    node, statement = call_at(file, call.start, call.end), file.statement_around(call.start, call.end)
    named = next((one for one in call.args if one.name == "queue"), None) or call.args[0]
    queue = file.written(named.value)
    dead = _suffixed(file, named.value, queue)
    if node is None or dead is None or not isinstance(call.callee, ir.Member):
        return None
    arguments = (
        _python_arguments(file, node, call, dead) if file.language == "python" else _options(file, node, call, dead)
    )
    if arguments is None:
        return None
    end = ";" if file.language != "python" and file.style.semicolons else ""
    waits = "await " if "await" in _lead(file, statement, call) else ""
    callee = file.written(call.callee)
    options = "durable=True" if file.language == "python" else "{ durable: true }"
    keyword = "queue=" if named.name == "queue" else ""
    line = f"{waits}{callee}({keyword}{dead}, {options}){end}{file.style.newline}{file.indent_at(statement.start_byte)}"
    return [Edit(statement.start_byte, statement.start_byte, line), arguments]


def _lead(file: SourceFile, statement: Node, call: ir.Call) -> str:
    return file.source[statement.start_byte : call.start].decode("utf-8", "replace")


def _suffixed(file: SourceFile, value: ir.Value, queue: str) -> str | None:
    """The dead-letter queue's name as an expression in the words of the queue's."""
    if isinstance(value, ir.Literal) and isinstance(value.value, str):
        return f"{queue[:-1]}{SUFFIX}{queue[-1]}"
    if isinstance(value, ir.Name | ir.Member):
        return f'f"{{{queue}}}{SUFFIX}"' if file.language == "python" else f"`${{{queue}}}{SUFFIX}`"
    return None


def _options(file: SourceFile, node: Node, call: ir.Call, dead: str) -> Edit | None:
    quote = file.style.quote
    made = [f"deadLetterExchange: {quote}{quote}", f"deadLetterRoutingKey: {dead}"]
    arguments = node.child_by_field_name("arguments")
    if arguments is None:
        return None
    if len(call.args) == 1:
        return with_added(file, arguments, [f"{{ {', '.join(['durable: true', *made])} }}"])
    given = call.args[1].value
    if not isinstance(given, ir.Object) or any(field.key in ("arguments", None) for field in given.fields):
        return None
    return with_added(file, file.node_at(given.start, given.end), made)


def _python_arguments(file: SourceFile, node: Node, call: ir.Call, dead: str) -> Edit | None:
    quote = file.style.quote
    made = [f"{quote}x-dead-letter-exchange{quote}: {quote}{quote}", f"{quote}x-dead-letter-routing-key{quote}: {dead}"]
    given, arguments = (
        next((one for one in call.args if one.name == "arguments"), None),
        node.child_by_field_name("arguments"),
    )
    if arguments is None:
        return None
    if given is None:
        return with_added(file, arguments, [f"arguments={{{', '.join(made)}}}"])
    if not isinstance(given.value, ir.Object) or not given.value.fields or given.value.fields[-1].key is None:
        return None
    return with_added(file, file.node_at(given.value.start, given.value.end), made)
