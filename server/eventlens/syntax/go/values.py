"""Expressions."""

from __future__ import annotations

import msgspec
from tree_sitter import Node

from eventlens import ir
from eventlens.syntax.go.literals import formatted, is_text, joined
from eventlens.syntax.go.reader import SKIPPED, Reader, bare, lowers_value, parts_of, value
from eventlens.syntax.go.type_refs import TYPE_NODES, base_name, type_arguments, type_ref
from eventlens.syntax.link_chains import levels, linked
from eventlens.syntax.reader import MAX_LINKS, part

_LINKS = frozenset({"call_expression", "selector_expression", "index_expression"})
_PREDECLARED = frozenset(
    [
        "string",
        "bool",
        "byte",
        "rune",
        "error",
        "any",
        "int",
        "int8",
        "int16",
        "int32",
        "int64",
        "uint",
        "uint8",
        "uint16",
        "uint32",
        "uint64",
        "uintptr",
        "float32",
        "float64",
    ]
)
_LISTS = frozenset({"slice_type", "array_type", "implicit_length_array_type"})
_OPERATORS = {"&&": "and", "||": "or"}


@lowers_value("identifier", "iota", "field_identifier", "package_identifier", "type_identifier", "blank_identifier")
def name(reader: Reader, node: Node) -> ir.Value:
    text = reader.of(node)
    if text == reader.receiver and text:
        return ir.This(node.start_byte, node.end_byte)
    if text == "iota" and reader.iota is not None:
        return ir.Literal(node.start_byte, node.end_byte, reader.iota)
    return ir.Name(node.start_byte, node.end_byte, text)


@lowers_value("parenthesized_expression")
def parenthesized(reader: Reader, node: Node) -> ir.Value:
    inner = bare(node)
    if inner.id == node.id:
        return ir.Unknown(node.start_byte, node.end_byte, node.type)
    return value(reader, inner)


@lowers_value("literal_element", "variadic_argument")
def wrapped(reader: Reader, node: Node) -> ir.Value:
    inner = parts_of(node)
    return value(reader, inner[0]) if inner else ir.Unknown(node.start_byte, node.end_byte, node.type)


@lowers_value("qualified_type")
def qualified_type(reader: Reader, node: Node) -> ir.Value:
    return named_type(reader, node)


def named_type(reader: Reader, node: Node) -> ir.Value:
    """A type that stands where a value is wanted: its name."""
    node = base_name(reader, node)
    start, end = node.start_byte, node.end_byte
    if node.type == "qualified_type":
        package, last = part(node, "package"), part(node, "name")
        of = ir.Name(package.start_byte, package.end_byte, reader.of(package))
        return ir.Member(start, end, of, reader.of(last), last.start_byte)
    if node.type in ("type_identifier", "identifier"):
        return ir.Name(start, end, reader.of(node))
    if node.type in ("slice_type", "array_type", "map_type", "channel_type"):
        return ir.Name(start, end, " ".join(reader.of(node).split()))
    return ir.Unknown(start, end, node.type)


@lowers_value("call_expression", "selector_expression", "index_expression")
def chain(reader: Reader, node: Node) -> ir.Value:
    links: list[Node] = []
    while node.type in _LINKS:
        links.append(node)
        node = bare(node.children[0])
    depth = reader.depth
    reader.depth = depth + levels(len(links))
    lowered = linked(reader, links, value(reader, node), depth, _link)
    reader.depth = depth
    return lowered


def _link(reader: Reader, node: Node, inner: ir.Value) -> ir.Value:
    start, end = node.start_byte, node.end_byte
    if node.type == "selector_expression":
        last = part(node, "field")
        return ir.Member(start, end, inner, reader.of(last), last.start_byte)
    if node.type == "index_expression":
        key = value(reader, part(node, "index"))
        if isinstance(key, ir.Literal) and isinstance(key.value, str):
            return ir.Member(start, end, inner, key.value, key.start + 1)
        return ir.Index(start, end, inner, key)
    return _call(reader, node, inner)


def _call(reader: Reader, node: Node, callee: ir.Value) -> ir.Value:
    start, end = node.start_byte, node.end_byte
    nodes = parts_of(part(node, "arguments"))
    if len(nodes) == 1 and isinstance(callee, (ir.Name, ir.Member)) and _is_pointer_type(part(node, "function")):
        return converted(reader, nodes[0], ir.TypeRef(callee.start, callee.end, _dotted(callee)), start, end)
    types = node.child_by_field_name("type_arguments")
    generic = type_arguments(reader, types) if types is not None else ()
    if isinstance(callee, ir.Name):
        if callee.name in ("make", "new") and nodes:
            return _made(reader, node, callee, nodes)
        if len(nodes) == 1 and (callee.name in _PREDECLARED or _is_conversion(reader, callee.name)):
            return converted(reader, nodes[0], ir.TypeRef(callee.start, callee.end, callee.name), start, end)
    if (
        isinstance(callee, ir.Index) and isinstance(callee.object, (ir.Name, ir.Member))
        and isinstance(callee.key, (ir.Name, ir.Member)) and _is_type_name(reader, callee.key.name)
    ):  # fmt: skip
        generic = (ir.TypeRef(callee.key.start, callee.key.end, reader.piece(callee.key.start, callee.key.end)),)
        callee = callee.object
    given = arguments(reader, nodes)
    if (
        isinstance(callee, ir.Member) and callee.name == "Sprintf" and given and is_text(given[0].value)
        and isinstance(given[0].value, ir.Literal) and not any(each.spread for each in given)
    ):  # fmt: skip
        template = formatted(start, end, given[0].value, [each.value for each in given[1:]])
        if template is not None:
            return template
    return ir.Call(start, end, callee, given, False, generic)


def _is_pointer_type(node: Node) -> bool:
    """``(*T)(x)`` converts; that a pointer to a function is called is rare enough."""
    inner = bare(node)
    return inner.id != node.id and inner.type == "unary_expression" and part(inner, "operator").type == "*"


def _dotted(named: ir.Name | ir.Member) -> str:
    is_qualified = isinstance(named, ir.Member) and isinstance(named.object, ir.Name)
    return f"{named.object.name}.{named.name}" if is_qualified else named.name  # type: ignore[union-attr]


def _is_conversion(reader: Reader, word: str) -> bool:
    declared = reader.named.get(word)
    return declared is not None and declared.type not in ("struct_type", "interface_type")


def _is_type_name(reader: Reader, word: str) -> bool:
    return word[:1].isupper() or word in _PREDECLARED or word in reader.named


def converted(reader: Reader, node: Node, to: ir.TypeRef, start: int, end: int) -> ir.Value:
    """A conversion or assertion: the value, with the type said of a call's result."""
    lowered = value(reader, node)
    if isinstance(lowered, ir.Call) and lowered.asserted is None and start <= lowered.start and to.start >= 0:
        return msgspec.structs.replace(lowered, start=start, end=end, asserted=to)
    return lowered


def _made(reader: Reader, node: Node, callee: ir.Name, nodes: list[Node]) -> ir.Value:
    start, end = node.start_byte, node.end_byte
    of = nodes[0]
    if callee.name == "new":
        return ir.Call(start, end, named_type(reader, of), (), True)
    if of.type == "map_type":
        return ir.Object(start, end, ())
    written = (type_ref(reader, of),)
    return ir.Call(start, end, callee, arguments(reader, nodes[1:]), False, written)


def arguments(reader: Reader, nodes: list[Node]) -> tuple[ir.Argument, ...]:
    """The arguments of a call; ``xs...`` is spread."""
    return tuple(
        ir.Argument(
            each.start_byte, each.end_byte,
            named_type(reader, each) if each.type in TYPE_NODES else value(reader, each),
            None, "*" if each.type == "variadic_argument" else "",
        )
        for each in nodes
    )  # fmt: skip


@lowers_value("type_conversion_expression")
def conversion(reader: Reader, node: Node) -> ir.Value:
    start, end = node.start_byte, node.end_byte
    written, operand = part(node, "type"), part(node, "operand")
    if operand.id == node.id:
        return ir.Unknown(start, end, node.type)
    if written.type == "generic_type":
        given = type_arguments(reader, part(written, "type_arguments"))
        return ir.Call(start, end, named_type(reader, written), arguments(reader, [operand]), False, given)
    return converted(reader, operand, type_ref(reader, written), start, end)


@lowers_value("type_assertion_expression")
def assertion(reader: Reader, node: Node) -> ir.Value:
    to = type_ref(reader, part(node, "type"))
    return converted(reader, part(node, "operand"), to, node.start_byte, node.end_byte)


@lowers_value("type_instantiation_expression", "generic_type")
def instantiation(reader: Reader, node: Node) -> ir.Value:
    return named_type(reader, part(node, "type"))


@lowers_value("slice_expression")
def slice_of(reader: Reader, node: Node) -> ir.Value:
    parts = tuple(value(reader, each) for each in parts_of(node))
    return ir.Operation(node.start_byte, node.end_byte, "slice", parts)


@lowers_value("unary_expression")
def unary(reader: Reader, node: Node) -> ir.Value:
    operator = part(node, "operator").type
    written = part(node, "operand")
    start, end = node.start_byte, node.end_byte
    if written.id == node.id:
        return ir.Unknown(start, end, node.type)
    operand = value(reader, written)
    if operator in ("&", "*"):
        return operand
    if operator == "<-":
        return ir.Receive(start, end, operand)
    if operator == "-" and isinstance(operand, ir.Literal) and isinstance(operand.value, (int, float)):
        return ir.Literal(start, end, -operand.value)
    return ir.Operation(start, end, "not" if operator == "!" else operator, (operand,))


@lowers_value("binary_expression")
def binary(reader: Reader, node: Node) -> ir.Value:
    links: list[tuple[str, Node, int]] = []
    start = node.start_byte
    while node.type == "binary_expression":
        links.append((part(node, "operator").type, node.children[-1], node.end_byte))
        node = node.children[0]
    links.reverse()
    depth = reader.depth
    reader.depth = depth + levels(len(links))
    lowered = value(reader, node)
    nested = position = 0
    while position < len(links):
        operator = links[position][0]
        run, end = [lowered], lowered.end
        while position < len(links) and links[position][0] == operator:
            run.append(value(reader, links[position][1]))
            end = links[position][2]
            position += 1
        nested += 1
        lowered = _run(start, end, operator, run)
        if nested >= MAX_LINKS and position < len(links):
            lowered, nested = ir.Unknown(start, end, "nesting", tuple(run[1:])), 0
    reader.depth = depth
    return lowered


def _run(start: int, end: int, operator: str, run: list[ir.Value]) -> ir.Value:
    if operator == "+" and any(map(is_text, run)):
        return joined(start, end, run)
    operator = _OPERATORS.get(operator, operator)
    if operator in ("and", "or") or len(run) > MAX_LINKS:
        return ir.Operation(start, end, operator, tuple(run))
    lowered = run[0]
    for each in run[1:]:
        lowered = ir.Operation(start, each.end, operator, (lowered, each))
    return lowered


@lowers_value("composite_literal")
def composite(reader: Reader, node: Node) -> ir.Value:
    return _filled(reader, node.start_byte, part(node, "body"), node.child_by_field_name("type"))


@lowers_value("literal_value")
def elided(reader: Reader, node: Node) -> ir.Value:
    return _filled(reader, node.start_byte, node, None)


def _filled(reader: Reader, start: int, body: Node, of: Node | None) -> ir.Value:
    """A composite literal by its type, or where that is not known by what stands in it."""
    while of is not None and of.type in ("pointer_type", "parenthesized_type"):
        of = parts_of(of)[-1] if parts_of(of) else None
    declared = reader.named.get(reader.of(of)) if of is not None else None
    shape = declared if declared is not None else of
    shape_kind = shape.type if shape is not None else ""
    inner = shape.child_by_field_name("value" if shape_kind == "map_type" else "element") if shape is not None else None
    entries = [each for each in body.named_children if each.type not in SKIPPED]
    if of is None or (declared is None and shape_kind not in _LISTS and shape_kind not in ("map_type", "struct_type")):
        shape_kind = _guessed(entries, of is not None)
    lowered = [_entry(reader, each, inner, shape_kind) for each in entries]
    end = body.end_byte
    if shape_kind in _LISTS:
        return ir.Sequence(start, end, tuple(content for _, content, _ in lowered))
    if shape_kind == "map_type" or of is None or of.type == "struct_type":
        if of is not None and of.type == "struct_type" and not all(key for key, _, _ in lowered):
            return ir.Sequence(start, end, tuple(content for _, content, _ in lowered))
        return ir.Object(start, end, tuple(
            ir.Field(each.start_byte, each.end_byte, key, content, computed if key is None else None)
            for each, (key, content, computed) in zip(entries, lowered)
        ))  # fmt: skip
    given = tuple(
        ir.Argument(each.start_byte, each.end_byte, content, key) for each, (key, content, _) in zip(entries, lowered)
    )
    generic = of.child_by_field_name("type_arguments") if of.type == "generic_type" else None
    types = type_arguments(reader, generic) if generic is not None else ()
    return ir.Call(start, end, named_type(reader, of), given, True, types)


def _guessed(entries: list[Node], is_typed: bool) -> str:
    """What a type of another package must be, by the entries of its literal."""
    keys = [part(each, "key") for each in entries if each.type == "keyed_element"]
    kinds = {(parts_of(key) or [key])[0].type for key in keys}
    if kinds and kinds <= {"int_literal", "rune_literal"}:
        return "slice_type"
    if kinds - {"identifier"}:
        return "map_type"
    bare_values = any(
        (parts_of(each) or [each])[0].type == "literal_value" for each in entries if each.type != "keyed_element"
    )
    if bare_values or (not is_typed and not keys):
        return "slice_type"
    return "struct_type"


def _entry(reader: Reader, node: Node, inner: Node | None, shape: str) -> tuple[str | None, ir.Value, ir.Value | None]:
    """The literal key, the value and the computed key of one entry."""
    if node.type != "keyed_element":
        return None, _element(reader, node, inner), None
    key = (parts_of(part(node, "key")) or [part(node, "key")])[0]
    content = _element(reader, part(node, "value"), inner)
    if shape == "struct_type" and key.type == "identifier":
        return reader.of(key), content, None
    computed = value(reader, key)
    if isinstance(computed, ir.Literal) and isinstance(computed.value, str):
        return computed.value, content, None
    return None, content, computed


def _element(reader: Reader, node: Node, of: Node | None) -> ir.Value:
    inner = (parts_of(node) or [node])[0] if node.type == "literal_element" else node
    if inner.type == "literal_value" and of is not None:
        reader.depth += 1
        lowered = _filled(reader, inner.start_byte, inner, of) if reader.depth < MAX_LINKS else elided(reader, inner)
        reader.depth -= 1
        return lowered
    return value(reader, inner)
