"""The models that ship, as they were once validated: reading them anew takes longer than all else before the first look at a file.

An installation brings them along beside the model files (see ``server/hatch_build.py``); after an edit of these, or of the code that reads
them, they are kept in the folder of caches.
"""

from __future__ import annotations

import contextlib
import hashlib
import inspect
import os
import re
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TypeAlias

import msgspec

from eventlens.config.written_types import Written
from eventlens.knowledge.schema import Model

BUILT_IN_FOLDERS = ("libraries", "effects")
_Kept: TypeAlias = list[tuple[str, Model]]
_NAME = re.compile(r"models-[0-9a-f]{32}\.json")


def built_in_contents(root: Path) -> list[tuple[Path, bytes]]:
    """The files of the models that ship, below the folder of rules, and what stands in them."""
    files = (path for folder in BUILT_IN_FOLDERS for path in sorted((root / folder).rglob("*.yaml")))
    return [(path, path.read_bytes()) for path in files]


def recalled_models(root: Path, cache_folder: Path | None) -> list[tuple[Path, Model]] | None:
    """The models that ship and the files that they stand in, as they were shipped or kept; None where their files are to be read."""
    kept = KeptModels(root, built_in_contents(root))
    for folder in (root, cache_folder):
        if folder is not None and (recalled := kept.recall(folder)) is not None:
            return recalled
    return None


class KeptModels:
    """One file, named after the content of the model files and the code that reads them."""

    def __init__(self, root: Path, contents: Sequence[tuple[Path, bytes]]) -> None:
        """``contents`` are the model files under ``root`` and their bytes."""
        self._root = root
        self._name = f"models-{_fingerprint(root, contents)}.json"

    def recall(self, folder: Path) -> list[tuple[Path, Model]] | None:
        """The models and the files that they stand in; None when ``folder`` has none, or the file is not as it was written."""
        try:
            checksum, content = (folder / self._name).read_bytes().split(b"\n", 1)
            if checksum != _checksum(content):
                return None
            return [(self._root / name, model) for name, model in msgspec.json.decode(content, type=_Kept)]
        except (OSError, ValueError):
            return None

    def keep(self, folder: Path, models: Sequence[tuple[Path, Model]]) -> Path:
        """Write the models and the files that they stand in, in one piece. Raises OSError where ``folder`` cannot be written."""
        content = msgspec.json.encode([(path.relative_to(self._root).as_posix(), model) for path, model in models])
        folder.mkdir(parents=True, exist_ok=True)
        _write(folder / self._name, _checksum(content) + b"\n" + content)
        return folder / self._name


def _fingerprint(root: Path, contents: Sequence[tuple[Path, bytes]]) -> str:
    digest = hashlib.blake2b(digest_size=16)
    for source in (*sorted(Path(__file__).parent.rglob("*.py")), Path(inspect.getfile(Written))):
        digest.update(source.read_bytes())
    for path, content in contents:
        digest.update(f"\0{path.relative_to(root).as_posix()}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()


def _checksum(content: bytes) -> bytes:
    return hashlib.blake2b(content, digest_size=16).hexdigest().encode()


def _write(file: Path, content: bytes) -> None:
    with tempfile.NamedTemporaryFile("wb", dir=file.parent, prefix=f"{file.name}.", delete=False) as fresh:
        written = Path(fresh.name)
    try:
        written.write_bytes(content)
        os.replace(written, file)  # noqa: PTH105 - the atomic one
    except OSError:
        written.unlink(missing_ok=True)
        raise


def delete_kept(folder: Path, older_than: float = float("inf"), but_not: Path | None = None) -> None:
    """Delete what was kept in a folder of caches, where it was written before a time (seconds since the epoch).

    Only files that are named as kept models: the folder may be shared with other programs. What cannot be deleted stays.
    """
    with contextlib.suppress(OSError):
        for file in folder.iterdir():
            if file != but_not and _NAME.match(file.name):
                with contextlib.suppress(OSError):
                    if file.stat().st_mtime < older_than:
                        file.unlink()
