"""Types of what people write in files for Eventlens, library models and settings: frozen, and right once they were checked by `twins`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import msgspec


class Shortened(NamedTuple):
    """Of a field's type: an author may write it shorter; ``whole`` makes what is meant of it."""

    whole: Callable[[Any], Any]


class Checked(NamedTuple):
    """Of a field's type: ``check`` raises ValueError for a text that is none, with what is wrong and how to mend it."""

    check: Callable[[str], object]


class Written(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """What stands in a file; here nothing is shortened."""

    def check(self) -> None:
        """Raises ValueError where the fields do not go together."""
