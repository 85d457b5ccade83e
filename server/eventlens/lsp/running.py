"""Starts the server on a transport and keeps the transport clean."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from typing import BinaryIO

from eventlens.lsp.ending import end_process
from eventlens.lsp.engine import Engine
from eventlens.lsp.server import create_server
from eventlens.lsp.sockets import Transport

log = logging.getLogger(__name__)

_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
_SWITCH_INTERVAL = 0.001
"""Seconds. The event loop shares the interpreter with the analysis; it must not wait long for its turn."""


def serve_stdio(engine: Engine | None = None) -> None:
    """Serve one client over standard input and output, then end the process: 0 after a shutdown, else 1."""
    output = _own_stdout()
    _prepare()
    server = create_server(engine)
    try:
        server.start_io(sys.stdin.buffer, output)
    finally:
        end_process(0 if server.shutdown_requested else 1)


def serve_over(transport: Transport, engine: Engine | None = None) -> None:
    """Serve the client that a transport lets in, then end the process like `serve_stdio`.

    Where a client may connect is told on standard error. Raises `eventlens.lsp.sockets.CannotListen`.
    """
    _prepare()

    async def serve() -> None:
        server = create_server(engine)
        await transport(server)
        end_process(0 if server.shutdown_requested else 1)

    asyncio.run(serve())


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
    if level != wanted:
        log.warning("EVENTLENS_LOG=%s: none of %s; WARNING is used", wanted, ", ".join(_LEVELS))
    sys.setswitchinterval(_SWITCH_INTERVAL)
