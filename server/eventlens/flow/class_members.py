"""The members of the objects of classes: own, inherited, given at construction."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from eventlens import ir
from eventlens.flow import (
    application,
    class_hierarchy,
    enum_members,
    library_members,
    lookups,
    settings_objects,
    tables,
)
from eventlens.flow.denotations import (
    MAX_PARTS,
    ClassRef,
    Denotation,
    External,
    ExternalResult,
    FunctionRef,
    Instance,
    LibraryMember,
    LibraryValue,
    Opaque,
    Parameter,
    Part,
    Receiver,
    Scalar,
    Text,
    Variable,
    depth,
)
from eventlens.flow.library_models import most_special
from eventlens.flow.scopes import ClassIndex, Frame

if TYPE_CHECKING:
    from eventlens.flow.evaluation import Denotations, Evaluator

_MOST_MADE = 3
"""Up to how many values a field may have where its object is made: with more, which of them is meant is unknown."""


def class_as_value(value: Denotation) -> Denotations:
    """The class of an object (``type(x)``, ``x.__class__``, ``x.constructor``); of something symbolic, symbolic."""
    if isinstance(value, Instance | Receiver):
        return (ClassRef(value.index),)
    return (Part(value, "__class__"),) if isinstance(value, Parameter | Part) and depth(value) < MAX_PARTS else ()


def class_member(evaluator: Evaluator, index: ClassIndex, name: str, receiver: Denotation | None) -> Denotations:
    """A member of a class, its own or inherited, seen from ``receiver`` (None: from the class itself)."""
    for current in class_hierarchy.bases(evaluator, index):
        found = _own_member(evaluator, current, name, receiver)
        if found and any(_passes_everything_on(value, name) or _is_left_to_library(value) for value in found):
            return (*found, *_inherited_from_library(evaluator, index, name, receiver))
        if found:
            return found
    return _inherited_from_library(evaluator, index, name, receiver)


def _passes_everything_on(value: Denotation, name: str) -> bool:
    """Whether a method only wraps the one it overrides: it takes whatever that takes, and calls it."""
    function = value.frame.function if isinstance(value, FunctionRef) else None
    if (
        function is None
        or not isinstance(value, FunctionRef)
        or not any(parameter.kind in ("rest", "keywords") for parameter in function.parameters)
    ):
        return False
    return any(
        isinstance(call.callee, ir.Member) and call.callee.name == name and _is_super(call.callee.object)
        for call in value.frame.calls
    )


def _is_left_to_library(value: Denotation) -> bool:
    """Whether a method of an interface is only declared: where the interface extends a library's, the library makes it."""
    function = value.frame.function if isinstance(value, FunctionRef) else None
    return function is not None and function.body is None


def _is_super(value: ir.Value) -> bool:
    return isinstance(value, ir.Super) or (isinstance(value, ir.Call) and isinstance(value.callee, ir.Super))


def _own_member(evaluator: Evaluator, index: ClassIndex, name: str, receiver: Denotation | None) -> Denotations:
    method = index.methods.get(name)
    if method is not None and method.function is not None:
        if method.function.kind == "getter" and not _is_constructor_property(index, name):
            return application.results(evaluator, FunctionRef(method, receiver))
        if method.function.kind != "getter":
            functions = tuple(FunctionRef(one, receiver) for one in index.overloads.get(name, (method,)))
            beside = index.fields.get(name)  # a field may be called like a method: which is meant, the code around says
            return (*functions, *_field(evaluator, index, name, beside)) if beside is not None else functions
    if name in index.nested:
        return (ClassRef(index.nested[name]),)
    field = (index.static_fields if receiver is None and name in index.static_fields else index.fields).get(name)
    if field is not None and enum_members.is_constant(index, field):
        return (enum_members.constant(evaluator, index, name, field),)
    if receiver is None and field is not None and field.value is not None and name not in index.assigned:
        return evaluator.evaluate(field.value, index.body)
    return _field(evaluator, index, name, field)


def _is_constructor_property(index: ClassIndex, name: str) -> bool:
    """Whether the constructor declares a field of that name: a getter beside it only hands it on for an interface."""
    function = index.constructor.function if index.constructor is not None else None
    return function is not None and any(one.property and one.name == name for one in function.parameters)


def _field(evaluator: Evaluator, index: ClassIndex, name: str, field: ir.ClassField | None) -> Denotations:
    """What a field of an instance holds: initial value, what methods assign, decorator, constructor property, declared type."""
    configured = settings_objects.field_of_settings(evaluator, index, name)
    if configured is not None:
        return configured
    found: list[Denotation] = []
    if field is not None:
        found.extend(lookups.settings_field(evaluator, index, field))
        if field.decorators:
            found.extend(settings_objects.decorated(evaluator, field.decorators, field.type, name, index.body))
        if field.decorators:
            found.extend(library_members.decorated_values(evaluator, field.decorators, index.body, "decorated"))
        if field.value is not None and not found:
            found.extend(item for item in evaluator.evaluate(field.value, index.body) if not _is_nothing(item))
    for frame, value in index.assigned.get(name, ()):
        found.extend(item for item in evaluator.evaluate(value, frame) if not _is_nothing(item))
    constructor = index.constructor
    if constructor is not None and constructor.function is not None:
        for parameter in constructor.function.parameters:
            if parameter.property and parameter.name == name:
                given = (
                    settings_objects.decorated(evaluator, parameter.decorators, parameter.type, name, constructor)
                    if parameter.decorators
                    else ()
                )
                found.extend(given or (Parameter(constructor, name),))
    if (
        field is not None
        and field.type is not None
        and not any(not isinstance(item, Opaque | Parameter | External | ExternalResult) for item in found)
    ):
        declared = _given_a_type(evaluator, index, name, evaluator.typed(field.type, index.body))
        found.extend(evaluator.provided.instead_of(evaluator, declared, field, index.body))
    if name in index.entries:
        found = list(tables.filled(evaluator, tuple(found), index.entries[name]))
    return tuple(dict.fromkeys(found))


def _given_a_type(evaluator: Evaluator, index: ClassIndex, name: str, typed: Denotations) -> Denotations:
    """A field of a declared type: of a library's, or of an interface that anything may implement, what it is constructed with says more."""
    if not any(isinstance(item, LibraryValue) or _is_anything(item) for item in typed):
        return typed
    if any(one.constructor is not None for one in class_hierarchy.bases(evaluator, index)):
        return typed
    given = [item for item in _constructed_with(evaluator, index, name) if isinstance(item, LibraryValue | Parameter)]
    if any(isinstance(item, LibraryValue) and item.call is not None for item in given):
        return tuple(dict.fromkeys(given))
    return tuple(dict.fromkeys((*given, *typed)))


def _is_anything(value: Denotation) -> bool:
    return isinstance(value, Instance) and value.index.definition.is_structural


def _is_nothing(value: Denotation) -> bool:
    return isinstance(value, Scalar) and value.value is None


def _inherited_from_library(
    evaluator: Evaluator, index: ClassIndex, name: str, receiver: Denotation | None
) -> Denotations:
    found: list[Denotation] = []
    embedded = tuple(_embedded(evaluator, index, receiver))
    for value in embedded or library_values_of_class(evaluator, index, receiver):
        found.extend(library_members.library_member(evaluator, value, (name,), index.definition, index.frame))
    return tuple(found)


def _embedded(evaluator: Evaluator, index: ClassIndex, receiver: Denotation | None) -> Iterator[LibraryValue]:
    """The library values that an object was made with and whose members are its own."""
    owners = dict.fromkeys(owner for _, _, owner in class_hierarchy.external_bases(evaluator, index))
    for owner in owners:
        for field in owner.definition.fields:
            if field.embedded:
                given = _by_position(evaluator, receiver, field.name) if isinstance(receiver, Instance) else ()
                for value in given or _field(evaluator, owner, field.name, field):
                    if isinstance(value, LibraryValue) and value.call is not None:
                        yield value


def library_values_of_class(
    evaluator: Evaluator, index: ClassIndex, receiver: Denotation | None = None
) -> Iterator[LibraryValue]:
    """The library values that an object of a class which extends a library's class is."""
    for base, written, owner in class_hierarchy.external_bases(evaluator, index):
        if isinstance(base, LibraryValue):
            yield base
            continue
        for model in evaluator.catalogue.models_for(base):
            for made, source in most_special(model.typed_as(base)):
                call, frame = _base_construction(owner, receiver)
                said = written if written and written.args else None
                yield LibraryValue(*made, source, call, frame or (owner.frame if said else None), written=said)


def _base_construction(owner: ClassIndex, receiver: Denotation | None) -> tuple[ir.Call | None, Frame | None]:
    constructor = owner.constructor
    if constructor is not None:
        for call in constructor.calls:
            if isinstance(call.callee, ir.Super) or (
                isinstance(call.callee, ir.Member)
                and call.callee.name == "__init__"
                and isinstance(call.callee.object, ir.Super | ir.Call)
            ):
                return call, constructor
        return None, None
    if isinstance(receiver, Instance):
        return receiver.call, receiver.frame
    return None, None


def inherited(evaluator: Evaluator, frame: Frame, name: str) -> Denotations:
    """``super().name`` inside a method."""
    if frame.cls is None:
        return ()
    for current in list(class_hierarchy.bases(evaluator, frame.cls))[1:]:
        found = _own_member(evaluator, current, name, Receiver(frame.cls))
        if found:
            return found
    return _inherited_from_library(evaluator, frame.cls, name, Receiver(frame.cls))


def declared_member(evaluator: Evaluator, index: ClassIndex, name: str) -> Denotations:
    """A field that a class declares itself, or its constructor does, seen from a method."""
    if name in index.fields or _is_constructor_property(index, name):
        return receiver_member(evaluator, Receiver(index), name)
    return ()


def receiver_member(evaluator: Evaluator, item: Receiver, name: str) -> Denotations:
    """A member of the object on which a method runs: what its class says, what subclasses put in its place, else a part of it."""
    found = class_member(evaluator, item.index, name, item)
    if any(isinstance(value, FunctionRef | LibraryMember | LibraryValue) for value in found):
        overriding = [
            d
            for sub in class_hierarchy.subclasses(evaluator, item.index)
            if name in sub.methods
            for d in _own_member(evaluator, sub, name, Receiver(sub))
        ]
        abstract = [
            value
            for value in found
            if isinstance(value, FunctionRef) and value.frame.function is not None and value.frame.function.body is None
        ]
        return (*(value for value in found if value not in abstract or not overriding), *overriding)
    if not found or any(
        name in sub.fields or name in sub.assigned for sub in class_hierarchy.subclasses(evaluator, item.index)
    ):
        return (*found, Part(item, name))
    return found


def instance_member(evaluator: Evaluator, item: Instance, name: str) -> Denotations:
    """A member of an object; what depends on its construction is read from there."""
    key = (id(item.index), name, id(item.call))
    if key in evaluator.looking:
        evaluator.cuts += 1
        return ()
    evaluator.looking.add(key)
    try:
        return _instance_member(evaluator, item, name)
    finally:
        evaluator.looking.discard(key)


def _instance_member(evaluator: Evaluator, item: Instance, name: str) -> Denotations:
    configured = settings_objects.settings_member(evaluator, item, name)
    if configured is not None:
        return configured
    found = (
        _given_by_name(evaluator, item, name)
        or class_member(evaluator, item.index, name, item)
        or _by_position(evaluator, item, name)
        or _where_made(evaluator, item, name)
    )
    found = _object_made(evaluator, item, name, found)
    set_later = _set_after_making(evaluator, item, name)
    if set_later:
        found = _or_set(found, set_later)
    implementers = [
        d
        for value in found
        if isinstance(value, FunctionRef) and value.frame.function is not None and value.frame.function.body is None
        for sub in class_hierarchy.subclasses(evaluator, item.index)
        for d in _own_member(evaluator, sub, name, Instance(sub))
    ]
    environment = application.construction_environment(evaluator, item)
    return (*evaluator.substitute_all(found, environment), *implementers)


def _set_after_making(evaluator: Evaluator, item: Instance, name: str) -> Denotations:
    """What the function that makes an object gives a member of it afterwards (``config = Config(); config.topic = "orders"``)."""
    if item.frame is None or item.call is None:
        return ()
    return tuple(
        found
        for value in _set_where_made(item.frame, item.call, name)
        for found in evaluator.evaluate(value, item.frame, item.environment)
        if not _is_nothing(found)
    )


def _set_where_made(frame: Frame, call: ir.Call, name: str) -> Iterator[ir.Value]:
    given = [one for one in frame.members if one.name == name and one.base]
    if given:
        holders = {local for local, known in frame.definitions.items() if any(one.value is call for one in known)}
        yield from (one.value for one in given if one.base in holders)


def _or_set(found: Denotations, later: Denotations) -> Denotations:
    """What a member holds that is set again after it was made; the default of a variable where it was made of one that nobody may have set."""
    made = tuple(one for one in found if not (isinstance(one, Scalar) and one.value in (None, "")))
    if made and all(isinstance(one, Variable) for one in made):
        return tuple(replace(one, default=one.default or later) for one in made if isinstance(one, Variable))
    return tuple(dict.fromkeys((*made, *later)))


def _where_made(evaluator: Evaluator, item: Instance, name: str) -> Denotations:
    """A field of an object of which only the type is known (settings that are handed on): what the constructions beside its class give it."""
    if item.call is not None or not any(name in index.fields for index in class_hierarchy.bases(evaluator, item.index)):
        return ()
    found = tuple(dict.fromkeys(_constructed_with(evaluator, item.index, name)))
    known = all(isinstance(value, Scalar | Text | Variable) for value in found)
    return found if known and len(found) <= _MOST_MADE else ()


def _object_made(evaluator: Evaluator, item: Instance, name: str, found: Denotations) -> Denotations:
    """An object of which only the type is known, in a field of another such object: the one that the only construction beside its class gives it."""
    if item.call is not None or not found or not all(isinstance(one, Instance) and one.call is None for one in found):
        return found
    made = tuple(dict.fromkeys(_constructed_with(evaluator, item.index, name)))
    known = len(made) == 1 and isinstance(made[0], Instance) and made[0].call is not None
    return made if known else found


def _constructed_with(evaluator: Evaluator, index: ClassIndex, name: str) -> Iterator[Denotation]:
    """What the constructions of a class in the files that declare it give a field by name, without a constructor by position, or afterwards."""
    is_plain = all(one.constructor is None for one in class_hierarchy.bases(evaluator, index))
    for module in dict.fromkeys((index.module, *(part.module for part in class_hierarchy.parts(evaluator, index)))):
        for frame, call in module.constructed.get(index.name, ()):
            for argument in call.args:
                if argument.name == name:
                    yield from evaluator.evaluate(argument.value, frame)
            given = _at_position(evaluator, index, name, call) if is_plain else None
            if given is not None:
                yield from evaluator.evaluate(given, frame)
            for later in _set_where_made(frame, call, name):
                yield from evaluator.evaluate(later, frame)


def _given_by_name(evaluator: Evaluator, item: Instance, name: str) -> Denotations:
    """A field of a class without a constructor of its own (a data class, a settings model), where the construction gives it."""
    if (
        item.call is None
        or not item.call.args
        or any(index.constructor is not None for index in class_hierarchy.bases(evaluator, item.index))
    ):
        return ()
    declared = any(name in index.fields for index in class_hierarchy.bases(evaluator, item.index))
    return _by_position(evaluator, item, name) if declared else ()


def _by_position(evaluator: Evaluator, item: Instance, name: str) -> Denotations:
    """A field of a data class, from the construction's keyword or positional argument."""
    if item.call is None or item.frame is None:
        return ()
    for argument in item.call.args:
        if argument.name == name:
            return evaluator.evaluate(argument.value, item.frame, item.environment)
    given = _at_position(evaluator, item.index, name, item.call)
    return evaluator.evaluate(given, item.frame, item.environment) if given is not None else ()


def _at_position(evaluator: Evaluator, index: ClassIndex, name: str, call: ir.Call) -> ir.Value | None:
    """What a construction gives a field by its position: those of bases come first, unless an embedded base is a field itself."""
    if not call.args or call.args[0].name is not None:
        return None
    declaring = [one for one in class_hierarchy.bases(evaluator, index) if one.definition.fields]
    embedding = [one for one in declaring if any(field.embedded for field in one.definition.fields)][:1]
    names = [f.name for one in embedding or reversed(declaring) for f in one.definition.fields if not f.static]
    position = names.index(name) if name in names else len(call.args)
    argument = call.args[position] if position < len(call.args) else None
    return argument.value if argument is not None and argument.name is None and not argument.spread else None
