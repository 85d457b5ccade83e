"""How a class of Java or Kotlin logs: with which object, and how that one takes a failure."""

from __future__ import annotations

import re
from typing import NamedTuple

from tree_sitter import Node

from eventlens.fixes.functions import FUNCTIONS
from eventlens.fixes.jvm.code import CLASSES, modifiers_of
from eventlens.fixes.source import SourceFile

_LOMBOK = re.compile(r"@(?:Slf4j|Log4j2|CommonsLog|JBossLog)\b")
_MADE = re.compile(r"\b(?:LoggerFactory|KotlinLogging|LogManager|LogFactory|Logger)\s*\.\s*\w+\b|\bLoggerFactory\.\w+")
_TYPED = re.compile(r"\b(?:Logger|Log|KLogger)\b")
LEVEL = "java.util.logging.Level"
_FIELDS = ("field_declaration", "property_declaration")


class Logger(NamedTuple):
    """``name`` is how the logger is written in the class; ``kind``: "plain" (text, failure), "java" (java.util.logging), "lambda" (kotlin-logging)."""

    name: str
    kind: str

    def error(self, text: str, failure: str) -> str:
        """The call that logs a failure."""
        if self.kind == "java":
            return f'{self.name}.log(Level.SEVERE, "{text}", {failure})'
        if self.kind == "lambda":
            return f'{self.name}.error({failure}) {{ "{text}" }}'
        return f'{self.name}.error("{text}", {failure})'

    @property
    def imports(self) -> tuple[str, ...]:
        """The classes that the call needs."""
        return (LEVEL,) if self.kind == "java" else ()


def logger_at(file: SourceFile, place: Node) -> Logger | None:
    """The logger that the class around a place declares, or the file beside it; None where there is none that may be used there."""
    is_static = _is_in_static(file, place)
    around: Node | None = place
    while around is not None:
        around = around.parent
        if around is None or around.type in (*CLASSES, "source_file"):
            found = _declared(file, around or file.tree.root_node, is_static)
            if found is not None:
                return found
            is_static = is_static or (around is not None and not _is_inner(file, around))
    return None


def _is_inner(file: SourceFile, cls: Node) -> bool:
    """Whether the objects of a class know one of the class around it."""
    words = modifiers_of(file, cls).split()
    return cls.type == "class_declaration" and ("static" not in words if file.language == "java" else "inner" in words)


def _is_in_static(file: SourceFile, place: Node) -> bool:
    function = file.enclosing(place, "method_declaration")
    return function is not None and "static" in modifiers_of(file, function).split()


def _declared(file: SourceFile, holder: Node, is_static: bool) -> Logger | None:
    if _LOMBOK.search(modifiers_of(file, holder)):
        return Logger("log", "plain")
    for field in _fields(holder):
        text = file.text(field)
        name = _name(file, field)
        if name and (_MADE.search(text) or _TYPED.search(text)) and (not is_static or _is_static(file, field)):
            return Logger(name, _kind(file))
    return None


def _is_static(file: SourceFile, field: Node) -> bool:
    """Whether a field belongs to no object of its class: in Kotlin it is that of a companion, of the one object or of the file."""
    if file.language == "java":
        return "static" in modifiers_of(file, field).split()
    holder = file.enclosing(field, *CLASSES)
    return holder is None or holder.type != "class_declaration"


def _fields(holder: Node) -> list[Node]:
    """The fields of a class and of its companion, or the properties of a file."""
    found = []
    waiting = [holder]
    while waiting:
        node = waiting.pop(0)
        found += [node] if node.type in _FIELDS else []
        inner = node == holder or node.type in ("class_body", "companion_object", "enum_body")
        waiting += [one for one in node.named_children if one.type not in FUNCTIONS] if inner else []
    return found


def _name(file: SourceFile, field: Node) -> str:
    holder = next(
        (one for one in field.named_children if one.type in ("variable_declarator", "variable_declaration")), None
    )
    name = holder.named_children[0] if holder is not None and holder.named_children else None
    return file.text(name) if name is not None else ""


def is_of_the_platform(file: SourceFile) -> bool:
    """Whether the loggers of a file are those of java.util.logging, which take a failure in one of their methods only."""
    return b"java.util.logging" in file.source


def _kind(file: SourceFile) -> str:
    if is_of_the_platform(file):
        return "java"
    return "lambda" if b"kotlinlogging." in file.source or b"import mu." in file.source else "plain"
