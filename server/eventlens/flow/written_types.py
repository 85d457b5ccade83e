"""What types as written stand for, and what the declared type of a parameter says about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from msgspec import structs

from eventlens import ir
from eventlens.flow import (
    callbacks,
    class_hierarchy,
    exported_names,
    library_members,
    lookups,
    members,
    scope_functions,
)
from eventlens.flow.denotations import (
    ClassRef,
    Collection,
    Denotation,
    EnumMember,
    External,
    FunctionRef,
    Instance,
    LibraryMember,
    LibraryValue,
    Parameter,
    Part,
    Scalar,
    Trail,
)
from eventlens.flow.scopes import Frame
from eventlens.flow.type_texts import is_nothing

if TYPE_CHECKING:
    from eventlens.flow.evaluation import Denotations, Evaluator

_TRANSPARENT_TYPES = frozenset(
    [
        "Promise",
        "Awaitable",
        "Coroutine",
        "Observable",
        "Optional",
        "Annotated",
        "Final",
        "ClassVar",
        "Readonly",
        "Required",
        "Partial",
        "NonNullable",
        "Pick",
        "Omit",
        "Type",
    ]
)
COLLECTION_TYPES = frozenset((
    "[]", "Array", "ReadonlyArray", "list", "List", "Sequence", "Iterable", "tuple", "Tuple", "set", "Set", "Collection",
    "ICollection", "IEnumerable", "IList", "IReadOnlyCollection", "IReadOnlyList", "ImmutableArray", "ImmutableList", "HashSet",
    "MutableList",
))  # fmt: skip
"""Types of collections, whose type argument is that of their elements."""
_LIST_TYPES = COLLECTION_TYPES | {"Iterator", "AsyncIterator", "AsyncIterable", "IAsyncEnumerable"}


def declared_types(evaluator: Evaluator, item: Denotation) -> Denotations:
    """What the declared type of a parameter says about it; decorators of injected parameters count."""
    if not isinstance(item, Parameter) or item.frame.function is None:
        return ()
    for position, parameter in enumerate(item.frame.function.parameters):
        if item.name in (parameter.name, f"#{position}"):
            origin = "decorated" if item.frame.function.kind == "constructor" else "decorated_parameter"
            decorated = (
                library_members.decorated_values(evaluator, parameter.decorators, item.frame, origin)
                if parameter.decorators
                else ()
            )
            typed = evaluator.typed(parameter.type, item.frame.outside)
            if item.frame.function.kind == "constructor" or item.frame.function.decorators:
                typed = evaluator.provided.instead_of(evaluator, typed, parameter, item.frame)
            if any(_is_own_class(evaluator, value) for value in typed):
                return typed
            return (
                decorated
                or lookups.injected(evaluator, item.frame, position)
                or typed
                or callbacks.parameter_values(evaluator, item.frame, position)
                or (scope_functions.parameter_values(evaluator, item.frame) if position == 0 else ())
                or _handed_to(evaluator, item.frame, position)
            )
    return ()


def is_given_elsewhere(item: Denotation) -> bool:
    """Whether something is what a call outside the workspace gave."""
    if isinstance(item, LibraryMember):
        return item.names[-1] == "()"
    return isinstance(item, Part) and item.step == "()"


def as_declared(evaluator: Evaluator, found: Denotations, written: ir.TypeRef | None, frame: Frame) -> Denotations:
    """What a call outside the workspace gave, and the object of the class or the library's value that the code says it is."""
    said = (item for item in evaluator.typed(written, frame) if isinstance(item, Instance | LibraryValue))
    return (*said, *found)


def written_name(item: Denotation) -> tuple[str, ...]:
    """The last name of a parameter's declared type as it is written, whatever it means; () for any other value."""
    if not isinstance(item, Parameter) or item.frame.function is None:
        return ()
    types = [one.type for one in item.frame.function.parameters if one.name == item.name]
    names = [one.name.rpartition(".")[2] for one in types if one is not None]
    return tuple(name for name in names if name.isidentifier())


def _handed_to(evaluator: Evaluator, frame: Frame, position: int) -> Denotations:
    """What a function of the workspace says of the functions that it is given (``work: (client: PoolClient) => …``), for one written as its argument."""
    function = frame.function
    site = frame.module.handed.get((function.start, function.end)) if function is not None else None
    if site is None:
        return ()
    number = next(
        (
            n
            for n, one in enumerate(site.call.args)
            if isinstance(one.value, ir.Lambda) and one.value.function is function
        ),
        None,
    )
    if number is None or any(one.spread for one in site.call.args[: number + 1]):
        return ()
    name = site.call.args[number].name
    return tuple(
        value
        for taker in evaluator.evaluate(site.call.callee, site.frame)
        if isinstance(taker, FunctionRef) and taker.frame.function is not None
        for at, parameter in enumerate(taker.frame.function.parameters)
        if (parameter.name == name if name else at == number)
        for wanted in _given_to(parameter.type)[position : position + 1]
        for value in typed(evaluator, wanted, taker.frame.outside)
    )


_DELEGATES = frozenset(("Action", "Consumer", "BiConsumer", "Predicate", "BiPredicate"))
_GIVING = frozenset(("=>", "Func", "Function", "BiFunction", "UnaryOperator"))
"""Types of functions whose last argument is that of what they give."""


def _given_to(written: ir.TypeRef | None) -> tuple[ir.TypeRef, ...]:
    """The types of what a function of a type is given."""
    if written is None:
        return ()
    if written.name == "|":
        some = [one for one in written.args if not is_nothing(one)]
        return _given_to(some[0]) if len(some) == 1 else ()
    last = written.name.rpartition(".")[2]
    if last in _GIVING:
        return written.args[:-1] if len(written.args) > 1 else written.args[: last != "=>"]
    return written.args if last in _DELEGATES else ()


def _is_own_class(evaluator: Evaluator, value: Denotation) -> bool:
    """Whether a declared type is a class of the workspace that extends no library's: whatever is injected under the decorator's token is one."""
    return (
        isinstance(value, Instance)
        and value.index.definition.kind == "class"
        and not any(isinstance(base, External) for base, _, _ in class_hierarchy.external_bases(evaluator, value.index))
    )


def reference(evaluator: Evaluator, written: ir.TypeRef, frame: Frame) -> Denotations:
    """What the dotted name of a type stands for: a class of the workspace or something external."""
    head, *rest = written.name.split(".")
    if not head.replace("_", "").isalnum():
        return ()
    found = evaluator.name(head, frame, written.start)
    for name in rest:
        found = tuple(d for item in found for d in members.member(evaluator, item, name, written, frame))
    if rest and all(isinstance(item, External) and not item.package for item in found):
        found = exported_names.qualified(evaluator, frame.module, written.name) or found
    return _of_arity(found, len(written.args))


def _is_of_library(evaluator: Evaluator, written: ir.TypeRef, frame: Frame) -> bool:
    """Whether a type that is called like a list is one that a library model speaks of (``Collection`` of a document store)."""
    if not written.name[:1].isalpha():
        return False
    found = reference(evaluator, written, frame)
    return any(isinstance(d, LibraryValue) for meant in found for d in _of_type(evaluator, meant))


def _of_arity(found: Denotations, count: int) -> Denotations:
    """Of several classes of one name those with so many type parameters (``Handler<T>`` beside ``Handler<T, R>``), where there are any."""
    classes = [item for item in found if isinstance(item, ClassRef)]
    if not classes or all(len(item.index.definition.type_parameters) == count for item in classes):
        return found
    beside = [
        ClassRef(index)
        for item in classes
        for index in item.index.module.classes
        if index.name == item.index.name and index.frame is item.index.frame and index.definition.kind != "extension"
    ]
    fitting = tuple(dict.fromkeys(item for item in beside if len(item.index.definition.type_parameters) == count))
    if not fitting:
        return found
    return (*(item for item in found if not isinstance(item, ClassRef)), *fitting)


def bound(written: ir.TypeRef, arguments: Mapping[str, ir.TypeRef]) -> ir.TypeRef:
    """A type with type parameters replaced by what stands for them."""
    if not arguments:
        return written
    if not written.args:
        return arguments.get(written.name, written)
    inner = tuple(bound(part, arguments) for part in written.args)
    return written if inner == written.args else structs.replace(written, args=inner)


def typed(evaluator: Evaluator, written: ir.TypeRef | None, frame: Frame) -> Denotations:
    """What a value of a declared type is."""
    if written is None:
        return ()
    if id(written) in evaluator.typing:
        evaluator.cuts += 1
        return ()
    evaluator.typing.add(id(written))
    try:
        return _typed(evaluator, written, frame)
    finally:
        evaluator.typing.discard(id(written))


def _typed(evaluator: Evaluator, written: ir.TypeRef, frame: Frame) -> Denotations:
    if written.name == '"':
        return (Scalar(written.literal, (Trail(frame.module.path, written.start, "declared as this literal type"),)),)
    if written.name in ("|", "&"):
        return tuple(d for part in written.args if not is_nothing(part) for d in typed(evaluator, part, frame))[:16]
    last = written.name.rpartition(".")[2]
    if last in _TRANSPARENT_TYPES and written.args:
        return typed(evaluator, written.args[0], frame)
    if last in _LIST_TYPES and not _is_of_library(evaluator, written, frame):
        return (
            (Collection(tuple(d for part in written.args for d in typed(evaluator, part, frame))),)
            if written.args
            else ()
        )
    if written.name == "typeof" and isinstance(written.literal, str):
        return evaluator.name(written.literal, frame, written.start)
    found = (d for meant in reference(evaluator, written, frame) for d in _of_type(evaluator, meant))
    return tuple(replace(d, written=written) if written.args and isinstance(d, LibraryValue) else d for d in found)


def member_of_shape(evaluator: Evaluator, item: Denotation, name: str) -> Denotations:
    """A member of a parameter whose type is written as a shape (``type Tools = {publisher: Publisher}``), by the member's type."""
    if not isinstance(item, Parameter) or item.frame.function is None:
        return ()
    outer = item.frame.outside
    for position, parameter in enumerate(item.frame.function.parameters):
        written = parameter.type
        if written is None or item.name not in (parameter.name, f"#{position}"):
            continue
        aliases = reference(evaluator, written, outer) if written.name != "{}" else ()
        shapes = [(written, outer)] + [
            (found.index.definition.aliased, found.index.frame)
            for found in aliases
            if isinstance(found, ClassRef) and found.index.definition.aliased is not None
        ]
        for shape, frame in shapes:
            for field in shape.fields:
                if field.name == name:
                    return typed(evaluator, field.type, frame)
    return ()


def _of_type(evaluator: Evaluator, found: Denotation) -> Denotations:
    if isinstance(found, ClassRef):
        if found.index.definition.kind == "alias":
            return typed(evaluator, found.index.definition.aliased, found.index.frame)
        return () if found.index.definition.kind == "enum" else (Instance(found.index),)
    if isinstance(found, EnumMember):
        return (found,)
    if isinstance(found, External):
        return library_members.typed_external(evaluator, found)
    if isinstance(found, LibraryValue):
        return (found,)
    return ()
