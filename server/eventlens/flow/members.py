"""Members, elements, exports and declared types of what values mean."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from eventlens import ir
from eventlens.flow import application, callbacks, documents, lookups, options, tables
from eventlens.flow.denotations import (
    MAX_PARTS,
    ClassRef,
    Collection,
    Denotation,
    Document,
    EnumMember,
    External,
    ExternalResult,
    FunctionRef,
    Instance,
    Items,
    LibraryMember,
    LibraryValue,
    Namespace,
    Opaque,
    Parameter,
    Part,
    Receiver,
    Record,
    Scalar,
    Table,
    Trail,
    depth,
)
from eventlens.flow.library_models import (
    CompiledModel,
    Pattern,
    export_matches,
    family_of,
    member_matches,
    most_special,
)
from eventlens.flow.program import ClassIndex, Frame, ModuleIndex

if TYPE_CHECKING:
    from eventlens.flow.evaluation import Denotations, Evaluator

_TRANSPARENT_TYPES = frozenset(
    ["Promise", "Awaitable", "Coroutine", "Observable", "Optional", "Annotated", "Final", "ClassVar", "Readonly", "Required", "Partial", "NonNullable", "Required", "Type"]
)
_LIST_TYPES = frozenset(["[]", "Array", "ReadonlyArray", "list", "List", "Sequence", "Iterable", "Iterator", "tuple", "Tuple", "set", "Set", "AsyncIterator", "AsyncIterable"])
_MAX_BASES = 12
_WHOLE_MODULE = ir.Unknown(0, 0, "module")
"""Where a member is read that a module exports without writing it down."""


# ------------------------------------------------------------------------------------------------------------ steps


def step(evaluator: Evaluator, item: Denotation, one: str, node: ir.Node, frame: Frame) -> Denotations:
    """One step of a path: ``name``, ``[]`` (every element), ``[3]`` (one element)."""
    if one == "[]":
        return elements(evaluator, item, node, frame)
    if one.startswith("["):
        return _item(evaluator, item, int(one[1:-1]), node, frame)
    return member(evaluator, item, one, node, frame)


def elements(evaluator: Evaluator, item: Denotation, node: ir.Node, frame: Frame) -> Denotations:
    """What iterating over a value gives."""
    if isinstance(item, Items | Record):
        if id(item.node) in evaluator.typing:
            return ()
        evaluator.typing.add(id(item.node))
        try:
            return _literal_elements(evaluator, item, node, frame)
        finally:
            evaluator.typing.discard(id(item.node))
    if isinstance(item, Collection):
        return item.items
    if isinstance(item, Table):
        return tables.keys(evaluator, item)
    if isinstance(item, Document):
        return documents.elements(item)
    if isinstance(item, Namespace):
        return tuple(d for value in exported(evaluator, item.path, "default") for d in elements(evaluator, value, node, frame))
    if isinstance(item, ClassRef):
        return tuple(d for name in item.index.fields for d in class_member(evaluator, item.index, name, None))[:24]
    if isinstance(item, LibraryValue):
        return _source_results(evaluator, item, ("[]",), node, frame, "element")
    if isinstance(item, LibraryMember):
        return _source_results(evaluator, item.value, (*(name for name in item.names if name != "()"), "[]"), node, frame, "element")
    if isinstance(item, Parameter | Part | Receiver):
        declared = tuple(d for found in declared_types(evaluator, item) for d in elements(evaluator, found, node, frame))
        return (*((Part(item, "[]"),) if depth(item) < MAX_PARTS else ()), *declared)
    return ()


def _literal_elements(evaluator: Evaluator, item: Items | Record, node: ir.Node, frame: Frame) -> Denotations:
    if isinstance(item, Items):
        found: list[Denotation] = []
        for entry in item.node.items:
            values = evaluator.evaluate(entry, item.frame, item.environment)
            if isinstance(entry, ir.Spread):
                values = tuple(d for value in values for d in elements(evaluator, value, node, frame))
            found.extend(values)
        return tuple(found[:24])
    return tuple(d for f in item.node.fields for d in evaluator.evaluate(f.value, item.frame, item.environment))[:24]


def _item(evaluator: Evaluator, item: Denotation, position: int, node: ir.Node, frame: Frame) -> Denotations:
    if isinstance(item, Items) and not any(isinstance(entry, ir.Spread) for entry in item.node.items):
        return evaluator.evaluate(item.node.items[position], item.frame, item.environment) if -len(item.node.items) <= position < len(item.node.items) else ()
    if isinstance(item, Collection):
        return item.items
    if isinstance(item, Document):
        return documents.item_at(item, position)
    if isinstance(item, Parameter | Part | Receiver):
        return (Part(item, f"[{position}]"),)
    return elements(evaluator, item, node, frame)


def member(evaluator: Evaluator, item: Denotation, name: str, node: ir.Node, frame: Frame) -> Denotations:
    """The member ``name`` of what a value means."""
    if isinstance(item, Record):
        return record_member(evaluator, item, name, node, frame)
    if isinstance(item, Table):
        return tables.value_at(evaluator, item, name, node, frame)
    if isinstance(item, External):
        return _external_member(evaluator, External(item.package, (*item.path, name), item.family), node, frame)
    if isinstance(item, LibraryValue):
        return library_member(evaluator, item, (name,), node, frame)
    if isinstance(item, LibraryMember):
        return _further_member(evaluator, item, name, node, frame)
    if isinstance(item, ExternalResult):
        known = options.parsed(evaluator, item, name) or tuple(d for found in documents.of_ini_parser(evaluator, item) for d in documents.member(found, name))
        return known or _external_member(evaluator, External(item.external.package, (*item.external.path, "()", name), item.external.family), node, frame)
    if isinstance(item, Receiver):
        return _receiver_member(evaluator, item, name)
    if isinstance(item, Instance):
        return class_as_value(item) if name in ("__class__", "constructor") else instance_member(evaluator, item, name)
    if isinstance(item, Parameter | Part):
        if depth(item) >= MAX_PARTS:
            return ()
        return (Part(item, name), *_declared_member(evaluator, item, name, node, frame))
    if isinstance(item, ClassRef):
        if name == "__name__":
            return (Scalar(item.index.name),)
        found = class_member(evaluator, item.index, name, None)
        return found or ((Scalar(item.index.name),) if name in ("name", "__name__") else ())
    if isinstance(item, Namespace):
        return exported(evaluator, item.path, name) or tuple(
            d for default in exported(evaluator, item.path, "default") for d in member(evaluator, default, name, node, frame)
        )
    if isinstance(item, EnumMember):
        if name == "value":
            return item.values
        return (Scalar(item.name),) if name == "name" else ()
    if isinstance(item, FunctionRef):
        return _function_member(evaluator, item, name, node, frame)
    if isinstance(item, Document):
        return documents.member(item, name)
    return ()


def record_member(evaluator: Evaluator, item: Record, name: str, node: ir.Node, frame: Frame) -> Denotations:
    """A member of an object literal; spreads are looked into, the last one wins."""
    for entry in reversed(item.node.fields):
        if entry.key == name:
            return evaluator.evaluate(entry.value, item.frame, item.environment)
        if entry.spread and id(entry) not in evaluator.typing:
            evaluator.typing.add(id(entry))
            try:
                found = tuple(d for value in evaluator.evaluate(entry.value, item.frame, item.environment) for d in member(evaluator, value, name, node, frame))
            finally:
                evaluator.typing.discard(id(entry))
            if found:
                return found
        if entry.computed is not None and entry.key is None:
            keys = evaluator.evaluate(entry.computed, item.frame, item.environment)
            if any(value.value == name for key in keys for value in (key.values if isinstance(key, EnumMember) else (key,)) if isinstance(value, Scalar)):
                return evaluator.evaluate(entry.value, item.frame, item.environment)
    return ()


# ---------------------------------------------------------------------------------------------------------- classes


def class_of(value: Denotation) -> ClassIndex | None:
    """The workspace class of an instance, receiver or class value."""
    if isinstance(value, Instance | Receiver | ClassRef):
        return value.index
    return None


def class_as_value(value: Denotation) -> Denotations:
    """The class of an object (``type(x)``, ``x.__class__``, ``x.constructor``); of something symbolic, symbolic."""
    if isinstance(value, Instance | Receiver):
        return (ClassRef(value.index),)
    return (Part(value, "__class__"),) if isinstance(value, Parameter | Part) and depth(value) < MAX_PARTS else ()


def bases(evaluator: Evaluator, index: ClassIndex) -> Iterator[ClassIndex]:
    """The class and the workspace classes it extends or implements, nearest first."""
    seen: list[ClassIndex] = []
    queue = [index]
    while queue and len(seen) < _MAX_BASES:
        current = queue.pop(0)
        if current in seen:
            continue
        seen.append(current)
        yield current
        for base in current.definition.bases:
            queue.extend(found.index for found in reference(evaluator, base, current.frame) if isinstance(found, ClassRef))


def external_bases(evaluator: Evaluator, index: ClassIndex) -> Iterator[tuple[External | LibraryValue, ir.TypeRef | None, ClassIndex]]:
    """What the class or its bases extend outside the workspace, with the type as written and the class that says so."""
    for current in bases(evaluator, index):
        for base in current.definition.bases:
            for found in reference(evaluator, base, current.frame):
                if isinstance(found, External | LibraryValue):
                    yield found, base, current
        for call in current.definition.base_calls:
            for found in evaluator.evaluate(call.callee, current.frame):
                if isinstance(found, External):
                    yield found, None, current


def subclasses(evaluator: Evaluator, index: ClassIndex) -> list[ClassIndex]:
    """Classes read so far that extend or implement ``index``, at any distance."""
    found: list[ClassIndex] = []
    queue = [index]
    while queue:
        current = queue.pop()
        for candidate in evaluator.program.subclasses.get(current.name, ()):
            if candidate is not index and candidate not in found and current in list(bases(evaluator, candidate)):
                found.append(candidate)
                queue.append(candidate)
    return found


def class_member(evaluator: Evaluator, index: ClassIndex, name: str, receiver: Denotation | None) -> Denotations:
    """A member of a class, its own or inherited, seen from ``receiver`` (None: from the class itself)."""
    for current in bases(evaluator, index):
        found = _own_member(evaluator, current, name, receiver)
        if found:
            return found
    return _inherited_from_library(evaluator, index, name, receiver)


def _own_member(evaluator: Evaluator, index: ClassIndex, name: str, receiver: Denotation | None) -> Denotations:
    method = index.methods.get(name)
    if method is not None and method.function is not None:
        if method.function.kind == "getter":
            return application.results(evaluator, FunctionRef(method, receiver))
        return (FunctionRef(method, receiver),)
    if name in index.nested:
        return (ClassRef(index.nested[name]),)
    field = (index.static_fields if receiver is None and name in index.static_fields else index.fields).get(name)
    if index.definition.kind == "enum" and field is not None:
        values = evaluator.evaluate(field.value, index.body) if field.value is not None else (Scalar(name),)
        return (EnumMember(index, name, values),)
    if receiver is None and field is not None and field.value is not None:
        return evaluator.evaluate(field.value, index.body)
    return _field(evaluator, index, name, field)


def _field(evaluator: Evaluator, index: ClassIndex, name: str, field: ir.ClassField | None) -> Denotations:
    """What a field of an instance holds: initial value, what methods assign, decorator, constructor property, declared type."""
    found: list[Denotation] = []
    if field is not None:
        found.extend(lookups.settings_field(evaluator, index, field))
        if field.decorators:
            found.extend(decorated_values(evaluator, field.decorators, index.body, "decorated"))
        if field.value is not None and not found:
            found.extend(evaluator.evaluate(field.value, index.body))
    for frame, value in index.assigned.get(name, ()):
        found.extend(item for item in evaluator.evaluate(value, frame) if not (isinstance(item, Scalar) and item.value is None))
    constructor = index.constructor
    if constructor is not None and constructor.function is not None:
        found.extend(Parameter(constructor, name) for parameter in constructor.function.parameters if parameter.property and parameter.name == name)
    if field is not None and field.type is not None and not any(not isinstance(item, Opaque | Parameter | External) for item in found):
        found.extend(evaluator.typed(field.type, index.body))
    if name in index.entries:
        found = list(tables.filled(evaluator, tuple(found), index.entries[name]))
    return tuple(dict.fromkeys(found))


def _inherited_from_library(evaluator: Evaluator, index: ClassIndex, name: str, receiver: Denotation | None) -> Denotations:
    found: list[Denotation] = []
    for value in library_values_of_class(evaluator, index, receiver):
        found.extend(library_member(evaluator, value, (name,), index.definition, index.frame))
    return tuple(found)


def library_values_of_class(evaluator: Evaluator, index: ClassIndex, receiver: Denotation | None = None) -> Iterator[LibraryValue]:
    """The library values that an object of a class which extends a library's class is."""
    for base, _, owner in external_bases(evaluator, index):
        if isinstance(base, LibraryValue):
            yield base
            continue
        for model in evaluator.catalogue.models_for(base):
            for type_name, source in most_special(model.type_sources, base):
                call, frame = _base_construction(owner, receiver)
                yield LibraryValue(model, type_name, source, call, frame)


def _base_construction(owner: ClassIndex, receiver: Denotation | None) -> tuple[ir.Call | None, Frame | None]:
    constructor = owner.constructor
    if constructor is not None:
        for call in constructor.calls:
            if isinstance(call.callee, ir.Super) or (
                isinstance(call.callee, ir.Member) and call.callee.name == "__init__" and isinstance(call.callee.object, ir.Super | ir.Call)
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
    for current in list(bases(evaluator, frame.cls))[1:]:
        found = _own_member(evaluator, current, name, Receiver(frame.cls))
        if found:
            return found
    return _inherited_from_library(evaluator, frame.cls, name, Receiver(frame.cls))


def _receiver_member(evaluator: Evaluator, item: Receiver, name: str) -> Denotations:
    found = class_member(evaluator, item.index, name, item)
    if any(isinstance(value, FunctionRef | LibraryMember | LibraryValue) for value in found):
        overriding = [d for sub in subclasses(evaluator, item.index) if name in sub.methods for d in _own_member(evaluator, sub, name, Receiver(sub))]
        abstract = [value for value in found if isinstance(value, FunctionRef) and value.frame.function is not None and value.frame.function.body is None]
        return (*(value for value in found if value not in abstract or not overriding), *overriding)
    if not found or any(name in sub.fields or name in sub.assigned for sub in subclasses(evaluator, item.index)):
        return (*found, Part(item, name))
    return found


def instance_member(evaluator: Evaluator, item: Instance, name: str) -> Denotations:
    """A member of an object; what depends on its construction is read from there."""
    key = (id(item.index), name, id(item.call))
    if key in evaluator.looking:
        return ()
    evaluator.looking.add(key)
    try:
        return _instance_member(evaluator, item, name)
    finally:
        evaluator.looking.discard(key)


def _instance_member(evaluator: Evaluator, item: Instance, name: str) -> Denotations:
    found = _given_by_name(evaluator, item, name) or class_member(evaluator, item.index, name, item) or _by_position(evaluator, item, name)
    implementers = [
        d
        for value in found
        if isinstance(value, FunctionRef) and value.frame.function is not None and value.frame.function.body is None
        for sub in subclasses(evaluator, item.index)
        for d in _own_member(evaluator, sub, name, Instance(sub))
    ]
    environment = application.construction_environment(evaluator, item)
    return (*evaluator.substitute_all(found, environment), *implementers)


def _given_by_name(evaluator: Evaluator, item: Instance, name: str) -> Denotations:
    """A field of a class without a constructor of its own (a data class, a settings model), where the construction gives it."""
    if item.call is None or not item.call.args or any(index.constructor is not None for index in bases(evaluator, item.index)):
        return ()
    declared = any(name in index.fields for index in bases(evaluator, item.index))
    return _by_position(evaluator, item, name) if declared else ()


def _by_position(evaluator: Evaluator, item: Instance, name: str) -> Denotations:
    """A field of a data class, from the construction's keyword or positional argument."""
    if item.call is None or item.frame is None:
        return ()
    for argument in item.call.args:
        if argument.name == name:
            return evaluator.evaluate(argument.value, item.frame, item.environment)
    names = [f.name for current in reversed(list(bases(evaluator, item.index))) for f in current.definition.fields if not f.static]
    if name in names and names.index(name) < len(item.call.args):
        argument = item.call.args[names.index(name)]
        if argument.name is None and not argument.spread:
            return evaluator.evaluate(argument.value, item.frame, item.environment)
    return ()


def declared_types(evaluator: Evaluator, item: Denotation) -> Denotations:
    """What the declared type of a parameter says about it; decorators of injected parameters count."""
    if not isinstance(item, Parameter) or item.frame.function is None:
        return ()
    for position, parameter in enumerate(item.frame.function.parameters):
        if item.name in (parameter.name, f"#{position}"):
            origin = "decorated" if item.frame.function.kind == "constructor" else "decorated_parameter"
            decorated = decorated_values(evaluator, parameter.decorators, item.frame, origin) if parameter.decorators else ()
            typed = evaluator.typed(parameter.type, item.frame.parent or item.frame)
            if any(_is_own_class(evaluator, value) for value in typed):
                return typed
            return decorated or lookups.injected(evaluator, item.frame, position) or typed or callbacks.parameter_values(evaluator, item.frame, position)
    return ()


def _is_own_class(evaluator: Evaluator, value: Denotation) -> bool:
    """Whether a declared type is a class of the workspace that extends no library's: whatever is injected under the decorator's token is one."""
    return isinstance(value, Instance) and value.index.definition.kind == "class" and not any(isinstance(base, External) for base, _, _ in external_bases(evaluator, value.index))


def _declared_member(evaluator: Evaluator, item: Denotation, name: str, node: ir.Node, frame: Frame) -> Denotations:
    found = [d for declared in declared_types(evaluator, item) for d in member(evaluator, declared, name, node, frame)]
    known = tuple(d for d in found if isinstance(d, FunctionRef | LibraryMember | LibraryValue | Instance | EnumMember))
    return known or shared_values(evaluator, name)


def _function_member(evaluator: Evaluator, item: FunctionRef, name: str, node: ir.Node, frame: Frame) -> Denotations:
    function = item.frame.function
    if function is None:
        return ()
    if name == "name":
        return (Scalar(function.name),)
    if name in ("bind", "call", "apply"):
        return (item,)
    values = decorated_values(evaluator, function.decorators, item.frame.parent or item.frame, "decorator", item.frame)
    return tuple(d for value in values for d in member(evaluator, value, name, node, frame))


def decorated_values(evaluator: Evaluator, decorators: tuple[ir.Value, ...], frame: Frame, origin: str, function: Frame | None = None) -> Denotations:
    """Library values that a decorated field or constructor parameter (``origin`` "decorated"), handler parameter ("decorated_parameter")
    or function ("decorator") is."""
    found: list[Denotation] = []
    for decorator in decorators:
        callee = decorator.callee if isinstance(decorator, ir.Call) else decorator
        for meaning in evaluator.evaluate(callee, frame):
            found.extend(_decorated(evaluator, meaning, decorator, frame, origin, function))
    return tuple(found)


def _decorated(
    evaluator: Evaluator, meaning: Denotation, decorator: ir.Value, frame: Frame, origin: str, function: Frame | None
) -> Iterator[LibraryValue]:
    if isinstance(meaning, External):
        for model in evaluator.catalogue.models_for(meaning):
            for pattern, type_name, source in model.export_sources:
                if getattr(source, origin) and model.owns(meaning) and export_matches(pattern, meaning):
                    made = LibraryValue(model, type_name, source, decorator, frame, function=function)
                    if source.token is None or lookups.is_registered(evaluator, made):
                        yield made
    elif isinstance(meaning, LibraryMember):
        for pattern, type_name, source in meaning.value.model.member_sources[meaning.value.type]:
            if getattr(source, origin) and member_matches(pattern, meaning.names):
                yield LibraryValue(meaning.value.model, type_name, source, decorator, frame, (), meaning.value, function=function)
    elif isinstance(meaning, FunctionRef) and meaning.frame.function is not None:
        # an in-house decorator made of a library's: ``const InjectOrders = () => Inject('ORDERS')``
        for value in meaning.frame.returns:
            inner = value.callee if isinstance(value, ir.Call) else value
            for found in evaluator.evaluate(inner, meaning.frame):
                if isinstance(found, External):
                    yield from _decorated(evaluator, found, value, meaning.frame, origin, function)


# --------------------------------------------------------------------------------------------------- library values


def library_member(evaluator: Evaluator, value: LibraryValue, names: tuple[str, ...], node: ir.Node, frame: Frame) -> Denotations:
    """Names read off a library value: a value that a model gives a type, what was bound under that name, else a `LibraryMember`."""
    found = _source_results(evaluator, value, names, node, frame, "member")
    if found:
        return found
    bound_there = lookups.bound_member(evaluator, value, names[0], frame) if len(names) == 1 else ()
    return (*bound_there, LibraryMember(value, names))


def _further_member(evaluator: Evaluator, item: LibraryMember, name: str, node: ir.Node, frame: Frame) -> Denotations:
    """A name read off what is already names of a library value."""
    if len(item.names) >= MAX_PARTS:
        return ()
    names = (*item.names, name)
    return _source_results(evaluator, item.value, names, node, frame, "member") or (replace(item, names=names),)


def _source_results(evaluator: Evaluator, value: LibraryValue, names: tuple[str, ...], node: ir.Node, frame: Frame, origin: str) -> Denotations:
    found: list[Denotation] = []
    for pattern, type_name, source in value.model.member_sources.get(value.type, ()):
        if not getattr(source, origin) or ("*" in pattern.names and Pattern(value.type, names) in value.model.named):
            continue
        wanted = names if origin == "member" or pattern.names == ("[]",) else names[:-1]
        if member_matches(pattern, wanted):
            found.append(LibraryValue(value.model, type_name, source, value.call if origin == "element" else None, value.frame, value.environment, value, names[0]))
    return tuple(found)


def _external_member(evaluator: Evaluator, external: External, node: ir.Node, frame: Frame) -> Denotations:
    looked_up = lookups.member_lookup(evaluator, external, node, frame)
    if looked_up:
        return looked_up
    known = external_value(evaluator, external)
    return (*known, external) if known else shared_values(evaluator, external.path[-1]) or (external,)


_MAX_SHARED = 3


def shared_values(evaluator: Evaluator, name: str) -> Denotations:
    """Objects kept on something that everybody can reach (``app.state.producer = …``, ``app.config["SETTINGS"] = …``).

    Only library values and objects of workspace classes, and only where few places assign a member of that name.
    """
    assigned = evaluator.program.shared.get(name, ())
    if not assigned or len(assigned) > _MAX_SHARED or id(assigned) in evaluator.typing:
        return ()
    evaluator.typing.add(id(assigned))
    try:
        found = [value for frame, node in assigned for value in evaluator.evaluate(node, frame)]
    finally:
        evaluator.typing.discard(id(assigned))
    return tuple(dict.fromkeys(value for value in found if isinstance(value, LibraryValue | Instance)))


def external_value(evaluator: Evaluator, external: External) -> Denotations:
    """Library values that an export itself is (a module-level singleton)."""
    if not external.path:
        return ()
    return tuple(
        LibraryValue(model, type_name, source)
        for model in evaluator.catalogue.models_for(external)
        if model.owns(external)
        for type_name, source in most_special((row for row in model.export_sources if row[2].instance_of or row[2].member), external)
    )


# ------------------------------------------------------------------------------------------------ imports and types


def imported(evaluator: Evaluator, module: ModuleIndex, item: ir.Import) -> Denotations:
    """What an imported name means."""
    workspace = evaluator.program.workspace
    found = workspace.resolve(module.path, item.module)
    if item.name == "*":
        if found.path is None:
            return (External(item.module, (), family_of(module.module.language)),)
        return (*_whole_module(evaluator, found.path), *_assigned_whole(evaluator, found.path))
    if found.path is not None:
        values = exported(evaluator, found.path, item.name)
        if values:
            return values
    if module.module.language == "python":
        submodule = workspace.resolve(module.path, f"{item.module}:{item.name}")
        if submodule.path is not None and submodule.path != found.path:
            return _whole_module(evaluator, submodule.path)
    if found.path is not None:
        return _whole_module(evaluator, found.path) if item.name == "default" else ()
    external = External(item.module, (item.name,), family_of(module.module.language))
    return (*external_value(evaluator, external), external)


def _assigned_whole(evaluator: Evaluator, path: str) -> Denotations:
    """The class or function that is a CommonJS module as a whole (``module.exports = Worker``), beside the module itself."""
    return tuple(item for item in exported(evaluator, path, "default") if isinstance(item, ClassRef | FunctionRef))


def _whole_module(evaluator: Evaluator, path: str) -> Denotations:
    if path.endswith(documents.SUFFIXES):
        return documents.document(evaluator, path)
    return (Namespace(path),)


def star_imported(evaluator: Evaluator, module: ModuleIndex, item: ir.Import, name: str) -> Denotations:
    """``name`` through ``from m import *``."""
    found = evaluator.program.workspace.resolve(module.path, item.module)
    return exported(evaluator, found.path, name) if found.path is not None else ()


def exported(evaluator: Evaluator, path: str, name: str) -> Denotations:
    """What a module of the workspace exports under a name, re-exports followed."""
    key = (path, name)
    if key in evaluator.exporting:
        return ()
    index = evaluator.program.module(path)
    if index is None:
        return ()
    evaluator.exporting.add(key)
    try:
        return _python_export(evaluator, index, name) if index.module.language == "python" else _es_export(evaluator, index, name)
    finally:
        evaluator.exporting.discard(key)


def _python_export(evaluator: Evaluator, index: ModuleIndex, name: str) -> Denotations:
    if name in index.top.definitions or name in index.imports or index.star_imports:
        found = evaluator.module_name(name, index.top)
        return tuple(item for item in found if not (isinstance(item, External) and not item.package))
    return ()


def _es_export(evaluator: Evaluator, index: ModuleIndex, name: str) -> Denotations:
    found: list[Denotation] = []
    for export in index.exports.get(name, ()):
        if export.module is not None:
            found.extend(imported(evaluator, index, ir.Import(export.start, export.end, name, export.module, export.name_in_module or name)))
        elif export.value is not None:
            found.extend(evaluator.evaluate(export.value, index.top))
        elif export.local is not None:
            found.extend(evaluator.module_name(export.local, index.top))
    if found:
        return tuple(found)
    for export in index.star_exports:
        if export.module is not None and name != "default":
            target = evaluator.program.workspace.resolve(index.path, export.module)
            values = exported(evaluator, target.path, name) if target.path is not None else ()
            if values:
                return values
    if name != "default" and "default" in index.exports:
        return tuple(d for item in _es_export(evaluator, index, "default") for d in member(evaluator, item, name, _WHOLE_MODULE, index.top))
    return ()


def reference(evaluator: Evaluator, written: ir.TypeRef, frame: Frame) -> Denotations:
    """What the dotted name of a type stands for: a class of the workspace or something external."""
    head, *rest = written.name.split(".")
    if not head.replace("_", "").isalnum():
        return ()
    found = evaluator.name(head, frame, written.start)
    for name in rest:
        found = tuple(d for item in found for d in member(evaluator, item, name, written, frame))
    return found


def typed(evaluator: Evaluator, written: ir.TypeRef | None, frame: Frame) -> Denotations:
    """What a value of a declared type is."""
    if written is None or id(written) in evaluator.typing:
        return ()
    evaluator.typing.add(id(written))
    try:
        return _typed(evaluator, written, frame)
    finally:
        evaluator.typing.discard(id(written))


def _typed(evaluator: Evaluator, written: ir.TypeRef, frame: Frame) -> Denotations:
    if written.name == '"':
        return (Scalar(written.literal, (Trail(frame.module.path, written.start, "declared as this literal type"),)),)
    if written.name in ("|", "&"):
        return tuple(d for part in written.args if part.name != "null" for d in typed(evaluator, part, frame))[:16]
    last = written.name.rpartition(".")[2]
    if last in _TRANSPARENT_TYPES and written.args:
        return typed(evaluator, written.args[0], frame)
    if last in _LIST_TYPES:
        return (Collection(tuple(d for part in written.args for d in typed(evaluator, part, frame))),) if written.args else ()
    if written.name == "typeof" and isinstance(written.literal, str):
        return evaluator.name(written.literal, frame, written.start)
    return tuple(d for found in reference(evaluator, written, frame) for d in _of_type(evaluator, found))


def _of_type(evaluator: Evaluator, found: Denotation) -> Denotations:
    if isinstance(found, ClassRef):
        if found.index.definition.kind == "alias":
            return typed(evaluator, found.index.definition.aliased, found.index.frame)
        return () if found.index.definition.kind == "enum" else (Instance(found.index),)
    if isinstance(found, EnumMember):
        return (found,)
    if isinstance(found, External):
        return typed_external(evaluator, found)
    if isinstance(found, LibraryValue):
        return (found,)
    return ()


def typed_external(evaluator: Evaluator, found: External) -> tuple[LibraryValue, ...]:
    """Library values of an external type."""
    models: list[CompiledModel] = evaluator.catalogue.models_for(found) if found.package else []
    matches: list[LibraryValue] = []
    for model in models:
        if found.path and model.owns(found):
            matches.extend(LibraryValue(model, name, source) for name, source in most_special(model.type_sources, found))
    return tuple(matches)

