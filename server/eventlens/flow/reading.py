"""Reading access paths around a matched call, decorator or class."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from eventlens import ir
from eventlens.flow import (
    application,
    class_members,
    configuration,
    enum_members,
    members,
    tables,
    type_names,
    written_types,
)
from eventlens.flow.denotations import (
    ClassRef,
    Collection,
    Denotation,
    EnumMember,
    Environment,
    External,
    ExternalResult,
    FunctionRef,
    Instance,
    Items,
    LibraryMember,
    LibraryValue,
    Opaque,
    Parameter,
    Part,
    Record,
    Scalar,
    Text,
)
from eventlens.flow.texts import join_texts
from eventlens.knowledge.paths import AccessPath, parse_path

if TYPE_CHECKING:
    from eventlens.flow.evaluation import Denotations, Evaluator
    from eventlens.flow.scopes import ClassIndex, Frame

_ENCODERS = frozenset(("stringify", "dumps", "from", "encode", "serialize", "String", "str"))


@dataclass(frozen=True)
class Place:
    """Where a model entry matched: everything that an access path may speak of.

    ``call`` is the call (or decorator, when ``decorator`` is None) in ``frame``; ``receiver`` the library value on which it is
    made and ``names`` the members read off it; ``function`` and ``index`` the decorated function or matched class.
    """

    evaluator: Evaluator
    call: ir.Value | None
    frame: Frame | None
    receiver: LibraryValue | None = None
    names: tuple[str, ...] = ()
    others: tuple[LibraryValue, ...] = ()
    """What else the receiver may be, of the same type: made elsewhere (one of two queues)."""
    environment: Environment = ()
    decorator: ir.Value | None = None
    function: Frame | None = None
    index: ClassIndex | None = None
    base: ir.TypeRef | None = None
    within: ir.Value | None = None
    beside: ir.Value | None = None
    handler_call: ir.Call | None = None
    handler_frame: Frame | None = None
    element: tuple[Denotation, ...] | None = None
    """When set, positional and keyword heads are members of this element (``each``)."""
    own: dict[str, Denotations] = field(default_factory=dict)
    setting: Callable[[str], Denotations] | None = None
    sent: tuple[str, Denotation] | None = None
    """Position, and the one event that is looked at of those that the call may send there."""
    registration: Callable[[Place, str], Denotations] | None = None
    has_braced_keys: bool = False
    """Whether texts of the library hold keys of the configuration in double braces."""
    carried_by: tuple[Frame, ir.Value] | None = None
    """Where the workspace's decorator is written that puts ``decorator`` on the function."""
    tokens: tuple[str, ...] = ()
    """Paths to the tokens of the registrations that hold for the entry."""

    def arguments(self) -> Sequence[ir.Argument]:
        """The call's arguments."""
        return self.call.args if isinstance(self.call, ir.Call) else ()


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


def _argument(value: ir.Value, place: Place, steps: Sequence[str], frame: Frame | None) -> Denotations:
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
    if steps and isinstance(inner, ir.Name) and not _is_mark(steps[0]):
        assigned = evaluator.assigned_member(inner.name, steps[0], frame, inner.start)
        if assigned is not None:
            return along(place, evaluator.substitute_all(assigned, place.environment), steps[1:])
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
    return along(place, evaluator.evaluate(inner, frame, place.environment), steps)


def _position(place: Place, path: AccessPath) -> Denotations:
    if place.element is not None:
        return along(place, place.element, (path.key, *path.steps))
    if place.sent is not None and place.sent[0] == path.key:
        return along(place, (place.sent[1],), path.steps)
    given = [a for a in place.arguments() if a.name is None]
    at = int(path.key)
    if at < len(given) and not any(a.spread for a in given[:at]):
        return _argument(given[at].value, place, path.steps, place.frame)
    return ()


def _keyword(place: Place, path: AccessPath) -> Denotations:
    if place.element is not None:
        return along(place, place.element, (path.key, *path.steps))
    for argument in place.arguments():
        if argument.name == path.key:
            return _argument(argument.value, place, path.steps, place.frame)
    for argument in place.arguments():
        if (
            argument.spread == "**"
        ):  # first the name, then what callers give: a function that takes any keyword knows no others
            named = _argument(argument.value, replace(place, environment=()), (path.key, *path.steps), place.frame)
            found = place.evaluator.substitute_all(named, place.environment)
            if found:
                return found
    return ()


def _rest(place: Place, path: AccessPath) -> Denotations:
    values = [a for a in place.arguments() if a.name is None][int(path.key) :]
    found = tuple(d for a in values for d in _argument(a.value, place, ("[]",) if a.spread == "*" else (), place.frame))
    return along(place, (Collection(found),), path.steps) if found else ()


def _keywords(place: Place, path: AccessPath) -> Denotations:
    named = [a for a in place.arguments() if a.name is not None]
    if not named:
        return tuple(
            d for a in place.arguments() if a.spread == "**" for d in _argument(a.value, place, path.steps, place.frame)
        )
    if path.steps[:1] == ("{}",):
        return tuple(Scalar(a.name) for a in named)
    values = tuple(d for a in named for d in _argument(a.value, place, (), place.frame))
    return along(place, values, path.steps[1:]) if path.steps else values


def _bound(place: Place, path: AccessPath) -> Denotations:
    current = place.receiver
    while current is not None:
        if current.source is not None and path.key in current.source.bind:
            found = read_bound(place, current, path.key)
            return along(place, found, path.steps)
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
        return along(place, (place.receiver,), path.steps)
    callee = place.call.callee if isinstance(place.call, ir.Call) else None
    if isinstance(callee, ir.Member) and place.frame is not None:  # an extension is called on a value of any kind
        return along(place, place.evaluator.evaluate(callee.object, place.frame, place.environment), path.steps)
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
            return along(place, (Parameter(frame, parameter.name or f"#{position}"),), path.steps)
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
    return along(place, place.setting(path.key), path.steps) if place.setting is not None else ()


def _registration(place: Place, path: AccessPath) -> Denotations:
    return along(place, place.registration(place, path.key), path.steps) if place.registration is not None else ()


def _field(place: Place, path: AccessPath) -> Denotations:
    if place.index is None:
        return ()
    found = class_members.class_member(place.evaluator, place.index, path.key, Instance(place.index))
    said = tuple(
        item for item in found if not isinstance(item, LibraryMember)
    )  # a member that only the library's class has, nobody set
    return along(place, said, path.steps)


def _own(place: Place, path: AccessPath) -> Denotations:
    return along(place, place.own.get(path.key, ()), path.steps)


def _after(place: Place, path: AccessPath) -> Denotations:
    given = [a for a in place.arguments() if a.name is None]
    for marker, argument in itertools.pairwise(given):
        if (
            isinstance(marker.value, ir.Literal)
            and isinstance(marker.value.value, str)
            and marker.value.value.lower() == path.key.lower()
        ):
            return _argument(argument.value, place, path.steps, place.frame)
    return ()


def _result(place: Place, path: AccessPath) -> Denotations:
    if place.function is not None and (place.decorator is not None or place.call is None):
        return _returned(place, place.function, path.steps)
    if not isinstance(place.call, ir.Call) or place.frame is None:
        return ()
    return along(place, place.evaluator.evaluate(place.call, place.frame, place.environment), path.steps)


def _returned(place: Place, frame: Frame, steps: Sequence[str]) -> Denotations:
    """What a decorated function returns; without a step also the type that it says it returns."""
    itself = FunctionRef(frame)
    if steps and steps[0].startswith("<") and steps[0][1:-1].isdigit():
        return along(place, (itself,), steps)
    found = application.results(place.evaluator, itself)
    declared = frame.function.returns if frame.function is not None and not steps else None
    if declared is not None:
        written = ir.Name(declared.start, declared.end, declared.name)
        outer = frame.cls.body if frame.cls is not None else frame.parent or frame
        found = (*found, *(d for d in place.evaluator.evaluate(written, outer) if isinstance(d, External)))
    return along(place, found, steps)


_READERS: dict[str, Callable[[Place, AccessPath], Denotations]] = {
    "position": _position,
    "keyword": _keyword,
    "rest": _rest,
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

# ------------------------------------------------------------------------------------------------------------- steps


def _is_mark(step: str) -> bool:
    return step in ("[]", "{}", "{*}") or step.startswith("<")


def along(place: Place, found: Denotations, steps: Sequence[str]) -> Denotations:
    """What ``steps`` lead to from values."""
    for one in steps:
        found = tuple(dict.fromkeys(d for item in found for d in _step(place, item, one)))[:24]
    return found


def _step(place: Place, item: Denotation, one: str) -> Denotations:
    evaluator, node, frame = place.evaluator, place.call or _NOWHERE, place.frame
    assert frame is not None
    if one == "[]":
        if isinstance(item, Record | Scalar):
            return ()
        return members.elements(evaluator, item, node, frame)
    if one == "{*}":
        if isinstance(item, Record):
            return members.elements(evaluator, item, node, frame)
        return (item,) if isinstance(item, Opaque | Text) else ()  # keyword arguments are bound one by one
    if one == "{}":
        return tables.keys(evaluator, item)
    if one.isdigit():
        counted = _numbered(place, item, int(one))
        if counted is not None:
            return counted
    if one.startswith("<"):
        return _type_step(evaluator, item, one)
    if one == "return" and isinstance(item, FunctionRef):
        return place.evaluator.substitute_all(application.results(evaluator, item), item.environment)
    if one == "return" and isinstance(item, External | LibraryMember):
        return ()  # a function that stands elsewhere: it is no object with a member that is called so
    if isinstance(item, FunctionRef) and (given := _set_in(item.frame, one)):
        found = (d for value in given for d in evaluator.evaluate(value, item.frame))
        return evaluator.substitute_all(found, (*item.environment, *place.environment))
    if isinstance(item, LibraryValue) and (binding := _binding(item, one)) is not None:
        return read_bound(place, binding, one)
    if isinstance(item, ExternalResult) or (isinstance(item, LibraryValue) and isinstance(item.call, ir.Call)):
        return _construction_step(place, item, one)
    if isinstance(item, Scalar):
        return _json_step(item, one)
    if isinstance(item, Collection) and one.isdigit():
        return item.items[int(one) : int(one) + 1]
    if isinstance(item, EnumMember) and enum_members.as_object(item) is item:
        return ()  # it stands for its text, which is given where an object of the library could be
    return members.member(evaluator, item, one, node, frame)


def _numbered(place: Place, item: Denotation, at: int) -> Denotations | None:
    """The element of a list, or the argument of a call that nothing more is known of; None for what has no numbered parts."""
    if isinstance(item, Collection):
        return item.items[at : at + 1]
    if isinstance(item, Items) and not any(isinstance(one, ir.Spread) for one in item.node.items[: at + 1]):
        return tuple(
            found
            for value in item.node.items[at : at + 1]
            for found in place.evaluator.evaluate(value, item.frame, item.environment)
        )
    if isinstance(item, Part | LibraryMember) and isinstance(item.call, ir.Call) and item.frame is not None:
        return _position(
            replace(place, call=item.call, frame=item.frame, element=None), AccessPath("position", str(at))
        )
    return None


_NOWHERE = ir.Unknown(0, 0, "nowhere")


def _set_in(frame: Frame, name: str) -> list[ir.Value]:
    """What a block that fills in an object sets under a name: ``{ queueUrl = url; messageBody = text }``."""
    function = frame.function
    if function is None or function.kind != "lambda" or not function.body:
        return []
    given: list[ir.Value] = []
    for statement in function.body:
        inner = statement.value if isinstance(statement, ir.Evaluate | ir.Return) else statement
        if isinstance(inner, ir.Assign | ir.AssignValue) and inner.value is not None and _sets(inner.target, name):
            given.append(inner.value)
    return given


def _sets(target: ir.Value, name: str) -> bool:
    return (isinstance(target, ir.Name) and target.name == name) or (
        isinstance(target, ir.Member) and isinstance(target.object, ir.This) and target.name == name
    )


def _binding(value: LibraryValue, name: str) -> LibraryValue | None:
    """The value, or the one that it was made from, where a name was bound."""
    current: LibraryValue | None = value
    while current is not None and not (current.source is not None and name in current.source.bind):
        current = current.parent
    return current


def _construction_step(place: Place, item: ExternalResult | LibraryValue, one: str) -> Denotations:
    """A step on a construction: its n-th argument, a field of its first argument, or a member."""
    call, frame = item.call, item.frame
    if isinstance(call, ir.Call) and frame is not None:
        inner = replace(place, call=call, frame=frame, environment=item.environment, element=None)
        if one.isdigit():
            return _position(inner, AccessPath("position", one))
        if isinstance(item, ExternalResult) and item.external.path[-1:] == (one,):
            return _rest(
                inner, AccessPath("rest", "0")
            )  # an option that a function makes (``ConsumeTopics("orders")``)
        encodes = isinstance(item, ExternalResult) and item.external.path[-1:] and item.external.path[-1] in _ENCODERS
        if call.args and (encodes or isinstance(item, LibraryValue) or call.is_new or item.external.path[-1:] != ()):
            named = _keyword(inner, AccessPath("keyword", one))
            if (
                not named and call.is_new and one[:1].islower()
            ):  # the same library in C#: ``new QueueProps { QueueName = … }``
                named = _keyword(inner, AccessPath("keyword", one[:1].upper() + one[1:]))
            found = named or (_argument(call.args[0].value, inner, (one,), frame) if call.args[0].name is None else ())
            if found or _is_complete(place.evaluator, call, inner):
                return found
    assert place.frame is not None
    return members.member(place.evaluator, item, one, place.call or _NOWHERE, place.frame)


def _is_complete(evaluator: Evaluator, call: ir.Call, place: Place) -> bool:
    """Whether a construction shows all of its fields: they are all named (``kafka.Message{Key: k}``), or stand in one object literal."""
    arguments = call.args
    if call.is_new and all(argument.name is not None for argument in arguments):
        return True
    if len(arguments) != 1 or arguments[0].name is not None or place.frame is None:
        return False
    values = evaluator.evaluate(arguments[0].value, place.frame, place.environment)
    return bool(values) and all(
        isinstance(value, Record) and not any(f.spread or f.key is None for f in value.node.fields) for value in values
    )


def _json_step(item: Scalar, one: str) -> Denotations:
    if not isinstance(item.value, str) or not item.value.lstrip().startswith("{"):
        return ()
    try:
        content = json.loads(item.value)
    except ValueError:
        return ()
    value = content.get(one) if isinstance(content, dict) else None
    return (Scalar(value, item.trail),) if isinstance(value, str | int | float | bool) else ()


def _type_step(evaluator: Evaluator, item: Denotation, one: str) -> Denotations:
    if one == "<type>":
        if isinstance(item, LibraryMember) and item.names[-1] != "()":
            return (Scalar(item.names[-1]),)
        if isinstance(item, Instance | ClassRef | Parameter | Part | ExternalResult | LibraryMember):
            return type_names.type_name(evaluator, item)
    if isinstance(item, FunctionRef) and item.frame.function is not None and item.frame.function.returns is not None:
        arguments = item.frame.function.returns.args
        at = int(one[1:-1]) if one[1:-1].isdigit() else 0
        return (Scalar(arguments[at].name),) if at < len(arguments) else ()
    return ()
