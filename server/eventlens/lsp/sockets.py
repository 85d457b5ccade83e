"""Serves one client over a socket."""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import Awaitable, Callable, Iterable
from threading import Event
from typing import Any, TypeAlias

from pygls.io_ import run_async

from eventlens.lsp.connection import EventlensServer

log = logging.getLogger(__name__)

Transport: TypeAlias = Callable[[EventlensServer], Awaitable[None]]


class CannotListen(Exception):
    """The address cannot be listened on; the text says why."""


def over_tcp(host: str, port: int) -> Transport:
    """Waits for a client at the address and serves it until it goes. Only one is let in."""

    async def serve(server: EventlensServer) -> None:
        gone = asyncio.Event()
        clients: list[asyncio.StreamWriter] = []

        async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            if clients:
                writer.close()
                return
            clients.append(writer)
            try:
                server.protocol.set_writer(writer)
                await run_async(Event(), reader, server.protocol, log, server.report_server_error)
            except (OSError, asyncio.IncompleteReadError):
                log.info("the client went in the middle of a message")
            finally:
                gone.set()

        try:
            listening = await asyncio.start_server(connected, host, port)
        except OSError as error:
            raise CannotListen(error.strerror or str(error)) from error
        announce("tcp", listening.sockets)
        await gone.wait()

    return serve


def announce(scheme: str, sockets: Iterable[Any]) -> None:
    """Say on standard error where a client may connect."""
    host, port = next(iter(sockets)).getsockname()[:2]
    sys.stderr.write(f"listening on {scheme}://{f'[{host}]' if ':' in host else host}:{port}\n")
    sys.stderr.flush()
