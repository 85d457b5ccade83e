"""The objects of a git repository: commits, trees and the texts of files, read from loose files and packs.

Only what is read is read: no program is run, nothing of a repository's configuration or hooks is looked at, and nothing is written. What is
damaged, larger than a schema may be, or missing (a shallow or partial clone) is None.
"""

from __future__ import annotations

import errno
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from eventlens.workspace.reading import read_regular

_LARGEST = 4_000_000
"""Bytes of an object. Larger ones are no schemas, and no folders of them."""
_LARGEST_INDEX = 50_000_000
"""Bytes of the ids that begin alike."""
_NAMES = 8 + 256 * 4
"""Where the ids begin in an index."""
_MOST_DELTAS = 60
"""How many changes an object in a pack may be put together of; git itself makes chains of up to 50."""
_KINDS = {1: "commit", 2: "tree", 3: "blob", 4: "tag"}
_OFFSET_DELTA, _NAMED_DELTA = 6, 7
_MOST_ALTERNATES = 10


class GitObject(NamedTuple):
    """``kind``: commit, tree, blob or tag."""

    kind: str
    content: bytes


class GitObjects:
    """The objects below some folders, by their ids (40 hexadecimal digits)."""

    def __init__(self, folder: Path) -> None:
        self._folders = [folder, *_alternates(folder)]
        self._packs: list[_Pack] | None = None

    def read(self, oid: str) -> GitObject | None:
        """The object of an id."""
        if len(oid) != 40:
            return None
        return self._loose(oid) or self._packed(oid, _MOST_DELTAS)

    def _loose(self, oid: str) -> GitObject | None:
        for folder in self._folders:
            try:
                packed = read_regular(folder / oid[:2] / oid[2:], _LARGEST)
                whole = _inflated(packed, _LARGEST + 100)
            except (OSError, zlib.error):
                continue
            if len(whole) > _LARGEST:
                return None
            head, _, content = whole.partition(b"\0")
            return GitObject(head.partition(b" ")[0].decode("ascii", "replace"), content)
        return None

    def _packed(self, oid: str, deltas: int) -> GitObject | None:
        if self._packs is None:
            self._packs = [pack for folder in self._folders for pack in _packs_in(folder / "pack")]
        for pack in self._packs:
            try:
                offset = pack.offset_of(oid)
                if offset is not None:
                    return self._at(pack, offset, deltas)
            except (OSError, zlib.error, ValueError, IndexError, struct.error):
                continue
        return None

    def _at(self, pack: _Pack, offset: int, deltas: int) -> GitObject | None:
        entry = pack.entry(offset)
        if entry.kind in _KINDS:
            return GitObject(_KINDS[entry.kind], entry.content)
        if not deltas:
            return None
        if entry.kind == _OFFSET_DELTA:
            base = self._at(pack, offset - entry.back, deltas - 1) if 0 < entry.back <= offset else None
        else:
            base = self._loose(entry.base) or self._packed(entry.base, deltas - 1)
        changed = _changed(base.content, entry.content) if base is not None else None
        return GitObject(base.kind, changed) if base is not None and changed is not None else None


class _Entry(NamedTuple):
    """What stands in a pack: an object, or how it differs from another, which stands ``back`` bytes before it or has the id ``base``."""

    kind: int
    content: bytes
    back: int = 0
    base: str = ""


class _Pack:
    """One pack with its index (version 2, https://git-scm.com/docs/pack-format), of which no more is read than is asked for."""

    def __init__(self, index: Path) -> None:
        """Raises OSError for what is no such index."""
        self._index = index
        self._path = index.with_suffix(".pack")
        head = self._read(0, _NAMES)
        if len(head) != _NAMES or head[:8] != b"\xfftOc\x00\x00\x00\x02":
            raise OSError(errno.EINVAL, "it is no index of a pack", str(index))
        self._until = struct.unpack(">256I", head[8:])
        """How many ids begin with a byte, or a smaller one."""

    def _read(self, offset: int, size: int) -> bytes:
        with self._index.open("rb") as file:
            file.seek(offset)
            return file.read(size)

    def offset_of(self, oid: str) -> int | None:
        """Where an object stands in the pack. Raises OSError and struct.error where the index cannot be read."""
        wanted = bytes.fromhex(oid)
        first = self._until[wanted[0] - 1] if wanted[0] else 0
        count = self._until[wanted[0]] - first
        if not 0 < count <= _LARGEST_INDEX // 20:
            return None
        names = self._read(_NAMES + first * 20, count * 20)
        at = names.find(wanted)
        while at > 0 and at % 20:
            at = names.find(wanted, at + 1)
        return self._offset(first + at // 20) if at >= 0 else None

    def _offset(self, position: int) -> int:
        total = self._until[255]
        offsets = _NAMES + total * 24
        offset: int = struct.unpack(">I", self._read(offsets + position * 4, 4))[0]
        if not offset & 0x80000000:
            return offset
        far: int = struct.unpack(">Q", self._read(offsets + total * 4 + (offset & 0x7FFFFFFF) * 8, 8))[0]
        return far

    def entry(self, offset: int) -> _Entry:
        """What stands at an offset. Raises OSError, ValueError, IndexError and zlib.error for what is damaged."""
        with self._path.open("rb") as file:
            file.seek(offset)
            head = file.read(64)
            kind, size, at = _head(head)
            if size > _LARGEST:
                raise ValueError("too large")
            back, base = 0, ""
            if kind == _OFFSET_DELTA:
                back, at = _distance(head, at)
            elif kind == _NAMED_DELTA:
                base, at = head[at : at + 20].hex(), at + 20
            file.seek(offset + at)
            content = _inflated(file.read(size + 1_024 + size // 100), size)
            if len(content) != size:
                raise ValueError("damaged")
            return _Entry(kind, content, back, base)


def _packs_in(folder: Path) -> Iterator[_Pack]:
    try:
        indexes = sorted(folder.glob("*.idx"))
    except OSError:
        return
    for index in indexes:
        try:
            yield _Pack(index)
        except OSError:
            continue


def _alternates(folder: Path) -> Iterator[Path]:
    """The other folders whose objects are this one's, too."""
    try:
        lines = read_regular(folder / "info" / "alternates", _LARGEST).decode("utf-8", "replace").splitlines()
    except OSError:
        return
    for line in lines[:_MOST_ALTERNATES]:
        if line.strip() and not line.startswith("#"):
            yield folder / line.strip()


def _inflated(packed: bytes, most: int) -> bytes:
    return zlib.decompressobj().decompress(packed, max(most, 1))


def _head(head: bytes) -> tuple[int, int, int]:
    """The kind and size of what stands in a pack, and where it goes on."""
    byte, at = head[0], 1
    kind, size, shift = (byte >> 4) & 7, byte & 15, 4
    while byte & 0x80:
        byte = head[at]
        size |= (byte & 0x7F) << shift
        shift += 7
        at += 1
    return kind, size, at


def _distance(head: bytes, at: int) -> tuple[int, int]:
    byte = head[at]
    distance, at = byte & 0x7F, at + 1
    while byte & 0x80:
        byte = head[at]
        distance = ((distance + 1) << 7) | (byte & 0x7F)
        at += 1
    return distance, at


def _changed(base: bytes, delta: bytes) -> bytes | None:
    """What a delta makes of a text."""
    _, at = _number(delta, 0)
    size, at = _number(delta, at)
    if size > _LARGEST:
        return None
    parts: list[bytes] = []
    while at < len(delta):
        code = delta[at]
        at += 1
        if not code & 0x80:
            parts.append(delta[at : at + code])
            at += code
            continue
        start = length = 0
        for bit in range(7):
            if code & (1 << bit):
                if bit < 4:
                    start |= delta[at] << (8 * bit)
                else:
                    length |= delta[at] << (8 * (bit - 4))
                at += 1
        parts.append(base[start : start + (length or 0x10000)])
    made = b"".join(parts)
    return made if len(made) == size else None


def _number(text: bytes, at: int) -> tuple[int, int]:
    value, shift = text[at] & 0x7F, 7
    while text[at] & 0x80:
        at += 1
        value |= (text[at] & 0x7F) << shift
        shift += 7
    return value, at + 1
