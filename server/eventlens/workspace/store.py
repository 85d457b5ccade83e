"""What is known of the files on disk, by path, time and size: texts, surveys and modules, each made when first wanted."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from eventlens import ir
from eventlens.syntax.lowering import lower
from eventlens.workspace.discovery import FileRecord
from eventlens.workspace.survey import Survey, Surveyor, is_bundle


class FileStore:
    """Shared by the snapshots of one workspace. Answers are kept per `FileRecord`, so a changed file is a new question."""

    def __init__(self, root: Path, surveyor: Surveyor, exclude: tuple[str, ...] = ()) -> None:
        self.root = root
        self.surveyor = surveyor
        self.exclude = exclude
        self._surveys: dict[FileRecord, Survey] = {}
        self._modules: dict[FileRecord, ir.Module | None] = {}

    def text(self, record: FileRecord) -> bytes:
        """The file's bytes now; raises OSError when it is gone."""
        return (self.root / record.path).read_bytes()

    def survey(self, record: FileRecord) -> Survey:
        """The file's survey; empty when it is gone."""
        found = self._surveys.get(record)
        if found is None:
            source = self._readable(record)
            found = Survey() if source is None else self.surveyor.survey(source, record.language)
            self._surveys[record] = found
        return found

    def survey_all(self, records: Sequence[FileRecord]) -> None:
        """Survey many files."""
        for record in records:
            self.survey(record)

    def module(self, record: FileRecord) -> ir.Module | None:
        """The lowered file; None when it is gone or a bundle."""
        if record not in self._modules:
            source = self._readable(record)
            usable = source is not None and not is_bundle(source, record.language)
            self._modules[record] = lower(record.path, source) if usable and source is not None else None
        return self._modules[record]

    def lower_all(self, records: Sequence[FileRecord]) -> None:
        """Lower many files."""
        for record in records:
            self.module(record)

    def _readable(self, record: FileRecord) -> bytes | None:
        try:
            return self.text(record)
        except OSError:
            return None
