"""Settings of Spring Boot and Quarkus, added where the others of their kind stand: in ``.properties`` and YAML files."""

from __future__ import annotations

import re
from collections.abc import Sequence
from posixpath import basename, join
from typing import NamedTuple

from eventlens.fixes.changes import Change, Edit, FileEdit, NewFile
from eventlens.fixes.jvm.project import JvmProject

_MAIN = ("application.properties", "application.yml", "application.yaml")
_YAML_KEY = re.compile(r"^(?P<indent> *)(?P<quote>[\"']?)(?P<key>[\w.\[\]-]+)(?P=quote)\s*:(?P<value>[^\r\n]*)$")


class _Line(NamedTuple):
    """A line of a file: its first byte, the byte behind its end, and its text without it."""

    start: int
    end: int
    text: str


def with_setting(project: JvmProject, key: str, value: str) -> Change | None:
    """A setting, with the value that it has in the file for all profiles; None where none can be given there."""
    known = [path for path in project.settings if basename(path) in _MAIN]
    if not known:
        path = join(project.root, "src/main/resources", _MAIN[0])
        return NewFile(path, f"{key}={value}\n") if not project.settings else None
    if len(known) > 1:
        return None
    text = project.context.workspace.text(known[0])
    edit = (_in_properties if known[0].endswith(".properties") else _in_yaml)(text, key, value)
    return FileEdit(known[0], (edit,)) if edit is not None else None


def _lines(text: bytes) -> list[_Line]:
    found, at = [], 0
    for line in text.splitlines(keepends=True):
        found.append(_Line(at, at + len(line), line.decode("utf-8", "replace").rstrip("\r\n")))
        at += len(line)
    return found


def _newline(text: bytes) -> str:
    return "\r\n" if b"\r\n" in text else "\n"


def _behind(text: bytes, at: int, lines: str) -> Edit:
    """Whole lines at the beginning of a line, or at the end of a file whose last line may have none."""
    needs_end = at == len(text) and text and not text.endswith((b"\n", b"\r"))
    return Edit(at, at, f"{_newline(text) if needs_end else ''}{lines}{_newline(text)}")


# ---------------------------------------------------------------------------------------------------------- properties


def _in_properties(text: bytes, key: str, value: str) -> Edit | None:
    lines = _lines(text)
    own = [one for one in lines if re.match(rf"\s*{re.escape(key)}\s*[=:]", one.text)]
    if own:
        start = own[0].start + len(re.split(r"[=:]\s*", own[0].text, maxsplit=1)[0].encode()) + 1
        gap = len(own[0].text.encode()[start - own[0].start :]) - len(
            own[0].text.encode()[start - own[0].start :].lstrip()
        )
        return Edit(start + gap, own[0].start + len(own[0].text.encode()), value) if len(own) == 1 else None
    written = f"{key}={value}"
    prefix = key
    while "." in prefix:
        prefix = prefix.rpartition(".")[0]
        near = [one for one in lines if one.text.startswith(prefix + ".") and not one.text.endswith("\\")]
        if near and prefix.count("."):
            return _behind(text, near[-1].end, written)
    return _behind(text, len(text), written)


# ---------------------------------------------------------------------------------------------------------------- YAML


def _in_yaml(text: bytes, key: str, value: str) -> Edit | None:
    """In the first document of a file, below the deepest part of the key that is there."""
    lines = _lines(text)
    begin = 1 if lines and lines[0].text.startswith("---") else 0
    end = next((at for at in range(begin, len(lines)) if lines[at].text.startswith("---")), len(lines))
    return _below(text, lines, (begin, end), -1, key, value)


def _below(
    text: bytes, lines: Sequence[_Line], within: tuple[int, int], indent: int, key: str, value: str
) -> Edit | None:
    children = [
        (at, found)
        for at in range(*within)
        if (found := _YAML_KEY.match(lines[at].text)) is not None and len(found["indent"]) > indent
    ]
    own = min((len(found["indent"]) for _, found in children), default=None)
    step = own if own is not None else indent + 2 if indent >= 0 else 0
    siblings = [(at, found) for at, found in children if len(found["indent"]) == step]
    for order, (at, found) in enumerate(siblings):
        last = siblings[order + 1][0] if order + 1 < len(siblings) else within[1]
        name = found["key"].strip("[]")
        given = re.sub(r"\s*#.*", "", found["value"]).strip()
        if name == key:
            start = lines[at].start + len(lines[at].text.encode()) - len(found["value"].encode())
            return Edit(start, lines[at].start + len(lines[at].text.encode()), f" {value}") if given else None
        if key.startswith(name + "."):
            rest = key.removeprefix(name + ".")
            return _below(text, lines, (at + 1, last), step, rest, value) if not given else None
    at = _end_of(lines, siblings[-1][0], within[1], step) if siblings else within[0]
    return _behind(text, lines[at - 1].end if at else 0, _nested(text, key.split("."), value, step))


def _end_of(lines: Sequence[_Line], at: int, end: int, indent: int) -> int:
    """The line behind a key and all that stands below it."""
    last = at
    for other in range(at + 1, end):
        said = lines[other].text
        if said.strip() and not said.lstrip().startswith("#") and len(said) - len(said.lstrip(" ")) > indent:
            last = other
    return last + 1


def _nested(text: bytes, parts: Sequence[str], value: str, indent: int) -> str:
    first = re.search(rb"^( +)[\w\"'\[]", text, re.MULTILINE)
    level = len(first[1]) if first is not None else 2
    said = [f"{' ' * (indent + level * depth)}{part}:" for depth, part in enumerate(parts)]
    return _newline(text).join(said) + f" {value}"
