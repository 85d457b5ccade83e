"""Await the publish: whoever publishes learns whether the message was sent."""

from __future__ import annotations

from collections.abc import Iterator

from tree_sitter import Node

from eventlens import ir
from eventlens.fixes.changes import Change, Edit, FileEdit, Offer
from eventlens.fixes.context import FixContext
from eventlens.fixes.source import SourceFile
from eventlens.flow.model import Finding
from eventlens.knowledge.schema import Publish

_AWAITABLE = frozenset(("promise", "coroutine"))
_FUNCTIONS = (
    "function_declaration",
    "function_expression",
    "arrow_function",
    "method_definition",
    "generator_function_declaration",
    "function_definition",
    "lambda",
)


def offers(context: FixContext, finding: Finding) -> Iterator[Offer]:
    """Where the result of the call is dropped in a function that may wait."""
    subject = context.subject(finding)
    if subject is None or subject.at is None or not isinstance(subject.at.node, ir.Call):
        return
    entry, call = subject.at.match.entry, subject.at.node
    if not isinstance(entry, Publish) or entry.completion not in _AWAITABLE:
        return
    file = context.file(subject.at.module.path)
    statement = file.statement_around(call.start, call.end)
    if statement.type == "expression_statement" and _may_wait(file, statement):
        yield Offer("await", "Await the publish", lambda: _changes(file, statement), preferred=True)


def _may_wait(file: SourceFile, statement: Node) -> bool:
    function = file.enclosing(statement, *_FUNCTIONS)
    if function is None or _is_callback_of_for_each(file, function):
        return False
    return any(child.type == "async" for child in function.children)


def _is_callback_of_for_each(file: SourceFile, function: Node) -> bool:
    """Whether nobody waits for the function, however it ends."""
    call = function.parent.parent if function.parent is not None and function.parent.type == "arguments" else None
    callee = call.child_by_field_name("function") if call is not None else None
    return callee is not None and file.text(callee).endswith(".forEach")


def _changes(file: SourceFile, statement: Node) -> tuple[Change, ...]:
    return (FileEdit(file.path, (Edit(statement.start_byte, statement.start_byte, "await "),)),)
