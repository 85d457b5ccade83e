"""What a message holds and where that is declared: the result of reading types, files, values and handlers."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from operator import is_
from typing import Literal, NamedTuple

import msgspec

from eventlens.config.message_schemas import SchemaField
from eventlens.config.secrets import MASK, is_secret_name, masked_code
from eventlens.flow.model import PayloadField, Place
from eventlens.flow.module_index import ModuleIndex

MAX_DEPTH = 3
"""Levels of fields: fields of fields of fields."""
_MOST_FIELDS = 60
_MOST_INNER_FIELDS = 30

Source = Literal["declared", "inferred", "read", ""]


class Schema(NamedTuple):
    """``source`` is as in `Site.payload_source`; ``name`` is the declared type's, "" for none; ``place`` is where it is declared."""

    fields: list[PayloadField]
    source: Source
    name: str = ""
    place: Place | None = None


NO_SCHEMA = Schema([], "")


def room(depth: int) -> int:
    """How many fields are kept of a message (depth 1), or of an object inside."""
    return _MOST_FIELDS if depth == 1 else _MOST_INNER_FIELDS


def place_of(module: ModuleIndex, offset: int) -> Place:
    """The place of a byte offset."""
    return Place(file=module.path, line=bisect_right(module.module.line_starts, offset))


def merged(alternatives: Sequence[Sequence[PayloadField]]) -> list[PayloadField]:
    """The fields of one of several shapes: what not all have is optional, and types are joined."""
    found: dict[str, PayloadField] = {}
    tables = [{field.name: field for field in fields} for fields in alternatives]
    for table in tables:
        for name, field in table.items():
            found[name] = field if name not in found else _joined(found[name], field)
    missing = {name for name in found if not all(name in table for table in tables)}
    return [msgspec.structs.replace(one, optional=True) if one.name in missing else one for one in found.values()]


def _joined(one: PayloadField, other: PayloadField) -> PayloadField:
    kinds = dict.fromkeys([*one.type.split(" | "), *other.type.split(" | ")])
    return msgspec.structs.replace(
        one,
        type=" | ".join(kinds),
        optional=one.optional or other.optional,
        fields=merged([one.fields, other.fields]) if one.fields and other.fields else one.fields or other.fields,
    )


def of_file(fields: Iterable[SchemaField]) -> list[PayloadField]:
    """The fields of a schema file as fields of a message."""
    return [
        PayloadField(
            name=one.name,
            type=one.type,
            format=one.format,
            optional=one.optional,
            doc=one.doc,
            default=one.default,
            repeated=one.repeated,
            fields=of_file(one.fields),
        )
        for one in fields
    ]


def shown_fields(fields: Sequence[PayloadField]) -> list[PayloadField]:
    """Fields as they may be shown: without the defaults and fixed values of secrets."""
    return [_shown(field) for field in fields]


def _shown(field: PayloadField) -> PayloadField:
    is_secret = is_secret_name(field.name)
    default = field.default and (MASK if is_secret else masked_code(field.default))
    kind = MASK if is_secret and re.search("[\"'`]", field.type) else field.type
    inner, doc = shown_fields(field.fields), masked_code(field.doc)
    if (default, kind, doc) == (field.default, field.type, field.doc) and all(map(is_, inner, field.fields)):
        return field
    return msgspec.structs.replace(field, default=default, type=kind, doc=doc, fields=inner)


def agrees(fields: Sequence[PayloadField], known: Mapping[str, object] | Sequence[PayloadField]) -> bool:
    """Whether a declared shape can be that of a message of which some fields are known: it has at least half of them."""
    names = set(known) if isinstance(known, Mapping) else {field.name for field in known}
    declared = {_folded(field.name) for field in fields}
    return not names or 2 * sum(_folded(name) in declared for name in names) >= len(names)


def _folded(name: str) -> str:
    return name.replace("_", "").replace("-", "").lower()
