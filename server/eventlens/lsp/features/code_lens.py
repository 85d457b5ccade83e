"""Code lenses, and the command behind them."""

from __future__ import annotations

from lsprotocol import types

from eventlens.ide import lenses, navigation
from eventlens.ide.places import Target
from eventlens.lsp.connection import EventlensServer
from eventlens.lsp.conversions import Conversions
from eventlens.lsp.features.places import file_of, place_of

SHOW_ENDS = "eventlens.showEnds"
"""Go to the other end of the flow."""


async def code_lenses(ls: EventlensServer, params: types.CodeLensParams) -> list[types.CodeLens] | None:
    """Who is at the other end, above each site."""
    known = await file_of(ls, params.text_document.uri)
    if known is None or not ls.settings.code_lens:
        return None
    convert, path = known
    return [_code_lens(convert, params.text_document.uri, lens) for lens in lenses.lenses(convert.snapshot.index, path)]


async def show_ends(ls: EventlensServer, uri: str, line: int, character: int) -> None:
    """Go to the other end of the flow at a 0-based position in the client's units; ask which when there are several."""
    place = await place_of(ls, uri, types.Position(line, character))
    if place is None:
        return
    jump = navigation.definition(place.convert.snapshot.index, place.path, place.line, place.column, place.text)
    targets = [landing.at for landing in jump.targets]
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


def _code_lens(convert: Conversions, uri: str, lens: lenses.Lens) -> types.CodeLens:
    place = convert.range(lens.target)
    return types.CodeLens(
        place, types.Command(lens.text, SHOW_ENDS, arguments=[uri, place.start.line, place.start.character])
    )


FEATURES = ((types.TEXT_DOCUMENT_CODE_LENS, code_lenses, types.CodeLensOptions(resolve_provider=False)),)
COMMANDS = ((SHOW_ENDS, show_ends),)
