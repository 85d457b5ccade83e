"""Document highlight: the places of a file that touch one channel."""

from __future__ import annotations

from lsprotocol import types

from eventlens.ide import navigation
from eventlens.lsp.connection import EventlensServer
from eventlens.lsp.features.places import place_of

_KINDS = {
    "write": types.DocumentHighlightKind.Write,
    "read": types.DocumentHighlightKind.Read,
    "text": types.DocumentHighlightKind.Text,
}


async def document_highlight(
    ls: EventlensServer, params: types.DocumentHighlightParams
) -> list[types.DocumentHighlight] | None:
    """Publishes are writes, subscriptions and handlers are reads."""
    place = await place_of(ls, params.text_document.uri, params.position, early=True)
    if place is None:
        return None
    index = place.convert.snapshot.index
    found = navigation.highlights(index, place.path, place.line, place.column, place.text)
    return [types.DocumentHighlight(place.convert.range(one.target), _KINDS[one.kind]) for one in found] or None
