"""Find references: everything that touches a channel."""

from __future__ import annotations

from lsprotocol import types

from eventlens.ide import navigation
from eventlens.lsp.connection import EventlensServer
from eventlens.lsp.features.parts import Answer
from eventlens.lsp.features.places import place_of


async def references(ls: EventlensServer, params: types.ReferenceParams) -> list[types.Location] | None:
    """Everything that touches the channel; in parts where the client takes parts."""
    place = await place_of(ls, params.text_document.uri, params.position, early=True)
    if place is None:
        return None
    found = navigation.references(
        place.convert.snapshot.index,
        place.path,
        place.line,
        place.column,
        params.context.include_declaration,
        place.text,
    )
    if place.convert.snapshot.is_early:
        ls.tell_of_reading()
    answer: Answer[types.Location] = Answer(ls, params.partial_result_token)
    await answer.add(map(place.convert.location, found))
    return answer.end() or None
