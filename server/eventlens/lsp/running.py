"""Starts the server on a transport and keeps the transport clean."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import BinaryIO, NoReturn

from eventlens.lsp import garbage
from eventlens.lsp.connection import EventlensServer
from eventlens.lsp.ending import end_process
from eventlens.lsp.engine import Engine
from eventlens.lsp.receiving import receive
from eventlens.lsp.server import create_server
from eventlens.lsp.sockets import Transport

log = logging.getLogger(__name__)

_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
_SWITCH_INTERVAL = 0.0002
"""Seconds. The event loop shares the interpreter with the analysis; it must not wait long for its turn."""


def serve_stdio(engine: Engine | None = None, paranoid: bool = False) -> None:
    """Serve one client over standard input and output, then end the process: 0 after a shutdown, else 1."""
    output = _own_stdout()
    _prepare()
    reading = ThreadPoolExecutor(1, thread_name_prefix="eventlens-input")

    async def read(count: int) -> bytes:
        return await asyncio.get_running_loop().run_in_executor(reading, os.read, 0, count)

    async def serve() -> None:
        server = create_server(engine, paranoid)
        server.protocol.set_writer(_Output(output, server))
        garbage.begin()
        await receive(server, read)
        _end(server)

    try:
        asyncio.run(serve())
    except Exception:
        log.exception("the server cannot go on")
    finally:
        end_process(1)


def serve_over(transport: Transport, engine: Engine | None = None, paranoid: bool = False) -> None:
    """Serve the client that a transport lets in, then end the process like `serve_stdio`.

    Where a client may connect is told on standard error. Raises `eventlens.lsp.sockets.CannotListen`.
    """
    _prepare()

    async def serve() -> None:
        server = create_server(engine, paranoid)
        garbage.begin()
        await transport(server)
        _end(server)

    asyncio.run(serve())


class _Output:
    """Standard output as the protocol writes to it."""

    def __init__(self, stream: BinaryIO, server: EventlensServer) -> None:
        self._stream = stream
        self._server = server

    def write(self, message: bytes) -> None:
        """Write a message; the process ends when nobody can read it any more."""
        try:
            self._stream.write(message)
            self._stream.flush()
        except OSError as error:
            log.info("the client reads no more: %s", error)
            _end(self._server)

    def close(self) -> None:
        """Let go of standard output."""
        self._stream.close()


def _end(server: EventlensServer) -> NoReturn:
    end_process(0 if server.shutdown_requested else 1)


def _own_stdout() -> BinaryIO:
    """Keep standard output for the protocol: whatever else is printed, by whatever library, goes to standard error."""
    sys.stdout.flush()
    protocol = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    return protocol


def _prepare() -> None:
    wanted = os.environ.get("EVENTLENS_LOG", "WARNING").upper()
    level = wanted if wanted in _LEVELS else "WARNING"
    logging.basicConfig(stream=sys.stderr, level=level, format="%(levelname)s %(name)s: %(message)s")
    for library in ("pygls", "websockets", "asyncio"):  # below, they write down whole documents, secrets and all
        logging.getLogger(library).setLevel(max(logging.WARNING, logging.getLevelName(level)))
    if level != wanted:
        log.warning("EVENTLENS_LOG=%s: none of %s; WARNING is used", wanted, ", ".join(_LEVELS))
    sys.setswitchinterval(_SWITCH_INTERVAL)
