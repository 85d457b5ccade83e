"""The Python project around a file: its folder, how its modules import one another, what stands at the top of its modules."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property
from posixpath import basename, dirname

from tree_sitter import Node

from eventlens.fixes.context import FixContext
from eventlens.fixes.python_code import callee
from eventlens.fixes.source import SourceFile
from eventlens.workspace.reading import read_within

_MANIFESTS = ("pyproject.toml", "setup.py", "setup.cfg", "requirements.txt", "Pipfile", "manage.py")
_LINE_LENGTH = re.compile(rb"^\s*line[-_]length\s*=\s*(\d+)", re.MULTILINE)


class PythonProject:
    """The nearest folder with a manifest around a file, seen from the analysed snapshot."""

    def __init__(self, context: FixContext, path: str) -> None:
        self.context = context
        self.root = self._root(path)

    def _root(self, path: str) -> str:
        files = self.context.workspace.files
        folder = dirname(path)
        while folder and not any(
            f"{folder}/{name}" in files or self._is_file(f"{folder}/{name}") for name in _MANIFESTS
        ):
            folder = dirname(folder)
        return folder

    def _is_file(self, path: str) -> bool:
        return (self.context.workspace.root / path).is_file()

    @cached_property
    def paths(self) -> tuple[str, ...]:
        """The project's own Python files, tests left out."""
        prefix = f"{self.root}/" if self.root else ""
        workspace = self.context.workspace
        return tuple(
            path
            for path in workspace.sources()
            if path.startswith(prefix) and path.endswith(".py") and workspace.source_set(path) == "main"
        )

    def holding(self, *texts: bytes) -> Iterator[SourceFile]:
        """The project's files in which one of the texts stands."""
        for path in self.paths:
            source = self.context.workspace.text(path)
            if any(text in source for text in texts):
                yield self.context.file(path)

    @cached_property
    def width(self) -> int | None:
        """The line length that the project's formatter is set to."""
        for name in ("pyproject.toml", "ruff.toml", ".ruff.toml", "setup.cfg"):
            path = f"{self.root}/{name}" if self.root else name
            try:
                found = _LINE_LENGTH.search(read_within(self.context.workspace.root, path))
            except OSError:
                continue
            if found is not None:
                return int(found[1])
        return None

    # ------------------------------------------------------------------------------------------------------ modules

    def module_name(self, path: str) -> str:
        """The dotted name under which the project imports a file."""
        relative = path[len(self.root) + 1 :] if self.root else path
        relative = relative.removeprefix("src/").removesuffix(".py").removesuffix("/__init__")
        return relative.replace("/", ".")

    @cached_property
    def packages(self) -> frozenset[str]:
        """The first parts of the names of the project's own modules."""
        return frozenset(self.module_name(path).partition(".")[0] for path in self.paths)

    def import_name(self, importing: SourceFile, path: str) -> str:
        """How a file imports another of the project: as it imports its neighbours, relatively or by the full name."""
        known = self._known_import(importing, path)
        if known is not None:
            return known
        relative = any(
            (name := one.child_by_field_name("module_name")) is not None and importing.text(name).startswith(".")
            for one in importing.nodes("import_from_statement")
        )
        own, other = self.module_name(importing.path), self.module_name(path)
        if relative:
            package = own if basename(importing.path) == "__init__.py" else own.rpartition(".")[0]
            dots = "."
            while package and not (other + ".").startswith(package + "."):
                package, dots = package.rpartition(".")[0], dots + "."
            return dots + (other[len(package) + 1 :] if package else other)
        return other

    def _known_import(self, importing: SourceFile, path: str) -> str | None:
        for one in importing.nodes("import_from_statement"):
            name = one.child_by_field_name("module_name")
            if name is not None and self.context.workspace.resolve(importing.path, importing.text(name)).path == path:
                return importing.text(name)
        return None


# -------------------------------------------------------------------------------------------------------- top levels


def top_assignments(file: SourceFile) -> Iterator[tuple[str, Node]]:
    """The plain names that a module assigns at its top, with their values."""
    for statement in file.tree.root_node.named_children:
        if statement.type == "expression_statement" and statement.named_children[0].type == "assignment":
            target = statement.named_children[0].child_by_field_name("left")
            value = statement.named_children[0].child_by_field_name("right")
            if target is not None and value is not None and target.type == "identifier":
                yield file.text(target), value


def top_classes(file: SourceFile) -> Iterator[tuple[str, tuple[str, ...], Node]]:
    """The classes at the top of a module: name, bases as they are written, node."""
    for statement in file.tree.root_node.named_children:
        node = statement.child_by_field_name("definition") if statement.type == "decorated_definition" else statement
        if node is not None and node.type == "class_definition":
            name, bases = node.child_by_field_name("name"), node.child_by_field_name("superclasses")
            assert name is not None
            written = tuple(file.text(one) for one in bases.named_children) if bases is not None else ()
            yield file.text(name), written, node


def called_name(file: SourceFile, node: Node) -> str:
    """The last name of what an expression calls, type arguments left out; "" where it is no call."""
    if node.type != "call":
        return ""
    return re.sub(r"\[.*\]$", "", callee(file, node)).rpartition(".")[2]


def top_names(file: SourceFile) -> set[str]:
    """Every name that a module binds at its top."""
    found = {name for name, _ in top_assignments(file)} | {name for name, _, _ in top_classes(file)}
    for statement in file.tree.root_node.named_children:
        node = statement.child_by_field_name("definition") if statement.type == "decorated_definition" else statement
        if node is not None and node.type == "function_definition":
            name = node.child_by_field_name("name")
            found |= {file.text(name)} if name is not None else set()
        elif statement.type in ("import_statement", "import_from_statement"):
            for one in statement.children_by_field_name("name"):
                local = one.child_by_field_name("alias") or one
                found.add(file.text(local).partition(".")[0])
    return found
