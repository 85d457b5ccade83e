"""Whether the conditions of a model entry hold at a call."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

from eventlens import ir
from eventlens.config.patterns import occurs
from eventlens.flow import class_hierarchy, reading, written_types
from eventlens.flow.denotations import (
    ClassRef,
    Denotation,
    EnumMember,
    Environment,
    External,
    ExternalResult,
    FunctionRef,
    Hole,
    Instance,
    LibraryMember,
    LibraryValue,
    Opaque,
    Parameter,
    Part,
    Scalar,
    Text,
    Variable,
)
from eventlens.flow.matched_place import Place
from eventlens.knowledge.paths import CONFIG

if TYPE_CHECKING:
    from eventlens.flow.evaluation import Denotations, Evaluator
    from eventlens.flow.scopes import Frame
    from eventlens.knowledge.schema import Condition


_BETWEEN = re.compile(r"[;,|\s]+")
"""What stands between the names of a list in one text."""
_OF_A_CLASS = ("()", "class")
"""What stands behind a class's name where an object of it is made, or the class itself is given (``typeof(Order)``)."""


def hold(
    evaluator: Evaluator,
    conditions: Sequence[Condition],
    call: ir.Value | None,
    frame: Frame | None,
    receiver: LibraryValue | None = None,
    broker: str = "",
    environment: Environment = (),
) -> bool:
    """Whether all conditions hold for a call on ``receiver``; a condition on a value that cannot be known does not hold."""
    place = Place(evaluator, call, frame, receiver, environment=environment)
    return not conditions or hold_at(place, conditions, broker)


def hold_at(place: Place, conditions: Sequence[Condition], broker: str = "") -> bool:
    """The same for an already described place."""
    return all(_holds(place, condition, broker) for condition in conditions)


_INSIDE = re.compile(r"(.+)(?:\.[\w-]+|\[[^\]]+\])")
"""A path to something inside of a value."""


def is_left_open(place: Place, conditions: Sequence[Condition]) -> bool:
    """Whether a condition speaks of a value that is given and only known when the program runs, or of something inside of one."""
    paths = [path for one in conditions for path in (one.path, *(inner.path for inner in one.any)) if path is not None]
    return any(_is_open_at(place, path) for path in paths)


def ask_for_settings(conditions: Sequence[Condition]) -> bool:
    """Whether conditions speak of keys of a service's configuration."""
    paths = (path for one in conditions for path in (one.path, *(inner.path for inner in one.any)) if path is not None)
    return any(path.startswith(CONFIG) for path in paths)


def _is_open_at(place: Place, path: str) -> bool:
    values = reading.read(place, path)
    if values:
        return all(_is_open(value) for value in values)
    inside = _INSIDE.fullmatch(path)
    around = reading.read(place, inside[1]) if inside is not None and inside[1][0].isupper() else ()
    return bool(around) and all(_is_open(value) for value in around)


def _is_open(value: Denotation) -> bool:
    """Whether nothing is known of a value before the program runs."""
    if isinstance(value, Part):
        return _is_open(_base_of(value))
    if isinstance(value, Variable):
        return not value.default
    if isinstance(value, ExternalResult):
        return not value.call.is_new
    return isinstance(value, Parameter | Opaque | Hole)


def left_to_callers(place: Place, conditions: Sequence[Condition]) -> Denotations:
    """The parameters, and parts of parameters, on which conditions depend: callers decide whether they hold."""
    paths = [path for one in conditions for path in (one.path, *(inner.path for inner in one.any)) if path is not None]
    return tuple(
        value for path in paths for value in reading.read(place, path) if isinstance(_base_of(value), Parameter)
    )


def _holds(place: Place, condition: Condition, broker: str) -> bool:
    if condition.broker is not None and condition.broker != broker:
        return False
    if condition.arity is not None and len([a for a in place.arguments() if a.name is None]) != condition.arity:
        return False
    if condition.followed_by and not _is_followed(place, condition.followed_by):
        return False
    if condition.any and not any(_holds(place, one, broker) for one in condition.any):
        return False
    if condition.path is None:
        return True
    values = reading.read(place, condition.path)
    if condition.present is not None:
        values = tuple(value for value in values if not _is_read_off(place, condition.path, value))
    if condition.listing is not None and not _is_listed(values, reading.read(place, condition.listing)):
        return False
    return all(check(place.evaluator, condition, values) for check in _CHECKS)


def _is_present(evaluator: Evaluator, condition: Condition, values: Denotations) -> bool:
    if condition.present is None:
        return True
    known = [value for value in values if not _is_inside_what_is_given(value)]
    if len(known) < len(values) and not (known and condition.present):
        return False
    return condition.present == any(
        not _is_inside_a_result(value) and not _is_nothing(value) and not _is_only_asked(value, condition)
        for value in known
    )


def _is_read_off(place: Place, path: str, value: Denotation) -> bool:
    """Whether a value is a name read off something of a library (``OrderStatus.PAID``) because a condition asks for it: nothing has it there."""
    around, _, asked = path.rpartition(".")
    if not isinstance(value, External) or not around or value.path[-1:] != (asked,):
        return False
    return any(isinstance(one, External) and one.path == value.path[:-1] for one in reading.read(place, around))


def _is_listed(lists: Denotations, wanted: Denotations) -> bool:
    """Whether one of several texts that are lists has one of the wanted in it."""
    names = {text for value in wanted for text in _texts(value)}
    return any(not names.isdisjoint(_BETWEEN.split(text)) for value in lists for text in _texts(value))


def _is_inside_what_is_given(value: Denotation) -> bool:
    """Whether a value is a named member of a parameter: whether it exists is for the callers to say, so no condition on it holds."""
    return isinstance(value, Part) and value.step not in ("()", "[]") and isinstance(_base_of(value), Parameter)


def _base_of(value: Denotation) -> Denotation:
    """What a part is a part of, at the bottom."""
    while isinstance(value, Part):
        value = value.base
    return value


def _is_inside_a_result(value: Denotation) -> bool:
    """Whether a value is a member of what an unknown function returns, or a library's: nothing tells that the member exists."""
    path = value.path if isinstance(value, External) else value.names if isinstance(value, LibraryMember) else ()
    return "()" in path[:-1]


def _is_only_asked(value: Denotation, condition: Condition) -> bool:
    """Whether a value is a name read off a library value because the condition asks for it: no code gave it that."""
    return (
        isinstance(value, LibraryMember)
        and value.call is None
        and condition.path is not None
        and condition.path.rpartition(".")[2] == value.names[-1]
    )


def _is_nothing(value: Denotation) -> bool:
    return isinstance(value, Scalar) and value.value is None


def _has_type(evaluator: Evaluator, condition: Condition, values: Denotations) -> bool:
    if condition.type is None:
        return True
    wanted = {condition.type} if isinstance(condition.type, str) else set(condition.type)
    return any(name in wanted for value in values for name in type_names(evaluator, value))


def _has_other_type(evaluator: Evaluator, condition: Condition, values: Denotations) -> bool:
    refused = condition.not_type
    known = (set(type_names(evaluator, value) or written_types.written_name(value)) for value in values)
    return refused is None or any(names and names.isdisjoint(refused) for names in known)


def _is_equal(evaluator: Evaluator, condition: Condition, values: Denotations) -> bool:
    wanted = condition.is_
    return wanted is None or any(equals(value, wanted) for value in values)


def _is_one_of(evaluator: Evaluator, condition: Condition, values: Denotations) -> bool:
    return condition.in_ is None or any(equals(value, one) for value in values for one in condition.in_)


def _is_other(evaluator: Evaluator, condition: Condition, values: Denotations) -> bool:
    refused = condition.not_
    return refused is None or not any(equals(value, refused) for value in values)


def _is_computed(evaluator: Evaluator, condition: Condition, values: Denotations) -> bool:
    return condition.arithmetic is None or condition.arithmetic == any(_is_arithmetic(value) for value in values)


def _fits_pattern(evaluator: Evaluator, condition: Condition, values: Denotations) -> bool:
    pattern = condition.matches
    return pattern is None or any(occurs(pattern, text) for value in values for text in _texts(value))


_CHECKS: tuple[Callable[[Evaluator, Condition, Denotations], bool], ...] = (
    _is_present, _has_type, _has_other_type, _is_equal, _is_one_of, _is_other, _is_computed, _fits_pattern,
)  # fmt: skip


def _texts(value: Denotation) -> Iterable[str]:
    if isinstance(value, Scalar):
        return (str(value.value),)
    if isinstance(value, Text):  # what is written of it, with a mark for what is not known
        return ("".join(part if isinstance(part, str) else "*" for part in value.parts),)
    return tuple(text for item in value.values for text in _texts(item)) if isinstance(value, EnumMember) else ()


def _is_arithmetic(value: Denotation) -> bool:
    """Whether a value is computed: an arithmetic operation, or a sum of nothing but values that are not known."""
    if isinstance(value, Opaque):
        return bool(value.operator)
    return isinstance(value, Text) and len(value.parts) > 1 and all(isinstance(part, Hole) for part in value.parts)


def _is_followed(place: Place, names: Sequence[str]) -> bool:
    """Whether one of the methods is called further on in the chain that begins with this call."""
    call = place.call
    while isinstance(call, ir.Call) and place.frame is not None:
        call = place.frame.module.chained.get((call.start, call.end))
        if call is not None and isinstance(call.callee, ir.Member) and call.callee.name in names:
            return True
    return False


def equals(value: Denotation, wanted: str | int | float | bool) -> bool:
    """Whether a value is ``wanted``: by its text, as an enum member's last name, or as the name of a constructed class."""
    if isinstance(value, Scalar):
        return value.value == wanted and isinstance(value.value, bool) == isinstance(wanted, bool)
    if isinstance(value, EnumMember):
        return value.name == wanted or any(equals(item, wanted) for item in value.values)
    return isinstance(wanted, str) and wanted.rpartition(".")[2] in written_names(value)


def written_names(value: Denotation) -> tuple[str, ...]:
    """Names by which a value, or the class that it was made of, may be called."""
    if isinstance(value, LibraryValue):
        return (
            value.type,
            *((value.source.new or value.source.type or "").rpartition(".")[2:] if value.source else ()),
        )
    if isinstance(value, Instance):
        return (value.index.name,)
    if isinstance(value, External):
        return tuple(name for name in value.path if name not in _OF_A_CLASS)[-1:]
    if isinstance(value, ExternalResult):
        return value.external.path[-1:]
    if isinstance(value, LibraryMember):
        return tuple(name for name in value.names if name != "()")[-1:]
    if isinstance(value, FunctionRef):
        return ("function",)
    if isinstance(value, Opaque):
        match = re.match(r"new\s+([\w.]+)", value.what)
        return (match[1].rpartition(".")[2],) if match else ()
    return ()


def type_names(evaluator: Evaluator, value: Denotation) -> tuple[str, ...]:
    """Names by which a value's type may be called, those of the classes it extends included."""
    if isinstance(value, Instance | ClassRef):
        own = [index.name for index in class_hierarchy.bases(evaluator, value.index)]
        outer = [
            name
            for base, _, _ in class_hierarchy.external_bases(evaluator, value.index)
            for name in written_names(base)
        ]
        return (*own, *outer)
    if isinstance(value, Parameter):
        declared = written_types.declared_types(evaluator, value)
        return tuple(
            name for item in declared if not isinstance(item, Parameter) for name in type_names(evaluator, item)
        )
    return written_names(value)
