"""Which library calls a program makes: model entries matched on calls, decorators and classes."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from eventlens import ir
from eventlens.flow import class_hierarchy, conditions, handed_calls, written_types
from eventlens.flow.declared_matches import DeclaredMatches
from eventlens.flow.denotations import (
    Denotation,
    External,
    FunctionRef,
    LibraryMember,
    LibraryValue,
    Parameter,
    Part,
)
from eventlens.flow.library_match import LibraryMatch
from eventlens.flow.library_models import CompiledModel, Entry, Pattern, export_matches, member_matches
from eventlens.flow.matched_place import Place
from eventlens.flow.module_index import last_name
from eventlens.flow.registrations import Registrations
from eventlens.flow.scopes import Frame

if TYPE_CHECKING:
    from eventlens.flow.callers import Callers
    from eventlens.flow.evaluation import Denotations, Evaluator

_MADE_LATER = frozenset(("publishes", "subscribes", "acknowledgements"))
"""Of a call that is handed over, what is looked at."""
_HANDED_OVER = frozenset(("publishes", "subscribes", "effects"))
"""Of a method of something unknown that takes what only one library makes, what is looked at."""


class Matcher:
    """Matches the catalogue's entries against the program."""

    def __init__(self, evaluator: Evaluator, callers: Callers, service_of: Callable[[str], str | None]) -> None:
        self.evaluator = evaluator
        self.callers = callers
        self.service_of = service_of
        evaluator.provided.service_of = service_of
        self.registrations = Registrations(evaluator, service_of)
        self.declared = DeclaredMatches(self)
        self._memo: dict[int, tuple[LibraryMatch, ...]] = {}

    # --------------------------------------------------------------------------------------------------------- calls

    def at_call(self, call: ir.Call, frame: Frame) -> tuple[LibraryMatch, ...]:
        """Every model entry that a call is, over all sections."""
        known = self._memo.get(id(call))
        if known is None:
            own = tuple(self._at_call(call, frame))
            known = self._memo[id(call)] = (*own, *self._handed_to(call, own, frame))
        return known

    def _handed_to(self, call: ir.Call, own: tuple[LibraryMatch, ...], frame: Frame) -> Iterator[LibraryMatch]:
        """The entries that a library's call is which this one is handed, to be made later."""
        for outer, made in handed_calls.made_by(call, own) if own else ():
            for match in self._at_call(made, frame):
                if match.section in _MADE_LATER:
                    yield replace(match, handed_over=outer)

    def _at_call(self, call: ir.Call, frame: Frame) -> Iterator[LibraryMatch]:
        name = last_name(call.callee)
        name = frame.module.aliases.get(name, name) if isinstance(call.callee, ir.Name) else name
        named = self.evaluator.catalogue.calls.get(name, ())
        rows = [*named, *self.evaluator.catalogue.calls.get("*", ())]
        meanings = self.evaluator.evaluate(call.callee, frame)
        if frame.cls is not None and isinstance(call.callee, ir.Super):
            meanings = tuple(
                base
                for base, _, owner in class_hierarchy.external_bases(self.evaluator, frame.cls)
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
        found = list(self._library_meanings(meanings, call, frame))
        for meaning in found:
            for model, section, entry in rows:
                pattern = model.pattern_of(entry)
                key = (id(model), section)
                if key in taken or (entry.send is None) == (id(call) in frame.module.sends):
                    continue
                place = self._place_of(meaning, model, pattern, call, frame)
                if place is not None and len(found) > 1:
                    place = replace(place, others=_made_elsewhere(meaning, found))
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
                    for match in self.declared.decorating(meaning.frame):
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
        rows = self.evaluator.catalogue.calls.get(call.callee.name, ())
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
            if id(model) in given and section in _HANDED_OVER and len(pattern.names) == 1 and pattern.type:
                yield LibraryMember(LibraryValue(model, pattern.type), (call.callee.name,))

    def _likely(self, call: ir.Call, frame: Frame) -> Iterator[LibraryMember]:
        """A receiver whose name suggests a library value, where the module imports that library."""
        if not isinstance(call.callee, ir.Member):
            return
        name = last_name(call.callee.object)
        for model, type_name in self.evaluator.catalogue.likely.get(name, ()):
            if any(model.has_package(item.module) for item in frame.module.module.imports):
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
                return self.place(
                    call, frame, receiver=meaning.value, names=meaning.names, has_braced_keys=model.model.braced_keys
                )
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
            setting=lambda name: (
                self.registrations.setting(frame, name) or self.registrations.setting_of(call, more.get("receiver"), frame, name)
            ), registration=self.registrations.registered, **more,
        )  # fmt: skip

    def take_over(self, other: Matcher, edited: Collection[str]) -> None:
        """Hold what another matcher recorded outside of the edited files."""
        self.registrations.take_over(other.registrations, edited)
        self.declared.own_bases |= other.declared.own_bases

    def forget(self) -> None:
        """Match anew: more is known now of what is injected."""
        self.evaluator.forget()
        self._memo.clear()
        self.declared.forget()

    def forget_matches(self) -> None:
        """Match anew: more is known now of what is set."""
        self._memo.clear()
        self.declared.forget()


def _made_elsewhere(meaning: Denotation, meanings: Collection[Denotation]) -> tuple[LibraryValue, ...]:
    """The other values of the same type, made in the same way, of which a method is called."""
    if not isinstance(meaning, LibraryMember) or meaning.value.call is None:
        return ()
    return tuple(
        other.value
        for other in meanings
        if isinstance(other, LibraryMember)
        and (other.value.model, other.value.type, other.names)
        == (meaning.value.model, meaning.value.type, meaning.names)
        and other.value.source is meaning.value.source
        and other.value.call is not meaning.value.call
    )
