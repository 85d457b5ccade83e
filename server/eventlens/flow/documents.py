"""Configuration files that the code reads, as values: which file a call reads, and the parts of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from eventlens import ir
from eventlens.config import values as config_values
from eventlens.config.documents import read_document
from eventlens.config.secrets import MASK, is_secret_name
from eventlens.flow.denotations import (
    Denotation,
    Document,
    EnumMember,
    ExternalResult,
    Scalar,
    Text,
    Trail,
    Variable,
)

if TYPE_CHECKING:
    from eventlens.flow.evaluation import Denotations, Evaluator
    from eventlens.flow.scopes import Frame

SUFFIXES = (".json", ".jsonc", ".json5", ".yaml", ".yml", ".toml", ".ini", ".cfg", ".conf", ".properties")
_PARSERS = frozenset(
    (
        "load",
        "safe_load",
        "full_load",
        "loads",
        "parse",
        "safeLoad",
        "load_yaml",
        "read_json",
        "readJsonSync",
        "readJSONSync",
    )
)
_OPENERS = frozenset(
    ("open", "readFileSync", "readFile", "read", "read_text", "read_bytes", "Path", "createReadStream", "aopen")
)
_INI_PARSERS = frozenset(("ConfigParser", "RawConfigParser", "SafeConfigParser"))
_VARIABLE = re.compile(r"\$\{(?P<name>[A-Za-z_]\w*)(?::-?(?P<default>[^}]*))?\}$")
_MAX_ROWS = 24
_MAX_DEPTH = 4


def document(evaluator: Evaluator, path: str) -> tuple[Document, ...]:
    """A configuration file of the workspace as a value; empty where it cannot be read."""
    content = evaluator.document(path)
    return (Document(path, "", content),) if content is not None else ()


def content_of(evaluator: Evaluator, path: str) -> config_values.Value | None:
    """The first document in a file; None where it is missing or broken."""
    try:
        return read_document(path, evaluator.program.workspace.text(path)).root
    except (OSError, KeyError):
        return None


# ------------------------------------------------------------------------------------------------------------- parts


def member(item: Document, name: str) -> Denotations:
    """A key of a configuration document; a dotted name is tried whole, then in parts."""
    content = item.content
    if isinstance(content, config_values.Items) and name.isdigit():
        return _item(item, int(name))
    if not isinstance(content, config_values.Table):
        return ()
    if name in content.entries:
        return (_part(item.path, f"{item.key}.{name}".lstrip("."), content.entries[name]),)
    head, dot, rest = name.partition(".")
    if dot and head in content.entries:
        inner = _part(item.path, f"{item.key}.{head}".lstrip("."), content.entries[head])
        return member(inner, rest) if isinstance(inner, Document) else ()
    return ()


def _item(item: Document, position: int) -> Denotations:
    rows = item.content.items if isinstance(item.content, config_values.Items) else ()
    return (_part(item.path, f"{item.key}[{position}]", rows[position]),) if -len(rows) <= position < len(rows) else ()


def item_at(item: Document, position: int) -> Denotations:
    """One element of a list in a document."""
    return _item(item, position)


def elements(item: Document) -> Denotations:
    """The elements of a list, or the values of a table."""
    content = item.content
    if isinstance(content, config_values.Table):
        return tuple(
            _part(item.path, f"{item.key}.{key}".lstrip("."), value)
            for key, value in list(content.entries.items())[:_MAX_ROWS]
        )
    if isinstance(content, config_values.Items):
        return tuple(_part(item.path, f"{item.key}[]", value) for value in content.items[:_MAX_ROWS])
    return ()


def keys(item: Document) -> Denotations:
    """The keys of a table."""
    return tuple(Scalar(key) for key in item.content.entries) if isinstance(item.content, config_values.Table) else ()


def _part(path: str, key: str, value: config_values.Value) -> Denotation:
    if not isinstance(value, config_values.Scalar):
        return Document(path, key, value)
    trail = (Trail(path, value.line, f"configured as {key}"),)
    if value.text and is_secret_name(key):
        return Scalar(f"{MASK}({key})", trail)
    found = _VARIABLE.fullmatch(value.value) if isinstance(value.value, str) else None
    if found is None:
        return Scalar(value.value, trail)
    default: Denotations = (Scalar(found["default"], trail),) if found["default"] is not None else ()
    return Variable(found["name"], path, value.line, default, trail)


# ------------------------------------------------------------------------------------------------------------ reading


def parsed(evaluator: Evaluator, name: str, call: ir.Call, frame: Frame) -> Denotations:
    """The document that a parsing call reads (``yaml.safe_load(open("config.yaml"))``); empty where it reads none of the workspace's."""
    if name not in _PARSERS or not call.args:
        return ()
    sources = evaluator.evaluate(call.args[0].value, frame)
    return tuple(
        found for source in sources for path in _files(evaluator, source, frame) for found in document(evaluator, path)
    )


def of_ini_parser(evaluator: Evaluator, item: Denotation) -> tuple[Document, ...]:
    """The files that an INI parser was told to read."""
    if (
        not isinstance(item, ExternalResult)
        or item.external.path[-1:] == ()
        or item.external.path[-1] not in _INI_PARSERS
    ):
        return ()
    found: list[Document] = []
    for site in item.frame.module.calls.get("read", ()):
        callee = site.call.callee
        if site.call.args and isinstance(callee, ir.Member) and item in evaluator.evaluate(callee.object, site.frame):
            for source in evaluator.evaluate(site.call.args[0].value, site.frame):
                found.extend(d for path in _located(evaluator, source, site.frame) for d in document(evaluator, path))
    return tuple(found)


def _files(evaluator: Evaluator, source: Denotation, frame: Frame, depth: int = 0) -> Iterator[str]:
    """The workspace files whose content a value is."""
    if not isinstance(source, ExternalResult) or depth > _MAX_DEPTH or not source.external.path:
        return
    if source.external.path[-1] not in _OPENERS:
        return
    callee = source.call.callee
    if source.call.args and source.external.path[-1] not in ("read", "read_text"):
        for value in evaluator.evaluate(source.call.args[0].value, source.frame, source.environment):
            yield from _located(evaluator, value, source.frame)
    if isinstance(callee, ir.Member):  # ``Path("config.yaml").read_text()``, ``file.read()``
        for value in evaluator.evaluate(callee.object, source.frame, source.environment):
            yield from _files(evaluator, value, frame, depth + 1)


def _located(evaluator: Evaluator, value: Denotation, frame: Frame) -> Iterator[str]:
    """The workspace file that a path names, as seen from a module: beside it or in a folder above."""
    name = _tail(evaluator, value).replace("\\", "/")
    while name.startswith(("./", "../", "/")):
        name = name.partition("/")[2]
    if not name.endswith(SUFFIXES):
        return
    workspace = evaluator.program.workspace
    folder = frame.module.path.rpartition("/")[0]
    while True:
        path = f"{folder}/{name}" if folder else name
        if path in workspace:
            yield path
            return
        if not folder:
            return
        folder = folder.rpartition("/")[0]


def _tail(evaluator: Evaluator, value: Denotation, depth: int = 0) -> str:
    """The known end of a path: a text, or the last arguments of a join (``os.path.join(here, "config.yaml")``)."""
    if isinstance(value, Scalar):
        return str(value.value)
    if isinstance(value, EnumMember):
        return next((_tail(evaluator, inner, depth) for inner in value.values), "")
    if isinstance(value, Text):
        return value.parts[-1] if isinstance(value.parts[-1], str) else ""
    if isinstance(value, ExternalResult) and depth < _MAX_DEPTH:
        parts = [
            _tail(evaluator, next(iter(evaluator.evaluate(a.value, value.frame, value.environment)), value), depth + 1)
            for a in value.call.args
            if a.value is not None
        ]
        known: list[str] = []
        for part in reversed(parts):
            if not part:
                break
            known.insert(0, part)
        return "/".join(known)
    return ""
