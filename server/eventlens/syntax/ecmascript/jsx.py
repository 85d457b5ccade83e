"""JSX: the IR has no word for elements, so each is an `Unknown` ("jsx") that keeps component, attributes and children."""

from __future__ import annotations

from tree_sitter import Node

from eventlens import ir
from eventlens.syntax.ecmascript.literals import string_text
from eventlens.syntax.ecmascript.reader import Reader, lowers_value, value
from eventlens.syntax.reader import part

_ELEMENTS = frozenset({"jsx_element", "jsx_self_closing_element", "jsx_fragment"})


@lowers_value("jsx_element", "jsx_self_closing_element", "jsx_fragment")
def element(reader: Reader, node: Node) -> ir.Unknown:
    parts: list[ir.Value] = []
    if node.type == "jsx_self_closing_element":
        _opening(reader, node, parts)
        return ir.Unknown(node.start_byte, node.end_byte, "jsx", tuple(parts))
    for child in node.named_children:
        kind = child.type
        if kind == "jsx_opening_element":
            _opening(reader, child, parts)
        elif kind in _ELEMENTS:
            parts.append(value(reader, child))
        elif kind == "jsx_expression":
            parts.extend(_content(reader, child))
    return ir.Unknown(node.start_byte, node.end_byte, "jsx", tuple(parts))


def _opening(reader: Reader, node: Node, parts: list[ir.Value]) -> None:
    """The component, where it is one and not an HTML element, and the attributes as one object."""
    named = node.child_by_field_name("name")
    if named is not None and (named.type == "member_expression" or not reader.text[named.start_byte].islower()):
        parts.append(value(reader, named))
    fields = [written for child in node.named_children for written in _attribute(reader, child)]
    if fields:
        parts.append(ir.Object(fields[0].start, fields[-1].end, tuple(fields)))


def _attribute(reader: Reader, node: Node) -> list[ir.Field]:
    start, end = node.start_byte, node.end_byte
    if node.type == "jsx_expression":
        contents = _content(reader, node)
        return [ir.Field(start, end, None, each.value, None, True) for each in contents if isinstance(each, ir.Spread)]
    if node.type != "jsx_attribute":
        return []
    name, *written = [child for child in node.named_children if child.type != "comment"]
    if not written:
        return [ir.Field(start, end, reader.of(name), ir.Literal(end, end, True))]
    if written[0].type == "string":
        text = ir.Literal(written[0].start_byte, written[0].end_byte, string_text(reader, written[0]))
        return [ir.Field(start, end, reader.of(name), text)]
    return [ir.Field(start, end, reader.of(name), value(reader, part(written[0], "value")))]


def _content(reader: Reader, node: Node) -> list[ir.Value]:
    return [value(reader, child) for child in node.named_children if child.type not in ("comment", "ERROR")]
