"""An outbox for SQLAlchemy: sessions and connections, synchronous and not."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from tree_sitter import Node

from eventlens import ir
from eventlens.behaviour.events import Context, Event
from eventlens.checks.operations import DualWrite
from eventlens.fixes.changes import Change, FileEdit, NewFile, NotFixable, Offer, apply_edits
from eventlens.fixes.context import FixContext
from eventlens.fixes.outbox.python_messages import Publish
from eventlens.fixes.outbox.python_places import (
    Place,
    Sending,
    after_commit,
    around,
    before_write,
    sending,
)
from eventlens.fixes.outbox.python_rewriting import changes_for, needs_flush
from eventlens.fixes.outbox.python_subject import publish_call
from eventlens.fixes.outbox.sqlalchemy_table import (
    MODEL,
    OWN_BASE,
    OWN_START,
    OutboxModel,
    Scaffold,
    known_model,
    migration,
    model_place,
    relay,
    with_model,
)
from eventlens.fixes.python_code import Layout, call_text, callee, layout_of, local_value, node_of, receiver
from eventlens.fixes.python_imports import (
    Wanted,
    edits_between,
    imported_as,
    seen_elsewhere,
    with_imports,
    without_idle,
    without_unused,
)
from eventlens.fixes.python_project import PythonProject, top_names
from eventlens.fixes.restyling import restyled
from eventlens.fixes.source import SourceFile, inside

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
    if any(
        callee(file, each).endswith(".commit") and receiver(file, each) != unit.name
        for each in inside(function, "call")
    ):
        return None  # which of the transactions holds the write is not certain
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
    name = file.written(callee.object)
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
            any(file.written(given.value) == name for given in call.args)
            and one.write.chain[0].frame is one.publish.frame
        )
    if one.write.frame is not one.publish.frame or not isinstance(one.write.node, ir.Call):
        return one.write.frame is one.publish.frame
    callee = one.write.node.callee
    return isinstance(callee, ir.Member) and file.written(callee.object) == name


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
    beside = around(context, one, unit.name)
    if unit.is_block and end.start_byte <= statement.start_byte < end.end_byte:
        return Place(None, "", statement)
    if statement.start_byte > end.start_byte:
        return after_commit(file, sent, publish, end, "last" if unit.is_block else "before", function, beside)
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


def _changes(context: FixContext, plan: _Plan) -> tuple[Change, ...]:
    project = PythonProject(context, plan.file.path)
    of = Scaffold(plan.file, plan.function, plan.one, plan.publish.client, plan.unit.is_async)
    model = known_model(project, of) or model_place(project, of)
    changes: list[Change] = []
    edited = _call_site(project, plan, model)
    changes.append(FileEdit(plan.file.path, edits_between(plan.file.source, edited.source)))
    if model.exists:
        return tuple(changes)
    if model.base == OWN_BASE:
        if model.path in project.context.workspace:
            raise NotFixable(f"{model.path} is there already")
        models = SourceFile(model.path, OWN_START)
    else:
        models = edited if model.path == plan.file.path else project.context.file(model.path)
    grown = with_model(project, of, models, model)
    if model.base == OWN_BASE:
        changes.append(NewFile(model.path, restyled(grown.source.decode(), plan.file.style, ".py")))
    elif model.path == plan.file.path:
        changes = [FileEdit(plan.file.path, edits_between(plan.file.source, grown.source))]
    else:
        changes.append(FileEdit(model.path, edits_between(models.source, grown.source)))
    changes.append(migration(project, plan.publish.client))
    changes.append(relay(project, of, model))
    return tuple(changes)


def _call_site(project: PythonProject, plan: _Plan, model: OutboxModel) -> SourceFile:
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
    wanted += plan.publish.imports
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
