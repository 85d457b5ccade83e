"""A workspace at one moment: its files, what they say and how they import each other."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import msgspec

from eventlens import ir
from eventlens.workspace.cache import open_cache
from eventlens.workspace.cache_place import tool_version
from eventlens.workspace.discovery import Discovery, FileRecord, language_of
from eventlens.workspace.documents import Overlay
from eventlens.workspace.importers import ImportIndex, Imports
from eventlens.workspace.modules import PACKAGED_SUFFIXES, ModuleResolver, shapes_resolution
from eventlens.workspace.resolution import Resolution
from eventlens.workspace.services import Services
from eventlens.workspace.source_sets import source_set
from eventlens.workspace.store import FileStore
from eventlens.workspace.survey import Survey, Surveyor

_Derived = TypeVar("_Derived")
_BETWEEN_BEATS = 500
"""Surveys or paths that are given out, each within a microsecond or two, before who watches may look in."""


class Workspace:
    """An immutable view of a folder tree. Paths are relative to ``root`` with ``/``.

    Answers come from editor overlays, then memory, then the cache, then the file. A changed snapshot (`with_overlay`,
    `refresh`) shares everything that the change does not touch. Make one with `open`.
    """

    def __init__(
        self,
        store: FileStore,
        discovery: Discovery,
        overlays: Mapping[str, Overlay],
        index: ImportIndex | None = None,
        on_disk: dict[str, FileRecord] | None = None,
    ) -> None:
        self._store = store
        self._discovery = discovery
        self._overlays = overlays
        self._on_disk = {record.path: record for record in discovery.files} if on_disk is None else on_disk
        self._files = self._on_disk | {path: overlay.record for path, overlay in overlays.items()}
        self._index = index or ImportIndex(
            ModuleResolver(self._files.keys(), self._read, self.survey), self._imports_on_disk
        )

    @classmethod
    def open(
        cls, root: Path, literals: Iterable[bytes] = (), exclude: Iterable[str] = (), cached: bool = True
    ) -> Workspace:
        """Walk ``root``. ``literals`` are the byte strings that `survey` reports; ``exclude`` are gitignore-style globs.

        With ``cached`` the user's cache of this workspace is read and, at `flush`, written."""
        root = root.resolve()
        exclude = tuple(exclude)
        store = FileStore(root, Surveyor(literals), exclude, open_cache(root) if cached else None)
        return cls(store, store.walk(), {})

    def with_literals(self, literals: Iterable[bytes]) -> Workspace:
        """The same files, surveyed for other literals."""
        return Workspace(self._store.for_literals(Surveyor(literals)), self._discovery, self._overlays)

    def begin_workers(self) -> None:
        """Where nothing is known of many files, start the processes that will read them. Changes no answer."""
        self._store.begin_workers(sum(bool(record.language) for record in self._discovery.files))

    def begin_surveys(self) -> None:
        """Have workers, where many files are new, survey them meanwhile. Changes no answer."""
        self._store.begin_survey([record for record in self._discovery.files if record.language])

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

    @property
    def is_settled(self) -> bool:
        """Whether every later change shows in the file table: no file was so young at the walk that its time stamp may stay."""
        walked = self._discovery.began_ns
        return not self._overlays and all(record.is_settled(walked) for record in self._discovery.files)

    def __contains__(self, path: object) -> bool:
        return path in self._files

    def fingerprint(self, *settings: str) -> str:
        """Names this state: the file table, the overlays, the literals, the installed tool and the given settings."""
        digest = hashlib.blake2b(msgspec.msgpack.encode(self._discovery.files), digest_size=16)
        for part in (tool_version(), self._store.surveyor.fingerprint, *settings):
            digest.update(part.encode("utf-8", "surrogatepass") + b"\0")
        for path in sorted(self._overlays):
            digest.update(path.encode("utf-8", "surrogatepass") + b"\0" + self._overlays[path].source)
        return digest.hexdigest()

    # ---------------------------------------------------------------------------------------------------- one file

    def text(self, path: str) -> bytes:
        """The bytes of a file, the editor's where it is open. Raises OSError when it is gone, KeyError when unknown."""
        overlay = self._overlays.get(path)
        return overlay.source if overlay is not None else self._store.text(self._files[path])

    def text_if_there(self, path: str) -> bytes:
        """The bytes of a file as `text` gives them; none where it is gone or unknown."""
        try:
            return self.text(path)
        except (OSError, KeyError):
            return b""

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
        for number, path in enumerate(self.sources()):
            if not number % _BETWEEN_BEATS:
                self.beat()
            yield path, self.survey(path)

    def module(self, path: str) -> ir.Module | None:
        """The lowered file; None for configuration, bundles, unknown files and files that are gone."""
        record = self._files.get(path)
        if record is None or not record.language:
            return None
        overlay = self._overlays.get(path)
        return self._store.module(record) if overlay is None else self._module_of(overlay)

    def _module_of(self, overlay: Overlay) -> ir.Module | None:
        """What an editor holds, lowered: a document that was opened and not edited is as it was on disk."""
        saved = None if overlay.is_lowered else self._on_disk.get(overlay.record.path)
        known = None if saved is None else self._store.module_of(saved, overlay.source)
        return overlay.module() if known is None else known

    def begin_modules(self, paths: Iterable[str]) -> None:
        """Have many files lowered before they are asked for, by workers where that is sooner. Changes no answer."""
        self._store.lower_all(
            [r for p in paths if (r := self._files.get(p)) and r.language and p not in self._overlays]
        )

    def modules(self, paths: Iterable[str]) -> Iterator[tuple[str, ir.Module]]:
        """Lowered files in the order of ``paths``; many at once cost less than one by one. Files without a module are left out."""
        wanted = list(paths)
        self.begin_modules(wanted)
        for path in wanted:
            self.beat()
            module = self.module(path)
            if module is not None:
                yield path, module

    def expect(self, paths: Iterable[str]) -> None:
        """Files that will probably be wanted as modules: they are lowered meanwhile where workers run. Changes no answer."""
        self._store.expect(r for p in paths if (r := self._files.get(p)) and r.language and p not in self._overlays)

    def derived(self, module: ir.Module, make: Callable[[ir.Module, Callable[[], None]], _Derived]) -> _Derived:
        """``make(module, beat)``, made once for all snapshots that hold this very module. It must not change afterwards."""
        return self._store.derived(module, make)

    def source_set(self, path: str) -> str:
        """ "main", "test", "example" or "generated"."""
        return source_set(path)

    def beat(self) -> None:
        """Let who watches look in: called now and then amid long work on this workspace."""
        self._store.beat()

    @contextmanager
    def watched(self, beat: Callable[[], None]) -> Iterator[None]:
        """Has ``beat`` called at least every few files and sites that are looked at; it may raise to end the work."""
        before, self._store.beat = self._store.beat, beat
        try:
            yield
        finally:
            self._store.beat = before

    # ----------------------------------------------------------------------------------------------------- imports

    def resolve(self, path: str, specifier: str) -> Resolution:
        """Where an import leads. In Python ``from m import a`` is asked as ``m:a`` (the submodule, else ``m``) or as ``m``."""
        return self._index.resolver.resolve(path, specifier)

    def shared_imports(self, path: str) -> tuple[str, ...]:
        """Packages that other files of the same project import for ``path`` too (C#'s ``global using``)."""
        return self._index.resolver.shared_imports(path)

    def shared_name(self, path: str, name: str) -> str:
        """What another file of the project calls ``name`` for ``path`` too (C#'s ``global using Name = a.b.C``): ``a.b.C``, else ""."""
        return self._index.resolver.shared_name(path, name)

    def project_of(self, path: str) -> tuple[str, ...]:
        """The files of the project that ``path`` belongs to (C#'s); () where its language has no projects, or it belongs to none."""
        return self._index.resolver.project_of(path)

    def projects_using(self, path: str) -> tuple[str, ...]:
        """The folders of the projects that the project of ``path`` becomes part of (C#'s), the nearest first."""
        return self._index.resolver.projects_using(path)

    def finds_by_package(self, path: str) -> bool:
        """Whether the language of a file finds names by package, so that ``resolve`` is asked for ``package:Name``."""
        return path.endswith(PACKAGED_SUFFIXES)

    def declaring(self, path: str, name: str) -> Sequence[str]:
        """Files of the same language family as ``path`` that declare a name, of whatever package (see `PackageSurvey.declares`), sorted."""
        packaged = self._index.resolver.packaged(path)
        return packaged.table.holding(name) if packaged is not None else ()

    def family(self, path: str) -> list[str]:
        """All source files of the language family of ``path`` where it finds names by package, sorted; else none."""
        packaged = self._index.resolver.packaged(path)
        return sorted(packaged.table.paths()) if packaged is not None else []

    def bringing(self, path: str, packages: Iterable[str], name: str) -> list[str]:
        """Those of the packages, imported in ``path`` as a whole, that may bring in a name, in their order."""
        packaged = self._index.resolver.packaged(path)
        return packaged.bringing(packages, name) if packaged is not None else list(packages)

    def package_of(self, path: str) -> str:
        """The package that a file belongs to, as its resolver files it; "" where files are no part of packages."""
        packaged = self._index.resolver.packaged(path)
        return packaged.table.package(path) if packaged is not None else ""

    def package_named_by(self, path: str, specifier: str) -> str:
        """What the files that an import leads to call their package; "" where they lie outside of the workspace."""
        found = self.resolve(path, specifier).path
        return self.survey(found).package.removesuffix("_test") if found is not None else ""

    def parts(self, path: str, name: str) -> tuple[str, ...]:
        """The files of the package of ``path`` that declare, or add to, the type ``name``."""
        packaged = self._index.resolver.packaged(path)
        return (
            tuple(sorted(packaged.table.declaring(packaged.table.package(path), name))) if packaged is not None else ()
        )

    def importers_of(self, path: str) -> list[str]:
        """The files whose imports lead to ``path``, sorted."""
        found = self._index.importers(path, self.survey(path)) - self._overlays.keys()
        for importing in self._overlays:
            if importing != path and self._index.imports_leading_to(path, importing, self.survey(importing).imports):
                found.add(importing)
        return sorted(found)

    def importers_among(self, candidates: Collection[str], path: str) -> list[str]:
        """Those of a few files that import ``path``, sorted; the imports of no other file are looked at."""
        if self._index.is_built:
            return [importing for importing in self.importers_of(path) if importing in candidates]
        return sorted(
            importing
            for importing in candidates
            if importing != path and self._index.imports_leading_to(path, importing, self.survey(importing).imports)
        )

    def index_imports(self) -> None:
        """Find out who imports whom, which `importers_of` does when it is first asked. Changes no answer."""
        self._index.turned_around()

    # ---------------------------------------------------------------------------------------------------- services

    def services(self, named: Iterable[tuple[str, str]] = ()) -> Services:
        """The services of the workspace; ``named`` are those of the settings as (name, folder). Worked out anew at every call."""
        return Services(self._paths(), self._read, self.root.name, named)

    def _paths(self) -> Iterator[str]:
        for number, path in enumerate(self._files):
            if number % _BETWEEN_BEATS == 0:
                self.beat()
            yield path

    # ----------------------------------------------------------------------------------------------------- changes

    def with_overlay(self, path: str, source: bytes | None) -> Workspace:
        """The workspace with ``path`` holding ``source``; None takes the overlay away again. Files of no known kind change nothing."""
        return self.with_overlays({path: source})

    def with_overlays(self, sources: Mapping[str, bytes | None]) -> Workspace:
        """The same for several files at once."""
        overlays, same_paths, shaping = dict(self._overlays), True, False
        changed = False
        for path, source in sources.items():
            language = language_of(path.rpartition("/")[2])
            previous = overlays.get(path)
            if language is None or (None if previous is None else previous.source) == source:
                continue
            changed = True
            overlays.pop(path, None)
            if source is not None:
                overlays[path] = Overlay(path, source, language, previous)
            same_paths = same_paths and (path in self._files) == (source is not None or path in self._on_disk)
            shaping = shaping or shapes_resolution(path)
        if not changed:
            return self
        if not same_paths or shaping:
            return Workspace(self._store, self._discovery, overlays, None, self._on_disk)
        after = Workspace(self._store, self._discovery, overlays, self._index, self._on_disk)
        after._index = self._index.with_changes(sources, after.survey)
        return after

    def overlaid(self) -> frozenset[str]:
        """The files whose text is not the disk's."""
        return frozenset(self._overlays)

    def refresh(self) -> Workspace:
        """The workspace as it is on disk now, overlays kept; `self` when no file came, went or changed."""
        before, found = self._discovery, self._store.walk()
        changed = (
            {record.path for record in set(found.files) ^ set(before.files)} if found.files != before.files else set()
        )
        young = [r for r in before.files if r.path not in changed and not r.is_settled(before.began_ns)]
        changed |= self._store.forget_changed(young)
        if not changed:
            return self
        after = Workspace(self._store, found, self._overlays)
        if after._files.keys() == self._files.keys() and not any(map(shapes_resolution, changed)):
            after._index = ImportIndex(self._index.resolver.with_changes(changed, after.survey), after._imports_on_disk)
        return after

    # ------------------------------------------------------------------------------------------------------- cache

    def get_blob(self, key: str) -> bytes | None:
        """What an earlier run put under ``key`` (see `fingerprint`)."""
        return None if self._store.cache is None else self._store.cache.get_blob(key)

    def put_blob(self, key: str, value: bytes) -> None:
        """Remember a finished answer for the next run."""
        if self._store.cache is not None:
            self._store.cache.put_blob(key, value)

    def flush(self) -> None:
        """Write what was learnt to the cache."""
        self._store.flush()

    def finish(self) -> None:
        """Write what was learnt and stop the workers; the cache stays open."""
        self._store.forget_all_but(self._discovery.files)
        self._store.finish()

    def close(self) -> None:
        """Write what was learnt and let go of workers and cache, for this snapshot and all that share with it."""
        self._store.forget_all_but(self._discovery.files)
        self._store.close()

    def _imports_on_disk(self) -> Imports:
        records = [record for record in self._discovery.files if record.language]
        self._store.survey_all(records)
        for record in records:
            self.beat()
            yield record.path, self._store.survey(record).imports

    def _read(self, path: str) -> bytes | None:
        self.beat()
        try:
            return self.text(path)
        except (OSError, KeyError):
            return None
