"""JSON, with comments and trailing commas allowed, as values with lines."""

from __future__ import annotations

import json
import re
from bisect import bisect_right

from eventlens.config import jsonc
from eventlens.config.values import Items, Scalar, Table, Value

_SPACE = re.compile(r"[ \t\r\n]*")
_decode_at = json.JSONDecoder(strict=False).raw_decode
_BARE = re.compile(r"-?\d[\d.eE+-]*|true|false|null|NaN|-?Infinity")
_MAX_DEPTH = 200


def read_json(text: str) -> tuple[Value, ...]:
    """The value of a JSON text, alone in a tuple; () for an empty text. Raises ValueError where it is broken."""
    if not text.strip():
        return ()
    return (_Reading(jsonc.strip(text)).whole(),)


class _Reading:
    """One pass over one text; every method takes an offset and returns the value with the offset after it."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._line_starts = [0, *(match.end() for match in re.finditer("\n", text))]

    def whole(self) -> Value:
        value, end = self._value(self._skip(0), 0)
        if self._skip(end) != len(self._text):
            raise ValueError(f"line {self._line(end)}: something follows the value")
        return value

    def _skip(self, offset: int) -> int:
        match = _SPACE.match(self._text, offset)
        return match.end() if match else offset

    def _line(self, offset: int) -> int:
        return bisect_right(self._line_starts, offset)

    def _value(self, offset: int, depth: int) -> tuple[Value, int]:
        if depth > _MAX_DEPTH:
            raise ValueError(f"nested more than {_MAX_DEPTH} deep")
        opening = self._text[offset : offset + 1]
        if opening == "{":
            return self._table(offset, depth)
        if opening == "[":
            return self._items(offset, depth)
        if opening == '"':
            value, end = _decode_at(self._text, offset)
            return Scalar(value, self._line(offset), "", offset, end), end
        bare = _BARE.match(self._text, offset)
        if bare is None:
            raise ValueError(f"line {self._line(offset)}: a value is expected")
        return Scalar(json.loads(bare.group()), self._line(offset), "", *bare.span()), bare.end()

    def _table(self, start: int, depth: int) -> tuple[Table, int]:
        entries: dict[str, Value] = {}
        lines: dict[str, int] = {}
        offset = self._skip(start + 1)
        while self._text[offset : offset + 1] != "}":
            if self._text[offset : offset + 1] != '"':
                raise ValueError(f"line {self._line(offset)}: a key in double quotes is expected")
            key, end = _decode_at(self._text, offset)
            colon = self._skip(end)
            if self._text[colon : colon + 1] != ":":
                raise ValueError(f"line {self._line(colon)}: ':' is expected")
            lines[key] = self._line(offset)
            entries[key], end = self._value(self._skip(colon + 1), depth + 1)
            offset = self._after_comma(end, "}")
        return Table(entries, lines, self._line(start)), offset + 1

    def _items(self, start: int, depth: int) -> tuple[Items, int]:
        items: list[Value] = []
        offset = self._skip(start + 1)
        while self._text[offset : offset + 1] != "]":
            item, end = self._value(offset, depth + 1)
            items.append(item)
            offset = self._after_comma(end, "]")
        return Items(tuple(items), self._line(start)), offset + 1

    def _after_comma(self, offset: int, closing: str) -> int:
        offset = self._skip(offset)
        if self._text[offset : offset + 1] == ",":
            return self._skip(offset + 1)
        if self._text[offset : offset + 1] != closing:
            raise ValueError(f"line {self._line(offset)}: ',' or '{closing}' is expected")
        return offset
