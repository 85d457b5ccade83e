"""Where a project keeps its migrations, and what the next one is called."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from posixpath import dirname

from eventlens.fixes.context import FixContext

TABLE = "processed_messages"
_NUMBERED = re.compile(r"^(V?)(\d+)(__|_|-)(.*?)((?:\.up)?\.\w+)?$")
_FIRST = "20240101000000"


def package_root(context: FixContext, path: str, *manifests: str) -> str:
    """The nearest folder above a file with one of some manifests; "" for the workspace's root."""
    folder = dirname(path)
    while folder and not any(exists(context, f"{folder}/{name}") for name in manifests):
        folder = dirname(folder)
    return folder


def exists(context: FixContext, path: str) -> bool:
    """Whether there is a file, known to the analysis or not."""
    return path in context.workspace.files or (context.workspace.root / path).is_file()


def under(root: str, path: str) -> str:
    """A path below a folder that may be the workspace's root."""
    return f"{root}/{path}" if root else path


def names_in(context: FixContext, folder: str) -> list[str]:
    """What stands directly in a folder, sorted."""
    path = context.workspace.root / folder
    on_disk = {one.name for one in path.iterdir()} if path.is_dir() else set()
    known = {
        one[len(folder) + 1 :].partition("/")[0] for one in context.workspace.files if one.startswith(f"{folder}/")
    }
    return sorted(on_disk | known)


def next_stamp(names: Iterable[str]) -> str:
    """The time stamp (``20240131120000``) of a migration behind some others: a minute after the last."""
    stamps = [found[0] for name in names if (found := re.match(r"\d{14}", name)) is not None]
    if not stamps:
        return _FIRST
    return (datetime.strptime(max(stamps), "%Y%m%d%H%M%S") + timedelta(minutes=1)).strftime("%Y%m%d%H%M%S")


def next_name(names: Iterable[str], title: str, suffix: str, first: str) -> str:
    """The file name of a migration behind some others, numbered or dated as they are; ``first`` where there are none."""
    numbered = [found for found in map(_NUMBERED.match, names) if found is not None]
    if not numbered:
        return first
    last = max(numbered, key=lambda one: int(one[2]))
    number = next_stamp([last[2]]) if len(last[2]) == 14 else str(int(last[2]) + _step(last[2])).zfill(len(last[2]))
    return f"{last[1]}{number}{last[3]}{title}{suffix or last[5] or ''}"


def _step(number: str) -> int:
    return 60_000 if len(number) == 13 else 1
