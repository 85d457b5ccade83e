"""Types as written."""

from __future__ import annotations

from collections.abc import Callable

from tree_sitter import Node

from eventlens import ir
from eventlens.syntax.go.documentation import doc
from eventlens.syntax.go.literals import string_text
from eventlens.syntax.go.reader import MAX_DEPTH, Reader, parts_of
from eventlens.syntax.go.tags import tags
from eventlens.syntax.reader import part


def type_ref(reader: Reader, node: Node) -> ir.TypeRef:
    """Lower any node that stands where a type is expected; what has no name in the IR is ``?``."""
    handler = _TYPES.get(node.type)
    if handler is None or reader.depth > MAX_DEPTH:
        return ir.TypeRef(node.start_byte, node.end_byte, "?")
    reader.depth += 1
    lowered = handler(reader, node)
    reader.depth -= 1
    return lowered


def type_parameters(reader: Reader, node: Node | None) -> tuple[str, ...]:
    """The names that a ``[T, U any]`` introduces."""
    if node is None:
        return ()
    return tuple(
        reader.of(name)
        for declaration in node.named_children
        if declaration.type == "type_parameter_declaration"
        for name in declaration.children_by_field_name("name")
        if name.is_named
    )


def type_arguments(reader: Reader, node: Node) -> tuple[ir.TypeRef, ...]:
    """The types of a ``type_arguments`` node."""
    return tuple(type_ref(reader, each) for each in parts_of(node))


def base_name(reader: Reader, node: Node) -> Node:
    """The node that names a type, without pointers, parentheses and type arguments around it."""
    while node.type in ("pointer_type", "parenthesized_type", "generic_type"):
        inner = parts_of(node)
        if not inner:
            return node
        node = inner[0]
    return node


def is_error(node: Node | None) -> bool:
    """Whether a type is the predeclared ``error``."""
    return node is not None and node.type == "type_identifier" and node.text == b"error"


def _named(reader: Reader, node: Node) -> ir.TypeRef:
    return ir.TypeRef(node.start_byte, node.end_byte, reader.of(node))


def _dotted(reader: Reader, node: Node) -> ir.TypeRef:
    return ir.TypeRef(node.start_byte, node.end_byte, "".join(reader.of(node).split()))


def _generic(reader: Reader, node: Node) -> ir.TypeRef:
    named = type_ref(reader, part(node, "type"))
    given = node.child_by_field_name("type_arguments")
    args = type_arguments(reader, given) if given is not None else ()
    return ir.TypeRef(node.start_byte, node.end_byte, named.name, args)


def _inner(reader: Reader, node: Node) -> ir.TypeRef:
    """A pointer or parentheses: the type inside."""
    inner = parts_of(node)
    return type_ref(reader, inner[-1]) if inner else ir.TypeRef(node.start_byte, node.end_byte, "?")


def _union(reader: Reader, node: Node) -> ir.TypeRef:
    members = tuple(type_ref(reader, each) for each in parts_of(node))
    return members[0] if len(members) == 1 else ir.TypeRef(node.start_byte, node.end_byte, "|", members)


def _list(reader: Reader, node: Node) -> ir.TypeRef:
    return ir.TypeRef(node.start_byte, node.end_byte, "[]", (type_ref(reader, part(node, "element")),))


def _map(reader: Reader, node: Node) -> ir.TypeRef:
    args = (type_ref(reader, part(node, "key")), type_ref(reader, part(node, "value")))
    return ir.TypeRef(node.start_byte, node.end_byte, "map", args)


def _channel(reader: Reader, node: Node) -> ir.TypeRef:
    return ir.TypeRef(node.start_byte, node.end_byte, "chan", (type_ref(reader, part(node, "value")),))


def _function(reader: Reader, node: Node) -> ir.TypeRef:
    """Parameter types in order, the return type last; ``void`` for nothing, or nothing but an error."""
    taken: list[ir.TypeRef] = []
    for each in part(node, "parameters").named_children:
        written = each.child_by_field_name("type")
        if written is not None:
            names = [name for name in each.children_by_field_name("name") if name.is_named]
            taken.extend([type_ref(reader, written)] * max(len(names), 1))
    returned = result_type(reader, node.child_by_field_name("result"))
    last = returned or ir.TypeRef(node.end_byte, node.end_byte, "void")
    return ir.TypeRef(node.start_byte, node.end_byte, "=>", (*taken, last))


def result_types(node: Node | None) -> list[tuple[Node | None, Node]]:
    """The (name, type) nodes of a function's results, one a result."""
    if node is None:
        return []
    if node.type != "parameter_list":
        return [(None, node)]
    found: list[tuple[Node | None, Node]] = []
    for each in node.named_children:
        written = each.child_by_field_name("type")
        if written is not None:
            names = [name for name in each.children_by_field_name("name") if name.is_named]
            found.extend([(name, written) for name in names] or [(None, written)])
    return found


def result_type(reader: Reader, node: Node | None) -> ir.TypeRef | None:
    """What a function returns beside an error, which is thrown: one type, or a tuple of several; None for nothing."""
    types = [written for _, written in result_types(node)]
    if types and is_error(types[-1]):
        types.pop()
    lowered = tuple(type_ref(reader, each) for each in types)
    if not lowered or node is None:
        return None
    return lowered[0] if len(lowered) == 1 else ir.TypeRef(node.start_byte, node.end_byte, "()", lowered)


def _struct(reader: Reader, node: Node) -> ir.TypeRef:
    fields, _ = struct_members(reader, node)
    return ir.TypeRef(node.start_byte, node.end_byte, "{}", (), None, fields)


def _interface(reader: Reader, node: Node) -> ir.TypeRef:
    """``interface{}`` is ``any``; one with methods has fields of function types; a constraint is not expressed."""
    start, end = node.start_byte, node.end_byte
    members = parts_of(node)
    if not members:
        return ir.TypeRef(start, end, "any")
    fields = tuple(
        ir.ClassField(each.start_byte, each.end_byte, reader.of(part(each, "name")), _function(reader, each))
        for each in members
        if each.type == "method_elem"
    )
    return ir.TypeRef(start, end, "{}", (), None, fields) if fields else ir.TypeRef(start, end, "?")


def struct_members(reader: Reader, node: Node) -> tuple[tuple[ir.ClassField, ...], tuple[ir.TypeRef, ...]]:
    """The fields of a struct, and the types embedded in it."""
    fields: list[ir.ClassField] = []
    embedded: list[ir.TypeRef] = []
    listed = [
        each for child in node.named_children if child.type == "field_declaration_list" for each in child.named_children
    ]
    for each in listed:
        written = each.child_by_field_name("type")
        if each.type != "field_declaration" or written is None:
            continue
        names = [name for name in each.children_by_field_name("name") if name.is_named]
        lowered = type_ref(reader, written)
        if not names:
            embedded.append(lowered)
            name = lowered.name.rpartition(".")[2]
            fields.append(ir.ClassField(each.start_byte, each.end_byte, name, lowered, embedded=True))
            continue
        tag = each.child_by_field_name("tag")
        marks = tags(tag, string_text(reader, tag)) if tag is not None else ()
        text = doc(reader, each.start_byte)
        start, end = each.start_byte, each.end_byte
        for name in map(reader.of, names):
            hidden = not name[:1].isupper()
            fields.append(ir.ClassField(start, end, name, lowered, decorators=marks, doc=text, hidden=hidden))
    return tuple(fields), tuple(embedded)


_TYPES: dict[str, Callable[[Reader, Node], ir.TypeRef]] = {
    "type_identifier": _named,
    "identifier": _named,
    "package_identifier": _named,
    "field_identifier": _named,
    "nil": _named,
    "qualified_type": _dotted,
    "selector_expression": _dotted,
    "generic_type": _generic,
    "pointer_type": _inner,
    "parenthesized_type": _inner,
    "negated_type": _inner,
    "type_elem": _union,
    "type_constraint": _union,
    "array_type": _list,
    "slice_type": _list,
    "implicit_length_array_type": _list,
    "map_type": _map,
    "channel_type": _channel,
    "function_type": _function,
    "struct_type": _struct,
    "interface_type": _interface,
}

TYPE_NODES = frozenset(_TYPES) - {"identifier", "selector_expression", "field_identifier", "package_identifier", "nil"}
"""Nodes that are types wherever they stand."""
