"""What stands between a write and its publish in one block."""

from __future__ import annotations

from collections.abc import Iterable

from tree_sitter import Node

from eventlens.fixes.outbox.ecmascript_code import arguments, declarators, names_bound, names_read
from eventlens.fixes.outbox.ecmascript_sending import is_log
from eventlens.fixes.source import SourceFile, inside

PLAIN = ("expression_statement", "lexical_declaration")
"""Statements that only go on: nothing is left or decided by them."""


def declarations_between(file: SourceFile, needed: Iterable[str], first: Node, last: Node) -> tuple[Node, ...] | None:
    """The declarations between two statements of a block that the rows need; None where something there decides whether the
    publish is reached, or changes what it reads."""
    between: list[Node] = []
    at = first.next_named_sibling
    while at is not None and at != last:
        between.append(at)
        at = at.next_named_sibling
    between = [one for one in between if one.type != "comment"]
    if at is None or any(one.type not in PLAIN for one in between):
        return None
    read, along, staying = set(needed), [], []
    for statement in reversed(between):
        bound = {
            name for one in declarators(statement) for name in names_bound(file, one.child_by_field_name("name") or one)
        }
        if not bound & read:
            staying.append(statement)
        elif statement.children[0].type != "const" or any(True for _ in inside(statement, "await_expression")):
            return None
        else:
            along.append(statement)
            read = read | names_read(file, statement)
    if any(_touches(file, one, read) for one in staying):
        return None
    return tuple(reversed(along))


def _touches(file: SourceFile, statement: Node, names: set[str]) -> bool:
    """Whether a statement may change what some names stand for: it assigns to them, calls their methods or hands them on."""
    for node in inside(statement, "assignment_expression", "augmented_assignment_expression", "update_expression"):
        target = node.child_by_field_name("left") or node.child_by_field_name("argument")
        if target is not None and _root(file, target) in names:
            return True
    for call in inside(statement, "call_expression"):
        function = call.child_by_field_name("function")
        if function is None or is_log(file, function):
            continue
        if function.type == "member_expression" and _root(file, function) in names - {"this"}:
            return True
        if any(one.type == "identifier" and file.text(one) in names for one in arguments(call) or ()):
            return True
    return False


def _root(file: SourceFile, node: Node) -> str:
    while node.type in ("member_expression", "subscript_expression", "call_expression", "non_null_expression"):
        inner = node.child_by_field_name("object") or node.child_by_field_name("function")
        if inner is None:
            inner = node.named_children[0]
        node = inner
    return file.text(node)
