"""What a declared type is on the wire, whichever language declares it: text, a number, a truth value, a list, an object."""

from __future__ import annotations

import re

from eventlens.flow.model import PayloadField

_FAMILIES = {
    "text": (
        "string", "str", "char", "charsequence", "uuid", "guid", "uuid.uuid", "email", "emailstr", "url", "uri", "date", "datetime",
        "datetimeoffset", "dateonly", "timeonly", "instant", "localdate", "localdatetime", "zoneddatetime", "offsetdatetime", "time.time",
        "timestamp", "bytes",
    ),
    "number": (
        "number", "int", "integer", "long", "short", "byte", "float", "double", "decimal", "bigdecimal", "biginteger", "bigint", "int8",
        "int16", "int32", "int64", "uint", "uint8", "uint16", "uint32", "uint64", "ulong", "ushort", "sint32", "sint64", "fixed32",
        "fixed64", "float32", "float64", "decimal.decimal",
    ),
    "truth value": ("bool", "boolean"),
    "list": ("list", "array", "set", "sequence", "iterable", "collection", "mutablelist", "ienumerable", "ireadonlylist", "ilist", "tuple"),
}  # fmt: skip
_BY_NAME = {name: family for family, names in _FAMILIES.items() for name in names}
_NOTHING = re.compile(r"\s*\|\s*(?:null|undefined|None)\b|\b(?:null|undefined|None)\s*\|\s*")
_AS_TEXT_OR_NUMBER = frozenset(
    ("date", "datetime", "datetimeoffset", "instant", "timestamp", "time.time", "localdatetime", "decimal", "bigdecimal", "long", "int64", "bigint")
)  # fmt: skip
"""Types that are written as text by some libraries and as a number by others."""


def family_of(field: PayloadField) -> str:
    """ "text", "number", "truth value", "list", "object"; "" where the type does not say."""
    if field.repeated:
        return "list"
    if field.fields:
        return "object"
    name = _NOTHING.sub("", field.type).strip().removesuffix("?").lower()
    if name.endswith("[]"):
        return "list"
    name = re.split(r"[<\[(]", name, maxsplit=1)[0].strip()
    return "" if name in _AS_TEXT_OR_NUMBER else _BY_NAME.get(name, "")


def is_other_type(one: PayloadField, other: PayloadField) -> bool:
    """Whether two declarations of a field surely mean different things on the wire."""
    families = family_of(one), family_of(other)
    return "" not in families and families[0] != families[1]
