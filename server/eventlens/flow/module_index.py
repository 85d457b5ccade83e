"""The index of one module: its scopes, classes, calls, imports and exports by name."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import NamedTuple

from eventlens import ir
from eventlens.flow.indexing import index_module
from eventlens.flow.scopes import ClassIndex, Entry, Frame
from eventlens.progress import unwatched

_FRAMES_AT_ONCE = 256
"""Scopes whose calls are filed before who waits may look in."""
WHOLE = "default"
"""The name under which a module exports what it is as a whole."""
TAKEN_WHOLE = (WHOLE, "*")
"""What is imported where a module is taken as a whole (``import send from "./send"``, ``const send = require("./send")``)."""


class CallSite(NamedTuple):
    """A call and the scope in which it stands."""

    frame: Frame
    call: ir.Call


class ModuleIndex:
    """One module: its scopes, declarations, imports and exports by name."""

    __slots__ = (
        "aliases",
        "calls",
        "chained",
        "class_of",
        "classes",
        "constructed",
        "decorated",
        "entries",
        "exports",
        "frame_of",
        "frames",
        "handed",
        "imports",
        "lambda_names",
        "listening",
        "mentions",
        "module",
        "path",
        "run_at_once",
        "sends",
        "sent_by",
        "shared",
        "star_exports",
        "star_imports",
        "top",
    )

    def __init__(self, module: ir.Module, beat: Callable[[], None] = unwatched) -> None:
        """``beat`` is called now and then; see `eventlens.workspace.snapshot.Workspace.watched`."""
        self.module = module
        self.path = module.path
        self.frames: list[Frame] = []
        self.classes: list[ClassIndex] = []
        self.frame_of: dict[int, Frame] = {}
        """Scope of a function by the identity of its node."""
        self.class_of: dict[int, ClassIndex] = {}
        self.lambda_names: dict[int, str] = {}
        """The name under which a lambda is known, by the identity of its function."""
        self.decorated: dict[tuple[int, int], ir.Function] = {}
        """The function that carries a decorator, by the decorator's place."""
        self.entries: dict[str, list[Entry]] = defaultdict(list)
        """Entries put into tables that a name of this module holds, by the name."""
        self.handed: dict[tuple[int, int], CallSite] = {}
        """The call that a function written among its arguments is given to, by the function's place."""
        self.chained: dict[tuple[int, int], ir.Call] = {}
        """The call of a method on a call's result (``insert(row).onConflict()``), by the place of the inner call."""
        self.shared: dict[str, list[tuple[Frame, ir.Value]]] = defaultdict(list)
        """Values assigned to members of other objects (``app.state.producer = …``), by the member's name."""
        self.constructed: dict[str, list[tuple[Frame, ir.Call]]] = defaultdict(list)
        """Constructions (``Consumer{reader: r}``), by the name of what they construct."""
        self.run_at_once: dict[tuple[int, int], ir.Call] = {}
        """The call of a function that is written where it is called (``func(m Message) { … }(message)``), by the function's place."""
        self.sends: dict[int, ir.Send] = {}
        """What goes into a channel of the language that a call gives, by the identity of the call that it is taken for."""
        self.listening: dict[int, ir.Call] = {}
        """Listeners added to events (``x.Received += f``), as the calls that they are taken for, by their identity."""
        self.sent_by: dict[int, ir.Call] = {}
        """The same the other way round."""
        self.top: Frame = index_module(self, beat)
        self.imports: dict[str, list[ir.Import]] = defaultdict(list)
        self.star_imports: list[ir.Import] = []
        self.exports: dict[str, list[ir.Export]] = defaultdict(list)
        self.star_exports: list[ir.Export] = []
        self.aliases: dict[str, str] = {}
        for item in module.imports:
            if item.local == "*":
                self.star_imports.append(item)
            elif item.local:
                self.imports[item.local].append(item)
                if item.name not in ("*", item.local):
                    self.aliases[item.local] = item.name
        for export in module.exports:
            (self.star_exports if export.name == "*" else self.exports[export.name]).append(export)
        self.calls: dict[str, list[CallSite]] = defaultdict(list)
        self.mentions: dict[str, list[CallSite]] = defaultdict(list)
        for number, frame in enumerate(self.frames):
            if number % _FRAMES_AT_ONCE == 0:
                beat()
            for call in frame.calls:
                self._file_call(frame, call)
        self._seal()

    def _seal(self) -> None:
        """No reader adds to the tables by asking them: an index serves every snapshot that holds its module."""
        tables = [self.constructed, self.entries, self.shared, self.imports, self.exports, self.calls, self.mentions]
        for table in (*tables, *(cls.assigned for cls in self.classes)):
            assert isinstance(table, defaultdict)
            table.default_factory = None

    def _file_call(self, frame: Frame, call: ir.Call) -> None:
        name = last_name(call.callee)
        site = CallSite(frame, call)
        if name:
            for filed in self.names_elsewhere(name) if isinstance(call.callee, ir.Name) else (name,):
                self.calls[filed].append(site)
        for argument in call.args:
            if isinstance(argument.value, _MENTIONING):
                for mentioned in _mentioned(argument.value):
                    for filed in self.names_elsewhere(mentioned):
                        self.mentions[filed].append(site)

    def names_elsewhere(self, name: str) -> tuple[str, ...]:
        """Under which names what this module calls ``name`` may be declared: what stands for a whole module is mostly called the same there."""
        imported = self.imports.get(name)
        if imported and any(item.name in TAKEN_WHOLE for item in imported):
            return (name, WHOLE)
        return (self.aliases.get(name, name),)

    def name_as_whole(self, frame: Frame) -> str:
        """`WHOLE` where a function without a name is what the module is to whoever imports it without saying a name, else ""."""
        function = frame.function
        values = [export.value for export in self.exports.get(WHOLE, ()) if isinstance(export.value, ir.Lambda)]
        written = [(value.function.start, value.function.end) for value in values]
        return WHOLE if function is not None and (function.start, function.end) in written else ""

    def gives_as_whole(self, name: str) -> bool:
        """Whether what is called ``name`` here is what the module is to whoever imports it without saying a name."""
        return name == WHOLE or any(export.local == name for export in self.exports.get(WHOLE, ()))

    def add_frame(self, frame: Frame) -> None:
        self.frames.append(frame)
        if frame.function is not None:
            self.frame_of[id(frame.function)] = frame

    def add_class(self, index: ClassIndex) -> None:
        self.classes.append(index)
        self.class_of[id(index.definition)] = index

    def add_handed(self, function: ir.Function, frame: Frame, call: ir.Call) -> None:
        self.handed[(function.start, function.end)] = CallSite(frame, call)

    def frame_for(self, function: ir.Function) -> Frame:
        """The scope of a function. An exported value is written twice in the module (`ir.Export`): the copy has the same place."""
        found = self.frame_of.get(id(function))
        if found is None:
            found = next(
                (
                    f
                    for f in self.frames
                    if f.function is not None and f.start == function.start and f.end == function.end
                ),
                None,
            )
            if found is None:
                return self.top
            self.frame_of[id(function)] = found
        return found

    def class_for(self, definition: ir.Class) -> ClassIndex:
        """The index of a class; see `frame_for`. Raises KeyError for a class of another module."""
        found = self.class_of.get(id(definition))
        if found is None:
            for candidate in self.classes:
                if candidate.definition.start == definition.start and candidate.definition.end == definition.end:
                    found = self.class_of[id(definition)] = candidate
                    break
        if found is None:
            raise KeyError(definition.qualname)
        return found


_MENTIONING = (ir.Name, ir.Member, ir.Object, ir.Sequence)


def _mentioned(value: ir.Value) -> Iterator[str]:
    """The names of what an argument hands over, itself or in an object or list."""
    if isinstance(value, ir.Object):
        for field in value.fields:
            yield from _mentioned(field.value)
    elif isinstance(value, ir.Sequence):
        for item in value.items:
            yield from _mentioned(item)
    elif isinstance(value, ir.Name | ir.Member):
        yield value.name


def decorator_name(decorator: ir.Value) -> str:
    """The name of a decorator, whether it is called or not: ``b`` of ``@a.b`` and of ``@a.b(…)``."""
    return last_name(decorator.callee if isinstance(decorator, ir.Call) else decorator)


def last_name(value: ir.Value) -> str:
    """The name by which a callee is called: ``b`` of ``a.b``, "" where there is none, "()" for the result of a call. ``super()`` is called "super"."""
    if isinstance(value, ir.Member):
        return value.name
    if isinstance(value, ir.Name):
        return value.name
    if isinstance(value, ir.Super):
        return "super"
    if isinstance(value, ir.Await):
        return last_name(value.value)
    if isinstance(value, ir.Call):
        if isinstance(value.callee, ir.Member) and value.callee.name == "bind":
            return last_name(value.callee.object)
        return "super" if isinstance(value.callee, ir.Super) else "()"
    if isinstance(value, ir.Choice) and value.condition is None:  # ``(send ?? client.send.bind(client))(command)``
        return next((name for option in reversed(value.options) if (name := last_name(option))), "")
    return ""
