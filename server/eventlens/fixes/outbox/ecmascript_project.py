"""The Node project around a file: its package, where its sources stand, and what it opens connections with."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cached_property
from posixpath import basename, dirname, join, normpath, relpath
from typing import Any, NamedTuple

from tree_sitter import Node

from eventlens.fixes.changes import Edit, FileEdit
from eventlens.fixes.context import FixContext
from eventlens.fixes.outbox.ecmascript_code import callee, declarators, moved, names_read
from eventlens.fixes.source import SourceFile, inside
from eventlens.workspace.reading import read_within

_SUFFIXES = (".ts", ".mts", ".cts", ".tsx")
_OTHER_DATABASES = (
    "mysql",
    "mysql2",
    "mariadb",
    "sqlite3",
    "better-sqlite3",
    "mssql",
    "tedious",
    "oracledb",
    "mongodb",
)
_EVERYWHERE = frozenset(("process", "Number", "String", "parseInt", "undefined", "Boolean"))
_STARTING = ("call_expression", "await_expression", "new_expression")


class Origin(NamedTuple):
    """Where a connection comes from: an expression, with the import that it needs (path, name)."""

    expression: str
    imported: tuple[str, str] | None = None


class NodeProject:
    """The folder of the nearest package.json around a file, seen from the analysed snapshot."""

    def __init__(self, context: FixContext, path: str) -> None:
        self.context = context
        self.path = path
        self.root = self._root(path)

    def _root(self, path: str) -> str:
        folder = dirname(path)
        while folder and f"{folder}/package.json" not in self.context.workspace.files:
            folder = dirname(folder)
        return folder

    # -------------------------------------------------------------------------------------------------------- files

    def exists(self, path: str) -> bool:
        """Whether there is such a file, be it one that is analysed or not."""
        return path in self.context.workspace.files or (self.context.workspace.root / path).exists()

    def text(self, path: str) -> bytes | None:
        """The bytes of any file; None where it cannot be read."""
        try:
            return self.context.workspace.text(path)
        except (KeyError, OSError):
            pass
        try:
            return read_within(self.context.workspace.root, path)
        except OSError:
            return None

    def listed(self, folder: str) -> list[str]:
        """The names in a folder of the disk, sorted; none where there is no such folder."""
        try:
            return sorted(one.name for one in (self.context.workspace.root / folder).iterdir())
        except OSError:
            return []

    @cached_property
    def paths(self) -> tuple[str, ...]:
        """The project's own TypeScript files, tests left out."""
        prefix = f"{self.root}/" if self.root else ""
        workspace = self.context.workspace
        return tuple(
            path
            for path in workspace.sources()
            if path.startswith(prefix) and path.endswith(_SUFFIXES) and workspace.source_set(path) == "main"
        )

    def holding(self, *texts: str) -> Iterator[SourceFile]:
        """The project's files in which one of the texts stands."""
        for path in self.paths:
            source = self.context.workspace.text(path)
            if any(text.encode() in source for text in texts):
                yield self.context.file(path)

    def inside(self, path: str) -> str:
        """A path of the project's folder, from the workspace's root."""
        return normpath(join(self.root, path)) if self.root else normpath(path)

    @cached_property
    def sources(self) -> str:
        """The folder of the sources, from the workspace's root: ``src`` where the file stands in one."""
        source = self.inside("src")
        return source if self.path.startswith(f"{source}/") else self.root or dirname(self.path)

    def beside(self, name: str) -> str:
        """The path of a new file among the sources."""
        return f"{self.sources}/{name}" if self.sources else name

    # ---------------------------------------------------------------------------------------------------- package.json

    @cached_property
    def package(self) -> dict[str, Any]:
        """The package.json, {} where there is none that can be read."""
        return self._package_in(self.root)

    def _package_in(self, folder: str) -> dict[str, Any]:
        try:
            found = json.loads(self.text(f"{folder}/package.json".lstrip("/")) or b"{}")
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}

    @cached_property
    def dependencies(self) -> frozenset[str]:
        """The packages that the project names, and the workspaces around it."""
        found: set[str] = set()
        folder = self.root
        while True:
            package = self._package_in(folder)
            for part in ("dependencies", "devDependencies", "peerDependencies"):
                named = package.get(part)
                found |= named.keys() if isinstance(named, dict) else set()
            if not folder:
                return frozenset(found)
            folder = dirname(folder)

    @property
    def uses_postgres(self) -> bool:
        """Whether the project's driver is that of PostgreSQL, and of nothing else."""
        return "pg" in self.dependencies and not self.dependencies & set(_OTHER_DATABASES)

    def script_edit(self, relay: str) -> FileEdit | None:
        """A script that starts the relay as the service itself is started; None where that is not one plain command."""
        scripts = self.package.get("scripts")
        path = self.inside("package.json")
        text = self.text(path)
        if not isinstance(scripts, dict) or "outbox-relay" in scripts or text is None:
            return None
        for name in ("start:prod", "start"):
            started = re.fullmatch(r"((?:node|tsx|ts-node)(?: -[\w\-= /]+)? )([\w./-]+?)/([\w.-]+?)(\.[jt]s)?", str(scripts.get(name, "")))  # fmt: skip
            at = re.search(rb'"scripts"\s*:\s*\{(\s*)"', text)
            if started is None or at is None:
                continue
            folder, entry = started[2], started[3]
            suffix = started[4] or ""
            if not self.exists(f"{self.sources}/{entry}.ts") or (
                suffix == ".ts" and self.inside(folder) != self.sources
            ):
                return None
            command = f"{started[1]}{folder}/{basename(relay).rpartition('.')[0]}{suffix}"
            found = re.search(rb'"%s"\s*:\s*"[^"]*"' % name.encode(), text)
            assert found is not None
            end = found.end()
            return FileEdit(path, (Edit(end, end, f',{at[1].decode()}"outbox-relay": "{command}"'),))
        return None

    # -------------------------------------------------------------------------------------------------------- imports

    def specifier(self, importing: str, target: str) -> str:
        """How a file imports another: relatively, with the suffix that the project writes."""
        path = relpath(target, dirname(importing) or ".")
        path = path if path.startswith(".") else f"./{path}"
        stem, _, suffix = path.rpartition(".")
        return stem + (f".{suffix.replace('ts', 'js').removesuffix('x')}" if self.names_suffixes else "")

    @cached_property
    def names_suffixes(self) -> bool:
        """Whether relative imports name the file's suffix, as ECMAScript modules do."""
        for path in (self.path, *self.paths):
            found = re.search(rb"""from\s+["'](\.[^"']+)["']""", self.context.workspace.text(path))
            if found is not None:
                return found[1].endswith((b".js", b".mjs", b".cjs"))
        return self.package.get("type") == "module"

    # ---------------------------------------------------------------------------------------------------- connections

    def origin(self, package: str, made_by: tuple[str, ...]) -> Origin | None:
        """What another file can open the same connection with: an exported one, or the expression that makes it.

        None where the project makes none that stands alone, or several."""
        exported: list[Origin] = []
        carried: list[Origin] = []
        for file in self.holding(*(f"{name}(" for name in made_by)):
            if f"from {package!r}" not in file.source.decode("utf-8", "replace").replace('"', "'"):
                continue
            for node in inside(file.tree.root_node, "new_expression", "call_expression"):
                if callee(file, node).rpartition(".")[2] not in made_by:
                    continue
                name = exported_name(file, node)
                if name and not _starts_something(file):
                    exported.append(Origin(name, (file.path, name)))
                elif not names_read(file, node) - _EVERYWHERE - {callee(file, node).partition(".")[0]}:
                    carried.append(Origin(moved(file, node, "")))
        if len(exported) == 1:
            return exported[0]
        texts = {one.expression for one in carried}
        return carried[0] if len(texts) == 1 and not exported else None


def exported_name(file: SourceFile, value: Node) -> str:
    """The name under which a module exports a value that it makes at its top; "" where it does not."""
    declarator = value.parent
    while declarator is not None and declarator.type in (
        "await_expression",
        "as_expression",
        "parenthesized_expression",
    ):
        declarator = declarator.parent
    statement = declarator.parent if declarator is not None and declarator.type == "variable_declarator" else None
    if statement is None or statement.parent is None or statement.parent.type != "export_statement":
        return ""
    bound = next(iter(declarators(statement))).child_by_field_name("name")
    return file.text(bound) if bound is not None and bound.type == "identifier" else ""


def _starts_something(file: SourceFile) -> bool:
    """Whether importing a module sets a program going: statements at its top that call something."""
    return any(
        one.type == "expression_statement" and one.named_children and one.named_children[0].type in _STARTING
        for one in file.tree.root_node.named_children
    )
