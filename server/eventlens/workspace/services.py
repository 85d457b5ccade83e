"""Which service a file belongs to, and what the services are called.

A service is the nearest folder upwards that a manifest, a Dockerfile, a compose file or the settings make one. The settings'
name goes before a compose service's, that before an Nx or Nest project's, that before a package's, that before the folder's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

import msgspec

from eventlens.workspace.resolution import ancestors, folder_of
from eventlens.workspace.service_sources import Claim, claims

_LIBRARY_FOLDERS = frozenset(("packages", "libs", "lib", "libraries", "shared", "common"))


class Service(msgspec.Struct, frozen=True):
    """A deployable unit, or a library (``is_library``): one that nothing starts. ``path`` is its folder, "" for the root.

    ``file`` and ``line`` (1-based) are where its name is written; ``file`` is "" where it is named by its folder.
    """

    name: str
    path: str
    is_library: bool = False
    file: str = ""
    line: int = 1


class Services:
    """The services among ``paths``; ``read`` gives a workspace file's bytes, or None. ``named`` are the settings': (name, folder)."""

    def __init__(
        self,
        paths: Iterable[str],
        read: Callable[[str], bytes | None],
        root_name: str,
        named: Iterable[tuple[str, str]] = (),
    ) -> None:
        found: dict[str, list[Claim]] = {}
        for claim in claims(paths, read, named):
            found.setdefault(claim.folder, []).append(claim)
        self._root_name = root_name
        self._by_folder = _with_unique_names({folder: self._service(folder, own) for folder, own in found.items()})
        self._known: dict[str, Service | None] = {}

    @property
    def all(self) -> tuple[Service, ...]:
        """Every service, by path."""
        return tuple(self._by_folder[folder] for folder in sorted(self._by_folder))

    def service_of(self, path: str) -> Service | None:
        """The service that a file belongs to; None where nothing above it makes one."""
        folder = folder_of(path)
        if folder not in self._known:
            self._known[folder] = next((self._by_folder[up] for up in ancestors(folder) if up in self._by_folder), None)
        return self._known[folder]

    def _service(self, folder: str, own: list[Claim]) -> Service:
        named = [claim for claim in own if claim.name]
        best = min(named, key=lambda claim: claim.rank, default=None)
        rivals = {claim.name for claim in named if best is not None and claim.rank == best.rank}
        if len(rivals) > 1:
            # Several compose services are built from one folder: none of their names is the folder's.
            best = min(
                (c for c in named if best is not None and c.rank > best.rank),
                key=lambda claim: claim.rank,
                default=None,
            )
        starts = any(claim.starts for claim in own)
        says_library = any(claim.is_library for claim in own)
        is_library = not starts and (says_library or not _LIBRARY_FOLDERS.isdisjoint(folder.split("/")))
        if best is None:
            return Service(folder.rpartition("/")[2] or self._root_name, folder, is_library)
        return Service(best.name.rpartition("/")[2], folder, is_library, best.file, best.line)


def _with_unique_names(services: Mapping[str, Service]) -> dict[str, Service]:
    """Services of one name told apart by their folders: two templates may have left the same name in two manifests."""
    holders: dict[str, int] = {}
    for service in services.values():
        holders[service.name] = holders.get(service.name, 0) + 1
    return {
        folder: service
        if holders[service.name] == 1 or not folder
        else msgspec.structs.replace(service, name=_told_apart(service, services))
        for folder, service in services.items()
    }


def _told_apart(service: Service, services: Mapping[str, Service]) -> str:
    own = service.path.rpartition("/")[2]
    names = {other.name for other in services.values()}
    siblings = [other for other in services.values() if other.path.rpartition("/")[2] == own]
    return own if own not in names and len(siblings) == 1 else service.path
