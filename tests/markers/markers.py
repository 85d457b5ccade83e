"""Markers: comments in a fixture's sources that say which requests an editor makes there (see README.md beside this)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

POINTED = ("definition", "implementation", "type", "declaration", "references", "highlight", "hover", "calls")
"""Asked at a caret."""
FILE_WIDE = ("lenses", "hints", "symbols")
"""Asked once for the file."""
WORKSPACE_WIDE = ("search",)
"""Asked of the workspace, with the text behind the marker."""
TYPED = ("typing",)
"""Asked while the text behind the marker is being typed on a line of its own, with the cursor at ``|``."""

_MARKER = re.compile(r"^(?P<indent>[ \t]*)(?://|\#)(?P<gap>[ ]*)(?P<caret>\^?)[ ]*(?P<asked>@.+)$")
_REQUEST = re.compile(r"@(?P<name>\w+)(?P<none>:none)?")


class Marker(NamedTuple):
    """``line`` and ``column`` (0-based, code points) are where the request is made: below the caret, or where the marker stands.
    ``text`` is what stands behind a `WORKSPACE_WIDE` or `TYPED` request."""

    path: str
    line: int
    column: int
    request: str
    text: str
    nothing: bool


def markers_in(root: Path) -> Iterator[Marker]:
    """The markers of all files below a folder, by path and line. Raises ValueError for one that cannot be read."""
    for path in sorted(root.rglob("*")):
        if path.is_file() and path.suffix != ".golden":
            yield from _of_file(path.relative_to(root).as_posix(), path.read_text(encoding="utf-8").split("\n"))


def _of_file(path: str, lines: list[str]) -> Iterator[Marker]:
    pointed_at = -1
    for number, line in enumerate(lines):
        found = _MARKER.match(line)
        if found is None:
            if line.strip():
                pointed_at = number
            continue
        if found["caret"]:
            yield from _pointed(path, pointed_at, found)
        else:
            yield _other(path, number, found)


def _pointed(path: str, line: int, found: re.Match[str]) -> Iterator[Marker]:
    column = found.start("caret")
    for request in _REQUEST.finditer(found["asked"]):
        if request["name"] not in POINTED or line < 0:
            raise ValueError(f"{path}:{line + 1}: @{request['name']} cannot be asked at a caret")
        yield Marker(path, line, column, request["name"], "", request["none"] is not None)


def _other(path: str, line: int, found: re.Match[str]) -> Marker:
    request = _REQUEST.match(found["asked"])
    assert request is not None
    text = found["asked"][request.end() :].strip()
    wants_text = request["name"] in (*WORKSPACE_WIDE, *TYPED)
    if request["name"] not in (*FILE_WIDE, *WORKSPACE_WIDE, *TYPED) or wants_text != bool(text):
        raise ValueError(f"{path}:{line + 1}: {found['asked']!r} is no marker")
    if request["name"] in TYPED and text.count("|") != 1:
        raise ValueError(f"{path}:{line + 1}: one | says where the cursor is")
    return Marker(path, line, len(found["indent"]), request["name"], text, request["none"] is not None)
