"""`compilerOptions.paths` and `baseUrl` of the tsconfig that governs a file, through `extends` and `references`."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from typing import Any

import msgspec

from eventlens.config import jsonc
from eventlens.workspace.resolution import folder_of, join, under

_NAMES = ("tsconfig.json", "jsconfig.json", "tsconfig.base.json", "tsconfig.app.json", "tsconfig.build.json")


class PathMapping(msgspec.Struct, frozen=True):
    """``base`` is the folder of `baseUrl` (None when unset); ``patterns`` map specifier patterns with at most one ``*`` to

    target patterns relative to the root, most specific first."""

    base: str | None = None
    patterns: tuple[tuple[str, tuple[str, ...]], ...] = ()

    def targets(self, specifier: str) -> Iterator[str]:
        """Paths (without extension) that the mapping names for a specifier."""
        for pattern, targets in self.patterns:
            head, star, tail = pattern.partition("*")
            if not star:
                if specifier == pattern:
                    yield from targets
            elif specifier.startswith(head) and specifier.endswith(tail) and len(specifier) >= len(head) + len(tail):
                middle = specifier[len(head) : len(specifier) - len(tail)]
                yield from (target.replace("*", middle, 1) for target in targets)
        if self.base is not None:
            target = join(self.base, specifier)
            if target:
                yield target


class TsConfigs:
    """Finds and reads the tsconfig of a file; ``read`` gives a workspace file's bytes, or None."""

    def __init__(
        self, paths: Collection[str], read: Callable[[str], bytes | None], package_folder: Callable[[str], str | None]
    ) -> None:
        self._paths = paths
        self._read = read
        self._package_folder = package_folder
        self._by_folder: dict[str, tuple[PathMapping, ...]] = {}
        self._by_file: dict[str, PathMapping] = {}

    def mappings(self, folder: str) -> tuple[PathMapping, ...]:
        """The mappings of the configurations that stand in ``folder`` and above, nearest first."""
        known = self._by_folder.get(folder)
        if known is None:
            own = tuple(self._in_folder(folder))
            above = self.mappings(folder_of(folder)) if folder else ()
            known = own + above
            self._by_folder[folder] = known
        return known

    def _in_folder(self, folder: str) -> Iterator[PathMapping]:
        for name in _NAMES:
            path = under(folder, name)
            if path in self._paths:
                mapping = self._mapping(path, ())
                if mapping.patterns or mapping.base is not None:
                    yield mapping

    def _mapping(self, path: str, seen: tuple[str, ...]) -> PathMapping:
        known = self._by_file.get(path)
        if known is None:
            known = self._read_mapping(path, seen)
            self._by_file[path] = known
        return known

    def _read_mapping(self, path: str, seen: tuple[str, ...]) -> PathMapping:
        if path in seen or len(seen) > 20:
            return PathMapping()
        table = jsonc.load_table(self._read(path) or b"")
        inherited = PathMapping()
        for parent in self._parents(path, table):
            above = self._mapping(parent, (*seen, path))
            inherited = PathMapping(
                above.base if above.base is not None else inherited.base, above.patterns or inherited.patterns
            )
        own = _own_mapping(folder_of(path), table, inherited)
        if own.patterns or own.base is not None:
            return own
        return next(
            (
                m
                for ref in self._references(path, table)
                if (m := self._mapping(ref, (*seen, path))).patterns or m.base is not None
            ),
            own,
        )

    def _parents(self, path: str, table: dict[str, Any]) -> Iterator[str]:
        extends = table.get("extends")
        for parent in [extends] if isinstance(extends, str) else extends if isinstance(extends, list) else []:
            if isinstance(parent, str) and (found := self._extended(folder_of(path), parent)):
                yield found

    def _extended(self, folder: str, parent: str) -> str | None:
        if parent.startswith("."):
            base = join(folder, parent)
        else:
            scope = 2 if parent.startswith("@") else 1
            parts = parent.split("/")
            owner = self._package_folder("/".join(parts[:scope]))
            base = None if owner is None else under(owner, "/".join(parts[scope:]) or "tsconfig.json")
        if base is None:
            return None
        return next((p for p in (base, base + ".json", under(base, "tsconfig.json")) if p in self._paths), None)

    def _references(self, path: str, table: dict[str, Any]) -> Iterator[str]:
        references = table.get("references")
        for reference in references if isinstance(references, list) else []:
            target = reference.get("path") if isinstance(reference, dict) else None
            if isinstance(target, str) and (
                found := self._extended(folder_of(path), target if target.startswith(".") else "./" + target)
            ):
                yield found


def _own_mapping(folder: str, table: dict[str, Any], inherited: PathMapping) -> PathMapping:
    options = table.get("compilerOptions")
    if not isinstance(options, dict):
        return inherited
    written = options.get("baseUrl")
    base = join(folder, written) if isinstance(written, str) else inherited.base
    paths = options.get("paths")
    if not isinstance(paths, dict):
        return PathMapping(base, inherited.patterns)
    anchor = base if base is not None else folder
    return PathMapping(base, _patterns(anchor, paths))


def _patterns(anchor: str, paths: dict[str, Any]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    found: list[tuple[str, tuple[str, ...]]] = []
    for pattern, targets in paths.items():
        listed = targets if isinstance(targets, list) else [targets]
        joined = tuple(
            path for target in listed if isinstance(target, str) and (path := join(anchor, target)) is not None
        )
        found.append((pattern, joined))
    found.sort(key=lambda entry: ("*" in entry[0], -len(entry[0].partition("*")[0])))
    return tuple(found)
