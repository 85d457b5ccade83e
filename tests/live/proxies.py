"""A proxy before a server that can stop the traffic at the very moment that matters.

A `Trap` is a chain of steps over the proxies of one process: each waits for bytes that the client sends; at the last one the traffic
is held, and whoever waits for the trap may kill the process then. *before*: the bytes have not reached the server. *after*: the server
has got them and, where it answers, has answered, but the client does not know.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from .servers import HOST, Door

# A client that waits for no answer goes on while the traffic is held: it gets the time to.
GRACE_SECONDS = 0.3
ANSWER_SECONDS = 0.3
LONGEST_MARK = 64


@dataclass(frozen=True)
class Step:
    """Bytes that the client sends through one of the proxies, for the ``nth`` time since the step before."""

    proxy: Proxy
    mark: re.Pattern[bytes]
    nth: int = 1


@dataclass
class Trap:
    """Steps to wait for one after the other; ``after`` tells on which side of the server the last one is held, if it is."""

    name: str
    steps: list[Step]
    after: bool = False
    holds: bool = True
    sprung: asyncio.Event = field(default_factory=asyncio.Event)
    _passed: int = 0
    _seen: int = 0

    def meets(self, proxy: Proxy, data: bytes, fresh: int) -> bool:
        """Takes note of sent bytes, of which those from ``fresh`` on are new; says whether they are to be held."""
        if self._passed == len(self.steps):
            # It has closed: what other connections do meanwhile is let through.
            return False
        while self._passed < len(self.steps):
            step = self.steps[self._passed]
            ends = (
                [found.end() for found in step.mark.finditer(data) if found.end() > fresh]
                if step.proxy is proxy
                else []
            )
            self._seen += len(ends)
            if self._seen < step.nth:
                return False
            self._passed, self._seen = self._passed + 1, 0
            fresh = ends[-1]
        return True


class Proxy:
    """Passes connections on to a server's door; holds the one that its trap closes on."""

    def __init__(self, door: Door) -> None:
        self._door = door
        self._trap: Trap | None = None
        self._connections: set[asyncio.Task[None]] = set()

    @property
    def port(self) -> int:
        """Where clients connect."""
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    def set(self, trap: Trap | None) -> None:
        """Set a trap, in place of any other; None to let everything pass."""
        self._trap = trap

    @classmethod
    @contextlib.asynccontextmanager
    async def open(cls, door: Door) -> AsyncIterator[Proxy]:
        """A proxy for the time of a block."""
        proxy = cls(door)
        proxy._server = await asyncio.start_server(proxy._connected, HOST, door.front)
        try:
            yield proxy
        finally:
            proxy._server.close()
            for task in proxy._connections:
                task.cancel()
            await asyncio.gather(*proxy._connections, return_exceptions=True)

    _server: asyncio.Server

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._connections.add(task)
        try:
            far_reader, far_writer = await asyncio.open_connection(HOST, self._door.back)
            await _Connection(self, reader, writer, far_reader, far_writer).run()
        except (OSError, asyncio.CancelledError):
            # The other side is gone, or the proxy is closed: a connection ends either way.
            pass
        finally:
            writer.close()
            self._connections.discard(task)

    def closes_on(self, data: bytes, fresh: int) -> Trap | None:
        """The trap that these bytes spring, if any."""
        trap = self._trap
        if trap is None or not trap.meets(self, data, fresh):
            return None
        return trap


@dataclass
class _Connection:
    proxy: Proxy
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    far_reader: asyncio.StreamReader
    far_writer: asyncio.StreamWriter
    held: bool = False
    answered: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self) -> None:
        pumps = [asyncio.create_task(self._outward()), asyncio.create_task(self._inward())]
        try:
            await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for pump in pumps:
                pump.cancel()
            await asyncio.gather(*pumps, return_exceptions=True)
            self.far_writer.close()

    async def _outward(self) -> None:
        tail = b""
        while data := await self.reader.read(65536):
            if self.held:
                continue
            trap = self.proxy.closes_on(tail + data, len(tail))
            if trap is not None and trap.holds:
                await self._hold(trap, data)
                continue
            if trap is not None:
                trap.sprung.set()
            tail = (tail + data)[-LONGEST_MARK:]
            self.far_writer.write(data)
            await self.far_writer.drain()

    async def _inward(self) -> None:
        while data := await self.far_reader.read(65536):
            self.answered.set()
            if not self.held:
                self.writer.write(data)
                await self.writer.drain()

    async def _hold(self, trap: Trap, data: bytes) -> None:
        self.held = True
        if trap.after:
            self.answered.clear()
            self.far_writer.write(data)
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self.answered.wait(), ANSWER_SECONDS)
        await asyncio.sleep(GRACE_SECONDS)
        trap.sprung.set()
