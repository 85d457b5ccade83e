"""Which columns of a table a store lets appear once only, as the SQL files of a workspace say that set up its tables."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from eventlens.config.sql_tables import read_unique_keys
from eventlens.workspace.snapshot import Workspace

Keys = tuple[frozenset[str], ...]


def keys_of_tables(workspace: Workspace) -> Mapping[str, Keys]:
    """Table → its keys; names in small letters without underscores, so that those of fields can be compared with them."""
    found: dict[str, set[frozenset[str]]] = defaultdict(set)
    for path in workspace.configs():
        if path.endswith(".sql") and workspace.source_set(path) != "test":
            workspace.beat()
            for key in read_unique_keys(_text(workspace, path)):
                found[_plain(key.table)].add(frozenset(map(_plain, key.columns)))
    return {table: tuple(sorted(keys, key=sorted)) for table, keys in found.items()}


def _text(workspace: Workspace, path: str) -> str:
    try:
        return workspace.text(path).decode("utf-8", "replace")
    except (OSError, KeyError):
        return ""


def _plain(name: str) -> str:
    return name.replace("_", "").lower()
