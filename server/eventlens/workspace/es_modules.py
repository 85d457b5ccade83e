"""Import resolution of TypeScript and JavaScript."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable

from eventlens.workspace.es_files import candidates
from eventlens.workspace.npm_packages import NpmPackages, package_files, private_files
from eventlens.workspace.resolution import NOWHERE, Answers, Resolution, folder_of, join
from eventlens.workspace.tsconfigs import TsConfigs


class EsResolver:
    """Resolves specifiers for a fixed set of paths; ``read`` gives a workspace file's bytes, or None."""

    def __init__(self, paths: Collection[str], read: Callable[[str], bytes | None]) -> None:
        self._paths = paths
        self.packages = NpmPackages(paths, read)
        self._answers = Answers()
        self._configs = TsConfigs(paths, read, self.packages.folder_named)

    def resolve(self, path: str, specifier: str) -> Resolution:
        """Where ``specifier``, written in the file ``path``, leads."""
        folder = folder_of(path)
        specifier = specifier.partition("?")[0]
        if specifier.startswith((".", "/")):
            base = join(folder if specifier.startswith(".") else "", specifier)
            return NOWHERE if base is None else self._first(candidates(base), "")
        if specifier.startswith("#"):
            own = self.packages.owner(folder)
            found = self._first(private_files(own, specifier), "") if own else NOWHERE
            return found if found.paths else self._mapped(folder, specifier, "")
        return self._bare(folder, specifier.removeprefix("node:"))

    def _bare(self, folder: str, specifier: str) -> Resolution:
        name, subpath = split_package(specifier)
        mapped = self._mapped(folder, specifier, name)
        if mapped.paths:
            return mapped
        package = self.packages.named(name, folder)
        if package is None:
            return mapped
        return self._first(package_files(package, subpath), name)

    def _mapped(self, folder: str, specifier: str, external: str) -> Resolution:
        for mapping in self._configs.mappings(folder):
            for target in mapping.targets(specifier):
                found = self._first(candidates(target), external)
                if found.paths:
                    return found
        return self._answers.package(external)

    def _first(self, tried: Iterable[str], external: str) -> Resolution:
        found = next((candidate for candidate in tried if candidate in self._paths), None)
        return self._answers.package(external) if found is None else self._answers.file(found)


def split_package(specifier: str) -> tuple[str, str]:
    """``@scope/name/sub/path`` → (``@scope/name``, ``./sub/path``); the subpath of a bare name is ``.``."""
    parts = specifier.split("/")
    length = 2 if specifier.startswith("@") and len(parts) > 1 else 1
    rest = "/".join(parts[length:])
    return "/".join(parts[:length]), f"./{rest}" if rest else "."
