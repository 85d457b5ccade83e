"""All library models that hold for a workspace, by the names under which their entries can appear in code."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import cached_property

from eventlens.flow.denotations import External
from eventlens.flow.library_models import (
    BY_CLASS_AND_FIELD,
    BY_CLASS_AND_METHOD,
    SECTIONS,
    SITE_SECTIONS,
    CompiledModel,
    Entry,
    ValueType,
    family_of,
)
from eventlens.knowledge.schema import Model


class Catalogue:
    """All enabled models, indexed by the last name under which their entries can appear in code."""

    def __init__(self, models: Sequence[Model]) -> None:
        self.models = [CompiledModel(model) for model in models]
        self.site_calls: dict[str, list[tuple[CompiledModel, str, Entry]]] = defaultdict(list)
        """Last name → (model, section, entry) of the sections that make sites, channels and settings."""
        self._site_names: dict[frozenset[str], frozenset[str]] = {}
        """Packages that a workspace mentions → the answer of `site_names`: each keystroke asks it again."""
        self.calls: dict[str, list[tuple[CompiledModel, str, Entry]]] = defaultdict(list)
        """The same over all sections; wildcards are under ``*``."""
        self.decorators: dict[str, list[tuple[CompiledModel, str, Entry]]] = defaultdict(list)
        self.bases: dict[str, list[tuple[CompiledModel, str, Entry]]] = defaultdict(list)
        self.typed: dict[str, list[tuple[CompiledModel, str, Entry]]] = defaultdict(list)
        """Last name of a type → entries for functions whose parameter is declared so."""
        self.field_types: dict[str, list[tuple[CompiledModel, str, Entry]]] = defaultdict(list)
        """Last name of a type → entries for fields that are declared so."""
        self.conventions: list[tuple[CompiledModel, str, Entry]] = []
        """Entries for methods of classes that need no mark (``Match.convention``: ``class-method``)."""
        self.listed: dict[str, list[tuple[CompiledModel, str, Entry]]] = defaultdict(list)
        """Name of a field → entries for the functions that it lists (``Match.convention``: ``class-field``)."""
        self.extensions: dict[str, list[CompiledModel]] = defaultdict(list)
        """Exports that are called like methods of other values → the models that say so."""
        self.located: dict[str, str] = {}
        """Names of methods that hand out values of their type argument → "one" or "all"."""
        self.likely: dict[str, list[tuple[CompiledModel, str]]] = defaultdict(list)
        """Receiver name → (model, value type) that it suggests."""
        self._of_package: dict[tuple[str, str], list[CompiledModel]] = {}
        self.by_package: dict[str, list[CompiledModel]] = defaultdict(list)
        for compiled in self.models:
            self._file(compiled)
        self._switched_on_by = {id(one): frozenset(one.model.packages) for one in self.models}
        """Model → the packages whose mention makes its entries worth looking for."""
        self._file_provided()
        self.registration_names = frozenset(
            compiled.pattern_of(entry).names[-1] for compiled in self.models for entry in compiled.model.registrations
        )  # fmt: skip
        """Last names of the calls and decorators that register values for injection."""
        self.handing_names = frozenset(
            compiled.pattern_of(entry).names[-1]
            for compiled in self.models
            for entry in (
                *compiled.model.applications,
                *(one for one in compiled.model.transactions if one.kind == "after-commit"),
            )
        )
        """Last names of the calls that are handed a function which they make later."""
        self.filling_names = frozenset(
            pattern.names[-1] for compiled in self.models for pattern, lookup in compiled.lookups if lookup.fills
        )
        """Last names of the calls that fill an object with what a configuration file holds."""
        self.callback_names = frozenset(
            row[0].names[-1] for compiled in self.models for row in compiled.parameter_sources
        )
        """Last names of calls that hand library values to callbacks; "()" where calling a value does."""
        self.overridden_names = frozenset(row[1][0] for compiled in self.models for row in compiled.method_sources)
        """Methods that get library values when a user's class overrides them."""

    def _file(self, compiled: CompiledModel) -> None:
        for package in compiled.model.packages:
            self.by_package[package].append(compiled)
        if compiled.model.globals:
            self.by_package["global"].append(compiled)
        self.located.update(compiled.model.located)
        for extension in compiled.model.extensions:
            self.extensions[extension].append(compiled)
        for type_name, names in compiled.model.likely.items():
            for name in names:
                self.likely[name].append((compiled, type_name))
        for section in SECTIONS:
            for entry in getattr(compiled.model, section):
                pattern = compiled.pattern_of(entry)
                row = (compiled, section, entry)
                if entry.call or entry.constructs or entry.send:
                    last = pattern.names[-1]
                    self.calls[last].append(row)
                    if section in SITE_SECTIONS:
                        self.site_calls[last].append(row)
                elif entry.decorator:
                    self.decorators[pattern.names[-1]].append(row)
                elif entry.implements:
                    self.bases[pattern.names[-1]].append(row)
                elif entry.typed:
                    self.typed[pattern.names[-1]].append(row)
                elif entry.field_type:
                    self.field_types[pattern.names[-1]].append(row)
                elif entry.convention == BY_CLASS_AND_METHOD:
                    self.conventions.append(row)
                elif entry.convention == BY_CLASS_AND_FIELD:
                    for name in entry.fields:
                        self.listed[name].append(row)

    def _file_provided(self) -> None:
        for wrapper in self.models:
            for library, types in wrapper.model.provides.items():
                for wrapped in self.models:
                    if wrapped.model.library != library or wrapped.families.isdisjoint(wrapper.families):
                        continue
                    self._switched_on_by[id(wrapped)] |= frozenset(wrapper.model.packages)
                    for type_name, sources in types.items():
                        wrapper.provide(ValueType(wrapped, type_name), sources)

    def models_for(self, external: External) -> list[CompiledModel]:
        """Models that something external may belong to: of its package, or of the globals, in its language."""
        found = self._of_package.get((external.package, external.family))
        if found is None:
            found = [
                model
                for model in self.models_of(external.package)
                if not external.family or external.family in model.families
            ]
            self._of_package[(external.package, external.family)] = found
        return found

    def speaks_of(self, external: External) -> bool:
        """Whether a model of its package has a word for something external."""
        if not external.package:
            return False
        word = external.path[-1]
        return any(word in model.words and model.owns(external) for model in self.models_for(external))

    def models_of(self, package: str) -> list[CompiledModel]:
        """Models that an import of ``package`` switches on."""
        found: list[CompiledModel] = []
        if not package:
            return self.by_package.get("global", [])
        for separator in (".", "/"):
            name = package
            while name:
                found.extend(model for model in self.by_package.get(name, ()) if model not in found)
                name, cut, _ = name.rpartition(separator)
                if not cut:
                    break
        return found

    def site_names(self, met: Iterable[str]) -> frozenset[str]:
        """Last names of calls that can make sites in a workspace whose files mention the packages ``met``."""
        packages = frozenset(met)
        known = self._site_names.get(packages)
        if known is None:
            known = self._site_names[packages] = frozenset(
                name
                for name, rows in self.site_calls.items()
                if any(
                    "global" in model.model.packages or not packages.isdisjoint(self._switched_on_by[id(model)])
                    for model, _, _ in rows
                )
            )
        return known

    def literals(self) -> list[bytes]:
        """Byte strings one of which a file must contain to be a place where a library is first met."""
        return sorted({name.encode() for names in self._literals.values() for name in names})

    def literals_of(self, language: str) -> frozenset[str]:
        """Those of `literals` that mean something in files of a language: the word `os` of one says nothing in another."""
        return self._literals.get(family_of(language), frozenset())

    @cached_property
    def _literals(self) -> dict[str, frozenset[str]]:
        """Language family → packages of the models that make sites, and of those that register values under longer names."""
        found: dict[str, set[str]] = defaultdict(set)
        for compiled in self.models:
            model = compiled.model
            makes_sites = bool(model.publishes or model.subscribes)
            if makes_sites or model.registrations or model.settings:
                names = [one for one in model.packages if one != "global" and (makes_sites or not one.isalpha())]
                for family in compiled.families:
                    found[family].update(names)
        return {family: frozenset(names) for family, names in found.items()}
