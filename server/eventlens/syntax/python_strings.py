"""The text of Python string and number literals: prefixes, escapes, ``%`` and ``str.format`` placeholders.

Pure functions on source text, without a syntax tree.
"""

from __future__ import annotations

import re
import string
import unicodedata
from typing import NamedTuple

_OPENING = re.compile(rb"([A-Za-z]*)(\"\"\"|'''|\"|')")
_ESCAPE = re.compile(
    r"\\(?:(\r\n|[\n\r])|([\\'\"abfnrtv])|x([0-9A-Fa-f]{2})|u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|N\{([^}]*)\}|([0-7]{1,3}))"
)
_SIMPLE_ESCAPES = {
    "\\": "\\",
    "'": "'",
    '"': '"',
    "a": "\a",
    "b": "\b",
    "f": "\f",
    "n": "\n",
    "r": "\r",
    "t": "\t",
    "v": "\v",
}
_PERCENT = re.compile(r"%(?:\(([^)]*)\))?[-#0 +]*(\*|\d+)?(?:\.(\*|\d+))?[hlL]?([%a-zA-Z])")
_REPLACEMENT = "\ufffd"
_SMALLEST_INTEGER = -(2**63)
_LARGEST_INTEGER = 2**64 - 1


class Placeholder(NamedTuple):
    """A hole of a format string: ``key`` is what fills it (a position or a name), ``path`` the accesses on that.

    ``path`` holds attribute names (str, False) and item keys (key, True) in order, as in ``{0.name[key]}``.
    """

    key: int | str
    path: tuple[tuple[str | int, bool], ...] = ()


def opening(raw: bytes) -> tuple[str, int, int]:
    """The lower-case prefix of a string literal, the length of prefix and quote, and the length of the quote (0 if none)."""
    match = _OPENING.match(raw)
    if match is None:
        return "", 0, 0
    return match.group(1).decode().lower(), match.end(), len(match.group(2))


def literal_text(raw: bytes) -> str:
    """The value of a whole, non-interpolated string literal; bytes literals read as text."""
    first = raw[0:1]
    if (first == b'"' or first == b"'") and b"\\" not in raw and raw[1:2] != first:
        return raw[1:-1].decode("utf-8", "replace")
    prefix, begin, quote = opening(raw)
    end = len(raw) - quote if raw.endswith(raw[begin - quote : begin]) and len(raw) >= begin + quote else len(raw)
    return decoded(raw[begin:end], "r" in prefix)


def decoded(content: bytes, is_raw: bool) -> str:
    """The text between the quotes, line ends as LF, escapes resolved unless ``is_raw``. Lone surrogates become U+FFFD."""
    text = content.decode("utf-8", "replace")
    if "\r" in text:
        text = text.replace("\r\n", "\n")
    if is_raw or "\\" not in text:
        return text
    return _ESCAPE.sub(_unescape, text)


def _unescape(match: re.Match[str]) -> str:
    newline, simple, two, four, eight, name, octal = match.groups()
    if simple:
        return _SIMPLE_ESCAPES[simple]
    if newline:
        return ""
    if name is not None:
        try:
            return unicodedata.lookup(name)
        except KeyError:
            return match.group()
    code = int(octal, 8) if octal else int(two or four or eight, 16)
    if code > 0x10FFFF or 0xD800 <= code <= 0xDFFF:
        return _REPLACEMENT
    return chr(code)


def number(text: str) -> int | float | None:
    """The value of a number literal; None for what the cache cannot hold (complex numbers, integers beyond 64 bits)."""
    digits = text.replace("_", "").rstrip("lL")
    try:
        value = int(digits, 0)
    except ValueError:
        return _old_octal_or_float(digits)
    return value if _SMALLEST_INTEGER <= value <= _LARGEST_INTEGER else None


def _old_octal_or_float(digits: str) -> int | float | None:
    try:
        return int(digits, 8) if digits.isdecimal() and len(digits) < 22 else float(digits)
    except ValueError:
        return None


def negated(value: int | float) -> int | float | None:
    """``-value``, or None where the cache cannot hold it."""
    return -value if -value >= _SMALLEST_INTEGER or isinstance(value, float) else None


def percent_parts(text: str) -> list[str | Placeholder] | None:
    """Split a ``%``-format into literal text and placeholders (numbered from 0, or named).

    None when there is no placeholder or when a width is itself an argument.
    """
    parts: list[str | Placeholder] = []
    position = begin = 0
    for match in _PERCENT.finditer(text):
        name, width, precision, conversion = match.groups()
        if width == "*" or precision == "*":
            return None
        if match.start() > begin:
            parts.append(text[begin : match.start()])
        begin = match.end()
        if conversion == "%":
            parts.append("%")
        elif name is not None:
            parts.append(Placeholder(name))
        else:
            parts.append(Placeholder(position))
            position += 1
    if begin < len(text):
        parts.append(text[begin:])
    return parts if any(isinstance(part, Placeholder) for part in parts) else None


def format_parts(text: str) -> list[str | Placeholder] | None:
    """Split a ``str.format`` text into literal text and placeholders; None when it is malformed or has nested fields."""
    parts: list[str | Placeholder] = []
    position = 0
    try:
        for literal, name, specification, _ in string.Formatter().parse(text):
            if literal:
                parts.append(literal)
            if name is None:
                continue
            if specification and "{" in specification:
                return None
            placeholder = _format_placeholder(name, position)
            position += placeholder.key == position and (name == "" or name[0] in ".[")
            parts.append(placeholder)
    except ValueError:
        return None
    return parts


def _format_placeholder(name: str, position: int) -> Placeholder:
    first, path = _split_field(name)
    if first == "":
        return Placeholder(position, path)
    return Placeholder(int(first) if first.isdecimal() else first, path)


def _split_field(name: str) -> tuple[str, tuple[tuple[str | int, bool], ...]]:
    first = re.match(r"[^.\[]*", name)
    head = first.group() if first else ""
    path: list[tuple[str | int, bool]] = []
    for attribute, item in re.findall(r"\.([^.\[]+)|\[([^\]]*)\]", name[len(head) :]):
        if attribute:
            path.append((attribute, False))
        else:
            path.append((int(item) if item.isdecimal() else item, True))
    return head, tuple(path)
