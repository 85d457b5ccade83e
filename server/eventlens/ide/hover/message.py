"""What is in a message: its fields as a table, and where they are declared."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from eventlens.config.secrets import MASK, is_secret_name
from eventlens.flow.model import PayloadField, Place, Site
from eventlens.ide.hover import differences
from eventlens.ide.hover.pieces import Block, Line, Listing, Paragraph, Piece, Table, code, linked, said

_ROWS = 30
"""Rows shown before the rest is only counted."""
_DEPTH = 3
_MESSAGES = 8
"""Messages of one consumer named before the rest is only counted."""
_SOURCES = {
    "declared": "from the declared type",
    "inferred": "inferred from the payload that is sent",
    "read": "inferred from what consumers read",
}


class Row(NamedTuple):
    """A field under its whole name (``lines[].sku``)."""

    name: str
    field: PayloadField


def schema_of(site: Site, others: Sequence[Site]) -> Site | None:
    """The site that shows best what travels: a declared type here, then at the other end, then what is inferred, then what is read."""
    known = [one for one in (site, *others) if one.payload or one.schema is not None]
    for wanted in ("declared", "inferred", "read"):
        for one in known:
            if one.payload_source == wanted:
                return one
    return known[0] if known else None


def told_at(site: Site, others: Sequence[Site]) -> list[Block]:
    """What travels at a site: a consumer that does not say what it takes may be sent several messages."""
    sent = {(one.schema.file, one.schema.line): one for one in others if one.schema is not None}
    if site.role == "publish" or site.payload_source == "declared" or len(sent) < 2:
        shown = schema_of(site, others)
        return [*told(shown), *differences.told(shown, [site, *others])]
    items: list[Line] = [
        [code(one.schema_name or one.event or "?"), said(", declared in "), linked(Place(file=file, line=line))]
        for (file, line), one in list(sent.items())[:_MESSAGES]
    ]
    if len(sent) > _MESSAGES:
        items.append([said(f"and {len(sent) - _MESSAGES} more")])
    return [Listing("Messages", items), *told(site if site.payload else None)]


def told(shown: Site | None) -> list[Block]:
    """The source of a message's schema and its fields."""
    if shown is None:
        return []
    rows = list(_rows(shown.payload, "", 1))
    blocks: list[Block] = [Paragraph(_source(shown))]
    if rows:
        blocks.append(Table(("field", "type", "", "default", "description"), [_cells(row) for row in rows[:_ROWS]]))
    if len(rows) > _ROWS:
        blocks.append(Paragraph([said(f"and {len(rows) - _ROWS} more fields")]))
    return blocks


def _source(shown: Site) -> Line:
    name = shown.schema_name
    pieces: list[Piece] = [said("Message")] if name is None else [said("Message "), code(name)]
    if shown.schema is not None:
        return [*pieces, said(", declared in "), linked(shown.schema)]
    pieces.append(said(f", {_SOURCES.get(shown.payload_source, 'source not known')}"))
    if shown.payload_source in ("inferred", "read"):
        at = shown.handler if shown.payload_source == "read" and shown.handler is not None else shown
        pieces += [said(" in "), linked(Place(file=at.file, line=at.line))]
    return pieces


def _rows(fields: Sequence[PayloadField], above: str, depth: int) -> Iterator[Row]:
    for field in fields:
        yield Row(above + field.name, field)
        if depth < _DEPTH:
            yield from _rows(field.fields, f"{above}{field.name}{'[]' if field.repeated else ''}.", depth + 1)


def _cells(row: Row) -> Sequence[Line]:
    field = row.field
    kind: list[Piece] = [code(field.type)] if field.type not in ("", "unknown") else []
    if field.format:
        kind.append(said(f" {field.format}" if kind else field.format))
    default = field.default and (MASK if is_secret_name(field.name) else field.default)
    return (
        [code(row.name)],
        kind,
        [said("optional" if field.optional else "")],
        [code(default)] if default is not None else [said("")],
        [said(field.doc)],
    )
