"""The npm packages that the workspace itself holds, by name, and the file that an import of one means."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from typing import Any

import msgspec

from eventlens.config import jsonc
from eventlens.workspace.es_files import candidates, sources_of_output
from eventlens.workspace.resolution import ancestors, folder_of, join, shared_depth, under

_CONDITIONS = (
    "source",
    "types",
    "import",
    "node",
    "require",
    "default",
    "module",
    "development",
    "production",
    "browser",
)


class NpmPackage(msgspec.Struct, frozen=True):
    """A package.json of the workspace. ``folder`` is relative to the root."""

    folder: str
    name: str
    manifest: dict[str, Any]

    def entry_targets(self, subpath: str) -> Iterator[str]:
        """Files, relative to the package, that ``subpath`` ("." or "./x") names, as far as the manifest says."""
        exports = self.manifest.get("exports")
        if exports is not None:
            yield from mapped_targets(exports if _is_subpath_map(exports) else {".": exports}, subpath)
        if subpath == ".":
            for key in ("source", "types", "typings", "module", "main"):
                if isinstance(target := self.manifest.get(key), str):
                    yield target
            yield "./src/index"
            yield "./index"
            yield "./lib/index"
            yield "./src/main"
        else:
            yield subpath
            yield "./src/" + subpath.removeprefix("./")


class NpmPackages:
    """Every package.json of the workspace; read when first asked.

    The globs of npm, yarn, pnpm, lerna and nx workspaces are not consulted: a package that lies here is meant whenever its
    name is imported, whichever tool links it.
    """

    def __init__(self, paths: Collection[str], read: Callable[[str], bytes | None]) -> None:
        self._paths = paths
        self._read = read
        self._by_name: dict[str, list[NpmPackage]] | None = None
        self._by_folder: dict[str, NpmPackage] = {}

    def named(self, name: str, folder: str) -> NpmPackage | None:
        """The package called ``name`` nearest to ``folder``; not the one that ``folder`` lies in when that declares a

        dependency of its own name (a sample called like the library that it shows)."""
        self._load()
        assert self._by_name is not None
        found = self._by_name.get(name)
        if not found:
            return None
        own = self.owner(folder)
        if own is not None and _depends_on(own, own.name):
            found = [package for package in found if package is not own]
        return max(found, key=lambda package: shared_depth(package.folder, folder), default=None)

    def owner(self, folder: str) -> NpmPackage | None:
        """The nearest package that ``folder`` lies in."""
        self._load()
        return next((self._by_folder[up] for up in ancestors(folder) if up in self._by_folder), None)

    def folder_named(self, name: str) -> str | None:
        """The folder of the package called ``name``."""
        package = self.named(name, "")
        return None if package is None else package.folder

    def _load(self) -> None:
        if self._by_name is not None:
            return
        self._by_name = {}
        for path in sorted(self._paths):
            if path == "package.json" or path.endswith("/package.json"):
                manifest = jsonc.load_table(self._read(path) or b"")
                name = manifest.get("name")
                package = NpmPackage(folder_of(path), name if isinstance(name, str) else "", manifest)
                self._by_folder[package.folder] = package
                if package.name:
                    self._by_name.setdefault(package.name, []).append(package)


def package_files(package: NpmPackage, subpath: str) -> Iterator[str]:
    """Paths that an import of the package can mean, in order; compiled targets are mapped back to their sources."""
    for target in package.entry_targets(subpath):
        for source in sources_of_output(target):
            base = join(package.folder, source)
            if base is not None:
                yield from candidates(base)


def private_files(package: NpmPackage, specifier: str) -> Iterator[str]:
    """Paths that a ``#name`` import means inside its package."""
    imports = package.manifest.get("imports")
    for target in mapped_targets(imports, specifier) if isinstance(imports, dict) else ():
        if target.startswith("."):
            for source in sources_of_output(target):
                yield from candidates(under(package.folder, source))


def mapped_targets(table: dict[str, Any], key: str) -> Iterator[str]:
    """Targets of ``key`` in an ``exports`` or ``imports`` table: exact keys first, then ``*`` patterns, longest first."""
    if key in table:
        yield from _leaves(table[key])
        return
    for pattern in sorted((k for k in table if "*" in k), key=len, reverse=True):
        head, _, tail = pattern.partition("*")
        if key.startswith(head) and key.endswith(tail) and len(key) >= len(head) + len(tail):
            middle = key[len(head) : len(key) - len(tail)]
            yield from (leaf.replace("*", middle) for leaf in _leaves(table[pattern]))
            return


def _leaves(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for item in value:
            yield from _leaves(item)
    elif isinstance(value, dict):
        known = [key for key in _CONDITIONS if key in value]
        for key in [*known, *(key for key in value if key not in _CONDITIONS)]:
            yield from _leaves(value[key])


def _is_subpath_map(exports: Any) -> bool:
    return isinstance(exports, dict) and any(isinstance(key, str) and key.startswith(".") for key in exports)


def _depends_on(package: NpmPackage, name: str) -> bool:
    tables = (package.manifest.get(key) for key in ("dependencies", "devDependencies", "peerDependencies"))
    return any(isinstance(table, dict) and name in table for table in tables)
