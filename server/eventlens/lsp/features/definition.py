"""Go to definition: the other end of a flow."""

from __future__ import annotations

from lsprotocol import types

from eventlens.ide import navigation
from eventlens.lsp.connection import EventlensServer
from eventlens.lsp.features.places import Links, links, place_of


async def definition(ls: EventlensServer, params: types.DefinitionParams) -> Links | None:
    """The other end of the flow."""
    place = await place_of(ls, params.text_document.uri, params.position)
    if place is None:
        return None
    jump = navigation.definition(place.convert.snapshot.index, place.path, place.line, place.column)
    document = ls.client_capabilities.text_document
    able = document.definition if document is not None else None
    return links(place.convert, jump, bool(able and able.link_support))


FEATURES = ((types.TEXT_DOCUMENT_DEFINITION, definition, None),)
