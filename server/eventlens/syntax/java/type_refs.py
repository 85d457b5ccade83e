"""Types as written."""

from __future__ import annotations

from collections.abc import Callable

from tree_sitter import Node

from eventlens import ir
from eventlens.syntax.java.reader import MAX_DEPTH, SKIPPED, Reader

_ANNOTATIONS = frozenset({"annotation", "marker_annotation", "modifiers"})


def type_ref(reader: Reader, node: Node) -> ir.TypeRef:
    """Lower any node that stands where a type is expected; what has no name in the IR is ``?``."""
    handler = _TYPES.get(node.type)
    if handler is None or reader.depth > MAX_DEPTH:
        return ir.TypeRef(node.start_byte, node.end_byte, "?")
    reader.depth += 1
    lowered = handler(reader, node)
    reader.depth -= 1
    return lowered


def declared_type(reader: Reader, node: Node, declarator: Node | None = None) -> ir.TypeRef | None:
    """The type that a declaration gives to its variable, brackets after the name included; None for ``var``."""
    written = node.child_by_field_name("type")
    if written is None:
        written = next((child for child in node.named_children if is_type(child)), None)
    if written is None or (written.type == "type_identifier" and reader.of(written) == "var"):
        return None
    return with_dimensions(reader, type_ref(reader, written), declarator or node)


def with_dimensions(reader: Reader, lowered: ir.TypeRef, node: Node) -> ir.TypeRef:
    """The type with the brackets that stand after a name, a parameter list or an element type."""
    dimensions = node.child_by_field_name("dimensions")
    return _array(lowered, dimensions, node.start_byte) if dimensions is not None else lowered


def is_type(node: Node) -> bool:
    """Whether a node is a type."""
    return node.type in _TYPES


def types_in(reader: Reader, node: Node) -> tuple[ir.TypeRef, ...]:
    """The types among a node's children, those in a ``type_list`` included."""
    found: list[ir.TypeRef] = []
    for child in node.named_children:
        if child.type == "type_list":
            found.extend(types_in(reader, child))
        elif child.type in _TYPES:
            found.append(type_ref(reader, child))
    return tuple(found)


def type_arguments(reader: Reader, node: Node) -> tuple[ir.TypeRef, ...]:
    """The explicit type arguments among a node's children."""
    for child in node.children:
        if child.type == "type_arguments":
            return types_in(reader, child)
    return ()


def type_parameters(reader: Reader, node: Node) -> tuple[str, ...]:
    """The names that a declaration's ``<T extends X>`` introduces."""
    written = node.child_by_field_name("type_parameters")
    if written is None:
        written = next((child for child in node.children if child.type == "type_parameters"), None)
    if written is None:
        return ()
    names = (_parameter_name(child) for child in written.named_children if child.type == "type_parameter")
    return tuple(reader.of(name) for name in names if name is not None)


def _parameter_name(node: Node) -> Node | None:
    return next((child for child in node.named_children if child.type in ("type_identifier", "identifier")), None)


def dotted_name(reader: Reader, node: Node) -> str:
    """The dotted name of a type, without type arguments and annotations."""
    kind = node.type
    if kind == "generic_type":
        inner = next((child for child in node.named_children if child.type in _TYPES), None)
        return dotted_name(reader, inner) if inner is not None else reader.of(node)
    if kind in ("scoped_type_identifier", "scoped_identifier"):
        return ".".join(reader.of(each) for each in name_parts(node))
    if kind == "annotated_type":
        inner = next((child for child in node.named_children if child.type in _TYPES), None)
        return dotted_name(reader, inner) if inner is not None else "?"
    return reader.of(node)


def name_parts(node: Node) -> list[Node]:
    """The identifiers of a dotted type; those in the type arguments and annotations on its way are not among them."""
    names: list[Node] = []
    current: Node | None = node
    while current is not None:
        children = [child for child in current.named_children if child.type not in _ANNOTATIONS]
        children = [child for child in children if child.type not in SKIPPED and child.type != "type_arguments"]
        if current.type == "generic_type" or len(children) == 1:
            current = children[0] if children else None
        elif children:
            names.append(children[-1])
            current = children[0]
        else:
            names.append(current)
            current = None
    return names[::-1]


def _named(reader: Reader, node: Node) -> ir.TypeRef:
    start, end = node.start_byte, node.end_byte
    return ir.TypeRef(start, end, reader.piece(start, end))


def _dotted(reader: Reader, node: Node) -> ir.TypeRef:
    return ir.TypeRef(node.start_byte, node.end_byte, dotted_name(reader, node))


def _generic(reader: Reader, node: Node) -> ir.TypeRef:
    return ir.TypeRef(node.start_byte, node.end_byte, dotted_name(reader, node), type_arguments(reader, node))


def _array_type(reader: Reader, node: Node) -> ir.TypeRef:
    element = node.child_by_field_name("element")
    lowered = type_ref(reader, element) if element is not None else ir.TypeRef(node.start_byte, node.end_byte, "?")
    return with_dimensions(reader, lowered, node)


def _array(element: ir.TypeRef, dimensions: Node, start: int) -> ir.TypeRef:
    start = min(start, element.start)
    for child in dimensions.children:
        if child.type == "]":
            element = ir.TypeRef(start, max(child.end_byte, element.end), "[]", (element,))
    return element


def _wildcard(reader: Reader, node: Node) -> ir.TypeRef:
    inner = next((child for child in node.named_children if child.type in _TYPES), None)
    return type_ref(reader, inner) if inner is not None else ir.TypeRef(node.start_byte, node.end_byte, "?")


def catch_types(reader: Reader, node: Node) -> tuple[str, ...]:
    """The dotted names in a ``catch_type``; none where they name everything that can be thrown."""
    names = tuple(dotted_name(reader, child) for child in node.named_children if child.type in _TYPES)
    names = tuple(name.removeprefix("java.lang.") for name in names)
    return () if "Throwable" in names else names


_TYPES: dict[str, Callable[[Reader, Node], ir.TypeRef]] = {
    "type_identifier": _named,
    "integral_type": _named,
    "floating_point_type": _named,
    "boolean_type": _named,
    "void_type": _named,
    "scoped_type_identifier": _dotted,
    "generic_type": _generic,
    "array_type": _array_type,
    "annotated_type": _wildcard,
    "wildcard": _wildcard,
}
