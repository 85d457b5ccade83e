"""Types as a person would write them."""

from __future__ import annotations

from collections.abc import Mapping

from eventlens import ir

_LONGEST = 120


def is_nothing(ref: ir.TypeRef) -> bool:
    """Whether a type is that of the value that is none."""
    return ref.name in ("null", "undefined")


def is_nullable(ref: ir.TypeRef | None) -> bool:
    """Whether nothing is among the alternatives of a type."""
    return ref is not None and ref.name == "|" and any(is_nothing(part) for part in ref.args)


def type_text(ref: ir.TypeRef | None, module: ir.Module, bound: Mapping[str, str] | None = None) -> str:
    """A declared type on one line, as the language of ``module`` spells it; ``bound`` are the texts that stand for type parameters."""
    text = _text(ref, module, bound or {}) if ref is not None else "unknown"
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def _text(ref: ir.TypeRef, module: ir.Module, bound: Mapping[str, str]) -> str:
    name = ref.name
    if name in bound:
        return bound[name]
    if name in ("|", "&"):
        return f" {name} ".join(dict.fromkeys(_text(part, module, bound) for part in ref.args))
    if name == "[]":
        element = _text(ref.args[0], module, bound) if ref.args else ""
        return "array" if not element else f"({element})[]" if " " in element else f"{element}[]"
    if name == '"':
        return repr(ref.literal) if isinstance(ref.literal, str) else str(ref.literal)
    if name in _CONSTRUCTORS:
        return _CONSTRUCTORS[name]
    if name == "null":
        return module.nothing
    arguments = ", ".join(_text(part, module, bound) for part in ref.args)
    if not arguments:
        return name
    opening, closing = module.type_brackets[0], module.type_brackets[1]
    return f"{name}{opening}{arguments}{closing}"


_CONSTRUCTORS = {"{}": "object", "?": "unknown", "=>": "function", "()": "tuple", "typeof": "typeof"}
