"""The schema files of a workspace, by the names of their messages and by channel.

A message is found by name only where the name means one: two files that declare an ``OrderPlaced`` declare none for an event of that
name, unless the event's own name says which (``com.shop.OrderPlaced``).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from eventlens.config.asyncapi import looks_like_asyncapi, read_asyncapi
from eventlens.config.avro import read_avro
from eventlens.config.documents import read_document
from eventlens.config.json_schema import read_json_schema
from eventlens.config.message_schemas import ApplicationDocument, MessageSchema, SchemaFile, SchemaProblem
from eventlens.config.protobuf import read_protobuf
from eventlens.config.values import Value
from eventlens.flow.model import Place
from eventlens.workspace.snapshot import Workspace

_MAX_FILES = 2_000
_MAX_BYTES = 500_000
_SUFFIXES = (".avsc", ".proto", ".json", ".yaml", ".yml")
_NOT_SCHEMAS = ("package.json", "tsconfig.json", "composer.json", "openapi.json", "openapi.yaml", "openapi.yml")
_SPECIFICATION = re.compile(r"(?i)^(?!.*tests?/)(?:.*/)?specs?/[^/]*async[-_]?api[^/]*$")
"""An AsyncAPI document in a folder of specifications, which elsewhere are tests."""
_ROLES = ("-value", "_value", ".value", "-event", ".event", "_event", ".schema", "-schema", "")
"""Endings of the names of files that hold the schema of a channel."""


class FileSchema(NamedTuple):
    """A message that a file declares."""

    message: MessageSchema
    place: Place


class FileApplication(NamedTuple):
    """An application that a file describes."""

    document: ApplicationDocument
    file: str


class SchemaFileProblem(NamedTuple):
    """Why a schema file, or a part of one, is not used."""

    file: str
    problem: SchemaProblem


@dataclass(frozen=True)
class SchemaFiles:
    """Look-ups over the schema files of one state of a workspace's configuration."""

    by_name: Mapping[str, tuple[FileSchema, ...]] = field(default_factory=dict)
    by_channel: Mapping[str, tuple[FileSchema, ...]] = field(default_factory=dict)
    problems: tuple[SchemaFileProblem, ...] = ()
    applications: tuple[FileApplication, ...] = ()
    declared: tuple[tuple[str, SchemaFile], ...] = ()
    """What each file declares, by its path."""

    def named(self, event: str) -> FileSchema | None:
        """The one message of a name; None where there is none, or several."""
        exact = [one for one in self.by_name.get(event, ()) if event in _written_names(one.message)]
        if exact:
            return exact[0] if len(exact) == 1 else None
        folded = self.by_name.get(folded_name(event), ())
        return folded[0] if len(folded) == 1 else None

    def on_channel(self, channel: str, event: str | None) -> FileSchema | None:
        """The message of a channel: the one of the event's name, or the only one where the event has no name."""
        found = self.by_channel.get(channel, ())
        if event is not None:
            found = tuple(one for one in found if folded_name(one.message.name) == folded_name(event))
        return found[0] if len(found) == 1 else None


NO_SCHEMA_FILES = SchemaFiles()


def schema_files_of(workspace: Workspace) -> SchemaFiles:
    """Read the schema files of a workspace, those of tests left out. Broken ones are problems and nothing more."""
    reading = _Reading(workspace)
    found: list[FileSchema] = []
    by_channel: dict[str, list[FileSchema]] = {}
    applications: list[FileApplication] = []
    declared = list(reading.files())
    for path, file in declared:
        if file.application is not None:
            applications.append(FileApplication(file.application, path))
        for message in file.messages:
            one = FileSchema(message, Place(file=message.path or path, line=message.line))
            found.append(one)
            for channel in message.channels:
                by_channel.setdefault(channel, []).append(one)
        if len(file.messages) == 1 and not file.messages[0].channels:
            for channel in _channels_of_file(path):
                by_channel.setdefault(channel, []).append(found[-1])
    return SchemaFiles(
        _by_name(found),
        {key: tuple(_apart(each)) for key, each in by_channel.items()},
        tuple(reading.problems),
        tuple(applications),
        tuple(declared),
    )


def folded_name(name: str) -> str:
    """A name without what differs between languages: case, separators, a namespace before a type's name, the word event."""
    last = name.rpartition(".")[2]
    plain = last if last[:1].isupper() else name
    folded = "".join(c for c in plain if c.isalnum()).lower()
    return folded.removesuffix("event") or folded


def _by_name(found: Iterable[FileSchema]) -> dict[str, tuple[FileSchema, ...]]:
    table: dict[str, list[FileSchema]] = {}
    for one in found:
        for name in dict.fromkeys((*_written_names(one.message), folded_name(one.message.name))):
            table.setdefault(name, []).append(one)
    return {name: tuple(_apart(each)) for name, each in table.items()}


def _written_names(message: MessageSchema) -> tuple[str, ...]:
    return (f"{message.namespace}.{message.name}", message.name) if message.namespace else (message.name,)


def _apart(found: list[FileSchema]) -> list[FileSchema]:
    """Each place once: an AsyncAPI document and the file that it refers to are one declaration."""
    return list({one.place: one for one in found}.values())


def _channels_of_file(path: str) -> Iterator[str]:
    """The channels whose schema a file's name says it holds (``order-events-value.avsc``)."""
    name = path.rpartition("/")[2]
    stem = name.rpartition(".")[0]
    for role in _ROLES:
        if role and stem.endswith(role):
            yield stem.removesuffix(role)
    yield stem


class _Reading:
    """One pass over the configuration files."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._reader = SchemaReader(self._text)
        self.problems: list[SchemaFileProblem] = []

    def files(self) -> Iterator[tuple[str, SchemaFile]]:
        """The schema files with what they declare."""
        read = 0
        for path in self._workspace.configs():
            if self._is_of_tests(path) or path.rpartition("/")[2] in _NOT_SCHEMAS:
                continue
            file = self._file(path)
            if file is None:
                continue
            self.problems.extend(SchemaFileProblem(path, problem) for problem in file.problems)
            yield path, file
            read += 1
            if read == _MAX_FILES:
                return

    def _is_of_tests(self, path: str) -> bool:
        return self._workspace.source_set(path) == "test" and not _SPECIFICATION.search(path)

    def _file(self, path: str) -> SchemaFile | None:
        text = self._text(path) if path.endswith(_SUFFIXES) else None
        return self._reader.read(path, text) if text is not None else None

    def _text(self, path: str) -> bytes | None:
        try:
            return self._workspace.text(path) if path in self._workspace else None
        except (OSError, KeyError):
            return None


class SchemaReader:
    """Reads schema files, given how the texts of files are found that they refer to."""

    def __init__(self, text: Callable[[str], bytes | None]) -> None:
        self._text = text
        self._roots: dict[str, Value | None] = {}

    def read(self, path: str, text: bytes) -> SchemaFile | None:
        """What a file declares; None for one that is no schema."""
        if len(text) > _MAX_BYTES:
            return None
        suffix = path.rpartition(".")[2].lower()
        if suffix == "avsc":
            return read_avro(text)
        if suffix == "proto":
            return read_protobuf(text)
        if looks_like_asyncapi(text):
            return read_asyncapi(text, path, self._root)
        return read_json_schema(text, path, self._root) if _looks_like_schema(path, text) else None

    def _root(self, path: str) -> Value | None:
        """The root of another file, for references."""
        if path not in self._roots:
            text = self._text(path)
            usable = text is not None and len(text) <= _MAX_BYTES
            self._roots[path] = read_document(path, text).root if text is not None and usable else None
        return self._roots[path]


def _looks_like_schema(path: str, text: bytes) -> bool:
    head = text[:4096]
    return b"json-schema.org" in head or (".schema." in path and b"properties" in head)
