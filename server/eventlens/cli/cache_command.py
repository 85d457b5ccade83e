"""``eventlens cache``: what is remembered of which workspace, and how to have it forgotten."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from eventlens.cli.output import write_document

if TYPE_CHECKING:
    from eventlens.workspace.cache_sweep import StoredCache


def cache(
    path: Annotated[Path | None, typer.Argument(help="Root of a workspace; all workspaces when not given.")] = None,
    clear: Annotated[bool, typer.Option("--clear", help="Delete the caches. Servers that run go on.")] = False,
) -> None:
    """Print where the caches lie, how large they are and whose; or delete them.

    Examples: eventlens cache; eventlens cache . --clear
    """
    from eventlens.knowledge.kept_models import delete_kept
    from eventlens.workspace.cache_place import cache_file, cache_folder
    from eventlens.workspace.cache_sweep import delete_cache, stored_caches

    folder = cache_folder()
    if folder is None:
        write_document("no cache: there is no home folder; set EVENTLENS_CACHE_DIR to have one")
        return
    own = cache_file(path.resolve()) if path is not None else None
    found = [one for one in stored_caches(folder) if own is None or one.path == own]
    if clear:
        for one in found:
            delete_cache(one.path)
        if own is None:
            delete_kept(folder)
    total = sum(one.size for one in found) / 1e6
    told = f"{'deleted' if clear else 'in'} {folder}: {len(found)} caches, {total:.1f} MB"
    write_document("\n".join([told, *([] if clear else _lines(found))]))


def _lines(found: Iterable[StoredCache]) -> Iterator[str]:
    from eventlens.workspace.cache_database import noted

    for one in found:
        root = noted(one.path, "root")
        whose = os.fsdecode(root) if isinstance(root, bytes) else one.path.name
        yield f"{one.size / 1e6:8.1f} MB  used {one.idle_days:3.0f} days ago  {whose}"
