"""`.env` files, and the ``${NAME:-default}`` notation that they share with compose files and shells."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

import msgspec

_LINE = re.compile(r"[ \t]*(?:export[ \t]+)?([A-Za-z_][\w.-]*)[ \t]*(?:=|:[ \t])[ \t]*")
_DOUBLE = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
_SINGLE = re.compile(r"'([^']*)'|`([^`]*)`")
_PLACEHOLDER = re.compile(
    r"(?i)<[^<>]*>|(?:change|replace|fill|set)[-_ ]?(?:me|this)(?:[-_ ]?in)?!*|your[-_ ][\w -]*|to[-_ ]?do|tbd|x{3,}|\.{3}|placeholder"
)
"""What stands where a value is still to be filled in."""
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t"}
_MOST_DEFAULTS = 20
_LONGEST = 100_000
_REFERENCE = re.compile(r"\$(?:\$|([A-Za-z_]\w*)|\{([A-Za-z_][\w.]*)(?:(:?[-?+])|\}))")


class Variable(msgspec.Struct, frozen=True):
    """One variable. ``value`` is as written, quotes off; None where only the name is given, or a word says that the value is to be filled in. ``literal``: ``$`` means itself."""

    name: str
    value: str | None
    line: int
    literal: bool = False


def read_env(text: str | bytes) -> tuple[Variable, ...]:
    """The variables of a `.env` text in order; a later one of the same name wins."""
    if isinstance(text, bytes):
        text = text.decode("utf-8-sig", errors="replace")
    return tuple(_variables(text.removeprefix("\ufeff").replace("\r\n", "\n")))


def _variables(text: str) -> Iterator[Variable]:
    offset, line = 0, 1
    while offset < len(text):
        match = _LINE.match(text, offset)
        end = offset
        if match:
            variable, end = _variable(text, match, line)
            filled = variable.value is None or not _PLACEHOLDER.fullmatch(variable.value)
            yield variable if filled else msgspec.structs.replace(variable, value=None)
        line_end = text.find("\n", end)
        if line_end < 0:
            return
        line += text.count("\n", offset, line_end + 1)
        offset = line_end + 1


def _variable(text: str, match: re.Match[str], line: int) -> tuple[Variable, int]:
    name, start = match.group(1), match.end()
    double = _DOUBLE.match(text, start)
    if double:
        value = re.sub(r"\\(.)", lambda m: _ESCAPES.get(m.group(1), m.group(1)), double.group(1), flags=re.DOTALL)
        return Variable(name, value, line), double.end()
    single = _SINGLE.match(text, start)
    if single:
        value = single.group(1) if single.group(1) is not None else single.group(2)
        return Variable(name, value, line, literal=True), single.end()
    end = text.find("\n", start)
    end = len(text) if end < 0 else end
    return Variable(name, re.split(r"(?:^|\s)#", text[start:end], maxsplit=1)[0].strip(), line), end


def values(variables: Iterable[Variable], outer: Callable[[str], str | None] = lambda name: None) -> dict[str, str]:
    """Name → value with references worked out, from earlier variables first, then ``outer``; what is unknown stays as written."""
    found: dict[str, str] = {}

    def lookup(name: str) -> str | None:
        return found[name] if name in found else outer(name)

    for variable in variables:
        if variable.value is not None:
            found[variable.name] = variable.value if variable.literal else interpolate(variable.value, lookup)
    return found


def interpolate(text: str, lookup: Callable[[str], str | None]) -> str:
    """``text`` with ``$X``, ``${X}``, ``${X:-y}``, ``${X-y}``, ``${X:+y}``, ``${X:?y}`` worked out and ``$$`` as ``$``.

    A reference without value and default stays as it is written: it is unknown, not empty. So does one in a default in a default
    in … beyond `_MOST_DEFAULTS`, and a text that would grow beyond `_LONGEST` characters.
    """
    return _interpolated(text, lookup, 0)


def _interpolated(text: str, lookup: Callable[[str], str | None], depth: int) -> str:
    parts: list[str] = []
    offset = length = 0
    while depth <= _MOST_DEFAULTS and (match := _REFERENCE.search(text, offset)):
        parts.append(text[offset : match.start()])
        value, offset = _reference(text, match, lookup, depth)
        parts.append(value)
        length += len(value)
        if length > _LONGEST:
            return text
    return "".join([*parts, text[offset:]])


def _reference(text: str, match: re.Match[str], lookup: Callable[[str], str | None], depth: int) -> tuple[str, int]:
    name, operator = match.group(1) or match.group(2), match.group(3)
    if name is None:
        return "$", match.end()
    value = lookup(name)
    if operator is None:
        return (match.group() if value is None else value), match.end()
    closing = _closing(text, match.end())
    word, end = text[match.end() : closing], closing + 1
    is_set = value is not None and (value != "" or ":" not in operator)
    if operator.endswith("+"):
        return (_interpolated(word, lookup, depth + 1) if is_set else ""), end
    if is_set and value is not None:
        return value, end
    return (_interpolated(word, lookup, depth + 1) if operator.endswith("-") else text[match.start() : end]), end


def _closing(text: str, offset: int) -> int:
    """Where the brace that was opened before ``offset`` closes."""
    depth = 1
    for position in range(offset, len(text)):
        depth += {"{": 1, "}": -1}.get(text[position], 0)
        if depth == 0:
            return position
    return len(text)
