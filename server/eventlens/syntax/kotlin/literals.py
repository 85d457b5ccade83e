"""Strings, numbers, characters, names and collection literals."""

from __future__ import annotations

import re
from collections.abc import Iterable

from tree_sitter import Node

from eventlens import ir
from eventlens.syntax.integers import fitting
from eventlens.syntax.kotlin.reader import Reader, contents, lowers_value, value

_CONSTANTS: dict[str, bool | None] = {"true": True, "false": False, "null": None}
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "\b"}
_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|([\s\S]))")
_SURROGATE = re.compile("[\ud800-\udfff]")
_REFERENCE = re.compile(r"\\[\s\S]|\$(?:([A-Za-z_\x80-\xff][\w\x80-\xff]*)|`([^`\n]+)`)")
_RAW_REFERENCE = re.compile(r"\$(?:([A-Za-z_\x80-\xff][\w\x80-\xff]*)|`([^`\n]+)`)")
_MOST_MARKS = 16


@lowers_value("identifier")
def name(reader: Reader, node: Node) -> ir.Value:
    start, end = node.start_byte, node.end_byte
    text = reader.named(node)
    if text in _CONSTANTS:
        return ir.Literal(start, end, _CONSTANTS[text])
    if text == "field" and reader.backing:
        return ir.Member(start, end, ir.This(start, start), reader.backing, start)
    return reader.resolved(text, start, end)


@lowers_value("string_literal", "multiline_string_literal")
def string(reader: Reader, node: Node) -> ir.Value:
    """Text and what is interpolated; the grammar leaves some ``$name`` in the text."""
    is_raw = node.type == "multiline_string_literal"
    quotes = 3 if is_raw else 1
    start, end = node.start_byte, node.end_byte
    parts: list[ir.Value] = []
    position = start + quotes
    marks = reader.text[max(0, start - _MOST_MARKS) : start]
    more = len(marks) - len(marks.rstrip("$")) - 1
    if more > 0:
        return _marked(reader, node, "$" * more, quotes)
    for child in node.named_children:
        if child.type == "interpolation":
            _text(reader, position, child.start_byte, is_raw, parts)
            position = child.end_byte
            parts.extend(value(reader, each) for each in contents(child))
    _text(reader, position, max(position, end - quotes), is_raw, parts)
    return joined(start, end, parts or [ir.Literal(start, end, "")])


def _marked(reader: Reader, node: Node, more: str, quotes: int) -> ir.Value:
    """A string after several ``$``: only as many of them begin an interpolation, fewer are text."""
    start, end = node.start_byte, node.end_byte
    is_raw = quotes == 3
    parts: list[ir.Value] = []
    position = start + quotes
    for child in node.named_children:
        begins = child.start_byte - len(more)
        if child.type == "interpolation" and begins >= position and reader.text.startswith(more, begins):
            _literal(reader, position, begins, is_raw, parts)
            position = child.end_byte
            parts.extend(value(reader, each) for each in contents(child))
    _literal(reader, position, max(position, end - quotes), is_raw, parts)
    return joined(start, end, parts or [ir.Literal(start, end, "")])


def _text(reader: Reader, start: int, end: int, is_raw: bool, parts: list[ir.Value]) -> None:
    """Append the text between two offsets, with the references that stand in it."""
    position = start
    for match in (_RAW_REFERENCE if is_raw else _REFERENCE).finditer(reader.text, start, end):
        if match.lastindex is None:
            continue
        _literal(reader, position, match.start(), is_raw, parts)
        begins, ends = match.span(match.lastindex)
        referred = reader.piece(begins, ends)
        parts.append(_this(reader, begins, ends) if referred == "this" else reader.resolved(referred, begins, ends))
        position = match.end()
    _literal(reader, position, end, is_raw, parts)


def _literal(reader: Reader, start: int, end: int, is_raw: bool, parts: list[ir.Value]) -> None:
    if end > start:
        text = reader.piece(start, end)
        parts.append(ir.Literal(start, end, text if is_raw or "\\" not in text else unescaped(text)))


def unescaped(text: str) -> str:
    """The text with its escape sequences decoded; surrogate pairs are joined, lone surrogates become U+FFFD."""
    decoded = _ESCAPE.sub(_escape, text)
    if _SURROGATE.search(decoded):
        return decoded.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return decoded


def _escape(match: re.Match[str]) -> str:
    code, simple = match.groups()
    return chr(int(code, 16)) if code is not None else _ESCAPES.get(simple, simple)


def joined(start: int, end: int, parts: Iterable[ir.Value]) -> ir.Value:
    """A `Template` of the parts: nested ones laid flat, neighbouring texts merged; a `Literal` where nothing else is left."""
    flat: list[ir.Value] = []
    for part in parts:
        for each in part.parts if isinstance(part, ir.Template) else (part,):
            last = flat[-1] if flat else None
            if (
                isinstance(each, ir.Literal)
                and isinstance(each.value, str)
                and isinstance(last, ir.Literal)
                and isinstance(last.value, str)
            ):
                flat[-1] = ir.Literal(last.start, each.end, last.value + each.value)
            else:
                flat.append(each)
    if len(flat) == 1 and isinstance(flat[0], ir.Literal) and isinstance(flat[0].value, str):
        return ir.Literal(start, end, flat[0].value)
    return ir.Template(start, end, tuple(flat))


def is_text(part: ir.Value) -> bool:
    """Whether a value is text whatever stands in it."""
    return isinstance(part, ir.Template) or (isinstance(part, ir.Literal) and isinstance(part.value, str))


@lowers_value("character_literal")
def character(reader: Reader, node: Node) -> ir.Literal:
    start, end = node.start_byte, node.end_byte
    return ir.Literal(start, end, unescaped(reader.piece(start + 1, max(start + 1, end - 1))))


@lowers_value("number_literal", "float_literal")
def number(reader: Reader, node: Node) -> ir.Literal:
    start, end = node.start_byte, node.end_byte
    return ir.Literal(start, end, _number(reader.text[start:end]))


def _number(text: str) -> int | float | str:
    """An integer where it fits 64 bits, else a float; the text itself where it is no number at all."""
    digits = text.replace("_", "").lower()
    try:
        if digits[:2] in ("0x", "0b"):
            return fitting(int(digits.rstrip("ul"), 0))
        digits = digits.rstrip("ulf")
        return fitting(int(digits)) if digits.isdigit() else float(digits)
    except (ValueError, OverflowError):
        return text


@lowers_value("collection_literal")
def collection(reader: Reader, node: Node) -> ir.Sequence:
    return ir.Sequence(node.start_byte, node.end_byte, tuple(value(reader, child) for child in contents(node)))


@lowers_value("this_expression")
def this(reader: Reader, node: Node) -> ir.Value:
    """``this@Outer`` of an outer class is named by that class, as its members are; of a lambda's receiver nothing is known."""
    start, end = node.start_byte, node.end_byte
    label = next((reader.named(child) for child in node.named_children if child.type == "identifier"), "")
    if not label:
        return _this(reader, start, end)
    owners = [frame.owner for frame in reader.frames if frame.owner is not None]
    if owners and owners[-1] == label:
        return ir.This(start, end)
    return ir.Name(start, end, label if label in owners else "this")


def _this(reader: Reader, start: int, end: int) -> ir.Value:
    for frame in reversed(reader.frames):
        if frame.has_receiver:
            return ir.Name(start, end, "this")
        if frame.owner is not None:
            break
    return ir.This(start, end)


@lowers_value("super_expression")
def super_(reader: Reader, node: Node) -> ir.Super:
    return ir.Super(node.start_byte, node.end_byte)
