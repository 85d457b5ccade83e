"""What declarations match: decorators, types of parameters and fields, names by convention, bases of classes, and the calls that
loops and ``with`` make without writing them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from eventlens import ir
from eventlens.flow import class_hierarchy, conditions, own_decorators, written_types
from eventlens.flow.conventions import Conventions
from eventlens.flow.denotations import Denotation, External, FunctionRef, LibraryMember, LibraryValue
from eventlens.flow.library_match import LibraryMatch
from eventlens.flow.library_models import CompiledModel, Entry, Pattern, export_matches, member_matches
from eventlens.flow.matched_place import Place
from eventlens.flow.module_index import ModuleIndex, decorator_name, last_name
from eventlens.flow.reading import read
from eventlens.flow.scopes import ClassIndex, Frame

if TYPE_CHECKING:
    from eventlens.flow.matching import Matcher

_TYPED_PARAMETERS = 2
"""A function's type is told by one of so many of its first parameters (a context may stand before the message)."""
_ITERATION = ("__aiter__", "__iter__")
_ENTERING = ("__aenter__", "__enter__")


class DeclaredMatches:
    """Matches the catalogue's entries against declarations."""

    def __init__(self, matcher: Matcher) -> None:
        self.matcher = matcher
        self.evaluator = matcher.evaluator
        self.conventions = Conventions(self.evaluator.program.workspace, self.evaluator.catalogue)
        self.own_bases: set[str] = set()
        """Names of classes that extend what models look for."""
        self._memo: dict[int, tuple[LibraryMatch, ...]] = {}

    def forget(self) -> None:
        """Match anew."""
        self._memo.clear()

    def in_module(self, module: ModuleIndex) -> Iterator[LibraryMatch]:
        """Entries matched by decorators on functions and classes, and by what classes extend."""
        for frame in module.frames:
            if frame.function is not None and frame.function.decorators:
                yield from self._decorated(frame)
            if frame.function is not None and frame.function.parameters:
                yield from self._by_parameters(frame)
            for call in frame.calls:
                if isinstance(call.callee, ir.Call):
                    yield from self._applied(call, call.callee, frame)
        for index in module.classes:
            for decorator in index.definition.decorators:
                yield from self._on_decorator(decorator, index.frame, None, index)
            if index.definition.bases:
                yield from self._implementing(index)
            yield from self._fields(index)
            yield from self._by_convention(index)
            yield from self._listed(index)

    def unwritten(self, module: ModuleIndex) -> Iterator[LibraryMatch]:
        """Entries matched by what loops and ``with`` do to their values without a call that is written."""
        for frame in module.frames:
            if frame.iterated or frame.entered:
                yield from self._implicit(frame)

    def decorating(self, frame: Frame) -> tuple[LibraryMatch, ...]:
        """The entries that a function's decorators are."""
        known = self._memo.get(id(frame))
        if known is None:
            known = self._memo[id(frame)] = (
                tuple(self._decorated(frame)) if frame.function is not None and frame.function.decorators else ()
            )
        return known

    def decorating_class(self, index: ClassIndex) -> tuple[LibraryMatch, ...]:
        """The entries that a class's decorators are."""
        known = self._memo.get(id(index))
        if known is None:
            known = self._memo[id(index)] = tuple(
                match
                for decorator in index.definition.decorators
                for match in self._on_decorator(decorator, index.frame, None, index)
            )
        return known

    def at_enter(self, value: ir.Value, frame: Frame) -> tuple[LibraryMatch, ...]:
        """Entries whose pattern is ``Type.__enter__``: a library value is itself entered in a ``with``."""
        rows = self.evaluator.catalogue.calls.get("__enter__", ())
        found: list[LibraryMatch] = []
        for meaning in self.evaluator.evaluate(value, frame) if rows else ():
            if isinstance(meaning, LibraryValue):
                for model, section, entry in rows:
                    if meaning.model is model and model.pattern_of(entry).type == meaning.type:
                        found.append(
                            LibraryMatch(model, section, entry, self.matcher.place(value, frame, receiver=meaning))
                        )
        return tuple(found)

    def _implicit(self, frame: Frame) -> Iterator[LibraryMatch]:
        """Entries for what a loop or ``with`` does to its value without a call that is written."""
        calls = self.evaluator.catalogue.calls
        for names, values in ((_ITERATION, frame.iterated), (_ENTERING, frame.entered)):
            rows = [row for name in names for row in calls.get(name, ())]
            for value in values if rows else ():
                inner = value.value if isinstance(value, ir.Await) else value
                for meaning in self.evaluator.evaluate(inner, frame):
                    if isinstance(meaning, LibraryValue):
                        for model, section, entry in rows:
                            pattern = model.pattern_of(entry)
                            place = self.matcher.place(inner, frame, receiver=meaning)
                            if (
                                meaning.model is model
                                and pattern.type == meaning.type
                                and conditions.hold_at(place, entry.when)
                            ):
                                yield LibraryMatch(model, section, entry, place)

    def _decorated(self, frame: Frame) -> Iterator[LibraryMatch]:
        assert frame.function is not None
        outer = frame.cls.body if frame.cls is not None else frame.parent or frame
        if own_decorators.stands_for_another(frame):
            return
        for decorator in frame.function.decorators:
            yield from self._on_decorator(decorator, outer, frame, frame.cls)
            for one in own_decorators.carried(self.evaluator, decorator, outer):
                for match in self._on_decorator(one.decorator, one.frame, frame, frame.cls):
                    place = replace(match.place, environment=one.environment, carried_by=(outer, decorator))
                    yield replace(match, place=place)

    def _applied(self, call: ir.Call, decorator: ir.Call, frame: Frame) -> Iterator[LibraryMatch]:
        """The entries that a decorator is which is called with the function that it decorates (``router.subscriber("orders")(on_order)``)."""
        if len(call.args) != 1 or last_name(decorator.callee) not in self.evaluator.catalogue.decorators:
            return
        for meaning in self.evaluator.evaluate(call.args[0].value, frame):
            if isinstance(meaning, FunctionRef) and not own_decorators.stands_for_another(meaning.frame):
                yield from self._on_decorator(decorator, frame, meaning.frame, meaning.frame.cls)

    def _on_decorator(
        self,
        decorator: ir.Value,
        outer: Frame,
        function: Frame | None,
        index: ClassIndex | None,
        on: str = "",
    ) -> Iterator[LibraryMatch]:
        callee = decorator.callee if isinstance(decorator, ir.Call) else decorator
        name = last_name(callee)
        rows: Sequence[tuple[CompiledModel, str, Entry]] = self.evaluator.catalogue.decorators.get(
            outer.module.aliases.get(name, name), ()
        )
        called = self.evaluator.catalogue.decorators.get("()", ())
        rows = rows or self._rows_of_alias(callee, outer)
        if not rows and not called:
            return
        taken: set[tuple[int, str]] = set()
        for meaning in self.evaluator.evaluate(callee, outer):
            rows = called if isinstance(meaning, LibraryValue) else rows
            for model, section, entry in rows:
                if entry.on != (on or ("class" if function is None else "function")) or (id(model), section) in taken:
                    continue
                place = self._decorator_place(
                    meaning, model, model.pattern_of(entry), decorator, outer, function, index
                )
                if place is None:
                    continue
                place = self._with_within(entry.within, place, index)
                if entry.within is not None and place.within is None:
                    continue
                if entry.beside is not None and function is not None:
                    carried = function.function.decorators if function.function is not None else ()
                    place = replace(place, beside=_carried(carried, entry.beside, function.module))
                if (entry.beside is None or place.beside is not None) and conditions.hold_at(place, entry.when):
                    taken.add((id(model), section))
                    yield LibraryMatch(model, section, entry, place)

    def _rows_of_alias(self, callee: ir.Value, outer: Frame) -> Sequence[tuple[CompiledModel, str, Entry]]:
        """The entries of a library's decorator that the workspace calls by another name (``task = shared_task``)."""
        if self.evaluator.program.workspace.finds_by_package(outer.module.path):
            return ()
        decorators = self.evaluator.catalogue.decorators
        return [
            row
            for meaning in self.evaluator.evaluate(callee, outer)
            if isinstance(meaning, External) and meaning.path
            for row in decorators.get(meaning.path[-1], ())
        ]

    def _decorator_place(
        self,
        meaning: Denotation,
        model: CompiledModel,
        pattern: Pattern,
        decorator: ir.Value,
        outer: Frame,
        function: Frame | None,
        index: ClassIndex | None,
    ) -> Place | None:
        if isinstance(meaning, LibraryMember):
            if (
                meaning.value.model is model
                and pattern.type == meaning.value.type
                and member_matches(pattern, meaning.names)
            ):
                return self.matcher.place(
                    decorator, outer, receiver=meaning.value, decorator=decorator, function=function, index=index
                )
        elif isinstance(meaning, LibraryValue):
            if meaning.model is model and pattern == (meaning.type, ("()",)):
                return self.matcher.place(
                    decorator, outer, receiver=meaning, decorator=decorator, function=function, index=index
                )
        elif (
            isinstance(meaning, External)
            and not pattern.type
            and model.owns(meaning)
            and export_matches(pattern, meaning)
        ):
            return self.matcher.place(decorator, outer, decorator=decorator, function=function, index=index)
        return None

    def _by_parameters(self, frame: Frame) -> Iterator[LibraryMatch]:
        """Entries for a function whose parameter is of a type, or carries a decorator."""
        assert frame.function is not None
        outer = frame.cls.body if frame.cls is not None else frame.parent or frame
        typed = self.evaluator.catalogue.typed
        taken: set[tuple[int, str]] = set()
        for position, parameter in enumerate(frame.function.parameters):
            for decorator in parameter.decorators:
                yield from self._on_decorator(decorator, outer, frame, frame.cls, on="parameter")
            written = parameter.type
            if written is None or position >= _TYPED_PARAMETERS or written.name.rpartition(".")[2] not in typed:
                continue
            for meaning in written_types.reference(self.evaluator, written, outer):
                for model, section, entry in typed[written.name.rpartition(".")[2]]:
                    if model.is_export(entry, meaning):
                        place = self.matcher.place(None, outer, function=frame, index=frame.cls, base=written)
                        if (id(model), section) not in taken and conditions.hold_at(place, entry.when):
                            taken.add((id(model), section))
                            yield LibraryMatch(model, section, entry, place)

    def _by_convention(self, index: ClassIndex) -> Iterator[LibraryMatch]:
        """Entries for the public methods of a class that has the right name; likely ones where only its project imports the library."""
        for model, section, entry in self.evaluator.catalogue.conventions:
            methods = [
                one for one in index.definition.methods if one.name in entry.methods and one.visibility == "public"
            ]
            if index.definition.kind != "class" or not methods:
                continue
            if entry.extending is not None and not self._extends(index, model, entry.extending):
                continue
            named = any(model.has_package(item.module) for item in index.module.module.imports)
            if not named and not self.conventions.holds_in_project_of(model, index.module.path):
                continue
            if section == "subscribes" and self._is_marked(index, model):
                continue
            for method in methods:
                place = self.matcher.place(None, index.body, index=index, function=index.module.frame_for(method))
                if conditions.hold_at(place, entry.when):
                    yield LibraryMatch(model, section, entry, place, likely=not named)

    def _listed(self, index: ClassIndex) -> Iterator[LibraryMatch]:
        """Entries for the functions that a field of a class lists (``class WorkerSettings: functions = [print_label]``)."""
        for field in index.definition.fields:
            rows = self.evaluator.catalogue.listed.get(field.name, ()) if field.value is not None else ()
            rows = [row for row in rows if any(row[0].has_package(item.module) for item in index.module.module.imports)]
            place = self.matcher.place(None, index.body, index=index)
            for item in read(place, f"field {field.name}[]") if rows else ():
                if isinstance(item, FunctionRef):
                    yield from self._of_listed(item.frame, index, rows)

    def _of_listed(
        self, function: Frame, index: ClassIndex, rows: Sequence[tuple[CompiledModel, str, Entry]]
    ) -> Iterator[LibraryMatch]:
        outer = function.parent or function.module.top
        for model, section, entry in rows:
            place = self.matcher.place(None, outer, index=index, function=function)
            if conditions.hold_at(place, entry.when):
                yield LibraryMatch(model, section, entry, place)

    def _extends(self, index: ClassIndex, model: CompiledModel, export: str) -> bool:
        """Whether a class extends an export of a library, through classes of the workspace too."""
        return any(
            isinstance(base, External) and base.path[-1:] == (export,) and model.owns(base)
            for base, _, _ in class_hierarchy.external_bases(self.evaluator, index)
        )

    def _is_marked(self, index: ClassIndex, model: CompiledModel) -> bool:
        """Whether a class says by a decorator or a base that it handles messages of a library: no convention is needed to find it."""
        marks = (*self.decorating_class(index), *self._implementing(index))
        return any(match.model is model and match.section == "subscribes" for match in marks)

    def _fields(self, index: ClassIndex) -> Iterator[LibraryMatch]:
        """Entries for fields of a type (``Event<OrderSubmitted> Submitted``)."""
        rows = self.evaluator.catalogue.field_types
        for field in index.definition.fields if rows else ():
            written = field.type
            if written is None or written.name.rpartition(".")[2] not in rows:
                continue
            for meaning in written_types.reference(self.evaluator, written, index.body):
                for model, section, entry in rows[written.name.rpartition(".")[2]]:
                    if model.is_export(entry, meaning):
                        call = ir.Name(field.start, field.end, field.name)
                        place = self.matcher.place(call, index.body, index=index, base=written)
                        place = replace(place, tokens=tuple(entry.registered or ()))
                        if conditions.hold_at(place, entry.when):
                            yield LibraryMatch(model, section, entry, place)

    def _with_within(self, wanted: str | None, place: Place, index: ClassIndex | None) -> Place:
        if wanted is None or index is None:
            return place
        return replace(place, within=_carried(index.definition.decorators, wanted, index.module))

    def _is_unfinished(self, index: ClassIndex) -> bool:
        """Whether nothing is made of a class itself: it is an interface, or left to those that extend it."""
        definition = index.definition
        return definition.kind == "interface" or (
            definition.is_abstract and bool(class_hierarchy.subclasses(self.evaluator, index))
        )

    def _may_implement(self, index: ClassIndex) -> bool:
        """Whether one of the names that a class extends is that of a library's base, or of a class that was seen to extend one."""
        bases = self.evaluator.catalogue.bases
        return any(
            base.name.rpartition(".")[2] in bases
            or index.module.aliases.get(base.name, "") in bases
            or base.name.rpartition(".")[2] in self.own_bases
            for base in index.definition.bases
        )

    def note_bases(self, modules: Sequence[ModuleIndex]) -> None:
        """Remember the classes of these modules that extend what models look for: what extends them is looked at as well."""
        classes = [index for module in modules for index in module.classes if index.definition.bases]
        known = -1
        while known != len(self.own_bases):
            known = len(self.own_bases)
            for index in classes:
                if index.name in self.own_bases or not self._may_implement(index):
                    continue
                if any(
                    self._is_known_base(external)
                    for external, _, _ in class_hierarchy.external_bases(self.evaluator, index)
                ):
                    self.own_bases.add(index.name)

    def _is_known_base(self, base: Denotation) -> bool:
        """Whether a model speaks of classes that extend an export."""
        if not isinstance(base, External) or not base.path:
            return False
        rows = self.evaluator.catalogue.bases.get(base.path[-1], ())
        return any(model.is_export(entry, base) for model, _, entry in rows)

    def _implementing(self, index: ClassIndex) -> Iterator[LibraryMatch]:
        bases = self.evaluator.catalogue.bases
        if not self._may_implement(index) or self._is_unfinished(index):
            return
        taken: set[tuple[object, ...]] = set()
        for external, written, _ in class_hierarchy.external_bases(self.evaluator, index):
            if not isinstance(external, External) or not external.path or _is_open(index, written):
                continue
            for model, section, entry in bases.get(external.path[-1], ()):
                key = (id(model), section, external.path, arguments_of(written))
                if key in taken or not model.is_export(entry, external):
                    continue
                place = self.matcher.place(None, index.body, index=index, base=written)
                place = replace(self._with_within(entry.within, place, index), tokens=tuple(entry.registered or ()))
                if (entry.within is None or place.within is not None) and conditions.hold_at(place, entry.when):
                    taken.add(key)
                    yield LibraryMatch(model, section, entry, place)


def arguments_of(written: ir.TypeRef | None) -> tuple[str, ...]:
    """The names of the arguments with which a type is written."""
    return tuple(part.name for part in written.args) if written is not None else ()


def _is_open(index: ClassIndex, written: ir.TypeRef | None) -> bool:
    """Whether a base is left to a type parameter of the class (``class Audit<T> : IHandle<T>``)."""
    return written is not None and any(part.name in index.definition.type_parameters for part in written.args)


def _carried(decorators: Sequence[ir.Value], wanted: str, module: ModuleIndex) -> ir.Value | None:
    """The decorator of that name among those of a class or function."""
    for decorator in decorators:
        name = decorator_name(decorator)
        if module.aliases.get(name, name) == wanted.rpartition(".")[2]:
            return decorator
    return None
