"""What fields are called that hold what says something of the message, or the message inside an envelope."""

from __future__ import annotations

import re

_HOLDERS = frozenset(
    (
        *("metadata", "meta", "info", "header", "headers", "envelope", "context", "ctx", "attributes", "properties", "extra", "extras", "common", "base"),
        *("baggage", "payload", "data", "body", "content", "detail", "message", "event", "value"),
    )
)  # fmt: skip
_ENCODED = frozenset(("payload", "data", "body", "content", "event", "envelope"))
_LAST_WORD = re.compile(r"^.*(?:[_\-.]|(?<=[a-z])(?=[A-Z]))(?=.)")


def is_holder(name: str) -> bool:
    """Whether what is in a field has to be known."""
    return _last_word(name) in _HOLDERS


def may_be_encoded(name: str) -> bool:
    """Whether a field may hold the message inside an envelope as a text."""
    return _last_word(name) in _ENCODED


def _last_word(name: str) -> str:
    return _LAST_WORD.sub("", name).lower()
