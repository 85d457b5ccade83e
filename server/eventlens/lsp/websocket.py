"""Serves one client over a WebSocket, one message a text frame. Loaded when it is wanted."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Sequence

from websockets.asyncio.server import ServerConnection
from websockets.asyncio.server import serve as listen
from websockets.exceptions import ConnectionClosed
from websockets.typing import Origin

from eventlens.lsp.connection import EventlensServer
from eventlens.lsp.framing import MAX_MESSAGE, parsed
from eventlens.lsp.sockets import CannotListen, Transport, announce

log = logging.getLogger(__name__)

_TRY_AGAIN_LATER = 1013


def over_websocket(host: str, port: int, origins: Sequence[str]) -> Transport:
    """Waits for a client at the address and serves it until it goes. Only one is let in.

    A browser says which page connects; only pages of ``origins`` are let in, else any page that is visited could read the workspace.
    """

    async def serve(server: EventlensServer) -> None:
        gone = asyncio.Event()
        clients: list[ServerConnection] = []

        async def connected(client: ServerConnection) -> None:
            if clients:
                await client.close(_TRY_AGAIN_LATER, "there is a client already")
                return
            clients.append(client)
            try:
                server.protocol.set_writer(_TextFrames(client), include_headers=False)
                async for message in client:
                    server.protocol.take(parsed(message))
                    await asyncio.sleep(0)
            except ConnectionClosed as closed:
                _tell_why(closed)
            finally:
                gone.set()

        try:
            listening = await listen(connected, host, port, origins=[None, *map(Origin, origins)], max_size=MAX_MESSAGE)
        except OSError as error:
            raise CannotListen(error.strerror or str(error)) from error
        announce("ws", listening.sockets)
        await gone.wait()

    return serve


class _TextFrames:
    """Writes each message as a text frame: what clients in a browser expect."""

    def __init__(self, client: ServerConnection) -> None:
        self._client = client

    def write(self, message: bytes) -> Awaitable[None]:
        """Send a message. The order of calls is the order on the wire."""
        sending: Awaitable[None] = self._client.send(message.decode("utf-8"))
        return sending

    def close(self) -> Awaitable[None]:
        """End the connection."""
        closing: Awaitable[None] = self._client.close()
        return closing


def _tell_why(closed: ConnectionClosed) -> None:
    if closed.sent is not None and not closed.rcvd_then_sent:
        log.error("what the client sends cannot be read as messages of the protocol: %s", closed.sent.reason)
    else:
        log.info("the client went without saying goodbye")
