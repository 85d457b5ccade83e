"""Value types that a model speaks of but never says how to come by: almost always a misspelling."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any, get_args

from pydantic import AfterValidator, BaseModel

from eventlens.knowledge.mistakes import Mistake
from eventlens.knowledge.paths import AccessPath, parse_path
from eventlens.knowledge.schema import Model, is_path_check

PATTERN_FIELDS = frozenset({"call", "member", "parameter", "element", "send", "polls", "confirmed_by"})
_TYPE_HEAD = re.compile(r"([A-Z]\w*)\.")


def undeclared_types(model: Model) -> Iterator[Mistake]:
    """Every ``Type.`` head of a path or callable pattern that ``values`` does not declare."""
    for location, name in type_heads(model):
        if name not in model.values:
            close = difflib.get_close_matches(name, model.values, n=1)
            remedy = f"did you mean `{close[0]}`?" if close else f"declare it: `values: {{{name}: [{{new: …}}]}}`"
            yield Mistake(location, f"{name!r} is not declared under `values`", remedy)


def type_heads(model: BaseModel, location: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Each value type that the model names, with the place that names it."""
    for name in sorted(model.model_fields_set):
        field = type(model).model_fields[name]
        place = (*location, field.alias or name)
        is_path = _holds_paths(type(model), name)
        for inner, item in _leaves(getattr(model, name), place):
            if isinstance(item, BaseModel):
                yield from type_heads(item, inner)
            elif isinstance(item, str) and is_path:
                yield from ((inner, head) for head in _bound_types(parse_path(item)))
            elif isinstance(item, str) and name in PATTERN_FIELDS and (head := _TYPE_HEAD.match(item)):
                yield inner, head[1]


def _leaves(value: object, location: tuple[str | int, ...]) -> Iterator[tuple[tuple[str | int, ...], object]]:
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield from _leaves(item, (*location, index))
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _leaves(item, (*location, key))
    else:
        yield location, value


def _bound_types(path: AccessPath) -> Iterator[str]:
    if path.head == "bound":
        yield path.type
    for part in path.parts:
        if isinstance(part, AccessPath):
            yield from _bound_types(part)


@cache
def _holds_paths(model: type[BaseModel], name: str) -> bool:
    field = model.model_fields[name]
    return _mentions(field.metadata) or _in_annotation(field.annotation)


def _in_annotation(annotation: Any) -> bool:
    return _mentions(getattr(annotation, "__metadata__", ())) or any(_in_annotation(inner) for inner in get_args(annotation))


def _mentions(metadata: Sequence[object]) -> bool:
    return any(isinstance(item, AfterValidator) and is_path_check(item.func) for item in metadata)
