"""The words that a name is made of, whichever way it is spelt."""

from __future__ import annotations

import re

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")


def words_of(name: str) -> list[str]:
    """The words of a name in small letters (``orderID``, ``order-id``, ``ORDER_ID``: order, id); a number is a word of its own."""
    return [word.lower() for word in _WORD.findall(name)]
