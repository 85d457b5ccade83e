"""Calls of the standard library that are Kotlin's way to write a literal."""

from __future__ import annotations

import re
import textwrap

from eventlens import ir
from eventlens.syntax.kotlin.literals import joined

_MAPS = frozenset({"mapOf", "mutableMapOf", "hashMapOf", "linkedMapOf", "sortedMapOf", "emptyMap"})
_LISTS = frozenset(
    {
        *(
            "listOf",
            "mutableListOf",
            "arrayListOf",
            "listOfNotNull",
            "emptyList",
            "sequenceOf",
            "arrayOf",
            "emptyArray",
        ),
        *("setOf", "mutableSetOf", "hashSetOf", "linkedSetOf", "sortedSetOf", "setOfNotNull", "emptySet"),
        *("intArrayOf", "longArrayOf", "doubleArrayOf", "booleanArrayOf", "byteArrayOf", "charArrayOf"),
    }
)
_PLACEHOLDER = re.compile(r"%(?:(\d+)\$)?[-#+ 0,(]*\d*(?:\.\d+)?([a-zA-Z%])")


def built(call: ir.Call) -> ir.Value:
    """The literal that a call stands for, or the call itself."""
    callee = call.callee
    if isinstance(callee, ir.Name):
        if callee.name in _MAPS:
            return _map(call)
        if callee.name in _LISTS and not any(argument.name for argument in call.args):
            return _list(call)
        if callee.name == "Pair" and len(call.args) == 2:
            return ir.Sequence(call.start, call.end, tuple(argument.value for argument in call.args))
    elif isinstance(callee, ir.Member):
        return _text(call, callee)
    return call


def _list(call: ir.Call) -> ir.Sequence:
    items = (ir.Spread(each.start, each.end, each.value) if each.spread else each.value for each in call.args)
    return ir.Sequence(call.start, call.end, tuple(items))


def _map(call: ir.Call) -> ir.Value:
    fields: list[ir.Field] = []
    for argument in call.args:
        pair = argument.value
        if not isinstance(pair, ir.Sequence) or len(pair.items) != 2:
            return call
        key, content = pair.items
        if isinstance(key, ir.Literal) and isinstance(key.value, str):
            fields.append(ir.Field(pair.start, pair.end, key.value, content))
        else:
            fields.append(ir.Field(pair.start, pair.end, None, content, key))
    return ir.Object(call.start, call.end, tuple(fields))


def _text(call: ir.Call, callee: ir.Member) -> ir.Value:
    """``"…".format(x)``, ``String.format("…", x)`` and the ways to indent raw strings."""
    subject = callee.object
    args = [argument.value for argument in call.args if not argument.name and not argument.spread]
    if callee.name == "format" and len(args) == len(call.args):
        if isinstance(subject, ir.Name) and subject.name == "String" and args:
            subject, *args = args
        if isinstance(subject, ir.Literal) and isinstance(subject.value, str):
            return _formatted(call, subject, args)
    if callee.name in ("trimIndent", "trimMargin", "trim") and isinstance(subject, (ir.Literal, ir.Template)):
        return _trimmed(call, callee.name, subject)
    return call


def _trimmed(call: ir.Call, how: str, subject: ir.Literal | ir.Template) -> ir.Value:
    """Text of several parts keeps its indentation: what the parts hold decides about it."""
    if isinstance(subject, ir.Template):
        return ir.Template(call.start, call.end, subject.parts)
    text = str(subject.value)
    if how == "trim":
        return ir.Literal(call.start, call.end, text.strip())
    lines = text.split("\n")
    if lines and not lines[0].strip():
        lines = lines[1:]
    if lines and not lines[-1].strip():
        lines = lines[:-1]
    margin = _margin(call)
    if how == "trimIndent":
        return ir.Literal(call.start, call.end, textwrap.dedent("\n".join(lines)))
    kept = (line.lstrip()[len(margin) :] if line.lstrip().startswith(margin) else line for line in lines)
    return ir.Literal(call.start, call.end, "\n".join(kept))


def _margin(call: ir.Call) -> str:
    given = call.args[0].value if call.args else None
    return given.value if isinstance(given, ir.Literal) and isinstance(given.value, str) else "|"


def _formatted(call: ir.Call, pattern: ir.Literal, args: list[ir.Value]) -> ir.Value:
    text = str(pattern.value)
    parts: list[ir.Value] = []
    position = 0
    following = 0
    for match in _PLACEHOLDER.finditer(text):
        parts.append(ir.Literal(pattern.start, pattern.end, text[position : match.start()]))
        position = match.end()
        if match.group(2) in "%n":
            parts.append(ir.Literal(pattern.start, pattern.end, "%" if match.group(2) == "%" else "\n"))
            continue
        index = int(match.group(1)) - 1 if match.group(1) else following
        following += not match.group(1)
        if not 0 <= index < len(args):
            return call
        parts.append(args[index])
    parts.append(ir.Literal(pattern.start, pattern.end, text[position:]))
    return joined(call.start, call.end, [each for each in parts if not _is_empty(each)])


def _is_empty(part: ir.Value) -> bool:
    return isinstance(part, ir.Literal) and part.value == ""
