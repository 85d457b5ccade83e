"""Whether the conditions of a model entry hold at a call."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from eventlens import ir
from eventlens.flow import reading
from eventlens.flow.denotations import (
    Denotation,
    EnumMember,
    External,
    ExternalResult,
    Instance,
    LibraryMember,
    LibraryValue,
    Opaque,
    Scalar,
)

if TYPE_CHECKING:
    from eventlens.flow.evaluation import Evaluator
    from eventlens.flow.program import Frame
    from eventlens.knowledge.schema import Condition


def hold(
    evaluator: Evaluator, conditions: Sequence[Condition], call: ir.Value | None, frame: Frame | None, receiver: LibraryValue | None = None, broker: str = ""
) -> bool:
    """Whether all conditions hold for a call on ``receiver``; a condition on a value that cannot be known does not hold."""
    return all(_holds(reading.Place(evaluator, call, frame, receiver), condition, broker) for condition in conditions)


def hold_at(place: reading.Place, conditions: Sequence[Condition], broker: str = "") -> bool:
    """The same for an already described place."""
    return all(_holds(place, condition, broker) for condition in conditions)


def _holds(place: reading.Place, condition: Condition, broker: str) -> bool:
    if condition.broker is not None and condition.broker != broker:
        return False
    if condition.arity is not None:
        given = [a for a in place.arguments() if a.name is None]
        if len(given) != condition.arity:
            return False
    if condition.path is None:
        return True
    values = reading.read(place, condition.path)
    if condition.present is not None and condition.present != bool(values):
        return False
    if condition.type is not None:
        wanted = [condition.type] if isinstance(condition.type, str) else condition.type
        if not any(name in type_names(value) for value in values for name in wanted):
            return False
    if condition.is_ is not None and not any(equals(value, condition.is_) for value in values):
        return False
    if condition.in_ is not None and not any(equals(value, one) for value in values for one in condition.in_):
        return False
    if condition.not_ is not None and any(equals(value, condition.not_) for value in values):
        return False
    if condition.matches is not None:
        return any(isinstance(value, Scalar) and re.search(condition.matches, str(value.value)) for value in values)
    return True


def equals(value: Denotation, wanted: str | int | float | bool) -> bool:
    """Whether a value is ``wanted``: by its text, as an enum member's last name, or as the name of a constructed class."""
    if isinstance(value, Scalar):
        return value.value == wanted and isinstance(value.value, bool) == isinstance(wanted, bool)
    if isinstance(value, EnumMember):
        return value.name == wanted or any(equals(item, wanted) for item in value.values)
    if isinstance(wanted, str):
        tail = wanted.rpartition(".")[2]
        return tail in type_names(value)
    return False


def type_names(value: Denotation) -> tuple[str, ...]:
    """Names by which a value's type may be called."""
    if isinstance(value, LibraryValue):
        return (value.type, *((value.source.new or value.source.type or "").rpartition(".")[2:] if value.source else ()))
    if isinstance(value, Instance):
        return (value.index.name,)
    if isinstance(value, External):
        return tuple(name for name in value.path if name != "()")[-1:]
    if isinstance(value, ExternalResult):
        return value.external.path[-1:]
    if isinstance(value, LibraryMember):
        return (value.names[-1],)
    if isinstance(value, Opaque):
        match = re.match(r"new\s+([\w.]+)", value.what)
        return (match[1].rpartition(".")[2],) if match else ()
    return ()
