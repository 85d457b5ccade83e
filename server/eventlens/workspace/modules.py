"""Which workspace file, or which external package, an import means: one entry for all languages.

Pure functions of the file table and of the manifests in it; every index is built once, when first asked for.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection
from functools import cached_property

from eventlens.workspace.es_modules import EsResolver
from eventlens.workspace.python_modules import PythonResolver
from eventlens.workspace.resolution import Resolution, folder_of


class ModuleResolver:
    """Resolves imports among a fixed set of ``paths``; ``read`` gives a workspace file's bytes, or None where it is gone."""

    def __init__(self, paths: Collection[str], read: Callable[[str], bytes | None]) -> None:
        self._paths = paths
        self._read = read
        self._known: dict[str, dict[str, Resolution]] = defaultdict(dict)
        """Importing folder → specifier → where it leads."""

    def resolve(self, path: str, specifier: str) -> Resolution:
        """Where ``specifier``, written in ``path``, leads. Python's ``from m import a`` is asked as ``m:a`` or as ``m``."""
        if path.endswith(".py"):
            return self._python.resolve(path, specifier)
        near = self._known[folder_of(path)]
        found = near.get(specifier)
        if found is None:
            found = near[specifier] = self._es.resolve(path, specifier)
        return found

    @cached_property
    def _es(self) -> EsResolver:
        return EsResolver(self._paths, self._read)

    @cached_property
    def _python(self) -> PythonResolver:
        return PythonResolver(self._paths)


RESOLUTION_FILES = frozenset(("package.json", "tsconfig.json", "jsconfig.json"))


def shapes_resolution(path: str) -> bool:
    """Whether the content of ``path`` can change what imports mean."""
    name = path.rpartition("/")[2]
    return name in RESOLUTION_FILES or (name.startswith("tsconfig") and name.endswith(".json"))
