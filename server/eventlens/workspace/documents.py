"""A file as the editor holds it, ahead of the disk."""

from __future__ import annotations

from eventlens import ir
from eventlens.syntax.grammars import Parsed
from eventlens.syntax.lowering import lower_after
from eventlens.workspace.discovery import FileRecord
from eventlens.workspace.survey import Survey, Surveyor, is_bundle


class Overlay:
    """Unsaved text of one file; surveyed and lowered at most once each. Its record has no time and no inode.

    ``before`` is an earlier text of the file: what the edits since left alone is not parsed again.
    """

    def __init__(self, path: str, source: bytes, language: str, before: Overlay | None = None) -> None:
        self.record = FileRecord(path, len(source), 0, 0, language)
        self.source = source
        self._survey: tuple[Surveyor, Survey] | None = None
        self._module: ir.Module | None = None
        self._parsed: Parsed | None = None if before is None else before._parsed
        """The tree of the latest text that was lowered."""

    @property
    def is_lowered(self) -> bool:
        """Whether `module` is known already."""
        return self._module is not None

    def survey(self, surveyor: Surveyor) -> Survey:
        """What the text mentions."""
        if self._survey is None or self._survey[0] is not surveyor:
            self._survey = (surveyor, surveyor.survey(self.source, self.record.language))
        return self._survey[1]

    def module(self) -> ir.Module | None:
        """The lowered text; None for a bundle."""
        if self._module is None and not is_bundle(self.source, self.record.language):
            self._module, self._parsed = lower_after(self.record.path, self.source, self._parsed)
        return self._module
