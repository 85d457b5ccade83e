"""Library values that a function receives because of where it is handed over: as a callback, a decorated function, an overriding method."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from eventlens import ir
from eventlens.flow import class_hierarchy, conditions, reading
from eventlens.flow.denotations import (
    Collection,
    Denotation,
    External,
    FunctionRef,
    LibraryMember,
    LibraryValue,
)
from eventlens.flow.library_models import CallbackRow, Pattern, export_matches, member_matches
from eventlens.flow.matched_place import Place
from eventlens.flow.module_index import CallSite, last_name

if TYPE_CHECKING:
    from eventlens.flow.evaluation import Denotations, Evaluator
    from eventlens.flow.scopes import Frame

_DECORATED = "decorated"
_MAX_SITES = 40


def parameter_values(evaluator: Evaluator, frame: Frame, position: int) -> Denotations:
    """The library values that the parameter at ``position`` of a function gets from whoever calls it back."""
    key = (id(frame), position)
    known = evaluator.called_back.get(key)
    if known is None:
        evaluator.called_back[key] = ()  # asked again meanwhile: what depends on itself is nothing
        known = evaluator.called_back[key] = tuple(dict.fromkeys(_found(evaluator, frame, position)))
    return known


def _found(evaluator: Evaluator, frame: Frame, position: int) -> Iterator[LibraryValue]:
    function = frame.function
    if function is None:
        return
    names = (str(position), function.parameters[position].name)
    for decorator in function.decorators:
        yield from _from_decorator(evaluator, frame, decorator, names)
    if frame.cls is not None and function.kind == "method":
        yield from _overriding(evaluator, frame, names)
    for site in _handed_over(evaluator, frame):
        yield from _from_call(evaluator, frame, site, names)


def _handed_over(evaluator: Evaluator, frame: Frame) -> list[CallSite]:
    """Calls that a function is an argument of, by name or as it is written."""
    function = frame.function
    assert function is not None
    written = frame.module.handed.get((function.start, function.end))
    if written is not None:
        return [written]
    name = _name_of(frame)
    wanted = evaluator.catalogue.callback_names
    found = [site for site in evaluator.program.mentioned(name, frame.module) if _may_call_back(site, wanted)]
    return (found or _made_and_handed_over(evaluator, frame, wanted))[:_MAX_SITES]


def _name_of(frame: Frame) -> str:
    function = frame.function
    if function is None:
        return ""
    return function.name or frame.module.lambda_names.get(id(function)) or frame.module.name_as_whole(frame)


def _made_and_handed_over(evaluator: Evaluator, frame: Frame, wanted: frozenset[str]) -> list[CallSite]:
    """Calls that get a function which another one made where it is handed over (``app.queue("orders", {handler: bill(store)})``)."""
    maker = frame.parent
    if maker is None or not any(isinstance(one, ir.Lambda) and one.function is frame.function for one in maker.returns):
        return []
    return [
        outer
        for made in evaluator.program.called(_name_of(maker), frame.module)
        for outer in (CallSite(made.frame, call) for call in made.frame.calls)
        if outer.call.start < made.call.start <= made.call.end <= outer.call.end and _may_call_back(outer, wanted)
    ]


def _may_call_back(site: CallSite, wanted: frozenset[str]) -> bool:
    name = last_name(site.call.callee)
    return "()" in wanted or site.frame.module.aliases.get(name, name) in wanted


def _from_call(evaluator: Evaluator, frame: Frame, site: CallSite, names: tuple[str, str]) -> Iterator[LibraryValue]:
    for meaning in evaluator.evaluate(site.call.callee, site.frame):
        for receiver, (pattern, (path, parameter), made, source) in _rows(evaluator, meaning):
            if parameter not in names or path == _DECORATED or not _fits(pattern, meaning):
                continue
            place = Place(evaluator, site.call, site.frame, receiver)
            if _holds_function(reading.read(place, path), frame) and conditions.hold_at(place, source.when):
                yield LibraryValue(*made, source, site.call, site.frame, (), receiver)


def _from_decorator(
    evaluator: Evaluator, frame: Frame, decorator: ir.Value, names: tuple[str, str]
) -> Iterator[LibraryValue]:
    outer = frame.cls.body if frame.cls is not None else frame.parent or frame
    callee = decorator.callee if isinstance(decorator, ir.Call) else decorator
    for meaning in evaluator.evaluate(callee, outer):
        for receiver, (pattern, (path, parameter), made, source) in _rows(evaluator, meaning):
            if parameter not in names or path != _DECORATED or not _fits(pattern, meaning):
                continue
            place = Place(evaluator, decorator, outer, receiver, decorator=decorator, function=frame)
            if conditions.hold_at(place, source.when):
                yield LibraryValue(*made, source, decorator, outer, (), receiver, function=frame)


def _overriding(evaluator: Evaluator, frame: Frame, names: tuple[str, str]) -> Iterator[LibraryValue]:
    assert frame.cls is not None and frame.function is not None
    if frame.function.name not in evaluator.catalogue.overridden_names:
        return
    for base, _, _ in class_hierarchy.external_bases(evaluator, frame.cls):
        if isinstance(base, External):
            for model in evaluator.catalogue.models_for(base):
                for pattern, (method, parameter), made, source in model.method_sources:
                    if method == frame.function.name and parameter in names and export_matches(pattern, base):
                        yield LibraryValue(*made, source, None, frame)


def _rows(evaluator: Evaluator, meaning: Denotation) -> Iterator[tuple[LibraryValue | None, CallbackRow]]:
    """The callback rows of the models that what is called belongs to."""
    if isinstance(meaning, LibraryMember | LibraryValue):
        value = meaning.value if isinstance(meaning, LibraryMember) else meaning
        yield from ((value, row) for row in value.model.parameter_sources)
    elif isinstance(meaning, External):
        for model in evaluator.catalogue.models_for(meaning):
            if model.owns(meaning):
                yield from ((None, row) for row in model.parameter_sources)


def _fits(pattern: Pattern, meaning: Denotation) -> bool:
    if isinstance(meaning, LibraryMember):
        return pattern.type == meaning.value.type and member_matches(pattern, meaning.names)
    if isinstance(meaning, LibraryValue):
        return pattern.type == meaning.type and pattern.names == ("()",)
    return (
        isinstance(meaning, External)
        and not pattern.type
        and "()" not in meaning.path
        and export_matches(pattern, meaning)
    )


def _holds_function(values: Denotations, frame: Frame) -> bool:
    return any(
        value.frame is frame
        if isinstance(value, FunctionRef)
        else isinstance(value, Collection) and _holds_function(value.items, frame)
        for value in values
    )
