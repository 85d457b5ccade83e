"""A Go function made to give an error, and those that call it made to look at it."""

from __future__ import annotations

from collections.abc import Iterator

from tree_sitter import Node

from eventlens.fixes.blocks import statements_of
from eventlens.fixes.changes import Edit
from eventlens.fixes.context import FixContext
from eventlens.fixes.functions import call_at, function_around, is_value_in
from eventlens.fixes.golang.code import failing_return, gives_error, own_nodes, parameters, results
from eventlens.fixes.source import SourceFile, inside
from eventlens.flow.scopes import Frame

_MAX_CALLS = 3
"""Through how many functions an error is handed on."""
_OF_INTERFACES = frozenset(
    (
        "ServeHTTP",
        "Run",
        "Start",
        "Stop",
        "Handle",
        "Execute",
        "Process",
        "Setup",
        "Cleanup",
        "Close",
        "Init",
        "main",
        "init",
    )
)
"""Names of functions that the runtime calls, and of methods that libraries are likely to ask for: their types are not to be changed."""

Changes = dict[str, list[Edit]]


def handed_on(context: FixContext, frame: Frame) -> Changes | None:
    """The edits, by file, after which the function of ``frame`` gives an error that each of its callers looks at or gives on.

    ``return`` in it gives none then, as does its end. None where that cannot be seen to be right: the function gives something else,
    is handed over as a value or may be asked for by an interface, or a caller has nobody to tell.
    """
    found: Changes = {}
    return found if _hands_on(context, frame, found, ()) else None


def declaration_of(file: SourceFile, frame: Frame) -> Node | None:
    """The declaration of a scope's function; None for a function without a name."""
    if frame.function is None:
        return None
    node: Node | None = file.tree.root_node.named_descendant_for_byte_range(frame.function.start, frame.function.end)
    while node is not None and node.type not in ("function_declaration", "method_declaration", "func_literal"):
        node = node.parent
    return node if node is not None and node.type != "func_literal" else None


def _hands_on(context: FixContext, frame: Frame, found: Changes, inner: tuple[Frame, ...]) -> bool:
    if frame in inner:
        return True
    file, callers = context.file(frame.module.path), context.checks.graph.callers
    node = declaration_of(file, frame)
    if node is None or len(inner) == _MAX_CALLS:
        return False
    if not gives_error(file, node):
        if results(file, node) or _is_asked_for(context, file, frame, node):
            return False
        _add(found, file, _giving_error(file, node))
    return all(
        not caller.first and _looks(context, caller.frame, caller.call.start, caller.call.end, found, (*inner, frame))
        for caller in callers.of(frame)
        if not caller.frame.module.path.endswith("_test.go")
    )


def _looks(context: FixContext, frame: Frame, start: int, end: int, found: Changes, inner: tuple[Frame, ...]) -> bool:
    """Whether a caller looks at the error already, or can be made to give it on."""
    file = context.file(frame.module.path)
    call, statement = call_at(file, start, end), file.statement_around(start, end)
    function = function_around(file, statement)
    if call is None or function is None or statement.type != "expression_statement":
        return call is not None and _is_used(call, statement)
    if statement.named_children[0] != call or takes_messages(context, frame, call):
        return False
    known = failing_return(context, file, function, "err")
    if known is None:
        if declaration_of(file, frame) != function or not _hands_on(context, frame, found, inner):
            return False
        known = "return err"
    _add(found, file, checked(file, statement, call, "err", known))
    return True


def _is_used(call: Node, statement: Node) -> bool:
    """Whether an error that a call gives already goes somewhere: a call that gave nothing stands alone."""
    return statement.type in ("return_statement", "if_statement", "short_var_declaration", "assignment_statement")


def checked(file: SourceFile, statement: Node, call: Node, names: str, then: str, asked: str = "") -> list[Edit]:
    """``statement``, which drops what ``call`` gives, as ``if names := call; err != nil { then }``."""
    newline, indent = file.style.newline, file.indent_at(statement.start_byte)
    body = f"{asked}; err != nil {{{newline}{indent}{file.style.indent}{then}{newline}{indent}}}"
    return [
        Edit(statement.start_byte, call.start_byte, f"if {names} := "),
        Edit(call.end_byte, statement.end_byte, body),
    ]


def takes_messages(context: FixContext, frame: Frame, call: Node) -> bool:
    """Whether a call stands in a loop that takes messages, which an error that is given would end."""
    loops = (
        (one.node.handler.loop, one.node.handler.loop_frame)
        for one in context.consumers()
        if one.node.handler.loop is not None
    )
    return any(
        loop is not None
        and around is not None
        and around.module is frame.module
        and loop.start <= call.start_byte
        and call.end_byte <= loop.end
        for loop, around in loops
    )


def _giving_error(file: SourceFile, node: Node) -> list[Edit]:
    listed, body = node.child_by_field_name("parameters"), node.child_by_field_name("body")
    if listed is None or body is None:
        return []
    edits = [Edit(listed.end_byte, listed.end_byte, " error")]
    edits += [Edit(one.end_byte, one.end_byte, " nil") for one in own_nodes(body, "return_statement")]
    statements = statements_of(body)
    if not statements or not _is_last(statements[-1]):
        indent = file.indent_at(node.start_byte)
        at = body.end_byte - 1
        lead = (
            file.style.indent
            if file.source[file.line_start(at) : at].strip(b" \t") == b""
            else f"{file.style.newline}{indent}{file.style.indent}"
        )
        edits.append(Edit(at, at, f"{lead}return nil{file.style.newline}{indent}"))
    return edits


def _is_last(statement: Node) -> bool:
    """Whether the end of a function is not reached behind a statement."""
    endless = statement.type == "for_statement" and len(statement.named_children) == 1
    return statement.type == "return_statement" or (endless and not any(inside(statement, "break_statement")))


def _is_asked_for(context: FixContext, file: SourceFile, frame: Frame, node: Node) -> bool:
    """Whether a function's type may not be changed: it is handed over as a value, or an interface may ask for it."""
    names = context.checks.graph.callers.names(frame)
    taken = " ".join(file.text(one.type) for one in parameters(file, node))
    if "http." in taken or "testing." in taken or any(name in _OF_INTERFACES for name in names):
        return True
    return any(is_value_in(one, name) for name in names for one in _holding(context, name))


def _holding(context: FixContext, name: str) -> Iterator[SourceFile]:
    for path in context.workspace.sources():
        if path.endswith(".go") and name.encode() in context.workspace.text(path):
            yield context.file(path)


def _add(found: Changes, file: SourceFile, edits: list[Edit]) -> None:
    known = found.setdefault(file.path, [])
    known += [edit for edit in edits if edit not in known]
