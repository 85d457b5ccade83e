"""Spring AMQP: the queue is declared with a dead-letter queue, and what keeps failing is rejected without being requeued

(https://docs.spring.io/spring-amqp/reference/amqp/resilience-recovering-from-errors-and-broker-failures.html). The default exchange routes to the queue that the routing
key names, so no exchange is added.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from tree_sitter import Node

from eventlens import ir
from eventlens.fixes.changes import Change, Edit, FileEdit, Offer
from eventlens.fixes.context import FixContext
from eventlens.fixes.functions import call_at
from eventlens.fixes.jvm import code
from eventlens.fixes.jvm.imports import import_edits
from eventlens.fixes.jvm.project import JvmProject
from eventlens.fixes.jvm.settings import with_setting
from eventlens.fixes.source import SourceFile
from eventlens.flow.site_node import SiteNode
from eventlens.knowledge.schema import Declare

SUFFIX = ".dlq"
_BUILDER = "org.springframework.amqp.core.QueueBuilder"
_RETRIES = "spring.rabbitmq.listener.simple.retry.enabled"
"""With it a message is tried three times in the process, and then rejected without being requeued."""
_DIRECT = re.compile(r"\btype\s*[:=]\s*direct\b")
"""Containers of the other kind, which have settings of their own."""
_FACTORY = re.compile(r"\b\w*RabbitListenerContainerFactory\b")
_PLAIN = re.compile(r"(?:new )?Queue\((?P<name>[\w.]+|\"[^\"$]+\")(?:, true(?:, false, false)?)?\)")
_BUILT = re.compile(
    r"QueueBuilder\s*\.\s*(?:durable|nonDurable)\(\s*(?P<name>[\w.]+|\"[^\"$]+\")\s*\)(?P<more>[^;{}]*?)(?P<build>\s*\.\s*build\(\))"
)


class _Declared(NamedTuple):
    """A queue that a method makes: the value that is the queue, and its name as it is written there."""

    file: SourceFile
    bean: Node
    value: Node
    name: str


def offers(context: FixContext, site: SiteNode) -> Iterator[Offer]:
    """Where a bean of the project declares the queue, and the listener's container can be told to reject what fails."""
    consumer = context.consumer(site)
    names = site.channel.names
    if consumer is None or len(names) != 1 or not names[0].is_whole or consumer.policy.acknowledgement == "manual":
        return
    queue = _declared(context, names[0].text)
    rejecting: Change | None = None
    if queue is None or consumer.policy.then not in ("requeue", "drop"):
        return
    if consumer.policy.then == "requeue":
        rejecting = retried(context, site)
        if rejecting is None:
            return
    edits = _dead_lettered(queue)
    if edits:
        changes = (FileEdit(queue.file.path, tuple(edits)), *((rejecting,) if rejecting is not None else ()))
        title = f"Dead-letter into {names[0].text}{SUFFIX} (the queue has to be declared anew)"
        yield Offer("queue", title, lambda: changes, preferred=True, is_wide=True)


def retried(context: FixContext, site: SiteNode) -> Change | None:
    """The setting by which a message that fails three times is rejected, where Spring Boot makes the containers' factory."""
    project = JvmProject(context, site.module.path)
    consumer = context.consumer(site)
    if consumer is None or consumer.policy.then_is_open or not project.is_boot or _FACTORY.search(project.code):
        return None
    return None if _DIRECT.search(project.setting_texts) else with_setting(project, _RETRIES, "true")


def _declared(context: FixContext, name: str) -> _Declared | None:
    """The one bean that declares the queue."""
    graph, found = context.checks.graph, []
    for match in graph.declares:
        if match.library == "spring-amqp" and isinstance(match.entry, Declare) and match.place.frame is not None:
            channel = graph.channels.read(match, match.place, match.entry.channel)
            if [one.text for one in channel.names] == [name] and isinstance(match.place.call, ir.Call):
                found.append(match.place)
    if len(found) != 1 or not isinstance(found[0].call, ir.Call) or found[0].frame is None:
        return None
    file, call = context.file(found[0].frame.module.path), found[0].call
    value = call_at(file, call.start, call.end)
    bean = file.enclosing(value, *code.NAMED_FUNCTIONS) if value is not None else None
    if value is None or bean is None or not code.has_annotation(file, bean, "Bean"):
        return None
    said = _PLAIN.fullmatch(file.text(value)) or _BUILT.fullmatch(file.text(value))
    return _Declared(file, bean, value, said["name"]) if said is not None else None


def _dead_lettered(queue: _Declared) -> list[Edit]:
    """The queue built with a dead-letter queue, and a bean of its own for that one behind its own bean."""
    file, value = queue.file, queue.value
    dead = f'{queue.name[:-1]}{SUFFIX}"' if queue.name.startswith('"') else f'{queue.name} + "{SUFFIX}"'
    name = f"{code.name_of(file, queue.bean)}DeadLetters"
    imports = import_edits(file, _BUILDER)
    if imports is None or any(code.name_of(file, one) == name for one in file.nodes(*code.NAMED_FUNCTIONS)):
        return []
    built = _BUILT.fullmatch(file.text(value))
    if built is not None and re.search(r"(?i)dead|argument", built["more"]):
        return []
    steps = ('.deadLetterExchange("")', f".deadLetterRoutingKey({dead})", ".build()")
    gap = re.match(r"\s*", built["build"] if built is not None else "")
    levels = 2 if file.language == "java" else 1
    own_line = f"{file.style.newline}{file.indent_at(value.start_byte)}{file.style.indent * levels}"
    written = "".join((gap[0] if gap is not None and gap[0] else own_line) + step for step in steps)
    start = value.start_byte
    if built is not None:
        edits = [Edit(start + len(file.text(value)[: built.start("build")].encode()), value.end_byte, written)]
    else:
        edits = [Edit(start, value.end_byte, f"QueueBuilder.durable({queue.name}){written}")]
    return [*edits, _bean(file, queue.bean, name, dead), *imports]


def _bean(file: SourceFile, bean: Node, name: str, dead: str) -> Edit:
    indent, newline = file.indent_at(bean.start_byte), file.style.newline
    if file.language == "java":
        public = "public " if "public" in code.modifiers_of(file, bean).split() else ""
        lines = [
            "@Bean",
            f"{public}Queue {name}() {{",
            f"{file.style.indent}return QueueBuilder.durable({dead}).build();",
            "}",
        ]
    else:
        lines = ["@Bean", f"fun {name}(): Queue = QueueBuilder.durable({dead}).build()"]
    text = newline.join(indent + line for line in lines)
    return Edit(bean.end_byte, bean.end_byte, f"{newline * 2}{text}")
