"""A place where a name is written."""

from __future__ import annotations

from typing import NamedTuple


class Spelt(NamedTuple):
    """Bytes of a file, quotes left out, that spell a name.

    ``language`` is that of code, or the format of a configuration file in which the name is a whole value; "" where it is a part of a
    longer text, or a key. ``prefix`` and ``quote`` are the literal's or the value's; no quote is a value that is written without.
    """

    path: str
    start: int
    end: int
    language: str = ""
    prefix: str = ""
    quote: str = ""
