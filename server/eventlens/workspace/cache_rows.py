"""How things are written in the cache: sealed, so that whatever comes back is what was put, or is known to be damaged.

SQLite notices much damage, but not a changed byte inside a value, nor a value that a broken index leads to by another key.
"""

from __future__ import annotations

import zlib

import msgspec

from eventlens.workspace.discovery import FileRecord
from eventlens.workspace.survey import Survey

_SEAL_BYTES = 4


class Damaged(ValueError):
    """What is in the cache is not what was put there."""


class KnownFile(msgspec.Struct, frozen=True):
    """What was learnt of a file while it was as ``record`` says. ``survey`` is None where it was made for other literals."""

    record: FileRecord
    digest: bytes
    survey: Survey | None


class _FileRow(msgspec.Struct, frozen=True, array_like=True, gc=False):
    record: FileRecord
    digest: bytes
    literals: str
    survey: Survey | None


_encode_file = msgspec.msgpack.Encoder().encode
_decode_file = msgspec.msgpack.Decoder(_FileRow).decode


def file_row(known: KnownFile, literals: str) -> bytes:
    """A file with the fingerprint of the surveyor that surveyed it."""
    return seal(_encode_file(_FileRow(known.record, known.digest, literals, known.survey)))


def known_file(row: object, literals: str) -> KnownFile:
    """The file of `file_row`, with its survey where that was made for ``literals``. Raises `Damaged`."""
    try:
        read = _decode_file(unsealed(row))
    except msgspec.MsgspecError as error:
        raise Damaged(str(error)) from error
    return KnownFile(read.record, read.digest, read.survey if read.literals == literals else None)


def seal(content: bytes, key: bytes = b"") -> bytes:
    """``content`` with a checksum of itself and of the ``key`` that it is found by."""
    return _checksum(content, key) + content


def unsealed(sealed: object, key: bytes = b"") -> bytes:
    """What `seal` was given. Raises `Damaged` for anything else, or another key."""
    if not isinstance(sealed, bytes):
        raise Damaged("a value is no bytes")
    content = sealed[_SEAL_BYTES:]
    if sealed[:_SEAL_BYTES] != _checksum(content, key):
        raise Damaged("a checksum is wrong")
    return content


def _checksum(content: bytes, key: bytes) -> bytes:
    return zlib.crc32(content, zlib.crc32(key)).to_bytes(_SEAL_BYTES, "little")
