"""Rename a channel or an event wherever its name is written. The edit is given only where a whole analysis shows that nothing else changes."""

from __future__ import annotations

from typing import NamedTuple

from lsprotocol import types
from pygls.exceptions import JsonRpcException, JsonRpcRequestCancelled

from eventlens.fixes.changes import FileEdit
from eventlens.flow.graph import FlowGraph
from eventlens.ide.renaming.at_place import renamings_at
from eventlens.ide.renaming.edits import edited
from eventlens.ide.renaming.new_names import require_free
from eventlens.ide.renaming.proof import difference
from eventlens.ide.renaming.refusals import NotRenamable
from eventlens.ide.renaming.renamings import Renaming
from eventlens.ide.renaming.spelt import Spelt
from eventlens.lsp.connection import EventlensServer
from eventlens.lsp.edits import EditAbilities, rename_edit
from eventlens.lsp.features.places import RequestPlace, is_edited, place_of
from eventlens.lsp.progress import RequestProgress
from eventlens.progress import Progress, Superseded
from eventlens.syntax.grammars import language_of


class _Refused(JsonRpcException):
    CODE = types.LSPErrorCodes.RequestFailed
    MESSAGE = "the name cannot be changed"


class _Here(NamedTuple):
    """What is renamed, and the place of its name under the cursor."""

    renaming: Renaming
    spelt: Spelt


async def prepare(ls: EventlensServer, params: types.PrepareRenameParams) -> types.PrepareRenamePlaceholder | None:
    """The name of a channel or event under the cursor; nothing for what is no such name, so that other servers are asked."""
    place = await place_of(ls, params.text_document.uri, params.position, whole=True)
    here = await _here(place) if place is not None else None
    if place is None or here is None:
        return None
    return types.PrepareRenamePlaceholder(_range(place, here.spelt), here.renaming.name)


async def rename(ls: EventlensServer, params: types.RenameParams) -> types.WorkspaceEdit | None:
    """The edits in all files."""
    place = await place_of(ls, params.text_document.uri, params.position, whole=True)
    here = await _here(place) if place is not None else None
    if place is None or here is None:
        return None
    convert, new = place.convert, params.new_name
    if new == here.renaming.name:
        return None
    changes = await _asked(ls, place, here.renaming, params)
    for change in changes:
        if is_edited(ls, convert, change.path):
            raise _Refused(f"{change.path} has been edited meanwhile; ask again")
    inputs = convert.snapshot.analysis.inputs
    service_of = inputs.services.name_of if inputs is not None else lambda path: None

    def reason(path: str) -> str:
        if language_of(path) is None:
            return "Configuration"
        return "Another service" if service_of(path) != service_of(place.path) else ""

    return rename_edit(convert, EditAbilities(ls.client_capabilities), changes, reason)


async def _asked(
    ls: EventlensServer, place: RequestPlace, renaming: Renaming, params: types.RenameParams
) -> list[FileEdit]:
    """The proven edits, with progress where the client wants it; the work stops when the request is cancelled."""
    progress = RequestProgress(ls, params.work_done_token, f"Renaming {renaming.name}")
    try:
        return await place.convert.session.ask(lambda: _proven(ls, place, renaming, params.new_name, progress.report))
    except NotRenamable as error:
        raise _Refused(str(error)) from error
    except Superseded as error:
        raise JsonRpcRequestCancelled from error
    finally:
        progress.end()


async def _here(place: RequestPlace) -> _Here | None:
    checks = place.convert.snapshot.analysis.checks
    if checks is None:
        return None
    graph = checks.graph
    try:
        return await place.convert.session.ask(lambda: _found(place, graph))
    except NotRenamable as error:
        raise _Refused(str(error)) from error


def _found(place: RequestPlace, graph: FlowGraph) -> _Here | None:
    """The channel's or event's name at a place. Raises NotRenamable where there is one that cannot be renamed."""
    refused: list[NotRenamable] = []
    for one in renamings_at(place.convert.snapshot.index, graph, place.path, place.line, place.column, place.text):
        if isinstance(one, NotRenamable):
            refused.append(one)
            continue
        here = next((spelt for spelt in one.spelt if spelt.path == place.path and _is_at(place, spelt)), None)
        if here is not None:
            return _Here(one, here)
    if refused:
        raise refused[0]
    return None


def _proven(
    ls: EventlensServer, place: RequestPlace, renaming: Renaming, new: str, progress: Progress
) -> list[FileEdit]:
    """The edits, once all files as they would be are analysed. Raises NotRenamable where anything else would change, and where an edit cannot be."""
    snapshot = place.convert.snapshot
    before = snapshot.analysis.flow_map
    require_free(before, renaming, new)
    changes, workspace = edited(snapshot.workspace, renaming, new)
    told = difference(before, ls.engine.charted(workspace, progress), renaming, new)
    if told:
        raise NotRenamable(f"`{renaming.name}` cannot become `{new}`: {told}")
    return changes


def _range(place: RequestPlace, spelt: Spelt) -> types.Range:
    source, text = place.convert.snapshot.source(spelt.path), place.convert.snapshot.text(spelt.path)
    ends = [len(source[:byte].removeprefix(b"\xef\xbb\xbf").decode("utf-8", "replace")) for byte in spelt[1:3]]
    start, end = (types.Position(*text.position(offset, place.convert.encoding)) for offset in ends)
    return types.Range(start, end)


def _is_at(place: RequestPlace, spelt: Spelt) -> bool:
    at = _range(place, spelt)
    text = place.convert.snapshot.text(place.path)
    asked = types.Position(*text.of_map(place.line, place.column, place.convert.encoding))
    return at.start <= asked <= at.end
