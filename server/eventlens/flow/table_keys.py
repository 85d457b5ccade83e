"""Which columns of a table a store lets appear once only, as the SQL files and changelogs of a workspace say that set up its tables."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import cached_property

from eventlens.config.liquibase import is_changelog, read_changelog_keys
from eventlens.config.sql_tables import UniqueKey, read_unique_keys
from eventlens.workspace.snapshot import Workspace

Keys = tuple[frozenset[str], ...]
_CHANGELOGS = re.compile(
    r"(?i)(?:changelog|change_log|changeset|liquibase|migration|changes?/|(?:^|/)db/).*\.(?:xml|ya?ml|json)$"
)
"""Paths of files that may be changelogs: other folders are full of XML, YAML and JSON about something else."""


class TableKeys:
    """The keys of a workspace's tables, read when they are first asked for; they stay while only code is edited."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    @cached_property
    def by_table(self) -> Mapping[str, Keys]:
        """Table → its keys; names as `plain_name` gives them, so that those of fields can be compared with them."""
        found: dict[str, set[frozenset[str]]] = defaultdict(set)
        for path in self._workspace.configs():
            if _sets_up_tables(path) and self._workspace.source_set(path) != "test":
                self._workspace.beat()
                for key in _keys(path, self._workspace.text_if_there(path)):
                    found[plain_name(key.table)].add(frozenset(map(plain_name, key.columns)))
        return {table: tuple(sorted(keys, key=sorted)) for table, keys in found.items()}


def _sets_up_tables(path: str) -> bool:
    return path.endswith(".sql") or _CHANGELOGS.search(path) is not None


def _keys(path: str, text: bytes) -> Iterable[UniqueKey]:
    if path.endswith(".sql"):
        return read_unique_keys(text.decode("utf-8", "replace"))
    return read_changelog_keys(path, text.decode("utf-8", "replace")) if is_changelog(path, text) else ()


def plain_name(name: str) -> str:
    """A table's or column's name without quotes and underscores, in small letters."""
    return name.strip('"`[]').replace("_", "").lower()
