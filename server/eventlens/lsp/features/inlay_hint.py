"""Inlay hints: channels behind constants, guarantees behind consumers, the ends of the channels that configuration names."""

from __future__ import annotations

from lsprotocol import types

from eventlens.ide import hints
from eventlens.lsp.connection import EventlensServer
from eventlens.lsp.features.places import file_of

_TOOLTIPS = {
    "channel": "The channel that this stands for",
    "guarantee": "How messages are delivered to this consumer",
    "ends": "Who sends to the channel of this line, and who consumes from it",
}


async def inlay_hint(ls: EventlensServer, params: types.InlayHintParams) -> list[types.InlayHint] | None:
    """The hints on the lines of the range: those of the code that was read, which the map of an earlier session is without."""
    is_asked_again = ls.can_ask_again("inlay_hint")
    known = await file_of(ls, params.text_document.uri, early=is_asked_again)
    if known is not None and not known[0].snapshot.has_code and not is_asked_again:
        known = await file_of(ls, params.text_document.uri, whole=True)
    if known is None:
        return None
    convert, path = known
    first, last = params.range.start.line + 1, params.range.end.line + 1
    text = convert.snapshot.text(path)
    return [
        types.InlayHint(
            position=types.Position(*text.of_map(hint.line, hint.column, ls.encoding)),
            label=hint.text,
            tooltip=_TOOLTIPS[hint.kind],
            padding_left=True,
        )
        for hint in hints.hints(convert.snapshot.index, path, first, last)
    ] or None
