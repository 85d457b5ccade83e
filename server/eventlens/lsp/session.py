"""One workspace folder: what the editor changed, and the latest analysis of it."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple, TypeAlias

from pygls import uris

from eventlens.analysis import Analysis, OpenedWorkspace, Progress, SettingsProblem, Superseded, analyse, open_workspace
from eventlens.lsp.documents import OpenDocument
from eventlens.lsp.snapshot import Snapshot
from eventlens.workspace.snapshot import Workspace

log = logging.getLogger(__name__)

_KEYSTROKE = 0.04
"""Seconds to wait for the next edit before analysing."""
_FILES = 0.15
"""Seconds to wait for more files to change: a checkout is one change."""
_PATIENCE = 2.0
"""Seconds after which an analysis is finished although a newer one is wanted, so that steady typing still gets answers."""
_FIRST_ANSWER = 30.0
_NEXT_ANSWER = 0.5
"""Seconds that a request waits for the analysis of the latest edit before it is answered from the one before."""

SETTINGS_FILES = ("eventlens.toml", "pyproject.toml")
MODELS_FOLDER = ".eventlens/"


class Engine(NamedTuple):
    """How a folder is opened and analysed."""

    open: Callable[[Path], OpenedWorkspace] = open_workspace
    analyse: Callable[[Workspace, Progress | None], Analysis] = analyse


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
        self._documents: dict[str, OpenDocument] = {}
        self._wanted = _Wanted(0, {}, 0, 0)
        self._delay = 0.0
        self._closed = False
        self._settled = asyncio.Event()
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
            self._want(_KEYSTROKE, disk=1)
        else:
            self._documents[path] = document
            self._want(_KEYSTROKE)

    def files_changed(self, paths: list[str]) -> None:
        """Files came, went or changed on disk."""
        of_settings = any(path in SETTINGS_FILES or path.startswith(MODELS_FOLDER) for path in paths)
        self._want(_FILES, disk=1, settings=int(of_settings))

    def close(self) -> None:
        """Stop working for this folder."""
        self._closed = True
        if self._task is not None:
            self._task.cancel()
        self._pool.shutdown(wait=False, cancel_futures=True)

    async def latest(self) -> Snapshot | None:
        """The analysis of the latest edit, or the one before when that takes too long; None when there is none yet."""
        timeout = _FIRST_ANSWER if self.snapshot is None else _NEXT_ANSWER
        try:
            await asyncio.wait_for(self._settled.wait(), timeout)
        except asyncio.TimeoutError:
            log.info("answering from the analysis before the latest edit")
        return self.snapshot

    # ---------------------------------------------------------------------------------------------------- analysis

    def _want(self, delay: float, disk: int = 0, settings: int = 0) -> None:
        if self._closed:
            return
        before = self._wanted
        self._wanted = _Wanted(before.number + 1, dict(self._documents), before.disk + disk, before.settings + settings)
        self._delay = delay
        self._settled.clear()
        if self._task is None or self._task.done():
            self._task = asyncio.ensure_future(self._work())

    async def _work(self) -> None:
        """Analyse until nothing newer is wanted."""
        done = -1
        while done != self._wanted.number and not self._closed:
            await self._quiet()
            wanted = self._wanted
            snapshot = await self._attempt(wanted)
            if snapshot is None and wanted.number != self._wanted.number:
                continue
            done = wanted.number
            if snapshot is not None:
                self.snapshot = snapshot
                self._publish(self, snapshot)
        self._settled.set()

    async def _quiet(self) -> None:
        """Wait until nothing was asked for during one delay."""
        seen = -1
        while seen != self._wanted.number:
            seen = self._wanted.number
            await asyncio.sleep(self._delay)

    async def _attempt(self, wanted: _Wanted) -> Snapshot | None:
        """The snapshot, or None when it was superseded, cancelled or failed."""
        progress = await self._start_progress(self) if self.snapshot is None else None
        started = time.monotonic()

        def step(message: str, done: int, total: int) -> None:
            superseded = self._wanted.number != wanted.number and time.monotonic() - started < _PATIENCE
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


class _Worker:
    """Holds the workspace between analyses. Used by one thread at a time."""

    def __init__(self, root: Path, engine: Engine) -> None:
        self.resolved_root = root.resolve()
        self._root = root
        self._engine = engine
        self._workspace: Workspace | None = None
        self._problems: tuple[SettingsProblem, ...] = ()
        self._overlaid: dict[str, OpenDocument] = {}
        self._disk = 0
        self._settings = 0

    def snapshot(self, wanted: _Wanted, progress: Progress) -> Snapshot:
        """Bring the workspace to what is wanted and analyse it. Interrupted, it can be called again."""
        workspace = self._opened(wanted)
        if self._disk != wanted.disk:
            workspace = self._workspace = workspace.refresh()
            self._disk = wanted.disk
        workspace = self._workspace = self._with_documents(workspace, wanted.documents)
        analysis = self._engine.analyse(workspace, progress)
        workspace.finish()
        return Snapshot(workspace, analysis, wanted.documents, self._problems)

    def _opened(self, wanted: _Wanted) -> Workspace:
        if self._workspace is None or self._settings != wanted.settings:
            self._workspace, self._problems = self._engine.open(self._root)
            self._overlaid = {}
            self._settings, self._disk = wanted.settings, wanted.disk
        return self._workspace

    def _with_documents(self, workspace: Workspace, documents: Mapping[str, OpenDocument]) -> Workspace:
        for path in self._overlaid.keys() - documents.keys():
            workspace = workspace.with_overlay(path, None)
        for path, document in documents.items():
            if self._overlaid.get(path) is not document:
                workspace = workspace.with_overlay(path, document.source.text.encode("utf-8", errors="surrogatepass"))
        self._overlaid = dict(documents)
        return workspace
