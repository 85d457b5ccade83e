"""Bound the retry: after some attempts a message that fails is let go of, and the failure is seen."""

from __future__ import annotations

from collections.abc import Iterator

from tree_sitter import Node

from eventlens import ir
from eventlens.fixes.blocks import leaves, statements_of
from eventlens.fixes.changes import Change, Edit, FileEdit, Offer
from eventlens.fixes.context import FixContext
from eventlens.fixes.functions import function_around
from eventlens.fixes.source import SourceFile
from eventlens.flow.model import Finding

_ATTEMPTS = 5
_ENDLESS = frozenset(("Infinity", "Number.POSITIVE_INFINITY", "Number.MAX_SAFE_INTEGER", "Number.MAX_VALUE", "None"))
_COUNTS = frozenset(("retries", "attempts", "maxRetries", "max_retries"))


def offers(context: FixContext, finding: Finding) -> Iterator[Offer]:
    """An option that says how often, or a counter for a loop around an attempt."""
    subject = context.subject(finding)
    if subject is None or subject.at is None:
        return
    if subject.frame is not None and isinstance(subject.node, ir.Loop):
        file = context.file(subject.frame.module.path)
        edits = _counted(file, subject.node)
        if edits:
            yield _offer(f"Give up after {_ATTEMPTS} attempts", file, edits)
    elif subject.node is None:
        file = context.file(subject.at.module.path)
        edits = _limited(file)
        if edits:
            yield _offer(f"Limit the retries to {_ATTEMPTS}", file, edits)


def _offer(title: str, file: SourceFile, edits: list[Edit]) -> Offer:
    def changes() -> tuple[Change, ...]:
        return (FileEdit(file.path, tuple(edits)),)

    return Offer("bound", title, changes, preferred=True)


def _limited(file: SourceFile) -> list[Edit]:
    """The one option of the file that sets no limit."""
    found = []
    for node in file.nodes("pair", "keyword_argument"):
        name = node.child_by_field_name("key") or node.child_by_field_name("name")
        value = node.child_by_field_name("value")
        if name is None or value is None or file.text(name).strip("'\"") not in _COUNTS:
            continue
        if file.text(value) in _ENDLESS:
            found.append(Edit(value.start_byte, value.end_byte, str(_ATTEMPTS)))
    return found if len(found) == 1 else []


def _counted(file: SourceFile, loop: ir.Loop) -> list[Edit]:
    """``while (true) { try … catch … }`` → a counted loop whose last failure gets out."""
    node: Node | None = file.tree.root_node.named_descendant_for_byte_range(loop.start, loop.end)
    while node is not None and node.type not in ("while_statement", "for_statement"):
        node = next(
            (child for child in node.named_children if child.type in ("while_statement", "for_statement")), None
        )
    body = node.child_by_field_name("body") if node is not None else None
    function = function_around(file, node) if node is not None else None
    if node is None or body is None or function is None or "attempt" in file.text(function):
        return []
    attempts = [one for one in statements_of(body) if one.type == "try_statement"]
    if len(attempts) != 1 or len(statements_of(body)) != 1:
        return []
    if file.language == "python":
        return _counted_python(file, node, attempts[0])
    return _counted_ecmascript(file, node, body, attempts[0])


def _counted_python(file: SourceFile, loop: Node, attempt: Node) -> list[Edit]:
    condition = loop.child_by_field_name("condition")
    clauses = [child for child in attempt.named_children if child.type == "except_clause"]
    if condition is None or len(clauses) != 1:
        return []
    body = next((child for child in clauses[0].named_children if child.type == "block"), None)
    first = statements_of(body)[0] if body is not None and statements_of(body) else None
    if first is None or body is None or any(leaves(one) for one in statements_of(body)):
        return []
    indent, newline = file.indent_at(first.start_byte), file.style.newline
    guard = f"if attempt == {_ATTEMPTS}:{newline}{indent}{file.style.indent}raise{newline}{indent}"
    return [
        Edit(loop.start_byte, condition.end_byte, f"for attempt in range(1, {_ATTEMPTS + 1})"),
        Edit(first.start_byte, first.start_byte, guard),
    ]


def _counted_ecmascript(file: SourceFile, loop: Node, body: Node, attempt: Node) -> list[Edit]:
    clause = attempt.child_by_field_name("handler")
    block = clause.child_by_field_name("body") if clause is not None else None
    parameter = clause.child_by_field_name("parameter") if clause is not None else None
    if clause is None or block is None or not statements_of(block) or any(leaves(one) for one in statements_of(block)):
        return []
    if parameter is not None and parameter.type != "identifier":
        return []
    name, first = file.text(parameter) if parameter is not None else "error", statements_of(block)[0]
    end, indent = ";" if file.style.semicolons else "", file.indent_at(first.start_byte)
    guard = f"if (attempt === {_ATTEMPTS}) throw {name}{end}{file.style.newline}{indent}"
    edits = [
        Edit(loop.start_byte, body.start_byte, "for (let attempt = 1; ; attempt += 1) "),
        Edit(first.start_byte, first.start_byte, guard),
    ]
    if parameter is None:
        keyword = clause.children[0]
        edits.append(Edit(keyword.end_byte, keyword.end_byte, f" ({name})"))
    return edits
