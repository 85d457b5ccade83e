"""Valid Python that the grammar takes for an error, masked by text of the same length so that offsets stay true."""

from __future__ import annotations

import re

_TYPE_PARAMETERS = re.compile(rb"^[ \t]*(?:async[ \t]+)?(?:def|class|type)[ \t]+\w+[ \t]*(?=\[)", re.MULTILINE)
_LONE_RETURN = re.compile(rb"\r(?!\n)")


def masked(source: bytes) -> bytes | None:
    """The source without defaults of type parameters (``class Box[T = int]``); None where there are none."""
    text = bytearray(source)
    for match in _TYPE_PARAMETERS.finditer(source):
        _blank_defaults(text, match.end())
    return bytes(text) if text != source else None


def with_line_feeds(source: bytes) -> bytes | None:
    """The source with each lone CR, which ends no line for the grammar, as LF; None where there are none."""
    if source.count(b"\r") == source.count(b"\r\n"):
        return None
    return _LONE_RETURN.sub(b"\n", source)


def _blank_defaults(text: bytearray, opening: int) -> None:
    depth = 0
    is_default = False
    for offset in range(opening, len(text)):
        byte = bytes(text[offset : offset + 1])
        if byte in (b"[", b"("):
            depth += 1
        elif byte in (b"]", b")"):
            depth -= 1
            if depth == 0:
                return
        elif depth == 1 and byte == b"=":
            is_default = True
        elif depth == 1 and byte == b",":
            is_default = False
        if is_default and byte not in (b"\n", b"\r"):
            text[offset] = 0x20
