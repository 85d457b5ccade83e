"""Completion of channel names, event names and message fields."""

from __future__ import annotations

from lsprotocol import types

from eventlens.ide.completion import Suggestion, Typing, suggestions
from eventlens.lsp.connection import EventlensServer
from eventlens.lsp.positions import ClientPosition, SourceText

_KINDS = {
    "channel": types.CompletionItemKind.Value,
    "event": types.CompletionItemKind.Event,
    "field": types.CompletionItemKind.Field,
}


async def completion(ls: EventlensServer, params: types.CompletionParams) -> types.CompletionList | None:
    """What fits at the place in the document's present text; the list is complete."""
    uri, position = params.text_document.uri, params.position
    document, known = ls.documents.get(uri), ls.session_of(uri)
    if document is None or known is None:
        return None
    session, path = known
    snapshot = session.readable(path) or await session.latest()
    if snapshot is None:
        return None
    source = document.source
    offset = source.offset(ClientPosition(position.line, position.character), ls.encoding)
    inputs = snapshot.analysis.inputs
    grown = source.line_count - snapshot.text(path).line_count
    typing = Typing(path, source.text, offset, position.line + 1, grown)
    found = suggestions(snapshot.index, inputs.catalogue if inputs is not None else None, typing)
    items = [_item(ls, source, one, order) for order, one in enumerate(found)]
    return types.CompletionList(is_incomplete=False, items=items) if items else None


def _item(ls: EventlensServer, source: SourceText, one: Suggestion, order: int) -> types.CompletionItem:
    begin, end = (types.Position(*source.position(at, ls.encoding)) for at in (one.begin, one.end))
    return types.CompletionItem(
        label=one.name,
        kind=_KINDS[one.kind],
        detail=one.detail,
        sort_text=f"{order:04}",
        text_edit=types.TextEdit(types.Range(begin, end), one.name),
    )
