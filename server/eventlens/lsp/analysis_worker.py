"""Analyses one folder, for one thread at a time: the whole workspace, or only what was edited since."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import NamedTuple

import msgspec

from eventlens.analysis import Analysis, Inputs, SettingsProblem
from eventlens.flow.model import FlowMap
from eventlens.lsp import garbage
from eventlens.lsp.documents import OpenDocument
from eventlens.lsp.engine import Engine, Quick, Remembered, Wanted
from eventlens.lsp.positions import SourceText
from eventlens.lsp.snapshot import Snapshot
from eventlens.progress import Progress, unwatched
from eventlens.remembered import MapMemory
from eventlens.renewal import Renewal
from eventlens.syntax.grammars import language_of
from eventlens.workspace.discovery import MAX_SOURCE_BYTES
from eventlens.workspace.git_history import base_of
from eventlens.workspace.snapshot import Workspace
from eventlens.workspace_settings import read_workspace_settings

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


class _Since(NamedTuple):
    """A workspace in which source files were edited since a whole analysis."""

    whole: _Whole
    workspace: Workspace
    edited: frozenset[str]


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
        self._since_whole: Workspace | None = None
        """The workspace of the last whole analysis with the documents of the edit before: what was read of those that stay as they are
        is known then."""
        self._is_first = True
        self._untidied = 0
        """Whole analyses since `tidy`."""
        self._edited: frozenset[str] = frozenset()
        self._kept = ""
        self._remembered: Remembered | None = None
        self._was_recalled = False
        self._glance_inputs: Inputs | None = None
        self._to_end: list[Callable[[], None]] = []
        """What is left to do of an analysis that is shown already."""

    def snapshot(self, wanted: Wanted, progress: Progress) -> Snapshot:
        """Bring the workspace to what is wanted and analyse it. Interrupted, it can be called again."""
        workspace = self._opened(wanted)
        if self._disk != wanted.disk:
            workspace = self._workspace = workspace.refresh()
            self._disk, self._glance_inputs = wanted.disk, None
        workspace = self._workspace = _with_documents(workspace, wanted.documents)
        with garbage.set_aside():
            analysis = self._engine.analyse(workspace, progress)
        self._remembered = None
        self._to_end = [partial(self._keep, workspace, analysis), workspace.finish]
        texts: dict[str, SourceText] = {}
        if analysis.checks is not None:
            renewal = Renewal(workspace, analysis)
            self._whole = _Whole(workspace, analysis, renewal, texts, wanted.disk, wanted.settings)
            self._since_whole = workspace
            self._untidied += 1
        return Snapshot(workspace, analysis, wanted.documents, self._problems, texts)

    def can_renew(self, wanted: Wanted) -> bool:
        """Whether there is a whole analysis, made with the settings that are wanted. Files may have changed since."""
        return self._whole is not None and self._whole.settings == wanted.settings

    def renewed(self, wanted: Wanted) -> Quick | None:
        """The last whole analysis with only the documents edited since looked at again.

        None where other than source code was edited, and where a file is gone whose text is needed to tell.
        """
        try:
            with garbage.put_off():
                return self._renewed(wanted)
        except OSError:
            return None

    def widened(self, wanted: Wanted, beat: Callable[[], None] = unwatched) -> Snapshot | None:
        """As `renewed`, with the files that hang on the edited ones, and what needs all sites; None where that is not possible.

        ``beat`` is called now and then and may raise to end it.
        """
        try:
            since = self._since(wanted)
            if since is None or not since.edited:
                return None
            with since.workspace.watched(beat):
                analysis = since.whole.renewal.widened(since.workspace, since.edited)
        except OSError:
            return None
        return None if analysis is None else self._snapshot(since, analysis, wanted)

    def _renewed(self, wanted: Wanted) -> Quick | None:
        since = self._since(wanted)
        if since is None:
            return None
        whole = since.whole
        if not since.edited:
            return Quick(self._snapshot(since, whole.analysis, wanted), is_whole=whole.disk == wanted.disk)
        self._edited = since.edited
        return Quick(
            self._snapshot(since, whole.renewal.renewed(since.workspace, since.edited), wanted), is_whole=False
        )

    def _since(self, wanted: Wanted) -> _Since | None:
        """What was edited since the last whole analysis; None without one, and where it is more than a few source files."""
        whole = self._whole
        if whole is None or self._since_whole is None:
            return None
        workspace = _with_documents(self._since_whole, wanted.documents)
        open_ones = wanted.documents.keys() | whole.workspace.overlaid()
        edited = frozenset(path for path in open_ones if _differs(workspace, whole.workspace, path))
        if len(edited) > _MAX_EDITED or not all(
            path in whole.workspace and path in workspace and language_of(path) for path in edited
        ):
            return None
        self._since_whole = workspace
        return _Since(whole, workspace, edited)

    def _snapshot(self, since: _Since, analysis: Analysis, wanted: Wanted) -> Snapshot:
        return Snapshot(since.workspace, analysis, wanted.documents, self._problems, since.whole.texts, since.edited)

    def glance(self, documents: Mapping[str, OpenDocument]) -> Snapshot | None:
        """What can be shown while the first whole analysis of the opened workspace is under way: the map that an earlier session
        made of the same files, in which edited documents are looked at by themselves; without it, the open documents alone."""
        if self._workspace is None or self._engine.glance is None:
            return None
        workspace = _with_documents(self._workspace, documents)
        if not self._was_recalled:
            self._was_recalled, self._remembered = True, self._recalled(workspace)
        known = self._remembered
        files = {path for path in documents if path in workspace and language_of(path)}
        if known is not None:
            files = {path for path in files if _differs(workspace, known.on_disk, path)}
        if not files:
            return None if known is None else Snapshot(workspace, Analysis(known.flow_map), documents, self._problems)
        analysis = self._engine.glance(workspace, frozenset(files), known, self._glance_inputs)
        self._glance_inputs = analysis.inputs
        return Snapshot(workspace, analysis, documents, self._problems, None, frozenset(files), is_early=known is None)

    def _recalled(self, workspace: Workspace) -> Remembered | None:
        on_disk = _with_documents(workspace, {})
        settings, _ = read_workspace_settings(workspace.root)
        known = MapMemory(on_disk, settings, base_of(on_disk.root)).recall()
        return None if known is None else Remembered(msgspec.json.decode(known, type=FlowMap), on_disk)

    def _keep(self, analysed: Workspace, analysis: Analysis) -> None:
        """Remember a map for the next session. Whatever was edited and not saved belongs to this one alone."""
        on_disk = _with_documents(analysed, {})
        if self._engine.glance is None or not _is_saved(analysed, on_disk):
            return
        settings, _ = read_workspace_settings(analysed.root)
        memory = MapMemory(on_disk, settings, base_of(on_disk.root))
        if memory.key != self._kept:
            self._kept = memory.key
            memory.keep(msgspec.json.encode(analysis.flow_map))

    def prepare(self, documents: Iterable[str] = (), beat: Callable[[], None] = unwatched) -> bool:
        """End one thing that the last analysis left, or work out ahead one that the next edit will ask, of the files edited last or
        of the open ones; False when nothing is left to do. ``beat`` is called now and then and may raise to put off the latter."""
        if self._to_end:
            self._to_end.pop(0)()
            return True
        whole = self._whole
        if whole is None:
            return False
        likely = [self._edited, *(frozenset([path]) for path in documents if language_of(path))]
        ready = (each for each in likely if each and all(path in whole.workspace for path in each))
        with whole.workspace.watched(beat):
            return any(whole.renewal.prepare_next(each) for each in ready)

    @property
    def untidied(self) -> int:
        """Of how many whole analyses the remains were not tidied away."""
        return self._untidied

    def tidy(self) -> None:
        """Let go of what the last whole analysis does not need any more, and of the ones before. Takes longer than a keystroke may."""
        whole, self._untidied = self._whole, 0
        if whole is not None and whole.analysis.checks is not None:
            whole.analysis.checks.forget_answers()
        is_first, self._is_first = self._is_first, False
        garbage.set_apart(is_first)

    def close(self) -> None:
        """Stop the worker processes and let the cache go; what was analysed is let go of when the next analysis is set apart."""
        if self._workspace is not None:
            self._workspace.close()
        self._workspace = self._whole = self._since_whole = self._remembered = self._glance_inputs = None
        self._to_end = []
        garbage.folder_left()

    def _opened(self, wanted: Wanted) -> Workspace:
        if self._workspace is None or self._settings != wanted.settings:
            with garbage.set_aside():
                self._workspace, self._problems = self._engine.open(self._root)
            self._was_recalled, self._glance_inputs = False, None
            self._settings, self._disk = wanted.settings, wanted.disk
        return self._workspace


def _with_documents(workspace: Workspace, documents: Mapping[str, OpenDocument]) -> Workspace:
    sources: dict[str, bytes | None] = dict.fromkeys(workspace.overlaid() - documents.keys())
    return workspace.with_overlays(sources | {path: _analysed(document) for path, document in documents.items()})


def _analysed(document: OpenDocument) -> bytes:
    """What is looked at of a document: like a file, one that is very large is left out."""
    if len(document.source.text) > MAX_SOURCE_BYTES:
        return b""
    source = document.source.encoded
    return source if len(source) <= MAX_SOURCE_BYTES else b""


def _differs(one: Workspace, other: Workspace, path: str) -> bool:
    """Whether a file has another text in two workspaces, or is in only one of them."""
    if path not in one or path not in other:
        return (path in one) != (path in other)
    return one.text(path) != other.text(path)


def _is_saved(workspace: Workspace, on_disk: Workspace) -> bool:
    """Whether all open documents are as they are on disk; not where one is gone from there."""
    try:
        return not any(_differs(workspace, on_disk, path) for path in workspace.overlaid())
    except OSError:
        return False
