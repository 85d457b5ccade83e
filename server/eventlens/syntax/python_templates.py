"""Literals and templates put together from parts: signed numbers, concatenation, ``%`` and ``str.format``."""

from __future__ import annotations

from eventlens import ir
from eventlens.syntax import python_strings


def is_text(value: ir.Value) -> bool:
    """Whether a value is certainly text."""
    return type(value) is ir.Template or (type(value) is ir.Literal and isinstance(value.value, str))


def negated_literal(start: int, operand: ir.Value) -> ir.Literal | None:
    """The literal of a sign at ``start`` and a number; None for anything else."""
    if type(operand) is not ir.Literal or type(operand.value) not in (int, float):
        return None
    value = python_strings.negated(operand.value)  # type: ignore[arg-type]
    return None if value is None else ir.Literal(start, operand.end, value)


def joined(start: int, end: int, values: list[ir.Value]) -> ir.Value:
    """One `ir.Template` of all parts, or one `ir.Literal` when every part is literal text."""
    parts: list[ir.Value] = []
    for value in values:
        for part in value.parts if type(value) is ir.Template else (value,):
            previous = parts[-1] if parts else None
            if type(part) is ir.Literal and type(previous) is ir.Literal and is_text(part) and is_text(previous):
                # An argument of a format stands behind the text that it goes into.
                begin, until = min(previous.start, part.start), max(previous.end, part.end)
                parts[-1] = ir.Literal(begin, until, f"{previous.value}{part.value}")
            else:
                parts.append(part)
    if not parts:
        return ir.Literal(start, end, "")
    first = parts[0]
    if len(parts) == 1 and type(first) is ir.Literal and is_text(first):
        return ir.Literal(start, end, first.value)
    return ir.Template(start, end, tuple(parts))


def percent_template(start: int, end: int, text: ir.Literal, right: ir.Value) -> ir.Value | None:
    """``"…" % right``; None when the left side has no placeholder that can be filled."""
    split = python_strings.percent_parts(text.value) if isinstance(text.value, str) else None
    if split is None:
        return None
    count = sum(isinstance(part, python_strings.Placeholder) for part in split)
    parts: list[ir.Value] = []
    for part in split:
        if isinstance(part, str):
            parts.append(ir.Literal(text.start, text.end, part))
        else:
            parts.append(_percent_argument(part.key, right, count))
    return joined(start, end, parts)


def format_template(start: int, end: int, text: ir.Value, args: tuple[ir.Argument, ...]) -> ir.Value | None:
    """``"…".format(…)``; None when the text is malformed or a field has no visible argument."""
    if not isinstance(text, ir.Literal) or not isinstance(text.value, str):
        return None
    split = python_strings.format_parts(text.value)
    if split is None:
        return None
    parts: list[ir.Value] = []
    for part in split:
        if isinstance(part, str):
            parts.append(ir.Literal(text.start, text.end, part))
            continue
        value = _format_argument(part.key, args)
        if value is None:
            return None
        for key, is_item in part.path:
            value = _accessed(value, key, is_item)
        parts.append(value)
    return joined(start, end, parts)


def _percent_argument(key: int | str, right: ir.Value, count: int) -> ir.Value:
    start, end = right.start, right.end
    given = _named(key, right) if isinstance(key, str) else _positional(key, right)
    if given is not None:
        return given
    if isinstance(key, str):
        return ir.Member(start, end, right, key, start)
    return right if count == 1 else ir.Index(start, end, right, ir.Literal(end, end, key))


def _named(key: str, right: ir.Value) -> ir.Value | None:
    """What a dict in the source holds under a name; None when its content is not seen."""
    if type(right) is ir.Object:
        found = [entry.value for entry in right.fields if entry.key == key]
    elif type(right) is ir.Call and type(right.callee) is ir.Name and right.callee.name == "dict":
        found = [argument.value for argument in right.args if argument.name == key]
    else:
        return None
    return found[-1] if found else ir.Unknown(right.start, right.end, "format_argument")


def _positional(key: int, right: ir.Value) -> ir.Value | None:
    """The item of a tuple in the source; None when its items are not seen."""
    if type(right) is ir.Sequence:
        return right.items[key] if key < len(right.items) else ir.Unknown(right.start, right.end, "format_argument")
    if key > 0 and not isinstance(right, (ir.Name, ir.Member, ir.This, ir.Index)):
        # What does something stands once: in the first hole.
        return ir.Unknown(right.start, right.end, "format_argument")
    return None


def _format_argument(key: int | str, args: tuple[ir.Argument, ...]) -> ir.Value | None:
    if isinstance(key, str):
        for argument in args:
            if argument.name == key:
                return argument.value
        spread = next((argument.value for argument in args if argument.spread == "**"), None)
        return None if spread is None else ir.Member(spread.start, spread.end, spread, key, spread.start)
    positional = [argument for argument in args if argument.name is None and argument.spread != "**"]
    if key >= len(positional) or any(argument.spread for argument in positional[: key + 1]):
        return None
    return positional[key].value


def _accessed(value: ir.Value, key: str | int, is_item: bool) -> ir.Value:
    start, end = value.start, value.end
    if isinstance(key, str):
        return ir.Member(start, end, value, key, start)
    return ir.Index(start, end, value, ir.Literal(end, end, key)) if is_item else value
