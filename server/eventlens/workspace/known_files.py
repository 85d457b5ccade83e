"""What is remembered of files: looked up one by one while few are asked for, and read as a whole when many are."""

from __future__ import annotations

from eventlens.workspace.cache import Cache
from eventlens.workspace.cache_rows import KnownFile
from eventlens.workspace.discovery import FileRecord

FEW = 200
"""So many rows are looked up by themselves; reading 20,000 takes 0.13 s, for which the first look at an open file does not wait."""


class KnownFiles:
    """The files that the cache knows, and those that were learned of since. ``literals`` is the surveyor's fingerprint."""

    def __init__(self, cache: Cache | None, literals: str) -> None:
        self._cache = cache
        self._literals = literals
        self._asked: dict[FileRecord, KnownFile | None] = {}
        self._all: dict[FileRecord, KnownFile] | None = None if cache is not None else {}

    @property
    def is_whole(self) -> bool:
        """Whether all that the cache knows was read."""
        return self._all is not None

    def __len__(self) -> int:
        """Of those that were asked for, or of all once they were read."""
        return len(self._asked if self._all is None else self._all)

    def get(self, record: FileRecord) -> KnownFile | None:
        """What is known of a file in exactly this state."""
        if self._all is None and record not in self._asked and len(self._asked) < FEW:
            assert self._cache is not None
            self._asked[record] = self._cache.known_file(record, self._literals)
        if self._all is None and record in self._asked:
            return self._asked[record]
        return self.all().get(record)

    def all(self) -> dict[FileRecord, KnownFile]:
        """Everything that is known; not to be changed."""
        if self._all is None:
            assert self._cache is not None
            self._all = self._cache.known_files(self._literals)
            for record, known in self._asked.items():
                self._set(record, known)
            self._asked = {}
        return self._all

    def put(self, known: KnownFile) -> None:
        """Learn of a file."""
        self._set(known.record, known)

    def forget(self, record: FileRecord) -> None:
        """What was known of a file is wrong."""
        self._set(record, None)

    def _set(self, record: FileRecord, known: KnownFile | None) -> None:
        if self._all is None:
            self._asked[record] = known
        elif known is None:
            self._all.pop(record, None)
        else:
            self._all[record] = known
