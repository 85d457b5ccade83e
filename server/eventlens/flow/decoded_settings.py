"""Settings that code reads out of a file into an object (``yaml.Unmarshal(content, &config)``, ``json.NewDecoder(file).Decode(&config)``)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from eventlens import ir
from eventlens.flow import class_hierarchy, conditions, reading
from eventlens.flow.denotations import Denotation, External, Instance, LibraryMember
from eventlens.flow.library_models import CompiledModel, export_matches, member_matches
from eventlens.flow.matched_place import Place

if TYPE_CHECKING:
    from eventlens.flow.evaluation import Evaluator
    from eventlens.flow.module_index import CallSite
    from eventlens.flow.scopes import ClassIndex
    from eventlens.knowledge.schema import Lookup

_KEYS = frozenset(("json", "yaml", "toml", "mapstructure", "koanf"))
"""Decorators that name the key of a field in a file."""


def is_read_from_file(evaluator: Evaluator, index: ClassIndex) -> bool:
    """Whether a call beside a class, or beside its methods, fills an object of it with what a file holds."""
    known = evaluator.read_from_files
    if index not in known:
        known[index] = False  # what is asked for while this is found out is filled by no call
        known[index] = any(field.decorators for field in index.definition.fields) and any(
            _fills(evaluator, index, site) for site in _calls_beside(evaluator, index)
        )
    return known[index]


def key_of(member: ir.Node, name: str) -> str:
    """The key of a field in a file: as its tag says, else its name."""
    for decorator in member.decorators if isinstance(member, ir.ClassField) else ():
        callee = decorator.callee if isinstance(decorator, ir.Call) else None
        if isinstance(decorator, ir.Call) and isinstance(callee, ir.Name) and callee.name in _KEYS and decorator.args:
            given = decorator.args[0].value
            said = (
                given.value.partition(",")[0] if isinstance(given, ir.Literal) and isinstance(given.value, str) else ""
            )
            if said:
                return said
    return name


def _calls_beside(evaluator: Evaluator, index: ClassIndex) -> Iterator[CallSite]:
    for module in dict.fromkeys((index.module, *(part.module for part in class_hierarchy.parts(evaluator, index)))):
        for name in sorted(evaluator.catalogue.filling_names):
            yield from module.calls.get(name, ())


def _fills(evaluator: Evaluator, index: ClassIndex, site: CallSite) -> bool:
    for meaning in evaluator.evaluate(site.call.callee, site.frame):
        for lookup in _lookups_of(evaluator, meaning):
            receiver = meaning.value if isinstance(meaning, LibraryMember) else None
            place = Place(evaluator, site.call, site.frame, receiver)
            filled = reading.read(place, lookup.fills) if lookup.fills is not None else ()
            if any(isinstance(one, Instance) and one.index is index for one in filled):
                return conditions.hold_at(place, lookup.when)
    return False


def _lookups_of(evaluator: Evaluator, meaning: Denotation) -> Iterator[Lookup]:
    models: list[CompiledModel] = []
    if isinstance(meaning, External):
        models = [model for model in evaluator.catalogue.models_for(meaning) if model.owns(meaning)]
    elif isinstance(meaning, LibraryMember):
        models = [meaning.value.model]
    for model in models:
        for pattern, lookup in model.lookups:
            if lookup.fills is None:
                continue
            is_export = isinstance(meaning, External) and not pattern.type and export_matches(pattern, meaning)
            is_method = (
                isinstance(meaning, LibraryMember)
                and pattern.type == meaning.value.type
                and member_matches(pattern, meaning.names)
            )
            if is_export or is_method:
                yield lookup
