"""The words of a text: what it mentions, found without parsing it."""

from __future__ import annotations

import sys

_WORDS_ALONE = "".join(one if one.isascii() and (one.isalnum() or one in "_$") else " " for one in map(chr, range(256)))
"""What each Latin-1 character becomes: a blank where it stands in no identifier. The bytes of what is not ASCII become blanks too."""


def words_in(text: bytes) -> frozenset[str]:
    """The identifiers in a text, those in comments and strings and the numbers too."""
    return frozenset(map(sys.intern, set(text.decode("latin-1").translate(_WORDS_ALONE).split())))
