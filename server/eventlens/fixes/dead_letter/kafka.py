"""Kafka: the catch that would drop the message publishes it to ``<topic>.DLQ``, with where it came from and why it failed in headers.

For clients with kafkajs' interface (https://kafka.js.org/docs/producing, @confluentinc/kafka-javascript).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from tree_sitter import Node

from eventlens import ir
from eventlens.checks.context import Subject
from eventlens.fixes.blocks import leaves, statements_of
from eventlens.fixes.changes import Change, Edit, FileEdit, Offer
from eventlens.fixes.context import FixContext
from eventlens.fixes.functions import function_around
from eventlens.fixes.restyling import restyled
from eventlens.fixes.scaffolds import render
from eventlens.fixes.source import SourceFile, indented

_CLIENTS = frozenset(("kafkajs", "@confluentinc/kafka-javascript"))
_PRODUCER = "deadLetters"
_CONSUMER = re.compile(r"\b(?:const|let)\s+(\w+)\s*=\s*([\w.]+)\.consumer\(")


class _Catch(NamedTuple):
    """The catch in the message handler, and the names under which the handler has the message."""

    clause: Node
    body: Node
    error: str | None
    names: dict[str, str]


def offers(context: FixContext, subject: Subject) -> Iterator[Offer]:
    """Where the failure ends in a catch of the handler that stands beside the subscription."""
    site = subject.at
    if site is None or site.match.library not in _CLIENTS:
        return
    file = context.file(site.module.path)
    caught = next((one for each in subject.related if (one := _catch(file, each.node)) is not None), None)
    start = site.match.place.call.start if site.match.place.call is not None else None
    if caught is None or start is None or _PRODUCER in file.source.decode("utf-8", "replace"):
        return
    made = _producer(file, start)
    if made is None:
        return
    topic = site.channel.names[0].text if len(site.channel.names) == 1 else "the topic"
    edits = [*made, *_sent(file, caught)]
    yield Offer("catch", f"Send what fails to {topic}.DLQ", lambda: _changes(file, edits), preferred=True)


def _changes(file: SourceFile, edits: list[Edit]) -> tuple[Change, ...]:
    return (FileEdit(file.path, tuple(edits)),)


def _catch(file: SourceFile, node: ir.Node) -> _Catch | None:
    """A catch that does not leave its handler, whose handler takes topic, partition and message apart."""
    if not isinstance(node, ir.Catch):
        return None
    clause = file.tree.root_node.named_descendant_for_byte_range(node.start, node.end)
    while clause is not None and clause.type != "catch_clause":
        clause = clause.parent
    function = function_around(file, clause) if clause is not None else None
    body = clause.child_by_field_name("body") if clause is not None else None
    if clause is None or function is None or body is None or any(leaves(one) for one in statements_of(body)):
        return None
    names = _parts(file, function)
    parameter = clause.child_by_field_name("parameter")
    if not {"topic", "partition", "message"} <= names.keys() or (
        parameter is not None and parameter.type != "identifier"
    ):
        return None
    return _Catch(clause, body, file.text(parameter) if parameter is not None else None, names)


def _parts(file: SourceFile, function: Node) -> dict[str, str]:
    """The names of a destructured parameter, by the part that each holds."""
    parameters = function.child_by_field_name("parameters")
    if parameters is None or not parameters.named_children:
        return {}
    pattern = parameters.named_children[0].child_by_field_name("pattern") or parameters.named_children[0]
    found = {}
    for part in pattern.named_children if pattern.type == "object_pattern" else ():
        if part.type == "shorthand_property_identifier_pattern":
            found[file.text(part)] = file.text(part)
        elif part.type == "pair_pattern":
            key, value = part.child_by_field_name("key"), part.child_by_field_name("value")
            if key is not None and value is not None and value.type == "identifier":
                found[file.text(key)] = file.text(value)
    return found


def _producer(file: SourceFile, subscribed: int) -> list[Edit] | None:
    """A producer beside the consumer, connected before it subscribes; None where the client is not in sight."""
    function = function_around(file, file.statement_around(subscribed, subscribed))
    if function is None:
        return None
    text = file.source.decode("utf-8", "replace")
    made = _CONSUMER.findall(text)
    if len(made) != 1:
        return None
    consumer, client = made[0]
    declaration = file.source.index(f"{consumer} = {client}.consumer(".encode())
    statement = file.statement_around(declaration, declaration)
    first = _first_use(file, function, consumer)
    if first is None:
        return None
    end, newline = ";" if file.style.semicolons else "", file.style.newline
    line = f"const {_PRODUCER} = {client}.producer(){end}{newline}{file.indent_at(statement.start_byte)}"
    connect = f"await {_PRODUCER}.connect(){end}{newline}{file.indent_at(first.start_byte)}"
    return [
        Edit(statement.start_byte, statement.start_byte, line),
        Edit(first.start_byte, first.start_byte, connect),
    ]


def _first_use(file: SourceFile, function: Node, consumer: str) -> Node | None:
    body = function.child_by_field_name("body")
    return next(
        (
            one
            for one in (statements_of(body) if body is not None else [])
            if file.text(one).startswith(f"await {consumer}.")
        ),
        None,
    )


def _sent(file: SourceFile, caught: _Catch) -> list[Edit]:
    error = caught.error or "error"
    code = render("dead_letter/kafka_es", producer=_PRODUCER, error=error, **caught.names)
    text = restyled(code, file.style, ".ts").rstrip()
    keyword = caught.clause.children[0]
    edits = [] if caught.error else [Edit(keyword.end_byte, keyword.end_byte, f" ({error})")]
    newline, indent = file.style.newline, file.indent_at(caught.clause.start_byte) + file.style.indent
    statements = statements_of(caught.body)
    if statements:
        last = statements[-1]
        return [*edits, Edit(last.end_byte, last.end_byte, newline + indented(text, file.indent_at(last.start_byte)))]
    closing = f"{newline}{file.indent_at(caught.clause.start_byte)}}}"
    return [
        *edits,
        Edit(caught.body.start_byte, caught.body.end_byte, "{" + newline + indented(text, indent) + closing),
    ]
