"""The next migration of a Python project, in the tool that it uses: Alembic, Django, else plain SQL."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from posixpath import basename, dirname
from typing import NamedTuple

from eventlens.fixes.changes import NewFile, NotFixable
from eventlens.fixes.python_project import PythonProject, top_assignments
from eventlens.fixes.restyling import restyled
from eventlens.fixes.source import SourceFile

_NUMBERED = re.compile(r"^(V?)(\d+)(__|_|-)(.*?)(\.up)?\.sql$")


class _Revision(NamedTuple):
    file: SourceFile
    name: str
    parents: tuple[str, ...]


def new_migration(project: PythonProject, table: str, alembic: Callable[[str, str], str], sql: str) -> NewFile:
    """The migration that creates a table, as ``alembic`` (given its revision and the one before) or ``sql`` writes it.

    Raises NotFixable where Alembic's history has several heads."""
    revisions = _revisions(project)
    folder = dirname(revisions[0].file.path) if revisions else _empty_history(project)
    if folder is None:
        return _plain(project, table, sql)
    merged = {parent for one in revisions for parent in one.parents}
    heads = [one for one in revisions if one.name not in merged]
    if len(heads) > 1:
        raise NotFixable(
            f"the migrations in {folder} have several heads ({', '.join(sorted(one.name for one in heads))})"
        )
    head = heads[0] if heads else None
    parent = head.name if head is not None else ""
    revision = _next(table, parent)
    text = alembic(revision, parent)
    name = f"{revision}_{table}.py"
    return NewFile(f"{folder}/{name}", restyled(text, head.file.style, ".py") if head is not None else text)


def _next(table: str, parent: str) -> str:
    """A revision id: the next number where the project counts, else made from the parent's, so that it is always the same."""
    if parent.isdigit():
        return str(int(parent) + 1).zfill(len(parent))
    return hashlib.sha256(f"{table} after {parent}".encode()).hexdigest()[:12]


def _revisions(project: PythonProject) -> list[_Revision]:
    found = []
    for file in project.holding(b"down_revision"):
        values = dict(_assigned(file))
        if "revision" in values and "down_revision" in values:
            names = re.findall(r"[\"']([^\"']+)[\"']", values["down_revision"])
            own = re.findall(r"[\"']([^\"']+)[\"']", values["revision"])
            if own:
                found.append(_Revision(file, own[0], tuple(names)))
    return found


def _assigned(file: SourceFile) -> list[tuple[str, str]]:
    return [(name, file.text(value)) for name, value in top_assignments(file)]


def _empty_history(project: PythonProject) -> str | None:
    """Where the first Alembic migration goes; None where the project has no Alembic."""
    for file in project.holding(b"from alembic import context"):
        if basename(file.path) == "env.py":
            folder = dirname(file.path)
            return f"{folder}/versions" if folder else "versions"
    return None


def _plain(project: PythonProject, table: str, sql: str) -> NewFile:
    folder = f"{project.root}/migrations" if project.root else "migrations"
    root = project.context.workspace.root / folder
    names = sorted(path.name for path in root.glob("*.sql")) if root.is_dir() else []
    numbered = [matched for matched in map(_NUMBERED.match, names) if matched is not None]
    name = f"0001_{table}.sql"
    if numbered:
        last = max(numbered, key=lambda one: int(one[2]))
        name = f"{last[1]}{str(int(last[2]) + 1).zfill(len(last[2]))}{last[3]}{table}{last[5] or ''}.sql"
    return NewFile(f"{folder}/{name}", sql)


class DjangoStep(NamedTuple):
    """The migration after an app's newest: its folder and number, what it depends on, and the newest, whose style it follows."""

    folder: str
    number: str
    app: str | None
    parent: str
    newest: SourceFile


def next_django_step(project: PythonProject, app_folder: str) -> DjangoStep | None:
    """What follows in an app; None for one without migrations, whose tables Django makes from its models.

    ``app`` is the label by which the app's migrations name it, None where none names one. Raises NotFixable where the history
    has several leaves.
    """
    folder = f"{app_folder}/migrations" if app_folder else "migrations"
    found = {
        basename(path).removesuffix(".py"): project.context.file(path)
        for path in project.paths
        if dirname(path) == folder and basename(path) != "__init__.py"
    }
    if not found:
        return None
    named = {
        name: re.findall(r"\(\s*[\"'](\w+)[\"'],\s*[\"'](\w+)[\"']\s*\)", file.source.decode("utf-8", "replace"))
        for name, file in found.items()
    }
    leaves = sorted(set(named) - {parent for pairs in named.values() for _, parent in pairs})
    if len(leaves) != 1:
        raise NotFixable(f"the migrations in {folder} have several leaves ({', '.join(leaves)})")
    apps = [app for pairs in named.values() for app, parent in pairs if parent in named]
    number = re.match(r"\d+", leaves[0])
    following = str(int(number[0]) + 1).zfill(4) if number is not None else "0001"
    return DjangoStep(folder, following, apps[0] if apps else None, leaves[0], found[leaves[0]])
