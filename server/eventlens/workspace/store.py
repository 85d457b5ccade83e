"""What is known of the files on disk: texts, surveys and modules, from memory, from the cache, or made when first wanted."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from concurrent.futures import Future, TimeoutError
from itertools import islice
from pathlib import Path
from typing import TypeVar, cast

import msgspec

from eventlens import ir
from eventlens.progress import unwatched
from eventlens.workspace.cache import Cache
from eventlens.workspace.cache_place import front_end_version
from eventlens.workspace.cache_rows import KnownFile
from eventlens.workspace.discovery import Discovery, FileRecord, discover
from eventlens.workspace.known_files import KnownFiles
from eventlens.workspace.lowering_pool import FEW_FILES, Asked, LoweringPool
from eventlens.workspace.lowering_worker import Lowered, digest_of, lower_file, unpack
from eventlens.workspace.reading import read_file
from eventlens.workspace.survey import Survey, Surveyor

_MANY_TO_SURVEY = 1_000
"""When so many files are new, many will want lowering soon: the workers are started while the survey runs."""
_FLUSHED_AT = 4_000_000
"""Bytes of lowered modules that wait to be written: all of them are held until then."""
_FILES_AT_ONCE = 1_000
"""Files that are written to the cache before who waits may look in again."""
LARGE_BYTES = 200_000
"""From here on a file's syntax tree takes much memory, and reading it a while."""
_LOOKED_IN = 0.005
"""Seconds after which `FileStore.beat` is called again while a worker is waited for."""

_Derived = TypeVar("_Derived")
_Answer = TypeVar("_Answer")


class FileStore:
    """Shared by the snapshots of one workspace. Answers are kept per `FileRecord`, so a changed file is a new question."""

    def __init__(
        self,
        root: Path,
        surveyor: Surveyor,
        exclude: tuple[str, ...] = (),
        cache: Cache | None = None,
        walked_ns: int = 0,
        pool: LoweringPool | None = None,
    ) -> None:
        self.root = root
        self.surveyor = surveyor
        self.exclude = exclude
        self.cache = cache
        self.walked_ns = walked_ns
        """When the latest walk began: what is read from now on is of its records, or of later ones."""
        self.beat: Callable[[], None] = unwatched
        """Called now and then amid long work; see `Workspace.watched`."""
        self._pool = pool or LoweringPool(str(root))
        self._known = KnownFiles(cache, surveyor.fingerprint)
        self._packed: dict[FileRecord, bytes | None] = {}
        self._modules: dict[FileRecord, ir.Module | None] = {}
        self._derived: dict[tuple[str, object], tuple[ir.Module, object]] = {}
        self._surveyed: list[Asked] = []
        """Batches that the workers survey."""
        self._expected: dict[FileRecord, Asked] = {}
        self._new_files: dict[FileRecord, KnownFile] = {}
        self._new_modules: dict[bytes, bytes] = {}
        self._new_bytes = 0

    def walk(self) -> Discovery:
        """The files that there are now."""
        found = discover(self.root, self.exclude)
        self.walked_ns = found.began_ns
        return found

    def for_literals(self, surveyor: Surveyor) -> FileStore:
        """An empty store of the same files with the same cache and workers."""
        return FileStore(self.root, surveyor, self.exclude, self.cache, self.walked_ns, self._pool)

    def text(self, record: FileRecord) -> bytes:
        """The file's bytes now; raises OSError when it is gone."""
        return read_file(f"{self.root}/{record.path}", record.size)

    # ----------------------------------------------------------------------------------------------------- surveys

    def survey(self, record: FileRecord) -> Survey:
        """The file's survey; empty when it is gone."""
        known = self._known.get(record)
        if known is not None and known.survey is not None:
            return known.survey
        try:
            source = self.text(record)
        except OSError:
            return Survey()
        survey = self.surveyor.survey(source, record.language)
        self._learn(KnownFile(record, digest_of(record.path, source), survey))
        return survey

    def survey_all(self, records: Sequence[FileRecord]) -> None:
        """Survey many files; what is new is remembered in one go."""
        self.begin_survey(records)
        self._await_surveys()
        for record in self._unsurveyed(records):
            self.survey(record)
            self.beat()

    def begin_workers(self, sources: int) -> None:
        """Start the workers where so many files are all new."""
        if sources >= _MANY_TO_SURVEY and not (self.cache is not None and self.cache.knows_files()):
            self._pool.start()

    def begin_survey(self, records: Sequence[FileRecord]) -> None:
        """Have workers survey files where many are new; what they say is taken when all surveys are wanted."""
        if self._surveyed:
            return
        missing = self._unsurveyed(records)
        if len(missing) >= _MANY_TO_SURVEY:
            self._pool.start()
            if self._pool.is_running:
                self._surveyed = self._pool.begin_survey(missing, self.surveyor.literals)

    def _await_surveys(self) -> None:
        while self._surveyed:
            batch, answer, _ = self._surveyed[0]
            for record, found in zip(batch, () if answer.cancelled() else self._result(answer)):
                if found is not None:
                    self._learn(KnownFile(record, found.digest, found.survey))
            del self._surveyed[0]
            self.beat()

    def _unsurveyed(self, records: Sequence[FileRecord]) -> list[FileRecord]:
        known = self._known.all()
        return [record for record in records if (file := known.get(record)) is None or file.survey is None]

    # ----------------------------------------------------------------------------------------------------- modules

    def module(self, record: FileRecord) -> ir.Module | None:
        """The lowered file; None when it is gone or a bundle."""
        if record not in self._modules:
            self.beat()
        if record not in self._modules:
            if record in self._expected:
                self._await(record)
            if record not in self._packed:
                self._from_cache([record])
            if record not in self._packed:
                self._lower(record)
                self._flush_when_much()
            self._modules[record] = self._unpacked(record)
        return self._modules[record]

    def module_of(self, record: FileRecord, source: bytes) -> ir.Module | None:
        """The lowered file where it is known already and was found to hold this very text; None where that would have to be looked up."""
        known = self._known.get(record)
        module = self._modules.get(record)
        if known is None or module is None or module.size != len(source):
            return None
        return module if known.digest == digest_of(record.path, source) else None

    def _lower(self, record: FileRecord) -> None:
        """Lower one file now: a large one where workers run, as its syntax tree takes many times its size and its reading a while."""
        if record.size >= LARGE_BYTES and self._pool.is_running:
            self._expect(self._pool.begin([record]))
            self._await(record)
        if record not in self._packed:
            self._take(record, lower_file(str(self.root), record))

    def lower_all(self, records: Sequence[FileRecord]) -> None:
        """Have many files lowered. What the workers are given for it is taken, one file at a time, when it is wanted.

        While they survey all files, a few are lowered here: they would wait until the last survey is done.
        """
        missing = self._missing(records)
        for record in missing:
            asked = self._expected.get(record)
            if asked is not None and asked.gives_way and asked.answer.cancel():
                self._forget(asked)
        missing = [record for record in missing if record not in self._expected]
        if self._pool.is_worth(missing) and not (self._surveyed and len(missing) <= FEW_FILES):
            self._pool.start()
            self._expect(self._pool.begin(missing))
            self.flush()
        for record in missing:
            if record not in self._expected:
                self._lower(record)
                self.beat()
        self._flush_when_much()

    def derived(self, module: ir.Module, make: Callable[[ir.Module, Callable[[], None]], _Derived]) -> _Derived:
        """``make(module, beat)``, kept until the file at the module's path is asked about with another module."""
        known = self._derived.get((module.path, make))
        if known is None or known[0] is not module:
            known = self._derived[(module.path, make)] = (module, make(module, self.beat))
        return cast("_Derived", known[1])

    def expect(self, records: Iterable[FileRecord]) -> None:
        """Have the workers, where they run, lower files that will probably be wanted."""
        if self._pool.is_running:
            missing = self._missing(records)
            self._expect(self._pool.begin_ahead([record for record in missing if record not in self._expected]))

    def _expect(self, given: Iterable[Asked]) -> None:
        for asked in given:
            for record in asked.batch:
                self._expected[record] = asked

    def _forget(self, asked: Asked) -> None:
        for record in asked.batch:
            self._expected.pop(record, None)

    def _await(self, record: FileRecord) -> None:
        """Take what the workers make of a file's batch; of one that gives way, which they have not begun, the file alone."""
        asked = self._expected[record]
        self._forget(asked)
        if asked.gives_way and asked.answer.cancel():
            self._lower(record)
        elif not asked.answer.cancelled():
            done = self._result(asked.answer)
            for one, lowered in zip(asked.batch, done):
                if one not in self._modules:
                    self._take(one, lowered)
        self._flush_when_much()

    def _result(self, answer: Future[_Answer]) -> _Answer:
        """What a worker answers; who looks in meanwhile is not kept waiting."""
        while True:
            try:
                return answer.result(_LOOKED_IN)
            except TimeoutError:
                if answer.done():
                    raise
                self.beat()

    def _missing(self, records: Iterable[FileRecord]) -> list[FileRecord]:
        """Those of the files that neither memory nor the cache has lowered."""
        missing = [
            record for record in dict.fromkeys(records) if record not in self._modules and record not in self._packed
        ]
        self._from_cache(missing)
        return [record for record in missing if record not in self._packed]

    def _unpacked(self, record: FileRecord) -> ir.Module | None:
        packed = self._packed.pop(record)
        if packed is None:
            return None
        try:
            module = unpack(packed)
        except ValueError as error:
            if self.cache is not None:
                self.cache.distrust(str(error))
            lowered = lower_file(str(self.root), record)
            if lowered is None or lowered.module is None:
                return None
            module = unpack(lowered.module)
        return module if module.path == record.path else msgspec.structs.replace(module, path=record.path)

    def _from_cache(self, records: Sequence[FileRecord]) -> None:
        wanted = [known for record in records if (known := self._known.get(record)) is not None]
        if self.cache is None or not wanted:
            return
        found = self.cache.modules([known.digest for known in wanted], front_end_version())
        for known in wanted:
            if known.digest in found:
                self._packed[known.record] = found[known.digest]
            elif known.survey is not None and known.survey.bundled:
                self._packed[known.record] = None

    def _take(self, record: FileRecord, lowered: Lowered | None) -> None:
        self._packed[record] = None if lowered is None else lowered.module
        if lowered is None or self.cache is None:
            return
        if self._known.get(record) is None:
            self._learn(KnownFile(record, lowered.digest, None))
        if lowered.module is not None:
            self._new_modules[lowered.digest] = lowered.module
            self._new_bytes += len(lowered.module)

    # ------------------------------------------------------------------------------------------------------- cache

    def _learn(self, known: KnownFile) -> None:
        self._known.put(known)
        if self.cache is not None and known.record.is_settled(self.walked_ns):
            self._new_files[known.record] = known

    def _flush_when_much(self) -> None:
        if self._new_bytes > _FLUSHED_AT:
            self.flush()

    def flush(self) -> None:
        """Write what is new to the cache."""
        if self.cache is None:
            return
        while self._new_files:
            some = list(islice(self._new_files.items(), _FILES_AT_ONCE))
            self.cache.put_files([known for _, known in some], self.surveyor.fingerprint)
            for record, _ in some:
                del self._new_files[record]
            self.beat()
        if self._new_modules:
            self.cache.put_modules(self._new_modules, front_end_version())
            self._new_modules, self._new_bytes = {}, 0

    def forget_changed(self, records: Iterable[FileRecord]) -> set[str]:
        """Of files whose records need not show a change: forget those that did change, and tell their paths."""
        changed = [record for record in records if self._has_changed(record)]
        for record in changed:
            self._known.forget(record)
            self._new_files.pop(record, None)
            self._packed.pop(record, None)
            self._modules.pop(record, None)
        return {record.path for record in changed}

    def _has_changed(self, record: FileRecord) -> bool:
        known = self._known.get(record)
        if known is None:
            return not record.is_source  # the text of a source file is known to whom it matters
        try:
            return digest_of(record.path, self.text(record)) != known.digest
        except OSError:
            return True

    def forget_all_but(self, present: Collection[FileRecord]) -> None:
        """Drop from the cache what the workspace no longer holds, once that is a good part of it."""
        if self.cache is not None and self._known.is_whole and len(self._known) > 2 * len(present) + 100:
            self.cache.forget_files(present)

    def finish(self) -> None:
        """Write what is new and stop the workers."""
        self.flush()
        if self.cache is not None:
            self.cache.tidy_when_due()
        self._expected, self._surveyed = {}, []
        self._pool.close()

    def close(self) -> None:
        """Write what is new, stop the workers and let the cache go."""
        self.finish()
        if self.cache is not None:
            self.cache.close()
