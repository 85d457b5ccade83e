"""Validation errors in the words of a model's author: what is wrong, and how to mend it."""

from __future__ import annotations

import difflib
import types
from collections.abc import Iterator, Sequence
from typing import Annotated, Any, NamedTuple, Union, get_args, get_origin

import msgspec
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from eventlens.knowledge.schema import Base, Model

_EXPECTED = {
    "list_type": "a list", "dict_type": "a mapping", "model_type": "a mapping", "string_type": "text", "int_type": "a number",
    "int_parsing": "a whole number", "float_type": "a number", "float_parsing": "a number", "bool_type": "true or false",
    "bool_parsing": "true or false",
}  # fmt: skip
_BRANCHES = frozenset({"BrokerChoice", "str", "int", "float", "bool"})


class Mistake(NamedTuple):
    """Something wrong at ``location`` (keys and indices from the document's root)."""

    location: tuple[str | int, ...]
    message: str
    remedy: str


def mistakes_of(error: ValidationError) -> list[Mistake]:
    """One mistake a place: of the branches of a union only the one that came closest speaks."""
    details = error.errors(include_url=False)
    at: dict[tuple[str | int, ...], list[ErrorDetails]] = {}
    for detail in details:
        at.setdefault(_spelled(detail["loc"]), []).append(detail)
    kept = [_closest(group) for place, group in at.items() if not _is_lesser(place, at)]
    return [_mistake(detail) for detail in kept]


def _spelled(location: tuple[str | int, ...]) -> tuple[str | int, ...]:
    """Without the names that pydantic adds for the branches of a union (``BrokerChoice``, ``literal['kafka',…]``)."""
    return tuple(
        part for part in location if isinstance(part, int) or not (part in _BRANCHES or part.startswith("literal["))
    )


def _is_lesser(place: tuple[str | int, ...], places: dict[tuple[str | int, ...], list[ErrorDetails]]) -> bool:
    """A union's refusal as a whole says less than an error inside one of its branches."""
    return any(len(other) > len(place) and other[: len(place)] == place for other in places)


def _closest(group: Sequence[ErrorDetails]) -> ErrorDetails:
    return min(group, key=lambda detail: detail["type"] in ("model_type", "dict_type"))


def _mistake(detail: ErrorDetails) -> Mistake:
    location, kind, given = detail["loc"], detail["type"], detail["input"]
    name = str(location[-1]) if location else ""
    if kind == "extra_forbidden":
        return Mistake(location, "unknown field", _nearest(name, fields_at(location[:-1])))
    if kind == "missing":
        return Mistake(location, "is missing", f"add `{name}: …`")
    if kind == "literal_error":
        allowed = [str(word) for word in _literals(detail)]
        return Mistake(location, f"{given!r} is not a known value", _nearest(str(given), allowed))
    if kind == "value_error":
        what, _, remedy = detail["msg"].removeprefix("Value error, ").partition("; ")
        return Mistake(location, what, remedy or "see docs/writing-models.md")
    if kind in _EXPECTED:
        return Mistake(location, f"{_shown(given)} stands where {_EXPECTED[kind]} belongs", f"write {_EXPECTED[kind]}")
    return Mistake(location, detail["msg"], "see docs/writing-models.md")


def _literals(detail: ErrorDetails) -> list[str]:
    expected = str(detail.get("ctx", {}).get("expected", ""))
    return [word.strip().strip("'") for word in expected.replace(" or ", ", ").split(",")]


def _nearest(word: str, known: Sequence[str]) -> str:
    close = difflib.get_close_matches(word, known, n=1, cutoff=0.6)
    return f"did you mean `{close[0]}`?" if close else f"known here: {', '.join(known)}"


def _shown(value: object) -> str:
    if isinstance(value, dict):
        return "a mapping"
    return "a list" if isinstance(value, list) else repr(value)


def fields_at(location: Sequence[str | int]) -> list[str]:
    """The fields, as written in YAML, that a mapping at ``location`` may have."""
    found: list[type[Base]] = [Model]
    for part in location:
        if isinstance(part, str):
            stepped = [model for parent in found for model in _models_below(parent, part)]
            found = stepped or found
    return [field.encode_name for model in found for field in msgspec.structs.fields(model)]


def _models_below(model: type[Base], alias: str) -> Iterator[type[Base]]:
    for field in msgspec.structs.fields(model):
        if alias in (field.encode_name, field.name):
            yield from _models_in(field.type)


def _models_in(annotation: Any) -> Iterator[type[Base]]:
    if isinstance(annotation, type) and issubclass(annotation, Base):
        yield annotation
    elif get_origin(annotation) in (list, dict, Union, types.UnionType, Annotated):
        for argument in get_args(annotation):
            yield from _models_in(argument)
