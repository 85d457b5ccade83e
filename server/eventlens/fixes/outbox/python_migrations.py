"""The migration that creates the outbox's table, in the tool that a Python project uses: Alembic, else plain SQL."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from posixpath import basename, dirname
from typing import NamedTuple

from eventlens.fixes.changes import NewFile, NotFixable
from eventlens.fixes.outbox.python_messages import Client
from eventlens.fixes.outbox.python_project import PythonProject, top_assignments
from eventlens.fixes.restyling import restyled
from eventlens.fixes.scaffolds import render
from eventlens.fixes.source import SourceFile

_NUMBERED = re.compile(r"^(V?)(\d+)(__|_|-)(.*?)(\.up)?\.sql$")


class _Revision(NamedTuple):
    file: SourceFile
    name: str
    parents: tuple[str, ...]


def migration(project: PythonProject, client: Client) -> NewFile:
    """The outbox's new migration. Raises NotFixable where Alembic's history has several heads."""

    def alembic(revision: str, parent: str) -> str:
        return render(
            "outbox/python/alembic.py", revision=revision, parent=parent, columns=client.columns, key=client.key
        )

    sql = render("outbox/python/migration.sql", columns=client.columns, key=client.key)
    return new_migration(project, "outbox_messages", alembic, sql)


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
