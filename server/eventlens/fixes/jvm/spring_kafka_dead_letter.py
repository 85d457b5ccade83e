"""Spring Kafka: the error handler of the listener's container gets a recoverer that publishes to the dead-letter topic

(https://docs.spring.io/spring-kafka/reference/kafka/annotation-error-handling.html#dead-letters).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from posixpath import dirname, join
from typing import NamedTuple

from tree_sitter import Node

from eventlens.fixes.blocks import put_after, statements_of
from eventlens.fixes.changes import Change, Edit, FileEdit, NewFile, Offer
from eventlens.fixes.context import FixContext
from eventlens.fixes.functions import CALLS
from eventlens.fixes.jvm import code
from eventlens.fixes.jvm.imports import import_edits, package_of, unused_import
from eventlens.fixes.jvm.project import JvmProject
from eventlens.fixes.restyling import restyled
from eventlens.fixes.scaffolds import render
from eventlens.fixes.source import SourceFile, inside
from eventlens.flow.site_node import SiteNode

_ATTEMPTS = 3
_DEFAULT_FACTORY = "kafkaListenerContainerFactory"
_NAMED_FACTORY = re.compile(r"\bcontainerFactory\s*=\s*(\"(?P<name>\w+)\")?")
_TEMPLATES = re.compile(r"\b(?:Routing|Replying|AggregatingReplying)?KafkaTemplate(?:<[^()]*>)?\(")
_READING = re.compile(r"\b(\w+?)Deserializer\b")
_WRITING = re.compile(r"\b(\w+?)Serializer\b")
_USUAL = frozenset(("String",))
"""What Spring Boot reads and writes keys and values with where nothing is said."""
_OF_OTHERS = frozenset(("ErrorHandling", "Delegating", "DelegatingByType", "DelegatingByTopic"))
"""Serializers around others: what a record holds then cannot be told from their names."""
_HANDLERS = re.compile(r"(?<!@)\b\w*ErrorHandler\b|\bDeadLetterPublishingRecoverer\b|\bRetryTopicConfiguration\w*\b")
_CLASSES = (
    "org.springframework.kafka.core.KafkaOperations",
    "org.springframework.kafka.listener.DeadLetterPublishingRecoverer",
    "org.springframework.kafka.listener.DefaultErrorHandler",
    "org.springframework.util.backoff.FixedBackOff",
)
_DEFAULT_HANDLER = re.compile(r"\bDefaultErrorHandler\(")
_ENDING = re.compile(r"(?:new\s+)?(?:FixedBackOff\([\w.]+,\s*[\d_]+L?\)|ExponentialBackOffWithMaxRetries\()")
"""Back-offs that come to an end."""
_ENDLESS = re.compile(r"(?:new\s+)?FixedBackOff\([^(),]+,\s*(FixedBackOff\.UNLIMITED_ATTEMPTS|Long\.MAX_VALUE)\s*\)")
_PLAIN = frozenset(("String", "Object", "Any", "Any?", "?", "*"))
_NEW_CLASS = "KafkaErrorHandling"
_TITLE = "Send what keeps failing to the dead-letter topic"


class _Bean(NamedTuple):
    """A method of a configuration class that makes a bean."""

    file: SourceFile
    function: Node

    @property
    def text(self) -> str:
        return self.file.text(self.function)


def offers(context: FixContext, site: SiteNode) -> Iterator[Offer]:
    """In the bean that makes the error handler or the container factory; a bean of its own where Spring Boot makes those."""
    project, listener = JvmProject(context, site.module.path), context.file(site.module.path)
    name = _factory_name(listener, site)
    if name is None or not _may_publish(project):
        return
    factories = _beans(project, f" {name}(", name)
    if len(factories) > 1 or (not factories and not (name == _DEFAULT_FACTORY and project.is_boot)):
        return
    factory = factories[0] if factories else None
    changes = _recovering(project, factory) or (_handled(project, factory) if factory else _new(project, listener))
    if changes:
        yield Offer("handler", _TITLE, lambda: changes, preferred=True, is_wide=True)


def _beans(project: JvmProject, text: str, name: str = "") -> list[_Bean]:
    """The methods that make beans, of a name where one is given, in the files that hold a text."""
    return [
        _Bean(file, function)
        for file in project.holding(text)
        for function in file.nodes(*code.NAMED_FUNCTIONS)
        if code.name_of(file, function) == (name or code.name_of(file, function))
        and code.has_annotation(file, function, "Bean")
    ]


def _factory_name(file: SourceFile, site: SiteNode) -> str | None:
    """The container factory that a listener names, else the usual one; None where a constant names it."""
    found = _NAMED_FACTORY.search(file.written(site.node))
    return _DEFAULT_FACTORY if found is None else found["name"]


def _may_publish(project: JvmProject) -> bool:
    """Whether there is one template, and it writes what the listeners read: a dead letter is published as it was read."""
    made = len(_TEMPLATES.findall(project.code))
    if made > 1 or (made == 0 and not project.is_boot):
        return False
    said = project.code + project.setting_texts
    reading, writing = (frozenset(one.findall(said)) or _USUAL for one in (_READING, _WRITING))
    return reading == writing and not reading & _OF_OTHERS


def _new(project: JvmProject, listener: SourceFile) -> tuple[Change, ...]:
    """A bean that Spring Boot gives to the factory that it makes, where there is no other that it could."""
    suffix = ".java" if listener.language == "java" else ".kt"
    path = join(dirname(listener.path), _NEW_CLASS + suffix)
    if _HANDLERS.search(project.code) or _NEW_CLASS in project.code or path in project.context.workspace.files:
        return ()
    text = render(f"dead_letter/{_NEW_CLASS}{suffix}", package=package_of(listener), attempts=_ATTEMPTS)
    return (NewFile(path, restyled(text, listener.style, suffix)),)


# ----------------------------------------------------------------------------------------------------- an error handler


def _recovering(project: JvmProject, factory: _Bean | None) -> tuple[Change, ...]:
    """The one error handler of the project, made by a bean, is given a recoverer; its back-off stays where that comes to an end,
    and gets one where it is a fixed one that has none."""
    if "DeadLetterPublishingRecoverer" in project.code or len(_DEFAULT_HANDLER.findall(project.code)) != 1:
        return ()
    if factory is not None and "ommonErrorHandler" not in factory.text:
        return ()
    for file, bean in _beans(project, "DefaultErrorHandler("):
        for call in inside(bean, *CALLS):
            if re.match(r"(?:new\s+)?DefaultErrorHandler\(", file.text(call)):
                return _with_recoverer(file, bean, call)
    return ()


def _with_recoverer(file: SourceFile, bean: Node, call: Node) -> tuple[Change, ...]:
    arguments, template = code.arguments_of(call), _template_name(file, bean)
    parameter = _parameter(file, bean, template) if template else None
    given = file.text(arguments[0]) if arguments else ""
    endless = _ENDLESS.fullmatch(given)
    if len(arguments) > 1 or parameter is None or (given and endless is None and not _ENDING.match(given)):
        return ()
    handed = _handed(file, bean, template)
    if handed is None:
        return ()
    recoverer = code.made(file, "DeadLetterPublishingRecoverer", template)
    at = arguments[0].start_byte if arguments else call.end_byte - 1
    edits = [parameter, *handed, Edit(at, at, f"{recoverer}, " if given else f"{recoverer}, {_back_off(file)}")]
    if endless is not None:
        start, end = (at + len(given[: endless.span(1)[side]].encode()) for side in (0, 1))
        edits.append(Edit(start, end, f"{_ATTEMPTS - 1}L"))
    imports = import_edits(file, *(_CLASSES[:2] if given else (*_CLASSES[:2], _CLASSES[3])))
    return (FileEdit(file.path, (*edits, *imports)),) if imports is not None else ()


def _handed(file: SourceFile, bean: Node, template: str) -> list[Edit] | None:
    """The template for those beans of the file that call a bean's method themselves; None where what calls it is no bean."""
    calls = [one for one in file.nodes(*CALLS) if code.callee_of(file, one)[1] == code.name_of(file, bean)]
    callers = {caller for one in calls if (caller := file.enclosing(one, *code.NAMED_FUNCTIONS)) is not None}
    if any(not code.has_annotation(file, one, "Bean") or template in code.identifiers(file, one) for one in callers):
        return None
    parameters = [_parameter(file, one, template) for one in sorted(callers, key=lambda one: one.start_byte)]
    return [
        *(one for one in parameters if one is not None),
        *(Edit(one.end_byte - 1, one.end_byte - 1, template) for one in calls if not code.arguments_of(one)),
    ]


# ------------------------------------------------------------------------------------------------- a container factory


def _handled(project: JvmProject, factory: _Bean) -> tuple[Change, ...]:
    """The factory that a bean makes is given an error handler, in place of one that only logs."""
    file, bean = factory
    template = _template_name(file, bean)
    parameter = _parameter(file, bean, template) if template else None
    if (
        parameter is None
        or _handed(file, bean, template) != []
        or not (_is_plain(file, bean) or _READING.search(project.code + project.setting_texts))
    ):
        return ()
    set_already = [call for call in inside(bean, *CALLS) if code.callee_of(file, call)[1] == "setCommonErrorHandler"]
    if set_already:
        edits = _instead(file, set_already, template)
    elif _HANDLERS.search(file.text(bean)):
        edits = []
    else:
        edits = _set(file, bean, template)
    imports = import_edits(file, *_CLASSES)
    return (FileEdit(file.path, (parameter, *edits, *imports)),) if edits and imports is not None else ()


def _is_plain(file: SourceFile, bean: Node) -> bool:
    """Whether the records of a factory are of texts, or of what nothing is said of: no serializer but the usual one need be in sight."""
    said = re.search(r"ContainerFactory<\s*([\w?*.<>]+?)\s*,\s*([\w?*.<>]+?)\s*>+\s*[\w({=]", file.text(bean))
    return said is None or {said[1], said[2]} <= _PLAIN


def _template_name(file: SourceFile, bean: Node) -> str:
    """A name that nothing in a bean has yet; "" where there is none."""
    names = code.identifiers(file, bean)
    return next((one for one in ("template", "deadLetterTemplate") if one not in names), "")


def _parameter(file: SourceFile, bean: Node, name: str) -> Edit | None:
    return code.with_parameter(file, bean, code.declared(file, name, "KafkaOperations<?, ?>"))


def _handler(file: SourceFile, template: str) -> str:
    recoverer = code.made(file, "DeadLetterPublishingRecoverer", template)
    return code.made(file, "DefaultErrorHandler", f"{recoverer}, {_back_off(file)}")


def _back_off(file: SourceFile) -> str:
    pause = "1000L" if file.language == "java" else "1_000L"
    return code.made(file, "FixedBackOff", f"{pause}, {_ATTEMPTS - 1}L")


def _instead(file: SourceFile, calls: list[Node], template: str) -> list[Edit]:
    arguments = code.arguments_of(calls[0])
    if len(calls) != 1 or len(arguments) != 1:
        return []
    given = re.fullmatch(r"(?:new\s+)?(CommonLoggingErrorHandler)\(\)", file.text(arguments[0]))
    if given is None:
        return []
    place = code.statement_around(file, calls[0].start_byte, calls[0].end_byte)
    owner, _ = code.callee_of(file, calls[0])
    written = _call(file, f"{file.text(owner)}." if owner is not None else "", place or calls[0], template)
    return [Edit(calls[0].start_byte, calls[0].end_byte, written), *unused_import(file, given[1])]


def _set(file: SourceFile, bean: Node, template: str) -> list[Edit]:
    """``factory.setCommonErrorHandler(…)`` before the factory is given back, or last in the lambda that is applied to it."""
    body = code.body_of(bean)
    statements = statements_of(body) if body is not None else []
    given = re.fullmatch(r"return (\w+);?", file.text(statements[-1])) if statements else None
    if given is not None and not any(code.leaves(one) for one in statements[:-1]):
        return [code.put_before(file, statements[-1], _call(file, f"{given[1]}.", statements[-1], template))]
    applied = _applied(file, bean)
    if applied is None:
        return []
    last = statements_of(applied)[-1]
    return [put_after(file, last, _call(file, "", last, template))]


def _call(file: SourceFile, owner: str, place: Node, template: str) -> str:
    indent, newline, handler = file.indent_at(place.start_byte), file.style.newline, _handler(file, template)
    inner = indent + file.style.indent * (2 if file.language == "java" else 1)
    ending = ")" if file.language == "java" else f",{newline}{indent})"
    return f"{owner}setCommonErrorHandler({newline}{inner}{handler}{ending}"


def _applied(file: SourceFile, bean: Node) -> Node | None:
    """The lambda of ``…ContainerFactory<…>().apply {…}``, where that is the whole body and stands over several lines."""
    body = next((one for one in bean.named_children if one.type == "function_body"), None)
    call = body.named_children[-1] if body is not None else None
    if call is None or call.type != "call_expression" or code.callee_of(file, call)[1] != "apply":
        return None
    found = next(inside(call.named_children[-1], "lambda_literal"), None)
    whole = re.match(r"\w+ContainerFactory(?:<[^()]*>)?\(\)\s*\.apply\b", file.text(call))
    if found is None or whole is None or not statements_of(found):
        return None
    own_lines = statements_of(found)[-1].end_point.row < found.end_point.row
    return found if own_lines else None
