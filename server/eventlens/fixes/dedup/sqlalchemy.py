"""An inbox for SQLAlchemy: the row inserted with ``ON CONFLICT DO NOTHING`` through the session or connection of the effects."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from tree_sitter import Node

from eventlens import ir
from eventlens.behaviour.events import Event
from eventlens.fixes.changes import Change, Edit, FileEdit, NotFixable, Offer, apply_edits
from eventlens.fixes.context import FixContext
from eventlens.fixes.dedup import sqlalchemy_table
from eventlens.fixes.dedup.handling import Handling
from eventlens.fixes.dedup.python_handler import Scope, Spot, leaving, scopes_of, spot, wrapped
from eventlens.fixes.python_code import Layout, callee, is_parameter, layout_of, parameter_type
from eventlens.fixes.python_imports import Wanted, edits_between, imported_as, with_imports
from eventlens.fixes.python_project import PythonProject, top_names
from eventlens.fixes.restyling import restyled
from eventlens.fixes.scaffolds import render
from eventlens.fixes.source import SourceFile, inside


class _Plan(NamedTuple):
    """Everything that is known when the fix is offered."""

    found: Spot
    session: str
    """The session or connection as the function names it."""
    is_async: bool
    skip: str
    """The statement that leaves, or "" where the effects stand in a branch."""
    dialect: str


def offers(context: FixContext, handling: Handling) -> Iterator[Offer]:
    """At most one way: in the innermost function that has both the session and the message's id."""
    plans = (_plan(context, handling, scope) for scope in scopes_of(context, handling))
    plan = next((one for one in plans if one is not None), None)
    if plan is not None:
        title = plan.found.key.title
        yield Offer("inbox", title, lambda: _changes(context, handling, plan), preferred=True, is_wide=True)


def _plan(context: FixContext, handling: Handling, scope: Scope) -> _Plan | None:
    session = _session(handling, scope)
    if session is None:
        return None
    found = spot(context, handling, scope, lambda event: _goes_through(event, scope, session))
    if found is None:
        return None
    project = PythonProject(context, scope.file.path)
    dialect = sqlalchemy_table.dialect_of(project)
    if not dialect or not sqlalchemy_table.has_place(project, scope.file, scope.function):
        return None
    is_async = _is_async(scope, session) or any(
        "awaited" in event.usage for event in handling.events if _is_of(event, scope, session)
    )
    skip = leaving(found, lambda one: _ends(scope.file, one, session)) if _is_given(scope, found, session) else ""
    return _Plan(found, session, is_async, skip, dialect)


def _receiver(event: Event, scope: Scope) -> str | None:
    """The session of an event that stands in the function itself."""
    call = event.match.place.call if event.match is not None else None
    if event.chain != scope.level.outer or not isinstance(call, ir.Call) or not isinstance(call.callee, ir.Member):
        return None
    if event.frame.module.path != scope.file.path:
        return None
    base = call.callee.object
    while isinstance(base, ir.Call) and isinstance(base.callee, ir.Member):
        base = base.callee.object
    return scope.file.written(base) if _is_session(event) and isinstance(base, ir.Name | ir.Member) else None


def _is_session(event: Event) -> bool:
    value = event.match.place.receiver if event.match is not None else None
    while value is not None and value.type not in ("Session", "Connection"):
        value = value.parent
    return value is not None


def _session(handling: Handling, scope: Scope) -> str | None:
    """The one session that the effects go through, directly or handed to what is called."""
    found: set[str] = set()
    for effect in handling.effects:
        own = _receiver(effect, scope)
        if own is not None:
            found.add(own)
            continue
        step = effect.chain[len(scope.level.outer)] if len(effect.chain) > len(scope.level.outer) else None
        given = {scope.file.written(one.value) for one in step.call.args} if step is not None else set()
        names = given & _sessions_in(scope)
        if len(names) != 1:
            return None
        found |= names
    return found.pop() if len(found) == 1 else None


def _sessions_in(scope: Scope) -> set[str]:
    """The names of sessions that a function opens in a ``with`` statement or is given."""
    opened = {scope.file.text(one) for one in inside(scope.function, "as_pattern_target")}
    parameters = scope.function.child_by_field_name("parameters")
    given = {
        scope.file.text(one.named_children[0])
        for one in (parameters.named_children if parameters is not None else ())
        if one.type in ("typed_parameter", "typed_default_parameter")
        and any(word in scope.file.text(one) for word in ("Session", "Connection"))
    }
    return opened | given


def _goes_through(event: Event, scope: Scope, session: str) -> bool:
    own = _receiver(event, scope)
    if own is not None:
        return own == session
    step = event.chain[len(scope.level.outer)] if len(event.chain) > len(scope.level.outer) else None
    return step is not None and any(scope.file.written(one.value) == session for one in step.call.args)


def _is_async(scope: Scope, session: str) -> bool:
    """Whether the function opens the session in an ``async with``, or is given one of a type that says so."""
    return "Async" in parameter_type(scope.file, scope.function, session) or any(
        one.children[0].type == "async"
        for one in inside(scope.function, "with_statement")
        if any(scope.file.text(target) == session for target in inside(one.named_children[0], "as_pattern_target"))
    )


def _is_of(event: Event, scope: Scope, session: str) -> bool:
    return event.match is not None and _receiver(event, scope) == session


def _is_given(scope: Scope, found: Spot, session: str) -> bool:
    """Whether somebody else ends the session when the function leaves: a ``with`` statement around the effects, or a caller."""
    if is_parameter(scope.file, scope.function, session):
        return True
    around: Node | None = found.region.block
    while around is not None and around != scope.body:
        targets = inside(around.named_children[0], "as_pattern_target") if around.type == "with_statement" else ()
        if any(scope.file.text(one) == session for one in targets):
            return True
        around = around.parent
    return False


def _ends(file: SourceFile, statement: Node, session: str) -> bool:
    value = statement.named_children[0] if statement.type == "expression_statement" else None
    value = value.named_children[0] if value is not None and value.type == "await" else value
    if value is None or value.type != "call":
        return statement.type == "pass_statement"
    return callee(file, value) in (f"{session}.commit", f"{session}.flush", f"{session}.close")


# ------------------------------------------------------------------------------------------------------------ changes


def _changes(context: FixContext, handling: Handling, plan: _Plan) -> tuple[Change, ...]:
    scope, file = plan.found.scope, plan.found.scope.file
    project = PythonProject(context, file.path)
    table = sqlalchemy_table.table(project, file, scope.function)
    layout = layout_of(file, project.width)
    edits: dict[str, list[Edit]] = {}
    for path, edit in plan.found.given:
        edits.setdefault(path, []).append(edit)
    dialect = Wanted(f"sqlalchemy.dialects.{plan.dialect}", "insert")
    wanted = [] if table.path == file.path else [Wanted(project.import_name(file, table.path), table.name)]
    if wanted and imported_as(file, wanted[0]) is None and table.name in top_names(file):
        raise NotFixable(f"{file.path} has something else named {table.name}")
    insert = imported_as(file, dialect)
    if insert is None:
        insert = "insert" if "insert" not in top_names(file) else f"{plan.dialect}_insert"
        wanted.append(dialect if insert == "insert" else dialect._replace(name=f"insert as {insert}"))
    edits.setdefault(file.path, []).append(_recorded(handling.name(context), plan, table, insert, layout))
    done = SourceFile(file.path, apply_edits(file.source, edits.pop(file.path)))
    done = with_imports(done, wanted, project.packages, layout)
    changes: list[Change] = []
    if table.exists:
        changes.append(FileEdit(file.path, edits_between(file.source, done.source)))
    elif table.path == file.path:
        grown = sqlalchemy_table.grown(project, done, table)
        changes.append(FileEdit(file.path, edits_between(file.source, grown.source)))
    else:
        models = context.file(table.path)
        grown = sqlalchemy_table.grown(project, models, table)
        changes.append(FileEdit(file.path, edits_between(file.source, done.source)))
        changes.append(FileEdit(table.path, edits_between(models.source, grown.source)))
    changes += [FileEdit(path, tuple(found)) for path, found in edits.items()]
    if not table.exists:
        changes.append(sqlalchemy_table.migration(project))
    return tuple(changes)


def _recorded(consumer: str, plan: _Plan, table: sqlalchemy_table.Table, insert: str, layout: Layout) -> Edit:
    file, found = plan.found.scope.file, plan.found.region
    taken = {file.text(one) for one in inside(plan.found.scope.function, "identifier")}
    indent = file.indent_at(found.start)
    values = f'{indent}{layout.unit}.values(consumer="{consumer}", message_id={plan.found.key.text})'
    text = render(
        "dedup/python/sqlalchemy.py",
        fits=len(values) <= layout.width,
        name=next(one for one in ("recorded", "recorded_id", "recorded_message_id") if one not in taken),
        wait="await " if plan.is_async else "",
        session=plan.session,
        insert=insert,
        table=table.name,
        column=f"{table.name}.{'c.' if table.is_core else ''}message_id",
        consumer=consumer,
        key=plan.found.key.text,
        skip=plan.skip,
    )
    lines = [
        indent + line if line.strip() else line for line in restyled(text, file.style, ".py").rstrip().splitlines()
    ]
    return wrapped(file, found, lines, 0 if plan.skip else 1)
