"""Keys of a service's configuration as values: looked up, put into texts with placeholders, bound to fields and parameters."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from eventlens import ir
from eventlens.config.configuration_keys import Placeholder, canonical, placeholders, plain_of
from eventlens.config.secrets import MASK, is_secret_name
from eventlens.flow import class_members, reading, written_types
from eventlens.flow.denotations import (
    Collection,
    Denotation,
    EnumMember,
    External,
    Hole,
    Instance,
    LibraryMember,
    LibraryValue,
    Scalar,
    Text,
    Trail,
    Trails,
    Variable,
)
from eventlens.flow.library_models import CompiledModel, export_matches, member_matches
from eventlens.flow.texts import as_text, join_texts

if TYPE_CHECKING:
    from eventlens.flow.evaluation import Denotations, Evaluator
    from eventlens.flow.program import ClassIndex, Frame
    from eventlens.knowledge.schema import Lookup

_MAX_DEPTH = 8
_MOST_TEXTS = 8
_EXPRESSION = re.compile(r"#\{(.*)\}\s*$", re.DOTALL)
_SPLIT = re.compile(r"\s*'([^']*)'\s*\.split\(\s*'([^']*)'\s*\)\s*$")
_ASKED = re.compile(
    r"\s*@?(?:environment\s*\.\s*getProperty\(\s*'([^']+)'\s*\)"
    r"|(?:environment|systemEnvironment|systemProperties)\s*\[\s*'([^']+)'\s*\])\s*$"
)
_LITERAL = re.compile(r"\s*'([^']*)'\s*$")
_LISTS = frozenset(("[]", "List", "Set", "Collection", "Iterable", "Array", "MutableList", "IEnumerable", "IList"))

# ----------------------------------------------------------------------------------------------------------------- keys


def value(evaluator: Evaluator, key: str, path: str, trail: Trails = (), depth: int = 0) -> Denotations:
    """What a key is set to for code at ``path``: by the user, an environment variable, a file; empty where nothing sets it."""
    variables = evaluator.variables
    said = variables.overriding(key, path)
    if said:
        return tuple(Scalar(plain_of(text), (*trail, step)) for text, step in said)
    found: list[Denotation] = []
    for one in variables.keys.values(key, path):
        step = Trail(one.path, one.line, f"{one.key} is set here")
        if isinstance(one.value, str):
            text = _shown(evaluator, one.key, one.value)
            found.extend(_filled(evaluator, text, path, (*trail, step), depth + 1))
        else:
            found.append(Scalar(one.value, (*trail, step)))
    if found:
        return tuple(dict.fromkeys(found))[:_MOST_TEXTS]
    items = [d for item in variables.keys.items(key) for d in value(evaluator, item, path, trail, depth + 1)]
    return (Collection(tuple(items)),) if items else ()


def _shown(evaluator: Evaluator, key: str, text: str) -> str:
    """A value as it may be shown; what is only a reference to something else is looked up, and is a secret or not."""
    parts = placeholders(text)
    if len(parts) == 1 and isinstance(parts[0], Placeholder) and parts[0].default is None:
        return text
    return evaluator.variables.shown(key, text)


def key_or_variable(evaluator: Evaluator, key: str, node: ir.Node, frame: Frame, default: Denotations) -> Denotations:
    """A key that code asks for: its value, else the default, else the key itself as something that is not known."""
    path = frame.module.path
    trail = (Trail(path, node.start, f"{key} is read from the configuration here"),)
    return value(evaluator, key, path, trail) or default or (Variable(key, path, node.start, (), trail),)


def asked(
    evaluator: Evaluator, lookup: Lookup, keys: list[str], place: reading.Place, default: Denotations
) -> Denotations:
    """The values of the keys that a call asks for."""
    assert place.call is not None and place.frame is not None
    above = _above(place, lookup)
    return tuple(
        found for key in keys for found in key_or_variable(evaluator, f"{above}{key}", place.call, place.frame, default)
    )


def member_of_library(
    evaluator: Evaluator, item: LibraryValue, names: tuple[str, ...], node: ir.Node, frame: Frame
) -> Denotations:
    """What a member of a library value holds: the key in brackets, or the object whose class its declared type names."""
    found: list[Denotation] = []
    for pattern, lookup in item.model.lookups:
        if not lookup.member or pattern.type != item.type or not member_matches(pattern, names):
            continue
        place = reading.Place(evaluator, node if isinstance(node, ir.Index | ir.Member) else None, frame, item, names)
        if lookup.of_type_argument and item.written is not None:
            found.extend(evaluator.typed(item.written.args[0], item.frame or frame))
        elif lookup.key is not None and _is_in_brackets(node):
            found.extend(asked(evaluator, lookup, _texts(reading.read(place, lookup.key)), place, ()))
    return tuple(found)


def _is_in_brackets(node: ir.Node) -> bool:
    """Whether a member is written ``object["name"]``: something stands behind its name."""
    if isinstance(node, ir.Member):
        return node.end > node.name_start + len(node.name.encode())
    return isinstance(node, ir.Index)


def bound(evaluator: Evaluator, lookup: Lookup, place: reading.Place) -> Denotations:
    """The objects that a call makes of a section: of the class that is its type argument."""
    call, frame = place.call, place.frame
    if not isinstance(call, ir.Call) or not call.type_args or frame is None:
        return ()
    made = [d for d in evaluator.typed(call.type_args[0], frame) if isinstance(d, Instance)]
    return tuple(replace(one, section=section) for section in sections(place, lookup) for one in made)


def sections(place: reading.Place, lookup: Lookup) -> list[str]:
    """The sections that a look-up speaks of, dotted; the receiver's own where it names none."""
    above = _above(place, lookup)
    named = _texts(reading.read_first(place, lookup.section))
    return [canonical(f"{above}{name}") for name in named] or ([canonical(above)] if above else [])


def _above(place: reading.Place, lookup: Lookup) -> str:
    """The section that the receiver is, with a dot behind; "" where it is the whole configuration."""
    above = ""
    current = place.receiver
    while current is not None and lookup.under is not None:
        if current.source is not None and lookup.under in current.source.bind:
            named = _texts(reading.read_bound(place, current, lookup.under))
            above = f"{named[0]}.{above}" if named else above
        current = current.parent
    return above


# --------------------------------------------------------------------------------------------------------------- texts


def filled(evaluator: Evaluator, found: Denotations, frame: Frame | None) -> Denotations:
    """Texts with what the configuration says put in where placeholders stand."""
    if frame is None or not any(_is_open(item) for item in found):
        return found
    path = frame.module.path
    put_in: list[Denotation] = []
    for item in found:
        if isinstance(item, Scalar) and isinstance(item.value, str) and _is_open(item):
            put_in.extend(_filled(evaluator, item.value, path, item.trail, 0))
        elif isinstance(item, EnumMember):
            put_in.append(replace(item, values=filled(evaluator, item.values, frame)))
        elif isinstance(item, Collection):
            put_in.append(Collection(filled(evaluator, item.items, frame)))
        else:
            put_in.append(item)
    return tuple(dict.fromkeys(put_in))


def _is_open(item: Denotation) -> bool:
    if isinstance(item, EnumMember):
        return any(map(_is_open, item.values))
    if isinstance(item, Collection):
        return any(map(_is_open, item.items))
    return isinstance(item, Scalar) and isinstance(item.value, str) and ("${" in item.value or "#{" in item.value)


def _filled(evaluator: Evaluator, text: str, path: str, trail: Trails, depth: int) -> Denotations:
    if depth > _MAX_DEPTH:
        return (Text((Hole(text[:80]),), trail),)
    expression = _EXPRESSION.match(text)
    if expression is not None:
        return _expression(evaluator, expression[1], path, trail, depth)
    if "${" not in text:
        return (Scalar(text, trail),)
    pieces: list[Denotations] = []
    for part in placeholders(text):
        if isinstance(part, str):
            pieces.append((Scalar(part),))
        else:
            pieces.append(_put_in(evaluator, part, path, depth + 1))
    if len(pieces) == 1:
        return tuple(_after(trail, item) for item in pieces[0])
    return tuple(_after(trail, item) for item in join_texts(pieces))


def _put_in(evaluator: Evaluator, part: Placeholder, path: str, depth: int) -> Denotations:
    found: list[Denotation] = []
    keys = _filled(evaluator, part.key, path, (), depth) if "${" in part.key else (Scalar(part.key),)
    for key in itertools.islice((d for d in keys if isinstance(d, Scalar)), _MOST_TEXTS):
        name = as_text(key.value)
        default: Denotations = ()
        if part.default is not None:
            secret = is_secret_name(name) and bool(part.default)
            default = _filled(evaluator, f"{MASK}({name})" if secret else part.default, path, (), depth)
        found.extend(value(evaluator, name, path, (), depth) or default or (Variable(name, path, 0),))
    return tuple(found) or (Text((Hole(part.key),)),)


def _expression(evaluator: Evaluator, inside: str, path: str, trail: Trails, depth: int) -> Denotations:
    """The few expressions that name channels: a text split into a list, an environment look-up, a quoted text."""
    asked = _ASKED.match(inside)
    if asked is not None:
        return value(evaluator, asked[1] or asked[2], path, trail, depth) or (
            Variable(asked[1] or asked[2], path, 0, (), trail),
        )
    texts = _filled(evaluator, inside, path, trail, depth + 1) if "${" in inside else (Scalar(inside, trail),)
    found: list[Denotation] = []
    for item in texts:
        written = item.value if isinstance(item, Scalar) and isinstance(item.value, str) else None
        split = _SPLIT.match(written) if written is not None else None
        quoted = _LITERAL.match(written) if written is not None else None
        if isinstance(item, Collection):
            found.append(item)
        elif split is not None and isinstance(item, Scalar):
            listed = (part.strip() for part in split[1].split(split[2] or ","))
            found.append(Collection(tuple(Scalar(part, item.trail) for part in listed if part)))
        elif quoted is not None and isinstance(item, Scalar):
            found.append(Scalar(quoted[1], item.trail))
        elif "${" in inside and isinstance(item, Scalar) and re.fullmatch(r"\s*\$\{[^{}]*\}\s*", inside):
            found.append(item)
        else:
            found.append(Text((Hole(f"#{{{inside}}}"),), trail))
    return tuple(found)


def _after(trail: Trails, item: Denotation) -> Denotation:
    if isinstance(item, Scalar | Text | Variable):
        return replace(item, trail=(*trail, *item.trail))
    if isinstance(item, Collection):
        return Collection(tuple(_after(trail, inner) for inner in item.items))
    return item


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
    for meaning in evaluator.evaluate(callee, frame):
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
    place = reading.Place(evaluator, decorator, frame, decorator=decorator)
    default = reading.read_first(place, lookup.default) or _beside(evaluator, lookup.default_beside, decorators, frame)
    if lookup.text is not None:
        return reading.read(place, lookup.text)
    if lookup.variable is not None:
        return tuple(
            Variable(named, frame.module.path, decorator.start, default, (_read_here(named, decorator, frame),))
            for named in _texts(reading.read(place, lookup.variable))
        )
    keys = _texts(reading.read(place, lookup.key)) if lookup.key is not None else [name]
    return tuple(d for key in keys or [name] for d in key_or_variable(evaluator, key, decorator, frame, default))


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
    field = index.fields.get(name)
    parameter = _property(index, name)
    declared = field.type if field is not None else parameter.type if parameter is not None else None
    if field is None and parameter is None:
        return None
    if section is None:
        section = section_of(evaluator, index)
    if section is None:
        return None
    key = f"{section}.{name}" if section else name
    found = value(evaluator, key, index.module.path)
    if found:
        return _as_declared(found, declared)
    inner = [d for d in evaluator.typed(declared, index.body) if isinstance(d, Instance)] if declared else []
    if inner:
        return tuple(replace(one, section=canonical(key)) for one in inner)
    default = (field.value if field is not None else None) or (parameter.default if parameter is not None else None)
    if default is not None:
        return evaluator.evaluate(default, index.body)
    path, node = index.module.path, field or parameter
    assert node is not None
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


def _section_of(evaluator: Evaluator, index: ClassIndex) -> str | None:
    for decorator in index.definition.decorators:
        for _, lookup in _lookups_of(evaluator, decorator, index.frame, "settings_class"):
            place = reading.Place(evaluator, decorator, index.frame, decorator=decorator, index=index)
            return next(iter(_texts(reading.read_first(place, lookup.section))), "")
    for token in evaluator.injections.get(f"{SECTION_OF}{index.name}", ()):
        if isinstance(token, Scalar):
            return as_text(token.value)
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
    names = {name for name, type_ in typed if type_ is not None and type_.name.rpartition(".")[2] == index.name}
    return f"{above}.{names.pop()}".lstrip(".") if len(names) == 1 else None


def settings_member(evaluator: Evaluator, item: Instance, name: str) -> Denotations | None:
    """A member of an object of a class of settings; None for any other object."""
    if item.call is not None and item.call.args:
        return None  # somebody makes it by hand
    for index in class_members.bases(evaluator, item.index):
        found = field_of_settings(evaluator, index, name, item.section)
        if found is not None:
            return found
    return None


def member_of_injected(evaluator: Evaluator, item: Denotation, name: str, node: ir.Node, frame: Frame) -> Denotations:
    """A member of a parameter whose declared type holds configuration: no caller gives it another object."""
    found: list[Denotation] = []
    for declared in written_types.declared_types(evaluator, item):
        if isinstance(declared, Instance):
            found.extend(settings_member(evaluator, declared, name) or ())
        elif isinstance(declared, LibraryValue):
            asks = any(
                lookup.call and pattern.type == declared.type and member_matches(pattern, (name,))
                for pattern, lookup in declared.model.lookups
            )
            held = member_of_library(evaluator, declared, (name,), node, frame)
            found.extend((LibraryMember(declared, (name,)),) if asks else held)
    return tuple(found)
