"""Which columns of a table a store lets appear once only, as the SQL files of a workspace say that set up its tables."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from functools import cached_property

from eventlens.config.sql_tables import read_unique_keys
from eventlens.workspace.snapshot import Workspace

Keys = tuple[frozenset[str], ...]


class TableKeys:
    """The keys of a workspace's tables, read when they are first asked for; they stay while only code is edited."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    @cached_property
    def by_table(self) -> Mapping[str, Keys]:
        """Table → its keys; names as `plain_name` gives them, so that those of fields can be compared with them."""
        found: dict[str, set[frozenset[str]]] = defaultdict(set)
        for path in self._workspace.configs():
            if path.endswith(".sql") and self._workspace.source_set(path) != "test":
                self._workspace.beat()
                for key in read_unique_keys(_text(self._workspace, path)):
                    found[plain_name(key.table)].add(frozenset(map(plain_name, key.columns)))
        return {table: tuple(sorted(keys, key=sorted)) for table, keys in found.items()}


def _text(workspace: Workspace, path: str) -> str:
    try:
        return workspace.text(path).decode("utf-8", "replace")
    except (OSError, KeyError):
        return ""


def plain_name(name: str) -> str:
    """A table's or column's name without quotes and underscores, in small letters."""
    return name.strip('"`[]').replace("_", "").lower()
