"""Code lenses, and the command behind them."""

from __future__ import annotations

from lsprotocol import types
from pygls.exceptions import JsonRpcInvalidParams

from eventlens.ide import lenses
from eventlens.ide.places import Target
from eventlens.lsp.connection import EventlensServer
from eventlens.lsp.conversions import Conversions
from eventlens.lsp.features.places import file_of, place_of
from eventlens.lsp.features.registry import LENS_COMMANDS

_NOTHING: dict[lenses.Kind, str] = {
    "ends": "No other end in this workspace.",
    "cycle": "No other site of the cycle in this workspace.",
    "dead-letters": "Nothing in this workspace reads the failed messages.",
}


async def code_lenses(ls: EventlensServer, params: types.CodeLensParams) -> list[types.CodeLens] | None:
    """Who is at the other end, above each site."""
    known = await file_of(ls, params.text_document.uri, early=ls.can_ask_again("code_lens"))
    if known is None:
        return None
    convert, path = known
    return [_code_lens(convert, params.text_document.uri, lens) for lens in lenses.lenses(convert.snapshot.index, path)]


async def show(
    ls: EventlensServer, kind: lenses.Kind, uri: str, line: int, character: int
) -> list[types.Location] | None:
    """Go where a lens leads that stands at a 0-based position in the client's units; ask which end when there are several.

    To a client that shows such places itself they are the answer; that there are none is said by a message, as is the place
    to a client that cannot go there.
    """
    try:
        position = types.Position(line, character)
    except ValueError as error:
        raise JsonRpcInvalidParams(str(error)) from error
    place = await place_of(ls, uri, position)
    if place is None:
        return None
    convert = place.convert
    targets = lenses.ends_of(convert.snapshot.index, place.path, place.line, place.column, kind)
    if ls.wishes.peek and targets:
        return [types.Location(convert.session.uri_of(one.file), convert.range(one)) for one in targets]
    chosen = targets[0] if len(targets) == 1 else await _choice(ls, targets, kind)
    window = ls.client_capabilities.window
    able = window.show_document if window is not None else None
    if chosen is None:
        return None
    if able is None or not able.support:
        ls.window_show_message(types.ShowMessageParams(types.MessageType.Info, _named(chosen)))
        return None
    shown = types.ShowDocumentParams(
        convert.session.uri_of(chosen.file), take_focus=True, selection=convert.range(chosen)
    )
    await ls.window_show_document_async(shown)
    return None


async def _choice(ls: EventlensServer, targets: list[Target], kind: lenses.Kind) -> Target | None:
    if not targets:
        ls.window_show_message(types.ShowMessageParams(types.MessageType.Info, _NOTHING[kind]))
        return None
    by_title = {_named(target): target for target in targets}
    actions = [types.MessageActionItem(title) for title in by_title]
    answer = await ls.window_show_message_request_async(
        types.ShowMessageRequestParams(types.MessageType.Info, "Which end of the flow?", actions)
    )
    return by_title.get(answer.title) if answer is not None else None


def _named(target: Target) -> str:
    return f"{target.file}:{target.line}"


def _code_lens(convert: Conversions, uri: str, lens: lenses.Lens) -> types.CodeLens:
    place = convert.range(lens.target)
    return types.CodeLens(
        place,
        types.Command(lens.text, LENS_COMMANDS[lens.kind], arguments=[uri, place.start.line, place.start.character]),
    )
