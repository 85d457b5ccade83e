"""The server's own methods beside those of the protocol: ``eventlens/map``, ``eventlens/mapChanged``, ``eventlens/status``, ``eventlens/trust``.

A client that shows the flow map says so at the start, in ``capabilities.experimental.eventlens``: ``{"map": true, "status": true}``.
What it does not name is not sent. The two notifications of the server hold the URI of a folder; ``docs/editors.md`` describes all four.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import attrs
from lsprotocol import types

MAP = "eventlens/map"
MAP_CHANGED = "eventlens/mapChanged"
STATUS = "eventlens/status"
TRUST = "eventlens/trust"


@attrs.define
class MapRequest:
    """Asks for the maps of all folders."""

    id: int | str
    params: dict[str, Any] | None = None
    method: str = MAP
    jsonrpc: str = "2.0"


@attrs.define
class TrustParams:
    """``trusted``: whether the user trusts the workspace."""

    trusted: bool


@attrs.define
class TrustNotification:
    """The user came to trust the workspace, or does not any more."""

    params: TrustParams
    method: str = TRUST
    jsonrpc: str = "2.0"


OWN_TYPES: dict[str, type[Any]] = {MAP: MapRequest, TRUST: TrustNotification}
"""What the client may send: method → message."""


class Wishes(NamedTuple):
    """Which of the server's own notifications a client takes."""

    map: bool = False
    status: bool = False

    @classmethod
    def of(cls, capabilities: types.ClientCapabilities) -> Wishes:
        """As the client says; anything else than ``true`` is no."""
        experimental = capabilities.experimental
        own = experimental.get("eventlens") if isinstance(experimental, dict) else None
        said = own if isinstance(own, dict) else {}
        return cls(*(said.get(name) is True for name in cls._fields))
