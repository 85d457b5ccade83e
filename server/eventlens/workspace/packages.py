"""Import resolution of languages that find names by package: Java and Kotlin (one table), C#, Go.

A specifier is ``package:Name``, or ``package:*`` for everything in the package. Which file declares a name is read off the
surveys, so a change of a file's text can change what others import: `PackageTable.with_changes` follows it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from eventlens.workspace.resolution import NOWHERE, Answers, Resolution, ancestors, folder_of, shared_depth
from eventlens.workspace.source_sets import source_set
from eventlens.workspace.survey import Survey

_Surveyed = Callable[[str], Survey]
_GO_MODULE = re.compile(rb"^[ \t]*module[ \t]+\"?([^\s\"]+)", re.M)


class PackageTable:
    """Which files make up a package, and which of them declare a name. ``package_of`` says what package a file belongs to."""

    def __init__(self, package_of: Callable[[str, Survey], str]) -> None:
        self._package_of = package_of
        self._files: dict[str, list[str]] = {}
        self._members: dict[str, dict[str, list[str]]] = {}
        self._shared: dict[str, tuple[str, ...]] = {}
        self._filed: dict[str, Survey] = {}
        self._holding: dict[str, list[str]] | None = None
        """Name → the files of any package that declare it; made when first asked."""

    def filled(self, paths: Iterable[str], survey: _Surveyed) -> PackageTable:
        """This table with some more files in it, by itself."""
        for path in paths:
            self._file(path, survey(path))
        self._holding = None
        return self

    def with_changes(self, paths: Iterable[str], survey: _Surveyed) -> PackageTable:
        """The table after some of its files have changed; `self` where none says anything else than before."""
        changed = [
            (path, now) for path in paths if path in self._filed and not _same(self._filed[path], now := survey(path))
        ]
        if not changed:
            return self
        after = PackageTable(self._package_of)
        after._files, after._shared, after._filed = dict(self._files), dict(self._shared), dict(self._filed)
        after._members = dict(self._members)
        for package in {of for path, now in changed for of in (self.package(path), self._package_of(path, now))}:
            after._files[package] = list(self._files.get(package, ()))
            members = self._members.get(package, {})
            after._members[package] = {name: list(holders) for name, holders in members.items()}
        for path, now in changed:
            after._remove(path)
            after._file(path, now)
        return after

    def _file(self, path: str, survey: Survey) -> None:
        package = self._package_of(path, survey)
        self._filed[path] = survey
        self._files.setdefault(package, []).append(path)
        members = self._members.setdefault(package, {})
        for name in survey.declares:
            members.setdefault(name, []).append(path)
        if survey.shared:
            self._shared[path] = survey.shared

    def _remove(self, path: str) -> None:
        survey = self._filed.pop(path)
        package = self._package_of(path, survey)
        self._files[package].remove(path)
        for name in survey.declares:
            self._members[package][name].remove(path)
        self._shared.pop(path, None)

    def files(self, package: str) -> Sequence[str]:
        """The files of a package."""
        return self._files.get(package, ())

    def declaring(self, package: str, name: str) -> Sequence[str]:
        """The files of a package that declare a name."""
        return self._members.get(package, {}).get(name, ())

    def holding(self, name: str) -> Sequence[str]:
        """The files of any package that declare a name, sorted."""
        if self._holding is None:
            gathered: dict[str, list[str]] = {}
            for members in self._members.values():
                for declared, paths in members.items():
                    gathered.setdefault(declared, []).extend(paths)
            self._holding = {declared: sorted(paths) for declared, paths in gathered.items() if paths}
        return self._holding.get(name, ())

    def paths(self) -> Iterable[str]:
        """All files of the table."""
        return self._filed.keys()

    def shared(self) -> dict[str, tuple[str, ...]]:
        """What files import for their whole project, by file (see `PackageSurvey.shared`)."""
        return self._shared

    def package(self, path: str) -> str:
        """The package of a file of the table."""
        return self._package_of(path, self._filed[path])


def _same(one: Survey, other: Survey) -> bool:
    return (one.package, one.declares, one.shared) == (other.package, other.declares, other.shared)


class _Shared(NamedTuple):
    """What the files of a project import for all of it: packages, and what they give a name of their own, by that name."""

    packages: tuple[str, ...] = ()
    named: Mapping[str, str] = {}


def _gathered(shared: Iterable[str]) -> _Shared:
    entries = list(dict.fromkeys(shared))
    named = (one.partition("=") for one in entries)
    return _Shared(
        tuple(one for one in entries if "=" not in one), {name: target for name, equals, target in named if equals}
    )


class PackageResolver:
    """Resolves names of packages that files declare themselves (Java and Kotlin; C#)."""

    def __init__(self, table: PackageTable, projects: Mapping[str, tuple[str, ...]] | None = None) -> None:
        self.table = table
        self._projects = projects or {}
        """Folder of each project → what its project file imports for all of its files."""
        self._answers = Answers()
        self._known: dict[tuple[str, str], Resolution] = {}
        self._types: dict[str, bool] = {}
        """Whether a package is named like a type."""
        self._declaring: dict[str, set[str]] = {}
        """Name → the packages that declare it."""
        self._shared: dict[str, _Shared] | None = None
        self._members: dict[str, tuple[str, ...]] | None = None
        """Folder of a project → its files; made when first asked."""
        self._sharing: dict[str, list[str]] = {}
        self._project_of_folder: dict[str, str] = {}

    def with_changes(self, paths: Iterable[str], survey: _Surveyed) -> PackageResolver:
        """The resolver after some of its files have changed."""
        table = self.table.with_changes(paths, survey)
        return self if table is self.table else PackageResolver(table, self._projects)

    def resolve(self, path: str, specifier: str) -> Resolution:
        """Where ``package:Name``, written in ``path``, leads: the nearest file that declares it first."""
        key = (folder_of(path), specifier)
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = self._find(*key)
        return found

    def _find(self, folder: str, specifier: str) -> Resolution:
        package, _, name = specifier.partition(":")
        paths = self.table.declaring(package, name) if name and name != "*" else self.table.files(package)
        if not paths:
            outer, _, type_name = package.rpartition(".")
            paths = self.table.declaring(outer, type_name) if outer or type_name else ()
        if not paths:
            return self._answers.package(package)
        return Resolution(nearest_first(paths, folder))

    def bringing(self, packages: Iterable[str], name: str) -> list[str]:
        """Those of some packages that may bring in a name: they declare it, or are named like a type, whose members they bring in."""
        declaring = self._declaring.get(name)
        if declaring is None:
            declaring = self._declaring[name] = {self.table.package(path) for path in self.table.holding(name)}
        return [package for package in packages if package in declaring or self._is_type(package)]

    def _is_type(self, package: str) -> bool:
        known = self._types.get(package)
        if known is None:
            outer, _, name = package.rpartition(".")
            known = self._types[package] = bool(self.table.declaring(outer, name))
        return known

    def shared_imports(self, path: str) -> tuple[str, ...]:
        """Packages that other files of the same project import for all of it."""
        return self._shared_with(path).packages

    def shared_name(self, path: str, name: str) -> str:
        """What a file of the same project calls ``name`` for all of it, with its package; "" for other names."""
        return self._shared_with(path).named.get(name, "")

    def shared_specifiers(self, path: str) -> list[str]:
        """The specifiers of all that other files of the same project import for all of it."""
        packages, named = self._shared_with(path)
        split = (target.rpartition(".") for target in named.values())
        return [*(f"{one}:*" for one in packages), *(f"{package}:{name}" for package, _, name in split)]

    def _shared_with(self, path: str) -> _Shared:
        if self._shared is None:
            by_project = {project: list(shared) for project, shared in self._projects.items() if shared}
            for one, shared in sorted(self.table.shared().items()):
                by_project.setdefault(self._project(one), []).extend(shared)
            self._shared = {project: _gathered(shared) for project, shared in by_project.items()}
        return self._shared.get(self._project(path), _NOTHING) if self._shared else _NOTHING

    def project_of(self, path: str) -> tuple[str, ...]:
        """The files of the project that a file belongs to; () where it lies below no project."""
        if self._members is None:
            gathered: dict[str, list[str]] = {}
            for one in self.table.paths():
                gathered.setdefault(self._project(one), []).append(one)
            self._members = {project: tuple(paths) for project, paths in gathered.items() if project in self._projects}
        return self._members.get(self._project(path), ())

    def sharing(self, package: str) -> list[str]:
        """The files of the projects that import a package for all of their files."""
        found = self._sharing.get(package)
        if found is None:
            projects = {project for project, shared in self._projects.items() if _speaks_of(shared, package)}
            projects |= {
                self._project(one) for one, shared in self.table.shared().items() if _speaks_of(shared, package)
            }
            found = [path for path in self.table.paths() if self._project(path) in projects] if projects else []
            self._sharing[package] = found
        return found

    def _project(self, path: str) -> str:
        folder = folder_of(path)
        found = self._project_of_folder.get(folder)
        if found is None:
            found = next((one for one in ancestors(folder) if one in self._projects), "")
            self._project_of_folder[folder] = found
        return found


_NOTHING = _Shared()


def _speaks_of(shared: Iterable[str], package: str) -> bool:
    """Whether a package, or something of it, is imported for a whole project."""
    return any(package in (one, one.partition("=")[2].rpartition(".")[0]) for one in shared)


class GoResolver:
    """Resolves Go's import paths: a package is a folder, below the module that a ``go.mod`` names."""

    def __init__(self, table: PackageTable, modules: dict[str, str]) -> None:
        self.table = table
        self._modules = modules
        """Module path → folder."""
        self._answers = Answers()
        self._known: dict[tuple[str, str], Resolution] = {}

    def with_changes(self, paths: Iterable[str], survey: _Surveyed) -> GoResolver:
        """The resolver after some of its files have changed."""
        table = self.table.with_changes(paths, survey)
        return self if table is self.table else GoResolver(table, self._modules)

    def resolve(self, path: str, specifier: str) -> Resolution:
        """Where ``import/path:Name`` leads; ``.`` is the package of ``path`` itself."""
        key = (folder_of(path), specifier)
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = self._find(*key)
        return found

    def bringing(self, packages: Iterable[str], name: str) -> list[str]:
        """Those of some packages that may bring in a name: any of them."""
        return list(packages)

    def _find(self, folder: str, specifier: str) -> Resolution:
        module, _, name = specifier.partition(":")
        target = folder if module == "." else self._folder(module)
        if target is None:
            return self._answers.package(module)
        paths = self.table.declaring(target, name) if name and name != "*" else self.table.files(target)
        return Resolution(nearest_first(paths, target)) if paths else NOWHERE

    def _folder(self, import_path: str) -> str | None:
        parts = import_path.split("/")
        for length in range(len(parts), 0, -1):
            root = self._modules.get("/".join(parts[:length]))
            if root is not None:
                return "/".join(part for part in (root, *parts[length:]) if part)
        return None


def nearest_first(paths: Iterable[str], folder: str) -> tuple[str, ...]:
    """Files by how many folders they share with the importing one, product code before tests."""
    return tuple(
        sorted(paths, key=lambda path: (source_set(path) == "test", -shared_depth(folder_of(path), folder), path))
    )


def own_package(path: str, survey: Survey) -> str:
    """The package that a file names."""
    return survey.package


def own_folder(path: str, survey: Survey) -> str:
    """Go's package: the folder."""
    return folder_of(path)


def go_modules(paths: Iterable[str], read: Callable[[str], bytes | None]) -> dict[str, str]:
    """Module path → folder of every ``go.mod``; of several that name one module the first in the order of their paths."""
    found: dict[str, str] = {}
    for path in sorted(path for path in paths if path == "go.mod" or path.endswith("/go.mod")):
        match = _GO_MODULE.search(read(path) or b"")
        if match:
            found.setdefault(match[1].decode("utf-8", "replace"), folder_of(path))
    return found
