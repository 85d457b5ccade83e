"""Progress of indexing, and of long requests, as the client shows it."""

from __future__ import annotations

import asyncio
import logging
import time
import uuid

from lsprotocol import types
from pygls.lsp.server import LanguageServer

from eventlens.lsp.session import IndexingProgress
from eventlens.progress import Superseded

log = logging.getLogger(__name__)

_INTERVAL = 0.1
"""Seconds between two reports."""
_CREATION = 2.0
"""Seconds that a client may take to agree to a display; after that the work begins without one."""


class WorkDoneProgress(IndexingProgress):
    """A ``$/progress`` of the server's own making."""

    def __init__(self, ls: LanguageServer, token: str, title: str) -> None:
        self._ls = ls
        self._token = token
        self._loop = asyncio.get_running_loop()
        self._percentage = 0
        self._reported = 0.0
        self._ended = False
        ls.work_done_progress.begin(token, types.WorkDoneProgressBegin(title=title, cancellable=True, percentage=0))

    def report(self, message: str, done: int, total: int) -> None:
        """Show how far it is; the percentage never goes back."""
        now = time.monotonic()
        if now - self._reported >= _INTERVAL:
            self._reported = now
            self._percentage = max(self._percentage, min(100, 100 * done // max(total, 1)))
            self._loop.call_soon_threadsafe(self._send, f"{message} {done}/{total}", self._percentage)

    def cancelled(self) -> bool:
        """Whether the user asked to stop."""
        future = self._ls.work_done_progress.tokens.get(self._token)
        return future is not None and future.cancelled()

    def end(self) -> None:
        """Take the display away."""
        self._ended = True
        self._ls.work_done_progress.end(self._token, types.WorkDoneProgressEnd())
        self._ls.work_done_progress.tokens.pop(self._token, None)

    def _send(self, message: str, percentage: int) -> None:
        if not self._ended:
            self._ls.work_done_progress.report(
                self._token, types.WorkDoneProgressReport(message=message, percentage=percentage)
            )


class RequestProgress:
    """The progress of one request, told to a client that asked for it. ``report`` is called from the worker's thread."""

    def __init__(self, ls: LanguageServer, token: types.ProgressToken | None, title: str) -> None:
        self._ls = ls
        self._token = token
        self._loop = asyncio.get_running_loop()
        self._reported = 0.0
        self._ended = False
        if token is not None:
            ls.work_done_progress.begin(token, types.WorkDoneProgressBegin(title=title, cancellable=True))

    def report(self, message: str, done: int, total: int) -> None:
        """Show how far it is. Raises Superseded when nobody waits for the answer any more."""
        future = self._ls.work_done_progress.tokens.get(self._token) if self._token is not None else None
        if self._ended or (future is not None and future.cancelled()):
            raise Superseded
        now = time.monotonic()
        if self._token is not None and now - self._reported >= _INTERVAL:
            self._reported = now
            self._loop.call_soon_threadsafe(self._send, f"{message} {done}/{total}")

    def end(self) -> None:
        """No more of it: the work stops at its next step. Called on the event loop, once."""
        self._ended = True
        if self._token is not None:
            self._ls.work_done_progress.end(self._token, types.WorkDoneProgressEnd())
            self._ls.work_done_progress.tokens.pop(self._token, None)

    def _send(self, message: str) -> None:
        if not self._ended and self._token is not None:
            self._ls.work_done_progress.report(self._token, types.WorkDoneProgressReport(message=message))


async def start_progress(ls: LanguageServer, title: str) -> WorkDoneProgress | None:
    """A display in the client; None where the client has none."""
    window = ls.client_capabilities.window
    if window is None or not window.work_done_progress:
        return None
    token = f"eventlens/{uuid.uuid4()}"
    try:
        await asyncio.wait_for(ls.work_done_progress.create_async(token), _CREATION)
    except Exception:
        log.exception("the client refused a progress display")
        return None
    return WorkDoneProgress(ls, token, title)
