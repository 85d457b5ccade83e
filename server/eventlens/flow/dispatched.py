"""The handler that a library runs for what a call is given: a mediator finds it by the type of the request.

Handlers are looked for where their name says so (``PlanPickupHandler`` of ``PlanPickup``) and in the file of the request itself, so that
no other file is read for it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from eventlens.flow import class_hierarchy, reading, written_types
from eventlens.flow.denotations import Denotation, External, ExternalResult, FunctionRef, Instance, Part
from eventlens.flow.library_match import LibraryMatch
from eventlens.flow.matched_place import Place
from eventlens.flow.scopes import ClassIndex, Frame
from eventlens.knowledge.schema import Dispatch

if TYPE_CHECKING:
    from eventlens.flow.evaluation import Denotations, Evaluator

_HANDLER = "Handler"
_MOST_HANDLERS = 2
"""A request has one handler; with more found, which one it is is not known."""


def handlers_of(evaluator: Evaluator, match: LibraryMatch, place: Place) -> list[FunctionRef]:
    """The methods that a call runs, as far as the type of what it is given is known."""
    entry = match.entry
    if not isinstance(entry, Dispatch):
        return []
    asked = {
        id(index): index
        for value in reading.read_first(place, entry.message)
        for made in (value, *_made_of_type(evaluator, value))
        if (index := class_hierarchy.class_of(made)) is not None
    }
    found = [one for index in asked.values() for one in _handling(evaluator, match, entry, index)]
    return found if len(found) < _MOST_HANDLERS else []


def _made_of_type(evaluator: Evaluator, value: Denotation) -> Denotations:
    """What a call of something unknown gives that is told one type (``mapper.Map<PlanPickup>(booking)``): a value of that."""
    call, frame = (value.call, value.frame) if isinstance(value, Part | ExternalResult) else (None, None)
    if call is None or frame is None or len(call.type_args) != 1:
        return ()
    return written_types.reference(evaluator, call.type_args[0], frame)


def _handling(evaluator: Evaluator, match: LibraryMatch, entry: Dispatch, message: ClassIndex) -> Iterator[FunctionRef]:
    for index in _candidates(evaluator, message):
        if entry.handled_by is None or _implements(evaluator, match, entry.handled_by, index):
            for name in entry.method:
                for method in index.overloads.get(name, (index.methods[name],) if name in index.methods else ()):
                    if _takes(method, message):
                        yield FunctionRef(method, Instance(index))


def _candidates(evaluator: Evaluator, message: ClassIndex) -> Iterator[ClassIndex]:
    """The classes of the request's file, and those elsewhere that are called like it with ``Handler`` behind."""
    yield from message.module.classes
    name, path = f"{message.name}{_HANDLER}", message.module.path
    files = [one for one in evaluator.program.workspace.declaring(path, name) if one != path]
    evaluator.program.load(files)
    for one in files:
        module = evaluator.program.module(one)
        yield from (index for index in (module.classes if module is not None else ()) if index.name == name)


def _implements(evaluator: Evaluator, match: LibraryMatch, export: str, index: ClassIndex) -> bool:
    return any(
        isinstance(base, External) and base.path[-1:] == (export,) and match.model.owns(base)
        for base, _, _ in class_hierarchy.external_bases(evaluator, index)
    )


def _takes(method: Frame, message: ClassIndex) -> bool:
    """Whether one of a method's parameters is declared as the request."""
    function = method.function
    return function is not None and any(
        one.type is not None and one.type.name.rpartition(".")[2] == message.name for one in function.parameters
    )
