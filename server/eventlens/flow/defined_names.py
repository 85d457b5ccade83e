"""What names mean: definitions in the scopes around a place, imports, names of the package, globals."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from eventlens import ir
from eventlens.flow import (
    carried,
    exported_names,
    lists,
    members,
    options,
    settings_objects,
    tables,
    texts,
    type_names,
    written_types,
)
from eventlens.flow.denotations import (
    MAX_ALTERNATIVES,
    ClassRef,
    Collection,
    Denotation,
    External,
    ExternalResult,
    FunctionRef,
    Namespace,
    Opaque,
    Parameter,
    Scalar,
    unique,
)
from eventlens.flow.library_models import family_of
from eventlens.flow.scopes import ClassIndex, Definition, Frame

if TYPE_CHECKING:
    from eventlens.flow.evaluation import Denotations, Evaluator


def at(evaluator: Evaluator, name: str, frame: Frame, offset: int) -> Denotations:
    """What a name means at a byte offset of a scope; a global where nothing in the workspace defines it."""
    scope: Frame | None = frame
    while scope is not None:
        definitions = scope.definitions.get(name)
        if definitions and scope is frame and _is_begun_outside(definitions, scope, name, offset):
            definitions = None
        if definitions and (scope is frame or scope.function is not None or scope.parent is None):
            chosen = reaching(definitions, scope, offset) if scope is frame else definitions
            found = unique(
                d for definition in chosen[:MAX_ALTERNATIVES] for d in _define(evaluator, definition, name, scope)
            )
            found = _or_imported(evaluator, found, name, scope) if scope.parent is None else found
            return _or_declared(evaluator, found, name, scope)
        parameter = type_names.parameter_of(scope, name)
        if parameter is not None:
            return (parameter,)
        if name in scope.declared and scope.parent is not None:
            return _or_declared(evaluator, (), name, scope) or (Opaque(name, scope.module.path, offset),)
        if scope.parent is None:
            inner = _class_inside(evaluator, name, frame) if frame.cls is not None else None
            return (ClassRef(inner),) if inner is not None else of_module(evaluator, name, scope)
        scope = scope.parent
    return ()


def _is_begun_outside(definitions: Sequence[Definition], scope: Frame, name: str, offset: int) -> bool:
    """Whether a name is called to make what it is itself first given (Go's ``consumer := consumer{…}``): there it means what it means outside."""
    value = definitions[0].value
    called = value.callee if isinstance(value, ir.Call) else None
    return (
        len(definitions) == 1
        and definitions[0].kind == "value"
        and scope.function is not None
        and isinstance(called, ir.Name)
        and called.name == name
        and called.start <= offset < called.end
        and type_names.parameter_of(scope, name) is None
    )


def _class_inside(evaluator: Evaluator, name: str, frame: Frame) -> ClassIndex | None:
    """The class that is written inside one around a scope, where names are found by package: there methods see it by its own name."""
    around = [
        index
        for index in frame.module.classes
        if name in index.nested and index.definition.start <= frame.start < index.definition.end
    ]
    if not around or not evaluator.program.workspace.finds_by_package(frame.module.path):
        return None
    return max(around, key=lambda index: index.definition.start).nested[name]


def of_module(evaluator: Evaluator, name: str, top: Frame) -> Denotations:
    """What a module-level name means: definition, import, or global."""
    definitions = top.definitions.get(name)
    if definitions or name in top.declared:
        found = unique(
            d
            for definition in (definitions or ())[-MAX_ALTERNATIVES:]
            for d in _define(evaluator, definition, name, top)
        )
        return _or_declared(evaluator, _or_imported(evaluator, found, name, top), name, top)
    known = evaluator.brought_in.get((top, name))
    if known is not None:
        return known
    cuts = evaluator.cuts
    found = _brought_in(evaluator, name, top)
    if evaluator.cuts == cuts and all(isinstance(item, _LASTING) for item in found):
        evaluator.brought_in[(top, name)] = found
    return found


_LASTING = (ClassRef, FunctionRef, External, Namespace)
"""What hangs on nothing but what the files of the workspace declare."""


def _brought_in(evaluator: Evaluator, name: str, top: Frame) -> Denotations:
    """What a name means that a module does not define."""
    imports = evaluator.program.imported_as(top.module, name)
    if imports:
        return unique(d for item in imports for d in exported_names.imported(evaluator, top.module, item))
    workspace = evaluator.program.workspace
    named = workspace.shared_name(top.module.path, name)
    if named:
        package, _, last = named.rpartition(".")
        return exported_names.imported(evaluator, top.module, ir.Import(0, 0, name, package, last))
    whole = evaluator.program.brought_whole(top.module)
    for package in workspace.bringing(top.module.path, whole, name):
        found = exported_names.star_imported(evaluator, top.module, package, name)
        if found:
            return found
    if top.module.star_imports or workspace.finds_by_package(top.module.path):
        found = exported_names.of_outside_packages(evaluator, top.module, name)
        if found:
            return found
    return (External("", (name,), family_of(top.module.module.language)),)


def _or_imported(evaluator: Evaluator, found: Denotations, name: str, top: Frame) -> Denotations:
    """What a module imports under a name that it makes nothing of where it cannot (``except ImportError: Producer = None``)."""
    if name not in top.module.imports or not all(_stands_in(item) for item in found):
        return found
    return unique(
        d
        for item in evaluator.program.imported_as(top.module, name)
        for d in exported_names.imported(evaluator, top.module, item)
    )


def _stands_in(item: Denotation) -> bool:
    """Whether a value says no more than that there is none: nothing, or the type of everything."""
    return (isinstance(item, Scalar) and item.value is None) or (
        isinstance(item, External) and item.path[-1:] in (("Any",), ("object",))
    )


def _or_declared(evaluator: Evaluator, found: Denotations, name: str, scope: Frame) -> Denotations:
    """What a variable means, by its declared type where none of its values says what it is."""
    written = scope.declared.get(name)
    if written is None:
        return found
    if found and all(written_types.is_given_elsewhere(item) for item in found):
        return written_types.as_declared(evaluator, found, written, scope)
    if not all(_says_nothing(item) for item in found):
        return found
    return evaluator.typed(written, scope) or found


def _define(evaluator: Evaluator, definition: Definition, name: str, frame: Frame) -> Denotations:
    kind, value = definition.kind, definition.value
    frame = definition.frame or frame
    if kind == "value":
        if definition.operator not in ("", "??", "||"):
            return (Opaque(name, frame.module.path, definition.start, definition.operator),)
        if not definition.path and (isinstance(value, ir.Sequence) or lists.is_empty_list(value)):
            return _collected(evaluator, name, value, frame)
        found = _along(evaluator, value, definition.path, frame)
        if name in frame.module.entries and not definition.path:
            found = tables.filled(evaluator, found, frame.module.entries[name])
        return texts.note(found, frame.module.path, definition.start, f"{name} is defined here")
    if kind == "parameter":
        chosen = (
            options.declared(evaluator, frame, value)
            if frame.function is not None and frame.function.decorators
            else ()
        ) or (
            settings_objects.decorated(evaluator, value.decorators, value.type, value.name, frame)
            if value.decorators
            else ()
        )
        chosen = chosen or _given_at_once(evaluator, value, frame) or _carried(evaluator, value, frame)
        if chosen:
            return chosen
        return evaluator.follow((_parameter(evaluator, value, frame),), definition.path, value, frame)
    if kind == "function":
        return (FunctionRef(frame.module.frame_for(value)),)
    if kind == "class":
        return (ClassRef(frame.module.class_for(value)),)
    if kind == "element":
        found = unique(
            d for item in evaluator.evaluate(value, frame) for d in members.elements(evaluator, item, value, frame)
        )
        return evaluator.follow(found, definition.path, value, frame)
    if kind == "context":
        return _along(evaluator, value, definition.path, frame)
    return (Opaque(name, frame.module.path, definition.start),)


def _given_at_once(evaluator: Evaluator, parameter: ir.Parameter, frame: Frame) -> Denotations:
    """What a function that is called where it is written gets for a parameter."""
    function = frame.function
    call = frame.module.run_at_once.get((function.start, function.end)) if function is not None else None
    if function is None or call is None or frame.parent is None or parameter.kind != "normal":
        return ()
    at = next((i for i, item in enumerate(function.parameters) if item is parameter), len(call.args))
    if at >= len(call.args) or any(one.spread or one.name for one in call.args[: at + 1]):
        return ()
    return evaluator.evaluate(call.args[at].value, frame.parent)


def _carried(evaluator: Evaluator, parameter: ir.Parameter, frame: Frame) -> Denotations:
    """What a function that runs on what a future or the like carries gets for its first parameter."""
    first = frame.function.parameters[0] if frame.function is not None else None
    return carried.parameter_values(evaluator, frame) if parameter is first and parameter.name else ()


def _collected(evaluator: Evaluator, name: str, value: ir.Value, frame: Frame) -> Denotations:
    """A list that begins as a literal, with what is appended to it in the same function and inside it."""
    added = lists.added(evaluator, name, frame)
    if not added:
        return evaluator.evaluate(value, frame)
    items = value.items if isinstance(value, ir.Sequence) else ()
    inside = tuple(d for item in items for d in evaluator.evaluate(item, frame))
    return (Collection((*inside, *(d for item, scope in added for d in evaluator.evaluate(item, scope)))),)


def _along(evaluator: Evaluator, value: ir.Value, path: tuple[str, ...], frame: Frame) -> Denotations:
    """The part ``path`` of a value; mutation of a named object is seen."""
    if path and isinstance(value, ir.Name) and path[0].startswith("."):
        assigned = evaluator.assigned_member(value.name, path[0][1:], frame, value.start)
        if assigned is not None:
            return evaluator.follow(assigned, path[1:], value, frame)
    return evaluator.follow(evaluator.evaluate(value, frame), path, value, frame)


def _parameter(evaluator: Evaluator, parameter: ir.Parameter, frame: Frame) -> Parameter:
    assert frame.function is not None
    if parameter.name:
        return Parameter(frame, parameter.name)
    position = next(i for i, item in enumerate(frame.function.parameters) if item is parameter)
    return Parameter(frame, f"#{position}")


def _says_nothing(item: Denotation) -> bool:
    return isinstance(item, Opaque | ExternalResult) or (isinstance(item, Scalar) and item.value is None)


def _is_type_alone(definition: Definition) -> bool:
    return definition.kind == "class" and definition.value.kind in ("alias", "interface")


def _is_being_made(definition: Definition, offset: int) -> bool:
    """Whether a place lies in the value that a name is given: there it has the one that it had before (``queue = strings.TrimSpace(queue)``)."""
    value = definition.value
    return definition.kind == "value" and isinstance(value, ir.Call) and value.start <= offset < value.end


def reaching(definitions: Sequence[Definition], frame: Frame, offset: int) -> Sequence[Definition]:
    """The definitions that may hold at ``offset``: the last before it, and those that later conditional ones may leave standing."""
    if len(definitions) == 1:
        return definitions
    chosen: list[Definition] = []
    for definition in reversed(definitions):
        if definition.frame is not None:
            chosen.append(definition)  # another function assigns it: whenever that runs
            continue
        if definition.start > offset or _is_being_made(definition, offset):
            continue
        chosen.append(definition)
        if _is_type_alone(definition):
            continue  # a value may go by the same name
        if all(start <= offset < end for start, end in frame.arms if start <= definition.start < end):
            break
    return chosen or definitions
