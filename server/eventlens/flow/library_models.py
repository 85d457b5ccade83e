"""Library models compiled for look-up: by the names of exports, by value type and method, by decorator."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple, TypeAlias, TypeVar

from eventlens.flow.denotations import Denotation, External
from eventlens.knowledge.schema import (
    Acknowledge,
    Application,
    Bind,
    Declare,
    Effect,
    Lookup,
    Match,
    Model,
    Publish,
    Registration,
    Setting,
    Source,
    Subscribe,
    Transaction,
)

Entry = Publish | Subscribe | Declare | Bind | Acknowledge | Transaction | Effect | Setting | Registration | Application
_T = TypeVar("_T")

BY_CLASS_AND_METHOD = "class-method"
BY_CLASS_AND_FIELD = "class-field"
"""The convention that a class of some name has a method of some name."""

SECTIONS = (
    "publishes",
    "subscribes",
    "declares",
    "bindings",
    "acknowledgements",
    "transactions",
    "effects",
    "settings",
    "registrations",
    "applications",
    "dispatches",
    "surroundings",
)
SITE_SECTIONS = ("publishes", "subscribes", "declares", "bindings", "settings", "registrations")


_FAMILIES = {"javascript": "typescript", "kotlin": "java"}


def family_of(language: str) -> str:
    """Languages that share packages and global names are one family, named after one of them."""
    return _FAMILIES.get(language, language)


class Pattern(NamedTuple):
    """A callable pattern: ``names`` are members of a value of ``type``, or (type "") the path of an export. ``*`` is any name;
    a last name "()" means calling the value itself."""

    type: str
    names: tuple[str, ...]


class ValueType(NamedTuple):
    """A type of values, of the model that declares it."""

    model: CompiledModel
    name: str


SourceRow: TypeAlias = tuple[Pattern, ValueType, Source]
"""What a value comes from, and the type that it then has."""
CallbackRow: TypeAlias = tuple[Pattern, tuple[str, str], ValueType, Source]
"""What hands a value to a function, where it does (see the fields of `CompiledModel`), and the type that it then has."""

_MOST_KNOWN = 5_000
"""External things whose rows a model keeps; code that is typed names ever new ones."""


def parse_pattern(text: str, value_types: Iterable[str]) -> Pattern:
    """Read ``Type.method`` or ``export``; value types win over exports of the same name."""
    head, _, rest = text.partition(".")
    if head.endswith("()") and head[:-2] in value_types:
        return Pattern(head[:-2], ("()",))
    if head in value_types and rest:
        return Pattern(head, tuple(rest.split(".")))
    return Pattern("", tuple(text.split(".")))


def _looked_for(lookup: Lookup) -> str:
    return lookup.call or lookup.member or lookup.fields_of or lookup.decorated or lookup.settings_class or ""


class CompiledModel:
    """A model and its patterns. Compared by identity."""

    __slots__ = (
        "_exported_as", "_typed_as", "constants", "export_sources", "families", "lookups", "member_sources", "method_sources", "model", "named", "parameter_sources", "patterns", "text_forms", "transparent", "type_sources", "types_of", "words",
    )  # fmt: skip

    def __init__(self, model: Model) -> None:
        self.model = model
        self.families = {family_of(language) for language in model.languages}
        self.member_sources: dict[str, list[SourceRow]] = defaultdict(list)
        """Value type → what its results and members are."""
        self.export_sources: list[SourceRow] = []
        self.type_sources: list[SourceRow] = []
        self._exported_as: dict[External, tuple[SourceRow, ...]] = {}
        self._typed_as: dict[External, tuple[SourceRow, ...]] = {}
        self.parameter_sources: list[CallbackRow] = []
        """Calls, with (path of the callback, parameter)."""
        self.method_sources: list[CallbackRow] = []
        """Exports that are extended, with (method, parameter)."""
        self.patterns: dict[int, Pattern] = {}
        self.lookups = [(self._pattern(_looked_for(lookup)), lookup) for lookup in model.lookups]
        self.transparent = [self._pattern(name) for name in model.transparent]
        self.text_forms = [(self._pattern(name), form) for name, form in model.text_forms.items()]
        self.types_of = [self._pattern(name) for name in model.types_of]
        self.constants = [(self._pattern(name), value) for name, value in model.constants.items()]
        for type_name, sources in model.values.items():
            for source in sources:
                self._file_source(ValueType(self, type_name), source)
        self.named = {
            pattern
            for sources in self.member_sources.values()
            for pattern, _, source in sources
            if source.call and "*" not in pattern.names
        }
        """Methods that the model speaks of by name: no wildcard for members means them."""
        for section in SECTIONS:
            self.named.update(
                self.pattern_of(entry) for entry in getattr(model, section) if entry.call and "*" not in entry.call
            )
        self.words = self._words()
        """The names of exports that the model speaks of."""

    def provide(self, made: ValueType, sources: Iterable[Source]) -> None:
        """File further ways in which values of another model come to be: from exports and values of this one."""
        for source in sources:
            self._file_source(made, source)
        self.words = self._words()

    def _words(self) -> frozenset[str]:
        return frozenset(
            name
            for pattern in (
                *(row[0] for row in (*self.export_sources, *self.type_sources)),
                *(row[0] for row in (*self.parameter_sources, *self.method_sources)),
                *(self.pattern_of(entry) for section in SECTIONS for entry in getattr(self.model, section)),
                *(
                    Pattern("", (entry.extending,))
                    for entry in (*self.model.publishes, *self.model.subscribes)
                    if entry.extending is not None
                ),
                *(Pattern("", (entry.handled_by,)) for entry in self.model.dispatches if entry.handled_by is not None),
                *(pattern for pattern, _ in self.lookups),
                *(pattern for pattern, _ in self.constants),
                *(Pattern("", (name,)) for name in self.model.extensions),
                *self.transparent,
                *(pattern for pattern, _ in self.text_forms),
                *self.types_of,
            )
            if not pattern.type
            for name in pattern.names
        )

    def __repr__(self) -> str:
        return f"<Model {self.model.library}>"

    def _pattern(self, text: str) -> Pattern:
        return parse_pattern(text, self.model.values)

    def _file_source(self, made: ValueType, source: Source) -> None:
        if source.parameter:
            call, path, parameter = [*source.parameter.split(" "), "0", "0"][:3]
            self.parameter_sources.append((self._pattern(call), (path, parameter), made, source))
            return
        if source.method_parameter:
            base, method, parameter = source.method_parameter.split()
            self.method_sources.append((Pattern("", tuple(base.split("."))), (method, parameter), made, source))
            return
        text = (
            source.new
            or source.call
            or source.member
            or source.instance_of
            or source.decorated
            or source.decorator
            or source.decorated_parameter
            or source.element
            or ""
        )
        if text and (source.element is None or "." in text or text not in self.model.values):
            pattern = self._pattern(text)
            if pattern.type:
                self.member_sources[pattern.type].append((pattern, made, source))
            else:
                self.export_sources.append((pattern, made, source))
        elif source.element:
            self.member_sources[source.element].append((Pattern(source.element, ("[]",)), made, source))
        declared = source.type or source.new
        if declared:
            self.type_sources.append(
                (
                    self._pattern(declared) if declared not in self.model.values else Pattern("", (declared,)),
                    made,
                    source,
                )
            )

    def pattern_of(self, entry: Match) -> Pattern:
        """The pattern of an entry's matcher."""
        known = self.patterns.get(id(entry))
        if known is None:
            text = (
                entry.call
                or entry.decorator
                or entry.implements
                or entry.send
                or entry.constructs
                or entry.typed
                or entry.field_type
                or ""
            )
            known = self.patterns[id(entry)] = self._pattern(text)
        return known

    def exported_as(self, external: External) -> tuple[SourceRow, ...]:
        """The sources of values whose export the external thing is, whatever else they ask for."""
        return _matching(self.export_sources, external, self._exported_as)

    def typed_as(self, external: External) -> tuple[SourceRow, ...]:
        """The sources of values whose type the external thing is."""
        return _matching(self.type_sources, external, self._typed_as)

    def owns(self, external: External) -> bool:
        """Whether the external thing belongs to one of the model's packages (or is one of its globals)."""
        if not external.package:
            return bool(external.path) and (external.path[0] in self.model.globals or "global" in self.model.packages)
        return self.has_package(external.package)

    def has_package(self, name: str) -> bool:
        """Whether a package or module that code imports is one of the model's packages, or lies in one."""
        return any(name == one or name.startswith((one + ".", one + "/")) for one in self.model.packages)

    def is_export(self, entry: Match, meaning: Denotation) -> bool:
        """Whether something is the export that an entry is about."""
        return isinstance(meaning, External) and self.owns(meaning) and export_matches(self.pattern_of(entry), meaning)


def export_matches(pattern: Pattern, external: External) -> bool:
    """Whether an external path is the export that the pattern names. Default imports and whole-module imports match a constructor."""
    path = tuple(name for name in external.path if name not in ("default", "*"))
    wanted = pattern.names
    if not path:
        return len(wanted) == 1 and (
            wanted[0] == "default" or (wanted[0][:1].isupper() and _named_by_module(wanted[0], external.package))
        )
    full = (*external.package.replace("/", ".").split("."), *path) if external.package else path
    if len(wanted) > len(full):
        return False
    return all(name in ("*", have) for name, have in zip(reversed(wanted), reversed(full)))


def _named_by_module(export: str, package: str) -> bool:
    """Whether the module itself, or its default export, can be the export: the module is named after it."""
    return export.lower() in package.rpartition("/")[2].replace("-", "").lower()


def _matching(
    sources: Iterable[SourceRow], external: External, known: dict[External, tuple[SourceRow, ...]]
) -> tuple[SourceRow, ...]:
    found = known.get(external)
    if found is None:
        if len(known) > _MOST_KNOWN:
            known.clear()
        found = known[external] = tuple(row for row in sources if export_matches(row[0], external))
    return found


def most_special(rows: Iterable[SourceRow]) -> Iterator[tuple[ValueType, Source]]:
    """Types and sources of those rows with the longest path of names (``asyncio.Redis`` wins over ``Redis``)."""
    found = tuple(rows)
    longest = max((len(pattern.names) for pattern, _, _ in found), default=0)
    return ((made, source) for pattern, made, source in found if len(pattern.names) == longest)


def member_matches(pattern: Pattern, names: Sequence[str]) -> bool:
    """Whether the names read off a value are those of the pattern; a trailing ``*`` stands for exactly one name."""
    return len(pattern.names) == len(names) and all(want in ("*", have) for want, have in zip(pattern.names, names))
