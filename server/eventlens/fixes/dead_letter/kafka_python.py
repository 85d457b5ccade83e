"""Kafka from Python: the except clause of a poll loop publishes what failed to ``<topic>.DLQ``

(aiokafka: https://aiokafka.readthedocs.io/en/stable/producer.html; kafka-python: https://kafka-python.readthedocs.io/en/master/usage.html;
confluent-kafka: https://docs.confluent.io/platform/current/clients/confluent-kafka-python/html/index.html#confluent_kafka.Producer.produce).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from tree_sitter import Node

from eventlens import ir
from eventlens.checks.context import Subject
from eventlens.fixes.await_publish import REPORT
from eventlens.fixes.blocks import leaves, statements_of
from eventlens.fixes.changes import Edit, Offer, apply_edits, edited
from eventlens.fixes.context import FixContext
from eventlens.fixes.python_code import layout_of
from eventlens.fixes.python_imports import Wanted, edits_between, imported_as, with_imports
from eventlens.fixes.restyling import restyled
from eventlens.fixes.scaffolds import render
from eventlens.fixes.source import SourceFile, indented
from eventlens.flow.site_node import SiteNode

LIBRARIES = {
    "aiokafka": ("AIOKafkaConsumer", "AIOKafkaProducer"),
    "kafka-python": ("KafkaConsumer", "KafkaProducer"),
    "confluent-kafka-python": ("Consumer", "Producer"),
}
"""Library → its consumer's and its producer's class."""
_CONNECTION = re.compile(r"^(bootstrap_servers|client_id|api_version|loop|security_protocol|ssl_\w+|sasl_\w+)$")
_CONNECTION_KEY = re.compile(
    r"^(bootstrap\.servers|client\.id|security\.protocol|ssl\..+|sasl\..+|metadata\.broker\.list)$"
)


class _Consumer(NamedTuple):
    """The one consumer that a file makes: the statement, its call, and the name that holds it."""

    statement: Node
    call: Node
    name: str

    @property
    def producer(self) -> str:
        """The name beside it that will hold the producer."""
        return "self._dead_letters" if self.name.startswith("self.") else "dead_letters"


class _Caught(NamedTuple):
    """The except clause, and the names of the error and the message in it."""

    clause: Node
    body: Node
    error: str | None
    message: str


def offers(context: FixContext, subject: Subject) -> Iterator[Offer]:
    """Where the poll loop and the consumer stand in one file and the message can be sent on as it came."""
    site = subject.at
    node = subject.node if isinstance(subject.node, ir.Catch) else None
    node = node or next((one.node for one in subject.related if isinstance(one.node, ir.Catch)), None)
    if site is None or site.match.library not in LIBRARIES or node is None or site.chain:
        return
    file = context.file(site.module.path)
    frames = [subject.frame, *(one.frame for one in subject.related if one.node is node)]
    if b"dead_letters" in file.source or any(one is not None and one.module.path != file.path for one in frames):
        return
    consumer = _consumer(file, site)
    caught = _caught(file, node, consumer) if consumer is not None else None
    edits = _edits(file, site, consumer, caught) if consumer is not None and caught is not None else None
    if not edits:
        return
    topic = site.channel.names[0].text if len(site.channel.names) == 1 else "the topic"
    yield Offer("catch", f"Send what fails to {topic}.DLQ", lambda: edited({file.path: edits}), preferred=True)


def _consumer(file: SourceFile, site: SiteNode) -> _Consumer | None:
    wanted, found = LIBRARIES[site.match.library][0], []
    for call in file.nodes("call"):
        callee = call.child_by_field_name("function")
        if callee is not None and file.text(callee).rpartition(".")[2] == wanted:
            found.append(call)
    assignment = found[0].parent if len(found) == 1 else None
    left = (
        assignment.child_by_field_name("left") if assignment is not None and assignment.type == "assignment" else None
    )
    if left is None or assignment is None or assignment.parent is None:
        return None
    name = file.text(left)
    return _Consumer(assignment.parent, found[0], name) if re.fullmatch(r"(self\.)?\w+", name) else None


def _caught(file: SourceFile, node: ir.Node, consumer: _Consumer) -> _Caught | None:
    clause = file.tree.root_node.named_descendant_for_byte_range(node.start, node.end)
    while clause is not None and clause.type != "except_clause":
        clause = clause.parent
    body = next((one for one in clause.named_children if one.type == "block"), None) if clause is not None else None
    if clause is None or body is None or any(leaves(one) for one in statements_of(body)):
        return None
    said = [one for one in clause.named_children if one.type not in ("block", "comment")]
    message = _message(file, clause, consumer.name)
    if (
        len(said) != 1
        or message is None
        or _function(file, clause, consumer) != _function(file, consumer.statement, consumer)
    ):
        return None
    error = said[0].named_children[-1] if said[0].type == "as_pattern" else None
    return _Caught(clause, body, file.text(error) if error is not None else None, message)


def _function(file: SourceFile, node: Node, consumer: _Consumer) -> Node | None:
    """In what both the consumer's name and the producer's can be seen: the class of a member, the function of a local."""
    kind = "class_definition" if consumer.name.startswith("self.") else "function_definition"
    return file.enclosing(node, kind)


def _message(file: SourceFile, clause: Node, consumer: str) -> str | None:
    """The name of the message in the poll loop around a clause: what is polled, or what is iterated."""
    loop = file.enclosing(clause, "for_statement", "while_statement")
    if loop is None:
        return None
    if loop.type == "for_statement":
        left, right = loop.child_by_field_name("left"), loop.child_by_field_name("right")
        is_direct = right is not None and file.text(right) == consumer
        return file.text(left) if left is not None and left.type == "identifier" and is_direct else None
    polled = re.findall(
        rf"^\s*(\w+)(?:\s*:[^=\n]+)?\s*=\s*{re.escape(consumer)}\.poll\(", file.text(loop), re.MULTILINE
    )
    return polled[0] if len(polled) == 1 else None


# ------------------------------------------------------------------------------------------------------------ the edits


def _edits(file: SourceFile, site: SiteNode, consumer: _Consumer, caught: _Caught) -> tuple[Edit, ...] | None:
    made = _producer(file, site.match.library, consumer)
    sent = _sent(file, site.match.library, consumer, caught)
    if made is None or sent is None:
        return None
    edits, wanted = [*made, *sent], []
    producer = LIBRARIES[site.match.library][1]
    callee = file.text(consumer.call).partition("(")[0]
    module = {"aiokafka": "aiokafka", "kafka-python": "kafka", "confluent-kafka-python": "confluent_kafka"}[
        site.match.library
    ]
    if "." not in callee:
        wanted.append(Wanted(module, producer))
    if site.match.library == "confluent-kafka-python":
        if b"def _raise_if_undelivered(" not in file.source:
            top = consumer.statement
            while top.parent is not None and top.parent.type != "module":
                top = top.parent
            report = restyled(REPORT, file.style, ".py")
            edits.append(Edit(top.start_byte, top.start_byte, report))
        wanted += [Wanted(module, name) for name in ("KafkaError", "KafkaException", "Message")]
    if any(one.name and imported_as(file, one) not in (None, one.name) for one in wanted):
        return None
    after = with_imports(
        SourceFile(file.path, apply_edits(file.source, edits)), wanted, frozenset(), layout_of(file, None)
    )
    return edits_between(file.source, after.source)


def _producer(file: SourceFile, library: str, consumer: _Consumer) -> list[Edit] | None:
    """The producer beside the consumer, with what the consumer is told of the connection; for aiokafka, started and stopped with it."""
    arguments, callee = consumer.call.child_by_field_name("arguments"), consumer.call.child_by_field_name("function")
    if arguments is None or callee is None:
        return None
    own, other = LIBRARIES[library]
    if library == "confluent-kafka-python":
        given = _pairs(file, arguments)
    else:
        given = _keywords(file, arguments)
    if not given:
        return None
    newline, indent = file.style.newline, file.indent_at(consumer.statement.start_byte)
    made = f"{consumer.producer} = {file.text(callee).removesuffix(own)}{other}({given})"
    edits = [Edit(consumer.statement.end_byte, consumer.statement.end_byte, f"{newline}{indent}{made}")]
    return [*edits, *_lifetime(file, consumer)] if library == "aiokafka" else edits


def _keywords(file: SourceFile, arguments: Node) -> str:
    """The keyword arguments that say how to connect; "" where some are not in sight."""
    found = []
    for one in arguments.named_children:
        name = one.child_by_field_name("name") if one.type == "keyword_argument" else None
        if one.type == "dictionary_splat":
            return ""
        if name is not None and _CONNECTION.match(file.text(name)):
            found.append(file.text(one))
    return ", ".join(found)


def _pairs(file: SourceFile, arguments: Node) -> str:
    """The dictionary of what says how to connect; "" where it is not written here."""
    options = arguments.named_children[0] if len(arguments.named_children) == 1 else None
    if options is None or options.type != "dictionary" or any(one.type != "pair" for one in options.named_children):
        return ""
    found = []
    for pair in options.named_children:
        key = pair.child_by_field_name("key")
        if key is not None and _CONNECTION_KEY.match(file.text(key).strip("'\"")):
            found.append(file.text(pair))
    return f"{{{', '.join(found)}}}" if found else ""


def _lifetime(file: SourceFile, consumer: _Consumer) -> Iterator[Edit]:
    for method in ("start", "stop"):
        for statement in file.nodes("expression_statement"):
            if file.text(statement) == f"await {consumer.name}.{method}()":
                line = f"await {consumer.producer}.{method}(){file.style.newline}{file.indent_at(statement.start_byte)}"
                yield Edit(statement.start_byte, statement.start_byte, line)


def _sent(file: SourceFile, library: str, consumer: _Consumer, caught: _Caught) -> list[Edit] | None:
    error = caught.error or "error"
    if library == "confluent-kafka-python":
        code = render("dead_letter/kafka_confluent.py", producer=consumer.producer, message=caught.message, error=error)
    else:
        value = _value(file, consumer, caught.message)
        if value is None or (library == "aiokafka" and f"await {consumer.name}.start()".encode() not in file.source):
            return None
        lead, rest = ("await {}.send_and_wait", "") if library == "aiokafka" else ("{}.send", ".get(timeout=30)")
        code = render(
            "dead_letter/kafka_records.py",
            lead=lead.format(consumer.producer),
            rest=rest,
            message=caught.message,
            key=f"{caught.message}.key",
            value=value,
            error=error,
        )
    text = restyled(code, file.style, ".py").rstrip()
    edits = []
    if caught.error is None:
        said = next(one for one in caught.clause.named_children if one.type not in ("block", "comment"))
        edits.append(Edit(said.end_byte, said.end_byte, f" as {error}"))
    last = statements_of(caught.body)[-1]
    if last.type == "pass_statement":
        return [*edits, Edit(last.start_byte, last.end_byte, indented(text, file.indent_at(last.start_byte)).lstrip())]
    return [
        *edits,
        Edit(last.end_byte, last.end_byte, file.style.newline + indented(text, file.indent_at(last.start_byte))),
    ]


def _value(file: SourceFile, consumer: _Consumer, message: str) -> str | None:
    """The message's content as bytes again; None where what decodes it cannot be undone."""
    arguments = consumer.call.child_by_field_name("arguments")
    for one in arguments.named_children if arguments is not None else ():
        name, value = one.child_by_field_name("name"), one.child_by_field_name("value")
        if name is None or value is None or not file.text(name).endswith("_deserializer"):
            continue
        if file.text(name) != "value_deserializer" or "json.loads(" not in file.text(value):
            return None
        return f"json.dumps({message}.value).encode()"
    return f"{message}.value"
