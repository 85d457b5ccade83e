"""Loading the engine late: two threads that each load a part of it at the same time would wait for each other."""

from __future__ import annotations

from threading import RLock

LOADING = RLock()
"""Held by who loads modules of the engine while the server runs."""
