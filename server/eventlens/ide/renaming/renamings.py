"""What is renamed, and where it is written."""

from __future__ import annotations

from typing import NamedTuple

from eventlens.flow.model import Channel
from eventlens.ide.renaming.spelt import Spelt


class Renaming(NamedTuple):
    """A name with its places. ``channels`` are those of the name that are renamed together, as it is written at the same places for
    them. For the name of an event there are none, and ``event_sites`` are its sites (ids)."""

    name: str
    channels: list[Channel]
    spelt: list[Spelt]
    event_sites: frozenset[str] = frozenset()
