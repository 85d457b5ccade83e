"""Takes in what a client sends over a byte stream."""

from __future__ import annotations

import asyncio
import logging

from eventlens.lsp.connection import EventlensServer
from eventlens.lsp.framing import Frames, NotFramed, Read

log = logging.getLogger(__name__)


async def receive(server: EventlensServer, read: Read) -> None:
    """Take in the client's messages until there are no more."""
    frames = Frames(read)
    try:
        while (message := await frames.next()) is not None:
            server.protocol.take(message)
            # A request looks at the documents as they are now: its handler begins before the next edit is taken in.
            await asyncio.sleep(0)
    except (EOFError, OSError):
        log.info("the client went in the middle of a message")
    except NotFramed as problem:
        log.error("what the client sends cannot be read as messages of the protocol: %s", problem)
