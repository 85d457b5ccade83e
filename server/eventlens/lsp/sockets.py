"""Serves one client over a socket."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, TypeAlias

from eventlens.lsp.connection import EventlensServer
from eventlens.lsp.receiving import receive

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
                await receive(server, reader.read)
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
