"""An inbox for the Django ORM: ``get_or_create`` in the ``atomic`` block of the effects, or in one made for them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from tree_sitter import Node

from eventlens import ir
from eventlens.behaviour.events import Context
from eventlens.behaviour.repetition import entity_of
from eventlens.fixes.blocks import body_of
from eventlens.fixes.changes import Change, Edit, FileEdit, NotFixable, Offer, apply_edits
from eventlens.fixes.context import FixContext
from eventlens.fixes.dedup import django_table
from eventlens.fixes.dedup.handling import Handling
from eventlens.fixes.dedup.keys import Key
from eventlens.fixes.dedup.python_handler import Scope, Spot, leaving, own_statements, scopes_of, spot, wrapped
from eventlens.fixes.dedup.region import Region, function_of, words
from eventlens.fixes.functions import is_async
from eventlens.fixes.python_code import Layout, layout_of, node_of
from eventlens.fixes.python_imports import Wanted, edits_between, imported_as, with_imports
from eventlens.fixes.python_project import PythonProject, top_names
from eventlens.fixes.restyling import restyled
from eventlens.fixes.scaffolds import render
from eventlens.fixes.source import SourceFile

_ATOMIC = Wanted("django.db", "transaction")
_OTHER_DATABASE = re.compile(r"\busing\s*[(=]")


class _Plan(NamedTuple):
    """Everything that is known when the fix is offered."""

    found: Spot
    skip: str
    """The statement that leaves, or "" where the effects stand in a branch."""
    is_atomic: bool
    """Whether the effects are in a transaction already."""


def offers(context: FixContext, handling: Handling) -> Iterator[Offer]:
    """At most one way: in the innermost function that has the message's id."""
    plans = (_plan(context, handling, scope) for scope in scopes_of(context, handling))
    plan = next((one for one in plans if one is not None), None)
    if plan is not None:
        title = plan.found.key.title
        yield Offer("inbox", title, lambda: _changes(context, handling, plan), preferred=True, is_wide=True)


def _plan(context: FixContext, handling: Handling, scope: Scope) -> _Plan | None:
    if is_async(scope.function) or _OTHER_DATABASE.search(scope.file.text(scope.function)):
        return None
    if handling.consumer.node.match.library == "celery" and _is_called(context, handling):
        return None
    project = PythonProject(context, scope.file.path)
    if not django_table.has_place(project, _entities(handling, scope)):
        return None
    found = spot(context, handling, scope, lambda event: True)
    if found is None:
        return None
    contexts = [one.within("transaction") for one in handling.effects]
    around = contexts[0]
    if around is None:
        return None if any(contexts) else _Plan(found, leaving(found, _passes), False)
    if any(one is None or one.node is not around.node for one in contexts):
        return None
    inner = _inside(scope, around, found)
    return _Plan(inner, leaving(inner, _passes), True) if inner is not None else None


def _is_called(context: FixContext, handling: Handling) -> bool:
    """Whether the task is also called as a function: then there is no id of a task."""
    frame = handling.consumer.node.handler.frame
    return frame is not None and bool(context.checks.graph.callers.of(frame))


def _entities(handling: Handling, scope: Scope) -> list[str]:
    """The models that are written; where the writes do not name them, those that the function names."""
    named = [name for one in handling.effects if (name := entity_of(one))]
    return named or sorted(words(scope.file, scope.function))


def _passes(statement: Node) -> bool:
    return statement.type == "pass_statement"


def _inside(scope: Scope, around: Context, found: Spot) -> Spot | None:
    """The row in the transaction that is there: at the start of its block, or before the effects in a function that is one."""
    if isinstance(around.node, ir.Function):
        return found if function_of(scope.file, around.node) == scope.function else None
    block = node_of(scope.file, around.node.start, around.node.end, "with_statement")
    body = body_of(block) if block is not None else None
    if body is None or not (scope.body.start_byte <= body.start_byte and body.end_byte <= scope.body.end_byte):
        return None
    first = own_statements(body)
    if not first or not body.start_byte <= found.region.start < body.end_byte:
        return None
    return found._replace(region=Region(body, tuple(first), found.region.is_last))


# ------------------------------------------------------------------------------------------------------------ changes


def _changes(context: FixContext, handling: Handling, plan: _Plan) -> tuple[Change, ...]:
    file = plan.found.scope.file
    project = PythonProject(context, file.path)
    table = django_table.table(project, _entities(handling, plan.found.scope))
    edits: dict[str, list[Edit]] = {}
    for path, edit in plan.found.given:
        edits.setdefault(path, []).append(edit)
    wanted = [] if table.path == file.path else [Wanted(project.import_name(file, table.path), django_table.MODEL)]
    if wanted and imported_as(file, wanted[0]) is None and django_table.MODEL in top_names(file):
        raise NotFixable(f"{file.path} has something else named {django_table.MODEL}")
    atomic = imported_as(file, Wanted("django.db.transaction", "atomic"))
    if atomic is None and not plan.is_atomic:
        atomic = f"{imported_as(file, _ATOMIC) or 'transaction'}.atomic"
        wanted.append(_ATOMIC)
    layout = layout_of(file, project.width)
    key = _task_id(handling, plan.found.key, wanted)
    edits.setdefault(file.path, []).append(_recorded(handling.name(context), plan, key, atomic or "", layout))
    done = SourceFile(file.path, apply_edits(file.source, edits.pop(file.path)))
    done = with_imports(done, wanted, project.packages, layout)
    changes: list[Change] = []
    if not table.exists and table.path == file.path:
        done = django_table.grown(project, done, table)
    changes.append(FileEdit(file.path, edits_between(file.source, done.source)))
    if not table.exists:
        if table.path != file.path:
            models = context.file(table.path)
            grown = django_table.grown(project, models, table)
            changes.append(FileEdit(table.path, edits_between(models.source, grown.source)))
        changes += django_table.migration(project, table)
    return (*changes, *(FileEdit(path, tuple(found)) for path, found in edits.items()))


def _task_id(handling: Handling, key: Key, wanted: list[Wanted]) -> str:
    """The id of the task that runs: of the task itself where the function is given it."""
    if not key.text.startswith("current_task"):
        return key.text
    frame = handling.consumer.node.handler.frame
    decorators = frame.function.decorators if frame is not None and frame.function is not None else ()
    is_bound = any(
        isinstance(one, ir.Call)
        and any(a.name == "bind" and isinstance(a.value, ir.Literal) and a.value.value is True for a in one.args)
        for one in decorators
    )
    first = frame.function.parameters[0].name if is_bound and frame is not None and frame.function is not None and frame.function.parameters else ""  # fmt: skip
    if first:
        return f"{first}.request.id"
    wanted.append(Wanted("celery", "current_task"))
    return key.text


def _recorded(consumer: str, plan: _Plan, key: str, atomic: str, layout: Layout) -> Edit:
    file, found = plan.found.scope.file, plan.found.region
    taken = {file.text(one) for one in file.nodes("identifier")}
    indent = file.indent_at(found.start) + ("" if plan.is_atomic else layout.unit)
    ignored = "_" if "_" not in top_names(file) else "recorded"
    name = next(one for one in ("is_new", "is_first_delivery", "was_recorded_now") if one not in taken)
    line = (
        f'{indent}{ignored}, {name} = ProcessedMessage.objects.get_or_create(consumer="{consumer}", message_id={key})'
    )
    text = render(
        "dedup/python/django.py",
        fits=len(line) <= layout.width,
        atomic="" if plan.is_atomic else atomic,
        ignored=ignored,
        name=name,
        consumer=consumer,
        key=key,
        skip=plan.skip,
    )
    indent = file.indent_at(found.start)
    lines = [
        indent + line if line.strip() else line for line in restyled(text, file.style, ".py").rstrip().splitlines()
    ]
    return wrapped(file, found, lines, (0 if plan.is_atomic else 1) + (0 if plan.skip else 1))
