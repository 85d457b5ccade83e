"""Which C# projects are made into which others, as the references in their project files say."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from eventlens.workspace.resolution import ancestors, folder_of, join

_REFERENCE = re.compile(rb"<ProjectReference\s[^>]*?\bInclude\s*=\s*[\"']([^\"']+)[\"']")


class ProjectReferences:
    """The references among the projects of ``paths``; ``read`` gives a workspace file's bytes, or None."""

    def __init__(self, paths: Iterable[str], read: Callable[[str], bytes | None]) -> None:
        self._users: dict[str, list[str]] = {}
        """Folder of a project → the folders of those that refer to it."""
        self._known: dict[str, tuple[str, ...]] = {}
        for path in sorted(path for path in paths if path.endswith(".csproj")):
            own = folder_of(path)
            self._users.setdefault(own, [])
            for match in _REFERENCE.finditer(read(path) or b""):
                target = join(own, match[1].decode("utf-8", "replace").replace("\\", "/"))
                if target is not None:
                    self._users.setdefault(folder_of(target), []).append(own)

    def using(self, path: str) -> tuple[str, ...]:
        """The folders of the projects that the project of a file becomes part of, through others too, the nearest first."""
        own = next((folder for folder in ancestors(folder_of(path)) if folder in self._users), None)
        if own is None:
            return ()
        if own not in self._known:
            found = {own: None}
            for folder in (queue := [own]):
                fresh = [user for user in self._users.get(folder, ()) if user not in found]
                found.update(dict.fromkeys(fresh))
                queue.extend(dict.fromkeys(fresh))
            self._known[own] = tuple(folder for folder in found if folder != own)
        return self._known[own]
