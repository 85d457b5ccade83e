"""A model entry that matches at a place in the code."""

from __future__ import annotations

from dataclasses import dataclass

from eventlens.flow.library_models import CompiledModel, Entry
from eventlens.flow.matched_place import Place


@dataclass(frozen=True, eq=False)
class LibraryMatch:
    """A model entry that matches at a place in the code."""

    model: CompiledModel
    section: str
    entry: Entry
    place: Place
    likely: bool = False
    handed_over: LibraryMatch | None = None
    """What makes the call that matched, later or elsewhere; the code names only the function (``partial(task.delay, order)``)."""

    @property
    def library(self) -> str:
        return self.model.model.library
