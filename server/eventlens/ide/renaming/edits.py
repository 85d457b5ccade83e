"""The edits of a rename, and the workspace as they make it."""

from __future__ import annotations

from typing import NamedTuple

from eventlens.fixes.changes import Edit, FileEdit, apply_edits
from eventlens.ide.renaming.refusals import NotRenamable
from eventlens.ide.renaming.renamings import Renaming
from eventlens.ide.renaming.spelling import spells, written
from eventlens.ide.renaming.spelt import Spelt
from eventlens.workspace.snapshot import Workspace


class Edited(NamedTuple):
    """``workspace`` has the texts that the ``changes`` make."""

    changes: list[FileEdit]
    workspace: Workspace


def edited(workspace: Workspace, renaming: Renaming, new: str) -> Edited:
    """The new name at all places. Raises NotRenamable where one of them cannot spell it, or does not spell the old name."""
    edits: dict[str, list[Edit]] = {}
    for spelt in renaming.spelt:
        if not _spells_old(workspace, spelt, renaming.name):
            raise NotRenamable(f"{spelt.path} does not spell {renaming.name} where it did")
        edits.setdefault(spelt.path, []).append(Edit(spelt.start, spelt.end, written(spelt, new)))
    changes = [FileEdit(path, tuple(some)) for path, some in edits.items()]
    texts: dict[str, bytes | None] = {one.path: apply_edits(workspace.text(one.path), one.edits) for one in changes}
    return Edited(changes, workspace.with_overlays(texts))


def _spells_old(workspace: Workspace, spelt: Spelt, name: str) -> bool:
    try:
        return spells(spelt, workspace.text(spelt.path), name)
    except (KeyError, OSError):  # the file is gone
        return False
