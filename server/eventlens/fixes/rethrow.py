"""Let the failure out: the caller, the library or the broker then deals with the message."""

from __future__ import annotations

from collections.abc import Iterator

from tree_sitter import Node

from eventlens import ir
from eventlens.fixes.blocks import appended, leaves, statements_of
from eventlens.fixes.changes import Change, Edit, FileEdit, Offer
from eventlens.fixes.context import FixContext
from eventlens.fixes.source import SourceFile
from eventlens.flow.model import Finding


def offers(context: FixContext, finding: Finding) -> Iterator[Offer]:
    """Where a catch swallows the failure and nothing behind it acknowledges the message all the same."""
    subject = context.subject(finding)
    if subject is None or subject.frame is None or not isinstance(subject.node, ir.Catch):
        return
    file = context.file(subject.frame.module.path)
    clause = _clause(file, subject.node)
    if clause is None:
        return
    edits = _python(file, clause) if file.language == "python" else _ecmascript(file, clause)
    if edits:
        yield Offer("rethrow", "Let the failure out", lambda: _changes(file, edits), preferred=True)


def _changes(file: SourceFile, edits: list[Edit]) -> tuple[Change, ...]:
    return (FileEdit(file.path, tuple(edits)),)


def _clause(file: SourceFile, catch: ir.Catch) -> Node | None:
    node = file.tree.root_node.named_descendant_for_byte_range(catch.start, catch.end)
    while node is not None and node.type not in ("catch_clause", "except_clause"):
        node = node.parent
    return node


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


def _python(file: SourceFile, clause: Node) -> list[Edit]:
    body = next((child for child in clause.named_children if child.type == "block"), None)
    attempt = clause.parent
    if body is None or attempt is None or any(child.type == "finally_clause" for child in attempt.named_children):
        return []
    statements = statements_of(body)
    if any(leaves(one) for one in statements):
        return []
    if [one.type for one in statements] == ["pass_statement"]:
        return [Edit(statements[0].start_byte, statements[0].end_byte, "raise")]
    return [appended(file, body, "raise")]
