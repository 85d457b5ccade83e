"""The answer to "which file does this import mean?", and path arithmetic shared by the resolvers."""

from __future__ import annotations

import msgspec


class Resolution(msgspec.Struct, frozen=True):
    """Where a module specifier leads.

    ``paths`` are workspace files, the meant one first (more than one only where several files stand for one module).
    ``external`` names the package outside the workspace when ``paths`` is empty; "" when the import should have led to a
    workspace file but does not (a relative import, a module of a package of the workspace, a folder without ``__init__.py``).
    """

    paths: tuple[str, ...] = ()
    external: str = ""

    @property
    def path(self) -> str | None:
        """The meant workspace file."""
        return self.paths[0] if self.paths else None


NOWHERE = Resolution()
"""What an import means that should have led to a workspace file but does not."""


class Answers:
    """Makes one `Resolution` for each file and each package, however many imports lead there."""

    def __init__(self) -> None:
        self._files: dict[str, Resolution] = {}
        self._packages: dict[str, Resolution] = {}

    def file(self, path: str) -> Resolution:
        """The import means a workspace file."""
        return self._files.get(path) or self._files.setdefault(path, Resolution((path,)))

    def package(self, name: str) -> Resolution:
        """The import means an outside package; "" is `NOWHERE`."""
        return self._packages.get(name) or self._packages.setdefault(name, Resolution((), name) if name else NOWHERE)


def folder_of(path: str) -> str:
    """The folder of a path, "" for the root."""
    return path.rpartition("/")[0]


def join(folder: str, relative: str) -> str | None:
    """``folder``/``relative`` with ``.`` and ``..`` worked out; None when it leaves the root."""
    parts = [part for part in folder.split("/") if part]
    for part in relative.split("/"):
        if part in ("", "."):
            continue
        if part == "..":
            if not parts:
                return None
            parts.pop()
        else:
            parts.append(part)
    return "/".join(parts)


def ancestors(folder: str) -> list[str]:
    """The folder and those above it, innermost first; the root ("") last."""
    chain = [folder]
    while folder:
        folder = folder_of(folder)
        chain.append(folder)
    return chain


def under(folder: str, name: str) -> str:
    """``name`` inside ``folder``; the root folder is ""."""
    return f"{folder}/{name}" if folder else name


def shared_depth(one: str, other: str) -> int:
    """How many leading folders two folder paths share."""
    depth = 0
    for left, right in zip(one.split("/"), other.split("/")):
        if left != right or not left:
            break
        depth += 1
    return depth
