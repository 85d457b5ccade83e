"""Strings, characters, numbers and the constants."""

from __future__ import annotations

import re
from collections.abc import Iterable

from tree_sitter import Node

from eventlens import ir
from eventlens.syntax.integers import fitting
from eventlens.syntax.java.reader import COMMENTS, Reader, lowers_value, value

_CONSTANTS: dict[str, bool | None] = {"true": True, "false": False, "null_literal": None}
_SIMPLE_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "s": " "}
_ESCAPE = re.compile(r"\\(?:u+([0-9a-fA-F]{4})|([0-3]?[0-7]{1,2})|(\r\n|[\s\S]))")
_SURROGATE = re.compile("[\ud800-\udfff]")
_INTEGERS = ("decimal_integer_literal", "hex_integer_literal", "octal_integer_literal", "binary_integer_literal")


@lowers_value("true", "false", "null_literal")
def constant(reader: Reader, node: Node) -> ir.Literal:
    return ir.Literal(node.start_byte, node.end_byte, _CONSTANTS[node.type])


@lowers_value("string_literal")
def string(reader: Reader, node: Node) -> ir.Value:
    """A string or a text block; with holes in it (a preview of Java 21) a template."""
    start, end = node.start_byte, node.end_byte
    if any(child.type == "string_interpolation" for child in node.named_children):
        return _interpolated(reader, node)
    return ir.Literal(start, end, _text(reader.piece(start, end)))


def _text(written: str) -> str:
    if written.startswith('"""') and len(written) >= 6:
        return unescaped(_without_indentation(written[3:-3]))
    return unescaped(written[1:-1])


def _without_indentation(block: str) -> str:
    """The content of a text block as the language strips it: the first line, common indentation, blanks at line ends."""
    lines = block.replace("\r\n", "\n").replace("\r", "\n").split("\n")[1:]
    counted = [line for line in lines if line.strip()] + [line for line in lines[-1:] if not line.strip()]
    margin = min((len(line) - len(line.lstrip()) for line in counted), default=0)
    return "\n".join(line[margin:].rstrip() for line in lines)


def unescaped(text: str) -> str:
    """The text with its escape sequences decoded; surrogate pairs are joined, lone surrogates become U+FFFD."""
    if "\\" not in text:
        return text
    decoded = _ESCAPE.sub(_escape, text)
    if _SURROGATE.search(decoded):
        return decoded.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return decoded


def _escape(match: re.Match[str]) -> str:
    if match.group(1) is not None:
        return chr(int(match.group(1), 16))
    if match.group(2) is not None:
        return chr(int(match.group(2), 8))
    simple = match.group(3)
    return "" if simple in ("\n", "\r", "\r\n") else _SIMPLE_ESCAPES.get(simple, simple)


def _interpolated(reader: Reader, node: Node) -> ir.Value:
    is_block = reader.text.startswith('"""', node.start_byte)
    parts: list[ir.Value] = []
    for child in node.named_children:
        start, end = child.start_byte, child.end_byte
        if child.type == "string_interpolation":
            parts.extend(value(reader, each) for each in child.named_children if each.type not in COMMENTS)
        else:
            text = unescaped(reader.piece(start, end))
            parts.append(ir.Literal(start, end, text.lstrip("\n ") if is_block and not parts else text))
    return joined(node.start_byte, node.end_byte, parts)


@lowers_value("template_expression")
def template(reader: Reader, node: Node) -> ir.Value:
    """``STR."…"``: what its argument is, whoever makes it."""
    argument = node.child_by_field_name("template_argument")
    return value(reader, argument) if argument is not None else ir.Unknown(node.start_byte, node.end_byte, node.type)


@lowers_value("character_literal")
def character(reader: Reader, node: Node) -> ir.Literal:
    start, end = node.start_byte, node.end_byte
    return ir.Literal(start, end, unescaped(reader.piece(start + 1, end - 1)))


@lowers_value(*_INTEGERS, "decimal_floating_point_literal", "hex_floating_point_literal")
def number(reader: Reader, node: Node) -> ir.Literal:
    start, end = node.start_byte, node.end_byte
    digits = reader.text[start:end].replace("_", "").lower()
    try:
        lowered = _integer(digits.rstrip("l")) if node.type in _INTEGERS else _floating(digits)
    except (ValueError, OverflowError):
        return ir.Literal(start, end, reader.piece(start, end))
    return ir.Literal(start, end, lowered)


def _integer(digits: str) -> int | float:
    is_old_octal = len(digits) > 1 and digits.startswith("0") and digits[1].isdigit()
    integer = int(digits, 8 if is_old_octal else 0)
    return fitting(integer)


def _floating(digits: str) -> float:
    return (
        float.fromhex(digits.rstrip("fd")) if digits.startswith("0x") and "p" in digits else float(digits.rstrip("fd"))
    )


def joined(start: int, end: int, parts: Iterable[ir.Value]) -> ir.Value:
    """A `Template` of the parts: nested ones laid flat, neighbouring literals merged; a `Literal` where nothing else is left."""
    flat: list[ir.Value] = []
    for part in parts:
        for each in part.parts if isinstance(part, ir.Template) else (part,):
            last = flat[-1] if flat else None
            if is_text(each) and last is not None and is_text(last):
                flat[-1] = ir.Literal(last.start, each.end, text_of(last) + text_of(each))
            else:
                flat.append(each)
    if len(flat) == 1 and is_text(flat[0]):
        return ir.Literal(start, end, text_of(flat[0]))
    return ir.Template(start, end, tuple(flat)) if flat else ir.Literal(start, end, "")


def is_text(part: ir.Value) -> bool:
    """Whether a value is a literal string."""
    return isinstance(part, ir.Literal) and isinstance(part.value, str)


def text_of(part: ir.Value) -> str:
    """A literal string's text."""
    return str(part.value) if isinstance(part, ir.Literal) else ""
