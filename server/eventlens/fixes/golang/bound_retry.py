"""Retries without end, bounded: by JetStream's limit of deliveries, by what a delivery says of itself, or by a counter."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tree_sitter import Node

from eventlens import ir
from eventlens.checks.context import Subject
from eventlens.fixes.blocks import statements_of
from eventlens.fixes.bound_retry import ATTEMPTS, bounding_offer
from eventlens.fixes.changes import Edit, Offer
from eventlens.fixes.context import FixContext
from eventlens.fixes.functions import function_around
from eventlens.fixes.golang.code import aligned, entries_of, failing_return, own_nodes
from eventlens.fixes.golang.imports import name_of
from eventlens.fixes.source import SourceFile
from eventlens.flow.model import Finding
from eventlens.flow.site_node import SiteNode

_CORE = "github.com/nats-io/nats.go"
_COMPARED = re.compile(r"(?P<error>.+) (?P<operator>[!=]=) nil")
_CONFIG = "ConsumerConfig"
_SUBSCRIBING = frozenset(("Subscribe", "QueueSubscribe", "SubscribeSync", "PullSubscribe"))


def offers(context: FixContext, finding: Finding) -> Iterator[Offer]:
    """By what tries again: the broker, or a loop."""
    subject = context.subject(finding)
    if subject is None or subject.at is None or subject.frame is None:
        return
    file = context.file(subject.frame.module.path)
    if isinstance(subject.node, ir.Loop):
        edits = _counted(context, file, subject.node)
        if edits:
            yield bounding_offer(f"Give up after {ATTEMPTS} attempts", file, edits)
    elif subject.at.match.library == "nats-go":
        file = context.file(subject.at.module.path)
        edits = _limited(file, subject.at)
        if edits:
            yield bounding_offer(f"Limit the deliveries to {ATTEMPTS}", file, edits)
    elif subject.at.match.library == "amqp091-go":
        edits = _once(file, subject)
        if edits:
            yield bounding_offer("Give it back once only", file, edits, preferred=False)


# --------------------------------------------------------------------------------------------------------------- brokers


def _limited(file: SourceFile, site: SiteNode) -> list[Edit]:
    """``MaxDeliver`` where the consumer is described (https://docs.nats.io/nats-concepts/jetstream/consumers)."""
    call, package = site.match.place.call, name_of(file, _CORE)
    if b"MaxDeliver" in file.source or not isinstance(call, ir.Call) or site.chain:
        return []
    if isinstance(call.callee, ir.Member) and call.callee.name in _SUBSCRIBING and package is not None and call.args:
        if call.args[-1].spread:  # nothing may come behind options...
            return []
        end = call.args[-1].end
        return [Edit(end, end, f", {package}.MaxDeliver({ATTEMPTS})")]
    configs = [
        body
        for one in file.nodes("composite_literal")
        if (kind := one.child_by_field_name("type")) is not None
        and file.text(kind).rpartition(".")[2] == _CONFIG
        and (body := one.child_by_field_name("body")) is not None
    ]
    entries = entries_of(file, configs[0]) if len(configs) == 1 else None
    if not entries:
        return []
    indent, limit = file.indent_at(configs[0].start_byte), ("MaxDeliver", str(ATTEMPTS))
    return [Edit(configs[0].start_byte, configs[0].end_byte, aligned(file, [*entries, limit], indent))]


def _once(file: SourceFile, subject: Subject) -> list[Edit]:
    """``Nack(false, true)`` → ``Nack(false, !delivery.Redelivered)``: what comes for the second time is rejected

    (https://pkg.go.dev/github.com/rabbitmq/amqp091-go#Delivery)."""
    call = subject.node
    if not isinstance(call, ir.Call) or not isinstance(call.callee, ir.Member) or not call.args:
        return []
    last, owner = call.args[-1].value, call.callee.object
    if not isinstance(last, ir.Literal) or last.value is not True or not isinstance(owner, ir.Name):
        return []
    if (call.callee.name, len(call.args)) not in (("Nack", 2), ("Reject", 1)):
        return []
    return [Edit(last.start, last.end, f"!{owner.name}.Redelivered")]


# ----------------------------------------------------------------------------------------------------------------- loops


def _counted(context: FixContext, file: SourceFile, loop: ir.Loop) -> list[Edit]:
    """``for { … if err == nil { return } … }`` → a counted loop whose last error is given."""
    node = file.node_at(loop.start, loop.end)
    body = node.child_by_field_name("body") if node.type == "for_statement" else None
    function = function_around(file, node)
    if body is None or function is None or len(node.named_children) != 1 or "attempt" in file.text(function):
        return []
    place = _where_it_failed(file, body)
    leaving = failing_return(context, file, function, place[1]) if place is not None else None
    if place is None or leaving is None:
        return []
    at, indent, newline = place[0], file.indent_at(place[0]), file.style.newline
    guard = (
        f"if attempt == {ATTEMPTS} {{{newline}{indent}{file.style.indent}{leaving}{newline}{indent}}}{newline}{indent}"
    )
    return [Edit(node.start_byte, body.start_byte, "for attempt := 1; ; attempt++ "), Edit(at, at, guard)]


def _where_it_failed(file: SourceFile, body: Node) -> tuple[int, str] | None:
    """The first byte of what runs after an attempt that failed, and the name of its error."""
    statements = statements_of(body)
    for one, following in zip(statements, [*statements[1:], None]):
        condition, block = one.child_by_field_name("condition"), one.child_by_field_name("consequence")
        asked = _COMPARED.fullmatch(file.text(condition)) if condition is not None else None
        if one.type != "if_statement" or asked is None or block is None:
            continue
        error, leaves = asked["error"], any(own_nodes(block, "return_statement", "break_statement"))
        if asked["operator"] == "==" and following is not None:
            is_ours = one.child_by_field_name("alternative") is None and one.child_by_field_name("initializer") is None
            return (following.start_byte, error) if leaves and is_ours and error.isidentifier() else None
        if asked["operator"] == "!=" and statements_of(block) and error.isidentifier():
            return (statements_of(block)[0].start_byte, error) if not leaves else None
    return None
