"""The modules that have been read so far, with what they define, call and pass on by name.

`Program` reads a module when it is asked for and indexes it once (`module_index`). What a name or call *means* is the business of
`evaluation`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from eventlens import ir
from eventlens.flow.module_index import TAKEN_WHOLE, WHOLE, CallSite, ModuleIndex
from eventlens.flow.scopes import ClassIndex, Frame
from eventlens.flow.table_keys import TableKeys
from eventlens.workspace.snapshot import Workspace
from eventlens.workspace.store import LARGE_BYTES

_MOST_NAMED = 3
"""An import that may lead to more files means a package; which of them it wants is not known."""


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
        specifiers = [item.module for items in module.imports.values() for item in items if item.name in TAKEN_WHOLE]
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
