"""Parts of a message that are read, as fields."""

from __future__ import annotations

from collections.abc import Iterable

from eventlens.flow.model import PayloadField
from eventlens.flow.noted_reads import Path
from eventlens.flow.schemas import MAX_DEPTH, room

NO_FIELDS = frozenset(("length", "size", "byteLength", "constructor", "prototype", "Length", "Span", "IsEmpty"))
"""Members of any value of a language, which are no fields of a message."""


def fields_of(paths: Iterable[Path], depth: int) -> list[PayloadField]:
    """What is read, as fields of types unknown; ``depth`` is that of the object around."""
    tree: dict[str, list[Path]] = {}
    for path in paths:
        if path and path[0] != "[]":
            tree.setdefault(path[0], []).append(path[1:])
    return [_field(name, rest, depth) for name, rest in list(tree.items())[: room(depth)]]


def _field(name: str, rest: list[Path], depth: int) -> PayloadField:
    repeated = any(path[:1] == ("[]",) for path in rest)
    inner = [path[1:] if path[:1] == ("[]",) else path for path in rest]
    fields = (
        fields_of((path for path in inner if path and path[0] not in NO_FIELDS), depth + 1) if depth < MAX_DEPTH else []
    )
    return PayloadField(
        name=name,
        type="array" if repeated else "object" if fields else "unknown",
        repeated=repeated,
        fields=fields,
    )
