"""Requests about a place, a file or the workspace, answered from the latest snapshot."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from lsprotocol import types

from eventlens.ide import hover as ide_hover
from eventlens.ide import lenses, navigation, symbols
from eventlens.ide.places import Target
from eventlens.lsp.connection import EventlensServer
from eventlens.lsp.conversions import Conversions
from eventlens.lsp.positions import ClientPosition

SHOW_ENDS = "eventlens.showEnds"
"""The command behind a code lens: go to the other end of the flow."""

_KINDS = {
    "channel": types.SymbolKind.Namespace,
    "event": types.SymbolKind.Event,
    "publish": types.SymbolKind.Function,
    "subscribe": types.SymbolKind.Method,
}
_Links = list[types.Location] | list[types.LocationLink]


class _Place(NamedTuple):
    """Where a request is about: 1-based line and code-point column of ``path``."""

    convert: Conversions
    path: str
    line: int
    column: int


async def hover(ls: EventlensServer, params: types.HoverParams) -> types.Hover | None:
    """What stands here."""
    place = await _place(ls, params.text_document.uri, params.position)
    if place is None:
        return None

    def link(file: str, line: int) -> str:
        return f"{place.convert.session.uri_of(file)}#L{line}"

    found = ide_hover.hover(place.convert.snapshot.index, place.path, place.line, place.column, link)
    if found is None:
        return None
    return types.Hover(
        types.MarkupContent(_hover_kind(ls), found.markdown),
        place.convert.range(found.target) if found.target is not None else None,
    )


async def definition(ls: EventlensServer, params: types.DefinitionParams) -> _Links | None:
    """The other end of the flow."""
    place = await _place(ls, params.text_document.uri, params.position)
    if place is None:
        return None
    jump = navigation.definition(place.convert.snapshot.index, place.path, place.line, place.column)
    document = ls.client_capabilities.text_document
    able = document.definition if document is not None else None
    return _links(place.convert, jump, bool(able and able.link_support))


async def declaration(ls: EventlensServer, params: types.DeclarationParams) -> _Links | None:
    """Where the channel is declared."""
    place = await _place(ls, params.text_document.uri, params.position)
    if place is None:
        return None
    jump = navigation.declaration(place.convert.snapshot.index, place.path, place.line, place.column)
    document = ls.client_capabilities.text_document
    able = document.declaration if document is not None else None
    return _links(place.convert, jump, bool(able and able.link_support))


async def references(ls: EventlensServer, params: types.ReferenceParams) -> list[types.Location] | None:
    """Everything that touches the channel."""
    place = await _place(ls, params.text_document.uri, params.position)
    if place is None:
        return None
    found = navigation.references(
        place.convert.snapshot.index, place.path, place.line, place.column, params.context.include_declaration
    )
    return [place.convert.location(target) for target in found] or None


async def document_symbols(
    ls: EventlensServer, params: types.DocumentSymbolParams
) -> Sequence[types.DocumentSymbol] | Sequence[types.SymbolInformation] | None:
    """The sites of a file."""
    known = await _file(ls, params.text_document.uri)
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
    """Channels, events and sites of all folders by name."""
    found: list[types.SymbolInformation] = []
    for session in list(ls.sessions):
        snapshot = await session.latest()
        if snapshot is not None:
            convert = Conversions(session, snapshot, ls.encoding)
            found += [
                _symbol_information(convert, symbol)
                for symbol in symbols.workspace_symbols(snapshot.index, params.query)
            ]
    return found


async def code_lenses(ls: EventlensServer, params: types.CodeLensParams) -> list[types.CodeLens] | None:
    """Who is at the other end, above each site."""
    known = await _file(ls, params.text_document.uri)
    if known is None or not ls.settings.code_lens:
        return None
    convert, path = known
    return [_code_lens(convert, params.text_document.uri, lens) for lens in lenses.lenses(convert.snapshot.index, path)]


async def show_ends(ls: EventlensServer, uri: str, line: int, character: int) -> None:
    """Go to the other end of the flow at a 0-based position in the client's units; ask which when there are several."""
    place = await _place(ls, uri, types.Position(line, character))
    if place is None:
        return
    targets = navigation.definition(place.convert.snapshot.index, place.path, place.line, place.column).targets
    chosen = targets[0] if len(targets) == 1 else await _choice(ls, targets)
    window = ls.client_capabilities.window
    if chosen is not None and window is not None and window.show_document is not None and window.show_document.support:
        shown = types.ShowDocumentParams(
            place.convert.session.uri_of(chosen.file), take_focus=True, selection=place.convert.range(chosen)
        )
        await ls.window_show_document_async(shown)


async def _choice(ls: EventlensServer, targets: list[Target]) -> Target | None:
    if not targets:
        ls.window_show_message(types.ShowMessageParams(types.MessageType.Info, "No other end in this workspace."))
        return None
    by_title = {f"{target.file}:{target.line}": target for target in targets}
    actions = [types.MessageActionItem(title) for title in by_title]
    answer = await ls.window_show_message_request_async(
        types.ShowMessageRequestParams(types.MessageType.Info, "Which end of the flow?", actions)
    )
    return by_title.get(answer.title) if answer is not None else None


# ---------------------------------------------------------------------------------------------------------- shared


async def _file(ls: EventlensServer, uri: str) -> tuple[Conversions, str] | None:
    """The latest snapshot of the folder that holds a document, and the document's path in it."""
    found = ls.session_of(uri)
    if found is None:
        return None
    session, path = found
    snapshot = await session.latest()
    return (Conversions(session, snapshot, ls.encoding), path) if snapshot is not None else None


async def _place(ls: EventlensServer, uri: str, position: types.Position) -> _Place | None:
    document = ls.documents.get(uri)
    known = await _file(ls, uri)
    if known is None:
        return None
    convert, path = known
    # The position was taken in the text that the client had when it asked.
    text = document.source if document is not None else convert.snapshot.text(path)
    return _Place(convert, path, *text.to_map(ClientPosition(position.line, position.character), ls.encoding))


def _hover_kind(ls: EventlensServer) -> types.MarkupKind:
    document = ls.client_capabilities.text_document
    able = document.hover if document is not None else None
    formats = able.content_format if able is not None else None
    return (
        types.MarkupKind.PlainText
        if formats and types.MarkupKind.Markdown not in formats
        else types.MarkupKind.Markdown
    )


def _links(convert: Conversions, jump: navigation.Jump, with_origin: bool) -> _Links | None:
    if not jump.targets:
        return None
    if with_origin:
        return [convert.link(jump.origin, target) for target in jump.targets]
    return [convert.location(target) for target in jump.targets]


def _document_symbol(convert: Conversions, symbol: symbols.Symbol) -> types.DocumentSymbol:
    place = convert.range(symbol.target)
    return types.DocumentSymbol(symbol.name, _KINDS[symbol.kind], place, place, symbol.container)


def _symbol_information(convert: Conversions, symbol: symbols.Symbol) -> types.SymbolInformation:
    return types.SymbolInformation(
        location=convert.location(symbol.target),
        name=symbol.name,
        kind=_KINDS[symbol.kind],
        container_name=symbol.container,
    )


def _code_lens(convert: Conversions, uri: str, lens: lenses.Lens) -> types.CodeLens:
    place = convert.range(lens.target)
    return types.CodeLens(
        place, types.Command(lens.text, SHOW_ENDS, arguments=[uri, place.start.line, place.start.character])
    )
