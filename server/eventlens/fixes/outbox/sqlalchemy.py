"""An outbox for SQLAlchemy: sessions and connections, synchronous and not."""

from __future__ import annotations

from collections.abc import Iterator
from posixpath import dirname
from typing import NamedTuple

from tree_sitter import Node

from eventlens import ir
from eventlens.behaviour.events import Context, Event
from eventlens.checks.operations import DualWrite
from eventlens.fixes.changes import Change, FileEdit, NewFile, NotFixable, Offer, apply_edits
from eventlens.fixes.context import FixContext
from eventlens.fixes.outbox import python_migrations
from eventlens.fixes.outbox.python_code import (
    Layout,
    call_text,
    inside,
    layout_of,
    local_value,
    names_read,
    node_of,
    receiver,
)
from eventlens.fixes.outbox.python_imports import (
    Wanted,
    block,
    edits_between,
    imported_as,
    seen_elsewhere,
    with_imports,
    without_idle,
    without_unused,
)
from eventlens.fixes.outbox.python_messages import Publish
from eventlens.fixes.outbox.python_places import (
    Place,
    Sending,
    after_commit,
    before_write,
    changes_for,
    needs_flush,
    other_publishes,
    sending,
)
from eventlens.fixes.outbox.python_project import PythonProject, called_name, top_assignments, top_classes, top_names
from eventlens.fixes.outbox.python_relay import ARGUMENTS, BROKERS, connection_of
from eventlens.fixes.outbox.python_subject import publish_call
from eventlens.fixes.restyling import restyled
from eventlens.fixes.scaffolds import render
from eventlens.fixes.source import SourceFile

MODEL = "OutboxMessage"
_OWN_BASE = "OutboxBase"
"""The declarative base that the outbox brings along where the project has none."""
_SESSIONS = ("Session", "Connection")


class _Unit(NamedTuple):
    """The transaction of the write: the session or connection as the code names it, and the statement that ends it."""

    name: str
    kind: str
    is_async: bool
    end: Node | None
    is_block: bool
    """The end is that of a ``with`` block, not a commit."""


class _Plan(NamedTuple):
    """Everything that is known when the fix is offered."""

    file: SourceFile
    function: Node
    one: DualWrite
    publish: Publish
    sent: Sending
    unit: _Unit
    place: Place


def offers(context: FixContext, one: DualWrite) -> Iterator[Offer]:
    """Where the publish stands in the function that ends the transaction of the write."""
    plan = _plan(context, one)
    if plan is not None:
        yield Offer(
            "sqlalchemy",
            "Store the message in an outbox with the write",
            lambda: _changes(context, plan),
            preferred=True,
            is_wide=True,
        )


# -------------------------------------------------------------------------------------------------------------- where


def _plan(context: FixContext, one: DualWrite) -> _Plan | None:
    match = one.write.match
    read = publish_call(context, one) if match is not None and match.library == "sqlalchemy" else None
    if read is None or read.hook is not None:
        return None
    file, call, function, publish, _ = read
    sent = sending(file, call, function, publish)
    unit = _unit(file, one)
    if (
        sent is None
        or unit is None
        or (unit.end is not None and file.enclosing(unit.end, "function_definition", "lambda") != function)
    ):
        return None
    place = _place(context, file, one, publish, sent, unit, function)
    return _Plan(file, function, one, publish, sent, unit, place) if place is not None else None


def _unit(file: SourceFile, one: DualWrite) -> _Unit | None:
    end = one.end if one.end is not None else one.write
    if isinstance(end, Context):
        return _block_unit(file, one, end)
    if end.frame is not one.publish.frame or end.chain or not isinstance(end.node, ir.Call):
        return None
    callee = end.node.callee
    kind = _kind(end)
    if not isinstance(callee, ir.Member) or kind not in _SESSIONS:
        return None
    name = file.source[callee.object.start : callee.object.end].decode()
    if not _is_of(file, one, name):
        return None
    committing = node_of(file, end.node.start, end.node.end, "call")
    statement = committing.parent if committing is not None else None
    if statement is not None and statement.type == "await":
        statement = statement.parent
    if end.kind != "commit":
        # Nobody is seen to commit: the row joins what is pending on the same session.
        pending = kind == "Session" and one.write.order < one.publish.order
        return _Unit(name, kind, "awaited" in end.usage, None, False) if pending else None
    if statement is None or statement.type != "expression_statement":
        return None
    return _Unit(name, kind, "awaited" in end.usage, statement, False)


def _kind(event: Event) -> str:
    receiver = event.match.place.receiver if event.match is not None else None
    return receiver.type if receiver is not None else ""


def _is_of(file: SourceFile, one: DualWrite, name: str) -> bool:
    """Whether the write goes through the session of that name."""
    if one.write.chain:
        call = one.write.chain[0].call
        return (
            any(file.source[given.value.start : given.value.end].decode() == name for given in call.args)
            and one.write.chain[0].frame is one.publish.frame
        )
    if one.write.frame is not one.publish.frame or not isinstance(one.write.node, ir.Call):
        return one.write.frame is one.publish.frame
    callee = one.write.node.callee
    return isinstance(callee, ir.Member) and file.source[callee.object.start : callee.object.end].decode() == name


def _block_unit(file: SourceFile, one: DualWrite, scope: Context) -> _Unit | None:
    if scope.frame is not one.publish.frame or not isinstance(scope.node, ir.With) or scope.match is None:
        return None
    statement = node_of(file, scope.node.start, scope.node.end, "with_statement")
    if statement is None:
        return None
    entry = getattr(scope.match.entry, "call", "") or ""
    made = scope.match.place.call
    for item in inside(statement.named_children[0], "with_item"):
        value = item.named_children[0]
        alias = value.named_children[-1] if value.type == "as_pattern" else None
        begun = value.named_children[0] if value.type == "as_pattern" else value
        is_own = (
            made is not None
            and begun.start_byte <= made.start < begun.end_byte
            and scope.match.place.frame is scope.frame
        )
        if entry in ("Session.begin", "Connection.begin") and is_own and begun.type == "call":
            name = file.text(begun).removesuffix(".begin()")
            kind = entry.partition(".")[0]
        elif alias is not None and (is_own or scope.match.place.frame is not scope.frame):
            name = file.text(alias)
            kind = "Connection" if entry.startswith(("Engine", "Connection")) else "Session"
        else:
            continue
        return _Unit(name, kind, scope.node.is_async, statement, True) if _is_of(file, one, name) else None
    return None


def _place(
    context: FixContext, file: SourceFile, one: DualWrite, publish: Publish, sent: Sending, unit: _Unit, function: Node
) -> Place | None:
    statement, end = sent.statement, unit.end
    if end is None:
        return Place(None, "", statement)
    others = other_publishes(context, one)
    if unit.is_block and end.start_byte <= statement.start_byte < end.end_byte:
        return Place(None, "", statement)
    if statement.start_byte > end.start_byte:
        return after_commit(file, sent, publish, end, "last" if unit.is_block else "before", function, others)
    opener = end if unit.is_block else _opener(file, function, unit.name.partition(".")[0])
    if opener is not None and statement.end_byte <= opener.start_byte:
        return before_write(file, sent, opener)
    made = local_value(file, function, unit.name.partition(".")[0])
    is_known = made is None or made.statement.start_byte < statement.start_byte
    return Place(None, "", statement) if is_known else None


def _opener(file: SourceFile, function: Node, name: str) -> Node | None:
    """The ``with`` statement that gives a session its name."""
    for statement in inside(function, "with_statement"):
        for target in inside(statement.named_children[0], "as_pattern_target"):
            if file.text(target) == name:
                return statement
    return None


# ------------------------------------------------------------------------------------------------------------ changes


_OWN_START = b"""from sqlalchemy.orm import DeclarativeBase


class OutboxBase(DeclarativeBase):
    pass
"""


class _Model(NamedTuple):
    """Where the outbox's class stands, or will."""

    path: str
    exists: bool
    base: str = ""


def _changes(context: FixContext, plan: _Plan) -> tuple[Change, ...]:
    project = PythonProject(context, plan.file.path)
    model = _known_model(project, plan) or _model_place(project, plan)
    changes: list[Change] = []
    edited = _call_site(project, plan, model)
    changes.append(FileEdit(plan.file.path, edits_between(plan.file.source, edited.source)))
    if model.exists:
        return tuple(changes)
    if model.base == _OWN_BASE:
        if model.path in project.context.workspace:
            raise NotFixable(f"{model.path} is there already")
        models = SourceFile(model.path, _OWN_START)
    else:
        models = edited if model.path == plan.file.path else project.context.file(model.path)
    grown = _with_model(project, plan, models, model)
    if model.base == _OWN_BASE:
        changes.append(NewFile(model.path, restyled(grown.source.decode(), plan.file.style, ".py")))
    elif model.path == plan.file.path:
        changes = [FileEdit(plan.file.path, edits_between(plan.file.source, grown.source))]
    else:
        changes.append(FileEdit(model.path, edits_between(models.source, grown.source)))
    changes.append(python_migrations.migration(project, plan.publish.client))
    changes.append(_relay(project, plan, model))
    return tuple(changes)


def _call_site(project: PythonProject, plan: _Plan, model: _Model) -> SourceFile:
    file, unit = plan.file, plan.unit
    layout = layout_of(file, project.width)
    wanted = [] if model.path == file.path else [Wanted(project.import_name(file, model.path), MODEL)]
    local = (imported_as(file, wanted[0]) if wanted else None) or MODEL
    if wanted and local == MODEL and MODEL in top_names(file) and imported_as(file, wanted[0]) is None:
        raise NotFixable(f"{file.path} has something else named {MODEL}")
    values = [f"{name}={value}" for name, value in plan.publish.values]
    wait = "await " if unit.is_async else ""
    insert = "insert"
    if unit.kind == "Connection":
        known = imported_as(file, Wanted("sqlalchemy", "insert"))
        insert = known or insert
        wanted += [] if known else [Wanted("sqlalchemy", "insert")]

    def row(indent: str) -> str:
        if unit.kind == "Session":
            return _nested(f"{unit.name}.add(", f"{local}(", values, indent, layout)
        return _nested(f"{wait}{unit.name}.execute(", f"{insert}({local}).values(", values, indent, layout)

    prepare = ""
    anchor = plan.place.anchor if unit.kind == "Session" and plan.place.side != "first" else None
    if anchor is not None and needs_flush(file, plan.function, unit.name, plan.place, plan.publish, anchor):
        prepare = f"{wait}{unit.name}.flush()\n"
        if unit.is_async:
            prepare += "".join(f"{file.text(one)}\n" for one in plan.place.refreshed)
    edits = changes_for(file, plan.sent, plan.publish, plan.place, row, prepare)
    changed = SourceFile(file.path, apply_edits(file.source, edits))
    changed = with_imports(changed, wanted, project.packages, layout)
    changed = without_idle(changed, receiver(file, plan.sent.call), seen_elsewhere(project.context, file))
    return without_unused(file, changed)


def _nested(opening: str, inner: str, parts: list[str], indent: str, layout: Layout) -> str:
    line = f"{opening}{inner}{', '.join(parts)}))"
    if "\n" not in line and len(indent) + len(line) <= layout.width:
        return line
    within = indent + layout.unit
    return f"{opening}\n{within}{call_text(inner, parts, within, layout)}\n{indent})"


# -------------------------------------------------------------------------------------------------------------- model


def _known_model(project: PythonProject, plan: _Plan) -> _Model | None:
    """The outbox of an earlier fix. Raises NotFixable where there is another one."""
    for file in project.holding(b"class Outbox", b'"outbox'):
        for name, _, node in top_classes(file):
            if "outbox" not in name.lower() or "." in name:
                continue
            columns = ("message_id", "available_at", "failed_at", *(one.name for one in plan.publish.client.columns))
            text = file.text(node)
            if name == MODEL and all(f"{column}:" in text or f"{column} =" in text for column in columns):
                relay = next(iter(project.holding(b"import OutboxMessage")), None)
                return _Model(file.path, True) if relay is not None else None
            raise NotFixable(f"{file.path} has an outbox of another make ({name})")
    return None


def _bases(project: PythonProject) -> dict[str, list[str]]:
    """The declarative bases of a project by the name of the class, with the files that define them."""
    found: dict[str, list[str]] = {}
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


def _model_place(project: PythonProject, plan: _Plan) -> _Model:
    bases = _bases(project)
    mapped = (
        {
            name: (file.path, bases_of[0])
            for file in project.holding(*(f"({base}".encode() for base in bases))
            for name, bases_of, _ in top_classes(file)
            if bases_of and bases_of[0] in bases
        }
        if bases
        else {}
    )
    used = [mapped[name] for name in sorted(names_read(plan.file, plan.function)) if name in mapped]
    if used:
        return _Model(used[0][0], False, used[0][1])
    named = sorted(bases.items())
    if len(named) == 1 and len(named[0][1]) == 1:
        (name, (path,)) = named[0]
        return _Model(path, False, name)
    if named:
        raise NotFixable("which of the project's declarative bases the outbox belongs to is not known")
    folder = dirname(plan.file.path)
    return _Model(f"{folder}/outbox.py" if folder else "outbox.py", False, _OWN_BASE)


_CORE = ("BigInteger", "Column", "DateTime", "Index", "Integer", "JSON", "LargeBinary", "Text", "Uuid", "func", "text")
_ORM = ("Mapped", "mapped_column")


def _with_model(project: PythonProject, plan: _Plan, file: SourceFile, model: _Model) -> SourceFile:
    legacy = model.base != _OWN_BASE and b"mapped_column" not in file.source and b"Column(" in file.source
    names: dict[str, str] = {}
    wanted: list[Wanted] = []
    taken = top_names(file)
    alias = imported_as(file, Wanted("sqlalchemy"))
    client = plan.publish.client
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
    if model.base not in taken:
        wanted.append(Wanted(project.import_name(file, _bases(project)[model.base][0]), model.base))
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


def _relay(project: PythonProject, plan: _Plan, model: _Model) -> NewFile:
    client = plan.publish.client
    is_async = plan.unit.is_async or client.is_async
    broker = BROKERS[client.template]
    connection = connection_of(project, plan.one, client.template)
    folder = dirname(model.path)
    path = f"{folder}/outbox_relay.py" if folder else "outbox_relay.py"
    if path in project.context.workspace:
        raise NotFixable(f"{path} is there already")
    sessions = _sessions(project, plan.unit.is_async)
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
    module = "sqlalchemy.ext.asyncio" if plan.unit.is_async else "sqlalchemy.orm"
    session_type = "AsyncSession" if plan.unit.is_async else "Session"
    wanted.append(Wanted(module, session_type))
    name, definition = "Sessions", ""
    if sessions is not None:
        wanted.append(Wanted(project.module_name(sessions[0]), sessions[1]))
    if sessions is not None and sessions[2].endswith("sessionmaker"):
        name = sessions[1]
    else:
        maker = "async_sessionmaker" if plan.unit.is_async else "sessionmaker"
        engine = sessions[1] if sessions is not None else None
        if engine is None:
            creator = "create_async_engine" if plan.unit.is_async else "create_engine"
            engine = f'{creator}(os.environ["DATABASE_URL"])'
            wanted += [Wanted("os"), Wanted("sqlalchemy.ext.asyncio" if plan.unit.is_async else "sqlalchemy", creator)]
        wanted.append(Wanted(module, maker))
        definition = f"Sessions = {maker}({engine})"
    argument = ARGUMENTS[client.template]
    if client.is_async:
        call_send = f"await send({argument}, messages)"
    else:
        call_send = f"send({argument}, messages)"
    layout = layout_of(plan.file, project.width)
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
        await_session="await " if plan.unit.is_async else "",
        with_session="async with" if plan.unit.is_async else "with",
        call_send=call_send,
        is_django=False,
        is_async=is_async,
        connection=connection.text,
        **{"def": "async def" if is_async else "def"},
    )
    style = plan.file.style if model.base == _OWN_BASE else project.context.file(model.path).style
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
