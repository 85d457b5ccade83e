"""Library values: what decorators, exports, types and members of a library give."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from eventlens import ir
from eventlens.flow import lookups, own_decorators, settings_objects
from eventlens.flow.denotations import (
    MAX_PARTS,
    Denotation,
    External,
    FunctionRef,
    Instance,
    LibraryMember,
    LibraryValue,
)
from eventlens.flow.library_models import CompiledModel, Pattern, export_matches, member_matches, most_special
from eventlens.flow.scopes import Frame

if TYPE_CHECKING:
    from eventlens.flow.evaluation import Denotations, Evaluator

_MAX_SHARED = 3


def decorated_values(
    evaluator: Evaluator, decorators: tuple[ir.Value, ...], frame: Frame, origin: str, function: Frame | None = None
) -> Denotations:
    """Library values that a decorated field or constructor parameter (``origin`` "decorated"), handler parameter ("decorated_parameter")
    or function ("decorator") is."""
    found: list[Denotation] = []
    for decorator in decorators:
        callee = decorator.callee if isinstance(decorator, ir.Call) else decorator
        for meaning in evaluator.evaluate(callee, frame):
            found.extend(_decorated(evaluator, meaning, decorator, frame, origin, function))
        for one in own_decorators.carried(evaluator, decorator, frame) if function is not None else ():
            inner = one.decorator.callee if isinstance(one.decorator, ir.Call) else one.decorator
            for meaning in evaluator.evaluate(inner, one.frame):
                values = _decorated(evaluator, meaning, one.decorator, one.frame, origin, function)
                found.extend(replace(value, environment=one.environment) for value in values)
    return tuple(found)


def _decorated(
    evaluator: Evaluator, meaning: Denotation, decorator: ir.Value, frame: Frame, origin: str, function: Frame | None
) -> Iterator[LibraryValue]:
    if isinstance(meaning, External):
        for model in evaluator.catalogue.models_for(meaning):
            for pattern, made, source in model.export_sources:
                if getattr(source, origin) and model.owns(meaning) and export_matches(pattern, meaning):
                    given = LibraryValue(*made, source, decorator, frame, function=function)
                    if source.token is None or lookups.is_registered(evaluator, given):
                        yield given
    elif isinstance(meaning, LibraryMember):
        for pattern, made, source in meaning.value.model.member_sources[meaning.value.type]:
            if getattr(source, origin) and member_matches(pattern, meaning.names):
                yield LibraryValue(*made, source, decorator, frame, (), meaning.value, function=function)
    elif isinstance(meaning, FunctionRef) and meaning.frame.function is not None:
        # an in-house decorator made of a library's: ``const InjectOrders = () => Inject('ORDERS')``
        for value in meaning.frame.returns:
            inner = value.callee if isinstance(value, ir.Call) else value
            for found in evaluator.evaluate(inner, meaning.frame):
                if isinstance(found, External):
                    yield from _decorated(evaluator, found, value, meaning.frame, origin, function)


def library_member(
    evaluator: Evaluator, value: LibraryValue, names: tuple[str, ...], node: ir.Node, frame: Frame
) -> Denotations:
    """Names read off a library value: a value that a model gives a type, what was bound under that name, else a `LibraryMember`."""
    found = source_results(evaluator, value, names, node, frame, "member")
    if found:
        return found
    configured = settings_objects.member_of_library(evaluator, value, names, node, frame)
    if configured:
        return configured
    bound_there = lookups.bound_member(evaluator, value, names[0], frame) if len(names) == 1 else ()
    return (*bound_there, LibraryMember(value, names))


def further_member(evaluator: Evaluator, item: LibraryMember, name: str, node: ir.Node, frame: Frame) -> Denotations:
    """A name read off what is already names of a library value."""
    if len(item.names) >= MAX_PARTS:
        return ()
    names = (*item.names, name)
    found = source_results(evaluator, item.value, names, node, frame, "member")
    if not found and len(item.names) == 1 and lookups.bound_member(evaluator, item.value, item.names[0], frame):
        return ()  # a name of what was bound, which stands beside the member
    return found or (replace(item, names=names),)


def source_results(
    evaluator: Evaluator, value: LibraryValue, names: tuple[str, ...], node: ir.Node, frame: Frame, origin: str
) -> Denotations:
    """The library values that a model says names give, read off ``value`` or (``origin`` "element") iterated over."""
    found: list[Denotation] = []
    for pattern, made, source in value.model.member_sources.get(value.type, ()):
        if not getattr(source, origin) or ("*" in pattern.names and Pattern(value.type, names) in value.model.named):
            continue
        wanted = names if origin == "member" or pattern.names == ("[]",) else names[:-1]
        if member_matches(pattern, wanted):
            found.append(
                LibraryValue(
                    *made,
                    source,
                    value.call if origin == "element" else None,
                    value.frame,
                    value.environment,
                    value,
                    names[0],
                )
            )
    return tuple(found)


def external_member(evaluator: Evaluator, external: External, node: ir.Node, frame: Frame) -> Denotations:
    """What something outside the workspace is: looked up, a library value, shared by everybody, else itself."""
    looked_up = lookups.member_lookup(evaluator, external, node, frame)
    if looked_up:
        return looked_up
    known = external_value(evaluator, external)
    return (*known, external) if known else shared_values(evaluator, external.path[-1]) or (external,)


def shared_values(evaluator: Evaluator, name: str) -> Denotations:
    """Objects kept on something that everybody can reach (``app.state.producer = …``, ``app.config["SETTINGS"] = …``).

    Only library values and objects of workspace classes, and only where few places assign a member of that name.
    """
    assigned = evaluator.program.shared.get(name, ())
    if not assigned or len(assigned) > _MAX_SHARED or id(assigned) in evaluator.typing:
        return ()
    evaluator.typing.add(id(assigned))
    try:
        found = [value for frame, node in assigned for value in evaluator.evaluate(node, frame)]
    finally:
        evaluator.typing.discard(id(assigned))
    return tuple(dict.fromkeys(value for value in found if isinstance(value, LibraryValue | Instance)))


def external_value(evaluator: Evaluator, external: External) -> Denotations:
    """Library values that an export itself is (a module-level singleton)."""
    if not external.path:
        return ()
    return tuple(
        LibraryValue(*made, source)
        for model in evaluator.catalogue.models_for(external)
        if model.owns(external)
        for made, source in most_special(
            row for row in model.exported_as(external) if row[2].instance_of or row[2].member
        )
    )


def typed_external(evaluator: Evaluator, found: External) -> tuple[LibraryValue, ...]:
    """Library values of an external type."""
    models: list[CompiledModel] = evaluator.catalogue.models_for(found) if found.package else []
    matches: list[LibraryValue] = []
    for model in models:
        if found.path and model.owns(found):
            matches.extend(LibraryValue(*made, source) for made, source in most_special(model.typed_as(found)))
    return tuple(matches)
