"""Types as written."""

from __future__ import annotations

from collections.abc import Callable

from tree_sitter import Node

from eventlens import ir
from eventlens.syntax.csharp.reader import MAX_DEPTH, SKIPPED, Reader
from eventlens.syntax.dotted_names import Part, members
from eventlens.syntax.reader import part


def type_ref(reader: Reader, node: Node) -> ir.TypeRef:
    """Lower any node that stands where a type is expected; what has no name in the IR is ``?``."""
    handler = TYPES.get(node.type)
    if handler is None or reader.depth > MAX_DEPTH:
        return ir.TypeRef(node.start_byte, node.end_byte, "?")
    reader.depth += 1
    lowered = handler(reader, node)
    reader.depth -= 1
    return lowered


def annotation(reader: Reader, node: Node | None) -> ir.TypeRef | None:
    """A declared type; None for ``var`` and where none is written."""
    if node is None or node.type == "implicit_type":
        return None
    return type_ref(reader, node)


def type_arguments(reader: Reader, node: Node) -> tuple[ir.TypeRef, ...]:
    """The type arguments among a node's children."""
    for child in node.named_children:
        if child.type == "type_argument_list":
            return _inside(reader, child)
    return ()


def type_parameters(reader: Reader, node: Node) -> tuple[str, ...]:
    """The names that a ``<in T, out U>`` node introduces."""
    return tuple(reader.word(part(child, "name")) for child in node.named_children if child.type == "type_parameter")


def type_value(reader: Reader, node: Node) -> ir.Value:
    """A type as a value: a name or, where it is qualified, members of names; its type arguments left out."""
    kind = node.type
    if kind == "generic_name":
        first = node.children[0] if node.children else node
        return ir.Name(node.start_byte, first.end_byte, reader.word(first))
    if kind == "alias_qualified_name":
        return type_value(reader, part(node, "name")) if node.child_by_field_name("name") else _as_name(reader, node)
    if kind == "qualified_name":
        return _qualified_value(reader, node)
    if kind in ("nullable_type", "pointer_type", "ref_type", "scoped_type") and reader.depth <= MAX_DEPTH:
        named = node.child_by_field_name("type")
        return type_value(reader, named) if named is not None else _as_name(reader, node)
    return _as_name(reader, node)


def _as_name(reader: Reader, node: Node) -> ir.Name:
    return ir.Name(node.start_byte, node.end_byte, "".join(reader.word(node).split()))


def _qualified_value(reader: Reader, node: Node) -> ir.Value:
    links: list[Node] = []
    while node.type == "qualified_name":
        links.append(node)
        qualifier = node.child_by_field_name("qualifier")
        if qualifier is None:
            return _as_name(reader, node)
        node = qualifier
    named = (part(link, "name") for link in reversed(links))
    written = [one.children[0] if one.type == "generic_name" and one.children else one for one in named]
    parts = [Part(reader.word(one), one.start_byte, one.end_byte) for one in written]
    return members(type_value(reader, node), parts)


def last_arguments(reader: Reader, node: Node) -> tuple[ir.TypeRef, ...]:
    """The type arguments of a name, or of the last part of a qualified one."""
    while node.type in ("qualified_name", "alias_qualified_name", "nullable_type"):
        part = node.child_by_field_name("type" if node.type == "nullable_type" else "name")
        if part is None:
            return ()
        node = part
    return type_arguments(reader, node) if node.type == "generic_name" else ()


def dotted(lowered: ir.Value) -> str:
    """The dotted name of what `type_value` gave."""
    names: list[str] = []
    while isinstance(lowered, ir.Member):
        names.append(lowered.name)
        lowered = lowered.object
    return ".".join([lowered.name if isinstance(lowered, ir.Name) else "?", *reversed(names)])


def _inside(reader: Reader, node: Node) -> tuple[ir.TypeRef, ...]:
    return tuple(type_ref(reader, child) for child in node.named_children if child.type not in SKIPPED)


def _named(reader: Reader, node: Node) -> ir.TypeRef:
    return ir.TypeRef(node.start_byte, node.end_byte, reader.word(node))


def _composed(reader: Reader, node: Node) -> ir.TypeRef:
    name = dotted(type_value(reader, node))
    return ir.TypeRef(node.start_byte, node.end_byte, name, last_arguments(reader, node))


def _array(reader: Reader, node: Node) -> ir.TypeRef:
    """``T[][]`` nests; the commas of ``T[,]`` say nothing more."""
    element = type_ref(reader, part(node, "type")) if node.child_by_field_name("type") else None
    args = (element,) if element is not None else ()
    return ir.TypeRef(node.start_byte, node.end_byte, "[]", args)


def _nullable(reader: Reader, node: Node) -> ir.TypeRef:
    end = node.end_byte
    null = ir.TypeRef(end, end, "null")
    return ir.TypeRef(node.start_byte, end, "|", (_transparent(reader, node), null))


def _transparent(reader: Reader, node: Node) -> ir.TypeRef:
    named = node.child_by_field_name("type")
    return type_ref(reader, named) if named is not None else ir.TypeRef(node.start_byte, node.end_byte, "?")


def _tuple(reader: Reader, node: Node) -> ir.TypeRef:
    elements = (child for child in node.named_children if child.type == "tuple_element")
    return ir.TypeRef(node.start_byte, node.end_byte, "()", tuple(_transparent(reader, each) for each in elements))


def _function_pointer(reader: Reader, node: Node) -> ir.TypeRef:
    taken = [_transparent(reader, each) for each in node.named_children if each.type == "function_pointer_parameter"]
    returned = node.child_by_field_name("returns")
    if returned is not None:
        taken.append(type_ref(reader, returned))
    return ir.TypeRef(node.start_byte, node.end_byte, "=>", tuple(taken))


TYPES: dict[str, Callable[[Reader, Node], ir.TypeRef]] = {
    "identifier": _named,
    "predefined_type": _named,
    "generic_name": _composed,
    "qualified_name": _composed,
    "alias_qualified_name": _composed,
    "array_type": _array,
    "nullable_type": _nullable,
    "pointer_type": _transparent,
    "ref_type": _transparent,
    "scoped_type": _transparent,
    "tuple_type": _tuple,
    "function_pointer_type": _function_pointer,
}
