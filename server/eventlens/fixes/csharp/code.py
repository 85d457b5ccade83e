"""The code of a C# file, as fixes ask about it: its usings, its loggers, and methods whose type may be changed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from posixpath import dirname

from tree_sitter import Node

from eventlens.fixes.changes import Edit
from eventlens.fixes.context import FixContext
from eventlens.fixes.functions import is_value_in
from eventlens.fixes.source import SourceFile, inside
from eventlens.workspace.reading import read_within

_TYPES = ("class_declaration", "record_declaration", "struct_declaration")
_FUNCTIONS = ("method_declaration", "local_function_statement", "lambda_expression", "anonymous_method_expression")
_LOGGER = re.compile(r"ILogger(<.*>)?\??", re.DOTALL)
_FIXED = frozenset(("override", "virtual", "abstract", "async", "partial", "extern", "unsafe"))


def using_edits(context: FixContext, file: SourceFile, namespace: str) -> list[Edit]:
    """What makes the types of a namespace of the base library known in a file; nothing where they are."""
    usings = list(file.nodes("using_directive"))
    if any(file.text(one).removesuffix(";").split()[-1] == namespace for one in usings):
        return []
    if _are_implicit(context, file):
        return []
    newline, line = file.style.newline, f"using {namespace};"
    if not usings:
        return [Edit(file.line(1), file.line(1), f"{line}{newline * 2}")]
    before = [one for one in usings if file.text(one).startswith("using System") and file.text(one)[:-1] < line[:-1]]
    if not before:
        return [Edit(usings[0].start_byte, usings[0].start_byte, f"{line}{newline}")]
    return [Edit(before[-1].end_byte, before[-1].end_byte, f"{newline}{line}")]


def _are_implicit(context: FixContext, file: SourceFile) -> bool:
    """Whether the project of a file has the usual namespaces in every file."""
    root, folder = context.workspace.root, dirname(file.path)
    while True:
        for project in sorted((root / folder).glob("*.csproj")):
            text = read_within(root, project.relative_to(root).as_posix())
            return re.search(rb"<ImplicitUsings>\s*(enable|true)", text) is not None
        if not folder:
            return False
        folder = dirname(folder)


def logger_of(file: SourceFile, place: Node) -> str | None:
    """The ``ILogger`` that a place can use: a parameter or field of its type, as it is written there."""
    around = file.enclosing(place, *_TYPES)
    for declared in _declared(file, around, _is_in_static(file, place)) if around is not None else ():
        kind = declared.child_by_field_name("type")
        if kind is None or not _LOGGER.fullmatch(file.text(kind)):
            continue
        name = declared.child_by_field_name("name") or next(
            (one.child_by_field_name("name") for one in inside(declared, "variable_declarator")), None
        )
        if name is not None:
            return file.text(name)
    return None


def _is_in_static(file: SourceFile, place: Node) -> bool:
    """Whether a place is in a function that belongs to no instance."""
    around = file.enclosing(place, *_FUNCTIONS, *_TYPES)
    while around is not None and around.type in _FUNCTIONS:
        if "static" in _modifiers(file, around):
            return True
        around = file.enclosing(around, *_FUNCTIONS, *_TYPES)
    return False


def _declared(file: SourceFile, around: Node, is_static: bool) -> Iterator[Node]:
    """The fields and properties of a type, or the static ones, and the parameters of its primary constructor."""
    listed = next((one for one in around.named_children if one.type == "parameter_list"), None)
    if listed is not None and not is_static:
        yield from (one for one in listed.named_children if one.type == "parameter")
    body = around.child_by_field_name("body")
    for member in body.named_children if body is not None else ():
        if is_static and "static" not in _modifiers(file, member):
            continue
        if member.type == "field_declaration":
            yield from (one for one in member.named_children if one.type == "variable_declaration")
        elif member.type == "property_declaration":
            yield member


def logged(
    context: FixContext, file: SourceFile, place: Node, text: str, error: str, is_exception: bool = True
) -> tuple[str, list[Edit]]:
    """The call that logs what failed, and the using that it needs. ``text`` has no quote, backslash or brace."""
    name = logger_of(file, place)
    if name is None:
        return f'Console.Error.WriteLine("{text}: " + {error})', using_edits(context, file, "System")
    method = "Error" if b"using Serilog;" in file.source else "LogError"
    given = f'{error}, "{text}"' if is_exception else f'"{text}: {{Error}}", {error}'
    return f"{name}.{method}({given})", []


def _modifiers(file: SourceFile, declaration: Node) -> set[str]:
    return {file.text(one) for one in declaration.named_children if one.type == "modifier"}


def made_asynchronous(file: SourceFile, method: Node) -> list[Edit] | None:
    """``void M()`` → ``async Task M()``; None where an interface, a base class or an event may ask for the method as it is."""
    modifiers = _modifiers(file, method)
    returns, listed = method.child_by_field_name("returns"), method.child_by_field_name("parameters")
    name = method.child_by_field_name("name")
    if method.type != "method_declaration" or returns is None or listed is None or name is None or modifiers & _FIXED:
        return None
    if file.text(returns) != "void" or any(inside(listed, "modifier")) or is_value_in(file, file.text(name)):
        return None
    return [Edit(returns.start_byte, returns.end_byte, "async Task")]
