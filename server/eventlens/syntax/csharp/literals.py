"""Numbers, characters and strings, and what strings are put together from."""

from __future__ import annotations

import re
from collections.abc import Sequence

from tree_sitter import Node

from eventlens import ir
from eventlens.syntax.csharp.reader import SKIPPED, VALUES, Reader, lowers_value, value
from eventlens.syntax.integers import fitting

_ESCAPE = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|x([0-9A-Fa-f]{1,4})|(.))", re.DOTALL)
_CONTROL = {"0": "\0", "a": "\a", "b": "\b", "e": "\x1b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
_HOLE = re.compile(r"\{\{|\}\}|\{\s*(\d+)\s*(?:,[^{}]*)?(?::[^{}]*)?\}")
_LAST_CODE_POINT = 0x10FFFF
_MOST_DIGITS = 4000
"""Python refuses to read longer numbers."""


@lowers_value("integer_literal", "real_literal")
def number(reader: Reader, node: Node) -> ir.Literal:
    return ir.Literal(node.start_byte, node.end_byte, _number(reader.of(node)))


def _number(written: str) -> int | float | str:
    text = written.replace("_", "").lower()
    try:
        if text.startswith(("0x", "0b")):
            return fitting(int(text.rstrip("ul"), 16 if text[1] == "x" else 2))
        if text.rstrip("ul").isdigit() and len(text) < _MOST_DIGITS:
            return fitting(int(text.rstrip("ul")))
        return float(text.rstrip("fdm"))
    except (ValueError, OverflowError):
        return written


@lowers_value("boolean_literal")
def boolean(reader: Reader, node: Node) -> ir.Literal:
    return ir.Literal(node.start_byte, node.end_byte, reader.of(node) == "true")


@lowers_value("null_literal")
def null(reader: Reader, node: Node) -> ir.Literal:
    return ir.Literal(node.start_byte, node.end_byte, None)


@lowers_value("character_literal")
def character(reader: Reader, node: Node) -> ir.Literal:
    return ir.Literal(node.start_byte, node.end_byte, unescaped(reader.of(node)[1:-1]))


@lowers_value("string_literal", "verbatim_string_literal", "raw_string_literal")
def string(reader: Reader, node: Node) -> ir.Literal:
    return ir.Literal(node.start_byte, node.end_byte, _string_text(reader.of(node)))


def _string_text(written: str) -> str:
    text = written.removesuffix("u8").removesuffix("U8")
    if text.startswith('"""'):
        quotes = len(text) - len(text.lstrip('"'))
        return "".join(_unindented([text[quotes : max(len(text) - quotes, quotes)]]))
    if text.startswith("@"):
        return text[2:-1].replace('""', '"')
    return unescaped(text[1:-1] if text.endswith('"') and len(text) > 1 else text[1:])


def unescaped(text: str) -> str:
    """The text that escape sequences stand for."""
    return _ESCAPE.sub(_escaped, text) if "\\" in text else text


def _escaped(match: re.Match[str]) -> str:
    code = match.group(1) or match.group(2) or match.group(3)
    if code is None:
        return _CONTROL.get(match.group(4), match.group(4))
    point = int(code, 16)
    return chr(point) if point <= _LAST_CODE_POINT and not 0xD800 <= point < 0xE000 else "\ufffd"


# -------------------------------------------------------------------------------------------------- interpolation


@lowers_value("interpolated_string_expression")
def interpolated(reader: Reader, node: Node) -> ir.Value:
    texts: list[str] = []
    holes: list[ir.Value] = []
    spans: list[tuple[int, int]] = []
    opening = node.children[0]
    start = _content_start(node)
    mark = reader.of(opening)
    for child in node.children:
        if child.type != "interpolation":
            continue
        texts.append(reader.piece(start, child.start_byte))
        spans.append((start, child.start_byte))
        holes.append(_hole(reader, child))
        start = child.end_byte
    last = node.children[-1]
    end = max(start, last.start_byte if last.type in ('"', "interpolation_quote") else node.end_byte)
    texts.append(reader.piece(start, end))
    spans.append((start, end))
    is_raw = any(child.type == "interpolation_quote" for child in node.children)
    decoded = _unindented(texts) if is_raw else [_decoded(text, "@" in mark) for text in texts]
    parts: list[ir.Value] = []
    for position, text in enumerate(decoded):
        if text:
            parts.append(ir.Literal(*spans[position], text))
        parts.extend(holes[position : position + 1])
    return ir.Template(node.start_byte, node.end_byte, tuple(parts))


def _content_start(node: Node) -> int:
    quotes = [child for child in node.children if child.type in ('"', "interpolation_quote")]
    return quotes[0].end_byte if quotes else node.children[0].end_byte


def _hole(reader: Reader, node: Node) -> ir.Value:
    for child in node.children:
        if child.type in VALUES and child.type not in SKIPPED:
            return value(reader, child)
    return ir.Unknown(node.start_byte, node.end_byte, node.type)


def _decoded(text: str, is_verbatim: bool) -> str:
    plain = text.replace("{{", "{").replace("}}", "}")
    return plain.replace('""', '"') if is_verbatim else unescaped(plain)


def _unindented(texts: list[str]) -> list[str]:
    """The pieces of a raw string, which is written between the lines of its quotes, without the last line's indentation."""
    if "\n" not in texts[0] or texts[0].partition("\n")[0].strip():
        return texts
    last_line = texts[-1].rpartition("\n")[2]
    indentation = last_line if not last_line.strip() else ""
    first, *others = (re.sub(rf"\n{re.escape(indentation)}", "\n", text) for text in texts)
    pieces = [first.partition("\n")[2], *others]
    if "\n" in pieces[-1] and not pieces[-1].rpartition("\n")[2].strip():
        pieces[-1] = pieces[-1].rpartition("\n")[0].removesuffix("\r")
    elif len(pieces) == 1 and not pieces[0].strip():
        pieces[0] = ""
    return pieces


# -------------------------------------------------------------------------------------------------- text from parts


def is_text(part: ir.Value) -> bool:
    """Whether a ``+`` beside this value joins texts."""
    return isinstance(part, ir.Template) or (isinstance(part, ir.Literal) and isinstance(part.value, str))


def joined(start: int, end: int, parts: Sequence[ir.Value]) -> ir.Value:
    """Texts put together: one literal where all are literals, else a template."""
    flat: list[ir.Value] = []
    for part in parts:
        flat.extend(part.parts if isinstance(part, ir.Template) else (part,))
    merged: list[ir.Value] = []
    for part in flat:
        before = merged[-1] if merged else None
        if _is_string(part) and before is not None and _is_string(before):
            merged[-1] = ir.Literal(before.start, part.end, _text(before) + _text(part))
        else:
            merged.append(part)
    if len(merged) == 1 and _is_string(merged[0]):
        return ir.Literal(start, end, _text(merged[0]))
    return ir.Template(start, end, tuple(merged))


def _is_string(part: ir.Value) -> bool:
    return isinstance(part, ir.Literal) and isinstance(part.value, str)


def _text(part: ir.Value) -> str:
    return part.value if isinstance(part, ir.Literal) and isinstance(part.value, str) else ""


def formatted(start: int, end: int, pattern: ir.Literal, given: Sequence[ir.Value]) -> ir.Template | None:
    """``string.Format`` of a literal; None where a hole has no value."""
    text = _text(pattern)
    parts: list[ir.Value] = []
    written = ""
    position = 0
    for match in _HOLE.finditer(text):
        written += text[position : match.start()]
        position = match.end()
        if match.group(1) is None:
            written += match.group()[0]
            continue
        index = int(match.group(1)) if len(match.group(1)) < len(str(len(given))) + 2 else len(given)
        if index >= len(given):
            return None
        if written:
            parts.append(ir.Literal(pattern.start, pattern.end, written))
        written = ""
        parts.append(given[index])
    written += text[position:]
    if written:
        parts.append(ir.Literal(pattern.start, pattern.end, written))
    return ir.Template(start, end, tuple(parts))
