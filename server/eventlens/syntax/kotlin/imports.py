"""The package and the imports of a file."""

from __future__ import annotations

from tree_sitter import Node

from eventlens import ir
from eventlens.syntax.kotlin.reader import Reader, first, lowers_statement


@lowers_statement("import")
def import_(reader: Reader, node: Node, lowered: list[ir.Statement]) -> None:
    path = first(node, "qualified_identifier")
    if path is None:
        return
    start, end = node.start_byte, node.end_byte
    dotted = _dotted(reader, path)
    if first(node, "*") is not None:
        reader.imports.append(ir.Import(start, end, "*", dotted, "*"))
        return
    module, _, name = dotted.rpartition(".")
    alias = first(node, "identifier")
    reader.imports.append(ir.Import(start, end, reader.named(alias) if alias is not None else name, module, name))


@lowers_statement("package_header")
def package(reader: Reader, node: Node, lowered: list[ir.Statement]) -> None:
    path = first(node, "qualified_identifier")
    if path is not None and not reader.package:
        reader.package = _dotted(reader, path)
        reader.header = (node.start_byte, node.end_byte)


def own_package(reader: Reader) -> tuple[ir.Import, ...]:
    """The star import of the own package, which needs no writing."""
    if not reader.package:
        return ()
    start, end = reader.header
    return (ir.Import(start, end, "*", reader.package, "*"),)


def _dotted(reader: Reader, path: Node) -> str:
    return ".".join(reader.named(child) for child in path.named_children if child.type == "identifier")
