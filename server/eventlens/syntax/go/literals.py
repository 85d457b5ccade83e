"""Strings, numbers and runes, and strings put together from parts."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Sequence

from tree_sitter import Node

from eventlens import ir
from eventlens.syntax.go.reader import Reader, lowers_value
from eventlens.syntax.integers import fitting

_ESCAPE = re.compile(r"\\(x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[0-7]{3}|.)", re.DOTALL)
_SIMPLE = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
_BYTES = re.compile(r"(?:\\x[0-9a-fA-F]{2}|\\[0-7]{3})+")
_VERB = re.compile(r"%(?:%|[-+# 0]*(?:\d+)?(?:\.\d*)?(?:\[(\d+)\])?([a-zA-Z]))")
_LAST_CODE_POINT = 0x10FFFF
_FOLDED: dict[str, Callable[[int, int], int]] = {
    "+": operator.add, "-": operator.sub, "*": operator.mul, "<<": operator.lshift,
}  # fmt: skip
_LARGEST = 2**62


@lowers_value("interpreted_string_literal", "raw_string_literal")
def string(reader: Reader, node: Node) -> ir.Literal:
    return ir.Literal(node.start_byte, node.end_byte, string_text(reader, node))


def string_text(reader: Reader, node: Node) -> str:
    """What a string literal means."""
    text = reader.of(node)
    inside = text[1:-1] if len(text) > 1 and text[-1] == text[0] else text[1:]
    if node.type == "raw_string_literal":
        return inside.replace("\r", "")
    return decoded(inside) if "\\" in inside else inside


def decoded(text: str) -> str:
    """A text with its escapes carried out; escaped bytes are read as UTF-8."""
    text = _BYTES.sub(_from_bytes, text)
    return _ESCAPE.sub(_unescaped, text)


def _from_bytes(match: re.Match[str]) -> str:
    written = match.group()
    values = [int(each[1:], 16) if each[0] == "x" else int(each, 8) & 0xFF for each in written.split("\\")[1:]]
    text = bytes(values).decode("utf-8", "replace")
    return text.replace("\\", "\\\\")


def _unescaped(match: re.Match[str]) -> str:
    code = match.group(1)
    if code[0] in "uU" and len(code) > 1:
        point = int(code[1:], 16)
        is_text = point <= _LAST_CODE_POINT and not 0xD800 <= point < 0xE000
        return chr(point) if is_text else "\ufffd"
    return _SIMPLE.get(code, code)


@lowers_value("rune_literal")
def rune(reader: Reader, node: Node) -> ir.Literal:
    """A character: kept as text, which is what it is written for."""
    return ir.Literal(node.start_byte, node.end_byte, decoded(reader.of(node)[1:-1]))


@lowers_value("int_literal", "float_literal", "imaginary_literal")
def number(reader: Reader, node: Node) -> ir.Literal:
    return ir.Literal(node.start_byte, node.end_byte, parsed_number(reader.of(node)))


def parsed_number(text: str) -> int | float | str:
    """The number that a literal means; its text where there is no such number here (imaginary ones)."""
    digits = text.replace("_", "")
    try:
        if digits[:2].lower() == "0x" and ("p" in digits or "P" in digits):
            return float.fromhex(digits)
        if digits.isdigit():
            is_octal = len(digits) > 1 and digits[0] == "0"
            return fitting(int(digits, 8 if is_octal else 10))
        return fitting(int(digits, 0)) if digits[:2].lower() in ("0x", "0b", "0o") else float(digits)
    except (ValueError, OverflowError):
        return text


@lowers_value("true", "false", "nil")
def word(reader: Reader, node: Node) -> ir.Literal:
    kind = node.type
    return ir.Literal(node.start_byte, node.end_byte, None if kind == "nil" else kind == "true")


def is_text(part: ir.Value) -> bool:
    """Whether a value is a string as written."""
    return isinstance(part, ir.Template) or (isinstance(part, ir.Literal) and isinstance(part.value, str))


def joined(start: int, end: int, run: Sequence[ir.Value]) -> ir.Value:
    """A sum with text in it: one literal where all of it is known."""
    parts: list[ir.Value] = []
    for each in run:
        for inner in each.parts if isinstance(each, ir.Template) else (each,):
            last = parts[-1] if parts else None
            if isinstance(inner, ir.Literal) and isinstance(last, ir.Literal) and is_text(inner) and is_text(last):
                parts[-1] = ir.Literal(last.start, inner.end, f"{last.value}{inner.value}")
            else:
                parts.append(inner)
    if len(parts) == 1 and isinstance(parts[0], ir.Literal):
        return ir.Literal(start, end, parts[0].value)
    return ir.Template(start, end, tuple(parts))


def formatted(start: int, end: int, form: ir.Literal, values: Sequence[ir.Value]) -> ir.Value | None:
    """What ``fmt.Sprintf`` makes of a literal format; None where the verbs and the values do not fit."""
    text = str(form.value)
    parts: list[ir.Value] = []
    position = following = 0
    for match in _VERB.finditer(text):
        parts.append(ir.Literal(form.start, form.end, text[position : match.start()]))
        position = match.end()
        if match.group() == "%%":
            parts.append(ir.Literal(form.start, form.end, "%"))
            continue
        following = int(match.group(1)) if match.group(1) else following + 1
        if not 1 <= following <= len(values):
            return None
        parts.append(values[following - 1])
    parts.append(ir.Literal(form.start, form.end, text[position:]))
    if "%" in _VERB.sub("", text):
        return None
    return joined(
        start, end, [each for each in parts if not (isinstance(each, ir.Literal) and each.value == "")] or [form]
    )


def folded(content: ir.Value) -> ir.Value:
    """The number that a sum, product or shift of whole numbers is; anything else as it is."""
    if not isinstance(content, ir.Operation) or len(content.operands) != 2:
        return content
    left, right = map(folded, content.operands)
    compute = _FOLDED.get(content.operator)
    if compute is None or not isinstance(left, ir.Literal) or not isinstance(right, ir.Literal):
        return content
    one, other = left.value, right.value
    if type(one) is not int or type(other) is not int or abs(one) > _LARGEST or not 0 <= other <= _LARGEST:
        return content
    is_shift = content.operator == "<<"
    return content if is_shift and other > 62 else ir.Literal(content.start, content.end, fitting(compute(one, other)))
