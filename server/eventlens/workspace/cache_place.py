"""Where the cache lies on this machine, and which version of the code wrote it."""

from __future__ import annotations

import hashlib
import os
import re
import sys
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

from eventlens import __version__

PLACE_VARIABLE = "EVENTLENS_CACHE_DIR"


def cache_folder() -> Path:
    """The folder for all workspaces' caches: ``EVENTLENS_CACHE_DIR``, else the platform's place for caches."""
    if own := os.environ.get(PLACE_VARIABLE):
        return Path(own)
    if sys.platform == "win32":
        local = os.environ.get("LOCALAPPDATA")
        return (Path(local) if local else Path.home() / "AppData" / "Local") / "eventlens" / "Cache"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "eventlens"
    shared = os.environ.get("XDG_CACHE_HOME")
    return (Path(shared) if shared and Path(shared).is_absolute() else Path.home() / ".cache") / "eventlens"


def cache_file(root: Path) -> Path:
    """The cache of one workspace; readable by name, unique by path."""
    digest = hashlib.blake2b(str(root).encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()
    name = re.sub(r"[^\w.-]+", "-", root.name)[:40] or "root"
    return cache_folder() / f"{name}-{digest}.sqlite"


@cache
def front_end_version() -> str:
    """Changes whenever a lowered module could come out differently."""
    package = Path(__file__).parent.parent
    return _fingerprint([package / "ir.py", *sorted((package / "syntax").rglob("*.py"))])


@cache
def tool_version() -> str:
    """Changes whenever any answer of this installation could come out differently: its code or its library models."""
    package = Path(__file__).parent.parent
    rules = [folder for folder in (package / "rules", package.parent.parent / "rules") if folder.is_dir()]
    models = (path for folder in rules for path in folder.rglob("*") if path.suffix in (".yaml", ".yml", ".j2", ".md"))
    return _fingerprint([*sorted(package.rglob("*.py")), *sorted(models)])


def _fingerprint(paths: Iterable[Path]) -> str:
    digest = hashlib.blake2b(__version__.encode(), digest_size=16)
    for line in _stamps(paths):
        digest.update(line.encode("utf-8", "surrogatepass"))
    return digest.hexdigest()


def _stamps(paths: Iterable[Path]) -> Iterator[str]:
    for path in paths:
        try:
            status = path.stat()
        except OSError:
            continue
        yield f"{path}\0{status.st_size}\0{status.st_mtime_ns}\n"
