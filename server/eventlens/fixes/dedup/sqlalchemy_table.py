"""The table of handled messages in a SQLAlchemy project: a mapped class, or a table where the project has no classes."""

from __future__ import annotations

from typing import NamedTuple

from tree_sitter import Node

from eventlens.fixes.changes import NewFile, NotFixable
from eventlens.fixes.dedup.places import TABLE
from eventlens.fixes.outbox.sqlalchemy_table import base_module, base_place
from eventlens.fixes.python_code import layout_of
from eventlens.fixes.python_imports import Wanted, imported_as, with_imports
from eventlens.fixes.python_migrations import new_migration
from eventlens.fixes.python_project import PythonProject, called_name, top_assignments, top_classes, top_names
from eventlens.fixes.restyling import restyled
from eventlens.fixes.scaffolds import render
from eventlens.fixes.source import SourceFile

MODEL = "ProcessedMessage"
_DIALECTS = {"postgresql": (b"postgres", b"psycopg", b"asyncpg"), "sqlite": (b"sqlite",)}
"""Databases whose ``insert`` can skip what is there and say so, with words that name them."""


class Table(NamedTuple):
    """Where the class or table stands, or will. ``base``: its declarative base, or the metadata of a table."""

    path: str
    name: str
    base: str
    exists: bool
    is_core: bool


def dialect_of(project: PythonProject) -> str:
    """The database as far as the project says which it is; "" where it does not, or is one that cannot."""
    workspace = project.context.workspace
    prefix = f"{project.root}/" if project.root else ""
    texts = [workspace.text(path) for path in project.paths]
    texts += [
        workspace.text(path)
        for path in workspace.configs()
        if path.startswith(prefix) and path.endswith((".toml", ".txt", ".ini", ".cfg", ".env", ".yml", ".yaml"))
    ]
    if any(b"mysql" in text or b"mariadb" in text for text in texts):
        return ""
    return next(
        (name for name, words in _DIALECTS.items() if any(word in text for text in texts for word in words)), ""
    )


def has_place(project: PythonProject, file: SourceFile, function: Node) -> bool:
    """Whether it is known where the class belongs."""
    try:
        table(project, file, function)
    except NotFixable:
        return False
    return True


def table(project: PythonProject, file: SourceFile, function: Node) -> Table:
    """The table of an earlier fix, or the place for a new one. Raises NotFixable where there is another one, or no place."""
    for one in project.holding(TABLE.encode(), MODEL.encode()):
        for name, _, node in top_classes(one):
            if name == MODEL:
                if "message_id" not in one.text(node) or "consumer" not in one.text(node):
                    raise NotFixable(f"{one.path} has a class {MODEL} of another make")
                return Table(one.path, MODEL, "", True, False)
        if any(name == TABLE for name, value in top_assignments(one)):
            return Table(one.path, TABLE, "", True, True)
    based = base_place(project, file, function)
    if based is not None:
        return Table(based[0], MODEL, based[1], False, False)
    for one in project.holding(b"MetaData("):
        for name, value in top_assignments(one):
            if called_name(one, value) == "MetaData":
                return Table(one.path, TABLE, name, False, True)
    raise NotFixable("the project has neither a declarative base nor a MetaData to which the table can belong")


def grown(project: PythonProject, file: SourceFile, made: Table) -> SourceFile:
    """The module with the class or table at its end."""
    legacy = b"mapped_column" not in file.source and b"Column(" in file.source
    core = ["Column", "DateTime", "String", "func"] if made.is_core or legacy else ["DateTime", "func"]
    wanted = [Wanted("sqlalchemy", name) for name in core]
    if made.is_core:
        wanted.append(Wanted("sqlalchemy", "Table"))
    elif not legacy:
        wanted += [Wanted("datetime", "datetime"), Wanted("sqlalchemy.orm", "Mapped"), Wanted("sqlalchemy.orm", "mapped_column")]  # fmt: skip
    taken, names, missing = top_names(file), {}, []
    alias = imported_as(file, Wanted("sqlalchemy"))
    for one in wanted:
        known = imported_as(file, one)
        if known is None and one.module == "sqlalchemy" and alias is not None:
            known = f"{alias}.{one.name}"
        elif known is None:
            known = one.name if one.name not in taken else f"{one.name}_"
            missing.append(one if known == one.name else one._replace(name=f"{one.name} as {known}"))
        names[one.name] = known
    if not made.is_core and made.base not in taken:
        missing.append(Wanted(project.import_name(file, base_module(project, made.base)), made.base))
    template = "sqlalchemy_core" if made.is_core else "sqlalchemy_model"
    layout = layout_of(file, project.width)
    text = render(f"dedup/python/{template}.py", n=names, base=made.base, legacy=legacy, fits=layout.width >= 110)
    file = with_imports(file, missing, project.packages, layout)
    at, lead, tail = _end(file, made)
    newline = file.style.newline
    body = newline * lead + restyled(text, file.style, ".py") + newline * tail
    return SourceFile(file.path, file.source[:at] + body.encode() + file.source[at:])


def _end(file: SourceFile, made: Table) -> tuple[int, int, int]:
    """Where the text goes, with the empty lines before and behind it: after the last class, or after the last table."""
    last: Node | None = None
    for statement in file.tree.root_node.named_children:
        is_class = statement.type == "class_definition" or (
            statement.type == "decorated_definition"
            and "class" in {one.type.partition("_")[0] for one in statement.named_children}
        )
        is_table = statement.type == "expression_statement" and statement.named_children[0].type == "assignment"
        if is_table if made.is_core else is_class:
            last = statement
    if last is None:
        return len(file.source), 2, 0
    at = file.line_after(max(last.end_byte - 1, 0))
    return at, 1 if made.is_core else 2, 0


def migration(project: PythonProject) -> NewFile:
    """The migration, in Alembic or SQL. Raises NotFixable where Alembic's history has several heads."""

    def alembic(revision: str, parent: str) -> str:
        return render("dedup/python/alembic.py", revision=revision, parent=parent)

    return new_migration(project, TABLE, alembic, render("dedup/migration.sql"))
