"""Which files of a workspace are edited and asked about: picked from its flow map by length, findings and links."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

Map = Mapping[str, Any]
"""The document that ``eventlens map --format json`` writes."""


class Spot(NamedTuple):
    """A place to type at: 0-based line and column."""

    path: str
    line: int
    column: int


class Document(NamedTuple):
    """A file with findings. ``body`` is behind the statement of its first site, ``topic`` inside the name of a channel."""

    path: str
    lines: int
    body: Spot
    site_lines: tuple[str, ...]
    topic: Spot | None
    sites: tuple[Spot, ...]


class Link(NamedTuple):
    """The place that names a channel, and another file whose findings change with it."""

    name: str
    topic: Spot
    shown: str


def documents(root: Path, known: Map, lengths: Sequence[int], suffixes: Sequence[str]) -> list[Document]:
    """For each language the files with findings whose lengths come nearest to ``lengths``, each file once.

    Of those that come about equally near it is the one with most sites.
    """
    texts = _Texts(root)
    counts = Counter(one["file"] for one in known["sites"])
    paths = {one["file"] for one in known["findings"] if not one["suppressed"]} & {
        one["file"] for one in known["sites"]
    }
    chosen: list[Document] = []
    for suffix in suffixes:
        candidates = sorted(path for path in paths if path.endswith(suffix))
        for length in lengths:
            if candidates:
                nearest = min(candidates, key=lambda path: (_apart(len(texts.lines(path)), length), -counts[path]))
                candidates.remove(nearest)
                chosen.append(_document(texts, known, nearest))
    return chosen


def _apart(one: int, other: int) -> int:
    """How far two lengths are apart, in steps of a quarter."""
    return round(4 * abs(one - other) / other)


def _document(texts: _Texts, known: Map, path: str) -> Document:
    sites = sorted((one for one in known["sites"] if one["file"] == path), key=lambda one: one["line"])
    first, last = sites[0], sites[-1]
    lines = texts.lines(path)
    return Document(
        path,
        len(lines),
        Spot(path, last["end_line"] - 1, len(lines[last["end_line"] - 1])),
        tuple(lines[first["line"] - 1 : first["end_line"]]),
        next((spot for site in sites if (spot := _literal(texts, site)) is not None and spot.path == path), None),
        tuple(Spot(path, site["line"] - 1, site["column"] - 1) for site in sites),
    )


def links(root: Path, known: Map) -> list[Link]:
    """One channel that joins two files, and the one that most files take their findings from; fewer where there are none."""
    texts = _Texts(root)
    places = {site["id"]: spot for site in known["sites"] if (spot := _literal(texts, site)) is not None}
    found = [_narrow(known, places), _wide(known, places)]
    return [link for link in found if link is not None]


def _narrow(known: Map, places: Mapping[str, Spot]) -> Link | None:
    """A channel with one publisher and one consumer, each in its own file and with its own spelling of the name."""
    publishers = Counter(flow["subscribe"] for flow in known["flows"])
    consumers = Counter(flow["publish"] for flow in known["flows"])
    files = {site["id"]: site["file"] for site in known["sites"]}
    for flow in known["flows"]:
        one, other = flow["publish"], flow["subscribe"]
        is_alone = publishers[other] == consumers[one] == 1
        is_apart = one in places and other in places and places[one] != places[other]
        if is_alone and is_apart and files[other] != places[one].path:
            return Link("one other file", places[one], files[other])
    return None


def _wide(known: Map, places: Mapping[str, Spot]) -> Link | None:
    """The place outside of their own files that most findings about a missing other side come from."""
    users: dict[Spot, list[str]] = {}
    for finding in known["findings"]:
        spot = places.get(finding["site"] or "")
        if finding["rule"] in ("orphan-publish", "orphan-subscribe") and spot and spot.path != finding["file"]:
            users.setdefault(spot, []).append(finding["file"])
    if not users:
        return None
    spot, files = max(users.items(), key=lambda item: (len(item[1]), item[0]))
    return Link(f"{len(set(files))} other files", spot, min(files))


def _literal(texts: _Texts, site: Map) -> Spot | None:
    """Where the name of a site's channel is written, as the site's evidence says."""
    name = site["channel"]
    for step in site["evidence"] if name else ():
        lines = texts.lines(step["file"])
        line = lines[step["line"] - 1] if step["line"] <= len(lines) else ""
        at = max(line.find(f"{quote}{name}{quote}") for quote in "'\"`")
        if at >= 0:
            return Spot(step["file"], step["line"] - 1, at + 1 + len(name))
    return None


class _Texts:
    def __init__(self, root: Path) -> None:
        self._root = root
        self._lines: dict[str, list[str]] = {}

    def lines(self, path: str) -> list[str]:
        if path not in self._lines:
            try:
                self._lines[path] = (self._root / path).read_text("utf-8").split("\n")
            except (OSError, UnicodeDecodeError):
                self._lines[path] = []
        return self._lines[path]
