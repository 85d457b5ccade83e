"""Types."""

from __future__ import annotations

from tree_sitter import Node

from eventlens import ir
from eventlens.syntax.dotted_names import Part, members
from eventlens.syntax.kotlin.reader import MAX_DEPTH, Reader, contents, first

TYPES = frozenset({"user_type", "nullable_type", "function_type", "parenthesized_type", "non_nullable_type"})
_ARRAYS = frozenset({"Array"})


def type_ref(reader: Reader, node: Node) -> ir.TypeRef:
    """Lower a type node; ``T?`` is the union of T and null."""
    start, end = node.start_byte, node.end_byte
    kind = node.type
    if reader.depth > MAX_DEPTH:
        return ir.TypeRef(start, end, "?")
    reader.depth += 1
    lowered = ir.TypeRef(start, end, "?")
    inner = [child for child in node.named_children if child.type in TYPES]
    if kind == "user_type":
        lowered = _user_type(reader, node)
    elif kind == "nullable_type" and inner:
        lowered = ir.TypeRef(start, end, "|", (type_ref(reader, inner[0]), ir.TypeRef(end - 1, end, "null")))
    elif kind == "parenthesized_type" and inner:
        lowered = type_ref(reader, inner[0])
    elif kind == "non_nullable_type":
        lowered = ir.TypeRef(start, end, "&", tuple(type_ref(reader, each) for each in inner))
    elif kind == "function_type":
        lowered = _function_type(reader, node, inner)
    reader.depth -= 1
    return lowered


def _function_type(reader: Reader, node: Node, inner: list[Node]) -> ir.TypeRef:
    """What it takes and what it gives; a receiver is the first that it takes."""
    taken = first(node, "function_type_parameters")
    written: list[Node] = []
    for child in contents(taken) if taken is not None else ():
        typed = child if child.type in TYPES else first(child, *TYPES)
        if typed is not None:
            written.append(typed)
    if len(inner) > 1:
        written.insert(0, inner[0])
    types = (*written, *inner[-1:])
    return ir.TypeRef(node.start_byte, node.end_byte, "=>", tuple(type_ref(reader, each) for each in types))


def _user_type(reader: Reader, node: Node) -> ir.TypeRef:
    name = type_name(reader, node)
    written = first(node, "type_arguments")
    args = type_arguments(reader, written) if written is not None else ()
    if name in _ARRAYS and len(args) == 1:
        name = "[]"
    return ir.TypeRef(node.start_byte, node.end_byte, name, args)


def type_name(reader: Reader, node: Node) -> str:
    """The dotted name of a ``user_type``, without type arguments; "" for other types."""
    return ".".join(reader.named(child) for child in node.children if child.type == "identifier")


def bare_name(reader: Reader, node: Node) -> str:
    """The simple name of the class that a type is about: of ``a.B<C>?`` it is B."""
    while node.type in ("nullable_type", "parenthesized_type", "non_nullable_type"):
        inner = [child for child in node.named_children if child.type in TYPES]
        if not inner:
            return ""
        node = inner[0]
    return type_name(reader, node).rpartition(".")[2]


def type_arguments(reader: Reader, node: Node) -> tuple[ir.TypeRef, ...]:
    """The arguments in angle brackets; variance is dropped, ``*`` is "?"."""
    found: list[ir.TypeRef] = []
    for child in contents(node):
        written = first(child, *TYPES) if child.type == "type_projection" else child
        if written is None:
            found.append(ir.TypeRef(child.start_byte, child.end_byte, "?"))
        else:
            found.append(type_ref(reader, written))
    return tuple(found)


def type_parameters(reader: Reader, node: Node) -> tuple[str, ...]:
    """The names that a declaration is generic over."""
    written = first(node, "type_parameters")
    if written is None:
        return ()
    names = (first(child, "identifier") for child in written.named_children if child.type == "type_parameter")
    return tuple(reader.named(name) for name in names if name is not None)


def type_value(reader: Reader, node: Node) -> ir.Value:
    """A type where a value stands (``x is a.B``): its name, or the chain of members that its dotted name is."""
    named = [child for child in node.children if child.type == "identifier"] if node.type == "user_type" else []
    if named:
        first, *rest = (Part(reader.named(child), child.start_byte, child.end_byte) for child in named)
        return members(ir.Name(first.start, first.end, first.name), rest)
    inner = [child for child in node.named_children if child.type in TYPES]
    return type_value(reader, inner[0]) if inner else ir.Unknown(node.start_byte, node.end_byte, node.type)
