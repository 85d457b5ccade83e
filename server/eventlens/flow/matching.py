"""Which library calls a program makes: model entries matched on calls, decorators and classes."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from eventlens import ir
from eventlens.flow import class_members, conditions, lookups, written_types
from eventlens.flow.denotations import (
    Denotation,
    External,
    FunctionRef,
    LibraryMember,
    LibraryValue,
    Parameter,
    Part,
)
from eventlens.flow.library_models import CompiledModel, Entry, Pattern, export_matches, member_matches
from eventlens.flow.program import ClassIndex, Frame, ModuleIndex, last_name
from eventlens.flow.reading import Place, read, read_first
from eventlens.knowledge.schema import Registration, Setting

if TYPE_CHECKING:
    from eventlens.flow.callers import Callers
    from eventlens.flow.evaluation import Denotations, Evaluator


@dataclass(frozen=True, eq=False)
class LibraryMatch:
    """A model entry that matches at a place in the code."""

    model: CompiledModel
    section: str
    entry: Entry
    place: Place
    likely: bool = False

    @property
    def library(self) -> str:
        return self.model.model.library


_TYPED_PARAMETERS = 2
"""A function's type is told by one of so many of its first parameters (a context may stand before the message)."""
_ITERATION = ("__aiter__", "__iter__")
_ENTERING = ("__aenter__", "__enter__")


class Matcher:
    """Matches the catalogue's entries against the program."""

    def __init__(self, evaluator: Evaluator, callers: Callers, service_of: Callable[[str], str | None]) -> None:
        self.evaluator = evaluator
        self.callers = callers
        self.service_of = service_of
        self.settings: dict[tuple[str | None, str], list[tuple[Place, str]]] = {}
        """(service, name) → where its value is read."""
        self._shared: dict[str, list[tuple[Place, str]]] = {}
        """What holds for services that do not say it themselves: name → where its value is read."""
        self.own_bases: set[str] = set()
        """Names of classes that extend what models look for."""
        self._users: dict[str, frozenset[str | None]] = {}
        """File → the services that import it."""
        self.registrations: dict[str, list[tuple[Place, dict[str, str], LibraryMatch]]] = {}
        """Token → (place at the registered element, names → paths, the match)."""
        self._memo: dict[int, tuple[LibraryMatch, ...]] = {}

    # --------------------------------------------------------------------------------------------------------- calls

    def at_call(self, call: ir.Call, frame: Frame) -> tuple[LibraryMatch, ...]:
        """Every model entry that a call is, over all sections."""
        known = self._memo.get(id(call))
        if known is None:
            known = self._memo[id(call)] = tuple(self._at_call(call, frame))
        return known

    def _at_call(self, call: ir.Call, frame: Frame) -> Iterator[LibraryMatch]:
        name = last_name(call.callee)
        name = frame.module.aliases.get(name, name) if isinstance(call.callee, ir.Name) else name
        named = self.evaluator.catalogue.calls.get(name, ())
        rows = [*named, *self.evaluator.catalogue.calls.get("*", ())]
        meanings = self.evaluator.evaluate(call.callee, frame)
        if frame.cls is not None and isinstance(call.callee, ir.Super):
            meanings = tuple(
                base
                for base, _, owner in class_members.external_bases(self.evaluator, frame.cls)
                if owner is frame.cls and isinstance(base, External)
            )
            rows = self._rows_of(meanings)
        elif call.is_new and isinstance(call.callee, ir.Name) and not named:
            rows = self._rows_of(
                meanings
            )  # a class in a variable (``const Chosen = pro ? QueuePro : Queue; new Chosen('orders')``)
        if any(isinstance(meaning, LibraryValue | Parameter) for meaning in meanings):
            rows = [*rows, *self.evaluator.catalogue.calls.get("()", ())]
        yield from self._described(meanings, call, frame)
        if not rows:
            return
        taken: set[tuple[int, str]] = set()
        for meaning in self._library_meanings(meanings, call, frame):
            for model, section, entry in rows:
                pattern = model.pattern_of(entry)
                key = (id(model), section)
                if key in taken or (entry.send is None) == (id(call) in frame.module.sends):
                    continue
                place = self._place_of(meaning, model, pattern, call, frame)
                place = (
                    replace(place, tokens=tuple(entry.registered)) if place is not None and entry.registered else place
                )
                if place is not None and conditions.hold_at(place, entry.when):
                    taken.add(key)
                    yield LibraryMatch(
                        model, section, entry, place, isinstance(meaning, LibraryMember) and meaning.value.likely
                    )

    def _described(self, meanings: Denotations, call: ir.Call, frame: Frame) -> Iterator[LibraryMatch]:
        """The effects that decorators say of a method without a body: the library makes its code (``[Post("/payments")] Task Pay(…)``)."""
        for meaning in meanings:
            if isinstance(meaning, FunctionRef) and meaning.frame.function is not None:
                function = meaning.frame.function
                if function.body is None and function.decorators:
                    for match in self.decorating(meaning.frame):
                        if match.section == "effects":
                            yield replace(match, place=replace(match.place, call=call, frame=frame))

    def _rows_of(self, meanings: Denotations) -> list[tuple[CompiledModel, str, Entry]]:
        return [
            row
            for found in meanings
            if isinstance(found, External) and found.path
            for row in self.evaluator.catalogue.calls.get(found.path[-1], ())
        ]

    def left_to_callers(self, call: ir.Call, frame: Frame) -> tuple[LibraryMatch, ...]:
        """The first entry of each publishing or subscribing section none of whose alternatives holds here, while callers may make one hold."""
        rows = [
            row
            for row in self.evaluator.catalogue.calls.get(last_name(call.callee), ())
            if row[1] in ("publishes", "subscribes") and row[2].when
        ]
        if not rows:
            return ()
        decided = {(id(match.model), match.section) for match in self.at_call(call, frame)}
        found: dict[tuple[int, str], LibraryMatch] = {}
        for meaning in self._library_meanings(self.evaluator.evaluate(call.callee, frame), call, frame):
            for model, section, entry in rows:
                key = (id(model), section)
                if key in decided or key in found:
                    continue
                place = self._place_of(meaning, model, model.pattern_of(entry), call, frame)
                if place is not None and conditions.left_to_callers(place, entry.when):
                    found[key] = LibraryMatch(
                        model, section, entry, place, isinstance(meaning, LibraryMember) and meaning.value.likely
                    )
        return tuple(found.values())

    def alternatives(self, match: LibraryMatch) -> list[LibraryMatch]:
        """The entries of a match's section with the same pattern, in their order, as matches of the same place."""
        wanted = match.model.pattern_of(match.entry)
        entries = getattr(match.model.model, match.section)
        return [replace(match, entry=entry) for entry in entries if match.model.pattern_of(entry) == wanted]

    def _library_meanings(self, meanings: Denotations, call: ir.Call, frame: Frame) -> Iterator[Denotation]:
        """What the callee is, preferring what is known; an untyped parameter is what its callers pass."""
        found = [m for m in meanings if isinstance(m, LibraryMember | External | LibraryValue)]
        for meaning in meanings:
            if isinstance(meaning, Parameter):
                found.extend(
                    m for m in written_types.declared_types(self.evaluator, meaning) if isinstance(m, LibraryValue)
                )
        found.sort(key=lambda m: isinstance(m, LibraryMember) and m.value.call is None)
        yield from found
        if found:
            return
        for meaning in meanings:
            if isinstance(meaning, Part) and isinstance(meaning.base, Parameter | Part):
                for value in self.callers.library_values(meaning.base):
                    yield LibraryMember(value, (meaning.step,))
        if any(isinstance(meaning, FunctionRef) for meaning in meanings):
            return
        handed = list(self._handed_over(call, frame))
        yield from handed or self._likely(call, frame)

    def _handed_over(self, call: ir.Call, frame: Frame) -> Iterator[LibraryMember]:
        """A receiver of which nothing is known, whose method takes a value that only one library makes
        (``clients.forQueue("orders").sendMessage(SendMessageRequest.builder()…)``)."""
        if not isinstance(call.callee, ir.Member):
            return
        rows = self.evaluator.catalogue.site_calls.get(call.callee.name, ())
        if not rows:
            return
        given = {
            id(value.model)
            for argument in call.args
            for value in self.evaluator.evaluate(argument.value, frame)
            if isinstance(value, LibraryValue) and value.call is not None
        }
        for model, section, entry in rows if given else ():
            pattern = model.pattern_of(entry)
            if (
                id(model) in given
                and section in ("publishes", "subscribes")
                and len(pattern.names) == 1
                and pattern.type
            ):
                yield LibraryMember(LibraryValue(model, pattern.type), (call.callee.name,))

    def _likely(self, call: ir.Call, frame: Frame) -> Iterator[LibraryMember]:
        """A receiver whose name suggests a library value, where the module imports that library."""
        if not isinstance(call.callee, ir.Member):
            return
        name = last_name(call.callee.object)
        for model, type_name in self.evaluator.catalogue.likely.get(name, ()):
            if any(
                item.module == package or item.module.startswith((package + "/", package + "."))
                for item in frame.module.module.imports
                for package in model.model.packages
            ):
                yield LibraryMember(LibraryValue(model, type_name, likely=True), (call.callee.name,))

    def _place_of(
        self, meaning: Denotation, model: CompiledModel, pattern: Pattern, call: ir.Call, frame: Frame
    ) -> Place | None:
        if isinstance(meaning, LibraryMember):
            if (
                meaning.value.model is model
                and pattern.type == meaning.value.type
                and member_matches(pattern, meaning.names)
            ):
                return self.place(call, frame, receiver=meaning.value, names=meaning.names)
            return None
        if isinstance(meaning, LibraryValue):
            if meaning.model is model and pattern.type == meaning.type and pattern.names == ("()",):
                return self.place(call, frame, receiver=meaning)
            return None
        if (
            isinstance(meaning, External)
            and not pattern.type
            and model.owns(meaning)
            and "()" not in meaning.path
            and export_matches(pattern, meaning)
        ):
            return self.place(call, frame, names=meaning.path)
        return None

    def at_receiver(self, call: ir.Call, frame: Frame) -> list[LibraryValue]:
        """The library values on which a method call is made."""
        found: list[LibraryValue] = []
        for meaning in self.evaluator.evaluate(call.callee, frame):
            if isinstance(meaning, LibraryMember):
                found.append(meaning.value)
            elif isinstance(meaning, LibraryValue) and meaning.parent is not None:
                found.append(meaning.parent)
            elif isinstance(meaning, Part) and isinstance(meaning.base, Parameter | Part):
                found.extend(self.callers.library_values(meaning.base, typed=True))
        return found

    def place(self, call: ir.Value | None, frame: Frame, **more: Any) -> Place:
        """A place with the settings and registrations that hold there."""
        return Place(
            self.evaluator, call, frame,
            setting=lambda name: self._setting(frame, name), registration=self.registered, **more,
        )  # fmt: skip

    # ------------------------------------------------------------------------------------------ settings, registrations

    def record_setting(self, match: LibraryMatch) -> None:
        """Remember a service-wide setting."""
        frame = match.place.frame
        assert frame is not None
        service = self.service_of(frame.module.path)
        assert isinstance(match.entry, Setting)
        for name, path in match.entry.bind.items():
            self.settings.setdefault((service, name), []).append((match.place, path))
            if match.entry.shared:
                self._shared.setdefault(name, []).append((match.place, path))

    def record_registration(self, match: LibraryMatch) -> None:
        """Remember what is registered under which injection tokens."""
        entry = match.entry
        assert isinstance(entry, Registration)
        places = (
            [replace(match.place, element=(value,)) for value in read(match.place, entry.each)]
            if entry.each
            else [match.place]
        )
        for place in places:
            for token in read_first(place, entry.token):
                text = lookups.token_text(token)
                self.registrations.setdefault(text, []).append((place, entry.bind, match))
                if entry.bind:
                    self.evaluator.registered.add((match.library, text))
                for value in read_first(place, entry.value):
                    self.evaluator.injections[text] = (*self.evaluator.injections.get(text, ()), value)

    def take_over(self, other: Matcher, edited: Collection[str]) -> None:
        """Hold what another matcher recorded of settings and registrations, outside of the edited files."""
        for setting, places in other.settings.items():
            self.settings[setting] = [one for one in places if not _stands_in(one[0], edited)]
        self.own_bases |= other.own_bases
        for name, said in other._shared.items():
            self._shared[name] = [one for one in said if not _stands_in(one[0], edited)]
        for token, found in other.registrations.items():
            self.registrations[token] = [one for one in found if not _stands_in(one[0], edited)]
        self.evaluator.injections.update(other.evaluator.injections)
        self.evaluator.registered.update(other.evaluator.registered)

    def forget(self) -> None:
        """Match anew: more is known now of what is injected."""
        self.evaluator.forget()
        self._memo.clear()

    def forget_matches(self) -> None:
        """Match anew: more is known now of what is set."""
        self._memo.clear()

    def _setting(self, frame: Frame, name: str) -> Denotations:
        service = self.service_of(frame.module.path)
        said = self.settings.get((service, name)) or [
            one for one in self._shared.get(name, ()) if self._is_used_by(one[0], service)
        ]
        return tuple(dict.fromkeys(d for place, path in said for d in read(place, path)))

    def _is_used_by(self, place: Place, service: str | None) -> bool:
        """Whether code of a service imports the file of a place."""
        assert place.frame is not None
        path = place.frame.module.path
        known = self._users.get(path)
        if known is None:
            importers = self.evaluator.program.workspace.importers_of(path)
            known = self._users[path] = frozenset(self.service_of(one) for one in importers)
        return service in known

    def registered(self, place: Place, name: str) -> Denotations:
        """What is registered under ``name`` for the receiver of a place, its class, or the tokens that its entry names."""
        found: list[Denotation] = []
        for token in self._tokens(place):
            for made, paths, match in self.registrations.get(token, ()):
                if name in paths and self._holds_for(match, place):
                    found.extend(read(made, paths[name]))
            if found:
                break
        return tuple(dict.fromkeys(found))

    def _holds_for(self, match: LibraryMatch, place: Place) -> bool:
        """Whether a registration speaks of the code of a place: of the same service, where it says so."""
        assert isinstance(match.entry, Registration)
        if not match.entry.own_service or match.place.frame is None or place.frame is None:
            return True
        return self.service_of(match.place.frame.module.path) == self.service_of(place.frame.module.path)

    def _tokens(self, place: Place) -> Iterator[str]:
        token = self.token_of(place.receiver)
        if token:
            yield token
        if place.index is not None and place.call is None:
            yield place.index.name
        for path in place.tokens:
            yield from (lookups.token_text(value) for value in read(place, path))

    def token_of(self, value: LibraryValue | None) -> str:
        """The injection token of a library value, "" where it has none."""
        while value is not None:
            token = lookups.token_of(self.evaluator, value)
            if token:
                return token
            value = value.parent
        return ""

    # ------------------------------------------------------------------------------------------- decorators and classes

    def in_module(self, module: ModuleIndex) -> Iterator[LibraryMatch]:
        """Entries matched by decorators on functions and classes, and by what classes extend."""
        for frame in module.frames:
            if frame.function is not None and frame.function.decorators:
                yield from self._decorated(frame)
            if frame.function is not None and frame.function.parameters:
                yield from self._by_parameters(frame)
        for index in module.classes:
            for decorator in index.definition.decorators:
                yield from self._on_decorator(decorator, index.frame, None, index)
            if index.definition.bases:
                yield from self._implementing(index)
            yield from self._fields(index)
            yield from self._by_convention(index)

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
                        found.append(LibraryMatch(model, section, entry, self.place(value, frame, receiver=meaning)))
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
                            place = self.place(inner, frame, receiver=meaning)
                            if (
                                meaning.model is model
                                and pattern.type == meaning.type
                                and conditions.hold_at(place, entry.when)
                            ):
                                yield LibraryMatch(model, section, entry, place)

    def _decorated(self, frame: Frame) -> Iterator[LibraryMatch]:
        assert frame.function is not None
        outer = frame.cls.body if frame.cls is not None else frame.parent or frame
        for decorator in frame.function.decorators:
            yield from self._on_decorator(decorator, outer, frame, frame.cls)

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
        rows = self.evaluator.catalogue.decorators.get(outer.module.aliases.get(name, name), ())
        called = self.evaluator.catalogue.decorators.get("()", ())
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
                if place is None or not self._within(entry.within, place, index, model):
                    continue
                place = self._with_within(entry.within, place, index)
                if entry.beside is not None and function is not None:
                    carried = function.function.decorators if function.function is not None else ()
                    place = replace(place, beside=_carried(carried, entry.beside, function.module))
                if (entry.beside is None or place.beside is not None) and conditions.hold_at(place, entry.when):
                    taken.add((id(model), section))
                    yield LibraryMatch(model, section, entry, place)

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
                return self.place(
                    decorator, outer, receiver=meaning.value, decorator=decorator, function=function, index=index
                )
        elif isinstance(meaning, LibraryValue):
            if meaning.model is model and pattern == (meaning.type, ("()",)):
                return self.place(
                    decorator, outer, receiver=meaning, decorator=decorator, function=function, index=index
                )
        elif (
            isinstance(meaning, External)
            and not pattern.type
            and model.owns(meaning)
            and export_matches(pattern, meaning)
        ):
            return self.place(decorator, outer, decorator=decorator, function=function, index=index)
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
                    if (
                        isinstance(meaning, External)
                        and model.owns(meaning)
                        and export_matches(model.pattern_of(entry), meaning)
                    ):
                        place = self.place(None, outer, function=frame, index=frame.cls, base=written)
                        if (id(model), section) not in taken and conditions.hold_at(place, entry.when):
                            taken.add((id(model), section))
                            yield LibraryMatch(model, section, entry, place)

    def _by_convention(self, index: ClassIndex) -> Iterator[LibraryMatch]:
        """Entries for the methods of a class that has the right name, in a file that imports the library."""
        for model, section, entry in self.evaluator.catalogue.conventions:
            if index.definition.kind != "class" or not _imports(index.module, model):
                continue
            for method in index.definition.methods:
                if method.name not in entry.methods:
                    continue
                place = self.place(None, index.body, index=index, function=index.module.frame_for(method))
                if conditions.hold_at(place, entry.when):
                    yield LibraryMatch(model, section, entry, place)

    def _fields(self, index: ClassIndex) -> Iterator[LibraryMatch]:
        """Entries for fields of a type (``Event<OrderSubmitted> Submitted``)."""
        rows = self.evaluator.catalogue.field_types
        for field in index.definition.fields if rows else ():
            written = field.type
            if written is None or written.name.rpartition(".")[2] not in rows:
                continue
            for meaning in written_types.reference(self.evaluator, written, index.body):
                for model, section, entry in rows[written.name.rpartition(".")[2]]:
                    if (
                        isinstance(meaning, External)
                        and model.owns(meaning)
                        and export_matches(model.pattern_of(entry), meaning)
                    ):
                        call = ir.Name(field.start, field.end, field.name)
                        place = self.place(call, index.body, index=index, base=written)
                        if conditions.hold_at(place, entry.when):
                            yield LibraryMatch(model, section, entry, place)

    def _within(self, wanted: str | None, place: Place, index: ClassIndex | None, model: CompiledModel) -> bool:
        return wanted is None or (index is not None and self._class_decorator(index, wanted) is not None)

    def _with_within(self, wanted: str | None, place: Place, index: ClassIndex | None) -> Place:
        if wanted is None or index is None:
            return place
        return replace(place, within=self._class_decorator(index, wanted))

    def _class_decorator(self, index: ClassIndex, wanted: str) -> ir.Value | None:
        return _carried(index.definition.decorators, wanted, index.module)

    def _is_unfinished(self, index: ClassIndex) -> bool:
        """Whether nothing is made of a class itself: it is an interface, or left to those that extend it."""
        definition = index.definition
        return definition.kind == "interface" or (
            definition.is_abstract and bool(class_members.subclasses(self.evaluator, index))
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
                    for external, _, _ in class_members.external_bases(self.evaluator, index)
                ):
                    self.own_bases.add(index.name)

    def _is_known_base(self, base: Denotation) -> bool:
        """Whether a model speaks of classes that extend an export."""
        if not isinstance(base, External) or not base.path:
            return False
        rows = self.evaluator.catalogue.bases.get(base.path[-1], ())
        return any(model.owns(base) and export_matches(model.pattern_of(entry), base) for model, _, entry in rows)

    def _implementing(self, index: ClassIndex) -> Iterator[LibraryMatch]:
        bases = self.evaluator.catalogue.bases
        if not self._may_implement(index) or self._is_unfinished(index):
            return
        taken: set[tuple[object, ...]] = set()
        for external, written, _ in class_members.external_bases(self.evaluator, index):
            if not isinstance(external, External) or not external.path or _is_open(index, written):
                continue
            for model, section, entry in bases.get(external.path[-1], ()):
                key = (id(model), section, external.path, arguments_of(written))
                if key in taken or not model.owns(external) or not export_matches(model.pattern_of(entry), external):
                    continue
                place = self.place(None, index.body, index=index, base=written)
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
        callee = decorator.callee if isinstance(decorator, ir.Call) else decorator
        name = last_name(callee)
        if module.aliases.get(name, name) == wanted.rpartition(".")[2]:
            return decorator
    return None


def _imports(module: ModuleIndex, model: CompiledModel) -> bool:
    return any(
        item.module == package or item.module.startswith((package + ".", package + "/"))
        for item in module.module.imports
        for package in model.model.packages
    )


def _stands_in(place: Place, paths: Collection[str]) -> bool:
    return place.frame is not None and place.frame.module.path in paths
