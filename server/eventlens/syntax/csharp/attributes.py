"""Attributes, as decorators; what they are put on (``[return: …]``) is left out."""

from __future__ import annotations

from tree_sitter import Node

from eventlens import ir
from eventlens.syntax.csharp.reader import VALUES, Reader, value
from eventlens.syntax.csharp.types import type_arguments, type_value
from eventlens.syntax.reader import part


def attributes(reader: Reader, node: Node) -> tuple[ir.Value, ...]:
    """The attributes that stand on a declaration."""
    if not any(child.type == "attribute_list" for child in node.children[:2]):
        return ()
    return tuple(
        attribute(reader, each)
        for child in node.named_children
        if child.type == "attribute_list"
        for each in child.named_children
        if each.type == "attribute"
    )


def attribute(reader: Reader, node: Node) -> ir.Value:
    """A bare one is a name; with arguments it is a call, its properties are arguments with names."""
    named = part(node, "name")
    callee = type_value(reader, named)
    given = next((child for child in node.named_children if child.type == "attribute_argument_list"), None)
    types = type_arguments(reader, named) if named.type == "generic_name" else ()
    if given is None and not types:
        return callee
    written = given.named_children if given is not None else []
    args = tuple(_argument(reader, child) for child in written if child.type == "attribute_argument")
    return ir.Call(node.start_byte, node.end_byte, callee, args, False, types)


def _argument(reader: Reader, node: Node) -> ir.Argument:
    named = node.child_by_field_name("name")
    written = [child for child in node.children if child.type in VALUES and (named is None or child.id != named.id)]
    start, end = node.start_byte, node.end_byte
    content = value(reader, written[-1]) if written else ir.Unknown(start, end, node.type)
    return ir.Argument(start, end, content, reader.word(named) if named is not None else None)
