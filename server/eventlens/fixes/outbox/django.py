"""An outbox for the Django ORM: the row in the ``atomic`` block of the write, or in one made for the two."""

from __future__ import annotations

import re
from collections.abc import Iterator
from posixpath import basename, dirname
from typing import NamedTuple

from tree_sitter import Node

from eventlens.behaviour.events import Context
from eventlens.checks.announced import entity_of
from eventlens.checks.operations import DualWrite
from eventlens.fixes.changes import Change, FileEdit, NewFile, NotFixable, Offer, apply_edits
from eventlens.fixes.context import FixContext
from eventlens.fixes.outbox.python_places import (
    Around,
    Place,
    Sending,
    after_commit,
    around,
    before_write,
    sending,
)
from eventlens.fixes.outbox.python_relay import ARGUMENTS, BROKERS, connection_of
from eventlens.fixes.outbox.python_rewriting import changes_for
from eventlens.fixes.outbox.python_subject import PublishCall, publish_call
from eventlens.fixes.python_code import call_text, callee, layout_of, names_read, node_of, receiver, words
from eventlens.fixes.python_imports import (
    Wanted,
    block,
    edits_between,
    imported_as,
    seen_elsewhere,
    with_imports,
    without_idle,
    without_unused,
)
from eventlens.fixes.python_migrations import next_django_step
from eventlens.fixes.python_project import PythonProject, top_classes, top_names
from eventlens.fixes.restyling import restyled
from eventlens.fixes.scaffolds import render
from eventlens.fixes.source import SourceFile, inside

MODEL = "OutboxMessage"
_ATOMIC = Wanted("django.db", "transaction")


class _Plan(NamedTuple):
    """Everything that is known when the fix is offered."""

    read: PublishCall
    one: DualWrite
    sent: Sending
    place: Place


def offers(context: FixContext, one: DualWrite) -> Iterator[Offer]:
    """Where the row can be stored in the transaction of the write, or in one around the two."""
    plan = _plan(context, one)
    if plan is not None:
        yield Offer(
            "django",
            "Store the message in an outbox with the write",
            lambda: _changes(context, plan),
            preferred=True,
            is_wide=True,
        )


# -------------------------------------------------------------------------------------------------------------- where


def _plan(context: FixContext, one: DualWrite) -> _Plan | None:
    match = one.write.match
    read = publish_call(context, one) if match is not None and match.library == "django" else None
    if read is None or read.publish.client.is_async or read.file.text(read.function).startswith("async"):
        return None
    sent = _hooked(read) if read.hook is not None else sending(read.file, read.call, read.function, read.publish)
    place = _place(context, read, one, sent) if sent is not None else None
    return _Plan(read, one, sent, place) if sent is not None and place is not None else None


def _hooked(read: PublishCall) -> Sending | None:
    """``transaction.on_commit(lambda: publish(…))`` as the statement that publishes."""
    assert read.hook is not None
    statement = read.hook.parent
    if (
        statement is None
        or statement.type != "expression_statement"
        or not callee(read.file, read.hook).endswith("on_commit")
    ):
        return None
    return Sending(read.call, statement, ())


def _place(context: FixContext, read: PublishCall, one: DualWrite, sent: Sending) -> Place | None:
    file, scope = read.file, one.end
    beside = around(context, one)
    if isinstance(scope, Context):
        block_node = node_of(file, scope.node.start, scope.node.end, "with_statement")
        own = block_node if scope.frame.module is one.publish.frame.module else None
        if _names_database(file, own, read.function):
            return None
        if any(each.node is scope.node for each in one.publish.contexts):
            return _inside(file, read, sent, own)
        if own is None or file.enclosing(own, "function_definition", "lambda") != read.function:
            return None
        return after_commit(file, sent, read.publish, own, "last", read.function, beside)
    if scope is not None or one.write.chain or read.hook is not None:
        return None
    return _wrapped(file, read, one, sent, beside)


def _names_database(file: SourceFile, scope: Node | None, function: Node) -> bool:
    """Whether the transaction is that of a database that the code names: the row would go to the default one."""
    where = scope.named_children[0] if scope is not None else function.parent
    if where is None or (scope is None and where.type != "decorated_definition"):
        return False
    calls = [call for call in inside(where, "call") if callee(file, call).rpartition(".")[2] == "atomic"]
    heads = [call for call in calls if scope is not None or call.start_byte < function.start_byte]
    return any(file.text(call).rstrip()[-2:] != "()" and "durable" not in file.text(call) for call in heads)


def _inside(file: SourceFile, read: PublishCall, sent: Sending, scope: Node | None) -> Place | None:
    """In place of the publish; where it waited for the commit and what it reads may change until then, at the block's end."""
    if read.hook is None or not _changes_later(file, read, sent):
        return Place(None, "", sent.statement)
    is_last = scope is not None and sent.statement.parent == scope.child_by_field_name("body")
    return Place(scope, "last", sent.statement) if is_last else None


def _changes_later(file: SourceFile, read: PublishCall, sent: Sending) -> bool:
    """Whether a statement after the hook's registration mentions something that the message is made of."""
    made = {name for node in read.publish.read for name in names_read(file, node)}
    at: Node | None = sent.statement
    while at is not None and at != read.function:
        sibling = at.next_named_sibling
        while sibling is not None and at.parent is not None and at.parent.type == "block":
            assigned = {file.text(one) for one in inside(sibling, "identifier")}
            if sibling.type != "return_statement" and assigned & made:
                return True
            sibling = sibling.next_named_sibling
        at = at.parent
    return False


def _wrapped(file: SourceFile, read: PublishCall, one: DualWrite, sent: Sending, beside: Around) -> Place | None:
    """The write and the row in an ``atomic`` block of their own."""
    if one.write.frame is not one.publish.frame:
        return None
    call = node_of(file, one.write.node.start, one.write.node.end, "call")
    write = call
    while write is not None and write.type in ("call", "attribute", "assignment", "argument_list"):
        write = write.parent
    if write is None or write.type != "expression_statement":
        return None
    if any(text.start_point[0] != text.end_point[0] for text in inside(write, "string")):
        return None  # moving the lines of a text would change it
    head = f"with {_atomic_name(file)}()"
    if one.write.order < one.publish.order:
        found = after_commit(file, sent, read.publish, write, "wrap-last", read.function, beside)
    else:
        found = before_write(file, sent, write)
        found = found._replace(side="wrap-first") if found is not None else None
    return found._replace(block=head) if found is not None else None


def _atomic_name(file: SourceFile) -> str:
    """What the file calls ``atomic``."""
    atomic = imported_as(file, Wanted("django.db.transaction", "atomic"))
    return atomic or f"{imported_as(file, _ATOMIC) or 'transaction'}.atomic"


# ------------------------------------------------------------------------------------------------------------ changes


class _Model(NamedTuple):
    """Where the outbox's class stands, or will."""

    path: str
    exists: bool
    app_label: str = ""


def _changes(context: FixContext, plan: _Plan) -> tuple[Change, ...]:
    file = plan.read.file
    project = PythonProject(context, file.path)
    model = _known_model(project, plan) or _model_place(project, plan)
    edited = _call_site(project, plan, model)
    if model.exists:
        return (FileEdit(file.path, edits_between(file.source, edited.source)),)
    models = edited if model.path == file.path else context.file(model.path)
    grown = _with_model(project, plan, models, model)
    if model.path == file.path:
        changes: list[Change] = [FileEdit(file.path, edits_between(file.source, grown.source))]
    else:
        changes = [
            FileEdit(file.path, edits_between(file.source, edited.source)),
            FileEdit(model.path, edits_between(models.source, grown.source)),
        ]
    return (*changes, *_migration(project, plan, model), *_relay(project, plan, model))


def _call_site(project: PythonProject, plan: _Plan, model: _Model) -> SourceFile:
    file = plan.read.file
    layout = layout_of(file, project.width)
    wanted = [] if model.path == file.path else [Wanted(project.import_name(file, model.path), MODEL)]
    local = (imported_as(file, wanted[0]) if wanted else None) or MODEL
    if wanted and imported_as(file, wanted[0]) is None and MODEL in top_names(file):
        raise NotFixable(f"{file.path} has something else named {MODEL}")
    values = [f"{name}={value}" for name, value in plan.read.publish.values]

    def row(indent: str) -> str:
        return call_text(f"{local}.objects.create(", values, indent, layout)

    changed = SourceFile(
        file.path, apply_edits(file.source, changes_for(file, plan.sent, plan.read.publish, plan.place, row, ""))
    )
    wanted += plan.read.publish.imports
    if plan.place.block and "transaction.atomic" in plan.place.block:
        wanted.append(_ATOMIC)
    changed = with_imports(changed, wanted, project.packages, layout)
    changed = without_idle(changed, receiver(file, plan.read.call), seen_elsewhere(project.context, file))
    return without_unused(file, changed)


# -------------------------------------------------------------------------------------------------------------- model


def _known_model(project: PythonProject, plan: _Plan) -> _Model | None:
    """The outbox of an earlier fix. Raises NotFixable where there is another one."""
    for file in project.holding(b"class Outbox"):
        for name, bases, node in top_classes(file):
            if "outbox" not in name.lower() or not any(base.endswith("Model") for base in bases):
                continue
            text = file.text(node)
            columns = (
                "message_id",
                "available_at",
                "failed_at",
                *(one.name for one in plan.read.publish.client.columns),
            )
            relays = [path for path in project.paths if basename(path) == "relay_outbox.py"]
            if name == MODEL and relays and all(f"{column} =" in text for column in columns):
                return _Model(file.path, True)
            raise NotFixable(f"{file.path} has an outbox of another make ({name})")
    return None


def _model_place(project: PythonProject, plan: _Plan) -> _Model:
    """The module of the model that is written; where the write does not name it, of a model that the function names."""
    entity = entity_of(plan.one.write)
    named = [entity] if entity else sorted(words(plan.read.file, plan.read.function))
    models = {
        name: (file.path, node, file)
        for file in project.holding(b"models.Model", b"Model)")
        for name, bases, node in top_classes(file)
        if any(base.rpartition(".")[2].endswith("Model") for base in bases)
    }
    for name in named:
        if name in models:
            path, node, file = models[name]
            label = re.search(r"app_label\s*=\s*[\"'](\w+)[\"']", file.text(node))
            return _Model(path, False, label[1] if label is not None else "")
    raise NotFixable(f"where the model {entity or 'that is written'} stands is not known")


def _app_folder(model: _Model) -> str:
    folder = dirname(model.path)
    return dirname(folder) if basename(folder) == "models" else folder


def _label(model: _Model) -> str:
    return model.app_label or basename(_app_folder(model))


def _with_model(project: PythonProject, plan: _Plan, file: SourceFile, model: _Model) -> SourceFile:
    client = plan.read.publish.client
    taken = top_names(file)
    names: dict[str, str] = {}
    wanted: list[Wanted] = []
    for one in (Wanted("django.db", "models"), Wanted("django.utils", "timezone"), Wanted("uuid", "uuid4")):
        known = imported_as(file, one)
        names[one.name] = known or (f"{one.name}_" if one.name in taken else one.name)
        if known is None:
            wanted.append(one if one.name not in taken else Wanted(one.module, f"{one.name} as {one.name}_"))
    text = render(
        "outbox/python/django_model.py",
        n=names,
        columns=client.columns,
        key=client.key,
        app_label=model.app_label,
        label=_label(model)[:14],
    )
    file = with_imports(file, wanted, project.packages, layout_of(file, project.width))
    source = file.source.rstrip()
    newline = file.style.newline
    body = newline * 3 + restyled(text, file.style, ".py")
    return SourceFile(file.path, source + body.encode())


def _migration(project: PythonProject, plan: _Plan, model: _Model) -> Iterator[NewFile]:
    """The next migration of the app; none for an app without migrations, whose tables Django makes from its models."""
    step = next_django_step(project, _app_folder(model))
    if step is None:
        return
    client = plan.read.publish.client
    text = render(
        "outbox/python/django_migration.py",
        app=step.app or _label(model),
        parent=step.parent,
        columns=client.columns,
        key=client.key,
        label=_label(model)[:14],
    )
    yield NewFile(f"{step.folder}/{step.number}_outbox_message.py", restyled(text, step.newest.style, ".py"))


# -------------------------------------------------------------------------------------------------------------- relay


def _relay(project: PythonProject, plan: _Plan, model: _Model) -> Iterator[NewFile]:
    client = plan.read.publish.client
    broker = BROKERS[client.template]
    connection = connection_of(project, plan.one, client.template)
    folder = f"{_app_folder(model)}/management" if _app_folder(model) else "management"
    wanted = [
        *(Wanted(name) for name in ("logging", "signal")),
        Wanted("collections.abc", "Sequence"),
        Wanted("datetime", "timedelta"),
        Wanted("threading", "Event"),
        Wanted("typing", "Any"),
        Wanted("django.core.management.base", "BaseCommand"),
        _ATOMIC,
        Wanted("django.utils", "timezone"),
        *broker.imports,
        *connection.imports,
        Wanted(project.module_name(model.path), MODEL),
    ]
    if client.key:
        wanted += [Wanted("django.db.models", "Exists"), Wanted("django.db.models", "OuterRef")]
    layout = layout_of(plan.read.file, project.width)
    text = render(
        "outbox/python/django_relay.py",
        client=client.template,
        imports=block(wanted, project.packages, layout._replace(unit="    ")),
        key=client.key,
        connection=connection.text,
        is_django=True,
        argument=ARGUMENTS[client.template],
    )
    for package in (folder, f"{folder}/commands"):
        if f"{package}/__init__.py" not in project.context.workspace:
            yield NewFile(f"{package}/__init__.py", "")
    path = f"{folder}/commands/relay_outbox.py"
    if path in project.context.workspace:
        raise NotFixable(f"{path} is there already")
    yield NewFile(path, restyled(text, plan.read.file.style, ".py"))
