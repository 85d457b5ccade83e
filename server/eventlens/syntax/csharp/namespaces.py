"""What a file imports, and the namespaces that it belongs to."""

from __future__ import annotations

from collections.abc import Iterator

from tree_sitter import Node

from eventlens import ir
from eventlens.syntax.csharp.reader import SKIPPED, Reader, lowers_statement
from eventlens.syntax.csharp.types import dotted, type_ref, type_value

_NAMESPACES = frozenset({"namespace_declaration", "file_scoped_namespace_declaration"})
_TYPES_ONLY = frozenset({"tuple_type", "array_type", "nullable_type", "predefined_type", "pointer_type"})


@lowers_statement("using_directive")
def using(reader: Reader, node: Node, lowered: list[ir.Statement]) -> None:
    start, end = node.start_byte, node.end_byte
    words = [child.type for child in node.children]
    alias = node.child_by_field_name("name")
    written = [
        child for child in node.named_children if child.type not in SKIPPED and (alias is None or child.id != alias.id)
    ]
    if not written:
        return
    if alias is not None and written[-1].type in _TYPES_ONLY:
        lowered.append(_type_alias(reader, start, end, alias, written[-1]))
        return
    name = dotted(type_value(reader, written[-1]))
    if alias is not None:
        module, _, last = name.rpartition(".")
        reader.imports.append(ir.Import(start, end, reader.word(alias), module, last))
        return
    reader.static_imports = reader.static_imports or "static" in words
    reader.imports.append(ir.Import(start, end, "*", name, "*"))
    if "global" in words:
        reader.exports.append(ir.Export(start, end, "*", module=name))


def _type_alias(reader: Reader, start: int, end: int, alias: Node, written: Node) -> ir.ClassDeclaration:
    name = reader.word(alias)
    aliased = type_ref(reader, written)
    definition = ir.Class(
        start, end, name, name, "alias", aliased=aliased, name_start=alias.start_byte, name_end=alias.end_byte
    )
    return ir.ClassDeclaration(start, end, definition)


@lowers_statement("extern_alias_directive")
def extern_alias(reader: Reader, node: Node, lowered: list[ir.Statement]) -> None:
    """Names an assembly, of which nothing is known."""


def namespaces(reader: Reader, root: Node) -> list[tuple[str, Node]]:
    """The dotted namespaces of a file with the nodes that name them, in order."""
    return list(_namespaces(reader, root, ""))


def _namespaces(reader: Reader, node: Node, outer: str) -> Iterator[tuple[str, Node]]:
    waiting: list[tuple[Node, str]] = [(node, outer)]
    while waiting:
        each, around = waiting.pop()
        named = each.child_by_field_name("name") if each.type in _NAMESPACES else None
        if named is not None:
            written = dotted(type_value(reader, named))
            around = f"{around}.{written}" if around else written
            yield around, named
        inside = [
            child
            for child in each.named_children
            if child.type in _NAMESPACES or child.type in ("declaration_list", "preproc_if", "ERROR")
        ]
        waiting.extend((child, around) for child in reversed(inside) if each.type != "class_declaration")


def own_imports(found: list[tuple[str, Node]]) -> list[ir.Import]:
    """The own namespaces and those around them, which need no directive."""
    imports: dict[str, ir.Import] = {}
    for name, node in found:
        while name:
            imports.setdefault(name, ir.Import(node.start_byte, node.end_byte, "*", name, "*"))
            name = name.rpartition(".")[0]
    return list(imports.values())
