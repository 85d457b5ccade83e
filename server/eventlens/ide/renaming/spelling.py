"""How a name is written at a place, whatever that is."""

from __future__ import annotations

from eventlens.ide.renaming.code_spelling import LANGUAGES, in_code
from eventlens.ide.renaming.configuration_spelling import in_file
from eventlens.ide.renaming.refusals import NotRenamable
from eventlens.ide.renaming.spelt import Spelt


def written(spelt: Spelt, name: str) -> str:
    """The name as it is written at a place. Raises NotRenamable where it cannot be."""
    return in_code(spelt, name) if spelt.language in LANGUAGES else in_file(spelt, name)


def spells(spelt: Spelt, source: bytes, name: str) -> bool:
    """Whether the bytes at a place are the name as it would be written there, or with other escapes in a literal of code."""
    body = source[spelt.start : spelt.end].decode("utf-8", "replace")
    try:
        return body == written(spelt, name) or (spelt.language in LANGUAGES and "\\" in body)
    except NotRenamable:
        return False
