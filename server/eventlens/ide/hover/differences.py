"""How the other ends of a channel declare the same message: each other shape, and in what it differs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from eventlens.flow.model import PayloadField, Place, Site
from eventlens.flow.type_families import is_other_type
from eventlens.ide.hover.pieces import Block, Line, Listing, Piece, code, linked, said

_SHAPES = 6
"""Other shapes told of."""
_NAMES = 6
"""Fields named before the rest is only counted."""


def told(shown: Site | None, others: Sequence[Site]) -> list[Block]:
    """The other declarations of what travels; nothing where there is one declaration, or none says what it holds."""
    if shown is None or not shown.payload:
        return []
    items = [_described(shown, other) for other in _declared_elsewhere(shown, others)]
    more: list[Line] = [[said(f"and {len(items) - _SHAPES} more")]] if len(items) > _SHAPES else []
    return [Listing("Declared elsewhere too", [*items[:_SHAPES], *more])] if items else []


def _declared_elsewhere(shown: Site, others: Sequence[Site]) -> list[Site]:
    """One site a declaration; of another event there is nothing to compare."""
    found: dict[Place, Site] = {}
    for other in others:
        if (
            other.schema is not None
            and other.schema != shown.schema
            and other.payload_source == "declared"
            and other.payload
            and not _names(shown).isdisjoint(_names(other))
        ):
            found.setdefault(other.schema, other)
    return list(found.values())


def _names(site: Site) -> set[str]:
    """By what the message of a site is called. Languages write the same name in their own ways, and may put a package before it."""
    return {_plain(name) for name in (site.event, site.schema_name) if name}


def _plain(name: str) -> str:
    letters = "".join(c for c in name.replace(":", ".").rpartition(".")[2] or name if c.isalnum()).lower()
    return re.sub(r"(?:event|message|dto|payload|schema)(?:v\d+)?$", "", letters) or letters


def _described(shown: Site, other: Site) -> Line:
    assert other.schema is not None
    mine, theirs = _by_name(shown.payload), _by_name(other.payload)
    missing = [field.name for name, field in mine.items() if name not in theirs]
    added = [field.name for name, field in theirs.items() if name not in mine]
    pieces: list[Piece] = [code(other.schema_name or other.event or "?"), said(" in "), linked(other.schema)]
    told = [
        *_named("has no ", missing),
        *_named("has also ", added),
        *_retyped(mine, theirs),
    ]
    if not told:
        return [*pieces, said(": the same fields")]
    pieces.append(said(": "))
    for number, one in enumerate(told):
        pieces += [*([said("; ")] if number else []), *one]
    return pieces


def _by_name(fields: Sequence[PayloadField]) -> dict[str, PayloadField]:
    """Fields by a name in which case and separators make no difference."""
    return {"".join(c for c in field.name if c.isalnum()).lower(): field for field in fields}


def _named(what: str, names: Sequence[str]) -> Iterator[Line]:
    if names:
        line: list[Piece] = [said(what)]
        for number, name in enumerate(names[:_NAMES]):
            line += [*([said(", ")] if number else []), code(name)]
        yield [*line, *([said(f" and {len(names) - _NAMES} more")] if len(names) > _NAMES else [])]


def _retyped(mine: Mapping[str, PayloadField], theirs: Mapping[str, PayloadField]) -> Iterator[Line]:
    for name, field in mine.items():
        other = theirs.get(name)
        if other is not None and is_other_type(field, other):
            yield [
                code(field.name),
                said(" is "),
                code(other.type),
                said(" there and "),
                code(field.type),
                said(" here"),
            ]
