"""The keys of the configuration of services: which value a key has for the code at a path."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from eventlens.config.configuration_keys import (
    Entry,
    Source,
    canonical,
    deployed_under,
    holds,
    is_of_tests,
    names_in,
)
from eventlens.config.values import Plain

_DEAD = re.compile(r"dlq|dlt|deadletter")
_NAMING = re.compile(r"name$|queue$|topic$|destination$|url$|channel$")
"""Keys whose value names the channel that a section is about."""
_MOST_VALUES = 8
_MOST_ITEMS = 32


class KeyValue(NamedTuple):
    """A value that a file gives to a key, as it is written there. ``line`` is 1-based."""

    key: str
    value: Plain
    path: str
    line: int


class _Row(NamedTuple):
    entry: Entry
    source: Source
    path: str
    order: int


class ConfiguredKeys:
    """All keys of all services. Where files of one service disagree, the profiles that count decide, then the nearer file."""

    def __init__(self, profiles: Sequence[str] = ()) -> None:
        self._profiles = tuple(name.lower() for name in profiles)
        self._rows: dict[str, list[_Row]] = defaultdict(list)
        self._folders: set[str] = set()
        self._near: dict[str, tuple[str, ...]] = {}
        self._dead: dict[str, KeyValue] | None = None
        self._below: dict[str, set[str]] = defaultdict(set)
        """The segments that stand directly below a key."""

    def add(self, path: str, source: Source, entries: Iterable[Entry]) -> None:
        """Record what a file says."""
        self._folders.add(source.folder)
        self._near.clear()
        self._dead = None
        for order, entry in enumerate(entries):
            if is_of_tests(entry):
                continue
            key = canonical(entry.key)
            self._rows[key].append(_Row(entry, source, path, order))
            above, _, last = key.rpartition(".")
            while last and last not in self._below[above]:
                self._below[above].add(last)
                above, _, last = above.rpartition(".")

    def values(self, key: str, path: str) -> list[KeyValue]:
        """The values that a key can have for code at ``path``; several where services, or profiles that may count, disagree."""
        rows = self._rows.get(canonical(key), ())
        if not rows:
            return []
        for folders in self._searched(path):
            near = [row for row in rows if row.source.folder in folders]
            if near:
                chosen = [row for folder in sorted(folders) for row in self._chosen(near, folder)]
                unique = {row.entry.value: row for row in reversed(chosen)}
                found = [KeyValue(r.entry.key, r.entry.value, r.path, r.entry.line) for r in unique.values()]
                return sorted(found, key=lambda one: (one.path, one.line))[:_MOST_VALUES]
        return []

    def places(self, key: str, value: Plain) -> list[tuple[str, int]]:
        """The (file, line) of everything that gives a key just this value as it is written, in whichever service or profile."""
        return [(row.path, row.entry.line) for row in self._rows.get(canonical(key), ()) if row.entry.value == value]

    def keys_at(self, path: str, line: int) -> list[str]:
        """The keys that get a value on a line (1-based) of a file."""
        return [key for key, rows in self._rows.items() if any((r.path, r.entry.line) == (path, line) for r in rows)]

    def only_key_like(self, segments: Sequence[str]) -> str:
        """The one key that ends with some segments, "" where there are several or none."""
        end = "." + canonical(".".join(segments))
        found = [key for key in self._rows if key.endswith(end)]
        return found[0] if len(found) == 1 else ""

    def items(self, key: str) -> Iterator[str]:
        """The keys of the elements of a list."""
        base = canonical(key)
        below = self._below.get(base, ())
        for position in range(_MOST_ITEMS):
            if str(position) not in below:
                return
            yield f"{base}.{position}"

    def dead_letter_of(self, channel: str) -> KeyValue | None:
        """What a section that is about a channel, by its own name or by the channel's name in it, says of where dead letters go."""
        if self._dead is None:
            self._dead = dict(self._dead_letters())
        return self._dead.get(channel) or self._dead.get(canonical(channel))

    def _dead_letters(self) -> Iterator[tuple[str, KeyValue]]:
        for key, rows in self._rows.items():
            above, _, last = key.rpartition(".")
            entry = rows[-1].entry
            if not above or not _DEAD.search(last) or not isinstance(entry.value, str) or not entry.value:
                continue
            found = KeyValue(entry.key, entry.value, rows[-1].path, entry.line)
            yield above.rpartition(".")[2], found
            for beside in self._below.get(above, ()):
                if beside != last and not _DEAD.search(beside):
                    yield from (
                        (one.entry.value, found)
                        for one in self._rows.get(f"{above}.{beside}", ())
                        if isinstance(one.entry.value, str) and _NAMING.search(beside)
                    )

    def are_given_for(self, path: str) -> bool:
        """Whether a file above the code at ``path`` sets any key."""
        return any(not folder or path.startswith(folder + "/") for folder in self._folders)

    def _searched(self, path: str) -> Iterator[tuple[str, ...]]:
        """Folders whose files are looked into, nearest first: those above the code; where there are none, those that lie nearest."""
        above = [folder for folder in self._folders if not folder or path.startswith(folder + "/")]
        if above:
            yield from ((folder,) for folder in sorted(above, key=len, reverse=True))
            return
        home = path.rpartition("/")[0]
        if home not in self._near:
            shared = {folder: _shared(folder, home) for folder in self._folders}
            most = max(shared.values(), default=0)
            self._near[home] = tuple(sorted(folder for folder, depth in shared.items() if depth == most))
        yield self._near[home]
        yield tuple(sorted(self._folders))

    def _chosen(self, rows: Sequence[_Row], folder: str) -> list[_Row]:
        own = [row for row in rows if row.source.folder == folder]
        counting = [(level, row) for row in own if (level := self._level(row)) is not None]
        if counting:
            return [max(counting, key=lambda one: (one[0], one[1].source.rank, one[1].order))[1]]
        return own

    def _level(self, row: _Row) -> int | None:
        """How much a value counts under the chosen profiles: more the later its profile stands among them; None for not at all."""
        active = self._profiles or tuple(deployed_under(row.source, row.entry))
        if not all(holds(condition, active) for condition in row.entry.conditions):
            return None
        named = {name for condition in row.entry.conditions for name in names_in(condition)}
        return max((1 + position for position, name in enumerate(self._profiles or active) if name in named), default=0)


def _shared(folder: str, home: str) -> int:
    count = 0
    for one, other in zip(folder.split("/"), home.split("/"), strict=False):
        if one != other:
            break
        count += 1
    return count
