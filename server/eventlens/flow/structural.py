"""Interfaces that whatever has their methods implements, without saying so (`ir.Class.is_structural`).

Who implements one is found by the names of all its methods and the types of their parameters, as they are written; where very many types
do, nothing is said.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING

from eventlens import ir
from eventlens.flow import class_hierarchy
from eventlens.flow.scopes import ClassIndex
from eventlens.workspace.resolution import folder_of, shared_depth

if TYPE_CHECKING:
    from eventlens.flow.evaluation import Evaluator

_Types = tuple[str, ...]
"""The types of a method's parameters, without the packages that they come from; "" for one that may be anything."""
_ANYTHING = frozenset(("?", "any", "{}"))
_MOST_IMPLEMENTERS = 8
_MOST_FILES = 40
"""A method that more files declare says too little to read them all."""


def implementers(evaluator: Evaluator, interface: ClassIndex) -> list[ClassIndex]:
    """The classes of product code that have all methods of an interface; none where they are too many to mean anything.

    Found anew only where more has been read since: each use of an interface's method asks for them."""
    known = evaluator.implementing.get(interface)
    if known is not None and known[0] == evaluator.program.generation:
        return known[1]
    cuts = evaluator.cuts
    found = _implementers(evaluator, interface)
    if evaluator.cuts == cuts:
        evaluator.implementing[interface] = (evaluator.program.generation, found)
    return found


def _implementers(evaluator: Evaluator, interface: ClassIndex) -> list[ClassIndex]:
    wanted = _methods(evaluator, interface)
    if not wanted:
        return []
    rarest = _read_declaring(evaluator, interface, wanted)
    found: dict[str, ClassIndex] = {}
    folder = folder_of(interface.module.path)
    candidates = sorted(  # not in the order in which they happened to be read
        evaluator.program.methods.get(rarest, ()) if rarest else (),
        key=lambda one: (-shared_depth(folder_of(one.module.path), folder), one.module.path, one.definition.start),
    )
    for candidate in candidates:
        name = f"{evaluator.program.workspace.package_of(candidate.module.path)}:{candidate.name}"
        own = candidate.methods[rarest].function
        if (
            name not in found
            and not candidate.definition.is_structural
            and own is not None
            and len(own.parameters) == len(wanted[rarest])
            and _has_all(evaluator, candidate, wanted)
        ):
            found[name] = candidate
    return list(found.values()) if len(found) <= _MOST_IMPLEMENTERS else []


def implements(evaluator: Evaluator, index: ClassIndex, interface: ClassIndex) -> bool:
    """Whether a class has all methods of an interface of which that is enough."""
    return interface.definition.is_structural and _has_all(evaluator, index, _methods(evaluator, interface))


def interfaces(evaluator: Evaluator, index: ClassIndex, methods: Collection[str]) -> Iterator[ClassIndex]:
    """The interfaces that a class implements without saying so, of those that declare one of ``methods``."""
    if not index.definition.is_part or index.definition.is_structural:
        return
    workspace, program = evaluator.program.workspace, evaluator.program
    for method in methods:
        files = workspace.declaring(index.module.path, "~" + method)
        if not files or len(files) > _MOST_FILES:
            continue
        program.load([path for path in files if workspace.source_set(path) != "test"])
        for candidate in list(program.methods.get(method, ())):
            if candidate.definition.is_structural and _has_all(evaluator, index, _methods(evaluator, candidate)):
                yield candidate


def _methods(evaluator: Evaluator, interface: ClassIndex) -> dict[str, _Types]:
    """Method → the types of its parameters, of an interface and those it embeds."""
    return {
        name: tuple(_written(one.type, base.definition.type_parameters) for one in frame.function.parameters)
        for base in class_hierarchy.bases(evaluator, interface)
        for name, frame in base.methods.items()
        if frame.function is not None
    }


def _written(type_: ir.TypeRef | None, open_names: Collection[str]) -> str:
    """A type without the packages that its names come from: each package calls those of others as it likes."""
    if type_ is None or type_.name in _ANYTHING or type_.name in open_names:
        return ""
    args = [_written(one, open_names) for one in type_.args]
    name = type_.name.rpartition(".")[2]
    return "" if "" in args else f"{name}<{','.join(args)}>"


def _read_declaring(evaluator: Evaluator, interface: ClassIndex, wanted: Collection[str]) -> str:
    """The method that the fewest files declare, with these files read; "" where even that one is declared everywhere."""
    workspace = evaluator.program.workspace
    holders = {name: workspace.declaring(interface.module.path, "#" + name) for name in wanted}
    rarest = min(sorted(holders), key=lambda name: len(holders[name]))
    if len(holders[rarest]) > _MOST_FILES:
        return ""
    evaluator.program.load([path for path in holders[rarest] if workspace.source_set(path) != "test"])
    return rarest


def _has_all(evaluator: Evaluator, index: ClassIndex, wanted: dict[str, _Types]) -> bool:
    own = _methods(evaluator, index)
    return bool(wanted) and all(name in own and _is_alike(own[name], types) for name, types in wanted.items())


def _is_alike(own: _Types, wanted: _Types) -> bool:
    return len(own) == len(wanted) and all(
        one == other or not one or not other for one, other in zip(own, wanted, strict=True)
    )
