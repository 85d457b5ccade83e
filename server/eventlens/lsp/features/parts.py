"""Long answers: in parts where the client takes parts, whole where it does not."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Generic, TypeVar

from lsprotocol import types

from eventlens.lsp.connection import EventlensServer

Item = TypeVar("Item")
_PART = 100
"""Items in one part."""


class Answer(Generic[Item]):
    """The items of an answer as they are found. What was sent in a part is not answered again: then the answer itself is empty."""

    def __init__(self, ls: EventlensServer, token: types.ProgressToken | None) -> None:
        """``token`` is the client's for parts; None where it wants the answer whole."""
        self._ls = ls
        self._token = token
        self._held: list[Item] = []

    async def add(self, found: Iterable[Item]) -> None:
        """Items that were found, taken one by one: a request that is cancelled between two parts takes no more of them."""
        for item in found:
            self._held.append(item)
            if self._token is not None and len(self._held) == _PART:
                self._send(self._token)
                await asyncio.sleep(0)

    def end(self) -> list[Item]:
        """What is left to answer when everything is found."""
        if self._token is not None and self._held:
            self._send(self._token)
        return self._held

    def _send(self, token: types.ProgressToken) -> None:
        self._ls.progress(types.ProgressParams(token, self._held))
        self._held = []
