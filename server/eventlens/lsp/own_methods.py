"""The server's own methods beside those of the protocol: ``eventlens/map``, ``eventlens/mapChanged``, ``eventlens/status``.

A client says at the start what it takes, in ``capabilities.experimental.eventlens``: ``{"map": true, "status": true, "peek": true}``.
What it does not name is not sent. Both notifications hold the URI of a folder; ``docs/editors.md`` describes the messages.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import attrs
from lsprotocol import types

MAP = "eventlens/map"
MAP_CHANGED = "eventlens/mapChanged"
STATUS = "eventlens/status"


@attrs.define
class MapRequest:
    """Asks for the maps of all folders."""

    id: int | str
    params: dict[str, Any] | None = None
    method: str = MAP
    jsonrpc: str = "2.0"


OWN_TYPES: dict[str, type[Any]] = {MAP: MapRequest}
"""What the client may send: method → message."""


class Wishes(NamedTuple):
    """What a client takes beyond the protocol.

    ``map`` and ``status`` are the two notifications. ``peek``: the commands behind the lenses answer with the places that they lead to,
    and the client shows them.
    """

    map: bool = False
    status: bool = False
    peek: bool = False

    @classmethod
    def of(cls, capabilities: types.ClientCapabilities) -> Wishes:
        """As the client says; anything else than ``true`` is no."""
        experimental = capabilities.experimental
        own = experimental.get("eventlens") if isinstance(experimental, dict) else None
        said = own if isinstance(own, dict) else {}
        return cls(*(said.get(name) is True for name in cls._fields))
