"""Types as a person would write them."""

from __future__ import annotations

from collections.abc import Mapping

from eventlens import ir

_LONGEST = 120


def is_nothing(ref: ir.TypeRef) -> bool:
    """null, undefined, None."""
    return ref.name in ("null", "undefined", "None")


def is_nullable(ref: ir.TypeRef | None) -> bool:
    """Whether nothing is among the alternatives of a type."""
    return ref is not None and ref.name == "|" and any(is_nothing(part) for part in ref.args)


def type_text(ref: ir.TypeRef | None, is_python: bool = False, bound: Mapping[str, str] | None = None) -> str:
    """A declared type on one line; ``bound`` are the texts that stand for type parameters."""
    text = _text(ref, is_python, bound or {}) if ref is not None else "unknown"
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def _text(ref: ir.TypeRef, is_python: bool, bound: Mapping[str, str]) -> str:
    name = ref.name
    if name in bound:
        return bound[name]
    if name in ("|", "&"):
        return f" {name} ".join(dict.fromkeys(_text(part, is_python, bound) for part in ref.args))
    if name == "[]":
        element = _text(ref.args[0], is_python, bound) if ref.args else ""
        return "array" if not element else f"({element})[]" if " " in element else f"{element}[]"
    if name == '"':
        return repr(ref.literal) if isinstance(ref.literal, str) else str(ref.literal)
    if name in _CONSTRUCTORS:
        return _CONSTRUCTORS[name]
    if is_nothing(ref):
        return "None" if is_python else name
    arguments = ", ".join(_text(part, is_python, bound) for part in ref.args)
    if not arguments:
        return name
    return f"{name}[{arguments}]" if is_python else f"{name}<{arguments}>"


_CONSTRUCTORS = {"{}": "object", "?": "unknown", "=>": "function", "()": "tuple", "typeof": "typeof"}
