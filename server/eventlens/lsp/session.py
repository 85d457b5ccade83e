"""One workspace folder: what the editor changed, and the latest analysis of it."""

from __future__ import annotations

import asyncio
import gc
import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple, TypeAlias, TypeVar

from pygls import uris

from eventlens.analysis import Analysis, OpenedWorkspace, Progress, SettingsProblem, Superseded, analyse, open_workspace
from eventlens.lsp.documents import OpenDocument
from eventlens.lsp.positions import SourceText
from eventlens.lsp.snapshot import Snapshot
from eventlens.renewal import Renewal
from eventlens.syntax.grammars import language_of
from eventlens.workspace.snapshot import Workspace

log = logging.getLogger(__name__)

_KEYSTROKE = 0.01
"""Seconds to wait for the next edit before the edited file is looked at."""
_FILES = 0.15
"""Seconds to wait for more files to change: a checkout is one change."""
_IDLE = 0.3
"""Seconds without an edit after which the other files are looked at again."""
_PATIENCE = 2.0
"""Seconds after which an analysis is finished although a newer one is wanted that nothing quicker can answer."""
_MAX_EDITED = 4
"""Files edited since the last whole analysis that are renewed by themselves; with more of them, the whole is quicker."""
_FIRST_ANSWER = 30.0
_NEXT_ANSWER = 0.5
"""Seconds that a request waits for the analysis of the latest edit before it is answered from the one before."""
_WHOLE_ANSWER = 1.5
"""The same for a request that needs the whole analysis, not only the edited file's."""

SETTINGS_FILES = ("eventlens.toml", "pyproject.toml")
MODELS_FOLDER = ".eventlens/"


class Engine(NamedTuple):
    """How a folder is opened and analysed."""

    open: Callable[[Path], OpenedWorkspace] = open_workspace
    analyse: Callable[[Workspace, Progress | None], Analysis] = analyse


Answer = TypeVar("Answer")
Publish: TypeAlias = Callable[["Session", Snapshot], None]
StartProgress: TypeAlias = Callable[["Session"], Awaitable["IndexingProgress | None"]]


class IndexingProgress:
    """What a client sees of a long analysis. ``report`` and ``cancelled`` are called from the worker's thread."""

    def report(self, message: str, done: int, total: int) -> None:
        """Show how far it is."""
        raise NotImplementedError

    def cancelled(self) -> bool:
        """Whether the user asked to stop."""
        raise NotImplementedError

    def end(self) -> None:
        """Take the display away. Called on the event loop, once."""
        raise NotImplementedError


class _Wanted(NamedTuple):
    """What the next analysis is to be made of. Equal counters mean: nothing of that kind changed."""

    number: int
    documents: Mapping[str, OpenDocument]
    disk: int
    settings: int


class Session:
    """Analyses one folder off the event loop, latest state first. All methods but `_analyse` run on the loop."""

    def __init__(self, root: Path, uri: str, engine: Engine, publish: Publish, start_progress: StartProgress) -> None:
        self.root = root
        self.uri = uri
        self.snapshot: Snapshot | None = None
        self._engine = engine
        self._publish = publish
        self._start_progress = start_progress
        self._readable: dict[str, Snapshot] = {}
        self._documents: dict[str, OpenDocument] = {}
        self._saved: set[str] = set()
        """Open documents that were written to the disk since the last walk."""
        self._wanted = _Wanted(0, {}, 0, 0)
        self._delay = 0.0
        self._closed = False
        self._settled = asyncio.Event()
        """Set while the snapshot holds the latest edit."""
        self._finished = asyncio.Event()
        """Set while the snapshot is a whole analysis of the latest edit."""
        self._news = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="eventlens-analysis")
        self._worker = _Worker(root, engine)

    # ------------------------------------------------------------------------------------------------------- paths

    def path_of(self, uri: str) -> str | None:
        """The path of a document below the root; None when it lies elsewhere or is no file."""
        file = uris.to_fs_path(uri)
        if file is None or not uri.startswith("file:"):
            return None
        for root in (self.root, self._worker.resolved_root):
            try:
                return Path(file).relative_to(root).as_posix()
            except ValueError:
                continue
        return None

    def uri_of(self, path: str) -> str:
        """The URI of a file: the client's own spelling where the file is open."""
        document = self._documents.get(path)
        if document is not None:
            return document.uri
        return uris.from_fs_path(str(self.root / path)) or (self.root / path).as_uri()

    # ----------------------------------------------------------------------------------------------------- changes

    def start(self) -> None:
        """Analyse for the first time."""
        self._want(0.0)

    def document_changed(self, path: str, document: OpenDocument | None) -> None:
        """The editor opened or edited a document, or closed it (None)."""
        if document is None:
            self._documents.pop(path, None)
            self._want(_KEYSTROKE, disk=int(path in self._saved))
            self._saved.discard(path)
        else:
            self._documents[path] = document
            self._want(_KEYSTROKE)

    def files_changed(self, paths: list[str]) -> None:
        """Files came, went or changed on disk. A document that was saved as it stands in the editor changes nothing until it is closed."""
        saved = {path for path in paths if self._is_saved(path)}
        self._saved |= saved
        paths = [path for path in paths if path not in saved]
        if not paths:
            return
        of_settings = any(path in SETTINGS_FILES or path.startswith(MODELS_FOLDER) for path in paths)
        self._want(_FILES, disk=1, settings=int(of_settings))

    def _is_saved(self, path: str) -> bool:
        document = self._documents.get(path)
        if document is None or path in SETTINGS_FILES or path.startswith(MODELS_FOLDER):
            return False
        try:
            return (self.root / path).read_bytes() == document.source.text.encode("utf-8", errors="surrogatepass")
        except OSError:
            return False

    def close(self) -> None:
        """Stop working for this folder."""
        self._closed = True
        if self._task is not None:
            self._task.cancel()
        self._pool.shutdown(wait=False, cancel_futures=True)

    async def latest(self, whole: bool = False) -> Snapshot | None:
        """The analysis of the latest edit, or the one before when that takes too long; None when there is none yet.

        With ``whole`` it is waited until all files were looked at again, not only the edited one.
        """
        following = _WHOLE_ANSWER if whole else _NEXT_ANSWER
        timeout = _FIRST_ANSWER if self.snapshot is None else following
        try:
            await asyncio.wait_for((self._finished if whole else self._settled).wait(), timeout)
        except asyncio.TimeoutError:
            log.info("answering from an analysis before the latest edit")
        return self.snapshot

    def readable(self, path: str) -> Snapshot | None:
        """The last analysis in which an open document had no syntax error, else the latest there is: for who asks amid typing."""
        return self._readable.get(path, self.snapshot)

    async def ask(self, question: Callable[[], Answer]) -> Answer:
        """The answer to a question about a snapshot's analysis, worked out where analyses are: one thread at a time touches one."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, question)

    # ---------------------------------------------------------------------------------------------------- analysis

    def _want(self, delay: float, disk: int = 0, settings: int = 0) -> None:
        if self._closed:
            return
        before = self._wanted
        self._wanted = _Wanted(before.number + 1, dict(self._documents), before.disk + disk, before.settings + settings)
        self._delay = delay
        self._settled.clear()
        self._finished.clear()
        self._news.set()
        if self._task is None or self._task.done():
            self._task = asyncio.ensure_future(self._work())

    async def _work(self) -> None:
        """Two speeds, until nothing newer is wanted: edited files at once, the whole workspace when the typing pauses."""
        done = -1
        while done != self._wanted.number and not self._closed:
            await self._quiet()
            wanted = self._wanted
            quick = await self._quick(wanted)
            if quick is not None:
                self._show(quick.snapshot, wanted)
                if not quick.is_whole and await self._anything_new(_IDLE):
                    continue
            if quick is None or not quick.is_whole:
                snapshot = await self._attempt(wanted)
                if snapshot is None and wanted.number != self._wanted.number:
                    continue
                if snapshot is not None:
                    self._show(snapshot, wanted)
            done = wanted.number
            if done == self._wanted.number:
                self._settled.set()
                self._finished.set()
            await self._prepare()

    def _show(self, snapshot: Snapshot, wanted: _Wanted) -> None:
        self.snapshot = snapshot
        readable = {path: snapshot for path in wanted.documents if snapshot.is_readable(path)}
        self._readable = {path: readable.get(path) or self._readable.get(path, snapshot) for path in wanted.documents}
        if wanted.number == self._wanted.number:
            self._settled.set()
        self._publish(self, snapshot)

    async def _quiet(self) -> None:
        """Wait until nothing was asked for during one delay."""
        seen = -1
        while seen != self._wanted.number:
            seen = self._wanted.number
            await asyncio.sleep(self._delay)

    async def _anything_new(self, seconds: float) -> bool:
        """Whether something is asked for within some time."""
        self._news.clear()
        try:
            await asyncio.wait_for(self._news.wait(), seconds)
        except asyncio.TimeoutError:
            return False
        return True

    async def _quick(self, wanted: _Wanted) -> _Quick | None:
        """A snapshot in which only edited files were looked at; None where that is not possible, or failed."""
        if not self._worker.can_renew(wanted):
            return None
        try:
            return await self.ask(lambda: self._worker.renewed(wanted))
        except Exception:
            log.exception("renewing %s failed; the whole of it is analysed", self.root)
            return None

    async def _prepare(self) -> None:
        """What the next edit of the same files will ask, while nobody waits."""
        try:
            await self.ask(self._worker.prepare)
        except Exception:
            log.exception("preparing for the next edit in %s failed", self.root)

    async def _attempt(self, wanted: _Wanted) -> Snapshot | None:
        """The snapshot, or None when it was superseded, cancelled or failed."""
        progress = await self._start_progress(self) if self.snapshot is None else None
        started = time.monotonic()

        def step(message: str, done: int, total: int) -> None:
            superseded = self._wanted.number != wanted.number and (
                time.monotonic() - started < _PATIENCE or self._worker.can_renew(self._wanted)
            )
            if (
                self._closed
                or (superseded and self.snapshot is not None)
                or (progress is not None and progress.cancelled())
            ):
                raise Superseded
            if progress is not None:
                progress.report(message, done, total)

        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, self._worker.snapshot, wanted, step)
        except Superseded:
            return None
        except Exception:
            log.exception("analysis of %s failed; the analysis before it stays", self.root)
            return None
        finally:
            if progress is not None:
                progress.end()


class _Quick(NamedTuple):
    """A snapshot made by renewing; ``is_whole`` where no text had changed, so that nothing else is to be looked at."""

    snapshot: Snapshot
    is_whole: bool


class _Whole(NamedTuple):
    """The last whole analysis, and what it was made of."""

    workspace: Workspace
    analysis: Analysis
    renewal: Renewal
    texts: dict[str, SourceText]
    disk: int
    settings: int


class _Worker:
    """Holds the workspace between analyses. Used by one thread at a time, but for `can_renew`."""

    def __init__(self, root: Path, engine: Engine) -> None:
        self.resolved_root = root.resolve()
        self._root = root
        self._engine = engine
        self._workspace: Workspace | None = None
        self._problems: tuple[SettingsProblem, ...] = ()
        self._disk = 0
        self._settings = 0
        self._whole: _Whole | None = None
        self._tidied: _Whole | None = None
        self._edited: frozenset[str] = frozenset()

    def snapshot(self, wanted: _Wanted, progress: Progress) -> Snapshot:
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

    def can_renew(self, wanted: _Wanted) -> bool:
        """Whether there is a whole analysis, made with the settings that are wanted. Files may have changed since."""
        return self._whole is not None and self._whole.settings == wanted.settings

    def renewed(self, wanted: _Wanted) -> _Quick | None:
        """The last whole analysis with only the documents edited since looked at again; None where other than source code was edited."""
        whole = self._whole
        if whole is None:
            return None
        workspace = _with_documents(whole.workspace, wanted.documents)
        open_ones = wanted.documents.keys() | whole.workspace.overlaid()
        edited = frozenset(path for path in open_ones if _differs(workspace, whole.workspace, path))
        if not edited:
            snapshot = Snapshot(workspace, whole.analysis, wanted.documents, self._problems, whole.texts)
            return _Quick(snapshot, is_whole=whole.disk == wanted.disk)
        if len(edited) > _MAX_EDITED or not all(path in whole.workspace and language_of(path) for path in edited):
            return None
        self._edited = edited
        analysis = whole.renewal.renewed(workspace, edited)
        snapshot = Snapshot(workspace, analysis, wanted.documents, self._problems, whole.texts)
        return _Quick(snapshot, is_whole=False)

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

    def _opened(self, wanted: _Wanted) -> Workspace:
        if self._workspace is None or self._settings != wanted.settings:
            self._workspace, self._problems = self._engine.open(self._root)
            self._settings, self._disk = wanted.settings, wanted.disk
        return self._workspace


def _with_documents(workspace: Workspace, documents: Mapping[str, OpenDocument]) -> Workspace:
    for path in workspace.overlaid() - documents.keys():
        workspace = workspace.with_overlay(path, None)
    for path, document in documents.items():
        workspace = workspace.with_overlay(path, document.source.text.encode("utf-8", errors="surrogatepass"))
    return workspace


def _differs(one: Workspace, other: Workspace, path: str) -> bool:
    """Whether a file has another text in two workspaces, or is in only one of them."""
    if path not in one or path not in other:
        return (path in one) != (path in other)
    return one.text(path) != other.text(path)
