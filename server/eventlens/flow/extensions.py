"""Functions that can be called like methods of a type that stands elsewhere (`ir.Class.kind` "extension")."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eventlens import ir
from eventlens.flow import class_hierarchy, written_types
from eventlens.flow.denotations import (
    Denotation,
    External,
    FunctionRef,
    Instance,
    LibraryMember,
    LibraryValue,
    Part,
    Receiver,
)
from eventlens.flow.library_models import family_of
from eventlens.flow.scopes import ClassIndex, Frame

if TYPE_CHECKING:
    from eventlens.flow.evaluation import Denotations, Evaluator

_MOST_FILES = 12


def extended(evaluator: Evaluator, meanings: Denotations, base: ir.Value, name: str, frame: Frame) -> Denotations:
    """The extensions called ``name`` of what ``base`` is; none where a method of its own already is meant by ``meanings``."""
    if any(isinstance(item, FunctionRef) for item in meanings) or _is_described(evaluator, meanings):
        return ()
    workspace = evaluator.program.workspace
    files = [
        path for path in workspace.declaring(frame.module.path, "." + name) if workspace.source_set(path) != "test"
    ]
    if not files or len(files) > _MOST_FILES:
        return ()
    candidates = [index for path in files for index in _extensions(evaluator, path, name)]
    if not candidates:
        return ()
    found: list[Denotation] = []
    receivers = evaluator.evaluate(base, frame)
    for receiver in receivers:
        fitting = [index for index in candidates if _extends(evaluator, index, receiver)]
        if not fitting and len(candidates) == 1 and not isinstance(receiver, Instance | Receiver):
            fitting = candidates
        found.extend(FunctionRef(method, receiver) for index in fitting for method in _methods(index, name))
    return tuple(dict.fromkeys(found))


def extended_type(evaluator: Evaluator, index: ClassIndex) -> Denotations:
    """What the methods of an extension run on: a value of the type that it is called like."""
    definition = index.definition
    return evaluator.typed(ir.TypeRef(definition.start, definition.end, index.name), index.module.top)


def of_libraries(evaluator: Evaluator, meanings: Denotations, name: str, frame: Frame) -> tuple[External, ...]:
    """The libraries' exports that are called like methods of any value where the library is imported."""
    models = evaluator.catalogue.extensions.get(name)
    if not models or any(isinstance(item, FunctionRef) for item in meanings) or _is_described(evaluator, meanings):
        return ()
    module = frame.module
    imported = [*(item.module for item in module.module.imports)]
    imported += evaluator.program.workspace.shared_imports(module.path)
    family = family_of(module.module.language)
    found = (
        External(package, (name,), family)
        for model in models
        for package in imported
        if family in model.families and model.owns(External(package, (name,)))
    )
    return tuple(dict.fromkeys(found))[:1]


def _is_described(evaluator: Evaluator, meanings: Denotations) -> bool:
    """Whether a model of a library speaks of the very member: then it is no extension."""
    return any(
        isinstance(item, LibraryValue)
        or (
            isinstance(item, LibraryMember)
            and any(
                pattern.type == item.value.type and pattern.names[:1] == item.names[:1]
                for pattern in item.value.model.named
            )
        )
        for item in meanings
    )


def _extensions(evaluator: Evaluator, path: str, name: str) -> list[ClassIndex]:
    module = evaluator.program.module(path)
    if module is None:
        return []
    return [index for index in module.classes if index.definition.kind == "extension" and name in index.methods]


def _methods(index: ClassIndex, name: str) -> tuple[Frame, ...]:
    return tuple(index.overloads.get(name, (index.methods[name],)))


def _extends(evaluator: Evaluator, index: ClassIndex, receiver: Denotation) -> bool:
    """Whether the extended type is the receiver's, or one of its bases."""
    own = class_hierarchy.class_of(receiver)
    if own is not None:
        return any(base.name == index.name for base in class_hierarchy.bases(evaluator, own))
    if isinstance(receiver, LibraryValue):
        definition = index.definition
        written = ir.TypeRef(definition.start, definition.end, index.name)
        return any(
            isinstance(typed, LibraryValue) and (typed.model, typed.type) == (receiver.model, receiver.type)
            for typed in written_types.typed(evaluator, written, index.frame)
        )
    if isinstance(receiver, Part):
        return False
    return any(
        _extends(evaluator, index, typed)
        for typed in written_types.declared_types(evaluator, receiver)
        if not isinstance(typed, type(receiver))
    )
