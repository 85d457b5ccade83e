"""Value types and bound names that a model speaks of but that nobody says how to come by: almost always a misspelling."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any, NamedTuple, get_args

import msgspec

from eventlens.knowledge.mistakes import Mistake
from eventlens.knowledge.paths import AccessPath, parse_path
from eventlens.knowledge.schema import ACCESS_PATH, Base, Model

PATTERN_FIELDS = frozenset({"call", "member", "parameter", "element", "send", "polls", "confirmed_by"})
_TYPE_HEAD = re.compile(r"([A-Z]\w*)\.")


class Reference(NamedTuple):
    """A value type, or what is bound to one (``name``), that stands at ``location``."""

    location: tuple[str | int, ...]
    type: str
    name: str = ""


def undeclared_references(model: Model) -> Iterator[Mistake]:
    """Every ``Type.`` head of a path or callable pattern that ``values`` does not declare, and every name that no value binds.

    Values keep the names of the value that they came from, so a name may be bound by any of them.
    """
    bound = {name for sources in model.values.values() for source in sources for name in source.bind}
    for reference in references(model):
        if reference.location[0] == "provides" or reference.type in model.globals:
            continue  # the one speaks of another library's values as well, the other of a global's method
        if reference.type not in model.values:
            remedy = (
                _nearest(reference.type, model.values) or f"declare it: `values: {{{reference.type}: [{{new: …}}]}}`"
            )
            yield Mistake(reference.location, f"{reference.type!r} is not declared under `values`", remedy)
        elif reference.name and reference.name not in bound:
            remedy = (
                _nearest(reference.name, bound) or f'bind it where the value is made: `bind: {{{reference.name}: "0"}}`'
            )
            yield Mistake(reference.location, f"no value binds {reference.name!r}", remedy)


def unknown_provisions(model: Model, known: Iterable[Model]) -> Iterator[Mistake]:
    """What the model says that it hands out of other libraries, where none of the ``known`` models declares that."""
    types_of: dict[str, set[str]] = {}
    for other in known:
        types_of.setdefault(other.library, set()).update(other.values)
    for library, types in model.provides.items():
        if library not in types_of:
            remedy = _nearest(library, types_of) or "`eventlens models` lists the libraries that are known"
            yield Mistake(("provides", library), f"there is no model of {library!r}", remedy)
            continue
        for name in types:
            if name not in types_of[library]:
                remedy = _nearest(name, types_of[library]) or f"it declares {', '.join(sorted(types_of[library]))}"
                yield Mistake(("provides", library, name), f"{library} declares no values of type {name!r}", remedy)


def _nearest(word: str, known: Iterable[str]) -> str:
    close = difflib.get_close_matches(word, list(known), n=1)
    return f"did you mean `{close[0]}`?" if close else ""


def references(model: Base, location: tuple[str | int, ...] = ()) -> Iterator[Reference]:
    """Each value type and bound name that the model speaks of, with the place that does."""
    for field in sorted(msgspec.structs.fields(model), key=lambda one: one.name):
        is_path = _holds_paths(field.type)
        for inner, item in _leaves(getattr(model, field.name), (*location, field.encode_name)):
            if isinstance(item, Base):
                yield from references(item, inner)
            elif isinstance(item, str) and is_path:
                yield from (Reference(inner, path.type, path.key) for path in _bound_paths(parse_path(item)))
            elif isinstance(item, str) and field.name in PATTERN_FIELDS and (head := _TYPE_HEAD.match(item)):
                yield Reference(inner, head[1])


def _leaves(value: object, location: tuple[str | int, ...]) -> Iterator[tuple[tuple[str | int, ...], object]]:
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield from _leaves(item, (*location, index))
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _leaves(item, (*location, key))
    else:
        yield location, value


def _bound_paths(path: AccessPath) -> Iterator[AccessPath]:
    if path.head == "bound":
        yield path
    for part in path.parts:
        if isinstance(part, AccessPath):
            yield from _bound_paths(part)


@cache
def _holds_paths(annotation: Any) -> bool:
    return ACCESS_PATH in getattr(annotation, "__metadata__", ()) or any(map(_holds_paths, get_args(annotation)))
