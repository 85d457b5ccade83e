"""Docker compose files: which services there are, what they are built from and which environment they run in."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from eventlens.config.documents import read_document
from eventlens.config.environment import Variable
from eventlens.config.values import Items, Scalar, Table, Value, at, items_at, table_at, text_at

_MOST_BASES = 20
"""Services that extend one another; a circle ends here too."""


class ComposeService(msgspec.Struct, frozen=True):
    """One service. Texts are as written (``${X}`` not worked out); paths are relative to the compose file's folder."""

    name: str
    line: int
    image: str = ""
    image_line: int = 0
    build_context: str | None = None
    dockerfile: str | None = None
    environment: tuple[Variable, ...] = ()
    env_files: tuple[str, ...] = ()
    ports: tuple[str, ...] = ()
    command: str = ""
    depends_on: tuple[str, ...] = ()


class ComposeFile(msgspec.Struct, frozen=True):
    """The services of one file, or of several merged."""

    services: tuple[ComposeService, ...] = ()

    def service(self, name: str) -> ComposeService | None:
        """The service called ``name``."""
        return next((service for service in self.services if service.name == name), None)


def is_compose_name(name: str) -> bool:
    """Whether a file name is a compose file's by convention."""
    stem, _, suffix = name.rpartition(".")
    return suffix in ("yml", "yaml") and (
        stem.startswith(("docker-compose", "compose")) or stem.endswith(("docker-compose", "-compose"))
    )


def read_compose(text: str | bytes) -> ComposeFile:
    """The services of one compose file; none where it is no compose file or broken."""
    root = read_document("compose.yml", text).root
    services = table_at(root, "services")
    found = [
        _service(name, services.lines[name], _extended(value, services))
        for name, value in services.entries.items()
        if isinstance(value, Table)
    ]
    return ComposeFile(tuple(found))


def merge(files: Iterable[ComposeFile]) -> ComposeFile:
    """Several files as compose reads them with ``-f a -f b``: later ones fill in and override."""
    merged: dict[str, ComposeService] = {}
    for file in files:
        for service in file.services:
            earlier = merged.get(service.name)
            merged[service.name] = service if earlier is None else _overridden(earlier, service)
    return ComposeFile(tuple(merged.values()))


def _overridden(earlier: ComposeService, later: ComposeService) -> ComposeService:
    variables = {variable.name: variable for variable in (*earlier.environment, *later.environment)}
    return ComposeService(
        name=earlier.name,
        line=earlier.line,
        image=later.image or earlier.image,
        image_line=later.image_line or earlier.image_line,
        build_context=earlier.build_context if later.build_context is None else later.build_context,
        dockerfile=earlier.dockerfile if later.dockerfile is None else later.dockerfile,
        environment=tuple(variables.values()),
        env_files=tuple(dict.fromkeys((*earlier.env_files, *later.env_files))),
        ports=tuple(dict.fromkeys((*earlier.ports, *later.ports))),
        command=later.command or earlier.command,
        depends_on=tuple(dict.fromkeys((*earlier.depends_on, *later.depends_on))),
    )


def _extended(value: Table, services: Table) -> Table:
    """The service with what ``extends`` takes from another service of the same file, and that from another one."""
    extended = value
    for _ in range(_MOST_BASES):
        base = _base_of(value, services)
        if base is None:
            break
        entries, lines = {**base.entries, **extended.entries}, {**base.lines, **extended.lines}
        extended, value = Table(entries, lines, extended.line), base
    return extended


def _base_of(value: Table, services: Table) -> Table | None:
    extends = at(value, "extends")
    name = text_at(extends, "service") if isinstance(extends, Table) else text_at(value, "extends")
    base = services.entries.get(name) if name and text_at(extends, "file") is None else None
    return base if isinstance(base, Table) else None


def _service(name: str, line: int, value: Table) -> ComposeService:
    build = at(value, "build")
    context = build.text if isinstance(build, Scalar) else text_at(build, "context")
    return ComposeService(
        name=name,
        line=line,
        image=text_at(value, "image") or "",
        image_line=value.lines.get("image", 0),
        build_context="." if context is None and isinstance(build, Table) else context,
        dockerfile=text_at(build, "dockerfile"),
        environment=environment_of(at(value, "environment")),
        env_files=tuple(_env_files(at(value, "env_file"))),
        ports=tuple(_ports(value)),
        command=_command(at(value, "command")),
        depends_on=_names(at(value, "depends_on")),
    )


def environment_of(value: Value | None) -> tuple[Variable, ...]:
    """An ``environment`` in its map form (``A: x``) or its list form (``- A=x``)."""
    if isinstance(value, Table):
        return tuple(
            Variable(name, entry.text if entry.value is not None else None, value.lines[name])
            for name, entry in value.entries.items()
            if isinstance(entry, Scalar)
        )
    found: list[Variable] = []
    for item in value.items if isinstance(value, Items) else ():
        if isinstance(item, Scalar):
            name, equals, text = item.text.partition("=")
            found.append(Variable(name.strip(), text if equals else None, item.line))
    return tuple(found)


def _env_files(value: Value | None) -> Iterable[str]:
    if isinstance(value, Scalar):
        yield value.text
    for item in value.items if isinstance(value, Items) else ():
        path = item.text if isinstance(item, Scalar) else text_at(item, "path")
        if path:
            yield path


def _ports(value: Table) -> Iterable[str]:
    for item in items_at(value, "ports"):
        if isinstance(item, Scalar):
            yield item.text
        elif target := text_at(item, "target"):
            published = text_at(item, "published")
            yield f"{published}:{target}" if published else target


def _command(value: Value | None) -> str:
    if isinstance(value, Scalar):
        return value.text
    return " ".join(item.text for item in value.items if isinstance(item, Scalar)) if isinstance(value, Items) else ""


def _names(value: Value | None) -> tuple[str, ...]:
    if isinstance(value, Table):
        return tuple(value.entries)
    return tuple(item.text for item in value.items if isinstance(item, Scalar)) if isinstance(value, Items) else ()
