"""Modules that can get hold of what a library makes: they are read though they do not name the library."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator
from typing import TypeVar

from eventlens import ir
from eventlens.flow import application, class_members, library_members, own_decorators
from eventlens.flow.denotations import (
    Denotation,
    ExternalResult,
    FunctionRef,
    Instance,
    LibraryMember,
    LibraryValue,
    Record,
)
from eventlens.flow.library_models import SITE_SECTIONS
from eventlens.flow.matching import Matcher
from eventlens.flow.module_index import ModuleIndex
from eventlens.flow.program import Program
from eventlens.flow.scopes import ClassIndex, Frame

_Item = TypeVar("_Item")


class LibraryHolders:
    """Asks modules what they make of libraries. ``reached`` are the modules that name one, or can get hold of what one of these makes."""

    def __init__(self, program: Program, matcher: Matcher, reached: Container[str]) -> None:
        self.program = program
        self.matcher = matcher
        self.evaluator = matcher.evaluator
        self.reached = reached

    def importers(self, module: ModuleIndex, names: list[str]) -> list[str]:
        """The modules that import one of the names of a module, which it holds."""
        return self.matcher.callers.reach.modules([module], names, names) if names else []

    def expect_importers(self, module: ModuleIndex, names: list[str]) -> None:
        """Have workers begin with the modules that `importers` will look into first. Changes no answer."""
        if names:
            self.matcher.callers.reach.expect(module, names)

    def held_by(self, module: ModuleIndex) -> list[str]:
        """The names of a module that stand for a library value, for what holds or gives one, or for a class that holds one."""
        names = [name for name in self._each(module.top.definitions) if self._holds_library_value(module, name)]
        names.extend(
            export.name
            for export in self._each(module.module.exports)
            if export.value is not None and self._is_or_gives_one(module, export.value)
        )
        names.extend(index.name for index in self._each(module.classes) if self._class_holds_library_value(index))
        return names

    def _each(self, items: Iterable[_Item]) -> Iterator[_Item]:
        for item in items:
            self.program.workspace.beat()
            yield item

    def follow_given(self, module: ModuleIndex) -> None:
        """Read the modules of functions that are given a library value made here: behind an interface they need not name the library."""
        if not self.program.workspace.finds_by_package(module.path):
            return
        for frame in module.frames:
            self.program.workspace.beat()
            given = {one.value.name for call in frame.calls for one in call.args if isinstance(one.value, ir.Name)}
            made = {
                name
                for name, definitions in frame.definitions.items()
                if name in given
                and any(one.kind == "value" and self._may_make(module, one.value) for one in definitions)
                and any(self._speaks(value) for value in self.evaluator.name(name, frame, frame.end))
            }
            for call in frame.calls if made else ():
                if any(isinstance(one.value, ir.Name) and one.value.name in made for one in call.args):
                    self.evaluator.evaluate(call.callee, frame)

    def _may_make(self, module: ModuleIndex, value: object) -> bool:
        """Whether a call may give something of a library: not where only modules declare what it calls that cannot get hold of any."""
        call = value.value if isinstance(value, ir.Await) else value
        if not isinstance(call, ir.Call):
            return isinstance(value, ir.Await)
        callee = call.callee
        if isinstance(callee, ir.Member) and isinstance(callee.object, ir.Name):
            whole = [one.module for one in module.imports.get(callee.object.name, ()) if one.name == "*"]
            wanted = [f"{package}:{callee.name}" for package in whole]
        elif isinstance(callee, ir.Name):
            named = module.imports.get(callee.name)
            wanted = (
                [f"{one.module}:{one.name}" for one in named]
                if named
                else [f"{one.module}:{callee.name}" for one in module.star_imports]
            )
        else:
            return True
        declaring = [path for one in wanted for path in self.program.workspace.resolve(module.path, one).paths]
        return not declaring or any(path in self.reached for path in declaring)

    def _holds_library_value(self, module: ModuleIndex, name: str) -> bool:
        for definition in module.top.definitions[name]:
            if definition.kind == "function":
                frame = module.frame_for(definition.value)
                decorated = library_members.decorated_values(
                    self.evaluator, definition.value.decorators, module.top, "decorator", frame
                )
                if any(self._speaks(found) for found in decorated):
                    return True
                if self._gives_one(frame) or own_decorators.is_one(self.evaluator, FunctionRef(frame)):
                    return True
            elif definition.kind == "value" and isinstance(
                definition.value, ir.Call | ir.Await | ir.Member | ir.Object
            ):
                found = self.evaluator.module_name(name, module.top)
                if any(self._speaks(value) or own_decorators.is_one(self.evaluator, value) for value in found):
                    return True
            elif (
                definition.kind == "value"
                and isinstance(definition.value, ir.Lambda)
                and self._gives_one(module.frame_for(definition.value.function))
            ):
                return True
        return False

    def _is_or_gives_one(self, module: ModuleIndex, value: ir.Value) -> bool:
        """Whether an exported value that has no name in its module is a library value, holds one, or is a function that gives one."""
        if isinstance(value, ir.Lambda):
            return self._gives_one(module.frame_for(value.function))
        made = isinstance(value, ir.Call | ir.Await | ir.Member | ir.Object)
        return made and any(self._speaks(found) for found in self.evaluator.evaluate(value, module.top))

    def _gives_one(self, frame: Frame) -> bool:
        made = any(isinstance(value, ir.Call | ir.Name | ir.Member | ir.Await | ir.Object) for value in frame.returns)
        return made and any(self._speaks(one) for one in application.results(self.evaluator, FunctionRef(frame)))

    def _class_holds_library_value(self, index: ClassIndex) -> bool:
        names = dict.fromkeys((*index.assigned, *(f.name for f in index.definition.fields)))
        if self._speaks(Instance(index)) or index.name in self.matcher.declared.own_bases:
            return True
        return any(
            self._speaks(value)
            for name in names
            for value in class_members.class_member(self.evaluator, index, name, Instance(index))
        )

    def _speaks(self, value: Denotation) -> bool:
        """Whether something is a messaging library's, or of a class that extends it: with a logger or a database nobody sends a message."""
        if isinstance(value, Instance):
            return any(
                self._speaks(base) for base in class_members.library_values_of_class(self.evaluator, value.index, value)
            )
        if isinstance(value, Record):
            return any(
                self._speaks(held)
                for one in value.node.fields
                if isinstance(one.value, ir.Call | ir.Await | ir.Name | ir.Member)
                for held in self.evaluator.evaluate(one.value, value.frame, value.environment)
                if not isinstance(held, Record)
            )
        if isinstance(value, LibraryMember):
            value = value.value
        models = [value.model] if isinstance(value, LibraryValue) else []
        if isinstance(value, ExternalResult):
            models = application.models_left_open(self.evaluator, value)
        return any(getattr(model.model, section) for model in models for section in SITE_SECTIONS)
