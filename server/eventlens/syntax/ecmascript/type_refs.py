"""Types as written."""

from __future__ import annotations

from collections.abc import Callable

from tree_sitter import Node

from eventlens import ir
from eventlens.syntax.ecmascript.documentation import doc
from eventlens.syntax.ecmascript.literals import parsed_number, string_text
from eventlens.syntax.ecmascript.reader import MAX_DEPTH, Reader
from eventlens.syntax.reader import part

_SKIPPED = frozenset({"comment", "ERROR"})
_NULLS = frozenset({"null", "undefined"})


def type_ref(reader: Reader, node: Node) -> ir.TypeRef:
    """Lower any node that stands where a type is expected; what has no name in the IR is ``?`` with the types inside it."""
    handler = _TYPES.get(node.type)
    if handler is None or reader.depth > MAX_DEPTH:
        return ir.TypeRef(node.start_byte, node.end_byte, "?")
    reader.depth += 1
    lowered = handler(reader, node)
    reader.depth -= 1
    return lowered


def annotation(reader: Reader, node: Node) -> ir.TypeRef:
    """The type of a ``: T``."""
    for child in node.named_children:
        if child.type not in _SKIPPED:
            return type_ref(reader, child)
    return ir.TypeRef(node.start_byte, node.end_byte, "?")


def type_arguments(reader: Reader, node: Node) -> tuple[ir.TypeRef, ...]:
    """The explicit type arguments among a node's children."""
    for child in node.children:
        if child.type == "type_arguments":
            return _inside(reader, child)
    return ()


def type_parameters(reader: Reader, node: Node) -> tuple[str, ...]:
    """The names that a ``<T extends X = Y>`` node introduces."""
    return tuple(reader.of(part(child, "name")) for child in node.named_children if child.type == "type_parameter")


def _inside(reader: Reader, node: Node) -> tuple[ir.TypeRef, ...]:
    return tuple(type_ref(reader, child) for child in node.named_children if child.type not in _SKIPPED)


def _named(reader: Reader, node: Node) -> ir.TypeRef:
    start, end = node.start_byte, node.end_byte
    text = reader.piece(start, end)
    return ir.TypeRef(start, end, "null" if text in _NULLS else text)


def _dotted(reader: Reader, node: Node) -> ir.TypeRef:
    start, end = node.start_byte, node.end_byte
    return ir.TypeRef(start, end, "".join(reader.piece(start, end).split()))


def _generic(reader: Reader, node: Node) -> ir.TypeRef:
    name = reader.of(part(node, "name"))
    return ir.TypeRef(node.start_byte, node.end_byte, "".join(name.split()), type_arguments(reader, node))


def _combined(operator: str) -> Callable[[Reader, Node], ir.TypeRef]:
    def lower(reader: Reader, node: Node) -> ir.TypeRef:
        kind = node.type
        members: list[Node] = []
        waiting = [node]
        while waiting:
            each = waiting.pop()
            if each.type == kind:
                waiting.extend(reversed([child for child in each.named_children if child.type not in _SKIPPED]))
            else:
                members.append(each)
        lowered = tuple(type_ref(reader, member) for member in members)
        return ir.TypeRef(node.start_byte, node.end_byte, operator, lowered) if len(lowered) != 1 else lowered[0]

    return lower


def _constructor(name: str) -> Callable[[Reader, Node], ir.TypeRef]:
    def lower(reader: Reader, node: Node) -> ir.TypeRef:
        return ir.TypeRef(node.start_byte, node.end_byte, name, _inside(reader, node))

    return lower


def _transparent(reader: Reader, node: Node) -> ir.TypeRef:
    inner = _inside(reader, node)
    return inner[-1] if inner else ir.TypeRef(node.start_byte, node.end_byte, "?")


def _optional(reader: Reader, node: Node) -> ir.TypeRef:
    start, end = node.start_byte, node.end_byte
    return ir.TypeRef(start, end, "|", (_transparent(reader, node), ir.TypeRef(end, end, "null")))


def _tuple_member(reader: Reader, node: Node) -> ir.TypeRef:
    written = node.child_by_field_name("type")
    lowered = annotation(reader, written) if written is not None else ir.TypeRef(node.start_byte, node.end_byte, "?")
    if node.type == "optional_parameter":
        return ir.TypeRef(
            node.start_byte, node.end_byte, "|", (lowered, ir.TypeRef(node.end_byte, node.end_byte, "null"))
        )
    return lowered


def _literal(reader: Reader, node: Node) -> ir.TypeRef:
    start, end = node.start_byte, node.end_byte
    inner = next((child for child in node.named_children if child.type not in _SKIPPED), node)
    kind = inner.type
    if kind in _NULLS:
        return ir.TypeRef(start, end, "null")
    if kind == "string":
        return ir.TypeRef(start, end, '"', (), string_text(reader, inner))
    if kind in ("true", "false"):
        return ir.TypeRef(start, end, '"', (), kind == "true")
    text = reader.of(inner)
    number = parsed_number(text.lstrip("-+ "))
    if text.startswith("-") and not isinstance(number, str):
        number = -number
    return ir.TypeRef(start, end, '"', (), number)


def _template(reader: Reader, node: Node) -> ir.TypeRef:
    start, end = node.start_byte, node.end_byte
    if any(child.type == "template_type" for child in node.named_children):
        return ir.TypeRef(start, end, "?")
    return ir.TypeRef(start, end, '"', (), string_text(reader, node))


def _query(reader: Reader, node: Node) -> ir.TypeRef:
    start, end = node.start_byte, node.end_byte
    written = reader.piece(start, end).removeprefix("typeof")
    return ir.TypeRef(start, end, "typeof", (), "".join(written.split()))


def _function(reader: Reader, node: Node) -> ir.TypeRef:
    """Parameter types in order, the return type last."""
    types: list[ir.TypeRef] = []
    for child in node.named_children:
        if child.type == "formal_parameters":
            types.extend(_parameter_type(reader, each) for each in child.named_children if each.type not in _SKIPPED)
        elif child.type in _TYPES:
            types.append(type_ref(reader, child))
    return ir.TypeRef(node.start_byte, node.end_byte, "=>", tuple(types))


def _parameter_type(reader: Reader, node: Node) -> ir.TypeRef:
    written = node.child_by_field_name("type")
    return annotation(reader, written) if written is not None else ir.TypeRef(node.start_byte, node.end_byte, "?")


def _predicate(reader: Reader, node: Node) -> ir.TypeRef:
    return ir.TypeRef(node.start_byte, node.end_byte, "boolean")


def _assertion(reader: Reader, node: Node) -> ir.TypeRef:
    return ir.TypeRef(node.start_byte, node.end_byte, "void")


# --------------------------------------------------------------------------------------------------- object types


def _object(reader: Reader, node: Node) -> ir.TypeRef:
    """An inline object; one that has only an index signature is a ``Record``."""
    start, end = node.start_byte, node.end_byte
    fields = shape_fields(reader, node)
    if not fields:
        for child in node.named_children:
            if child.type == "index_signature":
                return ir.TypeRef(start, end, "Record", _index_signature(reader, child))
    return ir.TypeRef(start, end, "{}", (), None, fields)


def _index_signature(reader: Reader, node: Node) -> tuple[ir.TypeRef, ...]:
    types: list[ir.TypeRef] = []
    for child in node.named_children:
        if child.type == "mapped_type_clause":
            types.append(type_ref(reader, part(child, "type")))
        elif child.type.endswith("_annotation"):
            types.append(annotation(reader, child))
        elif child.type in _TYPES and child.type != "identifier":
            types.append(type_ref(reader, child))
    return tuple(types)


def shape_fields(reader: Reader, node: Node) -> tuple[ir.ClassField, ...]:
    """The fields of an interface body or object type; methods of an object type are fields of a function type."""
    fields: list[ir.ClassField] = []
    methods_too = node.type == "object_type"
    for child in node.named_children:
        kind = child.type
        if kind == "comment":
            reader.comment = child
        elif kind == "property_signature":
            fields.append(_property(reader, child))
        elif kind == "method_signature" and methods_too:
            fields.append(_method_field(reader, child))
    return tuple(fields)


def _property(reader: Reader, node: Node) -> ir.ClassField:
    written = node.child_by_field_name("type")
    lowered = annotation(reader, written) if written is not None else None
    optional = any(child.type == "?" for child in node.children)
    text = doc(reader, node.start_byte)
    return ir.ClassField(
        node.start_byte, node.end_byte, property_name(reader, node), lowered, None, optional, False, (), text
    )


def _method_field(reader: Reader, node: Node) -> ir.ClassField:
    written = node.child_by_field_name("return_type")
    returned = (annotation(reader, written),) if written is not None else ()
    taken = tuple(
        _parameter_type(reader, each)
        for child in node.named_children
        if child.type == "formal_parameters"
        for each in child.named_children
        if each.type not in _SKIPPED
    )
    start, end = node.start_byte, node.end_byte
    return ir.ClassField(start, end, property_name(reader, node), ir.TypeRef(start, end, "=>", taken + returned))


def property_name(reader: Reader, node: Node) -> str:
    """The name of a property, field or method; a computed one keeps its source in brackets."""
    key = part(node, "name")
    if key.id == node.id:
        key = part(node, "property")
    if key.id == node.id:
        return ""
    if key.type == "string":
        return string_text(reader, key)
    if key.type == "computed_property_name":
        inner = key.named_children[0] if key.named_children else key
        return string_text(reader, inner) if inner.type == "string" else reader.of(key)
    return reader.of(key)


_TYPES: dict[str, Callable[[Reader, Node], ir.TypeRef]] = {
    "type_identifier": _named,
    "predefined_type": _named,
    "identifier": _named,
    "this_type": _named,
    "this": _named,
    "undefined": _named,
    "null": _named,
    "nested_type_identifier": _dotted,
    "nested_identifier": _dotted,
    "member_expression": _dotted,
    "generic_type": _generic,
    "union_type": _combined("|"),
    "intersection_type": _combined("&"),
    "array_type": _constructor("[]"),
    "tuple_type": _constructor("()"),
    "required_parameter": _tuple_member,
    "optional_parameter": _tuple_member,
    "optional_type": _optional,
    "rest_type": _transparent,
    "readonly_type": _transparent,
    "parenthesized_type": _transparent,
    "constraint": _transparent,
    "type_annotation": _transparent,
    "flow_maybe_type": _optional,
    "object_type": _object,
    "function_type": _function,
    "constructor_type": _function,
    "literal_type": _literal,
    "template_literal_type": _template,
    "type_query": _query,
    "type_predicate": _predicate,
    "type_predicate_annotation": _predicate,
    "asserts": _assertion,
    "asserts_annotation": _assertion,
    "index_type_query": _constructor("?"),
    "lookup_type": _constructor("?"),
    "conditional_type": _constructor("?"),
    "infer_type": _constructor("?"),
}
