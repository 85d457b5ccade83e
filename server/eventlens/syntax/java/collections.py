"""Calls of the standard library that only spell a value: collections, formatted texts."""

from __future__ import annotations

import re

from eventlens import ir
from eventlens.syntax.java.literals import joined

_LISTS = frozenset(
    {
        *(("List", "of"), ("Set", "of"), ("Arrays", "asList"), ("ImmutableList", "of"), ("ImmutableSet", "of")),
        *(("Collections", "singletonList"), ("Collections", "singleton"), ("Collections", "emptyList")),
        *(("Collections", "emptySet"), ("Lists", "newArrayList"), ("Sets", "newHashSet")),
    }
)
_MAPS = frozenset({("Map", "of"), ("ImmutableMap", "of"), ("Collections", "singletonMap"), ("Collections", "emptyMap")})
_PLACE = re.compile(r"%(?:(\d+)\$)?[-#+ 0,(<]*\d*(?:\.\d+)?([tT][a-zA-Z]|[a-zA-Z%])")


def collection(call: ir.Call) -> ir.Value | None:
    """The value that a call spells, None where it is an ordinary call."""
    callee = call.callee
    if not isinstance(callee, ir.Member):
        return None
    owner = callee.object.name if isinstance(callee.object, ir.Name) else None
    key = (owner, callee.name)
    if key in _LISTS:
        return ir.Sequence(call.start, call.end, tuple(argument.value for argument in call.args))
    if key in _MAPS and len(call.args) % 2 == 0:
        pairs = [(one.value, other.value) for one, other in zip(call.args[::2], call.args[1::2])]
        return _object(call, pairs)
    if key == ("Map", "ofEntries"):
        entries = [_entry(argument.value) for argument in call.args]
        known = [entry for entry in entries if entry is not None]
        return _object(call, known) if len(known) == len(entries) else None
    return formatted(call, callee, owner)


def _entry(content: ir.Value) -> tuple[ir.Value, ir.Value] | None:
    if not isinstance(content, ir.Call) or len(content.args) != 2:
        return None
    callee = content.callee
    named = callee.name if isinstance(callee, (ir.Member, ir.Name)) else ""
    if named not in ("entry", "SimpleEntry", "SimpleImmutableEntry"):
        return None
    return content.args[0].value, content.args[1].value


def _object(call: ir.Call, pairs: list[tuple[ir.Value, ir.Value]]) -> ir.Object:
    fields = [
        ir.Field(key.start, content.end, key.value, content)
        if isinstance(key, ir.Literal) and isinstance(key.value, str)
        else ir.Field(key.start, content.end, None, content, key)
        for key, content in pairs
    ]
    return ir.Object(call.start, call.end, tuple(fields))


def formatted(call: ir.Call, callee: ir.Member, owner: str | None) -> ir.Value | None:
    """``String.format("…", a)`` and ``"…".formatted(a)``; None where the format is not literal."""
    given = [argument.value for argument in call.args]
    if callee.name == "formatted":
        return _template(call, callee.object, given)
    if owner != "String" or callee.name != "format" or not given:
        return None
    if len(given) > 1 and not _is_format(given[0]):
        given = given[1:]  # a locale stands first
    return _template(call, given[0], given[1:])


def _is_format(content: ir.Value) -> bool:
    return isinstance(content, ir.Literal) and isinstance(content.value, str)


def _template(call: ir.Call, written: ir.Value, given: list[ir.Value]) -> ir.Value | None:
    if not isinstance(written, ir.Literal) or not isinstance(written.value, str):
        return None
    parts: list[ir.Value] = []
    position = taken = 0
    for match in _PLACE.finditer(written.value):
        parts.append(ir.Literal(written.start, written.end, written.value[position : match.start()]))
        position = match.end()
        if match.group(2) in "%n":
            parts.append(ir.Literal(written.start, written.end, "%" if match.group(2) == "%" else "\n"))
            continue
        number = int(match.group(1)) - 1 if match.group(1) else taken
        taken += 0 if match.group(1) else 1
        if not 0 <= number < len(given):
            return None
        parts.append(given[number])
    parts.append(ir.Literal(written.start, written.end, written.value[position:]))
    return joined(
        call.start, call.end, [part for part in parts if not isinstance(part, ir.Literal) or part.value != ""]
    )
