"""What differs between two versions of a message so that a reader of one cannot read the other, in the terms of the format.

``backward`` is broken where a reader of the new version cannot read what was written in the old one, ``forward`` where a reader of the old version
cannot read what is written in the new one (https://docs.confluent.io/platform/current/schema-registry/fundamentals/schema-evolution.html).
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple, TypeAlias

from eventlens.config.message_schemas import MessageSchema, SchemaField, room

Format: TypeAlias = Literal["avro", "json", "protobuf"]
Way: TypeAlias = Literal["backward", "forward"]
_BOTH: frozenset[Way] = frozenset(("backward", "forward"))
_BACKWARD: frozenset[Way] = frozenset(("backward",))
_FORWARD: frozenset[Way] = frozenset(("forward",))
_NEAR = 0.6
"""How alike the names of two fields must be, by `difflib.SequenceMatcher`, for one to be the other renamed."""


class SchemaChange(NamedTuple):
    """One difference: the field, dotted, the 1-based line in the new version, what is said of it, and which ways it breaks."""

    field: str
    line: int
    text: str
    breaks: frozenset[Way]
    is_widening: bool = False
    """Whether only more is allowed than before."""


class _Inside(NamedTuple):
    """Where fields are compared: the format, the names of the fields around, how deep, the line of what holds them."""

    format: Format
    path: tuple[str, ...]
    line: int
    depth: int
    old_reserved: frozenset[str] = frozenset()
    new_reserved: frozenset[str] = frozenset()

    def name(self, field: SchemaField) -> str:
        return ".".join((*self.path, field.name))

    def within(self, old: SchemaField, new: SchemaField) -> _Inside:
        path, line = (*self.path, new.name), new.line or self.line
        return _Inside(self.format, path, line, self.depth + 1, _numbers(old.reserved), _numbers(new.reserved))


def changes(old: MessageSchema, new: MessageSchema, format: Format) -> list[SchemaChange]:
    """What of a message broke between two versions."""
    where = _Inside(format, (), new.line, 1, _numbers(old.reserved), _numbers(new.reserved))
    return list(_of_fields(old.fields, new.fields, where))


def _numbers(reserved: Sequence[str]) -> frozenset[str]:
    """The single names and numbers of what is reserved; of long spans their first numbers."""
    found: set[str] = set()
    for one in reserved:
        first, _, last = one.partition("-")
        if first.isdecimal() and last:
            end = int(last) if last.isdecimal() else int(first) + 1_000
            found.update(map(str, range(int(first), min(end, int(first) + 1_000) + 1)))
        else:
            found.add(one)
    return frozenset(found)


def _of_fields(old: Sequence[SchemaField], new: Sequence[SchemaField], where: _Inside) -> Iterator[SchemaChange]:
    known = {alias: one for one in new for alias in one.aliases} | {one.name: one for one in new}
    pairs = [(one, known[one.name]) for one in old if one.name in known]
    for one, other in pairs:
        yield from _of_field(one, other, where)
    if max(len(old), len(new)) >= room(where.depth):
        return  # not all fields were kept
    kept = {id(other) for _, other in pairs}
    removed, added = [one for one in old if one.name not in known], [one for one in new if id(one) not in kept]
    if where.format == "protobuf":
        yield from _of_numbers(removed, added, where)
        return
    for one in removed:
        successor = _successor(one, removed, added)
        if successor is not None:
            added.remove(successor)
        yield from _of_removed(one, successor, where)
    for one in added:
        if not _may_be_missing(one, where.format):
            what = "is new and has no default" if where.format == "avro" else "is new and required"
            yield SchemaChange(where.name(one), one.line or where.line, f"{where.name(one)} {what}", _BACKWARD)


def _may_be_missing(field: SchemaField, format: Format) -> bool:
    return field.has_default if format == "avro" else field.optional


def _successor(field: SchemaField, removed: list[SchemaField], added: list[SchemaField]) -> SchemaField | None:
    """The field that another seems to be called now: the only one, or one of nearly its name, of its type."""
    alike = [one for one in added if one.type == field.type and one.repeated == field.repeated]
    if len(removed) == len(added) == 1:
        return alike[0] if alike else None
    near = [
        one for one in alike if difflib.SequenceMatcher(None, one.name.lower(), field.name.lower()).ratio() >= _NEAR
    ]
    return near[0] if len(near) == 1 else None


def _of_removed(field: SchemaField, successor: SchemaField | None, where: _Inside) -> Iterator[SchemaChange]:
    breaks: frozenset[Way] = frozenset() if _may_be_missing(field, where.format) else _FORWARD
    if successor is not None and not _may_be_missing(successor, where.format):
        breaks |= _BACKWARD
    if breaks:
        text = f"is called {successor.name} now" if successor is not None else "is gone"
        line = successor.line if successor is not None and successor.line else where.line
        yield SchemaChange(where.name(field), line, f"{where.name(field)} {text}", breaks)


def _of_numbers(removed: list[SchemaField], added: list[SchemaField], where: _Inside) -> Iterator[SchemaChange]:
    """Fields of a format that knows them by number: one that is only called otherwise is the same."""
    by_number = {one.number: one for one in added if one.number}
    for one in removed:
        other = by_number.get(one.number)
        if other is not None and not _breaks_of_types(one, other, "protobuf") and one.repeated == other.repeated:
            continue
        if other is not None:
            text = f"number {one.number} was {where.name(one)} of type {one.type}, and is {other.name} of type {other.type} now"
            yield SchemaChange(where.name(one), other.line or where.line, text, _BOTH)
        elif one.number not in where.new_reserved:
            text = f"{where.name(one)} is gone, and its number {one.number} is not reserved"
            yield SchemaChange(where.name(one), where.line, text, _FORWARD)
    for number, one in by_number.items():
        if number in where.old_reserved:
            text = f"{where.name(one)} takes number {number}, which was reserved"
            yield SchemaChange(where.name(one), one.line or where.line, text, _BOTH)


def _of_field(old: SchemaField, new: SchemaField, where: _Inside) -> Iterator[SchemaChange]:
    name, line = where.name(new), new.line or where.line
    if where.format == "protobuf" and old.number != new.number:
        if old.number in where.new_reserved:
            return  # one field went and another came
        yield SchemaChange(name, line, f"{name} has number {new.number} now, and had {old.number}", _BOTH)
        return
    if where.format == "json" and old.optional and not new.optional:
        yield SchemaChange(name, line, f"{name} is required now", _BACKWARD)
    if old.repeated != new.repeated:
        yield SchemaChange(name, line, f"{name} is {_shown(new)} now, and was {_shown(old)}", _BOTH)
        return
    breaks = _breaks_of_types(old, new, where.format)
    if breaks:
        yield SchemaChange(name, line, f"{name} is {_shown(new)} now, and was {_shown(old)}", breaks)
    elif where.format == "avro" and new.optional and not old.optional:
        yield SchemaChange(name, line, f"{name} may be null now", _FORWARD, is_widening=True)
    elif where.format == "avro" and old.optional and not new.optional:
        yield SchemaChange(name, line, f"{name} may not be null any more", _BACKWARD)
    gone = [one for one in old.values if one not in new.values] if new.values else []
    if gone:
        yield SchemaChange(
            name,
            line,
            f"{name} does not allow {', '.join(gone[:3])}{' …' if len(gone) > 3 else ''} any more",
            _BACKWARD,
        )
    if old.fields and new.fields:
        yield from _of_fields(old.fields, new.fields, where.within(old, new))


def _shown(field: SchemaField) -> str:
    return f"{field.type} ({field.format})" if field.format else field.type


# --------------------------------------------------------------------------------------------------------------- types

_READ_AS: dict[Format, dict[str, frozenset[str]]] = {
    "avro": {
        "int": frozenset(("long", "float", "double")),
        "long": frozenset(("float", "double")),
        "float": frozenset(("double",)),
        "string": frozenset(("bytes",)),
        "bytes": frozenset(("string",)),
    },
    "json": {"integer": frozenset(("number",))},
    "protobuf": {},
}
"""What a value of a type can be read as beside the type itself."""
_SAME_ON_THE_WIRE = (
    frozenset(("int32", "uint32", "int64", "uint64", "bool", "enum")),
    frozenset(("sint32", "sint64")),
    frozenset(("fixed32", "sfixed32")),
    frozenset(("fixed64", "sfixed64")),
    frozenset(("string", "bytes")),
)
"""Types of Protocol Buffers that are read as one another (https://protobuf.dev/programming-guides/proto3/#updating)."""
_KNOWN: dict[Format, frozenset[str]] = {
    "avro": frozenset(
        ("boolean", "int", "long", "float", "double", "bytes", "string", "enum", "array", "map", "record")
    ),
    "json": frozenset(("string", "number", "integer", "boolean", "object", "array")),
    "protobuf": frozenset(("double", "float", "message", *(name for group in _SAME_ON_THE_WIRE for name in group))),
}


def _breaks_of_types(old: SchemaField, new: SchemaField, format: Format) -> frozenset[Way]:
    """Which ways the types of two fields do not read each other; none where one of them is not known."""
    before, after = _kinds(old, format), _kinds(new, format)
    if not before or not after or not (before | after) <= _KNOWN[format]:
        return frozenset()
    if format == "avro" and before == after and old.format and new.format and old.format != new.format:
        return _BOTH
    ways: dict[Way, bool] = {"backward": _reads(after, before, format), "forward": _reads(before, after, format)}
    return frozenset(way for way, reads in ways.items() if not reads)


def _reads(reader: frozenset[str], written: frozenset[str], format: Format) -> bool:
    return all(any(_reads_as(one, other, format) for other in reader) for one in written)


def _reads_as(written: str, reader: str, format: Format) -> bool:
    if written == reader or reader in _READ_AS[format].get(written, ()):
        return True
    return format == "protobuf" and any(written in group and reader in group for group in _SAME_ON_THE_WIRE)


def _kinds(field: SchemaField, format: Format) -> frozenset[str]:
    """The types of a field in the words of `_KNOWN`; other words for what is not known."""
    text = field.type.removeprefix("repeated ")
    if field.fields and not field.repeated:
        return frozenset(("message" if format == "protobuf" else "object" if format == "json" else "record",))
    if text.startswith("enum "):
        return frozenset(("enum",))
    if field.values:
        return frozenset(("string" if text.startswith('"') else "?",))
    if "<" in text:
        return frozenset((text.partition("<")[0],)) if " | " not in text else frozenset(("?",))
    return frozenset("array" if one.endswith("[]") else one for one in text.split(" | "))
