"""Strings, templates, numbers, regular expressions and the constants."""

from __future__ import annotations

import re
from collections.abc import Iterable

from tree_sitter import Node

from eventlens import ir
from eventlens.syntax.ecmascript.reader import Reader, lowers_value, value
from eventlens.syntax.integers import fitting

_SIMPLE_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "v": "\v", "0": "\0"}
_SURROGATE = re.compile("[\ud800-\udfff]")
_CONSTANTS: dict[str, bool | None] = {"true": True, "false": False, "null": None, "undefined": None}


@lowers_value("string")
def string(reader: Reader, node: Node) -> ir.Literal:
    start, end = node.start_byte, node.end_byte
    return ir.Literal(start, end, string_text(reader, node))


def string_text(reader: Reader, node: Node) -> str:
    """The value of a string node, escapes decoded."""
    start, end = node.start_byte, node.end_byte
    text = reader.piece(start + 1, end - 1)
    return text if "\\" not in text else unescaped(text)


def unescaped(text: str) -> str:
    """The text with its escape sequences decoded; surrogate pairs are joined, lone surrogates become U+FFFD."""
    decoded = _ESCAPE.sub(_escape, text)
    if _SURROGATE.search(decoded):
        return decoded.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return decoded


_ESCAPE = re.compile(r"\\(?:u\{([0-9a-fA-F]+)\}|u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|(\r\n|[\s\S]))")


def _escape(match: re.Match[str]) -> str:
    code = match.group(1) or match.group(2) or match.group(3)
    if code is not None:
        point = int(code, 16)
        return chr(point) if point <= 0x10FFFF else "\ufffd"
    simple = match.group(4)
    if simple in ("\n", "\r", "\r\n", "\u2028", "\u2029"):
        return ""
    return _SIMPLE_ESCAPES.get(simple, simple)


@lowers_value("template_string")
def template(reader: Reader, node: Node) -> ir.Value:
    parts: list[ir.Value] = []
    position = node.start_byte + 1
    for child in node.named_children:
        if child.type == "template_substitution":
            start = child.start_byte
            if start > position:
                parts.append(_text_part(reader, position, start))
            position = child.end_byte
            parts.extend(value(reader, each) for each in child.named_children if each.type != "comment")
    end = max(node.end_byte - 1, position)
    if end > position or not parts:
        parts.append(_text_part(reader, position, end))
    return joined(node.start_byte, node.end_byte, parts)


def _text_part(reader: Reader, start: int, end: int) -> ir.Literal:
    text = reader.piece(start, end)
    return ir.Literal(start, end, text if "\\" not in text else unescaped(text))


def joined(start: int, end: int, parts: Iterable[ir.Value]) -> ir.Value:
    """A `Template` of the parts: nested ones laid flat, neighbouring literals merged; a `Literal` where nothing else is left."""
    flat: list[ir.Value] = []
    for part in parts:
        for each in part.parts if isinstance(part, ir.Template) else (part,):
            last = flat[-1] if flat else None
            if _is_text(each) and last is not None and _is_text(last):
                flat[-1] = ir.Literal(last.start, each.end, _text(last) + _text(each))
            else:
                flat.append(each)
    if len(flat) == 1 and isinstance(flat[0], ir.Literal) and isinstance(flat[0].value, str):
        return ir.Literal(start, end, flat[0].value)
    return ir.Template(start, end, tuple(flat))


def _is_text(part: ir.Value) -> bool:
    return isinstance(part, ir.Literal) and isinstance(part.value, str) and not part.is_regex


def _text(part: ir.Value) -> str:
    return str(part.value) if isinstance(part, ir.Literal) else ""


@lowers_value("number")
def number(reader: Reader, node: Node) -> ir.Literal:
    start, end = node.start_byte, node.end_byte
    return ir.Literal(start, end, parsed_number(reader.text[start:end]))


def parsed_number(text: str) -> int | float | str:
    """An integer where it fits 64 bits, else a float; the text itself where it is no number at all."""
    digits = text.replace("_", "").lower()
    try:
        if digits.isdigit() and (digits[0] != "0" or len(digits) == 1):
            return fitting(int(digits))
        if digits[:2] in ("0x", "0o", "0b"):
            return fitting(int(digits.removesuffix("n"), 0))
        if digits.endswith("n"):
            return fitting(int(digits[:-1]))
        if digits.isdigit():
            return fitting(int(digits, 8 if set(digits) <= set("01234567") else 10))
        return float(digits)
    except (ValueError, OverflowError):
        return text


@lowers_value("regex")
def regex(reader: Reader, node: Node) -> ir.Literal:
    return ir.Literal(node.start_byte, node.end_byte, reader.of(node), True)


@lowers_value("true", "false", "null", "undefined")
def constant(reader: Reader, node: Node) -> ir.Literal:
    return ir.Literal(node.start_byte, node.end_byte, _CONSTANTS[node.type])
