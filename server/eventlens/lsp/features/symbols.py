"""Symbols of a document and of the workspace."""

from __future__ import annotations

from collections.abc import Sequence

from lsprotocol import types

from eventlens.ide import symbols
from eventlens.lsp.connection import EventlensServer
from eventlens.lsp.conversions import Conversions
from eventlens.lsp.features.parts import Answer
from eventlens.lsp.features.places import file_of

_KINDS = {
    "channel": types.SymbolKind.Namespace,
    "event": types.SymbolKind.Event,
    "publish": types.SymbolKind.Function,
    "subscribe": types.SymbolKind.Method,
}


async def document_symbols(
    ls: EventlensServer, params: types.DocumentSymbolParams
) -> Sequence[types.DocumentSymbol] | Sequence[types.SymbolInformation] | None:
    """The sites of a file."""
    known = await file_of(ls, params.text_document.uri, early=True)
    if known is None:
        return None
    convert, path = known
    found = symbols.file_symbols(convert.snapshot.index, path)
    document = ls.client_capabilities.text_document
    able = document.document_symbol if document is not None else None
    if able and able.hierarchical_document_symbol_support:
        return [_document_symbol(convert, symbol) for symbol in found]
    return [_symbol_information(convert, symbol) for symbol in found]


async def workspace_symbols(ls: EventlensServer, params: types.WorkspaceSymbolParams) -> list[types.SymbolInformation]:
    """Channels, events and sites of all folders by name; in parts where the client takes parts."""
    answer: Answer[types.SymbolInformation] = Answer(ls, params.partial_result_token)
    for session in list(ls.sessions):
        snapshot = await session.latest()
        if snapshot is not None:
            convert = Conversions(session, snapshot, ls.encoding)
            found = symbols.workspace_symbols(snapshot.index, params.query)
            await answer.add(_symbol_information(convert, symbol) for symbol in found)
    return answer.end()


def _document_symbol(convert: Conversions, symbol: symbols.Symbol) -> types.DocumentSymbol:
    around, place = convert.range(symbol.around), convert.range(symbol.target)
    return types.DocumentSymbol(symbol.name, _KINDS[symbol.kind], around, place, symbol.container)


def _symbol_information(convert: Conversions, symbol: symbols.Symbol) -> types.SymbolInformation:
    return types.SymbolInformation(
        location=convert.location(symbol.target),
        name=symbol.name,
        kind=_KINDS[symbol.kind],
        container_name=symbol.container,
    )
