"""Lowering many files, in worker processes where that pays.

Workers are fresh interpreters that run this package's code only: the program that uses it is not imported again, nothing is
taken from the current folder, and no locks are inherited. Starting them costs about a third of a second. Results come back in
the order of the files, so that nothing depends on which worker was quicker.
"""

from __future__ import annotations

import contextlib
import logging
import os
import queue
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import NamedTuple, TypeVar

import msgspec

from eventlens.workspace.discovery import FileRecord
from eventlens.workspace.lowering_worker import Lowered, Request, answers_to, lower_file, receive, send

_log = logging.getLogger(__name__)

FEW_FILES = 60
"""Up to this many files are lowered in this process: cheaper than starting workers."""
_BATCH_BYTES = 80_000
_LEAVING_SECONDS = 2
_AHEAD_BYTES = 25_000
_SURVEYED_BYTES = 2_000_000

_Item = TypeVar("_Item")


class Asked(NamedTuple):
    """Files that the workers were given, and what will be their answer. What ``gives_way`` may be cancelled until they begin."""

    batch: list[FileRecord]
    answer: Future[list[Lowered | None]]
    gives_way: bool = False


class _Worker:
    """One worker process; asked by one thread at a time."""

    def __init__(self) -> None:
        code = f"import sys; sys.path[:] = {sys.path!r}; from eventlens.workspace.lowering_worker import main; main()"
        command = [sys.executable, "-I", "-c", code]
        flags = getattr(subprocess, "CREATE_NO_WINDOW", 0) | getattr(subprocess, "BELOW_NORMAL_PRIORITY_CLASS", 0)
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, creationflags=flags)

    def ask(self, request: Request) -> list[Lowered | None]:
        """Raises OSError or EOFError when the worker is gone."""
        assert self.process.stdin is not None and self.process.stdout is not None
        send(self.process.stdin, msgspec.msgpack.encode(request))
        return msgspec.msgpack.decode(receive(self.process.stdout), type=list[Lowered | None])

    def stop(self) -> None:
        """End the process: it leaves when its requests end, and is killed when it does not."""
        with contextlib.suppress(OSError, ValueError, subprocess.TimeoutExpired):
            self.process.communicate(timeout=_LEAVING_SECONDS)
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()


class LoweringPool:
    """Worker processes for one workspace; started when first needed, stopped by `close`."""

    def __init__(self, root: str, workers: int | None = None) -> None:
        self._root = root
        self._size = workers or max(1, min(os.cpu_count() or 1, 16))
        self._workers: list[_Worker] = []
        self._idle: queue.SimpleQueue[_Worker | None] = queue.SimpleQueue()
        self._threads: ThreadPoolExecutor | None = None
        self._ahead: deque[Asked] = deque()
        self._serving = 0
        """Threads that work, or stand in line to work, on what is ahead."""

    @property
    def process_ids(self) -> list[int]:
        """The running workers."""
        return [worker.process.pid for worker in self._workers]

    def start(self) -> None:
        """Begin to start the workers, so that they are ready when files are handed in. Does nothing on a single core."""
        if self._threads is not None or self._size < 2:
            return
        self._threads = ThreadPoolExecutor(self._size, "lowering")
        for _ in range(self._size):
            worker = _started()
            self._idle.put(worker)
            if worker is not None:
                self._workers.append(worker)

    def lower(self, records: Sequence[FileRecord]) -> Iterator[Lowered | None]:
        """The lowered files, in order."""
        return self._in_workers(records) if self.is_worth(records) else (lower_file(self._root, one) for one in records)

    def is_worth(self, records: Sequence[FileRecord]) -> bool:
        """Whether workers would have so many files lowered sooner than this process."""
        return self._size > 1 and len(records) > (1 if self.is_running else FEW_FILES)

    @property
    def is_running(self) -> bool:
        """Whether workers have been started."""
        return self._threads is not None

    def begin(self, records: Sequence[FileRecord]) -> list[Asked]:
        """Give files to the running workers, in batches; each batch with what will be its answer."""
        assert self._threads is not None
        share = sum(record.size for record in records) // (2 * self._size)
        batches = in_batches(records, lambda record: record.size, min(_BATCH_BYTES, share))
        return [Asked(batch, self._threads.submit(self._answered, Request(self._root, batch))) for batch in batches]

    def begin_survey(self, records: Sequence[FileRecord], literals: tuple[bytes, ...]) -> list[Asked]:
        """Have the running workers survey files for ``literals``, in batches; each batch with what will be its answer."""
        assert self._threads is not None
        batches = in_batches(records, lambda record: record.size, _SURVEYED_BYTES)
        return [
            Asked(batch, self._threads.submit(self._answered, Request(self._root, batch, literals)))
            for batch in batches
        ]

    def begin_ahead(self, records: Sequence[FileRecord]) -> list[Asked]:
        """Like `begin`, for work that gives way to that of `begin` and whose answers can be cancelled."""
        assert self._threads is not None
        asked = [
            Asked(batch, Future(), gives_way=True)
            for batch in in_batches(records, lambda record: record.size, _AHEAD_BYTES)
        ]
        self._ahead.extendleft(reversed(asked))  # what was asked for last will be wanted first
        for _ in range(min(self._size - 1 - self._serving, len(asked))):
            self._serving += 1
            self._threads.submit(self._serve_ahead)
        return asked

    def _serve_ahead(self) -> None:
        """Answer one batch, then stand in line again behind what is urgent."""
        try:
            batch, answer, _ = self._ahead.popleft()
        except IndexError:
            self._serving -= 1
            return
        if answer.set_running_or_notify_cancel():
            try:
                answer.set_result(self._answered(Request(self._root, batch)))
            except BaseException as error:
                answer.set_exception(error)
        with contextlib.suppress(RuntimeError, AttributeError):  # closed meanwhile
            self._threads.submit(self._serve_ahead)  # type: ignore[union-attr]

    def close(self) -> None:
        """Stop the workers; the pool may be used again."""
        for _, answer, _ in self._ahead:
            answer.cancel()
        self._ahead.clear()
        if self._threads is not None:
            self._threads.shutdown(cancel_futures=True)
        for worker in self._workers:
            worker.stop()
        self._workers, self._threads, self._idle, self._serving = [], None, queue.SimpleQueue(), 0

    def _in_workers(self, records: Sequence[FileRecord]) -> Iterator[Lowered | None]:
        self.start()
        for _, answer, _ in self.begin(records):
            yield from answer.result()

    def _answered(self, request: Request) -> list[Lowered | None]:
        worker = self._idle.get()
        try:
            if worker is not None:
                return worker.ask(request)
        except (OSError, EOFError, msgspec.MsgspecError) as error:
            _log.warning("a worker process is gone (%s); its files are read in this process", error or "it ended")
            worker = None
        finally:
            self._idle.put(worker)
        return answers_to(request)


def _started() -> _Worker | None:
    """A worker; None where the system lets none be started, or where the interpreter is frozen into a program."""
    if not sys.executable or getattr(sys, "frozen", False):
        return None
    try:
        return _Worker()
    except (OSError, ValueError) as error:
        _log.warning("no worker process can be started (%s); files are read one after another", error)
        return None


def in_batches(items: Sequence[_Item], weight: Callable[[_Item], int], limit: int) -> Iterator[list[_Item]]:
    """Consecutive items in lists of about ``limit`` total weight."""
    batch: list[_Item] = []
    total = 0
    for item in items:
        batch.append(item)
        total += weight(item) + 500
        if total >= limit:
            yield batch
            batch, total = [], 0
    if batch:
        yield batch
