"""Objects that a call makes of the names and values that it is given (``dict(id=…)``, ``Map.of("id", …)``)."""

from __future__ import annotations

from eventlens import ir
from eventlens.flow.denotations import ExternalResult


def named_entries(value: ExternalResult) -> list[tuple[str, ir.Value]] | None:
    """The names and values that an object is made of; None where the call makes none, or not all names are written."""
    path = value.external.path
    if path == ("dict",) and all(one.name is not None for one in value.call.args):
        return [(one.name or "", one.value) for one in value.call.args]
    if path[-2:] == ("Map", "of") and not any(one.spread for one in value.call.args):
        return _pairs([one.value for one in value.call.args])
    return None


def _pairs(given: list[ir.Value]) -> list[tuple[str, ir.Value]] | None:
    keys = [one.value if isinstance(one, ir.Literal) else None for one in given[::2]]
    names = [one for one in keys if isinstance(one, str)]
    return list(zip(names, given[1::2], strict=True)) if 2 * len(names) == len(given) else None
