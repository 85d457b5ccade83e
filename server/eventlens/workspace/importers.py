"""Who imports a file: the imports of all files, turned around."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from eventlens.workspace.modules import ModuleResolver

Imports = Iterable[tuple[str, tuple[str, ...]]]
"""Each file with its specifiers as surveyed."""


class ImportIndex:
    """File → the files that import it; built when first asked. ``imports`` gives the files on disk."""

    def __init__(self, resolver: ModuleResolver, imports: Callable[[], Imports]) -> None:
        self.resolver = resolver
        self._imports = imports
        self._importers: dict[str, list[str]] | None = None

    @property
    def is_built(self) -> bool:
        """Whether `importers` answers without looking at all files first."""
        return self._importers is not None

    def importers(self, path: str) -> set[str]:
        """The importing files, the file itself left out."""
        return {importing for importing in self.turned_around().get(path, ()) if importing != path}

    def turned_around(self) -> Mapping[str, Sequence[str]]:
        """The whole index."""
        if self._importers is None:
            self._importers = self._turn_around()
        return self._importers

    def imports_leading_to(self, path: str, importing: str, specifiers: Iterable[str]) -> bool:
        """Whether one of the specifiers of ``importing`` leads to ``path``."""
        return any(path in self.resolver.resolve(importing, specifier).paths for specifier in specifiers)

    def _turn_around(self) -> dict[str, list[str]]:
        importers: dict[str, list[str]] = {}
        for path, specifiers in self._imports():
            for specifier in specifiers:
                for target in self.resolver.resolve(path, specifier).paths:
                    known = importers.setdefault(target, [])
                    if not known or known[-1] != path:
                        known.append(path)
        return importers
