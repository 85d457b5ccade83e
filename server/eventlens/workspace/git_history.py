"""What a workspace was like at another commit: the merge base with the branch that it will go to, or a commit that somebody names."""

from __future__ import annotations

import hashlib
import heapq
import re
from pathlib import Path
from typing import NamedTuple

from eventlens.workspace.git_objects import GitObjects
from eventlens.workspace.reading import read_regular

_MOST_COMMITS = 5_000
"""Commits that are looked at for a merge base: it is not known when it lies further back."""
_LARGEST_REFS = 20_000_000
_BRANCHES = ("refs/remotes/origin/HEAD", "refs/remotes/origin/main", "refs/remotes/origin/master", "refs/heads/main", "refs/heads/master")  # fmt: skip
"""The branch that changes go to, the first that there is."""
_UPWARDS = re.compile(r"(?P<name>.+?)(?P<steps>(?:~\d*|\^)*)$")


class _Repository(NamedTuple):
    own: Path
    """The folder of a work tree's own state."""
    common: Path
    """The folder of what all work trees share."""
    prefix: str
    """Where the workspace lies in the work tree, with ``/`` at its end; "" where it is all of it."""


class Base:
    """The files of a workspace at a commit."""

    def __init__(self, commit: str, name: str, objects: GitObjects, tree: str, prefix: str) -> None:
        self.commit = commit
        self.name = name
        """What a person calls the commit."""
        self._objects = objects
        self._tree = tree
        self._prefix = prefix
        self._trees: dict[str, dict[str, str]] = {}

    def text(self, path: str) -> bytes | None:
        """The text that a file had; None where there was none, or it cannot be read."""
        found = self._objects.read(self._id(path))
        return found.content if found is not None and found.kind == "blob" else None

    def other_text(self, path: str, now: bytes) -> bytes | None:
        """The same where it is not the text of ``now``."""
        same = hashlib.sha1(b"blob %d\0" % len(now) + now, usedforsecurity=False).hexdigest()
        found = self.text(path) if self._id(path) != same else None
        return found if found != now else None

    def _id(self, path: str) -> str:
        *folders, name = f"{self._prefix}{path}".split("/")
        tree = self._tree
        for folder in folders:
            tree = self._entries(tree).get(folder, "")
        return self._entries(tree).get(name, "")

    def _entries(self, tree: str) -> dict[str, str]:
        if tree not in self._trees:
            found = self._objects.read(tree)
            rest = found.content if found is not None and found.kind == "tree" else b""
            entries = self._trees[tree] = {}
            while rest:
                head, _, tail = rest.partition(b"\0")
                entries[head.partition(b" ")[2].decode("utf-8", "surrogateescape")] = tail[:20].hex()
                rest = tail[20:]
        return self._trees[tree]


def base_of(root: Path, wanted: str = "") -> Base | None:
    """The workspace at the commit that ``wanted`` names, else at the merge base with the branch that changes go to; None where it cannot be known."""
    repository = _repository(root)
    if repository is None:
        return None
    objects = GitObjects(repository.common / "objects")
    if wanted:
        commit = _named(repository, objects, wanted)
        name = wanted
    else:
        branch, target = _target(repository)
        head = _resolved(repository, "HEAD")
        commit = _merge_base(objects, head, target) if head and target else None
        name = (
            f"the merge base with {branch.rpartition('/')[2]}"
            if branch.rpartition("/")[2] != "HEAD"
            else "the merge base"
        )
    commit = _peeled(objects, commit) if commit else None
    tree = _field(objects, commit, b"tree") if commit else None
    return Base(commit, name, objects, tree, repository.prefix) if commit and tree else None


# -------------------------------------------------------------------------------------------------------------- places


def _repository(root: Path) -> _Repository | None:
    root = root.resolve()
    for folder in (root, *root.parents):
        own = _git_folder(folder / ".git")
        if own is not None:
            shared = _line(own / "commondir")
            prefix = root.relative_to(folder).as_posix()
            return _Repository(own, own / shared if shared else own, "" if prefix == "." else f"{prefix}/")
    return None


def _git_folder(path: Path) -> Path | None:
    try:
        if path.is_dir():
            return path
    except OSError:
        return None
    line = _line(path)
    return path.parent / line.removeprefix("gitdir:").strip() if line.startswith("gitdir:") else None


def _line(path: Path) -> str:
    try:
        return read_regular(path, 10_000).decode("utf-8", "replace").strip()
    except OSError:
        return ""


def _resolved(repository: _Repository, name: str, depth: int = 5) -> str:
    """The id that a reference leads to; "" where there is none."""
    if not depth or ".." in name or name.startswith("/"):
        return ""
    line = _line((repository.own if name == "HEAD" else repository.common) / name) or _packed_reference(
        repository, name
    )
    if line.startswith("ref:"):
        return _resolved(repository, line.removeprefix("ref:").strip(), depth - 1)
    return line if re.fullmatch(r"[0-9a-f]{40}", line) else ""


def _packed_reference(repository: _Repository, name: str) -> str:
    try:
        packed = read_regular(repository.common / "packed-refs", _LARGEST_REFS)
    except OSError:
        return ""
    found = re.search(rb"(?m)^([0-9a-f]{40}) " + re.escape(name.encode()) + rb"$", packed)
    return found[1].decode() if found else ""


def _target(repository: _Repository) -> tuple[str, str]:
    """The branch that changes go to, and the commit that it is at."""
    return next(((one, oid) for one in _BRANCHES if (oid := _resolved(repository, one))), ("", ""))


def _named(repository: _Repository, objects: GitObjects, wanted: str) -> str | None:
    """The commit of a branch, tag or id, with as many steps to first parents as ``~`` and ``^`` say."""
    split = _UPWARDS.match(wanted)
    name, steps = (split["name"], split["steps"]) if split is not None else (wanted, "")
    places = (
        name,
        f"refs/{name}",
        f"refs/tags/{name}",
        f"refs/heads/{name}",
        f"refs/remotes/{name}",
        f"refs/remotes/{name}/HEAD",
    )
    found = (
        name
        if re.fullmatch(r"[0-9a-f]{40}", name)
        else next(filter(None, (_resolved(repository, one) for one in places)), "")
    )
    commit = _peeled(objects, found) if found else None
    for step in re.findall(r"~\d*|\^", steps):
        for _ in range(min(int(step[1:] or 1), _MOST_COMMITS)):
            commit = _field(objects, commit, b"parent") if commit else None
    return commit


# ------------------------------------------------------------------------------------------------------------- commits


def _peeled(objects: GitObjects, oid: str) -> str | None:
    """The commit that a tag is of, or the commit itself."""
    for _ in range(5):
        found = objects.read(oid)
        if found is None or found.kind not in ("commit", "tag"):
            return None
        if found.kind == "commit":
            return oid
        oid = _field(objects, oid, b"object") or ""
    return None


def _field(objects: GitObjects, oid: str, name: bytes) -> str | None:
    return next(iter(_fields(objects, oid, name)), None)


def _fields(objects: GitObjects, oid: str, name: bytes) -> list[str]:
    found = objects.read(oid)
    head = found.content.partition(b"\n\n")[0] if found is not None else b""
    lines = (line.partition(b" ") for line in head.split(b"\n"))
    return [value.decode("ascii", "replace") for key, _, value in lines if key == name]


def _merge_base(objects: GitObjects, one: str, other: str) -> str | None:
    """The youngest commit that both come from."""
    reached = {one: 1}
    reached[other] = reached.get(other, 0) | 2
    waiting = [(-_time(objects, oid), oid) for oid in reached]
    heapq.heapify(waiting)
    for _ in range(_MOST_COMMITS):
        if not waiting:
            return None
        _, oid = heapq.heappop(waiting)
        if reached[oid] == 3:
            return oid
        for parent in _fields(objects, oid, b"parent"):
            before = reached.get(parent, 0)
            reached[parent] = before | reached[oid]
            if reached[parent] != before:
                heapq.heappush(waiting, (-_time(objects, parent), parent))
    return None


def _time(objects: GitObjects, oid: str) -> int:
    committed = _field(objects, oid, b"committer") or ""
    seconds = committed.rpartition(">")[2].split()
    return int(seconds[0]) if seconds and seconds[0].isdecimal() else 0
