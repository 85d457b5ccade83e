"""Retries of Java and Kotlin that come to an end: a counter for a loop, the retries of Spring AMQP's containers."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tree_sitter import Node

from eventlens import ir
from eventlens.fixes.blocks import statements_of
from eventlens.fixes.bound_retry import ATTEMPTS
from eventlens.fixes.changes import Change, Edit, FileEdit, Offer
from eventlens.fixes.context import FixContext
from eventlens.fixes.functions import function_around
from eventlens.fixes.jvm import code
from eventlens.fixes.jvm.catches import clause_of, throwing
from eventlens.fixes.jvm.spring_amqp_dead_letter import retried
from eventlens.fixes.source import SourceFile
from eventlens.flow.model import Finding


def offers(context: FixContext, finding: Finding) -> Iterator[Offer]:
    """By what has no end."""
    subject = context.subject(finding)
    if subject is None or subject.at is None:
        return
    changes: tuple[Change, ...] = ()
    title = f"Give up after {ATTEMPTS} attempts"
    if subject.frame is not None and isinstance(subject.node, ir.Loop):
        changes = _counted(context.file(subject.frame.module.path), subject.node)
    elif subject.node is None and subject.at.match.library == "spring-amqp":
        setting = retried(context, subject.at)
        title, changes = "Reject what fails three times", (setting,) if setting is not None else ()
    if changes:
        is_wide = any(change.path != finding.file for change in changes)
        yield Offer("bound", title, lambda: changes, preferred=True, is_wide=is_wide)


def _counted(file: SourceFile, loop: ir.Loop) -> tuple[Change, ...]:
    """``while (true) { try {…} catch … }`` whose last failure gets out."""
    node: Node | None = file.tree.root_node.named_descendant_for_byte_range(loop.start, loop.end)
    while node is not None and node.type != "while_statement":
        node = next((one for one in node.named_children if one.type == "while_statement"), None)
    function = function_around(file, node) if node is not None else None
    if node is None or function is None or "attempt" in file.text(function):
        return ()
    head = re.match(r"while\s*\(\s*true\s*\)\s*", file.text(node))
    body = next((one for one in node.named_children if one.type == "block"), None)
    attempts = statements_of(body) if body is not None else []
    catches = (
        [one for one in attempts[0].named_children if one.type in ("catch_clause", "catch_block")]
        if len(attempts) == 1
        else []
    )
    if head is None or body is None or len(catches) != 1:
        return ()
    clause = clause_of(file, catches[0].start_byte, catches[0].end_byte)
    first = statements_of(clause.body)[0] if clause is not None and statements_of(clause.body) else None
    if clause is None or first is None or any(code.leaves(one) for one in statements_of(clause.body)):
        return ()
    return (FileEdit(file.path, tuple(_edits(file, node, body, first, throwing(file, clause)))),)


def _edits(file: SourceFile, loop: Node, body: Node, first: Node, throw: str) -> Iterator[Edit]:
    indent, newline = file.indent_at(first.start_byte), file.style.newline
    if file.language == "java":
        yield Edit(loop.start_byte, body.start_byte, "for (int attempt = 1; ; attempt++) ")
        guard = f"if (attempt == {ATTEMPTS}) {{{newline}{indent}{file.style.indent}{throw};{newline}{indent}}}{newline}{indent}"
    else:
        yield code.put_before(file, loop, "var attempt = 1")
        guard = f"if (attempt++ == {ATTEMPTS}) {throw}{newline}{indent}"
    yield Edit(first.start_byte, first.start_byte, guard)
