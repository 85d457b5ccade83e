"""Where the cache lies on this machine, and which version of the code wrote it."""

from __future__ import annotations

import hashlib
import os
import re
import sys
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

import msgspec

from eventlens import __version__

PLACE_VARIABLE = "EVENTLENS_CACHE_DIR"
SCHEMA = 4
"""What the tables of a cache look like. Each schema has files of its own, so that two versions of this program can be in use."""


def cache_folder() -> Path | None:
    """The folder for all workspaces' caches: ``EVENTLENS_CACHE_DIR``, else the platform's place for caches.

    None for a user without a home folder, as in some containers.
    """
    if own := os.environ.get(PLACE_VARIABLE):
        return Path(own)
    variable = {"win32": "LOCALAPPDATA", "darwin": ""}.get(sys.platform, "XDG_CACHE_HOME")
    shared = Path(os.environ.get(variable) or "")
    if not shared.is_absolute():
        home = _home()
        if home is None:
            return None
        shared = home.joinpath(
            *{"win32": ("AppData", "Local"), "darwin": ("Library", "Caches")}.get(sys.platform, (".cache",))
        )
    return shared / "eventlens" / "Cache" if sys.platform == "win32" else shared / "eventlens"


def _home() -> Path | None:
    try:
        home = Path.home()
    except RuntimeError:
        return None
    return home if home.is_absolute() else None


def cache_file(root: Path) -> Path | None:
    """The cache of one workspace; readable by name, unique by path. None where `cache_folder` is."""
    folder = cache_folder()
    if folder is None:
        return None
    digest = hashlib.blake2b(str(root).encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()
    name = re.sub(r"[^\w.-]+", "-", root.name)[:40] or "root"
    return folder / f"{name}-{digest}.v{SCHEMA}.sqlite"


@cache
def front_end_version() -> str:
    """Changes whenever a lowered module could come out differently: with the front ends, the grammars and Python itself."""
    package = Path(__file__).parent.parent
    grammars = [name for name in _distributions() if name.startswith(("tree_sitter", "msgspec"))]
    return _fingerprint([package / "ir.py", *sorted((package / "syntax").rglob("*.py"))], grammars)


@cache
def tool_version() -> str:
    """Changes whenever any answer of this installation could come out differently: its code, its library models, what it uses."""
    package = Path(__file__).parent.parent
    rules = [folder for folder in (package / "rules", package.parent.parent / "rules") if folder.is_dir()]
    models = (path for folder in rules for path in folder.rglob("*") if path.suffix in (".yaml", ".yml", ".j2", ".md"))
    return _fingerprint([*sorted(package.rglob("*.py")), *sorted(models)], _distributions())


def _distributions() -> list[str]:
    """The distributions installed beside those that this package needs, each named with its version."""
    try:
        names = [path.name for path in Path(msgspec.__file__).parent.parent.iterdir()]
    except OSError:
        return []
    return sorted(name for name in names if name.endswith((".dist-info", ".egg-info")))


def _fingerprint(paths: Iterable[Path], names: Iterable[str]) -> str:
    digest = hashlib.blake2b(f"{__version__}\0{sys.version_info[:2]}".encode(), digest_size=16)
    for line in (*names, *_stamps(paths)):
        digest.update(line.encode("utf-8", "surrogatepass"))
    return digest.hexdigest()


def _stamps(paths: Iterable[Path]) -> Iterator[str]:
    for path in paths:
        try:
            status = path.stat()
        except OSError:
            continue
        yield f"{path}\0{status.st_size}\0{status.st_mtime_ns}\n"
