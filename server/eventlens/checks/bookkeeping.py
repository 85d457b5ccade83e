"""Tables in which consumers keep books of their messages, rather than what the messages are about."""

from __future__ import annotations

import re

_BOOKS = re.compile(r"(?i)inbox|outbox|processed|dedup|idempot|offset|lock|audit|logs?$|histor")


def keeps_books(table: str) -> bool:
    """Whether a table is called like one of what was handled, sent or done, or of how far a consumer has come."""
    return _BOOKS.search(table) is not None
