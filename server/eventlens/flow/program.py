"""Scopes, definitions, calls and classes of the modules that have been read so far.

`Program` reads a module when it is asked for and indexes it once: which names a scope defines and where, which calls stand in
it, which classes there are. What a name or call *means* is the business of `evaluation`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from eventlens import ir
from eventlens.flow.indexing import index_module
from eventlens.flow.scopes import ClassIndex, Definition, Entry, Frame
from eventlens.flow.table_keys import TableKeys
from eventlens.progress import unwatched
from eventlens.workspace.snapshot import Workspace
from eventlens.workspace.store import LARGE_BYTES

__all__ = ["CallSite", "ClassIndex", "Definition", "Frame", "ModuleIndex", "Program"]


_MOST_NAMED = 3
_FRAMES_AT_ONCE = 256
"""An import that may lead to more files means a package; which of them it wants is not known."""
WHOLE = "default"
"""The name under which a module exports what it is as a whole."""
_WHOLE = (WHOLE, "*")
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
        if imported and any(item.name in _WHOLE for item in imported):
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


class Program:
    """The modules read so far, over one workspace snapshot."""

    def __init__(self, workspace: Workspace, table_keys: TableKeys | None = None) -> None:
        self.workspace = workspace
        self.table_keys = table_keys or TableKeys(workspace)
        """What the workspace's SQL files say of its tables."""
        self.modules: dict[str, ModuleIndex | None] = {}
        self.calls: dict[str, list[CallSite]] = defaultdict(list)
        self.mentions: dict[str, list[CallSite]] = defaultdict(list)
        self.subclasses: dict[str, list[ClassIndex]] = defaultdict(list)
        """Classes by the last name of each of their bases."""
        self.methods: dict[str, list[ClassIndex]] = defaultdict(list)
        """Classes written in parts, and interfaces that are implemented without saying so, by the names of their methods."""
        self.shared: dict[str, list[tuple[Frame, ir.Value]]] = defaultdict(list)
        """Values that anything assigns to members of objects that are not its own, by the member's name."""
        self.renamed: dict[str, set[str]] = defaultdict(set)
        """Other names under which modules pass on what they import, by the name it had there."""
        self._imported_as: dict[str, dict[str, list[ir.Import]]] = {}
        """What modules import, by the name that it has in them: of those that were asked for."""
        self._ahead: dict[str, ModuleIndex] = {}
        """Modules that were looked into without being part of the program."""
        self.generation = 0
        """Grows with every module read: what was answered from the indexes before may be incomplete."""

    def load(self, paths: Sequence[str]) -> None:
        """Read several modules at once (through the cache and the process pool)."""
        fresh = [path for path in paths if path not in self.modules]
        for _, module in self.workspace.modules(fresh):
            self._add(module)
        for path in fresh:
            self.modules.setdefault(path, None)

    def module(self, path: str) -> ModuleIndex | None:
        """The module at a path, read now if it has not been; None where there is no such source file."""
        if path not in self.modules:
            module = self.workspace.module(path)
            if module is None:
                self.modules[path] = None
            else:
                self._add(module)
        return self.modules[path]

    def is_read(self, path: str) -> bool:
        """Whether a module has been read, or looked for and not found."""
        return path in self.modules

    def imported_as(self, module: ModuleIndex, name: str) -> Sequence[ir.Import]:
        """What a module imports under a name. Where the name is guessed, the files that the import leads to say it."""
        known = self._imported_as.get(module.path)
        if known is None:
            known = self._imported_as[module.path] = self._as_named(module)
        return known.get(name, ())

    def _as_named(self, module: ModuleIndex) -> dict[str, list[ir.Import]]:
        if not any(item.guessed for item in module.module.imports):
            return module.imports
        named: dict[str, list[ir.Import]] = {}
        for item in module.module.imports:
            said = self.workspace.package_named_by(module.path, item.module) if item.guessed else ""
            named.setdefault(said or item.local, []).append(item)
        return named

    def brought_whole(self, module: ModuleIndex) -> tuple[str, ...]:
        """What a module, or its project for it, imports without naming anything of it."""
        return (*(item.module for item in module.star_imports), *self.workspace.shared_imports(module.path))

    def expect_imports(self, paths: Iterable[str]) -> None:
        """Some modules, and those that they import, will probably be asked for (see `Workspace.expect`)."""
        self.expect(self._with_imports(paths))

    def _with_imports(self, paths: Iterable[str]) -> Iterator[str]:
        modules = list(paths)
        yield from modules
        yield from self._imported_by(modules)

    def expect_large_imports(self, paths: Iterable[str]) -> None:
        """Of what some modules import, the files whose reading takes long: who asks for one of them first waits the whole time."""
        files = self.workspace.files
        self.expect(path for path in self._imported_by(paths) if files[path].size >= LARGE_BYTES)

    def _imported_by(self, paths: Iterable[str]) -> Iterator[str]:
        workspace = self.workspace
        for path in paths:
            workspace.beat()
            for specifier in workspace.survey(path).imports:
                found = workspace.resolve(path, specifier).paths
                if len(found) <= _MOST_NAMED:
                    yield from found

    def expect(self, paths: Iterable[str]) -> None:
        """Some modules will probably be asked for (see `Workspace.expect`); which ones is only worked out where workers run."""
        self.workspace.expect(path for path in paths if path not in self.modules and path not in self._ahead)

    def prepare(self, paths: Sequence[str]) -> None:
        """Read several modules at once for `peek`."""
        for path, module in self.workspace.modules(
            [path for path in paths if path not in self.modules and path not in self._ahead]
        ):
            self._ahead[path] = self.workspace.derived(module, ModuleIndex)

    def peek(self, path: str) -> ModuleIndex | None:
        """A prepared or loaded module; a prepared one stays outside the program until it is loaded."""
        return self.modules.get(path) or self._ahead.get(path)

    def looked_into(self, path: str) -> ModuleIndex | None:
        """A module, read now if it has not been, which does not become part of the program by this; None where there is no such source file."""
        if self.peek(path) is None:
            self.prepare([path])
        return self.peek(path)

    def called(self, name: str, owner: ModuleIndex) -> list[CallSite]:
        """Calls of what may be ``name`` of ``owner``, also under the names that importers of the whole module give it."""
        return self._sites(self.calls, name, owner)

    def mentioned(self, name: str, owner: ModuleIndex) -> list[CallSite]:
        """The same of calls that it is an argument of."""
        return self._sites(self.mentions, name, owner)

    def _sites(self, table: dict[str, list[CallSite]], name: str, owner: ModuleIndex) -> list[CallSite]:
        found = list(table.get(name, ())) if name != WHOLE else []
        if not owner.gives_as_whole(name):
            return found
        takes: dict[str, bool] = {}
        for site in table.get(WHOLE, ()):
            module = site.frame.module
            if module.path not in takes:
                takes[module.path] = owner.path in self._taken_whole(module)
            if takes[module.path]:
                found.append(site)
        return found

    def _taken_whole(self, module: ModuleIndex) -> Iterator[str]:
        """The modules that a module imports as a whole, and those that they pass on as what they are."""
        specifiers = [item.module for items in module.imports.values() for item in items if item.name in _WHOLE]
        for specifier in specifiers:
            for path in self.workspace.resolve(module.path, specifier).paths[:1]:
                yield path
                barrel = self.modules.get(path)
                for export in barrel.exports.get(WHOLE, ()) if barrel is not None else ():
                    if export.module is not None:
                        yield from self.workspace.resolve(path, export.module).paths[:1]

    def _add(self, module: ir.Module) -> None:
        index = self._ahead.pop(module.path, None) or self.workspace.derived(module, ModuleIndex)
        self.modules[module.path] = index
        self.generation += 1
        for name, sites in index.calls.items():
            self.calls[name].extend(sites)
        for name, sites in index.mentions.items():
            self.mentions[name].extend(sites)
        for name, values in index.shared.items():
            self.shared[name].extend(values)
        for export in module.exports:
            given = export.name_in_module or export.local
            if given and export.name not in (given, "*", "default"):
                self.renamed[given].add(export.name)
        if module.offers_every_name:
            for local, name in index.aliases.items():
                if local != name:
                    self.renamed[name].add(local)
        for cls in index.classes:
            if cls.definition.is_part or cls.definition.is_structural:
                for method in cls.methods:
                    self.methods[method].append(cls)
            for base in cls.definition.bases:
                for name in index.names_elsewhere(base.name):
                    self.subclasses[name.rpartition(".")[2]].append(cls)

    def loaded(self) -> Iterator[ModuleIndex]:
        """Every module that has been read."""
        return (index for index in list(self.modules.values()) if index is not None)
