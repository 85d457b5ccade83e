"""Which values functions give to fields, as they are written."""

from __future__ import annotations

from collections.abc import Iterable

from eventlens import ir
from eventlens.behaviour.paths import statements_around
from eventlens.flow.module_index import last_name
from eventlens.flow.scopes import Frame
from eventlens.flow.walk import values_in, values_of


def values_given(frames: Iterable[Frame]) -> dict[str, set[str]]:
    """Member name → how the values are written that the functions give it, by assignment or in an object that is handed over."""
    given: dict[str, set[str]] = {}
    for frame in frames:
        for statement in statements_around(frame):
            if (
                isinstance(statement, ir.Assign)
                and isinstance(statement.target, ir.Member)
                and statement.value is not None
            ):
                given.setdefault(statement.target.name, set()).add(written(statement.value))
            for value in values_of(statement):
                for inner in values_in(value):
                    if isinstance(inner, ir.Call):
                        for argument in inner.args:
                            _collect(argument.value, given)
                            if argument.name:
                                given.setdefault(argument.name, set()).add(written(argument.value))
    return given


def _collect(value: ir.Value, given: dict[str, set[str]]) -> None:
    for inner in values_in(value):
        if isinstance(inner, ir.Object):
            for field in inner.fields:
                if field.key is not None:
                    given.setdefault(field.key, set()).add(written(field.value))


def written(value: ir.Value) -> str:
    """How a value is written where it is compared with others: a literal as it is, else its last name."""
    if isinstance(value, ir.Literal):
        return repr(value.value)
    return last_name(value)
