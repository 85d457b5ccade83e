"""Imports of a Go file: how a package is called in it, and what adds one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from tree_sitter import Node

from eventlens.fixes.changes import Edit
from eventlens.fixes.source import SourceFile, inside

_VERSION = re.compile(r"v\d+")
_HIDDEN = frozenset((".", "_"))


class Import(NamedTuple):
    """One import: the package's path, how the file calls it, and where that is written."""

    path: str
    name: str
    spec: Node


def imports_of(file: SourceFile) -> Iterator[Import]:
    """The imports of a file in the order of the text, those without a name of their own left out."""
    for spec in _specs(file):
        written, alias = spec.child_by_field_name("path"), spec.child_by_field_name("name")
        path = file.text(written)[1:-1] if written is not None else ""
        name = file.text(alias) if alias is not None else usual_name(path)
        if name not in _HIDDEN:
            yield Import(path, name, spec)


def usual_name(path: str) -> str:
    """The name that a package most likely has: the last part of its path that is no version, what is usual around names left away."""
    parts = [part for part in path.split("/") if not _VERSION.fullmatch(part)]
    name = re.sub(r"\.v\d+$", "", parts[-1] if parts else path)
    return re.sub(r"^go[-_.]|[-_.]go$", "", name).replace("-", "_")


def name_of(file: SourceFile, *paths: str) -> str | None:
    """How a file calls the first package that it imports of some."""
    return next((one.name for one in imports_of(file) if one.path in paths), None)


def import_edits(file: SourceFile, path: str) -> list[Edit]:
    """What makes a package known in a file that imports others; nothing where it is already."""
    if name_of(file, path) is not None:
        return []
    newline, written = file.style.newline, f'"{path}"'
    declarations = [node for node in file.tree.root_node.named_children if node.type == "import_declaration"]
    if not declarations:
        clause = next(node for node in file.tree.root_node.named_children if node.type == "package_clause")
        return [Edit(clause.end_byte, clause.end_byte, f"{newline * 2}import {written}")]
    listed = next((one for one in inside(declarations[0], "import_spec_list")), None)
    if listed is None:
        return [_made_a_list(file, declarations[0], written)]
    specs = [one for one in listed.named_children if one.type == "import_spec"]
    if not specs:
        return [Edit(listed.start_byte, listed.end_byte, f"({newline}\t{written}{newline})")]
    is_standard = "." not in path.partition("/")[0]
    group = _group(specs, specs[0] if is_standard else _neighbour(file, specs, path))
    if is_standard and not _is_standard(file, group[0]):
        at = group[0].start_byte
        return [Edit(at, at, f"{written}{newline * 2}{file.indent_at(at)}")]
    behind = next((one for one in group if _path(file, one) > written), None)
    if behind is not None:
        return [Edit(behind.start_byte, behind.start_byte, f"{written}{newline}{file.indent_at(behind.start_byte)}")]
    end = group[-1].end_byte
    return [Edit(end, end, f"{newline}{file.indent_at(group[-1].start_byte)}{written}")]


def _made_a_list(file: SourceFile, declaration: Node, written: str) -> Edit:
    """``import "errors"`` → one list of both, in groups."""
    spec = next(inside(declaration, "import_spec"))
    newline, known = file.style.newline, file.text(spec)
    if _is_standard(file, spec):
        lines = sorted([(written, written), (_path(file, spec), known)])
        between = newline
    else:
        lines, between = [(written, written), ("", known)], newline * 2
    text = f"{newline}{between.join(chr(9) + line for _, line in lines)}{newline}"
    return Edit(declaration.start_byte, declaration.end_byte, f"import ({text})")


def _neighbour(file: SourceFile, specs: list[Node], path: str) -> Node:
    """The import of the same owner, or else the last one."""
    owner = f'"{path.rpartition("/")[0].partition("/")[0]}/'
    return next((one for one in specs if _path(file, one).startswith(owner)), specs[-1])


def _group(specs: list[Node], first: Node) -> list[Node]:
    """The imports around one, up to the next empty lines."""
    at = specs.index(first)
    start = end = at
    while start > 0 and specs[start].start_point.row == specs[start - 1].end_point.row + 1:
        start -= 1
    while end + 1 < len(specs) and specs[end + 1].start_point.row == specs[end].end_point.row + 1:
        end += 1
    return specs[start : end + 1]


def _is_standard(file: SourceFile, spec: Node) -> bool:
    return "." not in _path(file, spec).strip('"').partition("/")[0]


def _path(file: SourceFile, spec: Node) -> str:
    path = spec.child_by_field_name("path")
    return file.text(path) if path is not None else ""


def _specs(file: SourceFile) -> Iterator[Node]:
    for node in file.tree.root_node.named_children:
        if node.type == "import_declaration":
            yield from inside(node, "import_spec")
