"""A publish of Java or Kotlin whose future is dropped: waited for, or its failure logged."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from tree_sitter import Node

from eventlens import ir
from eventlens.checks.unawaited_publish import is_dropped_inside, is_unheard
from eventlens.fixes.changes import Edit, Offer, edited
from eventlens.fixes.context import FixContext
from eventlens.fixes.functions import CALLS, call_at, function_around
from eventlens.fixes.jvm import code
from eventlens.fixes.jvm.imports import import_edits
from eventlens.fixes.jvm.loggers import logger_at
from eventlens.fixes.jvm.project import JvmProject
from eventlens.fixes.layout import width_of
from eventlens.fixes.log_failed_publish import logging_offer, what_failed
from eventlens.fixes.source import SourceFile, inside
from eventlens.flow.model import Finding
from eventlens.flow.site_node import SiteNode

_SECONDS = 30
_WAITED_FOR = frozenset(("spring-kafka", "kafka-clients"))
_CHAINED = frozenset(("thenAccept", "thenApply", "thenRun", "whenComplete", "onSuccess"))
_VERSIONS = re.compile(
    r"(?:spring-boot-starter-parent|spring-boot-dependencies|spring-kafka)</artifactId>\s*<version>(\d+)\."
    r"|\bspring-(?:kafka|boot[\w-]*):(\d+)\.|springframework\.boot['\"]\)?\s*version\s*\(?['\"](\d+)\."
)
"""Versions of Spring Kafka, or of Spring Boot with it: since the third the futures are CompletableFuture."""


class _Dropped(NamedTuple):
    """A publish whose future is dropped: the library's call and the statement that is no more than it and steps behind it."""

    file: SourceFile
    call: Node
    statement: Node
    library: str
    is_inside: bool

    @property
    def value(self) -> Node:
        return code.value_of(self.statement)


def awaited(context: FixContext, finding: Finding) -> Iterator[Offer]:
    """``send(…)`` → ``send(…).get(30, TimeUnit.SECONDS)``, or ``.join()`` where a method of Java declares no checked exception."""
    found = _dropped(context, finding)
    edits = _awaited(context, found) if found is not None else None
    if found is not None and edits is not None:
        yield Offer("await", "Wait for the delivery", lambda: edited({found.file.path: edits}), preferred=True)


def logged_only(context: FixContext, finding: Finding) -> Iterator[Offer]:
    """Only where waiting for it is not offered, and the class has a logger."""
    found = _dropped(context, finding)
    if found is None or any(True for _ in awaited(context, finding)):
        return
    edits = _logged(context, found, what_failed(context, finding, found.is_inside))
    if edits:
        yield logging_offer(found.file, edits)


def _dropped(context: FixContext, finding: Finding) -> _Dropped | None:
    """The library's call; where a wrapper gives the future back, the call of that one."""
    subject = context.subject(finding)
    if subject is None or subject.at is None or not is_unheard(context.checks, subject.at):
        return None
    site = subject.at
    is_inside = bool(site.chain) and (is_dropped_inside(context.checks, site) or not _gives_future(context, site))
    call, frame = (site.match.place.call, site.match.place.frame) if is_inside else (site.node, site.frame)
    if not isinstance(call, ir.Call) or frame is None:
        return None
    file = context.file(frame.module.path)
    node, statement = call_at(file, call.start, call.end), code.statement_around(file, call.start, call.end)
    if node is None or statement is None or not _is_whole(file, code.value_of(statement), node):
        return None
    return _Dropped(file, node, statement, site.match.library, is_inside)


def _gives_future(context: FixContext, site: SiteNode) -> bool:
    """Whether the in-house function that is called gives the library's future back: as its type, or as what its expression is."""
    wrapper = site.chain[-1].callee.frame
    if wrapper.function is None:
        return False
    source = context.file(wrapper.module.path).source[wrapper.function.start : wrapper.function.end]
    head = source.partition(b"{")[0]
    return b"Future" in head or (wrapper.function.expression_body and b"(" in head.partition(b"=")[2])


def _is_whole(file: SourceFile, value: Node, call: Node) -> bool:
    """Whether a statement is the call and nothing else, but for steps behind it that give a future again."""
    around: Node | None = value
    while around is not None and around != call:
        owner, name = code.callee_of(file, around) if around.type in CALLS else (None, "")
        around = owner if name in _CHAINED else None
    return around is not None


# ------------------------------------------------------------------------------------------------------------- waiting


def _awaited(context: FixContext, found: _Dropped) -> list[Edit] | None:
    file = found.file
    function = function_around(file, found.statement)
    if found.library not in _WAITED_FOR or function is None or _is_swallowed(file, found.statement, function):
        return None
    if file.language == "kotlin":
        may_get = not _is_suspended(file, found.statement)
    else:
        may_get = code.declares_every_failure(file, function)
    if may_get:
        imports = import_edits(file, "java.util.concurrent.TimeUnit")
        waiting = f".get({_SECONDS}, TimeUnit.SECONDS)"
        return [Edit(found.value.end_byte, found.value.end_byte, waiting), *imports] if imports is not None else None
    if file.language == "java" and _is_completable(context, found):
        return [Edit(found.value.end_byte, found.value.end_byte, ".join()")]
    return None


def _is_completable(context: FixContext, found: _Dropped) -> bool:
    """Whether Spring Kafka gives a CompletableFuture, as it does since its third version."""
    project = JvmProject(context, found.file.path)
    if found.library != "spring-kafka" or "ListenableFuture" in project.code:
        return False
    versions = [int("".join(one)) for one in _VERSIONS.findall(project.build)]
    return min(versions, default=3) >= 3 and (bool(versions) or "import jakarta." in project.code)


def _is_suspended(file: SourceFile, place: Node) -> bool:
    """Whether a function of Kotlin may be suspended around a place, which no thread is to be kept waiting for, unless it is one for that."""
    around: Node | None = place
    while around is not None and around.type not in code.NAMED_FUNCTIONS:
        if around.type == "lambda_literal":
            call = file.enclosing(around, "call_expression")
            if call is not None and re.match(r"(?:withContext|runBlocking|launch|async)\b[^{]*\bIO\b", file.text(call)):
                return False
        around = around.parent
    return around is not None and "suspend" in code.modifiers_of(file, around).split()


def _is_swallowed(file: SourceFile, place: Node, function: Node) -> bool:
    """Whether a catch around a place, in the same function, would end the failure without letting anything out."""
    around = place.parent
    while around is not None and around != function:
        if around.type in ("try_statement", "try_expression", "try_with_resources_statement"):
            clauses = [one for one in around.named_children if one.type in ("catch_clause", "catch_block")]
            if any(not _throws(one) for one in clauses):
                return True
        around = around.parent
    return False


def _throws(clause: Node) -> bool:
    return any(True for _ in inside(clause, "throw_statement", "throw_expression"))


# ------------------------------------------------------------------------------------------------------------- logging


def _logged(context: FixContext, found: _Dropped, text: str) -> list[Edit]:
    """A look at the outcome behind the publish, or in the callback that the library asks for."""
    file = found.file
    logger = logger_at(file, found.statement)
    names = code.identifiers(file, file.enclosing(found.statement, *code.CLASSES) or file.tree.root_node)
    failure, result = _unused(names, "failure", "sendFailure"), _unused(names, "result", "sendResult")
    imports = import_edits(file, *logger.imports) if logger is not None else None
    if logger is None or not failure or not result or imports is None:
        return []
    call = logger.error(text, failure)
    if found.library == "vertx-kafka-client":
        step = (
            f".onFailure({failure} -> {call})" if file.language == "java" else f".onFailure {{ {failure} -> {call} }}"
        )
        return [Edit(found.value.end_byte, found.value.end_byte, _fitting(found, step)), *imports]
    if found.library == "spring-kafka" and _is_completable(context, found):
        look = _looking(file, found.statement, result, failure, call)
        written = f".whenComplete({look})" if file.language == "java" else f".whenComplete {look}"
        return [Edit(found.value.end_byte, found.value.end_byte, written), *imports]
    arguments = code.arguments_of(found.call)
    if found.library == "kafka-clients" and len(arguments) == 1 and found.value == found.call:
        look = _looking(file, found.statement, result, failure, call)
        at = arguments[0].end_byte
        if file.language == "java":
            return [Edit(at, at, f", {look}"), *imports]
        return [Edit(found.call.end_byte, found.call.end_byte, f" {look}"), *imports]
    return []


def _unused(names: set[str], *wanted: str) -> str:
    """The first of some names that is not taken; "" where all are."""
    return next((one for one in wanted if one not in names), "")


def _fitting(found: _Dropped, step: str) -> str:
    """A step behind a call, on a line of its own where that line would be too long."""
    file, at = found.file, found.value.end_byte
    before = file.source[file.line_start(at) : at].decode("utf-8", "replace")
    if len(before) + len(step) < width_of(file):
        return step
    return f"{file.style.newline}{file.indent_at(found.statement.start_byte)}{file.style.indent * 2}{step}"


def _looking(file: SourceFile, place: Node, result: str, failure: str, call: str) -> str:
    """A lambda that is given a result and a failure, one of which is null."""
    indent, level, newline = file.indent_at(place.start_byte), file.style.indent, file.style.newline
    if file.language == "kotlin":
        return f"{{ _, {failure} ->{newline}{indent}{level}if ({failure} != null) {call}{newline}{indent}}}"
    lines = ("{", f"{level}if ({failure} != null) {{", f"{level * 2}{call};", f"{level}}}", "}")
    return f"({result}, {failure}) -> " + (newline + indent).join(lines)
