"""What several features share: the place that a request is about, and jumps to other places."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, NamedTuple, TypeAlias

from lsprotocol import types

from eventlens.ide.index import FlowIndex
from eventlens.ide.navigation import Jump
from eventlens.lsp.connection import EventlensServer
from eventlens.lsp.conversions import Conversions
from eventlens.lsp.positions import ClientPosition
from eventlens.lsp.session import IN_PASSING, NEXT_ANSWER

Links: TypeAlias = list[types.Location] | list[types.LocationLink]


class RequestPlace(NamedTuple):
    """Where a request is about: 1-based line and code-point column of ``path``, and the text of that line."""

    convert: Conversions
    path: str
    line: int
    column: int
    text: str


async def file_of(
    ls: EventlensServer, uri: str, whole: bool = False, early: bool = False, patience: float = NEXT_ANSWER
) -> tuple[Conversions, str] | None:
    """The latest snapshot of the folder that holds a document, and the document's path in it.

    ``whole``, ``early`` and ``patience`` are as for `Session.latest`.
    """
    found = ls.session_of(uri)
    if found is None:
        return None
    session, path = found
    snapshot = await session.latest(whole, early, patience)
    if snapshot is not None and snapshot.is_early and path not in snapshot.renewed:  # only other files are known yet
        snapshot = await session.latest(whole) if patience >= NEXT_ANSWER else None
    return (Conversions(session, snapshot, ls.encoding), path) if snapshot is not None else None


async def place_in_passing(ls: EventlensServer, uri: str, position: types.Position) -> RequestPlace | None:
    """As `place_of`, for an answer that is worth little when it is late: the analysis before the latest edit will do, where the line
    was the same then."""
    place = await place_of(ls, uri, position, early=True, patience=IN_PASSING)
    if place is None or not is_edited(ls, place.convert, place.path):
        return place
    analysed = place.convert.snapshot.text(place.path)
    return place if analysed.line(position.line) == place.text else await place_of(ls, uri, position, early=True)


async def place_of(
    ls: EventlensServer,
    uri: str,
    position: types.Position,
    whole: bool = False,
    early: bool = False,
    patience: float = NEXT_ANSWER,
) -> RequestPlace | None:
    """The place of a position in a document; None outside the folders and before the first analysis."""
    document = ls.documents.get(uri)
    known = await file_of(ls, uri, whole, early, patience)
    if known is None:
        return None
    convert, path = known
    # The position was taken in the text that the client had when it asked.
    text = document.source if document is not None else convert.snapshot.text(path)
    line, column = text.to_map(ClientPosition(position.line, position.character), ls.encoding)
    return RequestPlace(convert, path, line, column, text.line(position.line))


def is_edited(ls: EventlensServer, convert: Conversions, path: str) -> bool:
    """Whether the client holds another text of a file than the one that was analysed."""
    document = ls.documents.get(convert.session.uri_of(path))
    return (document.version if document is not None else None) != convert.snapshot.version(path)


def links(convert: Conversions, jump: Jump, with_origin: bool) -> Links | None:
    """Where a jump leads, with its origin where the client can show that; None for nowhere."""
    if not jump.targets:
        return None
    if with_origin:
        return [convert.link(jump.origin, target.at, target.around) for target in jump.targets]
    return [convert.location(target.at) for target in jump.targets]


def jump_of(
    jump: Callable[[FlowIndex, str, int, int, str], Jump], capability: str
) -> Callable[[EventlensServer, types.TextDocumentPositionParams], Coroutine[Any, Any, Links | None]]:
    """The handler of a request that leads elsewhere. ``capability`` is where the client says whether it can show origins."""

    async def handler(ls: EventlensServer, params: types.TextDocumentPositionParams) -> Links | None:
        place = await place_of(ls, params.text_document.uri, params.position, early=True)
        if place is None:
            return None
        found = jump(place.convert.snapshot.index, place.path, place.line, place.column, place.text)
        if not found.targets and place.convert.snapshot.is_early:
            ls.tell_of_reading()
        able = getattr(ls.client_capabilities.text_document, capability, None)
        return links(place.convert, found, bool(able and able.link_support))

    return handler
