"""Add a partition key: the id of the thing, so that its events stay in one partition and in order.

What a library takes for a key: kafkajs a text or a buffer (https://kafka.js.org/docs/producing#message-structure), confluent-kafka
a text or bytes, aiokafka and kafka-python bytes unless they have a ``key_serializer``
(https://aiokafka.readthedocs.io/en/stable/api.html#aiokafka.AIOKafkaProducer), the clients of Go bytes, sarama an ``Encoder``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from eventlens import ir
from eventlens.checks.life_stages import stages_of
from eventlens.fixes.changes import Edit, Offer, edited
from eventlens.fixes.context import FixContext
from eventlens.fixes.golang.imports import name_of
from eventlens.fixes.identities import Identity, identity_of
from eventlens.fixes.source import SourceFile
from eventlens.flow.denotations import ExternalResult, LibraryValue, Record
from eventlens.flow.message_keys import holders_of
from eventlens.flow.model import Finding
from eventlens.flow.module_index import last_name
from eventlens.flow.site_node import SiteNode
from eventlens.flow.written_arguments import local_value
from eventlens.knowledge.paths import AccessPath, parse_path
from eventlens.knowledge.schema import Publish

RULES = frozenset(("missing-partition-key",))
_TAKES_BYTES = frozenset(("aiokafka", "kafka-python"))
_SARAMA = ("github.com/IBM/sarama", "github.com/Shopify/sarama")
_SERIALIZER = b"key_serializer"
_TEXT_OF = {
    "typescript": "String({})",
    "javascript": "String({})",
    "python": "str({})",
    "java": "String.valueOf({})",
    "kotlin": "{}.toString()",
}
"""How a text is made of a value of any type. Go has no way that needs no import."""
_OTHER_KEYS = re.compile(
    r"\b\w*(?:KafkaTemplate|KafkaOperations|Producer|ProducerRecord)<\s*(?!String\b|Object\b|Any\b|[?*>])"
)
"""Producers of Java and Kotlin whose keys are declared to be something else than texts."""


def offers(context: FixContext, finding: Finding) -> Iterator[Offer]:
    """Where the message is made beside the call of the library, and one thing in it identifies what it is about."""
    subject = context.subject(finding)
    node = subject.at if subject is not None else None
    if node is None or node.chain or node.place.frame is not node.frame or not isinstance(node.place.call, ir.Call):
        return
    file = context.file(node.frame.module.path)
    identity = _identity(context, file, node, node.place.call, finding)
    key = _key(context, file, node, identity) if identity is not None else None
    edit = _edit(file, node, key) if key is not None else None
    if identity is not None and edit is not None:
        title = f"Send with {identity.text} as the key"
        yield Offer("key", title, lambda: edited({file.path: [edit]}), preferred=True)


def _identity(
    context: FixContext, file: SourceFile, node: SiteNode, call: ir.Call, finding: Finding
) -> Identity | None:
    known = context.checks.graph.by_id.get(finding.site or "")
    things = {stage.thing for stage in stages_of(node, known[1]) if stage.thing} if known is not None else set()
    return identity_of(file, call, node.frame, things.pop()) if len(things) == 1 else None


def _key(context: FixContext, file: SourceFile, node: SiteNode, identity: Identity) -> str | None:
    """The key as the library wants it; None where that does not show."""
    if file.language == "go":
        return _go_key(file, node, identity.text) if identity.is_text else None
    text = identity.text if identity.is_text else _TEXT_OF[file.language].format(identity.text)
    if file.language in ("java", "kotlin"):
        return text if _OTHER_KEYS.search(file.source.decode("utf-8", "replace")) is None else None
    if node.match.library not in _TAKES_BYTES or _SERIALIZER in file.source:
        return text
    is_made_elsewhere = any(
        path.endswith(".py") and _SERIALIZER in context.workspace.text_if_there(path)
        for path in context.workspace.sources()
    )
    return f"{text}.encode()" if not is_made_elsewhere else None


def _go_key(file: SourceFile, node: SiteNode, text: str) -> str | None:
    if node.match.library != "sarama":
        return f"[]byte({text})"
    package = name_of(file, *_SARAMA)
    return f"{package}.StringEncoder({text})" if package is not None else None


def _edit(file: SourceFile, node: SiteNode, key: str) -> Edit | None:
    entry, call = node.match.entry, node.place.call
    if not isinstance(entry, Publish) or not isinstance(call, ir.Call):
        return None
    if file.language in ("java", "kotlin"):
        return _second(_record(call, node) or call, key)
    for path in map(parse_path, entry.key or ()):
        if path.head == "keyword" and not path.steps and file.language == "python":
            return _keyword(call, path.key, key)
        parts = _parts(node, path) if path.steps else ()
        if parts:
            return _field(file, parts, path.steps[-1], key)
    return None


def _record(call: ir.Call, node: SiteNode) -> ir.Call | None:
    """The ``new ProducerRecord<>(topic, value)`` that a call is given."""
    given = call.args[0].value if call.args else None
    made = local_value(given, node.frame) if isinstance(given, ir.Name) else given
    return made if isinstance(made, ir.Call) and last_name(made.callee) == "ProducerRecord" else None


def _second(call: ir.Call, key: str) -> Edit | None:
    """``send(topic, value)`` → ``send(topic, key, value)``."""
    if len(call.args) != 2 or any(one.name is not None or one.spread for one in call.args):
        return None
    at = call.args[1].start
    return Edit(at, at, f"{key}, ")


def _keyword(call: ir.Call, name: str, key: str) -> Edit | None:
    given = next((one for one in call.args if one.name == name), None)
    if given is not None:
        return Edit(given.value.start, given.value.end, key)
    return Edit(call.args[-1].end, call.args[-1].end, f", {name}={key}") if call.args else None


def _parts(node: SiteNode, path: AccessPath) -> Sequence[ir.Field] | Sequence[ir.Argument]:
    """The parts of the one message, written in the same function: an object's fields, or what a construction is given by name."""
    found = holders_of(node, path)
    made = found[0] if len(found) == 1 else None
    if isinstance(made, Record) and made.frame is node.frame:
        return made.node.fields
    if isinstance(made, LibraryValue | ExternalResult) and made.frame is node.frame and isinstance(made.call, ir.Call):
        return made.call.args if made.call.is_new and all(one.name for one in made.call.args) else ()
    return ()


def _field(file: SourceFile, parts: Sequence[ir.Field] | Sequence[ir.Argument], name: str, key: str) -> Edit:
    given = next((one for one in parts if (one.key if isinstance(one, ir.Field) else one.name) == name), None)
    if given is not None:
        return Edit(given.value.start, given.value.end, key)
    first = parts[0].start
    starts_line = not file.source[file.line_start(first) : first].strip()
    behind = f"{file.style.newline}{file.indent_at(first)}" if starts_line else " "
    return Edit(first, first, f"{name}: {key},{behind}")
