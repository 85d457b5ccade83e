"""Quick fixes: offered with their titles, worked out when one is chosen (at once for clients that cannot ask later).

With them, for who asks for it, the action that makes all safe ones of a document.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from lsprotocol import types
from pygls.exceptions import JsonRpcContentModified

from eventlens.fixes.changes import NotFixable
from eventlens.ide import code_actions as ide_code_actions
from eventlens.ide.code_actions import Action
from eventlens.lsp.connection import EventlensServer
from eventlens.lsp.conversions import Conversions
from eventlens.lsp.edits import EditAbilities, workspace_edit
from eventlens.lsp.features import fix_all
from eventlens.lsp.features.places import file_of, is_edited
from eventlens.lsp.positions import ClientPosition


class _Wanted(NamedTuple):
    """What an action carries so that it can be found again."""

    uri: str
    finding: str
    fix: str
    key: str


async def code_action(ls: EventlensServer, params: types.CodeActionParams) -> list[types.CodeAction] | None:
    """What mends the findings on the lines of the range. The client's own copies of the diagnostics are not consulted:

    not every client sends their columns in the unit that was agreed on.
    """
    wants_quick, wants_all = _wants_quick_fixes(params.context.only), fix_all.is_wanted(params.context.only)
    found = await file_of(ls, params.text_document.uri, whole=True) if wants_quick or wants_all else None
    if found is None:
        return None
    convert, path = found
    made = await _quick_fixes(ls, convert, path, params) if wants_quick else []
    at_once = await fix_all.action(ls, convert, path) if wants_all else None
    return [*made, *([at_once] if at_once is not None else [])] or None


async def _quick_fixes(
    ls: EventlensServer, convert: Conversions, path: str, params: types.CodeActionParams
) -> list[types.CodeAction]:
    uri = params.text_document.uri
    first, last = (_line(ls, convert, uri, path, at) for at in (params.range.start, params.range.end))
    flow_map, fixes = convert.snapshot.analysis.flow_map, convert.snapshot.fixes
    if fixes is None:
        return []
    offered = await convert.session.ask(lambda: ide_code_actions.actions(flow_map, fixes, path, first, last))
    made = [_action(ls, convert, uri, one) for one in offered]
    if not _resolves_edits(ls.client_capabilities):
        made = [one for each in made if (one := await _possible(ls, convert, path, each)) is not None]
    return made


async def _possible(
    ls: EventlensServer, convert: Conversions, path: str, action: types.CodeAction
) -> types.CodeAction | None:
    try:
        return await _with_edit(ls, convert, path, action)
    except JsonRpcContentModified:
        return None


async def resolve(ls: EventlensServer, action: types.CodeAction) -> types.CodeAction:
    """The action with its edit; one that has its edit already is complete."""
    if action.edit is not None:
        return action
    wanted = _wanted(action.data)
    found = await file_of(ls, wanted.uri, whole=True)
    if found is None:
        raise JsonRpcContentModified("the document is not part of the workspace any more")
    convert, path = found
    return await _with_edit(ls, convert, path, action)


async def _with_edit(
    ls: EventlensServer, convert: Conversions, path: str, action: types.CodeAction
) -> types.CodeAction:
    """The action with its edit. Raises JsonRpcContentModified, with the reason, where there is none for the documents as they are."""
    wanted, snapshot = _wanted(action.data), convert.snapshot
    fixes = snapshot.fixes
    if fixes is None:
        raise JsonRpcContentModified("nothing has been analysed yet")
    try:
        changes = await convert.session.ask(
            lambda: ide_code_actions.changes(snapshot.analysis.flow_map, fixes, wanted.finding, wanted.fix, wanted.key)
        )
    except NotFixable as error:
        raise JsonRpcContentModified(f"this fix is not possible any more: {error}") from error
    abilities = EditAbilities(ls.client_capabilities)
    if not abilities.can_make(changes):
        raise JsonRpcContentModified("this editor cannot make new files")
    stale = next((change.path for change in changes if is_edited(ls, convert, change.path)), None)
    if stale is not None:
        raise JsonRpcContentModified(f"{stale} has been edited meanwhile")
    action.edit = workspace_edit(convert, abilities, path, changes)
    return action


def _action(ls: EventlensServer, convert: Conversions, uri: str, one: Action) -> types.CodeAction:
    return types.CodeAction(
        title=one.title,
        kind=types.CodeActionKind.QuickFix,
        diagnostics=[convert.diagnostic(one.finding, with_related=False, with_page=False)],
        is_preferred=one.preferred or None,
        data=_Wanted(uri, one.finding.id, one.fix, one.key)._asdict(),
    )


def _wanted(carried: Any) -> _Wanted:
    try:
        return _Wanted(**{name: str(carried[name]) for name in _Wanted._fields})
    except (TypeError, KeyError) as error:
        raise JsonRpcContentModified("the action is none that this server offered") from error


def _wants_quick_fixes(only: Sequence[types.CodeActionKind | str] | None) -> bool:
    return only is None or any(kind in ("", types.CodeActionKind.QuickFix) for kind in only)


def _resolves_edits(capabilities: types.ClientCapabilities) -> bool:
    document = capabilities.text_document
    able = document.code_action if document is not None else None
    resolve = able.resolve_support if able is not None else None
    return bool(able and able.data_support and resolve and "edit" in resolve.properties)


def _line(ls: EventlensServer, convert: Conversions, uri: str, path: str, at: types.Position) -> int:
    document = ls.documents.get(uri)
    text = document.source if document is not None else convert.snapshot.text(path)
    return text.to_map(ClientPosition(at.line, at.character), ls.encoding)[0]
