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
from eventlens.fixes.changes import Edit, Offer, edited
from eventlens.fixes.context import FixContext
from eventlens.fixes.functions import function_around
from eventlens.fixes.restyling import restyled
from eventlens.fixes.scaffolds import render
from eventlens.fixes.source import SourceFile, indented

_CLIENTS = frozenset(("kafkajs", "@confluentinc/kafka-javascript"))
_PRODUCER = "deadLetters"


class _Catch(NamedTuple):
    """The catch in the message handler, and the names under which the handler has the message; ``taken`` makes it take the parts it lacks."""

    clause: Node
    body: Node
    error: str | None
    names: dict[str, str]
    taken: list[Edit]


def offers(context: FixContext, subject: Subject) -> Iterator[Offer]:
    """Where the failure ends in a catch of the handler that stands beside the subscription."""
    site = subject.at
    if site is None or site.match.library not in _CLIENTS:
        return
    file = context.file(site.module.path)
    places = [(subject.frame, subject.node), *((each.frame, each.node) for each in subject.related)]
    nodes = [node for frame, node in places if frame is not None and frame.module.path == file.path]
    caught = next((one for node in nodes if (one := _catch(file, node)) is not None), None)
    start = site.match.place.call.start if site.match.place.call is not None else None
    if caught is None or start is None or _PRODUCER.encode() in file.source:
        return
    made = _producer(file, start, caught.clause)
    if made is None:
        return
    topic = site.channel.names[0].text if len(site.channel.names) == 1 else "the topic"
    edits = [*made, *_sent(file, caught)]
    yield Offer("catch", f"Send what fails to {topic}.DLQ", lambda: edited({file.path: edits}), preferred=True)


def _catch(file: SourceFile, node: ir.Node | None) -> _Catch | None:
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
    if "message" not in names or (parameter is not None and parameter.type != "identifier"):
        return None
    missing = [one for one in ("topic", "partition") if one not in names]
    if any(re.search(rf"\b{one}\b", file.text(function)) for one in missing):
        return None
    names |= {one: one for one in missing}
    taken = _taken(function, missing) if missing else []
    return _Catch(clause, body, file.text(parameter) if parameter is not None else None, names, taken)


def _taken(function: Node, missing: list[str]) -> list[Edit]:
    """The parts that a handler does not name yet, before those that it does."""
    pattern = _pattern(function)
    first = pattern.named_children[0] if pattern is not None else None
    return (
        [Edit(first.start_byte, first.start_byte, "".join(f"{one}, " for one in missing))] if first is not None else []
    )


def _pattern(function: Node) -> Node | None:
    parameters = function.child_by_field_name("parameters")
    if parameters is None or not parameters.named_children:
        return None
    return parameters.named_children[0].child_by_field_name("pattern") or parameters.named_children[0]


def _parts(file: SourceFile, function: Node) -> dict[str, str]:
    """The names of a destructured parameter, by the part that each holds."""
    pattern, found = _pattern(function), {}
    for part in pattern.named_children if pattern is not None and pattern.type == "object_pattern" else ():
        if part.type == "shorthand_property_identifier_pattern":
            found[file.text(part)] = file.text(part)
        elif part.type == "pair_pattern":
            key, value = part.child_by_field_name("key"), part.child_by_field_name("value")
            if key is not None and value is not None and value.type == "identifier":
                found[file.text(key)] = file.text(value)
    return found


def _producer(file: SourceFile, subscribed: int, clause: Node) -> list[Edit] | None:
    """A producer beside the consumer, connected before it subscribes; None where the client is not in sight."""
    function = function_around(file, file.statement_around(subscribed, subscribed))
    made = [one for one in file.nodes("variable_declarator") if _client(file, one) is not None]
    if function is None or len(made) != 1:
        return None
    client, name = _client(file, made[0]), made[0].child_by_field_name("name")
    statement = made[0].parent
    block = statement.parent if statement is not None else None
    if client is None or name is None or statement is None or block is None or block.type == "export_statement":
        return None
    first = _first_use(file, function, file.text(name))
    if first is None or not _holds(block, clause):
        return None
    end, newline, indent = (
        ";" if file.style.semicolons else "",
        file.style.newline,
        file.indent_at(statement.start_byte),
    )
    written, edits = file.text(client), []
    if client.type == "new_expression":
        if re.search(r"\bkafka\b", re.sub(r"""(['"])kafka[\w/:.-]*\1""", "", file.source.decode("utf-8", "replace"))):
            return None
        edits = [
            Edit(statement.start_byte, statement.start_byte, f"const kafka = {written}{end}{newline}{indent}"),
            Edit(client.start_byte, client.end_byte, "kafka"),
        ]
        written = "kafka"
    line = f"{newline}{indent}const {_PRODUCER} = {written}.producer(){end}"
    connect = f"await {_PRODUCER}.connect(){end}{newline}{file.indent_at(first.start_byte)}"
    return [
        *edits,
        Edit(statement.end_byte, statement.end_byte, line),
        Edit(first.start_byte, first.start_byte, connect),
        *_disconnected(file, file.text(name), block),
    ]


def _client(file: SourceFile, declarator: Node) -> Node | None:
    """The client whose ``consumer(…)`` a variable is given."""
    value = declarator.child_by_field_name("value")
    callee = value.child_by_field_name("function") if value is not None and value.type == "call_expression" else None
    method = callee.child_by_field_name("property") if callee is not None else None
    if callee is None or method is None or file.text(method) != "consumer":
        return None
    client = callee.child_by_field_name("object")
    return (
        client if client is not None and client.type in ("identifier", "member_expression", "new_expression") else None
    )


def _holds(block: Node, node: Node) -> bool:
    """Whether what is declared in a block is seen at a node."""
    return block.start_byte <= node.start_byte and node.end_byte <= block.end_byte


def _disconnected(file: SourceFile, consumer: str, block: Node) -> Iterator[Edit]:
    """The producer disconnected where the consumer is."""
    for statement in file.nodes("expression_statement"):
        text = file.text(statement)
        if text.removesuffix(";") == f"await {consumer}.disconnect()" and _holds(block, statement):
            line = file.style.newline + file.indent_at(statement.start_byte) + text.replace(consumer, _PRODUCER)
            yield Edit(statement.end_byte, statement.end_byte, line)


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
    edits = [*caught.taken, *([] if caught.error else [Edit(keyword.end_byte, keyword.end_byte, f" ({error})")])]
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
