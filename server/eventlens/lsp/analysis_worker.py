"""Analyses one folder, for one thread at a time: the whole workspace, or only what was edited since."""

from __future__ import annotations

import gc
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from eventlens.analysis import Analysis, SettingsProblem
from eventlens.lsp.documents import OpenDocument
from eventlens.lsp.engine import Engine, Quick, Wanted
from eventlens.lsp.positions import SourceText
from eventlens.lsp.snapshot import Snapshot
from eventlens.progress import Progress
from eventlens.renewal import Renewal
from eventlens.syntax.grammars import language_of
from eventlens.workspace.discovery import MAX_SOURCE_BYTES
from eventlens.workspace.snapshot import Workspace

_MAX_EDITED = 4
"""Files edited since the last whole analysis that are renewed by themselves; with more of them, the whole is quicker."""


class _Whole(NamedTuple):
    """The last whole analysis, and what it was made of."""

    workspace: Workspace
    analysis: Analysis
    renewal: Renewal
    texts: dict[str, SourceText]
    disk: int
    settings: int


class AnalysisWorker:
    """Holds the workspace between analyses. Used by one thread at a time, but for `can_renew`."""

    def __init__(self, root: Path, engine: Engine) -> None:
        self._root = root
        self._engine = engine
        self._workspace: Workspace | None = None
        self._problems: tuple[SettingsProblem, ...] = ()
        self._disk = 0
        self._settings = 0
        self._whole: _Whole | None = None
        self._tidied: _Whole | None = None
        self._edited: frozenset[str] = frozenset()

    def snapshot(self, wanted: Wanted, progress: Progress) -> Snapshot:
        """Bring the workspace to what is wanted and analyse it. Interrupted, it can be called again."""
        workspace = self._opened(wanted)
        if self._disk != wanted.disk:
            workspace = self._workspace = workspace.refresh()
            self._disk = wanted.disk
        workspace = self._workspace = _with_documents(workspace, wanted.documents)
        analysis = self._engine.analyse(workspace, progress)
        workspace.finish()
        texts: dict[str, SourceText] = {}
        if analysis.checks is not None:
            renewal = Renewal(workspace, analysis)
            self._whole = _Whole(workspace, analysis, renewal, texts, wanted.disk, wanted.settings)
        return Snapshot(workspace, analysis, wanted.documents, self._problems, texts)

    def can_renew(self, wanted: Wanted) -> bool:
        """Whether there is a whole analysis, made with the settings that are wanted. Files may have changed since."""
        return self._whole is not None and self._whole.settings == wanted.settings

    def renewed(self, wanted: Wanted) -> Quick | None:
        """The last whole analysis with only the documents edited since looked at again.

        None where other than source code was edited, and where a file is gone whose text is needed to tell.
        """
        try:
            return self._renewed(wanted)
        except OSError:
            return None

    def _renewed(self, wanted: Wanted) -> Quick | None:
        whole = self._whole
        if whole is None:
            return None
        workspace = _with_documents(whole.workspace, wanted.documents)
        open_ones = wanted.documents.keys() | whole.workspace.overlaid()
        edited = frozenset(path for path in open_ones if _differs(workspace, whole.workspace, path))
        if not edited:
            snapshot = Snapshot(workspace, whole.analysis, wanted.documents, self._problems, whole.texts)
            return Quick(snapshot, is_whole=whole.disk == wanted.disk)
        if len(edited) > _MAX_EDITED or not all(
            path in whole.workspace and path in workspace and language_of(path) for path in edited
        ):
            return None
        self._edited = edited
        analysis = whole.renewal.renewed(workspace, edited)
        snapshot = Snapshot(workspace, analysis, wanted.documents, self._problems, whole.texts, edited)
        return Quick(snapshot, is_whole=False)

    def prepare(self) -> None:
        """Work out ahead what the next edit of the files edited last will ask, and leave no long collection of garbage for it.

        A graph is full of cycles. What a whole analysis made is set apart from what the collector looks at, and the one before
        is let go of, while nobody types: else a keystroke would sooner or later wait for all of it to be looked through.
        """
        if self._whole is not self._tidied:
            self._tidied = self._whole
            gc.unfreeze()
            gc.collect()
            gc.freeze()
        if self._whole is not None and self._edited and all(path in self._whole.workspace for path in self._edited):
            self._whole.renewal.prepare(self._edited)

    def _opened(self, wanted: Wanted) -> Workspace:
        if self._workspace is None or self._settings != wanted.settings:
            self._workspace, self._problems = self._engine.open(self._root)
            self._settings, self._disk = wanted.settings, wanted.disk
        return self._workspace


def _with_documents(workspace: Workspace, documents: Mapping[str, OpenDocument]) -> Workspace:
    sources: dict[str, bytes | None] = dict.fromkeys(workspace.overlaid() - documents.keys())
    return workspace.with_overlays(sources | {path: _analysed(document) for path, document in documents.items()})


def _analysed(document: OpenDocument) -> bytes:
    """What is looked at of a document: like a file, one that is very large is left out."""
    text = document.source.text
    source = text.encode("utf-8", errors="surrogatepass") if len(text) <= MAX_SOURCE_BYTES else b""
    return source if len(source) <= MAX_SOURCE_BYTES else b""


def _differs(one: Workspace, other: Workspace, path: str) -> bool:
    """Whether a file has another text in two workspaces, or is in only one of them."""
    if path not in one or path not in other:
        return (path in one) != (path in other)
    return one.text(path) != other.text(path)
