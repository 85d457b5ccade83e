"""Hover."""

from __future__ import annotations

from lsprotocol import types

from eventlens.ide import hover as ide_hover
from eventlens.lsp.connection import EventlensServer
from eventlens.lsp.features.places import place_in_passing


async def hover(ls: EventlensServer, params: types.HoverParams) -> types.Hover | None:
    """What stands here."""
    place = await place_in_passing(ls, params.text_document.uri, params.position)
    if place is None:
        return None

    def link(file: str, line: int) -> str:
        return f"{place.convert.session.uri_of(file)}#L{line}"

    kind = _hover_kind(ls)
    found = ide_hover.hover(
        place.convert.snapshot.index,
        place.path,
        place.line,
        place.column,
        link,
        place.text,
        kind == types.MarkupKind.Markdown,
    )
    if found is None:
        return None
    return types.Hover(
        types.MarkupContent(kind, found.text),
        place.convert.range(found.target) if found.target is not None else None,
    )


def _hover_kind(ls: EventlensServer) -> types.MarkupKind:
    document = ls.client_capabilities.text_document
    able = document.hover if document is not None else None
    formats = able.content_format if able is not None else None
    return (
        types.MarkupKind.PlainText
        if formats and types.MarkupKind.Markdown not in formats
        else types.MarkupKind.Markdown
    )
