"""What the error is called where a log stands that tells of a failure, and how it gets a name where it has none."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from tree_sitter import Node

from eventlens.fixes.changes import Edit
from eventlens.fixes.functions import FUNCTIONS
from eventlens.fixes.source import SourceFile, inside

_IDENTIFIERS = ("identifier", "shorthand_property_identifier")


class CaughtError(NamedTuple):
    """``name`` is what the error is called once ``naming`` is applied, which is empty where it has a name already."""

    name: str
    naming: tuple[Edit, ...] = ()


def caught_at(file: SourceFile, start: int, end: int) -> CaughtError | None:
    """The error of the innermost catch, failed call of Go, or ``.catch`` callback around some bytes; None where it cannot be named."""
    node = file.tree.root_node.named_descendant_for_byte_range(start, end)
    while node is not None:
        named = _CLAUSES.get((file.language, node.type))
        found = named(file, node) if named is not None else None
        if found is not None or node.type == "catch_clause" or node.type in FUNCTIONS:
            return found
        node = node.parent
    return None


def _ecmascript(file: SourceFile, clause: Node) -> CaughtError | None:
    parameter = clause.child_by_field_name("parameter")
    if parameter is None:
        name, keyword = _new_name(file, clause), clause.children[0]
        return CaughtError(name, (Edit(keyword.end_byte, keyword.end_byte, f" ({name})"),))
    return CaughtError(file.text(parameter)) if parameter.type == "identifier" else None


def _callback(file: SourceFile, function: Node) -> CaughtError | None:
    """``.catch(() => …)``, and what ``.then`` is given second."""
    handed = function.parent
    call = handed.parent if handed is not None and handed.type == "arguments" else None
    callee = call.child_by_field_name("function") if call is not None else None
    method = callee.child_by_field_name("property") if callee is not None else None
    if handed is None or method is None or (file.text(method), handed.named_children.index(function)) not in _FAILED:
        return None
    single, parameters = function.child_by_field_name("parameter"), function.child_by_field_name("parameters")
    if single is not None:
        return CaughtError(file.text(single))
    if parameters is None:
        return None
    if parameters.named_children:
        first = parameters.named_children[0]
        given = first.child_by_field_name("pattern") or first
        return CaughtError(file.text(given)) if given.type == "identifier" else None
    name = _new_name(file, function)
    typed = f"{name}: unknown" if file.language == "typescript" else name
    return CaughtError(name, (Edit(parameters.start_byte, parameters.end_byte, f"({typed})"),))


def _python(file: SourceFile, clause: Node) -> CaughtError | None:
    caught = clause.child_by_field_name("value")
    if caught is None:
        return None
    alias = caught.child_by_field_name("alias")
    if alias is not None:
        return CaughtError(file.text(alias))
    name = _new_name(file, clause)
    return CaughtError(name, (Edit(caught.end_byte, caught.end_byte, f" as {name}"),))


def _java(file: SourceFile, clause: Node) -> CaughtError | None:
    parameter = next((one for one in clause.named_children if one.type == "catch_formal_parameter"), None)
    name = parameter.child_by_field_name("name") if parameter is not None else None
    return CaughtError(file.text(name)) if name is not None and file.text(name) != "_" else None


def _kotlin(file: SourceFile, clause: Node) -> CaughtError | None:
    name = next((one for one in clause.named_children if one.type == "identifier"), None)
    return CaughtError(file.text(name)) if name is not None and file.text(name) != "_" else None


def _csharp(file: SourceFile, clause: Node) -> CaughtError | None:
    declared = next((one for one in clause.named_children if one.type == "catch_declaration"), None)
    if declared is None:
        name, keyword = _new_name(file, clause, "exception"), clause.children[0]
        return CaughtError(name, (Edit(keyword.end_byte, keyword.end_byte, f" (System.Exception {name})"),))
    known, caught = declared.child_by_field_name("name"), declared.child_by_field_name("type")
    if known is not None or caught is None:
        return CaughtError(file.text(known)) if known is not None else None
    name = _new_name(file, clause, "exception")
    return CaughtError(name, (Edit(caught.end_byte, caught.end_byte, f" {name}"),))


def _go(file: SourceFile, statement: Node) -> CaughtError | None:
    """``if err := work(); err != nil {``."""
    condition = statement.child_by_field_name("condition")
    left = condition.child_by_field_name("left") if condition is not None else None
    right = condition.child_by_field_name("right") if condition is not None else None
    if condition is None or left is None or right is None or left.type != "identifier" or right.type != "nil":
        return None
    return CaughtError(file.text(left)) if any(child.type == "!=" for child in condition.children) else None


def _new_name(file: SourceFile, around: Node, usual: str = "error") -> str:
    """A name for the error that nothing in the clause goes by."""
    used = {file.text(node) for node in inside(around, *_IDENTIFIERS)}
    return next(
        name for name in (usual, "failure", f"{usual}_", *(f"{usual}{n}" for n in range(len(used)))) if name not in used
    )


_FAILED = frozenset((("catch", 0), ("then", 1)))
"""Methods of promises, and which of their arguments is called when one failed."""
_CLAUSES: dict[tuple[str, str], Callable[[SourceFile, Node], CaughtError | None]] = {
    ("java", "catch_clause"): _java,
    ("kotlin", "catch_block"): _kotlin,
    ("csharp", "catch_clause"): _csharp,
    ("go", "if_statement"): _go,
    ("python", "except_clause"): _python,
    **{(language, "catch_clause"): _ecmascript for language in ("typescript", "javascript")},
    **{
        (language, function): _callback
        for language in ("typescript", "javascript")
        for function in ("arrow_function", "function_expression")
    },
}
