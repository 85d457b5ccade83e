"""Reading, surveying and lowering many files, in worker processes where that pays.

Workers are spawned, so that they work alike on every platform and inherit no locks; starting them costs about a third of a
second. Results come back in the order of the files, encoded, so that nothing depends on which worker was quicker.
"""

from __future__ import annotations

import hashlib
import logging
import multiprocessing
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import TypeVar

import msgspec

from eventlens import ir
from eventlens.syntax.lowering import lower
from eventlens.workspace.discovery import FileRecord
from eventlens.workspace.reading import read_file
from eventlens.workspace.survey import is_bundle

_log = logging.getLogger(__name__)

FEW_FILES = 60
"""Up to this many files are lowered in this process: cheaper than starting workers."""
_BATCH_BYTES = 250_000

_Item = TypeVar("_Item")


class Lowered(msgspec.Struct, frozen=True, array_like=True):
    """One lowered file. ``module`` is encoded, and None for a bundle."""

    digest: bytes
    module: bytes | None


def digest_of(path: str, source: bytes) -> bytes:
    """Names a file's content; files of different kinds differ even with the same bytes."""
    suffix = path.rpartition("/")[2].rpartition(".")[2]
    return hashlib.blake2b(source, digest_size=16, key=suffix.encode()[:64]).digest()


def lower_file(root: str, record: FileRecord) -> Lowered | None:
    """Read and lower one file; None when it is gone."""
    try:
        source = read_file(f"{root}/{record.path}", record.size)
    except OSError:
        return None
    digest = digest_of(record.path, source)
    if is_bundle(source, record.language):
        return Lowered(digest, None)
    return Lowered(digest, ir.encode(lower(record.path, source)))


def _lower_batch(root: str, records: list[FileRecord]) -> list[Lowered | None]:
    return [lower_file(root, record) for record in records]


class LoweringPool:
    """Worker processes for one workspace; started when first needed, stopped by `close`."""

    def __init__(self, root: str, workers: int | None = None) -> None:
        self._root = root
        self._workers = workers or max(1, min(os.cpu_count() or 1, 16))
        self._executor: ProcessPoolExecutor | None = None

    def start(self) -> None:
        """Begin to start the workers, so that they are ready when files are handed in. Does nothing on a single core."""
        if self._executor is None and self._workers > 1:
            self._executor = ProcessPoolExecutor(self._workers, mp_context=multiprocessing.get_context("spawn"))
            for _ in range(self._workers):
                self._executor.submit(_lower_batch, self._root, [])

    def lower(self, records: Sequence[FileRecord]) -> Iterator[Lowered | None]:
        """The lowered files, in order."""
        if self._workers < 2 or len(records) <= FEW_FILES:
            return (lower_file(self._root, record) for record in records)
        return self._in_workers(records)

    def close(self) -> None:
        """Stop the workers; the pool may be used again."""
        if self._executor is not None:
            self._executor.shutdown(wait=False, cancel_futures=True)
            self._executor = None

    def _in_workers(self, records: Sequence[FileRecord]) -> Iterator[Lowered | None]:
        batches = list(in_batches(records, lambda record: record.size, _BATCH_BYTES))
        futures: list[Future[list[Lowered | None]]] = []
        try:
            self.start()
            assert self._executor is not None
            futures = [self._executor.submit(_lower_batch, self._root, batch) for batch in batches]
        except (OSError, RuntimeError) as error:
            self._give_up(error)
        for position, batch in enumerate(batches):
            try:
                yield from futures[position].result() if position < len(futures) else _lower_batch(self._root, batch)
            except BrokenProcessPool as error:
                self._give_up(error)
                futures = []
                yield from _lower_batch(self._root, batch)

    def _give_up(self, error: Exception) -> None:
        _log.warning("worker processes cannot be used (%s); files are read one after another", error)
        self.close()
        self._workers = 1


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
