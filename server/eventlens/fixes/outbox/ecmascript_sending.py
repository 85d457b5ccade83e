"""The statement that publishes, with what only confirms or logs it."""

from __future__ import annotations

from typing import NamedTuple

from tree_sitter import Node

from eventlens.fixes.functions import FUNCTIONS, function_around, is_async
from eventlens.fixes.outbox.ecmascript_code import arguments, callee
from eventlens.fixes.source import SourceFile, inside


class Sending(NamedTuple):
    """The statement that publishes, and one behind it that only waits for the broker's confirmation.

    ``said``: comments inside the statement that stand right above the publish."""

    statement: Node
    confirmation: Node | None
    said: tuple[Node, ...] = ()


def sending(file: SourceFile, call: Node, confirmed_by: str) -> Sending | None:
    """The statement of a publish whose result nobody uses; a ``try`` around it alone that only logs its failure goes with it."""
    value = _logged(file, call) or call
    statement = value.parent
    if statement is not None and statement.type == "await_expression":
        statement = statement.parent
    function = function_around(file, call)
    if statement is None or statement.type != "expression_statement" or function is None or not is_async(function):
        return None
    confirmation = _confirmation(file, statement, function, confirmed_by)
    block = statement.parent
    if block is None or block.type != "statement_block":
        return None
    tried = block.parent
    held = [one for one in block.named_children if one.type != "comment"]
    if (
        tried is not None
        and tried.type == "try_statement"
        and held == [one for one in (statement, confirmation) if one]
    ):
        handler = tried.child_by_field_name("handler")
        body = handler.child_by_field_name("body") if handler is not None else None
        if tried.child_by_field_name("finalizer") is None and body is not None and _only_logs(file, body):
            is_in_block = tried.parent is not None and tried.parent.type == "statement_block"
            return Sending(tried, None, tuple(comments_above(file, statement))) if is_in_block else None
    return Sending(statement, confirmation)


def _confirmation(file: SourceFile, statement: Node, function: Node, confirmed_by: str) -> Node | None:
    """The statement behind the publish that waits for its confirmation, where nothing else in the function is confirmed with it."""
    following = statement.next_named_sibling
    if not confirmed_by or following is None or file.text(following).rstrip(";") != f"await {confirmed_by}":
        return None
    channel = confirmed_by.rpartition(".")[0]
    uses = [one for one in inside(function, "call_expression") if callee(file, one).startswith(f"{channel}.")]
    return following if len(uses) == 2 else None


def _logged(file: SourceFile, call: Node) -> Node | None:
    """``send(…).catch((error) => log(error))`` around a call."""
    member = call.parent
    outer = member.parent if member is not None and member.type == "member_expression" else None
    if outer is None or outer.type != "call_expression" or not file.text(member or call).endswith(".catch"):
        return None
    body = next((one.child_by_field_name("body") for one in arguments(outer) or () if one.type in FUNCTIONS), None)
    return outer if body is not None and _only_logs(file, body) else None


def _only_logs(file: SourceFile, body: Node) -> bool:
    """Whether a block or expression does nothing but write to a log."""
    statements = (
        [one for one in body.named_children if one.type != "comment"] if body.type == "statement_block" else [body]
    )
    for one in statements:
        said = one.named_children[0] if one.type == "expression_statement" else one
        function = said.child_by_field_name("function") if said.type == "call_expression" else None
        if function is None or not is_log(file, function):
            return False
    return True


def is_log(file: SourceFile, function: Node) -> bool:
    """Whether a called function writes to a log or counts."""
    return any(part in file.text(function).lower() for part in ("log", "console.", "metric", "span."))


def comments_above(file: SourceFile, statement: Node) -> list[Node]:
    """The comments of one line each that stand right above a statement, in the order of the text."""
    found: list[Node] = []
    at, before = statement, statement.prev_named_sibling
    while before is not None and before.type == "comment" and before.end_point[0] == at.start_point[0] - 1:
        is_alone = not file.source[file.line_start(before.start_byte) : before.start_byte].strip()
        if before.start_point[0] != before.end_point[0] or not is_alone:
            break
        found.insert(0, before)
        at, before = before, before.prev_named_sibling
    return found
