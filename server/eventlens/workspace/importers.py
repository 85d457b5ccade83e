"""Who imports a file: the imports of all files, turned around."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from eventlens.workspace.modules import PACKAGED_SUFFIXES, ModuleResolver
from eventlens.workspace.survey import Survey

Imports = Iterable[tuple[str, tuple[str, ...]]]
"""Each file with its specifiers as surveyed."""


class ImportIndex:
    """File → the files that import it; built when first asked. ``imports`` gives the files on disk.

    Where names are found by package, imports are filed by what they say and not by the file they lead to, which changes with the
    texts of other files.
    """

    def __init__(self, resolver: ModuleResolver, imports: Callable[[], Imports]) -> None:
        self.resolver = resolver
        self._imports = imports
        self._importers: dict[str, list[str]] | None = None
        self._saying: dict[str, list[str]] = {}
        """Specifier of a package's name, or of all of a package → the files that say so, told apart by the family of their language."""
        self._of_types: dict[str, list[tuple[str, str]]] = {}
        """Specifier of a type → the files that say something of what looks like a package and may be the type, and what they say."""

    def with_changes(self, paths: Iterable[str], survey: Callable[[str], Survey]) -> ImportIndex:
        """The index after the texts of some files have changed in an editor; files on disk import what they did."""
        resolver = self.resolver.with_changes(paths, survey)
        if resolver is self.resolver:
            return self
        after = ImportIndex(resolver, self._imports)
        after._importers, after._saying, after._of_types = self._importers, self._saying, self._of_types
        return after

    @property
    def is_built(self) -> bool:
        """Whether `importers` answers without looking at all files first."""
        return self._importers is not None

    def importers(self, path: str, survey: Survey) -> set[str]:
        """The importing files, the file itself left out; ``survey`` is that of ``path``."""
        found = set(self.turned_around().get(path, ()))
        if path.endswith(_NAMED_BY_PACKAGE):
            family = _family(path)
            for name in ("*", *survey.declares):
                said = f"{family}{survey.package}:{name}"
                found.update(self._saying.get(said, ()))
                found.update(
                    importing
                    for importing, specifier in self._of_types.get(said, ())
                    if path in self.resolver.resolve(importing, specifier).paths
                )
            found.update(self.resolver.sharing(path, survey.package))
        return {importing for importing in found if importing != path}

    def turned_around(self) -> Mapping[str, Sequence[str]]:
        """The files that are found by their path."""
        if self._importers is None:
            self._importers = self._turn_around()
        return self._importers

    def imports_leading_to(self, path: str, importing: str, specifiers: Iterable[str]) -> bool:
        """Whether one of the specifiers of ``importing`` leads to ``path``."""
        shared = self.resolver.shared_specifiers(importing)
        return any(path in self.resolver.resolve(importing, one).paths for one in (*specifiers, *shared))

    def _turn_around(self) -> dict[str, list[str]]:
        importers: dict[str, list[str]] = {}
        for path, specifiers in self._imports():
            if path.endswith(_NAMED_BY_PACKAGE):
                self._file(path, specifiers)
                continue
            for specifier in specifiers:
                for target in self.resolver.resolve(path, specifier).paths:
                    known = importers.setdefault(target, [])
                    if not known or known[-1] != path:
                        known.append(path)
        return importers

    def _file(self, path: str, specifiers: Iterable[str]) -> None:
        family = _family(path)
        for specifier in specifiers:
            package = specifier.partition(":")[0]
            outer, _, type_name = package.rpartition(".")
            self._saying.setdefault(family + specifier, []).append(path)
            if outer:
                self._of_types.setdefault(f"{family}{outer}:{type_name}", []).append((path, specifier))


def _family(path: str) -> str:
    """What tells the packages of C# from those that Java and Kotlin share."""
    return "C# " if path.endswith(".cs") else ""


_NAMED_BY_PACKAGE = tuple(suffix for suffix in PACKAGED_SUFFIXES if suffix != ".go")
"""Files whose package is named in their text. Go's is their folder."""
