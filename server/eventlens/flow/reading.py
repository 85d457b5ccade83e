"""Reading access paths around a matched call, decorator or class."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from eventlens import ir
from eventlens.flow import application, class_members, configuration, path_steps, type_names, written_types
from eventlens.flow.denotations import (
    Collection,
    Denotation,
    Environment,
    External,
    FunctionRef,
    Instance,
    LibraryMember,
    LibraryValue,
    Parameter,
    Scalar,
)
from eventlens.flow.matched_place import Place
from eventlens.flow.texts import join_texts
from eventlens.knowledge.paths import AccessPath, parse_path

if TYPE_CHECKING:
    from eventlens.flow.evaluation import Denotations
    from eventlens.flow.scopes import Frame


def read_first(place: Place, paths: Iterable[str] | None) -> Denotations:
    """The value at the first path that is present."""
    for path in paths or ():
        found = read(place, path)
        if found:
            return found
    return ()


def read(place: Place, path: str) -> Denotations:
    """The value at a path; empty where it is not present."""
    return read_parsed(place, parse_path(path))


def read_parsed(place: Place, path: AccessPath) -> Denotations:
    """The value at a parsed path."""
    if path.head == "format":
        return _format(place, path)
    if path.head == "config":
        return _config(place, path)
    reader = _READERS.get(path.head)
    if reader is None:
        return ()
    return reader(place, path)


def _format(place: Place, path: AccessPath) -> Denotations:
    pieces: list[Denotations] = []
    for part in path.parts:
        found = (Scalar(part),) if isinstance(part, str) else read_parsed(place, part)
        if not found:
            return ()
        pieces.append(found)
    return join_texts(pieces)


def _config(place: Place, path: AccessPath) -> Denotations:
    """The value of the configuration key that a format names, for the code around the place."""
    frame = place.frame or place.function or (place.index.frame if place.index is not None else None)
    if frame is None:
        return ()
    keys = [d.value for d in _format(place, path) if isinstance(d, Scalar) and isinstance(d.value, str)]
    return tuple(d for key in keys for d in configuration.value(place.evaluator, key, frame.module.path))


# ------------------------------------------------------------------------------------------------------------- heads


def argument_value(value: ir.Value, place: Place, steps: Sequence[str], frame: Frame | None) -> Denotations:
    """The part ``steps`` of an argument as written, placeholders in a decorator's texts and keys in braces put in."""
    found = _argument_as_written(value, place, steps, frame)
    if place.has_braced_keys and frame is not None:
        return configuration.braced(place.evaluator, found, frame)
    if place.decorator is None:
        return found
    owner = place.function.cls if place.function is not None else place.index
    return configuration.filled(place.evaluator, found, frame, owner)


def _argument_as_written(value: ir.Value, place: Place, steps: Sequence[str], frame: Frame | None) -> Denotations:
    """The part ``steps`` of an argument; mutation of a named object before the call is seen."""
    if frame is None:
        return ()
    evaluator = place.evaluator
    inner = value.value if isinstance(value, ir.Await | ir.Spread) else value
    if steps and isinstance(inner, ir.Name) and not path_steps.is_mark(steps[0]):
        assigned = evaluator.assigned_member(inner.name, steps[0], frame, inner.start)
        if assigned is not None:
            return path_steps.along(place, evaluator.substitute_all(assigned, place.environment), steps[1:])
    if (
        steps and steps[0].startswith("<") and steps[0][1:-1].isdigit()
    ):  # what a function declares of a parameter, whatever callers give for it
        declared = [
            type_names.argument_of_declared(evaluator, item, int(steps[0][1:-1]))
            for item in evaluator.evaluate(inner, frame)
            if isinstance(item, Parameter)
        ]
        if not declared and isinstance(inner, ir.Name):
            declared = [type_names.argument_of_variable(evaluator, inner.name, frame, int(steps[0][1:-1]))]
        if any(declared):
            return evaluator.substitute_all((d for found in declared for d in found), place.environment)
    return path_steps.along(place, evaluator.evaluate(inner, frame, place.environment), steps)


def at_position(place: Place, path: AccessPath) -> Denotations:
    """What a call is given at a position; of an element, its part there."""
    if place.element is not None:
        return path_steps.along(place, place.element, (path.key, *path.steps))
    if place.sent is not None and place.sent[0] == path.key:
        return path_steps.along(place, (place.sent[1],), path.steps)
    given = [a for a in place.arguments() if a.name is None]
    at = int(path.key)
    if at < len(given) and not any(a.spread for a in given[:at]):
        return argument_value(given[at].value, place, path.steps, place.frame)
    return ()


def under_keyword(place: Place, path: AccessPath) -> Denotations:
    """What a call is given under a name."""
    if place.element is not None:
        return path_steps.along(place, place.element, (path.key, *path.steps))
    for argument in place.arguments():
        if argument.name == path.key:
            return argument_value(argument.value, place, path.steps, place.frame)
    for argument in place.arguments():
        if (
            argument.spread == "**"
        ):  # first the name, then what callers give: a function that takes any keyword knows no others
            named = argument_value(argument.value, replace(place, environment=()), (path.key, *path.steps), place.frame)
            found = place.evaluator.substitute_all(named, place.environment)
            if found:
                return found
    return ()


def from_position(place: Place, path: AccessPath) -> Denotations:
    """What a call is given from a position on, as one collection."""
    values = [a for a in place.arguments() if a.name is None][int(path.key) :]
    found = tuple(
        d for a in values for d in argument_value(a.value, place, ("[]",) if a.spread == "*" else (), place.frame)
    )
    return path_steps.along(place, (Collection(found),), path.steps) if found else ()


def _keywords(place: Place, path: AccessPath) -> Denotations:
    named = [a for a in place.arguments() if a.name is not None]
    if not named:
        return tuple(
            d
            for a in place.arguments()
            if a.spread == "**"
            for d in argument_value(a.value, place, path.steps, place.frame)
        )
    if path.steps[:1] == ("{}",):
        return tuple(Scalar(a.name) for a in named)
    values = tuple(d for a in named for d in argument_value(a.value, place, (), place.frame))
    return path_steps.along(place, values, path.steps[1:]) if path.steps else values


def _bound(place: Place, path: AccessPath) -> Denotations:
    current = place.receiver
    while current is not None:
        if current.source is not None and path.key in current.source.bind:
            found = read_bound(place, current, path.key)
            return path_steps.along(place, found, path.steps)
        if current.environment:  # what a function made of a value that it made itself
            place = replace(place, environment=_joined(current.environment, place.environment))
        current = current.parent
    return ()


def read_bound(place: Place, value: LibraryValue, name: str) -> Denotations:
    """What is bound under ``name`` where ``value`` was made."""
    assert value.source is not None
    origin = replace(
        place, call=value.call, frame=value.frame, receiver=value.parent, environment=_joined(value.environment, place.environment), element=None,
        decorator=value.call if value.source.decorated or value.source.decorator or value.function else None,
        function=value.function, names=(value.member,) if value.member else (), base=value.written,
    )  # fmt: skip
    found = read(origin, value.source.bind[name])
    return tuple(one for one in found if not _is_bound_member(one)) or found


def _is_bound_member(item: Denotation) -> bool:
    """Whether something is the name under which a model says that what stands beside it was bound."""
    return isinstance(item, LibraryMember) and item.value.source is not None and item.names[0] in item.value.source.bind


def _joined(own: Environment, outer: Environment) -> Environment:
    """The bindings of where a value was made, then those of the calls through which it is looked at."""
    return (*own, *(one for one in outer if one not in own))


def _receiver(place: Place, path: AccessPath) -> Denotations:
    if place.receiver is not None:
        return path_steps.along(place, (place.receiver,), path.steps)
    callee = place.call.callee if isinstance(place.call, ir.Call) else None
    if isinstance(callee, ir.Member) and place.frame is not None:  # an extension is called on a value of any kind
        return path_steps.along(
            place, place.evaluator.evaluate(callee.object, place.frame, place.environment), path.steps
        )
    return ()


def _decorator(place: Place, path: AccessPath) -> Denotations:
    return _call_argument(place, place.decorator, path, place.frame)


def _within(place: Place, path: AccessPath) -> Denotations:
    frame = place.index.frame if place.index is not None else place.frame
    return _call_argument(replace(place, decorator=place.within), place.within, path, frame)


def _beside(place: Place, path: AccessPath) -> Denotations:
    return _call_argument(place, place.beside, path, place.frame)


def _handler_argument(place: Place, path: AccessPath) -> Denotations:
    return _call_argument(place, place.handler_call, path, place.handler_frame or place.frame)


def _call_argument(place: Place, call: ir.Value | None, path: AccessPath, frame: Frame | None) -> Denotations:
    if not isinstance(call, ir.Call):
        return ()
    other = replace(place, call=call, frame=frame, element=None)
    inner = AccessPath("position" if path.key.isdigit() else "keyword", path.key, steps=path.steps)
    return read_parsed(other, inner)


def _param(place: Place, path: AccessPath) -> Denotations:
    frame = place.function
    if frame is None or frame.function is None:
        return ()
    for position, parameter in enumerate(frame.function.parameters):
        if path.key in (str(position), parameter.name):
            return path_steps.along(place, (Parameter(frame, parameter.name or f"#{position}"),), path.steps)
    return ()


def _member(place: Place, path: AccessPath) -> Denotations:
    at = int(path.key)
    return (Scalar(place.names[at]),) if at < len(place.names) else ()


def _function_name(place: Place, path: AccessPath) -> Denotations:
    frame = place.function or place.frame
    return (Scalar(frame.function.name),) if frame is not None and frame.function is not None else ()


def _class_name(place: Place, path: AccessPath) -> Denotations:
    index = place.index or (place.frame.cls if place.frame is not None else None)
    if index is None:
        return ()
    numbered = next((int(step[1:-1]) for step in path.steps if step[1:-1].isdigit()), None)
    if numbered is None:
        return (Scalar(index.name),)
    given = next((base.args for base in index.definition.bases if base.args), ())
    return tuple(Scalar(one.name.rpartition(".")[2]) for one in given[numbered : numbered + 1])


def _module_name(place: Place, path: AccessPath) -> Denotations:
    frame = place.function or place.frame
    return () if frame is None else (Scalar(type_names.module_name(frame)),)


def _type_argument(place: Place, path: AccessPath) -> Denotations:
    written = (
        place.call.type_args
        if isinstance(place.call, ir.Call) and place.base is None
        else place.base.args
        if place.base
        else ()
    )
    chosen: ir.TypeRef | None = None
    for at in (int(path.key), *(int(step[1:-1]) for step in path.steps if step[1:-1].isdigit())):
        if at >= len(written):
            return ()
        chosen = written[at]
        written = chosen.args
    if chosen is None:
        return ()
    parameters = [item for item in _of_scopes(chosen.name, place) if item is not None]
    if parameters:  # what it stands for is said by those who call the function, or make the object
        return place.evaluator.substitute_all(type_names.type_name(place.evaluator, parameters[0]), place.environment)
    if "class" in path.steps and place.frame is not None:
        return written_types.reference(place.evaluator, chosen, place.frame)
    return (Scalar(chosen.name.rpartition(".")[2]),)


def _of_scopes(name: str, place: Place) -> Iterator[Denotation | None]:
    """What a name means that is a type parameter of a function or class around the place."""
    scope = place.frame
    while scope is not None:
        yield type_names.parameter_of(scope, name)
        scope = scope.parent


def _setting(place: Place, path: AccessPath) -> Denotations:
    return path_steps.along(place, place.setting(path.key), path.steps) if place.setting is not None else ()


def _registration(place: Place, path: AccessPath) -> Denotations:
    return (
        path_steps.along(place, place.registration(place, path.key), path.steps)
        if place.registration is not None
        else ()
    )


def _field(place: Place, path: AccessPath) -> Denotations:
    if place.index is None:
        return ()
    found = class_members.class_member(place.evaluator, place.index, path.key, Instance(place.index))
    said = tuple(
        item for item in found if not isinstance(item, LibraryMember)
    )  # a member that only the library's class has, nobody set
    return path_steps.along(place, said, path.steps)


def _own(place: Place, path: AccessPath) -> Denotations:
    return path_steps.along(place, place.own.get(path.key, ()), path.steps)


def _after(place: Place, path: AccessPath) -> Denotations:
    given = [a for a in place.arguments() if a.name is None]
    for marker, argument in itertools.pairwise(given):
        if (
            isinstance(marker.value, ir.Literal)
            and isinstance(marker.value.value, str)
            and marker.value.value.lower() == path.key.lower()
        ):
            return argument_value(argument.value, place, path.steps, place.frame)
    return ()


def _result(place: Place, path: AccessPath) -> Denotations:
    if place.function is not None and (place.decorator is not None or place.call is None):
        return _returned(place, place.function, path.steps)
    if not isinstance(place.call, ir.Call) or place.frame is None:
        return ()
    return path_steps.along(place, place.evaluator.evaluate(place.call, place.frame, place.environment), path.steps)


def _returned(place: Place, frame: Frame, steps: Sequence[str]) -> Denotations:
    """What a decorated function returns; without a step also the type that it says it returns."""
    itself = FunctionRef(frame)
    if steps and steps[0].startswith("<") and steps[0][1:-1].isdigit():
        return path_steps.along(place, (itself,), steps)
    found = application.results(place.evaluator, itself)
    declared = frame.function.returns if frame.function is not None and not steps else None
    if declared is not None:
        written = ir.Name(declared.start, declared.end, declared.name)
        outer = frame.cls.body if frame.cls is not None else frame.parent or frame
        found = (*found, *(d for d in place.evaluator.evaluate(written, outer) if isinstance(d, External)))
    return path_steps.along(place, found, steps)


_READERS: dict[str, Callable[[Place, AccessPath], Denotations]] = {
    "position": at_position,
    "keyword": under_keyword,
    "rest": from_position,
    "keywords": _keywords,
    "bound": _bound,
    "receiver": _receiver,
    "return": _result,
    "decorator": _decorator,
    "within": _within,
    "beside": _beside,
    "handler": _handler_argument,
    "param": _param,
    "member": _member,
    "function": _function_name,
    "method": _function_name,
    "class": _class_name,
    "module": _module_name,
    "type-arg": _type_argument,
    "setting": _setting,
    "registration": _registration,
    "field": _field,
    "own": _own,
    "after": _after,
}
