"""What says that a folder is a service: manifests, Dockerfiles, compose files, project files, settings."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import msgspec

from eventlens.config import jsonc
from eventlens.config.compose import ComposeFile, ComposeService, is_compose_name, read_compose
from eventlens.config.manifests import Manifest, is_manifest_name, read_manifest
from eventlens.workspace.resolution import folder_of, join
from eventlens.workspace.source_sets import source_set

Read = Callable[[str], bytes | None]

BY_SETTINGS, BY_COMPOSE, BY_PROJECT, BY_PACKAGE, BY_FOLDER = range(5)
"""How much a name counts; smaller goes first."""

_CONTAINER_FILES = ("Dockerfile", "Containerfile")
_NEST = "nest-cli.json"
_STARTING_SCRIPTS = frozenset(("start", "serve", "dev", "start:dev", "start:prod", "worker"))


class Claim(msgspec.Struct, frozen=True):
    """One source's word that ``folder`` is a service. ``name`` is "" where the source gives none.

    ``starts``: the source runs something. ``is_library``: the source says that it is one. ``line`` is 1-based.
    """

    folder: str
    rank: int
    name: str = ""
    starts: bool = False
    is_library: bool = False
    file: str = ""
    line: int = 1


def claims(paths: Iterable[str], read: Read, named: Iterable[tuple[str, str]]) -> Iterator[Claim]:
    """Every claim, in the order of the paths; those of tests and examples' inner folders are left out."""
    for name, folder in named:
        inside = join("", folder)
        if inside is not None:
            yield Claim(inside, BY_SETTINGS, name, starts=True)
    for path in sorted(path for path in paths if _may_claim(path.rpartition("/")[2])):
        if source_set(path) != "test":
            yield from _claims_of(path, read)


def _may_claim(name: str) -> bool:
    """Whether files of a name are looked at: of most files that is told sooner than what they are for."""
    return name.startswith(_CONTAINER_FILES) or name == _NEST or is_compose_name(name) or is_manifest_name(name)


def _claims_of(path: str, read: Read) -> Iterator[Claim]:
    folder, _, name = path.rpartition("/")
    if name.startswith(_CONTAINER_FILES):
        yield Claim(folder, BY_FOLDER, starts=True)
    elif is_compose_name(name):
        yield from _built(path, read_compose(read(path) or b""))
    elif name == _NEST:
        yield from _nest_projects(path, read(path) or b"")
    elif is_manifest_name(name):
        manifest = read_manifest(name, read(path) or b"")
        if manifest is not None and _says_something(manifest):
            yield _of_manifest(path, manifest)


def _says_something(manifest: Manifest) -> bool:
    """A bare ``{"type": "module"}`` or a pyproject with settings of tools only makes no service."""
    return bool(manifest.name or manifest.dependencies or manifest.scripts)


def _of_manifest(path: str, manifest: Manifest) -> Claim:
    is_project = manifest.kind == "project.json"
    starts = manifest.is_library is False or not _STARTING_SCRIPTS.isdisjoint(manifest.scripts)
    rank = BY_PROJECT if is_project else BY_PACKAGE
    return Claim(folder_of(path), rank, manifest.name, starts, manifest.is_library is True, path, manifest.line)


def _built(path: str, compose: ComposeFile) -> Iterator[Claim]:
    for service in compose.services:
        folder = _built_folder(folder_of(path), service)
        if folder is not None:
            yield Claim(folder, BY_COMPOSE, service.name, True, False, path, service.line)


def _built_folder(base: str, service: ComposeService) -> str | None:
    """The folder that a compose service is built from: the context, or the Dockerfile's folder where that is deeper."""
    if service.build_context is None or "://" in service.build_context or "$" in service.build_context:
        return None
    context = join(base, service.build_context)
    if context is None or not service.dockerfile:
        return context
    dockerfile = join(context, service.dockerfile)
    return context if dockerfile is None else folder_of(dockerfile)


def _nest_projects(path: str, text: bytes) -> Iterator[Claim]:
    projects = jsonc.load_table(text).get("projects")
    for name, project in projects.items() if isinstance(projects, dict) else ():
        root = project.get("root") if isinstance(project, dict) else None
        folder = join(folder_of(path), root) if isinstance(root, str) else None
        if folder:
            is_library = project.get("type") == "library"
            yield Claim(folder, BY_PROJECT, name, not is_library, is_library, path)
