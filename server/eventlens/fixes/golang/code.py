"""The code of a Go file, as fixes ask about it: what functions give, and what they give where they fail."""

from __future__ import annotations

from collections.abc import Iterator
from posixpath import dirname
from typing import NamedTuple

from tree_sitter import Node

from eventlens import ir
from eventlens.fixes.blocks import statements_of
from eventlens.fixes.context import FixContext
from eventlens.fixes.functions import FUNCTIONS
from eventlens.fixes.source import SourceFile, inside

_NIL = frozenset(("pointer_type", "slice_type", "map_type", "function_type", "channel_type", "interface_type"))
_ZEROS = {"error": "nil", "any": "nil", "string": '""', "bool": "false", "time.Duration": "0", "context.Context": "nil"}
_NUMBERS = frozenset(
    (
        *("int", "int8", "int16", "int32", "int64", "uint", "uint8", "uint16", "uint32", "uint64"),
        *("byte", "rune", "float32", "float64", "uintptr", "complex64", "complex128"),
    )
)
_EMPTY = frozenset(("nil", "false", '""', "0"))


class Declared(NamedTuple):
    """A result, parameter, receiver or field: its type, and the name that it may have."""

    type: Node
    name: str


def results(file: SourceFile, function: Node) -> list[Declared]:
    """What a function gives, in order."""
    result = function.child_by_field_name("result")
    if result is None:
        return []
    if result.type != "parameter_list":
        return [Declared(result, "")]
    return list(_listed(file, result))


def parameters(file: SourceFile, function: Node) -> list[Declared]:
    """What a function takes, in order; the method's receiver is none of it."""
    listed = function.child_by_field_name("parameters")
    return list(_listed(file, listed)) if listed is not None else []


def receiver(file: SourceFile, function: Node) -> Declared | None:
    """What the method stands on; None for a function."""
    listed = function.child_by_field_name("receiver")
    return next(_listed(file, listed), None) if listed is not None else None


def _listed(file: SourceFile, listed: Node) -> Iterator[Declared]:
    for declaration in listed.named_children:
        kind = declaration.child_by_field_name("type")
        names = declaration.children_by_field_name("name")
        if kind is not None:
            yield from (Declared(kind, file.text(name)) for name in names) if names else [Declared(kind, "")]


def gives_error(file: SourceFile, function: Node | None) -> bool:
    """Whether the last thing that a function gives is an error."""
    given = results(file, function) if function is not None else []
    return bool(given) and file.text(given[-1].type) == "error"


def functions_around(file: SourceFile, node: Node) -> Iterator[Node]:
    """The functions around a node, innermost first."""
    function = file.enclosing(node, *FUNCTIONS)
    while function is not None:
        yield function
        function = file.enclosing(function, *FUNCTIONS)


def failing_return(context: FixContext, file: SourceFile, function: Node, error: str) -> str | None:
    """``return …, error`` with nothing in place of all other results; None where it does not show how nothing is written for one."""
    if not gives_error(file, function):
        return None
    given = results(file, function)[:-1]
    known = _given_elsewhere(file, function, len(given))
    empty = [_zero(context, file, one.type) for one in given]
    if known is not None and None in empty:
        empty = [*known]
    return f"return {', '.join([*(one for one in empty if one), error])}" if None not in empty else None


def _given_elsewhere(file: SourceFile, function: Node, count: int) -> list[str] | None:
    """What the function itself gives beside an error, where that is nothing."""
    for statement in own_nodes(function, "return_statement"):
        values = values_given(statement)
        texts = [file.text(one) for one in values]
        if len(values) == count + 1 and texts[-1] != "nil" and all(_is_nothing(one) for one in texts[:-1]):
            return texts[:-1]
    return None


def values_given(statement: Node) -> list[Node]:
    """What a ``return`` gives."""
    return next((one.named_children for one in statement.named_children if one.type == "expression_list"), [])


def own_nodes(function: Node, *types: str) -> Iterator[Node]:
    """The nodes of some types in a function, those of functions inside left out."""
    waiting = list(reversed(function.named_children))
    while waiting:
        node = waiting.pop()
        if node.type in types:
            yield node
        if node.type != "func_literal":
            waiting.extend(reversed(node.named_children))


def _is_nothing(text: str) -> bool:
    return text in _EMPTY or text.endswith("{}")


def _zero(context: FixContext, file: SourceFile, kind: Node) -> str | None:
    """How nothing of a type is written."""
    text = file.text(kind)
    if kind.type in _NIL:
        return "nil"
    if kind.type == "array_type":
        return f"{text}{{}}"
    if text in _NUMBERS:
        return "0"
    if text in _ZEROS:
        return _ZEROS[text]
    if text == "time.Time":
        return "time.Time{}"
    declared = declared_type(context, file, text) if kind.type == "type_identifier" else None
    if declared is None:
        return None
    return f"{text}{{}}" if declared[1].type == "struct_type" else "nil" if declared[1].type in _NIL else None


def declared_type(context: FixContext, file: SourceFile, name: str) -> tuple[SourceFile, Node] | None:
    """What a type of the file's package is declared as, and where."""
    for one in package_files(context, file):
        if f"type {name} ".encode() not in one.source and f"\t{name} ".encode() not in one.source:
            continue
        for spec in one.nodes("type_spec"):
            named, kind = spec.child_by_field_name("name"), spec.child_by_field_name("type")
            if named is not None and kind is not None and one.text(named) == name:
                return one, kind
    return None


def declares(file: SourceFile, name: str) -> bool:
    """Whether a file declares something of a name for its whole package."""
    for declaration in file.tree.root_node.named_children:
        if declaration.type == "method_declaration":
            continue
        for one in (declaration, *inside(declaration, "var_spec", "const_spec", "type_spec")):
            if name in [file.text(named) for named in one.children_by_field_name("name")]:
                return True
    return False


def package_files(context: FixContext, file: SourceFile) -> Iterator[SourceFile]:
    """The files of a file's package, the file itself first."""
    yield file
    folder = dirname(file.path)
    for path in context.workspace.sources():
        if path != file.path and path.endswith(".go") and dirname(path) == folder and not path.endswith("_test.go"):
            yield context.file(path)


def fields_of(file: SourceFile, struct: Node) -> Iterator[Declared]:
    """The fields of a struct, by name."""
    for declaration in inside(struct, "field_declaration"):
        kind = declaration.child_by_field_name("type")
        for name in declaration.children_by_field_name("name"):
            if kind is not None:
                yield Declared(kind, file.text(name))


def failing_block(file: SourceFile, catch: ir.Catch) -> Node | None:
    """The block that runs where an error is set, and nothing beside it; None for one that asks for more or has an ``else``."""
    block = file.node_at(catch.start, catch.end)
    check = block.parent
    if block.type != "block" or check is None or check.type != "if_statement" or not statements_of(block):
        return None
    is_alone = check.child_by_field_name("alternative") is None and check.child_by_field_name("consequence") == block
    return block if is_alone else None


def entries_of(file: SourceFile, body: Node) -> list[tuple[str, str]] | None:
    """The keys and values between the braces of a literal; None where one takes several lines, has no key or stands beside a comment."""
    found = []
    for element in body.named_children:
        parts = [file.text(one) for one in element.named_children] if element.type == "keyed_element" else []
        if len(parts) != 2 or "\n" in "".join(parts):
            return None
        found.append((parts[0], parts[1]))
    return found


def aligned(file: SourceFile, entries: list[tuple[str, str]], indent: str) -> str:
    """Entries in braces, one a line, their values in a column as gofmt has them."""
    width, newline = max(len(key) for key, _ in entries) + 1, file.style.newline
    lines = "".join(f"{newline}{indent}{file.style.indent}{f'{key}:':<{width}} {value}," for key, value in entries)
    return f"{{{lines}{newline}{indent}}}"
