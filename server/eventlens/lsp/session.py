"""One workspace folder: what the editor changed, and the latest analysis of it."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias, TypeVar

from pygls import uris

from eventlens.lsp import garbage
from eventlens.lsp.documents import OpenDocument
from eventlens.lsp.engine import Engine, Quick, Wanted
from eventlens.lsp.file_uris import file_path
from eventlens.lsp.loading import LOADING
from eventlens.lsp.snapshot import Snapshot
from eventlens.progress import Superseded
from eventlens.workspace.reading import read_within

if TYPE_CHECKING:
    from eventlens.lsp.analysis_worker import AnalysisWorker

log = logging.getLogger(__name__)

_KEYSTROKE = 0.0
"""Seconds to wait for the next edit before the edited file is looked at: edits that are already there count as one."""
_FILES = 0.15
"""Seconds to wait for more files to change: a checkout is one change."""
_IDLE = 0.3
"""Seconds without an edit after which the other files are looked at again."""
_REST = 0.5
"""Seconds without an edit after which what analyses left behind is tidied away: that takes longer than a keystroke may."""
_ANSWERED = 0.005
"""Seconds after which what a keystroke left is collected: who asked for its diagnostics has them by then."""
_PATIENCE = 2.0
"""Seconds after which an analysis is finished although a newer one is wanted that nothing quicker can answer."""
_FIRST_ANSWER = 30.0
NEXT_ANSWER = 0.5
"""Seconds that a request waits for the analysis of the latest edit before it is answered from the one before."""
IN_PASSING = 0.02
"""The same for what is asked in passing."""
_WHOLE_ANSWER = 1.5
"""That of a request that needs the whole analysis, not only the edited file's."""

SETTINGS_FILES = ("eventlens.toml", "pyproject.toml")
MODELS_FOLDER = ".eventlens/"


Answer = TypeVar("Answer")
Publish: TypeAlias = Callable[["Session", Snapshot], None]
State: TypeAlias = Literal["indexing", "ready", "failed"]
TellState: TypeAlias = Callable[["Session", State, "str | None"], None]
"""Called when all files are looked at because of a change outside the editor, when all is done, and when that failed, with the reason."""
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


class Session:
    """Analyses one folder off the event loop, latest state first. All methods but `_analyse` run on the loop."""

    def __init__(
        self,
        root: Path,
        uri: str,
        engine: Engine,
        publish: Publish,
        start_progress: StartProgress,
        tell_state: TellState = lambda session, state, message: None,
    ) -> None:
        self.root = root
        self.uri = uri
        self.snapshot: Snapshot | None = None
        self._engine = engine
        self._publish = publish
        self._start_progress = start_progress
        self._tell_state = tell_state
        self._readable: dict[str, Snapshot] = {}
        self._documents: dict[str, OpenDocument] = {}
        self._saved: set[str] = set()
        """Open documents that were written to the disk since the last walk."""
        self._wanted = Wanted(0, {}, 0, 0)
        self._delay = 0.0
        self._closed = False
        self._has_whole = False
        """Whether there was a whole analysis yet; before the first one, only open documents are known."""
        self._looked_at: tuple[int, int] | None = None
        """The changes of files and of settings that the last whole analysis was begun for."""
        self._glanced = -1
        self._mapped = asyncio.Event()
        """Set when there is a map of all files, from an earlier session or made now."""
        self._settled = asyncio.Event()
        """Set while the snapshot holds the latest edit."""
        self._finished = asyncio.Event()
        """Set while the snapshot is a whole analysis of the latest edit."""
        self._news = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="eventlens-analysis")
        self._worker: AnalysisWorker | None = None
        """Made in its thread, together with the engine that it loads."""
        self._resolved_root = root.resolve()

    # ------------------------------------------------------------------------------------------------------- paths

    def path_of(self, uri: str) -> str | None:
        """The path of a document below the root; None when it lies elsewhere or is no file."""
        file = file_path(uri)
        if file is None:
            return None
        for root in (self.root, self._resolved_root):
            try:
                return Path(file).relative_to(root).as_posix()
            except ValueError:
                continue
        return None

    def open_paths(self) -> Collection[str]:
        """The paths of the documents that are open."""
        return self._documents.keys()

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
        of_settings = any(self._is_of_settings(path) for path in paths)
        self._want(_FILES, disk=1, settings=int(of_settings))

    def _is_of_settings(self, path: str) -> bool:
        """Whether a file holds settings, or a library model that the settings name."""
        inputs = self.snapshot.analysis.inputs if self.snapshot is not None else None
        named = inputs.settings.libraries.paths if inputs is not None else ()
        is_named = any(path == one or path.startswith(f"{one.rstrip('/')}/") for one in named)
        return is_named or path in SETTINGS_FILES or path.startswith(MODELS_FOLDER)

    def _is_saved(self, path: str) -> bool:
        document = self._documents.get(path)
        if document is None or self._is_of_settings(path):
            return False
        try:
            return read_within(self.root, path) == document.source.encoded
        except OSError:
            return False

    def close(self) -> None:
        """Stop working for this folder."""
        self._closed = True
        if self._task is not None:
            self._task.cancel()
        self._pool.submit(self._let_go)
        self._pool.shutdown(wait=False)

    def _let_go(self) -> None:
        if self._worker is not None:
            self._worker.close()

    async def latest(self, whole: bool = False, early: bool = False, patience: float = NEXT_ANSWER) -> Snapshot | None:
        """The analysis of the latest edit, or the one before when that takes more than ``patience`` seconds; None when there is none yet.

        With ``whole`` it is waited until all files were looked at again, not only the edited one. With ``early`` it may be one
        that knows the open documents alone, at the beginning of a session.
        """
        is_known = self.snapshot is not None if early else self._mapped.is_set()
        if not is_known or (whole and not self._has_whole):
            await _within(_FIRST_ANSWER, self._finished if whole else self._settled if early else self._mapped)
        else:
            await _within(_WHOLE_ANSWER if whole else patience, self._finished if whole else self._settled)
        return self.snapshot if early or self._mapped.is_set() else None

    def readable(self, path: str) -> Snapshot | None:
        """The last analysis in which an open document had no syntax error, else the latest there is: for who asks amid typing."""
        return self._readable.get(path, self.snapshot)

    async def ask(self, question: Callable[[], Answer]) -> Answer:
        """The answer to a question about a snapshot's analysis, worked out where analyses are: one thread at a time touches one."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, question)

    # ---------------------------------------------------------------------------------------------------- analysis

    def _working(self) -> AnalysisWorker:
        """The worker; asked for in its thread."""
        if self._worker is None:
            with LOADING:
                from eventlens.lsp.analysis_worker import AnalysisWorker

            self._worker = AnalysisWorker(self.root, self._engine)
        return self._worker

    def _want(self, delay: float, disk: int = 0, settings: int = 0) -> None:
        if self._closed:
            return
        before = self._wanted
        self._wanted = Wanted(before.number + 1, before.documents, before.disk + disk, before.settings + settings)
        self._delay = delay
        self._settled.clear()
        self._finished.clear()
        self._news.set()
        if self._task is None or self._task.done():
            self._task = asyncio.ensure_future(self._work())

    async def _work(self) -> None:
        """Until nothing newer is wanted: edited files at once; when the typing pauses, what hangs on them, then the whole workspace."""
        done = -1
        while done != self._wanted.number and not self._closed:
            await self._quiet()
            wanted = self._wanted = self._wanted._replace(documents=dict(self._documents))
            quick = await self._quick(wanted)
            if quick is not None:
                self._show(quick.snapshot, wanted)
                asyncio.get_running_loop().call_later(_ANSWERED, self._collect)
                if not quick.is_whole and await self._anything_new(wanted, _IDLE):
                    continue
                if not quick.is_whole and await self._widen(wanted):
                    continue
            is_done = quick is not None and quick.is_whole
            if not is_done:
                snapshot = await self._attempt(wanted)
                if snapshot is None and wanted.number != self._wanted.number:
                    continue
                if snapshot is not None:
                    is_done = self._has_whole = True
                    self._show(snapshot, wanted)
            done = wanted.number
            if done == self._wanted.number:
                self._settled.set()
                self._finished.set()
                if is_done:
                    self._tell_state(self, "ready", None)
            await self._prepare(wanted)

    def _collect(self) -> None:
        if not self._closed:
            self._pool.submit(garbage.after_keystroke)

    def _show(self, snapshot: Snapshot, wanted: Wanted) -> None:
        self.snapshot = snapshot
        if not snapshot.is_early:
            self._mapped.set()
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

    async def _anything_new(self, since: Wanted, seconds: float) -> bool:
        """Whether something newer is wanted already, or within some time."""
        if self._wanted.number != since.number:
            return True
        self._news.clear()
        try:
            await asyncio.wait_for(self._news.wait(), seconds)
        except asyncio.TimeoutError:
            return False
        return True

    async def _quick(self, wanted: Wanted) -> Quick | None:
        """A snapshot in which only edited files were looked at; None where that is not possible, or failed."""
        worker = self._worker
        if worker is None or not worker.can_renew(wanted):
            return None
        try:
            return await self.ask(lambda: worker.renewed(wanted))
        except Exception:
            log.exception("renewing %s failed; the whole of it is analysed", self.root)
            return None

    async def _widen(self, wanted: Wanted) -> bool:
        """Show what hangs on the edited files; True when something newer is wanted by then."""
        worker = self._worker
        assert worker is not None
        try:
            snapshot = await self.ask(lambda: worker.widened(wanted, self._until_newer(wanted)))
        except Superseded:
            return True
        except Exception:
            log.exception("looking around the edited files of %s failed; the whole of it is analysed", self.root)
            return False
        if snapshot is not None:
            self._show(snapshot, wanted)
        self._pool.submit(garbage.in_passing)
        return wanted.number != self._wanted.number

    async def _prepare(self, wanted: Wanted) -> None:
        """What the next edit of open documents will ask, while nobody waits."""
        worker = self._worker
        if worker is None:
            return
        beat = self._until_newer(wanted)
        try:
            while wanted.number == self._wanted.number and await self.ask(
                lambda: worker.prepare(list(self._documents), beat)
            ):
                pass
            if worker.untidied > 1 or (worker.untidied and not await self._anything_new(wanted, _REST)):
                await self.ask(worker.tidy)
        except Superseded:
            return
        except Exception:
            log.exception("preparing for the next edit in %s failed", self.root)

    def _until_newer(self, wanted: Wanted) -> Callable[[], None]:
        """What ends work on one state as soon as another is wanted."""

        def beat() -> None:
            if self._closed or self._wanted.number != wanted.number:
                raise Superseded

        return beat

    def _glance(self, loop: asyncio.AbstractEventLoop) -> None:
        """Look at the open documents by themselves. Called amid the first analysis, in its thread."""
        if self._worker is None or self._glanced == self._wanted.number:
            return
        wanted = self._wanted._replace(documents=dict(self._documents))
        self._glanced = wanted.number
        try:
            snapshot = self._worker.glance(wanted.documents)
        except Exception:
            log.exception(
                "a first look at the open documents of %s failed; they wait for the whole analysis", self.root
            )
            return
        if snapshot is not None:
            loop.call_soon_threadsafe(self._show_early, snapshot, wanted)

    def _show_early(self, snapshot: Snapshot, wanted: Wanted) -> None:
        if not self._has_whole and not self._closed:
            self._show(snapshot, wanted)

    async def _attempt(self, wanted: Wanted) -> Snapshot | None:
        """The snapshot, or None when it was superseded, cancelled or failed."""
        outside = (wanted.disk, wanted.settings)
        if outside != self._looked_at:
            self._looked_at = outside
            self._tell_state(self, "indexing", None)
        progress = None if self._has_whole else await self._start_progress(self)
        started, loop = time.monotonic(), asyncio.get_running_loop()

        def step(message: str, done: int, total: int) -> None:
            superseded = self._wanted.number != wanted.number and (
                time.monotonic() - started < _PATIENCE
                or (self._worker is not None and self._worker.can_renew(self._wanted))
            )
            if self._closed or (superseded and self._has_whole) or (progress is not None and progress.cancelled()):
                raise Superseded
            if progress is not None:
                progress.report(message, done, total)
            if not self._has_whole:
                self._glance(loop)

        try:
            return await self.ask(lambda: self._working().snapshot(wanted, step))
        except Superseded:
            if self._wanted.number == wanted.number:
                self._tell_state(self, "failed", "cancelled; the next change begins again")
            return None
        except Exception as error:
            log.exception("analysis of %s failed; the analysis before it stays", self.root)
            self._tell_state(self, "failed", f"{type(error).__name__}; the server's log says more")
            return None
        finally:
            if progress is not None:
                progress.end()


async def _within(seconds: float, awaited: asyncio.Event) -> None:
    """Wait for something, but not where it is there already: meanwhile the next edit would be taken in, and waited for too."""
    if awaited.is_set():
        return
    try:
        await asyncio.wait_for(awaited.wait(), seconds)
    except asyncio.TimeoutError:
        log.info("answering from an analysis before the latest edit")
