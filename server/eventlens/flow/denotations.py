"""What a value can be found to mean.

A denotation is *known* (`Scalar`, `Record`, `FunctionRef` …), *partly known* (`Text` with holes), *symbolic* (`Parameter`,
`Receiver`, `Part`: it depends on who calls the function, which makes the function a wrapper) or *unknown* (`Opaque`). A value
that may be several things has several denotations.

An *environment* is the chain of calls through which a value came: bindings for the parameters of the functions on the way.
Structured values keep the environment in which their parts are to be read.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from eventlens import ir

if TYPE_CHECKING:
    from eventlens.flow.library_models import CompiledModel
    from eventlens.flow.scopes import ClassIndex, Frame
    from eventlens.knowledge.schema import Source

MAX_ALTERNATIVES = 16
"""How many things a value may be found to mean at most."""


class Trail(NamedTuple):
    """One step of evidence: a file, a byte offset into it, and what was read there."""

    path: str
    offset: int
    message: str


Trails: TypeAlias = "tuple[Trail, ...]"


@dataclass(frozen=True, slots=True)
class Binding:
    """A call of the function of ``frame``: where its parameters get their values.

    ``first`` is the index of the argument that is the first parameter (a function handed over with its arguments:
    ``add_task(publish, stream)`` has first 1). Bindings are compared by the call alone.
    """

    frame: Frame
    call: ir.Call
    caller: Frame
    environment: Environment = field(compare=False)
    receiver: Denotation | None = field(compare=False)
    first: int = 0
    given: dict[str, tuple[int, tuple[Denotation, ...]]] = field(default_factory=dict, compare=False, repr=False)
    """What was found to be given for a parameter, by its name, and the program's generation then: each call inside asks it again."""


Environment: TypeAlias = "tuple[Binding, ...]"


@dataclass(frozen=True, slots=True)
class Scalar:
    """A literal: text, number, truth value or nothing."""

    value: str | int | float | bool | None
    trail: Trails = field(default=(), compare=False)
    is_regex: bool = False


@dataclass(frozen=True, slots=True)
class Hole:
    """A part of a text that is not known; ``name`` is how it is written, ``of`` what it depends on if that is symbolic."""

    name: str
    of: Denotation | None = None
    lead: str | None = None
    """What stands before it; where the part turns out to be missing, this is missing with it."""


@dataclass(frozen=True, slots=True)
class Text:
    """A text with at least one hole."""

    parts: tuple[str | Hole, ...]
    trail: Trails = field(default=(), compare=False)


@dataclass(frozen=True, slots=True)
class Variable:
    """A process environment variable or a named configuration value, with what stands in when it is not set."""

    name: str
    path: str
    offset: int
    default: tuple[Denotation, ...] = ()
    trail: Trails = field(default=(), compare=False)


@dataclass(frozen=True, slots=True)
class Record:
    """An object or dict literal, read in ``frame`` through ``environment``."""

    node: ir.Object
    frame: Frame
    environment: Environment = ()


@dataclass(frozen=True, slots=True)
class Items:
    """A list literal."""

    node: ir.Sequence
    frame: Frame
    environment: Environment = ()


@dataclass(frozen=True, slots=True)
class Collection:
    """A list whose elements are known one by one."""

    items: tuple[Denotation, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A table that gets entries elsewhere: their keys and values. It begins as a literal, or as what a call made."""

    literal: Record | None
    entries: tuple[tuple[tuple[Denotation, ...], tuple[Denotation, ...]], ...]
    """What each key that is put in can be, and its value."""
    made: ExternalResult | None = None


@dataclass(frozen=True)
class Document:
    """A part of a configuration file that the code reads (nested dicts, lists and scalars)."""

    path: str
    key: str
    content: Any = field(compare=False)


@dataclass(frozen=True, slots=True)
class FunctionRef:
    """A function of the workspace; ``receiver`` is what it is bound to, ``environment`` its closure."""

    frame: Frame
    receiver: Denotation | None = None
    environment: Environment = ()


@dataclass(frozen=True, slots=True)
class ClassRef:
    """A class, interface or enum of the workspace."""

    index: ClassIndex


@dataclass(frozen=True, slots=True)
class Instance:
    """An object of a workspace class; ``call`` is the construction where it is known."""

    index: ClassIndex
    call: ir.Call | None = None
    frame: Frame | None = None
    environment: Environment = ()
    section: str | None = None
    """The section of the service's configuration that the object holds, where it holds another than its class says."""


@dataclass(frozen=True, slots=True)
class EnumMember:
    """A member of an enum; as text it is its value."""

    index: ClassIndex
    name: str
    values: tuple[Denotation, ...]


@dataclass(frozen=True, slots=True)
class Namespace:
    """A module of the workspace as a value."""

    path: str


@dataclass(frozen=True, slots=True)
class External:
    """Something of a package outside the workspace, by its path of names. A global name has package ""."""

    package: str
    path: tuple[str, ...]
    family: str = field(default="", compare=False)
    """The language family whose packages are meant ("typescript", "python"); "" where any may be."""


@dataclass(frozen=True, slots=True)
class ExternalResult:
    """What calling or constructing something external gave, where no model knows it."""

    external: External
    call: ir.Call
    frame: Frame
    environment: Environment = ()


@dataclass(frozen=True, slots=True)
class LibraryValue:
    """A value of a type that a library model declares; ``call`` is where it was made, ``parent`` the value it was made from."""

    model: CompiledModel
    type: str
    source: Source | None = None
    call: ir.Value | None = None
    frame: Frame | None = None
    environment: Environment = ()
    parent: LibraryValue | None = None
    member: str = ""
    likely: bool = False
    function: Frame | None = None
    """The function that carries the decorator which made the value."""
    written: ir.TypeRef | None = None
    """The declared type that the value is of, where that says so."""


@dataclass(frozen=True, slots=True)
class LibraryMember:
    """Names read off a library value (``producer.send``, ``prisma.order.create``) that no model gives a type; ``()`` is a call."""

    value: LibraryValue
    names: tuple[str, ...]
    call: ir.Call | None = None
    """The last call among the names (written ``()``), in ``frame``."""
    frame: Frame | None = None
    environment: Environment = ()


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of the function of ``frame``: symbolic."""

    frame: Frame
    name: str


@dataclass(frozen=True, slots=True)
class Receiver:
    """The object on which a method of the class runs: symbolic."""

    index: ClassIndex


@dataclass(frozen=True, slots=True)
class Part:
    """A member (``.name``), an element (``[]``), an item (``[3]``) or the result of calling (``()``) something symbolic."""

    base: Denotation
    step: str
    call: ir.Call | None = None
    """For ``()``: the call, in ``frame``."""
    frame: Frame | None = None


@dataclass(frozen=True, slots=True)
class Opaque:
    """Not known; ``what`` is how it is written."""

    what: str
    path: str = ""
    offset: int = 0
    operator: str = ""
    """The arithmetic operation that computes it."""


Denotation: TypeAlias = (
    "Scalar | Text | Variable | Record | Items | Collection | Table | Document | FunctionRef | ClassRef | Instance | EnumMember | Namespace"
    " | External | ExternalResult | LibraryValue | LibraryMember | Parameter | Receiver | Part | Opaque"
)


VARIABLE = "{variable}"
"""The step of a `Part` from a name to the value of the environment variable that is called so."""
MAX_PARTS = 6
"""How many steps from a parameter are kept: what lies deeper is as good as unknown."""


def depth(denotation: Denotation) -> int:
    """How many steps a part lies from its parameter or receiver."""
    steps = 0
    while isinstance(denotation, Part):
        denotation, steps = denotation.base, steps + 1
    return steps


def is_symbolic(denotation: Denotation) -> bool:
    """Whether the denotation, or a hole in it, depends on a caller."""
    if isinstance(denotation, Parameter | Receiver):
        return True
    if isinstance(denotation, Part):
        return is_symbolic(denotation.base)
    if isinstance(denotation, Text):
        return any(isinstance(part, Hole) and part.of is not None and is_symbolic(part.of) for part in denotation.parts)
    return False


def roots(denotation: Denotation) -> tuple[Parameter | Receiver, ...]:
    """The parameters and receivers on which the denotation depends, each once, as they stand in it."""
    if isinstance(denotation, Parameter | Receiver):
        return (denotation,)
    if isinstance(denotation, Part):
        return roots(denotation.base)
    if isinstance(denotation, Text):
        return roots_of(part.of for part in denotation.parts if isinstance(part, Hole) and part.of is not None)
    return ()


def roots_of(denotations: Iterable[Denotation]) -> tuple[Parameter | Receiver, ...]:
    """The parameters and receivers on which several depend, each once, in order."""
    return tuple(dict.fromkeys(root for one in denotations for root in roots(one)))


def unique(denotations: Iterable[Denotation]) -> tuple[Denotation, ...]:
    """Without repetitions, in order, at most `MAX_ALTERNATIVES`."""
    seen: dict[Denotation, None] = {}
    for item in denotations:
        if item not in seen:
            seen[item] = None
            if len(seen) >= MAX_ALTERNATIVES:
                break
    return tuple(seen)
