"""Let the failure out: the caller, the library or the broker then deals with the message."""

from __future__ import annotations

from collections.abc import Iterator

from tree_sitter import Node

from eventlens import ir
from eventlens.checks.context import Subject
from eventlens.checks.missing_retry_policy import gives_up_at_once
from eventlens.fixes import dead_letter
from eventlens.fixes.blocks import appended, leaves, statements_of
from eventlens.fixes.changes import Edit, Offer, edited
from eventlens.fixes.context import FixContext
from eventlens.fixes.csharp import retries as csharp_retries
from eventlens.fixes.end_of_failure import end_of_failure, is_unreadable, title_of
from eventlens.fixes.functions import call_at
from eventlens.fixes.next_turn import clause_of, next_turn
from eventlens.fixes.source import SourceFile
from eventlens.flow.model import Finding

_DEAF = frozenset(("amqplib", "amqp-connection-manager", "rabbitmq-client-dotnet"))


def offers(context: FixContext, finding: Finding) -> Iterator[Offer]:
    """Where a catch swallows the failure and nothing behind it acknowledges the message all the same."""
    subject = context.subject(finding)
    if subject is None or subject.frame is None or subject.node is None or not _is_heard(context, subject):
        return
    file = context.file(subject.frame.module.path)
    preferred = not any(True for _ in dead_letter.offers(context, finding))
    title = "Let the failure out"
    turn = _next_turn(file, subject)
    if turn is not None:
        title, edits = "Leave the failed message in its queue", [turn]
    elif isinstance(subject.node, ir.Catch):
        clause = clause_of(file, subject.node)
        end = end_of_failure(context, subject, clause) if clause is not None else "unheard"
        if clause is None or end in ("turns", "unheard") or (end == "consuming" and is_unreadable(context, subject)):
            return
        edits, preferred = _caught(file, clause), preferred and end == "heard"
        title = title_of(end)
    else:
        edits = _chained(file, subject.node) if isinstance(subject.node, ir.Call) else []
    tried = _tried_again(context, file, subject) if edits else {}
    if edits and tried is not None:
        title = f"{title}, and have the bus try again" if tried else title
        changed = {**tried, file.path: [*edits, *tried.get(file.path, ())]}
        yield Offer("rethrow", title, lambda: edited(changed), preferred, is_wide=set(changed) != {file.path})


def _tried_again(context: FixContext, file: SourceFile, subject: Subject) -> dict[str, list[Edit]] | None:
    """What has a message tried again that the library would put away at its first failure; None where that cannot be said."""
    consumer = context.consumer(subject.at) if subject.at is not None and file.language == "csharp" else None
    if consumer is None or not gives_up_at_once(context.checks, consumer):
        return {}
    tried = csharp_retries.retried(context) if consumer.node.match.library == csharp_retries.LIBRARY else None
    return {tried[0].path: [tried[1]]} if tried is not None else None


def _is_heard(context: FixContext, subject: Subject) -> bool:
    """Whether somebody hears of a failure that leaves the handler: in a callback of amqplib it only ends the process, and
    RabbitMQ.Client leaves the delivery as it is (https://www.rabbitmq.com/client-libraries/dotnet-api-guide#consuming)."""
    site = subject.at
    return site is None or site.role == "publish" or site.match.library not in _DEAF


def _caught(file: SourceFile, clause: Node) -> list[Edit]:
    if file.language in ("python", "csharp"):
        return _bare(file, clause, "raise" if file.language == "python" else "throw")
    return _ecmascript(file, clause)


def _next_turn(file: SourceFile, subject: Subject) -> Edit | None:
    """SQS: the next message of a batch, the failed one not deleted: the others are not to wait for it."""
    if subject.at is None or subject.at.channel.broker != "sqs" or not isinstance(subject.node, ir.Catch):
        return None
    return next_turn(file, subject.node)


def _chained(file: SourceFile, call: ir.Call) -> list[Edit]:
    """``await work().catch(() => undefined)`` → ``await work()``, where nobody uses what comes out."""
    node, statement = call_at(file, call.start, call.end), file.statement_around(call.start, call.end)
    waiting = node.parent if node is not None else None
    callee = node.child_by_field_name("function") if node is not None else None
    work = callee.child_by_field_name("object") if callee is not None else None
    name = callee.child_by_field_name("property") if callee is not None else None
    if node is None or work is None or name is None or file.text(name) != "catch" or waiting is None:
        return []
    if waiting.type != "await_expression" or waiting.parent != statement or statement.type != "expression_statement":
        return []
    return [Edit(work.end_byte, node.end_byte, "")]


def _ecmascript(file: SourceFile, clause: Node) -> list[Edit]:
    body, parameter, attempt = (
        clause.child_by_field_name("body"),
        clause.child_by_field_name("parameter"),
        clause.parent,
    )
    if body is None or attempt is None or attempt.child_by_field_name("finalizer") is not None:
        return []
    if (parameter is not None and parameter.type != "identifier") or any(leaves(one) for one in statements_of(body)):
        return []
    name = file.text(parameter) if parameter is not None else "error"
    keyword = clause.children[0]
    edits = [] if parameter is not None else [Edit(keyword.end_byte, keyword.end_byte, f" ({name})")]
    if statements_of(body):
        return [*edits, appended(file, body, f"throw {name}")]
    end = ";" if file.style.semicolons else ""
    indent = file.indent_at(clause.start_byte)
    newline = file.style.newline
    inside = f"{{{newline}{indent}{file.style.indent}throw {name}{end}{newline}{indent}}}"
    return [*edits, Edit(body.start_byte, body.end_byte, inside)]


def _bare(file: SourceFile, clause: Node, statement: str) -> list[Edit]:
    """The caught failure thrown again, by a word alone."""
    body = next((child for child in clause.named_children if child.type == "block"), None)
    attempt = clause.parent
    if body is None or attempt is None or any(child.type == "finally_clause" for child in attempt.named_children):
        return []
    return _last_in_block(file, body, statement)


def _last_in_block(file: SourceFile, body: Node, statement: str) -> list[Edit]:
    statements = statements_of(body)
    if not statements or any(leaves(one) for one in statements):
        return []
    if [one.type for one in statements] == ["pass_statement"]:
        return [Edit(statements[0].start_byte, statements[0].end_byte, statement)]
    return [appended(file, body, statement)]
