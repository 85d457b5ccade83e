"""Scopes of one module: what each function defines, calls, returns and assigns to members; `indexing` builds them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from eventlens import ir

if TYPE_CHECKING:
    from eventlens.flow.module_index import ModuleIndex


class Definition(NamedTuple):
    """A name gets a value: at ``start``, the part ``path`` of ``value``.

    ``kind``: "value" (assignment) · "parameter" · "function" · "class" · "import" · "element" (loop target: an element of value) ·
    "context" (``with``) · "error" (caught). ``value`` is an ir node of that kind.
    """

    start: int
    kind: str
    value: Any
    path: tuple[str, ...] = ()
    operator: str = ""
    frame: Frame | None = None
    """The scope in which the value is read, where it is another than the one that the name belongs to (``global``)."""


class Entry(NamedTuple):
    """``table[key] = value`` or ``table.set(key, value)``: an entry put into a table, in ``frame``."""

    frame: Frame
    key: ir.Value
    value: ir.Value


class MemberAssignment(NamedTuple):
    """``base.name = value``; ``base`` is the local's name, or "" for the receiver of the method."""

    start: int
    base: str
    name: str
    value: ir.Value


_NO_OVERLOADS: Mapping[str, Sequence[Frame]] = MappingProxyType({})
_NO_DEFINITIONS: Mapping[str, Sequence[Definition]] = MappingProxyType({})
_NO_TYPES: Mapping[str, ir.TypeRef] = MappingProxyType({})
_Item = TypeVar("_Item")


def grown(items: Sequence[_Item], item: _Item) -> Sequence[_Item]:
    """The items with one more, in place where they are a list. Most scopes hold nothing of most kinds, and share the empty tuple."""
    if isinstance(items, list):
        items.append(item)
        return items
    return [*items, item] if items else (item,)


class Frame:
    """The scope of a function, of a lambda, or of the module itself. Compared by identity."""

    __slots__ = (
        "arms",
        "calls",
        "cls",
        "declared",
        "definitions",
        "end",
        "entered",
        "function",
        "iterated",
        "members",
        "module",
        "parent",
        "returns",
        "start",
        "yields",
    )

    def __init__(
        self, module: ModuleIndex, function: ir.Function | None, parent: Frame | None, cls: ClassIndex | None
    ) -> None:
        self.module = module
        self.function = function
        self.parent = parent
        self.cls = cls
        """The class whose method this is, or inside whose method this stands."""
        self.start = function.start if function else 0
        self.end = function.end if function else max(module.module.size, 1)
        self.definitions: Mapping[str, Sequence[Definition]] = _NO_DEFINITIONS
        self.declared: Mapping[str, ir.TypeRef] = _NO_TYPES
        """The types that are written where variables are declared."""
        self.calls: Sequence[ir.Call] = ()
        self.returns: Sequence[ir.Value] = ()
        self.yields: Sequence[ir.Value] = ()
        self.members: Sequence[MemberAssignment] = ()
        self.iterated: Sequence[ir.Value] = ()
        """What loops iterate over."""
        self.entered: Sequence[ir.Value] = ()
        """What ``with`` statements enter."""
        self.arms: Sequence[tuple[int, int]] = ()
        """Byte ranges that may not run: branches, loops, handlers."""

    def define(self, name: str, definition: Definition) -> None:
        """One more definition of a name; only while the module is indexed."""
        if not isinstance(self.definitions, dict):
            self.definitions = {}
        self.definitions[name] = grown(self.definitions.get(name, ()), definition)

    def declare(self, name: str, written: ir.TypeRef) -> None:
        """The type of a variable; only while the module is indexed."""
        if not isinstance(self.declared, dict):
            self.declared = {}
        self.declared[name] = written

    @property
    def outside(self) -> Frame:
        """The scope in which the function's signature is read: for a method the class, whose inner classes it may name."""
        is_method = self.cls is not None and (self.parent is None or self.parent is self.cls.frame)
        return self.cls.body if self.cls is not None and is_method else self.parent or self

    @property
    def name(self) -> str:
        """The function's qualified name, "" for the module."""
        return self.function.qualname if self.function else ""

    def __repr__(self) -> str:
        return f"<Frame {self.module.path}:{self.name or '<module>'}>"


class ClassIndex:
    """A class, interface or enum with its members by name. Compared by identity."""

    __slots__ = (
        "_constructor",
        "assigned",
        "body",
        "definition",
        "entries",
        "fields",
        "frame",
        "methods",
        "module",
        "nested",
        "overloads",
        "static_fields",
    )

    def __init__(self, module: ModuleIndex, definition: ir.Class, frame: Frame) -> None:
        self.module = module
        self.definition = definition
        self.frame = frame
        """The scope in which the class is declared."""
        self.body = Frame(module, None, frame, self)
        """The scope of the class body: field values are read here."""
        self.fields = {field.name: field for field in definition.fields}
        self.static_fields = {field.name: field for field in definition.fields if field.static}
        self.assigned: dict[str, list[tuple[Frame, ir.Value]]] = defaultdict(list)
        """Values that methods assign to members of the receiver."""
        self.entries: dict[str, list[Entry]] = defaultdict(list)
        """Entries that methods put into tables which the receiver holds, by the member's name."""
        self.methods: dict[str, Frame] = {}
        self.overloads: Mapping[str, Sequence[Frame]] = _NO_OVERLOADS
        """All methods of a name, where there are several."""
        self.nested: dict[str, ClassIndex] = {}
        self._constructor: tuple[Frame | None] | None = None

    @property
    def name(self) -> str:
        return self.definition.name

    def overload(self, name: str, method: Frame) -> None:
        """One more method of a name that another has already; only while the module is indexed."""
        if not isinstance(self.overloads, dict):
            self.overloads = {}
        self.overloads[name] = (*self.overloads.get(name, (self.methods[name],)), method)

    @property
    def constructor(self) -> Frame | None:
        """The scope of the constructor declared in this very class; not to be asked before the module is indexed."""
        if self._constructor is None:
            own = (one for one in self.methods.values() if one.function and one.function.kind == "constructor")
            self._constructor = (next(own, None),)
        return self._constructor[0]

    def __repr__(self) -> str:
        return f"<Class {self.module.path}:{self.definition.qualname}>"
