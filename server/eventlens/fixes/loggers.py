"""How a file of ECMAScript or Python logs: with which object, and in which order that one takes the error and the message."""

from __future__ import annotations

import re
from typing import NamedTuple

from tree_sitter import Node

from eventlens.fixes.source import SourceFile

_LOGGER = re.compile(r"(?:(?:this|self)\.)?#?_?(?:\w+_)?(?:logger|log|LOGGER|LOG)", re.ASCII)
_DECLARED = re.compile(
    r"^(?:export\s+)?(?:(?:const|let|var)\s+)?(_?(?:logger|log|LOGGER|LOG))\s*(?::[^=\n]+)?=[^=>]", re.MULTILINE
)
_ERROR_FIRST = re.compile(r"""from\s+['"](?:pino|bunyan|fastify|nestjs-pino)['"]|require\(['"](?:pino|bunyan)['"]\)""")


_CLASSES = frozenset(("Log", "Logger"))
"""Classes whose own methods log: Serilog's, NestJS'."""


class Logger(NamedTuple):
    """``name`` is how the logger is written in the file; ``error_first``: ``log.error({ err }, 'text')`` and not ``log.error('text', err)``."""

    name: str
    error_first: bool


def logger_at(file: SourceFile, place: Node) -> Logger | None:
    """The logger that may be used at a place: a member that methods of the same class use, or a variable of the file's top level."""
    cls = file.enclosing(place, "class_declaration", "class", "class_definition")
    for call in file.nodes("call_expression", "call"):
        callee = call.child_by_field_name("function")
        name, _, method = file.text(callee).rpartition(".") if callee is not None else ("", "", "")
        if not _LOGGER.fullmatch(name) or method not in (
            "error",
            "warn",
            "warning",
            "info",
            "debug",
            "exception",
            "log",
        ):
            continue
        own = "." in name
        if own and file.enclosing(call, "class_declaration", "class", "class_definition") != cls:
            continue
        if own or _is_top_level(file, name):
            return Logger(name, takes_error_first(file, name))
    idle = _idle_member(file, cls) if cls is not None else None
    declared = _DECLARED.search(file.source.decode("utf-8", "replace"))
    found = idle or (str(declared[1]) if declared is not None else None)
    return Logger(found, takes_error_first(file, found)) if found is not None else None


def _idle_member(file: SourceFile, cls: Node) -> str | None:
    """A logger that a class of ECMAScript declares as a field or takes in its constructor, and has not used yet."""
    for field in file.nodes("public_field_definition", "field_definition", "required_parameter"):
        if file.enclosing(field, "class_declaration", "class") != cls:
            continue
        name = (
            field.child_by_field_name("name")
            or field.child_by_field_name("property")
            or field.child_by_field_name("pattern")
        )
        is_member = field.type != "required_parameter" or any(
            child.type in ("accessibility_modifier", "readonly") for child in field.children
        )
        if name is not None and is_member and _LOGGER.fullmatch(file.text(name)):
            return f"this.{file.text(name)}"
    return None


def _is_top_level(file: SourceFile, name: str) -> bool:
    """Whether a name is imported or declared outside all functions."""
    for statement in file.tree.root_node.named_children:
        if re.search(rf"\b{re.escape(name)}\b", file.text(statement)) and statement.type in (
            "import_statement",
            "import_from_statement",
            "lexical_declaration",
            "variable_declaration",
            "expression_statement",
        ):
            return True
    return False


def is_logger(written: str) -> bool:
    """Whether what a method is called on is called like a logger."""
    return written in _CLASSES or _LOGGER.fullmatch(written) is not None


def takes_error_first(file: SourceFile, name: str) -> bool:
    """Whether a logger of ECMAScript takes an object with the error before the text."""
    text = file.source.decode("utf-8", "replace")
    return bool(_ERROR_FIRST.search(text) or re.search(rf"{re.escape(name)}\.\w+\(\s*\{{", text))
