"""MassTransit told to try again: where the failures of a consumer get out, it puts the message away at the first one

(https://masstransit.io/documentation/concepts/exceptions)."""

from __future__ import annotations

from tree_sitter import Node

from eventlens.fixes.changes import Edit
from eventlens.fixes.context import FixContext
from eventlens.fixes.source import SourceFile

LIBRARY = "masstransit"
_CONFIGURING = "ConfigureEndpoints"
_RETRY = "UseMessageRetry(r => r.Intervals(500, 2_000, 10_000));"


def retried(context: FixContext) -> tuple[SourceFile, Edit] | None:
    """The edit that has the one bus of a workspace try again, in its file; None where there is none, or several are set up."""
    found = [
        (file, call)
        for path in context.workspace.sources()
        if path.endswith(".cs") and _CONFIGURING.encode() in context.workspace.text(path)
        for file in (context.file(path),)
        for call in file.nodes("invocation_expression")
        if _is_configuring(file, call)
    ]
    if len(found) != 1:
        return None
    file, call = found[0]
    statement, callee = call.parent, call.child_by_field_name("function")
    owner = callee.child_by_field_name("expression") if callee is not None else None
    if statement is None or statement.type != "expression_statement" or owner is None or owner.type != "identifier":
        return None
    line = f"{file.text(owner)}.{_RETRY}{file.style.newline}{file.indent_at(statement.start_byte)}"
    return file, Edit(statement.start_byte, statement.start_byte, line)


def _is_configuring(file: SourceFile, call: Node) -> bool:
    callee = call.child_by_field_name("function")
    name = callee.child_by_field_name("name") if callee is not None else None
    return name is not None and file.text(name) == _CONFIGURING
