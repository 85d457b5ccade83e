"""Settings of whole services, and what is registered under which tokens: known before places are read that ask for them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from eventlens import ir
from eventlens.config.configuration_keys import canonical
from eventlens.flow import lookups, settings_objects
from eventlens.flow.denotations import ClassRef, Denotation, Instance, LibraryValue, Scalar
from eventlens.flow.library_match import LibraryMatch
from eventlens.flow.matched_place import Place
from eventlens.flow.module_index import last_name
from eventlens.flow.provided import Injection
from eventlens.flow.reading import read, read_first
from eventlens.flow.scopes import ClassIndex, Frame
from eventlens.flow.walk import values_in
from eventlens.knowledge.schema import PartOfService, Registration, Setting

if TYPE_CHECKING:
    from eventlens.flow.evaluation import Denotations, Evaluator


class Registrations:
    """What the program sets and registers."""

    def __init__(self, evaluator: Evaluator, service_of: Callable[[str], str | None]) -> None:
        self.evaluator = evaluator
        self.service_of = service_of
        self.settings: dict[tuple[str | None, str], list[tuple[Place, str]]] = {}
        """(service, name) → where its value is read."""
        self._shared: dict[str, list[tuple[Place, str]]] = {}
        """What holds for services that do not say it themselves: name → where its value is read."""
        self._of_values: dict[tuple[str | None, str], list[tuple[Place, str]]] = {}
        """(service, name) → where is read what is set of single values."""
        self._starts: list[tuple[Place, str]] = []
        """The places that set something for a part of a service, and where the class is read from which imports lead to that part."""
        self._users: dict[str, frozenset[str | None]] = {}
        """File → the services that import it."""
        self._above: dict[str, frozenset[str]] = {}
        """File → the files from which imports lead to it."""
        self.by_token: dict[str, list[tuple[Place, dict[str, str], LibraryMatch]]] = {}
        """Token → (place at the registered element, names → paths, the match)."""
        self._parts_made: dict[tuple[str, ...], tuple[int, set[str]]] = {}
        """Types that a part of a service has → the program's generation and the names of the parts that were found then."""

    def record_setting(self, match: LibraryMatch) -> None:
        """Remember a service-wide setting."""
        frame = match.place.frame
        assert frame is not None
        service = self.service_of(frame.module.path)
        assert isinstance(match.entry, Setting)
        if match.entry.reaches_from is not None:
            self._starts.append((match.place, match.entry.reaches_from))
        for name, path in match.entry.bind.items():
            if match.entry.of_receiver:
                self._of_values.setdefault((service, name), []).append((match.place, path))
                continue
            self.settings.setdefault((service, name), []).append((match.place, path))
            if match.entry.shared:
                self._shared.setdefault(name, []).append((match.place, path))

    def record_registration(self, match: LibraryMatch) -> bool:
        """Remember what is registered under which injection tokens; whether anything may mean something else from now on."""
        entry, frame = match.entry, match.place.frame
        assert isinstance(entry, Registration) and frame is not None
        places = (
            [replace(match.place, element=(value,)) for value in read(match.place, entry.each)]
            if entry.each
            else [match.place]
        )
        if entry.provided:
            return self._record_provided(match.place, entry)
        for place in places:
            for token in read_first(place, entry.token):
                text = lookups.token_text(token)
                self.by_token.setdefault(text, []).append((place, entry.bind, match))
                if entry.bind:
                    self.evaluator.registered.add((match.library, text))
                known = self.evaluator.injections.get(text, ())
                given = (Injection(frame.module.path, value) for value in read_first(place, entry.value))
                self.evaluator.injections[text] = (*known, *given)
        return True

    def _record_provided(self, place: Place, entry: Registration) -> bool:
        assert place.frame is not None
        names = [lookups.token_text(token) for token in read_first(place, entry.token)]
        given = read_first(place, entry.value)
        made = [one for one in given if isinstance(one, LibraryValue) and one.call is not None] or self._filled(
            place, given
        )
        written = _written_type(place)
        if made or written:
            self.evaluator.provided.record(place.frame.module.path, names, made[0] if made else None, written)
        return bool(made)

    def _filled(self, place: Place, made: Denotations) -> list[Instance]:
        """Objects that a factory makes for the container to fill in from a section of the configuration, which a decorator beside says."""
        function = place.function.function if place.function is not None else None
        objects = [one for one in made if isinstance(one, Instance)]
        if function is None or place.frame is None or not objects:
            return []
        section = settings_objects.section_said(self.evaluator, function.decorators, place.frame)
        return [replace(one, section=canonical(section)) for one in objects] if section else []

    def take_over(self, other: Registrations, edited: Collection[str]) -> None:
        """Hold what was recorded elsewhere, outside of the edited files."""
        for setting, places in other.settings.items():
            self.settings[setting] = [one for one in places if not _stands_in(one[0], edited)]
        for setting, places in other._of_values.items():
            self._of_values[setting] = [one for one in places if not _stands_in(one[0], edited)]
        self._starts.extend(one for one in other._starts if not _stands_in(one[0], edited))
        for name, said in other._shared.items():
            self._shared[name] = [one for one in said if not _stands_in(one[0], edited)]
        for token, found in other.by_token.items():
            self.by_token[token] = [one for one in found if not _stands_in(one[0], edited)]
        for token, provided in other.evaluator.injections.items():
            self.evaluator.injections[token] = tuple(one for one in provided if one.path not in edited)
        self.evaluator.registered.update(other.evaluator.registered)
        self.evaluator.provided.take_over(other.evaluator.provided, edited)

    def of_part(self, place: Place, part: PartOfService) -> Place:
        """A place at which only those settings hold that are set for a part of its service, or for all of it; the same place where it
        names a part that is set up elsewhere."""
        frame, named = place.frame, [one.value for one in read_first(place, part.name) if isinstance(one, Scalar)]
        if frame is None or (named and named[0] not in self._parts(part)):
            return place
        names = {str(one) for one in named} or {part.default}
        return replace(place, setting=lambda name: self.setting(frame, name, lambda one: _is_of(one, part, names)))

    def _parts(self, part: PartOfService) -> set[str]:
        """The names of the parts that the program sets up."""
        program, types = self.evaluator.program, tuple(part.made_by)
        known = self._parts_made.get(types)
        if known is None or known[0] != program.generation:
            frames = (frame for module in program.loaded() for frame in module.frames)
            made = [one.function for one in frames if one.function is not None and _makes(one.function, part)]
            known = self._parts_made[types] = (program.generation, {name for one in made for name in _names_of(one)})
        return known[1]

    def setting(self, frame: Frame, name: str, holds: Callable[[Place], bool] = lambda _: True) -> Denotations:
        """What a setting is in the service of a scope, or in the part of it that holds the scope; only where it is set at places that hold."""
        service = self.service_of(frame.module.path)
        said = self._said_for(service, name) or self._said_above(frame, name)
        said = [one for one in said if holds(one[0])]
        if len(said) > 1:
            starts = {id(place): path for place, path in self._starts}
            said = [one for one in said if self._leads_to(frame, one[0], starts.get(id(one[0])))] or said
        return tuple(dict.fromkeys(d for place, path in said for d in read(place, path)))

    def setting_of(self, call: ir.Value | None, receiver: LibraryValue | None, frame: Frame, name: str) -> Denotations:
        """What is set of the value on which a call is made; where only its type is known, what its class sets of what is called alike."""
        said = self._of_values.get((self.service_of(frame.module.path), name), [])
        if receiver is None or not said:
            return ()
        found = [one for one in said if _is_same(one[0].receiver, receiver)]
        if not found and receiver.call is None:
            name_of = _called_on(call)
            found = [one for one in said if frame.cls is _class_of(one[0]) and _called_on(one[0].call) == name_of != ""]
        return tuple(dict.fromkeys(d for place, path in found for d in read(place, path)))

    def _said_for(self, service: str | None, name: str) -> list[tuple[Place, str]]:
        """Where a service says a setting, or code that it shares with others."""
        own = self.settings.get((service, name))
        return own or [one for one in self._shared.get(name, ()) if self._is_used_by(one[0], service)]

    def _said_above(self, frame: Frame, name: str) -> list[tuple[Place, str]]:
        """What a setting is in the nearest of the projects that the one of a scope becomes part of."""
        for folder in self.evaluator.program.workspace.projects_using(frame.module.path):
            said = self._said_for(self.service_of(f"{folder}/"), name)
            if said:
                return said
        return []

    def _leads_to(self, frame: Frame, place: Place, start: str | None) -> bool:
        """Whether a setting's place says it for the code of a scope: for the whole service, or for a part that imports lead to."""
        begun = [one.index.module.path for one in read(place, start) if isinstance(one, ClassRef)] if start else []
        return not begun or any(path in self._files_above(frame.module.path) for path in begun)

    def _files_above(self, path: str) -> frozenset[str]:
        """The files from which imports lead to a file, itself among them."""
        if path not in self._above:
            found, left = {path}, [path]
            while left:
                new = [one for one in self.evaluator.program.workspace.importers_of(left.pop()) if one not in found]
                found.update(new)
                left.extend(new)
            self._above[path] = frozenset(found)
        return self._above[path]

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
            for made, paths, match in self.by_token.get(token, ()):
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


def _written_type(place: Place) -> str:
    """The type that a factory is written to make: a function's, or the type argument of a call; "" where neither says it."""
    function = place.function.function if place.function is not None else None
    written = function.returns if function is not None else None
    if isinstance(place.call, ir.Call) and place.call.type_args:
        written = place.call.type_args[0]
    return written.name.rpartition(".")[2] if written is not None else ""


def _is_of(place: Place, part: PartOfService, names: Collection[str]) -> bool:
    """Whether something is set for a part of one of some names, or for no part in particular."""
    function = _function_around(place.frame)
    return function is None or not _makes(function, part) or not _names_of(function).isdisjoint(names)


def _makes(function: ir.Function, part: PartOfService) -> bool:
    return function.returns is not None and function.returns.name.rpartition(".")[2] in part.made_by


def _names_of(function: ir.Function) -> set[str]:
    """What something that a function makes is called: like the function, or as a decorator says."""
    return {function.name, *(text for one in function.decorators for text in _texts_written(one))}


def _function_around(frame: Frame | None) -> ir.Function | None:
    """The named function in which a scope stands."""
    while frame is not None and frame.function is not None and frame.function.kind == "lambda":
        frame = frame.parent
    return frame.function if frame is not None else None


def _texts_written(value: ir.Value) -> Iterator[str]:
    for inner in values_in(value):
        if isinstance(inner, ir.Literal) and isinstance(inner.value, str):
            yield inner.value


def _is_same(one: LibraryValue | None, other: LibraryValue) -> bool:
    """Whether two library values are made at the same place."""
    return one is not None and one.call is not None and one.call is other.call


def _class_of(place: Place) -> ClassIndex | None:
    return place.frame.cls if place.frame is not None else None


def _called_on(call: ir.Value | None) -> str:
    """The name of that on which a call is made, "" where it has none."""
    callee = call.callee if isinstance(call, ir.Call) else None
    return last_name(callee.object) if isinstance(callee, ir.Member) else ""


def _stands_in(place: Place, paths: Collection[str]) -> bool:
    return place.frame is not None and place.frame.module.path in paths
