"""Reading whole files, for tens of thousands of them at once. Only regular files are read: a pipe would be waited for without end."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

_MORE = 1 << 20
_LARGEST = 8 << 20
"""Bytes. What has grown beyond this since it was found is not read."""
_FLAGS = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0)
_NO_LINK = getattr(os, "O_NOFOLLOW", 0)


def read_file(path: str, size: int) -> bytes:
    """The bytes of a file that a walk found. ``size`` is what it was last known to have: right, it saves a system call.

    Raises OSError, also for what has become a symbolic link, a pipe or a device, or very large, since.
    """
    return _read(path, size, _LARGEST, _FLAGS | _NO_LINK)


def read_regular(path: Path, largest: int, follow: bool = False) -> bytes:
    """The bytes of a file of at most ``largest``. Raises OSError for anything else, a symbolic link too unless ``follow``."""
    return _read(str(path), _MORE, largest, _FLAGS if follow else _FLAGS | _NO_LINK)


def read_within(root: Path, path: str, largest: int = _LARGEST) -> bytes:
    """The bytes of a file below ``root`` that no walk need have found. Raises OSError, also where links lead out of ``root``."""
    whole = root / path
    if not whole.resolve().is_relative_to(root.resolve()):
        raise OSError(errno.EXDEV, "it leads out of the workspace", path)
    return read_regular(whole, largest, follow=True)


def _read(path: str, size: int, largest: int, flags: int) -> bytes:
    descriptor = os.open(path, flags)
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(errno.EINVAL, "it is no regular file", path)
        content = os.read(descriptor, size + 1)
        if len(content) != size:
            content += _rest(descriptor, largest - len(content), path)
        return content
    finally:
        os.close(descriptor)


def _rest(descriptor: int, most: int, path: str) -> bytes:
    parts: list[bytes] = []
    while part := os.read(descriptor, _MORE):
        parts.append(part)
        most -= len(part)
        if most < 0:
            raise OSError(errno.EFBIG, os.strerror(errno.EFBIG), path)
    return b"".join(parts)
