"""The keys that the class of an entity declares for its table: fields of which no two rows may have the same values together."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterator

from eventlens import ir
from eventlens.flow.module_index import decorator_name, last_name
from eventlens.flow.walk import values_in

_UNIQUE = frozenset(("UniqueConstraint", "Unique"))
_INDEXES = frozenset(("Index", "CompoundIndex"))
"""Indexes, which are unique where they say so."""
_BY_NAMES = "IsUnique"
"""How Entity Framework says so, whose indexes are given fields alone."""
_SAYS_SO = frozenset(("unique", _BY_NAMES))
_OF_DOCUMENT = re.compile(r"['\"]?([\w.]+)['\"]?\s*:")
_TOGETHER = "unique_together"
_SETTINGS = frozenset(("__table_args__", "constraints", _TOGETHER))
"""Fields of a class, or of the class ``Meta`` in it, that say such things of its table."""
_LISTED = frozenset(("columnNames", "columnList", "fields", "def"))
_BY_TAG = re.compile(r"(?i)^(?:uniqueindex(?::(?P<index>[^,;]+))?|primary_?key$|unique$)")


def keys_of_class(definition: ir.Class) -> Iterator[frozenset[str]]:
    """The keys, each with its fields or columns as they are written there."""
    for said in (*definition.decorators, *_settings(definition, _SETTINGS)):
        for inner in values_in(said):
            if isinstance(inner, ir.Call) and _declares(inner):
                names = frozenset(_names(inner))
                if names:
                    yield names
    yield from _together(definition)
    yield from _by_tags(definition)


def _settings(definition: ir.Class, names: Collection[str]) -> Iterator[ir.Value]:
    nested = (one.definition for one in definition.body if isinstance(one, ir.ClassDeclaration))
    for owner in (definition, *(one for one in nested if one.name == "Meta")):
        yield from (one.value for one in owner.fields if one.name in names and one.value is not None)


def _declares(call: ir.Call) -> bool:
    name = last_name(call.callee)
    if name in _UNIQUE:
        return True
    given = {one.name: one.value for one in call.args if one.name}
    for one in call.args:
        if isinstance(one.value, ir.Object):
            given.update((field.key, field.value) for field in one.value.fields if field.key is not None)
    return name in _INDEXES and any(
        isinstance(value, ir.Literal) and value.value is True for key, value in given.items() if key in _SAYS_SO
    )


def _names(call: ir.Call) -> Iterator[str]:
    """The fields that a declaration names: those of a list, where there is one, else its texts; the first text of an index is its name."""
    listed = [one.value for one in call.args if isinstance(one.value, ir.Sequence) or one.name in _LISTED]
    if listed:
        for value in listed:
            for item in value.items if isinstance(value, ir.Sequence) else (value,):
                yield from _written(item)
        return
    texts = [name for one in call.args if one.name is None for name in _written(one.value)]
    is_named = last_name(call.callee) in _INDEXES and not any(one.name == _BY_NAMES for one in call.args)
    yield from texts[1:] if is_named and len(texts) > 1 else texts


def _written(value: ir.Value) -> Iterator[str]:
    if isinstance(value, ir.Literal) and isinstance(value.value, str):
        inside = _OF_DOCUMENT.findall(value.value)
        yield from inside or (one.strip() for one in value.value.split(","))
    elif isinstance(value, ir.Call) and last_name(value.callee) == "nameof" and value.args:
        yield last_name(value.args[0].value)


def _together(definition: ir.Class) -> Iterator[frozenset[str]]:
    """Django's ``unique_together``: one list of fields, or a list of such lists."""
    for value in _settings(definition, (_TOGETHER,)):
        items = value.items if isinstance(value, ir.Sequence) else ()
        for one in (value, *items):
            texts = [name for item in one.items for name in _written(item)] if isinstance(one, ir.Sequence) else []
            if texts and len(texts) == len(one.items):  # type: ignore[union-attr]
                yield frozenset(texts)


def _by_tags(definition: ir.Class) -> Iterator[frozenset[str]]:
    """The keys in the tags of GORM."""
    found: dict[str, set[str]] = defaultdict(set)
    for field in definition.fields:
        for tag in field.decorators:
            text = (
                tag.args[0].value if isinstance(tag, ir.Call) and decorator_name(tag) == "gorm" and tag.args else None
            )
            parts = str(text.value).split(";") if isinstance(text, ir.Literal) else []
            if any(part.strip().lower().startswith("autoincrement") for part in parts):
                continue
            for said in filter(None, map(_BY_TAG.match, map(str.strip, parts))):
                found[said["index"] or field.name].add(field.name)
    yield from map(frozenset, found.values())
