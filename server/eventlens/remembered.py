"""Finished flow maps of earlier runs: an unchanged workspace is answered without reading its files.

May import `config`, `knowledge`, `workspace` and the modules of settings. Invariant: a map is given only for the very state
that it was made of: the same files, settings, library models and program.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import msgspec

from eventlens.config.settings import Settings
from eventlens.knowledge.model_files import workspace_model_files
from eventlens.workspace.git_history import Base
from eventlens.workspace.reading import read_regular
from eventlens.workspace.snapshot import Workspace

_KIND = "map-1:"
_LARGEST_MODEL = 1_000_000
"""Bytes. A larger file is no model."""


class MapMemory:
    """The remembered map of a workspace as it is now, compared with a commit. ``workspace`` may have been opened without literals."""

    def __init__(self, workspace: Workspace, settings: Settings, base: Base | None) -> None:
        self._workspace = workspace
        compared = f"{base.commit} {base.name}" if base is not None else ""
        self.key = _KIND + workspace.fingerprint(
            compared, msgspec.json.encode(settings).decode(), *_models(workspace.root, settings)
        )
        """Names that state."""

    def recall(self) -> bytes | None:
        """What `keep` was given in this very state: the map's JSON."""
        return self._workspace.get_blob(self.key)

    def keep(self, map_json: bytes) -> None:
        """Remember a finished map, unless a file may still have changed unseen since the workspace was opened."""
        if self._workspace.is_settled:
            self._workspace.put_blob(self.key, map_json)


def _models(root: Path, settings: Settings) -> Iterator[str]:
    """The workspace's own library models, by content: those that ship are part of the program's version."""
    for path in workspace_model_files(root, [Path(one) for one in settings.libraries.paths]):
        try:
            content = read_regular(path, _LARGEST_MODEL, follow=True)
        except OSError:
            content = b""
        yield f"{path}\0{hashlib.blake2b(content, digest_size=16).hexdigest()}"
