"""A workspace at one moment: its files, what they say and how they import each other."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path

from eventlens import ir
from eventlens.workspace.discovery import Discovery, FileRecord, discover, language_of
from eventlens.workspace.documents import Overlay
from eventlens.workspace.modules import ModuleResolver, shapes_resolution
from eventlens.workspace.resolution import Resolution
from eventlens.workspace.source_sets import source_set
from eventlens.workspace.store import FileStore
from eventlens.workspace.survey import Survey, Surveyor


class Workspace:
    """An immutable view of a folder tree. Paths are relative to ``root`` with ``/``.

    Answers come from editor overlays, then memory, then the cache, then the file. A changed snapshot (`with_overlay`,
    `refresh`) shares everything that the change does not touch.
    """

    def __init__(self, store: FileStore, discovery: Discovery, overlays: Mapping[str, Overlay], resolver: ModuleResolver | None = None) -> None:
        self._store = store
        self._discovery = discovery
        self._overlays = dict(overlays)
        self._files = {record.path: record for record in discovery.files}
        for path, overlay in self._overlays.items():
            self._files[path] = overlay.record
        self._resolver = resolver or ModuleResolver(self._files.keys(), self._read)
        self._importers: dict[str, tuple[str, ...]] | None = None

    @classmethod
    def open(cls, root: Path, literals: Iterable[bytes] = (), exclude: Iterable[str] = ()) -> Workspace:
        """Walk ``root``. ``literals`` are the byte strings that `survey` reports; ``exclude`` are gitignore-style globs."""
        root = root.resolve()
        exclude = tuple(exclude)
        return cls(FileStore(root, Surveyor(literals), exclude), discover(root, exclude), {})

    # ------------------------------------------------------------------------------------------------ the file table

    @property
    def root(self) -> Path:
        """The absolute folder that paths are relative to."""
        return self._store.root

    @property
    def files(self) -> Mapping[str, FileRecord]:
        """Every file, source and configuration, by path."""
        return self._files

    @property
    def skipped(self) -> Mapping[str, int]:
        """How many files and folders the walk left out, by reason."""
        return self._discovery.skipped

    def sources(self) -> list[str]:
        """Paths of source files, sorted."""
        return sorted(path for path, record in self._files.items() if record.language)

    def configs(self) -> list[str]:
        """Paths of configuration files, sorted."""
        return sorted(path for path, record in self._files.items() if not record.language)

    def __contains__(self, path: object) -> bool:
        return path in self._files

    # ---------------------------------------------------------------------------------------------------- one file

    def text(self, path: str) -> bytes:
        """The bytes of a file, the editor's where it is open. Raises OSError when it is gone, KeyError when unknown."""
        overlay = self._overlays.get(path)
        if overlay is not None:
            return overlay.source
        return self._store.text(self._files[path])

    def survey(self, path: str) -> Survey:
        """The literals and imports of a source file; an empty survey for configuration and unknown files."""
        record = self._files.get(path)
        if record is None or not record.language:
            return Survey()
        overlay = self._overlays.get(path)
        return overlay.survey(self._store.surveyor) if overlay else self._store.survey(record)

    def surveys(self) -> Iterator[tuple[str, Survey]]:
        """Every source file with its survey, by path."""
        self._store.survey_all([r for p, r in self._files.items() if r.language and p not in self._overlays])
        for path in self.sources():
            yield path, self.survey(path)

    def module(self, path: str) -> ir.Module | None:
        """The lowered file; None for configuration, bundles, unknown files and files that are gone."""
        record = self._files.get(path)
        if record is None or not record.language:
            return None
        overlay = self._overlays.get(path)
        return overlay.module() if overlay else self._store.module(record)

    def modules(self, paths: Iterable[str]) -> Iterator[tuple[str, ir.Module]]:
        """Lowered files in the order of ``paths``; many at once cost less than one by one. Files without a module are left out."""
        wanted = list(paths)
        self._store.lower_all([r for p in wanted if (r := self._files.get(p)) and r.language and p not in self._overlays])
        for path in wanted:
            module = self.module(path)
            if module is not None:
                yield path, module

    def source_set(self, path: str) -> str:
        """"main", "test", "example" or "generated"."""
        return source_set(path)

    # ----------------------------------------------------------------------------------------------------- imports

    def resolve(self, path: str, specifier: str) -> Resolution:
        """Where an import leads. In Python ``from m import a`` is asked as ``m:a`` (the submodule, else ``m``) or as ``m``."""
        return self._resolver.resolve(path, specifier)

    def importers_of(self, path: str) -> list[str]:
        """The files whose imports lead to ``path``, sorted."""
        if self._importers is None:
            self._importers = self._resolver.reverse((p, s.imports) for p, s in self.surveys())
        return list(self._importers.get(path, ()))

    # ----------------------------------------------------------------------------------------------------- changes

    def with_overlay(self, path: str, source: bytes | None) -> Workspace:
        """The workspace with ``path`` holding ``source``; None takes the overlay away again. Files of no known kind change nothing."""
        language = language_of(path.rpartition("/")[2])
        if language is None:
            return self
        overlays = dict(self._overlays)
        previous = overlays.pop(path, None)
        if (None if previous is None else previous.source) == source:
            return self
        if source is not None:
            overlays[path] = Overlay(path, source, language)
        keeps_files = (path in self._files) == (source is not None or self._on_disk(path))
        shared = self._resolver if keeps_files and not shapes_resolution(path) else None
        return Workspace(self._store, self._discovery, overlays, shared)

    def refresh(self) -> Workspace:
        """The workspace as it is on disk now, overlays kept; `self` when no file came, went or changed."""
        found = discover(self.root, self._store.exclude)
        if found.files == self._discovery.files:
            return self
        same_paths = _paths(found) == _paths(self._discovery)
        changed = _changed(self._discovery, found)
        shared = self._resolver if same_paths and not any(map(shapes_resolution, changed)) else None
        return Workspace(self._store, found, self._overlays, shared)

    def _on_disk(self, path: str) -> bool:
        return any(record.path == path for record in self._discovery.files)

    def _read(self, path: str) -> bytes | None:
        try:
            return self.text(path)
        except (OSError, KeyError):
            return None


def _paths(discovery: Discovery) -> Collection[str]:
    return [record.path for record in discovery.files]


def _changed(before: Discovery, after: Discovery) -> set[str]:
    return {record.path for record in set(before.files) ^ set(after.files)}
