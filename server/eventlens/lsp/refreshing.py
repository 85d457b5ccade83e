"""Asks the client to ask again, once for several changes in a row."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import NamedTuple

log = logging.getLogger(__name__)

_PAUSE = 0.2
"""Seconds between a change and the request: what the client asks by itself meanwhile needs no request."""
_ANSWER = 5.0
"""Seconds that a client may take to answer."""


class Refresh(NamedTuple):
    """A request to the client, and whether it is still needed when its time has come."""

    ask: Callable[[], Awaitable[None]]
    is_needed: Callable[[], bool] = lambda: True


class Refreshing:
    """One refresh of one kind: never two at once, never none after the last change."""

    def __init__(self, refresh: Refresh) -> None:
        self._refresh = refresh
        self._due = False
        self._certain = False
        self._task: asyncio.Task[None] | None = None

    def soon(self, certainly: bool = False) -> None:
        """Something changed; with ``certainly`` it need not be asked whether that matters."""
        self._due = True
        self._certain = self._certain or certainly
        if self._task is None or self._task.done():
            self._task = asyncio.ensure_future(self._run())

    async def _run(self) -> None:
        while self._due:
            await asyncio.sleep(_PAUSE)
            self._due, certain, self._certain = False, self._certain, False
            if not (certain or self._refresh.is_needed()):
                continue
            try:
                await asyncio.wait_for(self._refresh.ask(), _ANSWER)
            except Exception:
                log.exception("the client did not ask again")
