"""Helm charts: the values of ``values.yaml`` put into templates, line by line, so that what comes out can be read as YAML.

Only literals are put in (``{{ .Values.orders.topic }}``, with ``quote``, ``default``, ``lower``, ``upper``, ``trim`` behind). What is not
known stands as ``${…}``; lines that only steer (``if``, ``range``, ``with``, ``include``, ``toYaml``) are empty. Nothing is executed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import msgspec

from eventlens.config.environment import Variable
from eventlens.config.infrastructure import hole
from eventlens.config.values import Items, Scalar, Table, Value, at, items_at, text_at

_ACTION = re.compile(
    r"\{\{-?(?P<inside>(?:\"(?:[^\"\\\n]|\\.)*\"|`[^`]{0,10000}`|[^{}\"`]|\{(?!\{)|\}(?!\}))*)-?\}\}", re.DOTALL
)
"""Never searched for beyond the next one that begins: of those that are not closed each would be, to the end of the file."""
_COMMENT = re.compile(r"\{\{-?\s*/\*.{0,10000}?\*/\s*-?\}\}", re.DOTALL)
_STEERS = re.compile(
    r"(?:if|else|end|range|with|define|block|template|include|toYaml|tpl|\$\w+\s*:?=|/\*|fail|required)\b|\$\w+\s*:?="
)
_VALUE = re.compile(r"\$?\.Values\.([\w.-]+)$")
_DEFAULT = re.compile(r"default\s+(?P<quoted>\"[^\"]*\"|`[^`]*`|[\w.-]+)$")
_DEFAULT_FIRST = re.compile(
    r"default\s+(?P<quoted>\"[^\"]*\"|`[^`]*`|[\w.-]+)\s+\(?(?P<value>\$?\.Values\.[\w.-]+)\)?$"
)
_QUOTED = re.compile(r"\"([^\"]*)\"$|`([^`]*)`$")
_CHANGES: dict[str, Callable[[str], str]] = {
    "quote": str,
    "squote": str,
    "toString": str,
    "lower": str.lower,
    "upper": str.upper,
    "trim": str.strip,
}
_PLAIN = re.compile(r"[\w./-]+$")
_VARIABLES = frozenset(
    ("env", "environment", "envVars", "extraEnv", "extraEnvVars", "environmentVariables", "configmap", "configMap")
)
_NAME = re.compile(r"[A-Z][A-Z0-9_]+$")
_MAX_DEPTH = 12


class ValuesFile(NamedTuple):
    """A values file of a chart, read."""

    path: str
    root: Value


class Rendered(NamedTuple):
    """A template with values put in. ``origins``: line of the template → (values file, line) that a whole value on it comes from."""

    text: str
    origins: dict[int, tuple[str, int]]


def chart_of(path: str) -> str | None:
    """The folder of the chart that a template belongs to ("" for the root); None where the path is none of a template."""
    folder, inside, _ = f"/{path}".rpartition("/templates/")
    return folder.lstrip("/") if inside else None


def is_values_name(name: str) -> bool:
    """Whether a file is called as values of a chart are (``values.yaml``, ``values-prod.yaml``)."""
    return re.fullmatch(r"values(?:[-._][\w.-]+)?\.ya?ml", name) is not None


def rendered(template: str, files: Sequence[ValuesFile]) -> Rendered:
    """The template with the values of ``files`` put in, later files first; it has as many lines as before."""
    origins: dict[int, tuple[str, int]] = {}
    lines = _COMMENT.sub(lambda match: "\n" * match.group().count("\n"), template).split("\n")
    text = "\n".join(lines)
    if "{{" in text:
        text = _ACTION.sub(lambda match: _joined(match.group()), text)
        lines = [_line(line, number, files, origins) for number, line in enumerate(text.split("\n"), 1)]
    return Rendered("\n".join(lines), origins)


def _joined(action: str) -> str:
    """An action on several lines, in one, with the lines behind it."""
    breaks = action.count("\n")
    return " ".join(action.split()) + "\n" * breaks if breaks else action


def _line(line: str, number: int, files: Sequence[ValuesFile], origins: dict[int, tuple[str, int]]) -> str:
    actions = list(_ACTION.finditer(line))
    if not actions:
        return line
    left = _ACTION.sub("", line).strip()
    if all(_STEERS.match(action["inside"].strip(" -")) for action in actions) and not left.rstrip(":"):
        return ""
    parts: list[str] = []
    offset = 0
    for action in actions:
        before = line[offset : action.start()]
        value, origin = _value(action["inside"].strip(" -"), files)
        whole = (
            len(actions) == 1 and not line[action.end() :].strip() and re.search(r"[:\-] +$", line[: action.start()])
        )
        if origin is not None and (whole or len(actions) == 1):
            origins[number] = origin
        parts += [before, json.dumps(value) if whole and not _PLAIN.match(value) else value]
        offset = action.end()
    return "".join([*parts, line[offset:]])


def _value(inside: str, files: Sequence[ValuesFile]) -> tuple[str, tuple[str, int] | None]:
    """The text that an expression gives and where it is written; a hole where that is not known."""
    head, *pipes = (part.strip() for part in inside.split("|"))
    first = _DEFAULT_FIRST.match(head)
    if first is not None:
        head, pipes = first["value"], [f"default {first['quoted']}", *pipes]
    path = _VALUE.match(head.removeprefix("quote ").strip())
    quoted = _QUOTED.match(head)
    found = _looked_up(path[1], files) if path is not None else None
    text = found[0].text if found is not None else (quoted[1] or quoted[2] or "") if quoted is not None else None
    origin = (found[1], found[0].line) if found is not None else None
    for pipe in pipes:
        default = _DEFAULT.match(pipe)
        if default is not None:
            text = text or default["quoted"].strip('"`')
        elif pipe in _CHANGES and text is not None:
            text = _CHANGES[pipe](text)
        elif pipe not in _CHANGES:
            return hole(inside), None
    return (hole(inside), None) if text is None else (text, origin)


def _looked_up(path: str, files: Sequence[ValuesFile]) -> tuple[Scalar, str] | None:
    for file in reversed(files):
        found = at(file.root, *path.split("."))
        if isinstance(found, Scalar) and found.value is not None:
            return found, file.path
    return None


def variables_in(values: ValuesFile) -> Iterator[Variable]:
    """Environment variables that a values file lists for a chart to hand on: tables or lists called ``env`` and the like.

    A chart may fill in what stands in them (``tpl``): expressions are put in as in templates.
    """
    for one in _variables(values.root, 0):
        text = _ACTION.sub(lambda action: _value(action["inside"].strip(" -"), [values])[0], one.value or "")
        yield msgspec.structs.replace(one, value=text)


def _variables(value: Value, depth: int) -> Iterator[Variable]:
    if not isinstance(value, Table) or depth > _MAX_DEPTH:
        return
    for key, entry in value.entries.items():
        if key in _VARIABLES and isinstance(entry, Table):
            for name, leaf in entry.entries.items():
                if _NAME.match(name) and isinstance(leaf, Scalar) and leaf.value is not None:
                    yield Variable(name, leaf.text, leaf.line, literal=True)
        elif key in _VARIABLES and isinstance(entry, Items):
            for item in items_at(value, key):
                named, written = text_at(item, "name"), at(item, "value")
                if named and isinstance(written, Scalar) and written.value is not None:
                    yield Variable(named, written.text, written.line, literal=True)
        if isinstance(entry, Table):
            yield from _variables(entry, depth + 1)
