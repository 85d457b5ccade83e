"""What several features share: the place that a request is about, and the links that answers are made of."""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

from lsprotocol import types

from eventlens.ide.navigation import Jump
from eventlens.lsp.connection import EventlensServer
from eventlens.lsp.conversions import Conversions
from eventlens.lsp.positions import ClientPosition

Links: TypeAlias = list[types.Location] | list[types.LocationLink]


class RequestPlace(NamedTuple):
    """Where a request is about: 1-based line and code-point column of ``path``."""

    convert: Conversions
    path: str
    line: int
    column: int


async def file_of(ls: EventlensServer, uri: str) -> tuple[Conversions, str] | None:
    """The latest snapshot of the folder that holds a document, and the document's path in it."""
    found = ls.session_of(uri)
    if found is None:
        return None
    session, path = found
    snapshot = await session.latest()
    return (Conversions(session, snapshot, ls.encoding), path) if snapshot is not None else None


async def place_of(ls: EventlensServer, uri: str, position: types.Position) -> RequestPlace | None:
    """The place of a position in a document; None outside the folders and before the first analysis."""
    document = ls.documents.get(uri)
    known = await file_of(ls, uri)
    if known is None:
        return None
    convert, path = known
    # The position was taken in the text that the client had when it asked.
    text = document.source if document is not None else convert.snapshot.text(path)
    return RequestPlace(convert, path, *text.to_map(ClientPosition(position.line, position.character), ls.encoding))


def links(convert: Conversions, jump: Jump, with_origin: bool) -> Links | None:
    """Where a jump leads, with its origin where the client can show that; None for nowhere."""
    if not jump.targets:
        return None
    if with_origin:
        return [convert.link(jump.origin, target) for target in jump.targets]
    return [convert.location(target) for target in jump.targets]
