"""Which files of a folder tree matter: source code and configuration, without what is ignored, generated or foreign."""

from __future__ import annotations

import os
import re
import stat
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path

import msgspec

from eventlens.workspace.ignore_files import IgnoreRules, ignored, read_rules, rules_above

SOURCE_SUFFIXES: Mapping[str, str] = {
    ".ts": "typescript",
    ".tsx": "typescript",
    ".mts": "typescript",
    ".cts": "typescript",
    ".js": "javascript",
    ".jsx": "javascript",
    ".mjs": "javascript",
    ".cjs": "javascript",
    ".py": "python",
    ".java": "java",
    ".kt": "kotlin",
    ".kts": "kotlin",
    ".go": "go",
    ".cs": "csharp",
}
"""File name suffix → language."""

CONFIG_SUFFIXES = frozenset(
    (
        ".json",
        ".jsonc",
        ".json5",
        ".yaml",
        ".yml",
        ".toml",
        ".ini",
        ".cfg",
        ".conf",
        ".properties",
        ".env",
        ".avsc",
        ".avdl",
        ".proto",
        ".tf",
        ".tfvars",
        ".tpl",
        ".csproj",
        ".sql",
        ".xml",
    )
)
_CONFIG_NAMES = frozenset(
    (
        "Pipfile",
        "Dockerfile",
        "Containerfile",
        "Procfile",
        "requirements.txt",
        "go.mod",
        "pom.xml",
        "build.gradle",
        "settings.gradle",
        "Directory.Build.props",
    )
)
_BUILD_SCRIPTS = frozenset(("build.gradle.kts", "settings.gradle.kts"))
"""Programs that only build: they are read as manifests."""
_LOCK_FILES = frozenset(
    (
        "package-lock.json",
        "npm-shrinkwrap.json",
        "pnpm-lock.yaml",
        "composer.lock",
        "deno.lock",
        "bun.lock",
        "poetry.lock",
    )
)

FOREIGN_FOLDERS = frozenset(
    (
        ".git",
        ".hg",
        ".svn",
        ".jj",
        ".idea",
        ".vscode",
        ".vs",
        "node_modules",
        "bower_components",
        "jspm_packages",
        ".venv",
        "venv",
        "virtualenv",
        "site-packages",
        "__pycache__",
        "__pypackages__",
        ".tox",
        ".nox",
        ".eggs",
        ".mypy_cache",
        ".pytest_cache",
        ".ruff_cache",
        ".hypothesis",
        "htmlcov",
        ".ipynb_checkpoints",
        ".cache",
        ".next",
        ".nuxt",
        ".svelte-kit",
        ".angular",
        ".turbo",
        ".nx",
        ".parcel-cache",
        ".yarn",
        ".pnpm-store",
        ".docusaurus",
        ".gradle",
        ".terraform",
        ".serverless",
        ".aws-sam",
        "cdk.out",
        ".nyc_output",
        ".webpack",
        ".rollup.cache",
    )
)
"""Folders that never hold the workspace's own sources, whatever is in them."""

_OUTPUT_FOLDERS = frozenset(("dist", "build", "out", "target", "coverage", "vendor", "obj"))
"""Folders that usually hold output, but are also ordinary names: see `_is_output`."""

_ORDINARY_NAMES = frozenset(("build", "out", "target", "coverage"))
"""Those of them that folders of sources are called as well, at any depth (``adapter/out/kafka/OrderPublisher.java``)."""
_PACKAGES = re.compile(r"(?:^|/)src/[^/]+/(?:java|kotlin)/")
"""Below it folders are packages, whatever they are called."""
_TYPESCRIPT = (".ts", ".tsx")
_WRITTEN_SUFFIXES = (".java", ".kt", ".go", ".cs", *_TYPESCRIPT)
"""Sources that no tool puts near the top of its output."""
_MODULE_BUILDS = frozenset(("build.gradle", "build.gradle.kts", "pom.xml"))
_OUTPUT_DEPTH = 2
_MOST_LOOKED_AT = 400
"""Entries of a folder that is called like output which are looked at, to know whether it is."""

_OWN_MANIFESTS = frozenset(
    ("package.json", "pyproject.toml", "setup.py", "requirements.txt", "Dockerfile", "__init__.py", "pom.xml", "go.mod")
)

MAX_SOURCE_BYTES = 1_500_000
MAX_CONFIG_BYTES = 1_500_000


SETTLED_NS = 20_000_000
"""A file changed so shortly before it was looked at may change again without a new time stamp: clocks of files tick."""
_SETTLED_COARSE_NS = 3_000_000_000
"""The same where time stamps are whole seconds, or every other second."""
_SECOND_NS = 1_000_000_000


class FileRecord(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One file: ``path`` is relative to the root with ``/``. ``language`` is "" for configuration.

    ``changed_ns`` is when the system noted the last change of any kind, which no program can set back as it can ``mtime_ns``;
    0 where the system notes no such time.
    """

    path: str
    size: int
    mtime_ns: int
    inode: int
    language: str
    changed_ns: int = 0

    def is_settled(self, walked_ns: int) -> bool:
        """Whether, of a walk that began at ``walked_ns`` and gave this record, every later change of the file gives another."""
        if self.changed_ns and not _ticked(self.changed_ns, walked_ns):
            return False
        in_the_future = self.changed_ns and self.mtime_ns > walked_ns  # set by hand: a change would set it to now
        return bool(in_the_future) or _ticked(self.mtime_ns, walked_ns)

    @property
    def is_source(self) -> bool:
        return self.language != ""


def _ticked(stamp_ns: int, walked_ns: int) -> bool:
    """Whether the clock that gave a time stamp has gone on since."""
    return stamp_ns < walked_ns - (SETTLED_NS if stamp_ns % _SECOND_NS else _SETTLED_COARSE_NS)


class Discovery(msgspec.Struct, frozen=True):
    """The files found, sorted by path, and how many entries were skipped for which reason.

    ``began_ns`` is when the walk began, in nanoseconds since the epoch.
    """

    files: tuple[FileRecord, ...]
    skipped: Mapping[str, int]
    began_ns: int = 0


def discover(root: Path, exclude: Iterable[str] = ()) -> Discovery:
    """Walk ``root``. ``exclude`` are gitignore-style globs. Symbolic links are not followed; unreadable folders are counted."""
    began = time.time_ns()
    root = root.resolve()
    walk = _Walk(str(root), IgnoreRules(exclude))
    walk.folder("", rules_above(root))
    walk.found.sort(key=lambda record: record.path)
    return Discovery(tuple(walk.found), dict(sorted(walk.skipped.items())), began)


def record_of(path: str, status: os.stat_result) -> FileRecord | str:
    """The record of a regular file, or why it is skipped."""
    if not stat.S_ISREG(status.st_mode):  # reading a pipe would wait for ever
        return "no regular file"
    name = path.rpartition("/")[2]
    language = language_of(name)
    if language is None:
        return "other kind of file"
    if language and is_bundled_name(name):
        return "minified or bundled"
    if status.st_size > (MAX_SOURCE_BYTES if language else MAX_CONFIG_BYTES):
        return "too large"
    changed_ns = 0 if os.name == "nt" else status.st_ctime_ns  # on Windows that is when the file was made
    return FileRecord(path, status.st_size, status.st_mtime_ns, status.st_ino, language, changed_ns)


def language_of(name: str) -> str | None:
    """The language of a file name; "" for configuration, None where the file does not matter."""
    dot = name.rfind(".")
    suffix = name[dot:] if dot >= 0 else ""
    language = SOURCE_SUFFIXES.get(suffix)
    if language is not None:
        return "" if name in _BUILD_SCRIPTS else language
    if suffix in CONFIG_SUFFIXES:
        return None if name in _LOCK_FILES else ""
    return "" if name in _CONFIG_NAMES or _is_config_name(name, suffix) else None


def _is_config_name(name: str, suffix: str) -> bool:
    if name.startswith((".env", "env.", "Dockerfile.", "docker.env")):
        return True
    return suffix == ".txt" and name.startswith("requirements")


def is_bundled_name(name: str) -> bool:
    """Whether a source file's name says that a tool packed it."""
    return name.endswith((".min.js", ".min.mjs", ".bundle.js", "-bundle.js", ".chunk.js"))


class _Walk:
    """One depth-first walk; collects into ``found`` and ``skipped``."""

    def __init__(self, root: str, exclude: IgnoreRules) -> None:
        self.root = root
        self.exclude = exclude
        self.found: list[FileRecord] = []
        self.skipped: Counter[str] = Counter()

    def folder(self, path: str, chain: list[IgnoreRules]) -> None:
        """Take in one folder; ``path`` is "" for the root, else ends with ``/``."""
        try:
            with os.scandir(f"{self.root}/{path}") as entries:
                listed = list(entries)
        except OSError:
            self.skipped["unreadable"] += 1
            return
        names = {entry.name for entry in listed}
        if "pyvenv.cfg" in names and path:
            self.skipped["foreign folder"] += 1
            return
        chain = chain + self._own_rules(path, names)
        for entry in listed:
            try:
                self._entry(entry, path + entry.name, chain)
            except OSError:
                self.skipped["unreadable"] += 1

    def _own_rules(self, path: str, names: set[str]) -> list[IgnoreRules]:
        present = [name for name in (".gitignore", ".ignore") if name in names]
        return [rules for name in present if (rules := read_rules(Path(self.root, path, name), strip=len(path)))]

    def _entry(self, entry: os.DirEntry[str], path: str, chain: list[IgnoreRules]) -> None:
        if not path.isascii() and not _is_text(path):
            self.skipped["name is no text"] += 1
        elif entry.is_symlink():
            self.skipped["symbolic link"] += 1
        elif entry.is_dir(follow_symlinks=False):
            self._subfolder(entry, path, chain)
        elif language_of(entry.name) is None:
            self.skipped["other kind of file"] += 1
        elif self._not_ignored(path, entry.name, False, chain):
            self._file(entry, path)

    def _subfolder(self, entry: os.DirEntry[str], path: str, chain: list[IgnoreRules]) -> None:
        if entry.name in FOREIGN_FOLDERS or entry.name.endswith(".egg-info"):
            self.skipped["foreign folder"] += 1
        elif self._not_ignored(path, entry.name, True, chain):
            is_named_so = entry.name in _OUTPUT_FOLDERS and not _PACKAGES.search(path)
            if is_named_so and _is_output(entry.path, entry.name):
                self.skipped["output folder"] += 1
            else:
                self.folder(path + "/", chain)

    def _not_ignored(self, path: str, name: str, is_folder: bool, chain: list[IgnoreRules]) -> bool:
        if self.exclude and self.exclude.verdict(path, name, is_folder):
            self.skipped["excluded by settings"] += 1
            return False
        if chain and ignored(chain, path, name, is_folder):
            self.skipped["ignored folder" if is_folder else "ignored file"] += 1
            return False
        return True

    def _file(self, entry: os.DirEntry[str], path: str) -> None:
        record = record_of(path, entry.stat(follow_symlinks=False))
        if isinstance(record, str):
            self.skipped[record] += 1
        else:
            self.found.append(record)


def _is_text(path: str) -> bool:
    """Whether a path can be written in UTF-8; one made of other bytes could be neither cached nor reported."""
    try:
        path.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _is_output(folder: str, name: str) -> bool:
    """Whether a folder named like output is output: it has no manifest of its own, is no package, and holds no TypeScript, nor, where
    its name is an ordinary one, other sources near its top."""
    with os.scandir(folder) as entries:
        names = [entry.name for entry in entries]
    if any(one in _OWN_MANIFESTS for one in names) or any(_is_written(one, _TYPESCRIPT) for one in names):
        return False
    return name not in _ORDINARY_NAMES or not any(
        one in _MODULE_BUILDS or _is_written(one, _WRITTEN_SUFFIXES) or (name == "out" and one.endswith(".py"))
        for one in islice(_names_below(folder, _OUTPUT_DEPTH), _MOST_LOOKED_AT)
    )


def _names_below(folder: str, depth: int) -> Iterator[str]:
    """The names of the files in a folder and in those below it; a folder's own before those of its inner ones."""
    inner: list[str] = []
    with os.scandir(folder) as entries:
        for entry in entries:
            if not entry.is_dir(follow_symlinks=False):
                yield entry.name
            elif entry.name not in FOREIGN_FOLDERS:
                inner.append(entry.path)
    for one in inner if depth else ():
        yield from _names_below(one, depth - 1)


def _is_written(name: str, suffixes: tuple[str, ...]) -> bool:
    """Whether a file has one of some suffixes; declarations of TypeScript are made by tools."""
    return name.endswith(suffixes) and not name.endswith(".d.ts")
