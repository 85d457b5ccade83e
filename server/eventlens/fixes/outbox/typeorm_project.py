"""Where a project with TypeORM registers its entities and migrations."""

from __future__ import annotations

import re
from collections.abc import Iterator
from posixpath import basename, dirname
from typing import NamedTuple

from tree_sitter import Node

from eventlens.fixes.changes import Edit, FileEdit
from eventlens.fixes.es_imports import import_edits
from eventlens.fixes.outbox.ecmascript_code import callee
from eventlens.fixes.outbox.ecmascript_project import NodeProject
from eventlens.fixes.source import SourceFile, inside

_ENTITY = "OutboxMessage"
_FIRST = 1700000000000
_STAMPED = re.compile(r"(\d{13})-([\w-]+)\.ts")
_FOLDERS = (
    "src/migrations",
    "src/migration",
    "migrations",
    "src/database/migrations",
    "src/db/migrations",
    "db/migrations",
)


class Registration(NamedTuple):
    """The path of the new entity, and what makes TypeORM know it."""

    path: str
    edits: tuple[FileEdit, ...]


def registration(project: NodeProject, entity: str) -> Registration | None:
    """None where it does not show how entities are registered."""
    sibling = _sibling(project, entity)
    if sibling is None:
        return None
    name = "outbox-message.entity.ts" if sibling.endswith(".entity.ts") else "outbox-message.ts"
    path = f"{dirname(sibling)}/{name}".lstrip("/")
    lists = list(_lists(project, "entities"))
    for file, value in lists:
        if value.type != "array" or not value.named_children:
            return None
        if all(one.type == "identifier" for one in value.named_children):
            return Registration(path, (_appended(project, file, value, _ENTITY, path),))
        if "*" in file.text(value):
            return Registration(path, ())
    if lists:
        return None
    if any(True for _ in project.holding("autoLoadEntities")):
        return _as_feature(project, entity, path)
    return None


def _sibling(project: NodeProject, entity: str) -> str | None:
    """The file of an entity: that of the write, else any."""
    files = list(project.holding("@Entity("))
    own = [file.path for file in files if re.search(rf"class {re.escape(entity)}\b".encode(), file.source)]
    return next(iter([*own, *(file.path for file in files)]), None)


def _lists(project: NodeProject, name: str) -> Iterator[tuple[SourceFile, Node]]:
    """The values of an option of data sources."""
    for file in project.holding("new DataSource(", "TypeOrmModule.forRoot", "DataSourceOptions"):
        for pair in inside(file.tree.root_node, "pair"):
            key, value = pair.child_by_field_name("key"), pair.child_by_field_name("value")
            if key is not None and value is not None and file.text(key) == name:
                yield file, value


def _appended(project: NodeProject, file: SourceFile, array: Node, name: str, path: str) -> FileEdit:
    at = array.named_children[-1].end_byte
    is_broken = array.start_point[0] != array.named_children[-1].start_point[0]
    lead = f",{file.style.newline}{file.indent_at(at)}" if is_broken else ", "
    imports = import_edits(file, project.specifier(file.path, path), name)
    return FileEdit(file.path, (*imports, Edit(at, at, f"{lead}{name}")))


def _as_feature(project: NodeProject, entity: str, path: str) -> Registration | None:
    """NestJS loads what a module names as its features: the entity goes beside that of the write."""
    for file in project.holding("forFeature("):
        for call in inside(file.tree.root_node, "call_expression"):
            if callee(file, call) != "TypeOrmModule.forFeature":
                continue
            array = next(inside(call, "array"), None)
            names = [file.text(one) for one in array.named_children] if array is not None else []
            if array is not None and entity in names:
                return Registration(path, (_appended(project, file, array, _ENTITY, path),))
    return None


# --------------------------------------------------------------------------------------------------------- migrations


class LastMigration(NamedTuple):
    """The newest migration: its time stamp, where it is, and how its file is named."""

    stamp: int
    folder: str
    is_kebab: bool

    def registered(self, project: NodeProject, name: str, path: str) -> Iterator[FileEdit]:
        """The new one named where the others are named one by one."""
        for file, value in _lists(project, "migrations"):
            names = value.named_children if value.type == "array" else []
            if names and all(one.type == "identifier" for one in names):
                yield _appended(project, file, value, name, path)


def migrates(project: NodeProject) -> bool:
    """Whether the project has migrations, or at least does not leave its schema to TypeORM."""
    texts = [file.source for file in project.holding("synchronize")]
    return bool(_migrations(project)) or not any(re.search(rb"synchronize:\s*true", text) for text in texts)


def last_migration(project: NodeProject) -> LastMigration:
    """The newest migration of the project; where there is none, what comes before the first."""
    found = _migrations(project)
    if not found:
        return LastMigration(_FIRST - 1, project.beside("migrations"), False)
    path, matched = max(found, key=lambda one: int(one[1][1]))
    return LastMigration(int(matched[1]), dirname(path), matched[2] == matched[2].lower())


def _migrations(project: NodeProject) -> list[tuple[str, re.Match[str]]]:
    found = [(path, matched) for path in project.paths if (matched := _STAMPED.fullmatch(basename(path))) is not None]
    if found:
        return found
    places = [project.inside(place) for place in _FOLDERS]
    return [
        (f"{folder}/{name}", matched)
        for folder in places
        for name in project.listed(folder)
        if (matched := _STAMPED.fullmatch(name)) is not None
    ]
