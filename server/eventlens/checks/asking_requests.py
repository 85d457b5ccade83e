"""Requests that only ask for something: who answers changes nothing, and who asked gets no answer where it fails."""

from __future__ import annotations

import re

from eventlens.flow.model import Site

_ASKS = "get|find|fetch|list|load|read|query|search|look_?up|count|exists"
_ASKING = re.compile(
    rf"(?:^|[^A-Za-z0-9])(?:{_ASKS})(?=[A-Z]|[^A-Za-z]|$)"
    rf"|(?:{'|'.join(one.capitalize() for one in _ASKS.split('|'))})(?=[A-Z]|[^A-Za-z]|$)"
    rf"|(?:^|[^A-Za-z0-9])(?:{_ASKS.upper()})(?=_|$)"
)
"""Words of channels and events that ask: ``getUser``, ``users.find``, ``FindUser``, ``FIND_USER``."""
_CHANGING = re.compile(r"(?i)or_?(?:create|make|add|insert)|and_?[a-z]|lock|claim|reserve|take|next|(?:un)?read_?mark")
"""What stands beside such a word where the answer is not all: ``getOrCreate``, ``find_and_lock``."""


def only_asks(site: Site) -> bool:
    """Whether a publish is a request that is called like a question."""
    if site.interaction != "request":
        return False
    names = [name for name in (site.event, *(site.channels or (site.channel,))) if name]
    return any(map(_ASKING.search, names)) and not any(map(_CHANGING.search, names))
