"""watermill: a poison queue for what a handler gives back with an error (https://watermill.io/docs/middlewares/)."""

from __future__ import annotations

from collections.abc import Iterator

from tree_sitter import Node

from eventlens import ir
from eventlens.fixes.changes import Edit
from eventlens.fixes.context import FixContext
from eventlens.fixes.functions import function_around
from eventlens.fixes.golang.code import (
    declared_type,
    failing_return,
    fields_of,
    own_nodes,
    parameters,
    receiver,
)
from eventlens.fixes.golang.imports import import_edits, imports_of, name_of
from eventlens.fixes.source import SourceFile
from eventlens.flow.site_node import SiteNode

_MESSAGES = "github.com/ThreeDotsLabs/watermill/message"
_MIDDLEWARE = f"{_MESSAGES}/router/middleware"
_ADDING = frozenset(("AddHandler", "AddNoPublisherHandler", "AddConsumerHandler"))
_NAME = "poison"


def poisoned(context: FixContext, site: SiteNode, topic: str) -> tuple[SourceFile, list[Edit]] | None:
    """The edits that give a router a poison queue where it gets the handler; None where no publisher is in reach or nobody can be told
    that it could not be made."""
    call = site.match.place.call
    if not isinstance(call, ir.Call) or not isinstance(call.callee, ir.Member) or call.callee.name not in _ADDING:
        return None
    file = context.file(site.module.path)
    statement = file.statement_around(call.start, call.end)
    function = function_around(file, statement)
    if function is None or site.chain or _NAME in file.text(function) or not _may_import(file):
        return None
    publisher = next(_publishers(context, file, function, statement), None)
    error = "poisonErr" if _is_declared_behind(file, statement, "err") else "err"
    leaving = failing_return(context, file, function, error)
    if publisher is None or leaving is None:
        return None
    router = file.written(call.callee.object)
    package = name_of(file, _MIDDLEWARE) or "middleware"
    lines = [
        f'{_NAME}, {error} := {package}.PoisonQueue({publisher}, "{topic}")',
        f"if {error} != nil {{",
        f"{file.style.indent}{leaving}",
        "}",
        f"{router}.AddMiddleware({_NAME})",
        "",
    ]
    indent, newline = file.indent_at(statement.start_byte), file.style.newline
    text = f"{newline}{indent}".join(lines)
    return file, [Edit(statement.start_byte, statement.start_byte, text), *import_edits(file, _MIDDLEWARE)]


def _is_declared_behind(file: SourceFile, statement: Node, name: str) -> bool:
    """Whether a name becomes known behind a statement of a block, where it must not be known already."""
    following = statement.next_named_sibling
    while following is not None:
        left = following.child_by_field_name("left") if following.type == "short_var_declaration" else None
        if following.type == "var_declaration" or (left is not None and file.text(left) == name):
            return True
        following = following.next_named_sibling
    return False


def _may_import(file: SourceFile) -> bool:
    """Whether the name of the package is free, or the package's own."""
    return all(one.path == _MIDDLEWARE or one.name != "middleware" for one in imports_of(file))


def _publishers(context: FixContext, file: SourceFile, function: Node, place: Node) -> Iterator[str]:
    """The publishers that a place can use: parameters, fields of the receiver, and variables that were made before."""
    wanted = f"{name_of(file, _MESSAGES) or 'message'}.Publisher"
    yield from (one.name for one in parameters(file, function) if file.text(one.type) == wanted and one.name)
    owner = receiver(file, function)
    declared = declared_type(context, file, file.text(owner.type).removeprefix("*")) if owner is not None else None
    if owner is not None and declared is not None and owner.name:
        where, struct = declared
        kind = f"{name_of(where, _MESSAGES) or 'message'}.Publisher"
        yield from (f"{owner.name}.{one.name}" for one in fields_of(where, struct) if where.text(one.type) == kind)
    for made in own_nodes(function, "short_var_declaration"):
        left, right = made.child_by_field_name("left"), made.child_by_field_name("right")
        if left is None or right is None or made.end_byte > place.start_byte or made.parent != place.parent:
            continue
        if file.text(right).partition("(")[0].endswith(".NewPublisher") and len(left.named_children) == 2:
            yield file.text(left.named_children[0])
