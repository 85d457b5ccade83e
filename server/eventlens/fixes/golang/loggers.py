"""How a Go file logs a failure: with which object, and in the words of which library."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from tree_sitter import Node

from eventlens.fixes.changes import Edit
from eventlens.fixes.context import FixContext
from eventlens.fixes.golang.code import (
    Declared,
    declared_type,
    declares,
    fields_of,
    functions_around,
    package_files,
    parameters,
    receiver,
)
from eventlens.fixes.golang.imports import Import, import_edits, imports_of
from eventlens.fixes.source import SourceFile, inside

_SLOG, _LOG, _ZAP = "log/slog", "log", "go.uber.org/zap"
_LOGRUS = ("github.com/sirupsen/logrus", "github.com/Sirupsen/logrus")
_ZEROLOG = "github.com/rs/zerolog"
_WATERMILL = "github.com/ThreeDotsLabs/watermill"

_TYPES = {
    (_SLOG, "Logger"): "slog",
    (_LOG, "Logger"): "log",
    (_ZAP, "Logger"): "zap",
    (_ZAP, "SugaredLogger"): "sugared",
    **{(path, name): "logrus" for path in _LOGRUS for name in ("Logger", "Entry", "FieldLogger", "Ext1FieldLogger")},
    (_ZEROLOG, "Logger"): "zerolog",
    (_WATERMILL, "LoggerAdapter"): "watermill",
}
"""The package and type of a logger → the words in which it is spoken to."""
_PACKAGES = {_SLOG: "slog", **dict.fromkeys(_LOGRUS, "logrus"), f"{_ZEROLOG}/log": "zerolog", _LOG: "log"}
"""Packages whose own functions log."""
_CALLS = {
    "slog": '{name}.Error("{text}", "error", {error})',
    "log": '{name}.Printf("{text}: %v", {error})',
    "zap": '{name}.Error("{text}", {package}.Error({error}))',
    "sugared": '{name}.Errorw("{text}", "error", {error})',
    "logrus": '{name}.WithError({error}).Error("{text}")',
    "zerolog": '{name}.Error().Err({error}).Msg("{text}")',
    "watermill": '{name}.Error("{text}", {error}, nil)',
}
"""How a failure is logged: https://pkg.go.dev/log/slog, https://pkg.go.dev/go.uber.org/zap, https://pkg.go.dev/github.com/sirupsen/logrus,

https://pkg.go.dev/github.com/rs/zerolog, https://pkg.go.dev/github.com/ThreeDotsLabs/watermill#LoggerAdapter."""


class _Logger(NamedTuple):
    name: str
    words: str


def logged(context: FixContext, file: SourceFile, place: Node, text: str, error: str) -> tuple[str, list[Edit]]:
    """The statement that logs a failure at a place, and the import that it needs. ``text`` has no quote, backslash or percent sign."""
    known = list(imports_of(file))
    found = next(_loggers(context, file, place, known), None)
    edits: list[Edit] = []
    if found is None:
        is_free = all(one.name != "log" for one in known) and not _is_named(context, file, "log")
        path = _LOG if is_free else _SLOG
        found, edits = _Logger(path.rpartition("/")[2], _PACKAGES[path]), import_edits(file, path)
    package = next((one.name for one in known if one.path == _ZAP), "zap")
    return _CALLS[found.words].format(name=found.name, text=text, error=error, package=package), edits


def _is_named(context: FixContext, file: SourceFile, name: str) -> bool:
    """Whether something goes by a name in the file already, or among what its package declares: no import may then."""
    if any(file.text(one) == name for one in file.nodes("identifier")):
        return True
    written = re.compile(rf"^(?:(?:var|const|func|type) |\t){name}\b".encode(), re.MULTILINE)
    return any(written.search(one.source) and declares(one, name) for one in package_files(context, file))


def _loggers(context: FixContext, file: SourceFile, place: Node, known: list[Import]) -> Iterator[_Logger]:
    """Those in reach of a place, the nearest first."""
    for function in functions_around(file, place):
        yield from _of_type(file, known, parameters(file, function), "")
        owner = receiver(file, function)
        if owner is not None and owner.name:
            yield from _fields(context, file, owner)
    for where in package_files(context, file):
        yield from _usable(file, where, _variables(where)) if _names_packages(where) else ()
    yield from (_Logger(one.name, _PACKAGES[one.path]) for one in known if one.path in _PACKAGES)


def _of_type(file: SourceFile, known: list[Import], declared: list[Declared], owner: str) -> Iterator[_Logger]:
    packages = {one.name: one.path for one in known}
    for one in declared:
        package, _, name = file.text(one.type).removeprefix("*").rpartition(".")
        words = _TYPES.get((packages.get(package, ""), name))
        if words is not None and one.name not in ("", "_"):
            yield _Logger(owner + one.name, words)


def _fields(context: FixContext, file: SourceFile, owner: Declared) -> Iterator[_Logger]:
    declared = declared_type(context, file, file.text(owner.type).removeprefix("*").partition("[")[0])
    if declared is None:
        return
    where, struct = declared
    found = _of_type(where, list(imports_of(where)), list(fields_of(where, struct)), f"{owner.name}.")
    yield from _usable(file, where, found)


def _usable(file: SourceFile, where: SourceFile, found: Iterator[_Logger]) -> Iterator[_Logger]:
    """Those that a file can use of the loggers declared in another: an error is handed to zap in words of its package."""
    return (one for one in found if where is file or one.words != "zap")


def _names_packages(file: SourceFile) -> bool:
    """Whether a file names a package of loggers at all, for which it need not be parsed."""
    return any(f'"{path}"'.encode() in file.source for path in (*_PACKAGES, *(path for path, _ in _TYPES)))


def _variables(file: SourceFile) -> Iterator[_Logger]:
    """``var logger *slog.Logger`` and ``var logger = logrus.New()`` of a file's top level."""
    known = list(imports_of(file))
    for statement in file.tree.root_node.named_children:
        yield from _declared(file, known, statement) if statement.type == "var_declaration" else ()


def _declared(file: SourceFile, known: list[Import], declaration: Node) -> Iterator[_Logger]:
    packages = {one.name: one.path for one in known}
    made = {(_SLOG, "Default"): "slog", (_SLOG, "New"): "slog", (_LOG, "New"): "log", (_ZAP, "L"): "zap"}
    made |= {(path, "New"): "logrus" for path in _LOGRUS}
    for spec in inside(declaration, "var_spec"):
        kind, names = spec.child_by_field_name("type"), spec.children_by_field_name("name")
        if kind is not None:
            yield from _of_type(file, known, [Declared(kind, file.text(name)) for name in names], "")
            continue
        value = spec.child_by_field_name("value")
        called = file.text(value).partition("(")[0] if value is not None else ""
        package, _, name = called.rpartition(".")
        words = made.get((packages.get(package, ""), name))
        if words is not None and len(names) == 1:
            yield _Logger(file.text(names[0]), words)
