"""Go to declaration: where a channel is declared."""

from __future__ import annotations

from lsprotocol import types

from eventlens.ide import navigation
from eventlens.lsp.connection import EventlensServer
from eventlens.lsp.features.places import Links, links, place_of


async def declaration(ls: EventlensServer, params: types.DeclarationParams) -> Links | None:
    """Where the channel is declared."""
    place = await place_of(ls, params.text_document.uri, params.position)
    if place is None:
        return None
    jump = navigation.declaration(place.convert.snapshot.index, place.path, place.line, place.column)
    document = ls.client_capabilities.text_document
    able = document.declaration if document is not None else None
    return links(place.convert, jump, bool(able and able.link_support))


FEATURES = ((types.TEXT_DOCUMENT_DECLARATION, declaration, None),)
