"""What classes of the workspace extend, inside it and outside, and what extends them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, TypeAlias, TypeVar

from eventlens import ir
from eventlens.flow import (
    structural,
    written_types,
)
from eventlens.flow.denotations import (
    ClassRef,
    Denotation,
    External,
    Instance,
    LibraryValue,
    Receiver,
)
from eventlens.flow.scopes import ClassIndex

if TYPE_CHECKING:
    from eventlens.flow.evaluation import Evaluator


TypeArguments: TypeAlias = "dict[str, ir.TypeRef]"
"""Type parameters and the types that stand for them."""


_Found = TypeVar("_Found")


_MAX_BASES = 12
_MAX_PARTS = 100


def class_of(value: Denotation) -> ClassIndex | None:
    """The workspace class of an instance, receiver or class value."""
    if isinstance(value, Instance | Receiver | ClassRef):
        return value.index
    return None


def bases(evaluator: Evaluator, index: ClassIndex) -> Iterator[ClassIndex]:
    """The class and the workspace classes it extends or implements, nearest first."""
    return (current for current, _ in bound_bases(evaluator, index))


def bound_bases(evaluator: Evaluator, index: ClassIndex) -> Iterator[tuple[ClassIndex, TypeArguments]]:
    """`bases`, each with what its type parameters stand for, seen from ``index``: found once, where nothing cut the search short."""
    return _once(evaluator, evaluator.bases, index, _found_bases(evaluator, index))


def _once(
    evaluator: Evaluator, known: dict[ClassIndex, tuple[_Found, ...]], index: ClassIndex, search: Iterator[_Found]
) -> Iterator[_Found]:
    """What is known of a class, else what a search finds: kept where it ran to its end and nothing cut it short."""
    if index in known:
        yield from known[index]
        return
    cuts = evaluator.cuts
    found: list[_Found] = []
    for one in search:
        found.append(one)
        yield one
    if evaluator.cuts == cuts:
        known[index] = tuple(found)


def _found_bases(
    evaluator: Evaluator, index: ClassIndex, extending: bool = False
) -> Iterator[tuple[ClassIndex, TypeArguments]]:
    """`bases`; with ``extending`` without those parts of classes that only add methods, as far as that is known without reading them."""
    seen: set[ClassIndex] = set()
    as_parts: set[ClassIndex] = {index}
    most = _MAX_BASES
    queue: list[tuple[ClassIndex, TypeArguments]] = [(index, {})]
    while queue and len(seen) < most:
        current, arguments = queue.pop(0)
        if current in seen:
            continue
        seen.add(current)
        yield current, arguments
        if current.definition.is_part and not (extending and _says_all_bases(current)):
            others = [part for part in parts(evaluator, current) if part not in as_parts]
            as_parts.update(others)
            most += len(others)
            queue.extend((part, arguments) for part in others)
        for base in current.definition.bases:
            queue.extend(
                (found.index, type_arguments(found.index, written_types.bound(base, arguments)))
                for found in written_types.reference(evaluator, base, current.frame)
                if isinstance(found, ClassRef)
            )


def _says_all_bases(index: ClassIndex) -> bool:
    """Whether no other part of a class says what it extends: in Go a type is declared in one place, and only methods stand elsewhere."""
    return index.module.module.language == "go" and bool(index.definition.fields)


def type_arguments(index: ClassIndex, written: ir.TypeRef) -> TypeArguments:
    """What the type parameters of a class stand for where it is written with arguments."""
    return dict(zip(index.definition.type_parameters, written.args, strict=False)) if written.args else {}


def parts(evaluator: Evaluator, index: ClassIndex) -> list[ClassIndex]:
    """The other parts of a class that is written in several files of its package (`ir.Class.is_part`)."""
    known = evaluator.parts.get(index)
    if known is not None:
        return known
    program = evaluator.program
    found: list[ClassIndex] = []
    for path in program.workspace.parts(index.module.path, index.name):
        module = index.module if path == index.module.path else program.module(path)
        if module is not None:
            found.extend(
                one for one in module.classes if one.name == index.name and one.definition.is_part and one is not index
            )
    evaluator.parts[index] = found[:_MAX_PARTS]
    return evaluator.parts[index]


def external_bases(
    evaluator: Evaluator, index: ClassIndex
) -> Iterator[tuple[External | LibraryValue, ir.TypeRef | None, ClassIndex]]:
    """What the class or its bases extend outside the workspace, with the type as seen from ``index`` and the class that says so."""
    return _once(evaluator, evaluator.external_bases, index, _found_external_bases(evaluator, index))


def _found_external_bases(
    evaluator: Evaluator, index: ClassIndex
) -> Iterator[tuple[External | LibraryValue, ir.TypeRef | None, ClassIndex]]:
    for current, arguments in evaluator.bases.get(index) or _found_bases(evaluator, index, extending=True):
        for base in current.definition.bases:
            for found in written_types.reference(evaluator, base, current.frame):
                if isinstance(found, External | LibraryValue):
                    yield found, written_types.bound(base, arguments), current
        for call in current.definition.base_calls:
            for found in evaluator.evaluate(call.callee, current.frame):
                if isinstance(found, External):
                    yield found, None, current


def subclasses(evaluator: Evaluator, index: ClassIndex) -> list[ClassIndex]:
    """Classes read so far that extend or implement ``index``, at any distance."""
    found: list[ClassIndex] = []
    queue = [index]
    if index.definition.is_structural:
        found = list(structural.implementers(evaluator, index))
        queue.extend(found)
    while queue:
        current = queue.pop()
        for candidate in evaluator.program.subclasses.get(current.name, ()):
            if candidate is not index and candidate not in found and current in list(bases(evaluator, candidate)):
                found.append(candidate)
                queue.append(candidate)
    return found
