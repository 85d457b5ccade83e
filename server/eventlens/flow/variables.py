"""Values of environment variables, as settings, compose files and ``.env`` files give them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import NamedTuple

from eventlens.config.configuration_keys import squashed
from eventlens.config.infrastructure import ChannelName
from eventlens.config.secrets import MASK, is_secret_name, masked
from eventlens.flow.configured_keys import ConfiguredKeys
from eventlens.flow.denotations import Trail


class Given(NamedTuple):
    """A value that a file gives to a variable. ``folder`` is the part of the tree that it speaks for, "" for all of it."""

    value: str
    folder: str
    path: str
    offset: int
    message: str
    channel: ChannelName | None = None
    """The channel that the value names, where the file says so."""


class Variables:
    """Environment variables of the workspace: what the user says wins, then what speaks for the nearest folder.

    The value of a secret never gets here: see `shown`.
    """

    def __init__(
        self,
        stated: Mapping[str, str] | None = None,
        settings_path: str = "eventlens.toml",
        keys: ConfiguredKeys | None = None,
    ) -> None:
        self._marks: dict[str, str] = {}
        self._stated = {name: self.shown(name, value) for name, value in (stated or {}).items()}
        self._settings_path = settings_path
        self._given: dict[str, list[Given]] = defaultdict(list)
        self._spelt: dict[str, set[str]] = defaultdict(set)
        """Variables by how they would be spelt as keys, without separators."""
        self.keys = keys or ConfiguredKeys()
        self._channels: dict[tuple[str, str], list[Given]] = defaultdict(list)
        """What names a channel, by broker and kind."""
        self._outdone: dict[str, list[Given]] = defaultdict(list)
        """Values for which another file's goes, by variable."""

    def add(self, name: str, given: Given) -> None:
        """Record a value that a file gives."""
        self._given[name].append(given._replace(value=self.shown(name, given.value)))
        self._spelt[squashed(name)].add(name)
        if given.channel is not None:
            self._channels[given.channel[:2]].append(given)

    def add_outdone(self, name: str, given: Given) -> None:
        """Record a value for which that of another file goes: it is never looked up."""
        self._outdone[name].append(given._replace(value=self.shown(name, given.value)))

    def places(self, name: str, value: str) -> list[tuple[str, int]]:
        """The (file, line) of everything that gives a variable, or a variable that is spelt like a key, just this value."""
        spelt = self._spelt.get(squashed(name), set()) | {name}
        given = (one for each in sorted(spelt) for one in (*self._given.get(each, ()), *self._outdone.get(each, ())))
        return list(dict.fromkeys((one.path, one.offset) for one in given if one.value == value))

    def names_at(self, path: str, line: int) -> list[str]:
        """The variables that get a value on a line (1-based) of a file."""
        tables = (self._given, self._outdone)
        found = (
            name for table in tables for name, given in table.items() if any(one[2:4] == (path, line) for one in given)
        )
        return list(dict.fromkeys(found))

    def shown(self, name: str, value: str) -> str:
        """The value of a variable as it may be shown: a secret is a mark with the name of a variable that holds it.

        Equal secrets have equal marks and different ones different marks, so that channels named with them stay the same ones.
        """
        if not is_secret_name(name) or not value or value.startswith(MASK):
            return masked(value)
        mark = self._marks.get(value)
        if mark is None:
            known = set(self._marks.values())
            numbers = ("", *(f" {number}" for number in range(2, len(known) + 3)))
            mark = self._marks[value] = next(one for each in numbers if (one := f"{MASK}({name}{each})") not in known)
        return mark

    def stated(self, name: str) -> tuple[str, Trail] | None:
        """What the user says that a variable, or an expression as it is written, is."""
        if name not in self._stated:
            return None
        return self._stated[name], Trail(self._settings_path, 0, f"values.{name} is set")

    def overriding(self, key: str, path: str) -> list[tuple[str, Trail]]:
        """The values that the user or the environment gives to a configuration key in any of its forms (``APP_TOPICS_ORDERS``)."""
        stated = self.stated(key)
        if stated is not None:
            return [stated]
        names = sorted(self._spelt.get(squashed(key), ()))
        return [
            found for name in names for found in (self.lookup(name, path) if _is_near(self._given[name], path) else [])
        ]

    def lookup(self, name: str, path: str) -> list[tuple[str, Trail]]:
        """The values that ``name`` can have for code at ``path``; several where files disagree, empty where nothing says."""
        stated = self.stated(name)
        if stated is not None:
            return [stated]
        found = self._given.get(name)
        if not found:
            return []
        chosen = {given.value: given for given in reversed(_nearest(found, path)) if given.value}
        return [(value, Trail(given.path, given.offset, given.message)) for value, given in sorted(chosen.items())][:4]

    def agree_on(self, name: str) -> bool:
        """Whether all files that give a variable a value give it the same one."""
        return len({one.value for one in self._given.get(name, ()) if one.value}) <= 1

    def speak_for(self, name: str, path: str) -> bool:
        """Whether a file that speaks for the part of the tree in which code at ``path`` stands gives a value to a variable."""
        return any(one.value and _nearness(one.folder, path) > 0 for one in self._given.get(name, ()))

    def told(self, broker: str, kind: str, path: str) -> tuple[str, Trail] | None:
        """The one channel of a kind that code at ``path`` is given a name of; None where it is several, or none."""
        found = [one for one in self._channels.get((broker, kind), ()) if _nearness(one.folder, path) > 0]
        named = {one.value: one for one in reversed(_nearest(found, path))} if found else {}
        if len(named) != 1:
            return None
        ((value, given),) = named.items()
        return value, Trail(given.path, given.offset, f"no other {kind} is given to this code: {given.message}")


def _nearest(found: list[Given], path: str) -> list[Given]:
    best = max(_nearness(given.folder, path) for given in found)
    return [given for given in found if _nearness(given.folder, path) == best]


def _is_near(given: list[Given], path: str) -> bool:
    """Whether a file that speaks for code at ``path`` gives one of the values: a foreign service's do not override."""
    return any(_nearness(one.folder, path) >= 0 for one in given)


def _nearness(folder: str, path: str) -> int:
    """How closely a folder speaks for a path: its depth when it holds the path, 0 for the root, -1 for a foreign folder."""
    if not folder:
        return 0
    return folder.count("/") + 1 if path.startswith(folder + "/") else -1
