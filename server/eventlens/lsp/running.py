"""Starts the server on a transport and keeps the transport clean."""

from __future__ import annotations

import logging
import os
import sys
from typing import BinaryIO

from eventlens.lsp.ending import end_process
from eventlens.lsp.server import create_server
from eventlens.lsp.session import Engine

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


def serve_tcp(host: str, port: int, engine: Engine | None = None) -> None:
    """Serve one client that connects to the address, then end the process like `serve_stdio`."""
    _prepare()
    server = create_server(engine)
    try:
        server.start_tcp(host, port)
    finally:
        end_process(0 if server.shutdown_requested else 1)


def _own_stdout() -> BinaryIO:
    """Keep standard output for the protocol: whatever else is printed, by whatever library, goes to standard error."""
    sys.stdout.flush()
    protocol = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    return protocol


def _prepare() -> None:
    logging.basicConfig(
        stream=sys.stderr,
        level=os.environ.get("EVENTLENS_LOG", "WARNING").upper(),
        format="%(levelname)s %(name)s: %(message)s",
    )
    sys.setswitchinterval(_SWITCH_INTERVAL)
