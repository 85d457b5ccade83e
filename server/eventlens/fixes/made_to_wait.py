"""A function made asynchronous, and those that call it made to wait for it."""

from __future__ import annotations

from collections.abc import Iterator

from tree_sitter import Node

from eventlens.fixes.blocks import statements_of
from eventlens.fixes.changes import Edit
from eventlens.fixes.context import FixContext
from eventlens.fixes.csharp.code import made_asynchronous
from eventlens.fixes.functions import FUNCTIONS, call_at, callback_of, function_around, is_async
from eventlens.fixes.source import SourceFile
from eventlens.flow.scopes import Frame

_MAX_CALLS = 3
"""Through how many functions waiting is handed on."""
_NOTHING = {"": "", ": void": ": Promise<void>"}
_ACCESSORS = ("get", "set", "*")


def made_to_wait(context: FixContext, frame: Frame, last: Node) -> dict[str, list[Edit]] | None:
    """The edits, by file, that make the function of ``frame`` and its callers wait; ``last`` is the statement in it that will be awaited.

    None where that cannot be seen to be right: the function gives something back, is handed over or overrides another, or a caller
    cannot wait. A function that nobody in the workspace calls is made asynchronous only where all else is done before it waits.
    """
    found: dict[str, list[Edit]] = {}
    return found if _hand_on(context, frame, last, found, ()) else None


def _hand_on(
    context: FixContext, frame: Frame, last: Node, found: dict[str, list[Edit]], inner: tuple[Frame, ...]
) -> bool:
    if frame in inner:
        return True
    file, callers = context.file(frame.module.path), context.checks.graph.callers
    node = _node_of(file, frame)
    if node is None or len(inner) == _MAX_CALLS or _is_handed_over(context, frame):
        return False
    if not is_async(node):
        edits = _asynchronous(file, node, frame)
        if edits is None:
            return False
        _add(found, file, edits)
    calls = callers.of(frame)
    if not calls and not is_async(node):
        return file.language != "python" and _is_at_end(last, node)
    for caller in calls:
        path = caller.frame.module.path
        if caller.first or not _waits(context, context.file(path), caller.frame, caller.call.start, caller.call.end, found, (*inner, frame)):  # fmt: skip
            return False
    return True


def _waits(
    context: FixContext,
    file: SourceFile,
    frame: Frame,
    start: int,
    end: int,
    found: dict[str, list[Edit]],
    inner: tuple[Frame, ...],
) -> bool:
    """Whether a caller waits already, or can be made to."""
    call, statement = call_at(file, start, end), file.statement_around(start, end)
    function = function_around(file, statement)
    if call is None or call.parent is None or function is None:
        return False
    if call.parent.type in ("await_expression", "await"):
        return True
    if statement.type == "return_statement" and call.parent == statement:
        return is_async(function)
    value = statement.named_children[0] if statement.type == "expression_statement" else None
    if value is not None and value.type == "unary_expression":
        value = value.child_by_field_name("argument")
    if value is None or (value.start_byte, value.end_byte) != (start, end) or callback_of(file, function) == "forEach":
        return False
    if not is_async(function) and not _hand_on(context, frame, statement, found, inner):
        return False
    _add(found, file, [Edit(statement.start_byte, start, "await ")])
    return True


def _add(found: dict[str, list[Edit]], file: SourceFile, edits: list[Edit]) -> None:
    known = found.setdefault(file.path, [])
    known += [edit for edit in edits if edit not in known]


def _node_of(file: SourceFile, frame: Frame) -> Node | None:
    """The function of a scope; None at a module's top level."""
    if frame.function is None:
        return None
    node: Node | None = file.tree.root_node.named_descendant_for_byte_range(frame.function.start, frame.function.end)
    while node is not None and node.type not in FUNCTIONS:
        node = next((child for child in node.named_children if child.type in FUNCTIONS), None)
    return node


def _is_handed_over(context: FixContext, frame: Frame) -> bool:
    """Whether a function is given to another as a value: what that one does with a promise is not known."""
    mentioned = context.checks.graph.program.mentioned
    return any(mentioned(name, frame.module) for name in context.checks.graph.callers.names(frame))


def _asynchronous(file: SourceFile, node: Node, frame: Frame) -> list[Edit] | None:
    """``async`` before the function, and its return type with it; None where a promise in place of nothing does not fit."""
    if any(child.type in _ACCESSORS for child in node.children) or any(_returns(node)):
        return None
    around = node.parent
    if frame.cls is not None and (frame.cls.definition.bases or frame.function is None or frame.function.decorators):
        return None
    if frame.function is not None and (frame.function.kind == "constructor" or frame.function.decorators):
        return None
    if file.language == "csharp":
        return made_asynchronous(file, node)
    kind = node.child_by_field_name("return_type")
    if file.language == "python":
        if node.type != "function_definition" or (kind is not None and file.text(kind) != "None"):
            return None
        return [Edit(node.start_byte, node.start_byte, "async ")]
    written = file.text(kind) if kind is not None else ""
    if written not in _NOTHING or _is_value(node, around):
        return None
    name = node.child_by_field_name("name")
    at = name.start_byte if node.type == "method_definition" and name is not None else node.start_byte
    edits = [Edit(at, at, "async ")]
    if kind is not None and written:
        edits.append(Edit(kind.start_byte, kind.end_byte, _NOTHING[written]))
    return edits


def _is_value(node: Node, around: Node | None) -> bool:
    """Whether a function is a value without a name (a callback) or of a declared type, or gives back what its expression does."""
    if node.type not in ("arrow_function", "function_expression"):
        return False
    body = node.child_by_field_name("body")
    if around is None or around.type != "variable_declarator" or around.child_by_field_name("type") is not None:
        return True
    return body is None or body.type != "statement_block"


def _returns(node: Node) -> Iterator[bool]:
    """Whether a function gives something back, or is a generator."""
    for child in node.named_children:
        if child.type not in FUNCTIONS:
            yield child.type in ("yield", "yield_expression") or (
                child.type == "return_statement" and bool(child.named_children)
            )
            yield from _returns(child)


def _is_at_end(last: Node, function: Node) -> bool:
    """Whether nothing of a function comes behind a statement, but for further turns of loops around it."""
    node = last
    while node.parent is not None and node != function:
        around = node.parent
        if around.type in ("statement_block", "block") and statements_of(around)[-1] != node:
            return False
        if around.type in ("try_statement", "if_statement", "switch_statement", "with_statement"):
            return False
        node = around
    return True
