"""The words of a text: what it mentions, found without parsing it."""

from __future__ import annotations

import re
import sys

_WORDS_ALONE = "".join(
    chr(0x100 + ord(one)) if not one.isascii() else one if one.isalnum() or one in "_$" else " "
    for one in map(chr, range(256))
)
"""What each byte becomes, read as Latin-1: a blank where it stands in no identifier. Those of what is not ASCII are moved to letters
of which none is a blank, as two of them are in Latin-1."""
_WORD = re.compile(r"[\w$]+")


def words_in(text: bytes) -> frozenset[str]:
    """The identifiers in a UTF-8 text, those in comments and strings and the numbers too."""
    found = set(text.decode("latin-1").translate(_WORDS_ALONE).split())
    mixed = [one for one in found if not one.isascii()]  # few, so that only these are looked at letter by letter
    found.difference_update(mixed)
    for one in mixed:
        found.update(_WORD.findall(bytes(ord(each) & 0xFF for each in one).decode("utf-8", "replace")))
    return frozenset(map(sys.intern, found))
