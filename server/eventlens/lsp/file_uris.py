"""Files by URI, as clients spell them."""

from __future__ import annotations

import os

from pygls import uris


def file_path(uri: str) -> str | None:
    """The absolute path of a file on this machine, without ``.`` and ``..``; None where a URI names none."""
    if not uri.startswith("file:"):
        return None
    try:
        path = uris.to_fs_path(uri.replace("file://localhost/", "file:///", 1))
        if not path or "\0" in path:
            return None
        os.fsencode(path)
    except ValueError:
        return None
    return os.path.normpath(path)
