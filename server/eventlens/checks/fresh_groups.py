"""Consumer groups whose name is made up anew each time that the program starts."""

from __future__ import annotations

import re

from eventlens.behaviour.fresh_values import FRESH
from eventlens.checks.context import Consumer
from eventlens.flow.denotations import Denotation, External, ExternalResult, Hole, Opaque, Text
from eventlens.flow.reading import read_first
from eventlens.knowledge.schema import Subscribe

_MADE_UP = re.compile(
    r"(?i)(uuid\w*|nanoid|ulid|cuid|randombytes|token_hex|token_urlsafe|date\.now|time\.time|rand(?:om|int|range)|getrandbits|next_?int)\s*\("
)
"""A call, as it is written, that gives another text each time."""
_DRAWN = FRESH | {"random", "randint", "randrange", "getrandbits", "nextint", "nextlong", "intn"}
"""Names of functions, in small letters, that give another number or id at each start."""
_RANDOM_SETTING = re.compile(r"random\.(?:uuid|value|int|long)\b")
"""The name of a setting that Spring makes up at each start (``${random.uuid}``)."""


def has_fresh_group(consumer: Consumer) -> bool:
    """Whether a subscription makes up its group's name each time it starts: no position outlives the run."""
    entry = consumer.node.match.entry
    assert isinstance(entry, Subscribe)
    return any(_is_made_up(value) for value in read_first(consumer.node.place, entry.group))


def _is_made_up(value: Denotation) -> bool:
    if isinstance(value, Text):
        return any(_is_made_up_hole(part) for part in value.parts if not isinstance(part, str))
    if isinstance(value, ExternalResult):
        return any(name.lower() in _DRAWN for name in value.external.path)
    if isinstance(value, External):
        return "()" in value.path and any(name.lower() in _DRAWN for name in value.path)
    return isinstance(value, Opaque) and bool(_MADE_UP.search(value.what))


def _is_made_up_hole(hole: Hole) -> bool:
    return (
        (hole.of is not None and _is_made_up(hole.of))
        or bool(_MADE_UP.search(hole.name))
        or _RANDOM_SETTING.match(hole.name) is not None
    )
