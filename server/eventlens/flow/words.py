"""The words of a text: what it mentions, found without parsing it."""

from __future__ import annotations

import re
import sys
from functools import lru_cache

_WORDS_ALONE = bytes(one if one >= 0x80 or chr(one).isalnum() or chr(one) in "_$" else ord(" ") for one in range(256))
"""What each byte becomes: a blank where it stands in no identifier, as far as one byte tells."""
_WORD = re.compile(r"[\w$]+")


def encoded_words(text: bytes) -> set[bytes]:
    """The identifiers in a UTF-8 text, those in comments and strings and the numbers too, each in UTF-8."""
    found = set(text.translate(_WORDS_ALONE).split())
    mixed = [one for one in found if not one.isascii()]  # few, so that only these are looked at letter by letter
    found.difference_update(mixed)
    for one in mixed:
        found.update(each.encode() for each in _WORD.findall(one.decode("utf-8", "replace")))
    return found


def words_in(text: bytes) -> frozenset[str]:
    """The same as texts."""
    return frozenset(sys.intern(one.decode()) for one in encoded_words(text))


remembered_words_in = lru_cache(maxsize=4096)(words_in)
"""`words_in`, remembered: nearly all of what an edited file declares is asked about again with the next letter."""
