"""What code that speaks of a service's configuration holds: injected fields and parameters, classes of settings, what calls ask for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from eventlens import ir
from eventlens.config.configuration_keys import canonical
from eventlens.flow import class_hierarchy, configuration, decoded_settings, reading, written_types
from eventlens.flow.denotations import (
    Collection,
    Denotation,
    External,
    FunctionRef,
    Instance,
    LibraryMember,
    LibraryValue,
    Scalar,
    Trail,
    Variable,
)
from eventlens.flow.library_models import CompiledModel, export_matches, member_matches
from eventlens.flow.matched_place import Place
from eventlens.flow.texts import as_text

if TYPE_CHECKING:
    from eventlens.flow.evaluation import Denotations, Evaluator
    from eventlens.flow.scopes import ClassIndex, Frame
    from eventlens.knowledge.schema import Lookup

_LISTS = frozenset(("[]", "List", "Set", "Collection", "Iterable", "Array", "MutableList", "IEnumerable", "IList"))

# ------------------------------------------------------------------------------------------------------ calls and members


def asked(evaluator: Evaluator, lookup: Lookup, keys: list[str], place: Place, default: Denotations) -> Denotations:
    """The values of the keys that a call asks for."""
    assert place.call is not None and place.frame is not None
    above = _above(place, lookup)
    return tuple(
        found
        for key in keys
        for found in configuration.key_or_variable(evaluator, f"{above}{key}", place.call, place.frame, default)
    )


def member_of_library(
    evaluator: Evaluator, item: LibraryValue, names: tuple[str, ...], node: ir.Node, frame: Frame
) -> Denotations:
    """What a member of a library value holds: the key in brackets, or the object whose class its declared type names."""
    found: list[Denotation] = []
    for pattern, lookup in item.model.lookups:
        if not lookup.member or pattern.type != item.type or not member_matches(pattern, names):
            continue
        place = Place(evaluator, node if isinstance(node, ir.Index | ir.Member) else None, frame, item, names)
        if lookup.of_type_argument:
            found.extend(held(evaluator, item, frame))
        elif lookup.key is not None and _is_in_brackets(node):
            found.extend(asked(evaluator, lookup, _texts(reading.read(place, lookup.key)), place, ()))
    return tuple(found)


def _is_in_brackets(node: ir.Node) -> bool:
    """Whether a member is written ``object["name"]``: something stands behind its name."""
    if isinstance(node, ir.Member):
        return node.end > node.name_start + len(node.name.encode())
    return isinstance(node, ir.Index)


def held(evaluator: Evaluator, item: LibraryValue, frame: Frame) -> Denotations:
    """What something hands out that is declared, or made, with a type argument: a value of that type (``Lazy<IBus>.Value``)."""
    made = item.call.type_args if isinstance(item.call, ir.Call) else ()
    written = item.written.args if item.written is not None else made
    return evaluator.typed(written[0], item.frame or frame) if written else ()


def bound(evaluator: Evaluator, lookup: Lookup, place: Place) -> Denotations:
    """The objects that a call makes of a section: of the class that is its type argument."""
    call, frame = place.call, place.frame
    if not isinstance(call, ir.Call) or not call.type_args or frame is None:
        return ()
    made = [d for d in evaluator.typed(call.type_args[0], frame) if isinstance(d, Instance)]
    return tuple(replace(one, section=section) for section in sections(place, lookup) for one in made)


def sections(place: Place, lookup: Lookup) -> list[str]:
    """The sections that a look-up speaks of, dotted; the receiver's own where it names none."""
    above = _above(place, lookup)
    named = _texts(reading.read_first(place, lookup.section))
    return [canonical(f"{above}{name}") for name in named] or ([canonical(above)] if above else [])


def _above(place: Place, lookup: Lookup) -> str:
    """The section that the receiver is, with a dot behind; "" where it is the whole configuration."""
    above = ""
    current = place.receiver
    while current is not None and lookup.under is not None:
        if current.source is not None and lookup.under in current.source.bind:
            named = _texts(reading.read_bound(place, current, lookup.under))
            above = f"{named[0]}.{above}" if named else above
        current = current.parent
    return above


# ------------------------------------------------------------------------------------------------ fields and parameters


def decorated(
    evaluator: Evaluator, decorators: tuple[ir.Value, ...], type_: ir.TypeRef | None, name: str, frame: Frame
) -> Denotations:
    """What a decorator says that a field or parameter holds (``@Value("${app.topic}")``)."""
    for decorator in decorators:
        for model, lookup in _lookups_of(evaluator, decorator, frame, "decorated"):
            found = _decorated(evaluator, model, lookup, decorator, decorators, name, frame)
            if found:
                return _as_declared(found, type_)
    return ()


def _lookups_of(
    evaluator: Evaluator, decorator: ir.Value, frame: Frame, origin: str
) -> Iterator[tuple[CompiledModel, Lookup]]:
    callee = decorator.callee if isinstance(decorator, ir.Call) else decorator
    for found in evaluator.evaluate(callee, frame):
        meaning = found
        if isinstance(found, External) and not found.path and isinstance(callee, ir.Name):
            meaning = External("", (callee.name,), found.family)  # a tag may be called like a package that is imported
        if isinstance(meaning, External):
            for model in evaluator.catalogue.models_for(meaning):
                for pattern, lookup in model.lookups:
                    named = getattr(lookup, origin)
                    if named and model.owns(meaning) and export_matches(pattern, meaning):
                        yield model, lookup


def _decorated(
    evaluator: Evaluator,
    model: CompiledModel,
    lookup: Lookup,
    decorator: ir.Value,
    decorators: tuple[ir.Value, ...],
    name: str,
    frame: Frame,
) -> Denotations:
    place = Place(evaluator, decorator, frame, decorator=decorator)
    default = reading.read_first(place, lookup.default) or _beside(evaluator, lookup.default_beside, decorators, frame)
    if lookup.text is not None:
        return reading.read(place, lookup.text)
    if lookup.variable is not None:
        return tuple(
            Variable(named, frame.module.path, decorator.start, default, (_read_here(named, decorator, frame),))
            for named in _texts(reading.read(place, lookup.variable))
        )
    keys = _texts(reading.read(place, lookup.key)) if lookup.key is not None else [name]
    return tuple(
        d for key in keys or [name] for d in configuration.key_or_variable(evaluator, key, decorator, frame, default)
    )


def _read_here(name: str, node: ir.Node, frame: Frame) -> Trail:
    return Trail(frame.module.path, node.start, f"{name} is read from the configuration here")


def _texts(found: Denotations) -> list[str]:
    """Known texts; what stands behind a comma (``env:"TOPIC,required"``) is no part of a name."""
    return [d.value.partition(",")[0] for d in found if isinstance(d, Scalar) and isinstance(d.value, str) and d.value]


def _beside(evaluator: Evaluator, named: str | None, decorators: tuple[ir.Value, ...], frame: Frame) -> Denotations:
    for decorator in decorators if named else ():
        callee = decorator.callee if isinstance(decorator, ir.Call) else None
        if isinstance(decorator, ir.Call) and isinstance(callee, ir.Name) and callee.name == named and decorator.args:
            return evaluator.evaluate(decorator.args[0].value, frame)
    return ()


def _as_declared(found: Denotations, type_: ir.TypeRef | None) -> Denotations:
    """A text with commas is a list where a list is declared."""
    if type_ is None or type_.name.rpartition(".")[2] not in _LISTS:
        return found
    listed: list[Denotation] = []
    for item in found:
        if isinstance(item, Scalar) and isinstance(item.value, str):
            listed.extend(Scalar(part.strip(), item.trail) for part in item.value.split(",") if part.strip())
        else:
            listed.extend(item.items if isinstance(item, Collection) else (item,))
    return (Collection(tuple(listed)),)


# -------------------------------------------------------------------------------------------------- classes of settings


def field_of_settings(
    evaluator: Evaluator, index: ClassIndex, name: str, section: str | None = None
) -> Denotations | None:
    """A member of an object whose class is bound to a section of the configuration; None where it is bound to none.

    ``section`` is the section that this very object holds, where it is known.
    """
    member: ir.ClassField | ir.Parameter | None = index.fields.get(name) or _property(index, name)
    if member is None:
        return None
    default = member.value if isinstance(member, ir.ClassField) else member.default
    return _held(evaluator, index, member, name, member.type, default, section)


def method_of_settings(evaluator: Evaluator, callee: FunctionRef) -> Denotations:
    """What a method without a body gives of an interface that is bound to a section; empty for any other method."""
    function, index = callee.frame.function, callee.frame.cls
    if function is None or index is None or function.body is not None or function.parameters:
        return ()
    section = callee.receiver.section if isinstance(callee.receiver, Instance) else None
    return _held(evaluator, index, function, function.name, function.returns, None, section) or ()


def _held(
    evaluator: Evaluator,
    index: ClassIndex,
    node: ir.Node,
    name: str,
    declared: ir.TypeRef | None,
    default: ir.Value | None,
    section: str | None,
) -> Denotations | None:
    if section is None:
        section = section_of(evaluator, index)
    is_decoded = section is None and decoded_settings.is_read_from_file(evaluator, index)
    if section is None and not is_decoded:
        return None
    name = decoded_settings.key_of(node, name)
    key = f"{section}.{name}" if section else name
    found = configuration.value(evaluator, key, index.module.path)
    if found:
        return _as_declared(found, declared)
    inner = [d for d in evaluator.typed(declared, index.body) if isinstance(d, Instance)] if declared else []
    if inner:
        return tuple(replace(one, section=canonical(key)) for one in inner)
    if default is not None:
        return evaluator.evaluate(default, index.body)
    if is_decoded:
        return None  # no file of the workspace has it: what else gives it a value may be seen
    path = index.module.path
    trail = (Trail(path, node.start, f"{key} is read from the configuration here"),)
    return (Variable(key, path, node.start, (), trail),)


def _property(index: ClassIndex, name: str) -> ir.Parameter | None:
    constructor = index.constructor
    parameters = constructor.function.parameters if constructor is not None and constructor.function else ()
    return next((one for one in parameters if one.property and one.name == name), None)


def section_of(evaluator: Evaluator, index: ClassIndex) -> str | None:
    """The section of the configuration that objects of a class hold; None for a class that holds none."""
    key = id(index)
    known = evaluator.sections
    if key not in known:
        known[key] = None  # a class whose section hangs on itself has none
        known[key] = _section_of(evaluator, index)
    return known[key]


def section_said(evaluator: Evaluator, decorators: tuple[ir.Value, ...], frame: Frame) -> str | None:
    """The section that a decorator of a class, or of what makes an object, says that it holds; None where none says one."""
    for decorator in decorators:
        for _, lookup in _lookups_of(evaluator, decorator, frame, "settings_class"):
            place = Place(evaluator, decorator, frame, decorator=decorator)
            return next(iter(_texts(reading.read_first(place, lookup.section))), "")
    return None


def _section_of(evaluator: Evaluator, index: ClassIndex) -> str | None:
    said = section_said(evaluator, index.definition.decorators, index.frame)
    if said is not None:
        return said
    for said_elsewhere in evaluator.injections.get(f"{SECTION_OF}{index.name}", ()):
        if isinstance(said_elsewhere.value, Scalar):
            return as_text(said_elsewhere.value.value)
    for outer in index.module.classes:
        if outer is not index and index.name in outer.nested and outer.nested[index.name] is index:
            return _as_field(evaluator, outer, index)
    return None


SECTION_OF = "section of "
"""What stands before a class's name where the section that it is bound to is recorded among what is injected."""


def _as_field(evaluator: Evaluator, outer: ClassIndex, index: ClassIndex) -> str | None:
    """The section of a nested class that is the type of one field of a class of settings."""
    above = section_of(evaluator, outer)
    if above is None:
        return None
    constructor = outer.constructor
    properties = constructor.function.parameters if constructor is not None and constructor.function else ()
    typed = [(one.name, one.type) for one in outer.definition.fields]
    typed += [(one.name, one.type) for one in properties if one.property]
    typed += [(one.name, one.returns) for one in outer.definition.methods if one.body is None]
    names = {name for name, type_ in typed if type_ is not None and type_.name.rpartition(".")[2] == index.name}
    return f"{above}.{names.pop()}".lstrip(".") if len(names) == 1 else None


def settings_member(evaluator: Evaluator, item: Instance, name: str) -> Denotations | None:
    """A member of an object of a class of settings; None for any other object."""
    if item.call is not None and item.call.args:
        return None  # somebody makes it by hand
    for index in class_hierarchy.bases(evaluator, item.index):
        found = field_of_settings(evaluator, index, name, item.section)
        if found is not None:
            return found
        field = index.fields.get(name)
        if field is not None and field.decorators:
            held = decorated(evaluator, field.decorators, field.type, name, index.body)
            if held:
                return held
    return None


def member_of_injected(evaluator: Evaluator, item: Denotation, name: str, node: ir.Node, frame: Frame) -> Denotations:
    """A member of a parameter whose declared type holds configuration: no caller gives it another object."""
    found: list[Denotation] = []
    for declared in written_types.declared_types(evaluator, item):
        if isinstance(declared, Instance):
            found.extend(settings_member(evaluator, declared, name) or ())
        elif isinstance(declared, LibraryValue):
            asks = any(
                lookup.asks and pattern.type == declared.type and member_matches(pattern, (name,))
                for pattern, lookup in declared.model.lookups
            )
            held = member_of_library(evaluator, declared, (name,), node, frame)
            found.extend((LibraryMember(declared, (name,)),) if asks else held)
    return tuple(found)
