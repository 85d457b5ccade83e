"""Call hierarchy across the broker."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from lsprotocol import types

from eventlens.ide.call_hierarchy import CallHierarchy, Item
from eventlens.lsp.connection import EventlensServer
from eventlens.lsp.conversions import Conversions
from eventlens.lsp.features.places import file_of, place_of

_KINDS = {
    "function": types.SymbolKind.Function,
    "publish": types.SymbolKind.Event,
    "subscribe": types.SymbolKind.Event,
    "registration": types.SymbolKind.Interface,
}
_Answer = TypeVar("_Answer")


async def prepare(
    ls: EventlensServer, params: types.CallHierarchyPrepareParams
) -> list[types.CallHierarchyItem] | None:
    """The steps at a place."""
    place = await place_of(ls, params.text_document.uri, params.position, whole=True)
    if place is None:
        return None
    convert = place.convert
    found = await _asked(convert, lambda hierarchy: hierarchy.at(place.path, place.line, place.column))
    return [_item(convert, item) for item in found or ()] or None


async def incoming(
    ls: EventlensServer, params: types.CallHierarchyIncomingCallsParams
) -> list[types.CallHierarchyIncomingCall] | None:
    """What calls a step."""
    known = await file_of(ls, params.item.uri, whole=True)
    if known is None:
        return None
    convert, key = known[0], _key(params.item.data)
    found = await _asked(convert, lambda hierarchy: hierarchy.incoming(key))
    return [
        types.CallHierarchyIncomingCall(_item(convert, step.item), [convert.range(call) for call in step.calls])
        for step in found or ()
    ]


async def outgoing(
    ls: EventlensServer, params: types.CallHierarchyOutgoingCallsParams
) -> list[types.CallHierarchyOutgoingCall] | None:
    """What a step calls."""
    known = await file_of(ls, params.item.uri, whole=True)
    if known is None:
        return None
    convert, key = known[0], _key(params.item.data)
    found = await _asked(convert, lambda hierarchy: hierarchy.outgoing(key))
    return [
        types.CallHierarchyOutgoingCall(_item(convert, step.item), [convert.range(call) for call in step.calls])
        for step in found or ()
    ]


async def _asked(convert: Conversions, question: Callable[[CallHierarchy], _Answer]) -> _Answer | None:
    """The answer of the analysis, worked out where analyses are; None where nothing was analysed."""
    snapshot = convert.snapshot
    checks = snapshot.analysis.checks
    if checks is None:
        return None
    return await convert.session.ask(lambda: question(CallHierarchy(snapshot.index, checks.graph)))


def _item(convert: Conversions, item: Item) -> types.CallHierarchyItem:
    return types.CallHierarchyItem(
        name=item.name,
        kind=_KINDS[item.kind],
        detail=item.detail,
        uri=convert.session.uri_of(item.at.file),
        range=convert.range(item.around),
        selection_range=convert.range(item.at),
        data={"key": item.key},
    )


def _key(carried: Any) -> str:
    """What an item carries; "" for an item that this server did not make."""
    return str(carried.get("key", "")) if isinstance(carried, dict) else ""
