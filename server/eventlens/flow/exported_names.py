"""What imports and exports of modules stand for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eventlens import ir
from eventlens.flow import documents, library_members, members
from eventlens.flow.denotations import ClassRef, Denotation, External, FunctionRef, Namespace
from eventlens.flow.library_models import family_of
from eventlens.flow.module_index import ModuleIndex

if TYPE_CHECKING:
    from eventlens.flow.evaluation import Denotations, Evaluator

_WHOLE_MODULE = ir.Unknown(0, 0, "module")
"""Where a member is read that a module exports without writing it down."""

_MOST_DECLARING = 8
"""Files of one package that declare the same name (variants for platforms, copies in other services)."""


def imported(evaluator: Evaluator, module: ModuleIndex, item: ir.Import) -> Denotations:
    """What an imported name means."""
    workspace = evaluator.program.workspace
    if workspace.finds_by_package(module.path) and item.name != "*":
        return _of_package(evaluator, module, item.module, item.name) or _outside(evaluator, module, item)
    found = workspace.resolve(module.path, item.module)
    if item.name == "*":
        if found.path is None:
            return (External(item.module, (), family_of(module.module.language)),)
        if workspace.finds_by_package(module.path):
            return (Namespace(found.path),)
        return (*_whole_module(evaluator, found.path), *_assigned_whole(evaluator, found.path))
    if found.path is not None:
        values = exported(evaluator, found.path, item.name)
        if values:
            return values
    if module.module.offers_every_name:
        submodule = workspace.resolve(module.path, f"{item.module}:{item.name}")
        if submodule.path is not None and submodule.path != found.path:
            return _whole_module(evaluator, submodule.path)
    if found.path is not None:
        return _whole_module(evaluator, found.path) if item.name == "default" else ()
    return _outside(evaluator, module, item)


def _outside(evaluator: Evaluator, module: ModuleIndex, item: ir.Import) -> Denotations:
    external = External(item.module, (item.name,), family_of(module.module.language))
    return (*library_members.external_value(evaluator, external), external)


def _of_package(evaluator: Evaluator, module: ModuleIndex, package: str, name: str) -> Denotations:
    """A name of a package, or a member of a class that is named like a package (a nested class, a static import)."""
    workspace = evaluator.program.workspace
    for path in workspace.resolve(module.path, f"{package}:{name}").paths[:_MOST_DECLARING]:
        found = exported(evaluator, path, name)
        if found:
            return found
        found = _of_type(evaluator, module, path, package, name)
        if found:
            return found
    return ()


def _of_type(evaluator: Evaluator, module: ModuleIndex, path: str, package: str, name: str) -> Denotations:
    """A member of a class that is imported as a whole; none for what the class extends, where it is looked for in the class itself
    (``using static Shop.Cart;`` above ``class Cart : Basket``)."""
    key = (path, f"{package}:{name}")
    if key in evaluator.exporting:
        evaluator.cuts += 1
        return ()
    evaluator.exporting.add(key)
    try:
        for value in exported(evaluator, path, package.rpartition(".")[2]):
            found = members.member(evaluator, value, name, _WHOLE_MODULE, module.top)
            if found:
                return found
    finally:
        evaluator.exporting.discard(key)
    return ()


def qualified(evaluator: Evaluator, module: ModuleIndex, name: str) -> Denotations:
    """A dotted name of the workspace whose first part is no import: from the outermost package on, or from one around the module's own
    (``Data.IOrders`` in ``Shop.Billing`` is ``Shop.Data.IOrders``)."""
    if not evaluator.program.workspace.finds_by_package(module.path):
        return ()
    package, _, last = name.rpartition(".")
    around = module.module.package.split(".") if module.module.package else []
    for depth in range(len(around), -1, -1):
        found = _of_package(evaluator, module, ".".join((*around[:depth], package)), last)
        if found:
            return found
    return ()


def _assigned_whole(evaluator: Evaluator, path: str) -> Denotations:
    """The class or function that is a CommonJS module as a whole (``module.exports = Worker``), beside the module itself."""
    return tuple(item for item in exported(evaluator, path, "default") if isinstance(item, ClassRef | FunctionRef))


def _whole_module(evaluator: Evaluator, path: str) -> Denotations:
    if path.endswith(documents.SUFFIXES):
        return documents.document(evaluator, path)
    return (Namespace(path),)


def star_imported(evaluator: Evaluator, module: ModuleIndex, whole: str, name: str) -> Denotations:
    """``name`` through ``from whole import *``, or its like for a package."""
    if evaluator.program.workspace.finds_by_package(module.path):
        return _of_package(evaluator, module, whole, name)
    found = evaluator.program.workspace.resolve(module.path, whole)
    return exported(evaluator, found.path, name) if found.path is not None else ()


def of_outside_packages(evaluator: Evaluator, module: ModuleIndex, name: str) -> Denotations:
    """``name`` as a library's, through a star import of the file or of its project: of those packages whose models speak of it."""
    family = family_of(module.module.language)
    packages = dict.fromkeys(evaluator.program.brought_whole(module))
    found: list[Denotation] = []
    for package in packages:
        external = External(package, (name,), family)
        if evaluator.catalogue.speaks_of(external):
            found.extend((*library_members.external_value(evaluator, external), external))
    return tuple(found)


def exported(evaluator: Evaluator, path: str, name: str) -> Denotations:
    """What a module of the workspace exports under a name, re-exports followed."""
    key = (path, name)
    if key in evaluator.exporting:
        evaluator.cuts += 1
        return ()
    if evaluator.program.workspace.finds_by_package(path):
        return _of_file(evaluator, path, name)
    index = evaluator.program.module(path)
    if index is None:
        return ()
    evaluator.exporting.add(key)
    try:
        return (
            _any_name(evaluator, index, name)
            if index.module.offers_every_name
            else _exported_name(evaluator, index, name)
        )
    finally:
        evaluator.exporting.discard(key)


def _of_file(evaluator: Evaluator, path: str, name: str) -> Denotations:
    """A name that a file of a package declares, or, where the file stands for its whole package, another file of it does.

    A file that only stands for its package is not read for that.
    """
    key = (path, name)
    program = evaluator.program
    declaring = program.workspace.resolve(path, f".:{name}").paths[:_MOST_DECLARING]
    evaluator.exporting.add(key)
    try:
        if path in declaring or not declaring or program.is_read(path):
            index = program.module(path)
            if index is None:
                return ()
            if name in index.top.definitions or name in index.top.declared:
                return evaluator.module_name(name, index.top)
        return tuple(d for one in declaring if one != path for d in exported(evaluator, one, name))
    finally:
        evaluator.exporting.discard(key)


def _any_name(evaluator: Evaluator, index: ModuleIndex, name: str) -> Denotations:
    if name in index.top.definitions or name in index.imports or index.star_imports:
        found = evaluator.module_name(name, index.top)
        return tuple(item for item in found if not (isinstance(item, External) and not item.package))
    return ()


def _exported_name(evaluator: Evaluator, index: ModuleIndex, name: str) -> Denotations:
    found: list[Denotation] = []
    for export in index.exports.get(name, ()):
        if export.module is not None:
            found.extend(
                imported(
                    evaluator,
                    index,
                    ir.Import(export.start, export.end, name, export.module, export.name_in_module or name),
                )
            )
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
        return tuple(
            d
            for item in _exported_name(evaluator, index, "default")
            for d in members.member(evaluator, item, name, _WHOLE_MODULE, index.top)
        )
    return ()
