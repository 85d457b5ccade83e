"""Which workspace file, or which external package, an import means: one entry for all languages.

Pure functions of the file table and of the manifests in it; every index is built once, when first asked for.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable
from functools import cached_property

from eventlens.workspace.es_modules import EsResolver
from eventlens.workspace.packages import GoResolver, PackageResolver, PackageTable, go_modules, own_folder, own_package
from eventlens.workspace.project_references import ProjectReferences
from eventlens.workspace.project_usings import SHARED_BUILD_FILE, project_usings
from eventlens.workspace.python_modules import PythonResolver
from eventlens.workspace.resolution import Resolution, folder_of
from eventlens.workspace.survey import Survey


class ModuleResolver:
    """Resolves imports among a fixed set of ``paths``; ``read`` gives a workspace file's bytes, or None where it is gone,

    ``survey`` what a file says of itself."""

    def __init__(
        self, paths: Collection[str], read: Callable[[str], bytes | None], survey: Callable[[str], Survey]
    ) -> None:
        self._paths = paths
        self._read = read
        self._survey = survey
        self._known: dict[str, dict[str, Resolution]] = defaultdict(dict)
        """Importing folder → specifier → where it leads."""

    def with_changes(self, paths: Iterable[str], survey: Callable[[str], Survey]) -> ModuleResolver:
        """The resolver after the texts of some of its files have changed, but no file that shapes what imports mean."""
        packaged = [path for path in paths if path.endswith(PACKAGED_SUFFIXES)]
        if not packaged:
            return self
        after = ModuleResolver(self._paths, self._read, survey)
        after._known = self._known
        kept = ("_es", "_python", "_references")
        after.__dict__.update({name: self.__dict__[name] for name in kept if name in self.__dict__})
        for name in ("_jvm", "_csharp", "_go"):
            if name in self.__dict__:
                after.__dict__[name] = self.__dict__[name].with_changes(packaged, survey)
        return after

    def resolve(self, path: str, specifier: str) -> Resolution:
        """Where ``specifier``, written in ``path``, leads.

        Python's ``from m import a`` is asked as ``m:a`` or as ``m``; where names are found by package, ``a.b:C`` asks for a name of
        a package and ``a.b:*``, or ``a.b``, for all its files."""
        packaged = self.packaged(path)
        if packaged is not None:
            return packaged.resolve(path, specifier)
        if path.endswith(".py"):
            return self._python.resolve(path, specifier)
        near = self._known[folder_of(path)]
        found = near.get(specifier)
        if found is None:
            found = near[specifier] = self._es.resolve(path, specifier)
        return found

    def packaged(self, path: str) -> PackageResolver | GoResolver | None:
        """The resolver of a file whose language finds names by package."""
        if not path.endswith(PACKAGED_SUFFIXES):
            return None
        return self._csharp if path.endswith(".cs") else self._go if path.endswith(".go") else self._jvm

    def shared_imports(self, path: str) -> tuple[str, ...]:
        """Packages that other files of the project import for ``path`` too."""
        return self._csharp.shared_imports(path) if path.endswith(".cs") else ()

    def shared_specifiers(self, path: str) -> list[str]:
        """The specifiers of all that other files of the project import for ``path`` too."""
        return self._csharp.shared_specifiers(path) if path.endswith(".cs") else []

    def shared_name(self, path: str, name: str) -> str:
        """What another file of the project calls ``name`` for ``path`` too, with its package; "" for other names."""
        return self._csharp.shared_name(path, name) if path.endswith(".cs") else ""

    def project_of(self, path: str) -> tuple[str, ...]:
        """The files of the project that ``path`` belongs to; () where its language has no projects, or it belongs to none."""
        return self._csharp.project_of(path) if path.endswith(".cs") else ()

    def projects_using(self, path: str) -> tuple[str, ...]:
        """The folders of the projects that the project of ``path`` becomes part of; () where its language has none."""
        return self._references.using(path) if path.endswith(".cs") else ()

    def sharing(self, path: str, package: str) -> list[str]:
        """The files for which another file of their project imports the package of ``path``."""
        return self._csharp.sharing(package) if package and path.endswith(".cs") else []

    @cached_property
    def _es(self) -> EsResolver:
        return EsResolver(self._paths, self._read)

    @cached_property
    def _python(self) -> PythonResolver:
        return PythonResolver(self._paths)

    @cached_property
    def _jvm(self) -> PackageResolver:
        return PackageResolver(self._table(own_package, ".java", ".kt", ".kts"))

    @cached_property
    def _csharp(self) -> PackageResolver:
        return PackageResolver(self._table(own_package, ".cs"), project_usings(self._paths, self._read))

    @cached_property
    def _references(self) -> ProjectReferences:
        return ProjectReferences(self._paths, self._read)

    @cached_property
    def _go(self) -> GoResolver:
        return GoResolver(self._table(own_folder, ".go"), go_modules(self._paths, self._read))

    def _table(self, package_of: Callable[[str, Survey], str], *suffixes: str) -> PackageTable:
        return PackageTable(package_of).filled((p for p in sorted(self._paths) if p.endswith(suffixes)), self._survey)


PACKAGED_SUFFIXES = (".java", ".kt", ".kts", ".go", ".cs")
"""Files of languages that find names by package."""
RESOLUTION_FILES = frozenset(("package.json", "tsconfig.json", "jsconfig.json", "go.mod", SHARED_BUILD_FILE))


def shapes_resolution(path: str) -> bool:
    """Whether the content of ``path`` can change what imports mean."""
    name = path.rpartition("/")[2]
    return (
        name in RESOLUTION_FILES or name.endswith(".csproj") or (name.startswith("tsconfig") and name.endswith(".json"))
    )
