"""How an analysis tells how far it is, and how it is told to stop.

May import nothing of the program: it is known before the engine is loaded.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

Progress: TypeAlias = Callable[[str, int, int], None]
"""Told (what is done now, done so far, of how many). It may raise `Superseded` to end the analysis."""


class Superseded(Exception):
    """Raised by a progress callback: nobody wants the result any more."""
