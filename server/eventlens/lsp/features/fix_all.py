"""The source action that mends a document's findings all at once: for who asks for it, as editors do when a file is saved."""

from __future__ import annotations

from collections.abc import Sequence

from lsprotocol import types

from eventlens.fixes.changes import FileEdit
from eventlens.ide import fix_all as ide_fix_all
from eventlens.lsp.connection import EventlensServer
from eventlens.lsp.conversions import Conversions
from eventlens.lsp.edits import EditAbilities, workspace_edit
from eventlens.lsp.features.places import is_edited
from eventlens.lsp.features.registry import FIX_ALL


def is_wanted(only: Sequence[types.CodeActionKind | str] | None) -> bool:
    """Whether the client asks for it by name, or for a kind that it is one of; asking for everything is no wish for it."""
    return any(kind == FIX_ALL or FIX_ALL.startswith(f"{kind}.") for kind in map(_value, only or ()))


async def action(ls: EventlensServer, convert: Conversions, path: str) -> types.CodeAction | None:
    """The action with its edit; None where nothing is to be mended, or the document is not any more what was analysed."""
    flow_map, fixes = convert.snapshot.analysis.flow_map, convert.snapshot.fixes
    if fixes is None or is_edited(ls, convert, path):
        return None
    edits = await convert.session.ask(lambda: ide_fix_all.fix_all(flow_map, fixes, path))
    if not edits or is_edited(ls, convert, path):
        return None
    edit = workspace_edit(convert, EditAbilities(ls.client_capabilities), path, [FileEdit(path, edits)])
    return types.CodeAction("Mend what Eventlens can mend safely", kind=FIX_ALL, edit=edit)


def _value(kind: types.CodeActionKind | str) -> str:
    return kind.value if isinstance(kind, types.CodeActionKind) else kind
