"""The outbox's mapped class in a SQLAlchemy project, and the relay that empties its table."""

from __future__ import annotations

from posixpath import dirname
from typing import NamedTuple

from tree_sitter import Node

from eventlens.checks.operations import DualWrite
from eventlens.fixes.changes import NewFile, NotFixable
from eventlens.fixes.outbox.python_messages import Client
from eventlens.fixes.outbox.python_relay import ARGUMENTS, BROKERS, connection_of
from eventlens.fixes.python_code import layout_of, words
from eventlens.fixes.python_imports import Wanted, block, imported_as, with_imports
from eventlens.fixes.python_migrations import new_migration
from eventlens.fixes.python_project import PythonProject, called_name, top_assignments, top_classes, top_names
from eventlens.fixes.restyling import restyled
from eventlens.fixes.scaffolds import render
from eventlens.fixes.source import SourceFile

MODEL = "OutboxMessage"
OWN_BASE = "OutboxBase"
"""The declarative base that the outbox brings along where the project has none."""


OWN_START = b"""from sqlalchemy.orm import DeclarativeBase


class OutboxBase(DeclarativeBase):
    pass
"""


class Scaffold(NamedTuple):
    """What the table and the relay are for: the publish's function and client; whether the sessions are asynchronous."""

    file: SourceFile
    function: Node
    one: DualWrite
    client: Client
    is_async: bool


class OutboxModel(NamedTuple):
    """Where the outbox's class stands, or will."""

    path: str
    exists: bool
    base: str = ""


def known_model(project: PythonProject, of: Scaffold) -> OutboxModel | None:
    """The outbox of an earlier fix. Raises NotFixable where there is another one."""
    for file in project.holding(b"class Outbox", b'"outbox'):
        for name, _, node in top_classes(file):
            if "outbox" not in name.lower() or "." in name:
                continue
            columns = ("message_id", "available_at", "failed_at", *(one.name for one in of.client.columns))
            text = file.text(node)
            if name == MODEL and all(f"{column}:" in text or f"{column} =" in text for column in columns):
                relay = next(iter(project.holding(b"import OutboxMessage")), None)
                return OutboxModel(file.path, True) if relay is not None else None
            raise NotFixable(f"{file.path} has an outbox of another make ({name})")
    return None


def _bases(project: PythonProject) -> dict[str, list[str]]:
    """The declarative bases of a project by the name of the class, with the files that define them."""
    found: dict[str, list[str]] = {}
    for file in project.holding(b"flask_sqlalchemy"):
        for name, value in top_assignments(file):
            if called_name(file, value) == "SQLAlchemy":
                found.setdefault(f"{name}.Model", []).append(file.path)
    for file in project.holding(b"DeclarativeBase", b"declarative_base("):
        for name, bases, _ in top_classes(file):
            if any(base.rpartition(".")[2] in ("DeclarativeBase", "DeclarativeBaseNoMeta") for base in bases):
                if any("MappedAsDataclass" in base for base in bases):
                    continue
                found.setdefault(name, []).append(file.path)
        for name, value in top_assignments(file):
            if called_name(file, value) == "declarative_base":
                found.setdefault(name, []).append(file.path)
    return found


def model_place(project: PythonProject, of: Scaffold) -> OutboxModel:
    known = base_place(project, of.file, of.function)
    if known is not None:
        return OutboxModel(known[0], False, known[1])
    folder = dirname(of.file.path)
    return OutboxModel(f"{folder}/outbox.py" if folder else "outbox.py", False, OWN_BASE)


def base_place(project: PythonProject, file: SourceFile, function: Node) -> tuple[str, str] | None:
    """The module and the declarative base for a class beside those that a function names; None for a project without a base.

    Raises NotFixable where there are several bases and the function names none of their classes."""
    bases = _bases(project)
    mapped = (
        {
            name: (each.path, bases_of[0])
            for each in project.holding(*(f"({base}".encode() for base in bases))
            for name, bases_of, _ in top_classes(each)
            if bases_of and bases_of[0] in bases
        }
        if bases
        else {}
    )
    used = [mapped[name] for name in sorted(words(file, function)) if name in mapped]
    if used:
        return used[0]
    named = sorted(bases.items())
    if len(named) == 1 and len(named[0][1]) == 1:
        (name, (path,)) = named[0]
        return path, name
    if named:
        raise NotFixable("which of the project's declarative bases the table belongs to is not known")
    return None


def base_module(project: PythonProject, base: str) -> str:
    """The file that defines a declarative base."""
    return _bases(project)[base][0]


_CORE = ("BigInteger", "Column", "DateTime", "Index", "Integer", "JSON", "LargeBinary", "Text", "Uuid", "func", "text")
_ORM = ("Mapped", "mapped_column")


def with_model(project: PythonProject, of: Scaffold, file: SourceFile, model: OutboxModel) -> SourceFile:
    legacy = model.base != OWN_BASE and b"mapped_column" not in file.source and b"Column(" in file.source
    names: dict[str, str] = {}
    wanted: list[Wanted] = []
    taken = top_names(file)
    alias = imported_as(file, Wanted("sqlalchemy"))
    client = of.client
    types = {one.type for one in client.columns}
    unused = {
        *(_ORM if legacy else ("Column", "Uuid")),
        *(() if "bytes" in types else ("LargeBinary",)),
        *(() if types & {"object", "list"} else ("JSON", "Any")),
        *(("UUID", "datetime", "Any") if legacy else ()),
    }
    sources = [
        *(Wanted("sqlalchemy", name) for name in _CORE),
        *(Wanted("sqlalchemy.orm", name) for name in _ORM),
        Wanted("datetime", "datetime"),
        Wanted("uuid", "UUID"),
        Wanted("uuid", "uuid4"),
        Wanted("typing", "Any"),
    ]
    for one in sources:
        if one.name in unused:
            continue
        known = imported_as(file, one)
        if known is not None:
            names[one.name] = known
        elif one.module == "sqlalchemy" and alias is not None:
            names[one.name] = f"{alias}.{one.name}"
        elif one.name in taken:
            names[one.name] = f"{one.name}_" if one.name.islower() else f"Sa{one.name}"
            wanted.append(Wanted(one.module, f"{one.name} as {names[one.name]}"))
        else:
            names[one.name] = one.name
            wanted.append(one)
    text = render(
        "outbox/python/sqlalchemy_model.py",
        base=model.base,
        n=names,
        legacy=legacy,
        columns=client.columns,
        key=client.key,
    )
    base = model.base.partition(".")[0]
    if base not in taken:
        wanted.append(Wanted(project.import_name(file, _bases(project)[model.base][0]), base))
    layout = layout_of(file, project.width)
    file = with_imports(file, wanted, project.packages, layout)
    style = file.style
    end, following = _model_end(file)
    lead = style.newline * 2
    body = lead + restyled(text, style, ".py") + following
    source = file.source[:end] + body.encode() + file.source[end:]
    return SourceFile(file.path, source)


def _model_end(file: SourceFile) -> tuple[int, str]:
    """The byte behind the last class of a module (its end where nothing but classes follow) and what separates it from the rest."""
    last = None
    for _, _, node in top_classes(file):
        last = node.parent if node.parent is not None and node.parent.type == "decorated_definition" else node
    if last is None:
        return len(file.source), ""
    end = file.line_after(max(last.end_byte - 1, 0))
    return end, ""


# -------------------------------------------------------------------------------------------------------------- relay


def relay(project: PythonProject, of: Scaffold, model: OutboxModel) -> NewFile:
    client = of.client
    is_async = of.is_async or client.is_async
    broker = BROKERS[client.template]
    connection = connection_of(project, of.one, client.template)
    folder = dirname(model.path)
    path = f"{folder}/outbox_relay.py" if folder else "outbox_relay.py"
    if path in project.context.workspace:
        raise NotFixable(f"{path} is there already")
    sessions = _sessions(project, of.is_async)
    wanted = [
        Wanted("logging"),
        Wanted("signal"),
        Wanted("collections.abc", "Sequence"),
        *(Wanted("datetime", name) for name in ("datetime", "timedelta", "timezone")),
        *(Wanted("sqlalchemy", name) for name in ("func", "select")),
        *broker.imports,
        *connection.imports,
        Wanted(project.module_name(model.path), MODEL),
    ]
    wanted += [Wanted("asyncio"), Wanted("contextlib")] if is_async else [Wanted("threading", "Event")]
    if client.key:
        wanted += [Wanted("sqlalchemy", "exists"), Wanted("sqlalchemy.orm", "aliased")]
    module = "sqlalchemy.ext.asyncio" if of.is_async else "sqlalchemy.orm"
    session_type = "AsyncSession" if of.is_async else "Session"
    wanted.append(Wanted(module, session_type))
    name, definition = "Sessions", ""
    if sessions is not None:
        wanted.append(Wanted(project.module_name(sessions[0]), sessions[1]))
    if sessions is not None and sessions[2].endswith("sessionmaker"):
        name = sessions[1]
    else:
        maker = "async_sessionmaker" if of.is_async else "sessionmaker"
        engine = sessions[1] if sessions is not None else None
        if engine is None:
            creator = "create_async_engine" if of.is_async else "create_engine"
            engine = f'{creator}(os.environ["DATABASE_URL"])'
            wanted += [Wanted("os"), Wanted("sqlalchemy.ext.asyncio" if of.is_async else "sqlalchemy", creator)]
        wanted.append(Wanted(module, maker))
        definition = f"Sessions = {maker}({engine})"
    argument = ARGUMENTS[client.template]
    if client.is_async:
        call_send = f"await send({argument}, messages)"
    else:
        call_send = f"send({argument}, messages)"
    layout = layout_of(of.file, project.width)
    text = render(
        "outbox/python/sqlalchemy_relay.py",
        client=client.template,
        module=project.module_name(path),
        imports=block(wanted, project.packages, layout._replace(unit="    ")),
        key=client.key,
        sessions=name,
        sessions_imported=not definition,
        sessions_definition=definition,
        session_type=session_type,
        await_session="await " if of.is_async else "",
        with_session="async with" if of.is_async else "with",
        call_send=call_send,
        is_django=False,
        is_async=is_async,
        connection=connection.text,
        **{"def": "async def" if is_async else "def"},
    )
    style = of.file.style if model.base == OWN_BASE else project.context.file(model.path).style
    return NewFile(path, restyled(text, style, ".py"))


def _sessions(project: PythonProject, is_async: bool) -> tuple[str, str, str] | None:
    """Where the project makes its sessions at the top of a module: path, name, and what makes them; else its engine."""
    wanted = ("async_sessionmaker", "create_async_engine") if is_async else ("sessionmaker", "create_engine")
    for maker in wanted:
        found = [
            (file.path, name, maker)
            for file in project.holding(f"{maker}(".encode(), f"{maker}[".encode())
            for name, value in top_assignments(file)
            if called_name(file, value) == maker and project.context.workspace.importers_of(file.path)
        ]
        if len(found) == 1:
            return found[0]
    return None


def migration(project: PythonProject, client: Client) -> NewFile:
    """The outbox's new migration. Raises NotFixable where Alembic's history has several heads."""

    def alembic(revision: str, parent: str) -> str:
        return render(
            "outbox/python/alembic.py", revision=revision, parent=parent, columns=client.columns, key=client.key
        )

    sql = render("outbox/python/migration.sql", columns=client.columns, key=client.key)
    return new_migration(project, "outbox_messages", alembic, sql)
