"""Import resolution of Python: absolute modules from every plausible root, relative modules, submodules."""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Collection, Iterator

from eventlens.workspace.resolution import NOWHERE, Answers, Resolution, folder_of, join, shared_depth, under

_ROOT_MARKS = frozenset(
    (
        "pyproject.toml",
        "setup.py",
        "setup.cfg",
        "requirements.txt",
        "Pipfile",
        "manage.py",
        "Dockerfile",
        "package.json",
        "Procfile",
    )
)
_SOURCE_FOLDERS = ("src", "lib", "python", "app")


class PythonResolver:
    """Resolves modules for a fixed set of paths.

    A root is a folder that Python may have on its path: the workspace's own, one with a manifest, ``src`` inside such, a
    folder above the importing file that is no package. Any other folder counts only for dotted names (``events.topics``), so
    that ``import redis`` does not find a stray ``infra/redis.py``.
    """

    def __init__(self, paths: Collection[str]) -> None:
        self._paths = paths
        self._holders: dict[str, set[str]] = {}
        """Top-level name → folders that hold it as a module or a folder."""
        self._strong: set[str] = {""}
        self._known: dict[str, dict[str, Resolution]] = defaultdict(dict)
        """Importing folder → module → where it leads."""
        self._answers = Answers()
        self._index()

    def _index(self) -> None:
        seen: set[str] = set()
        for path in self._paths:
            folder, _, name = path.rpartition("/")
            if (name in _ROOT_MARKS or name.startswith("requirements")) and not self._is_own_setup(folder, name):
                self._strong.add(folder)
            if not name.endswith(".py"):
                continue
            self._holders.setdefault(name[:-3], set()).add(folder)
            while folder and folder not in seen:
                seen.add(folder)
                above, _, own = folder.rpartition("/")
                self._holders.setdefault(own, set()).add(above)
                folder = above
        inner = {under(root, name) for root in self._strong for name in _SOURCE_FOLDERS}
        self._strong |= {folder for folder in inner if not self._is_regular(folder)}

    def resolve(self, path: str, specifier: str) -> Resolution:
        """Where a module leads. ``m:name`` asks for the submodule ``name`` of ``m``, or else ``m`` itself."""
        module, _, name = specifier.partition(":")
        found = self._module(path, module)
        if not name or not self._may_hold(module):
            return found
        inner = self._module(path, f"{module}.{name}" if module.strip(".") else module + name)
        return inner if inner.paths else found

    def _may_hold(self, module: str) -> bool:
        return module.startswith(".") or module.partition(".")[0] in self._holders

    def _module(self, path: str, module: str) -> Resolution:
        folder = folder_of(path)
        near = self._known[folder]
        found = near.get(module)
        if found is None:
            found = self._relative(folder, module) if module.startswith(".") else self._absolute(folder, module, "")
            near[sys.intern(module)] = found
        if found.paths == (path,) and not module.startswith("."):
            return self._absolute(folder, module, path)
        return found

    def _absolute(self, folder: str, module: str, importing: str) -> Resolution:
        """``importing`` is a file that the module cannot mean: kafka.py that imports kafka wants the library."""
        parts = module.split(".")
        tail = "/".join(parts)
        for root in self._roots(folder, parts):
            candidates = _files(under(root, tail))
            found = next((c for c in candidates if c in self._paths and c != importing), None)
            if found is not None:
                return self._answers.file(found)
            if importing not in candidates and self._is_regular(under(root, parts[0])) and _encloses(root, folder):
                # Python looks no further than the first such package, so the name is not an outside package's.
                return NOWHERE
        return self._answers.package(parts[0])

    def _relative(self, folder: str, module: str) -> Resolution:
        rest = module.lstrip(".")
        start = join(folder, "../" * (len(module) - len(rest) - 1))
        if start is None:
            return NOWHERE
        candidates = _files(under(start, rest.replace(".", "/"))) if rest else (under(start, "__init__.py"),)
        found = next((c for c in candidates if c in self._paths), None)
        return self._answers.file(found) if found else NOWHERE

    def _roots(self, folder: str, parts: list[str]) -> Iterator[str]:
        """Folders that hold the top-level name and may be roots for files in ``folder``, likeliest first."""
        holders = self._holders.get(parts[0])
        if not holders:
            return
        ranked = sorted((rank, root) for root in holders if (rank := self._rank(root, folder, parts)) is not None)
        for _, root in ranked:
            yield root

    def _rank(self, root: str, folder: str, parts: list[str]) -> tuple[int, int, int] | None:
        """Smaller is likelier; None where the folder cannot be a root for that name."""
        strong = root in self._strong
        encloses = _encloses(root, folder)
        is_package = self._is_regular(root)
        if not strong and parts[0] in sys.stdlib_module_names:
            return None
        if not strong and len(parts) == 1 and (is_package or not encloses):
            return None
        distance = -shared_depth(root, folder)
        if encloses and not is_package:
            return (0, distance, 0)
        if strong:
            return (1, distance, len(root))
        return (3 if is_package else 2, distance, len(root))

    def _is_own_setup(self, folder: str, name: str) -> bool:
        """Whether a `setup.py` is a module of a package, and says nothing of a project."""
        return name == "setup.py" and folder != "" and under(folder, "__init__.py") in self._paths

    def _is_regular(self, folder: str) -> bool:
        return under(folder, "__init__.py") in self._paths or (folder != "" and folder + ".py" in self._paths)


def _files(base: str) -> tuple[str, str]:
    return base + ".py", base + "/__init__.py"


def _encloses(root: str, path: str) -> bool:
    return root == "" or path == root or path.startswith(root + "/")
