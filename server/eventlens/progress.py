"""How an analysis tells how far it is, and how it is told to stop.

May import nothing of the program: it is known before the engine is loaded.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

Progress: TypeAlias = Callable[[str, int, int], None]
"""Told (what is done now, done so far, of how many). It may raise `Superseded` to end the analysis."""


class Superseded(BaseException):
    """Raised by a progress callback: nobody wants the result any more.

    Like a cancelled task's, it is no error: what keeps one failing file or rule from spoiling the rest lets it through.
    """


def unwatched() -> None:
    """What is called now and then amid long work where nobody looks in."""


class Telling:
    """Passes progress on, and again and again what was told last, for who looks in amid long work."""

    def __init__(self, progress: Progress | None) -> None:
        self._progress = progress
        self._last = ("", 0, 0)

    def __call__(self, message: str, done: int, total: int) -> None:
        """Tell something new."""
        self._last = (message, done, total)
        self.beat()

    def beat(self) -> None:
        """Tell the same again."""
        if self._progress is not None:
            self._progress(*self._last)
