"""A publish whose task is dropped: awaited where its method waits or can be made to, and its failure logged elsewhere."""

from __future__ import annotations

from collections.abc import Iterator

from tree_sitter import Node

from eventlens.fixes.await_publish import Dropped, dropped
from eventlens.fixes.changes import Change, Edit, Offer, edited
from eventlens.fixes.context import FixContext
from eventlens.fixes.csharp.code import logged, using_edits
from eventlens.fixes.functions import is_async
from eventlens.fixes.log_failed_publish import logging_offer
from eventlens.fixes.made_to_wait import made_to_wait
from eventlens.fixes.source import SourceFile
from eventlens.flow.model import Finding

_TASKS = "System.Threading.Tasks"
_CONFLUENT = "confluent-kafka-dotnet"


def awaited(context: FixContext, finding: Finding) -> Iterator[Offer]:
    """``publish(…)`` and ``_ = publish(…)`` → ``await publish(…)``."""
    found = dropped(context, finding)
    if found is None or not _is_whole(found):
        return
    file, renamed = found.file, _produced(found)
    if found.completion != "promise" and not renamed:
        return
    edits = [Edit(found.statement.start_byte, found.call.start_byte, "await "), *renamed]
    if _may_wait(found) and not found.is_inside:
        yield Offer("await", "Await the publish", lambda: edited({file.path: edits}), preferred=True)
        return
    waiting = made_to_wait(context, found.frame, found.statement)
    if waiting is None or found.function is None:
        return
    waiting.setdefault(file.path, []).extend(edits)
    name = found.frame.function.name if found.frame.function is not None else ""
    title = "Await the publish" if _may_wait(found) else f"Make {name} asynchronous and await the publish"
    yield Offer("asynchronous", title, lambda: _all(context, waiting), preferred=True, is_wide=True)


def _all(context: FixContext, changed: dict[str, list[Edit]]) -> tuple[Change, ...]:
    usings = {path: using_edits(context, context.file(path), _TASKS) for path in changed}
    return edited({path: [*edits, *usings[path]] for path, edits in changed.items()})


def _is_whole(found: Dropped) -> bool:
    """Whether a statement is the publish and nothing else."""
    value: Node | None = found.statement.named_children[0]
    if value is not None and value.type == "assignment_expression":
        left = value.child_by_field_name("left")
        is_discard = left is not None and found.file.text(left) == "_"
        value = value.child_by_field_name("right") if is_discard else None
    return value == found.call


def _may_wait(found: Dropped) -> bool:
    """Whether ``await`` may stand here: in an asynchronous function, or at the top of a program, and in no ``lock``."""
    locked = found.file.enclosing(found.statement, "lock_statement")
    if found.function is None:
        return locked is None and found.file.enclosing(found.statement, "global_statement") is not None
    return is_async(found.function) and (locked is None or locked.start_byte < found.function.start_byte)


def _produced(found: Dropped) -> list[Edit]:
    """Confluent's ``Produce``, of which nothing is heard, as ``ProduceAsync``

    (https://docs.confluent.io/platform/current/clients/confluent-kafka-dotnet/_site/api/Confluent.Kafka.IProducer-2.html)."""
    callee, arguments = found.call.child_by_field_name("function"), found.call.child_by_field_name("arguments")
    name = callee.child_by_field_name("name") if callee is not None else None
    if found.library != _CONFLUENT or name is None or found.file.text(name) != "Produce" or found.wrapper is not None:
        return []
    if arguments is None or len(arguments.named_children) != 2:
        return []
    return [Edit(name.start_byte, name.end_byte, "ProduceAsync")]


def logged_only(context: FixContext, finding: Finding) -> Iterator[Offer]:
    """What fails is logged, where nobody can wait."""
    found = dropped(context, finding)
    if found is None or not _is_whole(found) or any(True for _ in awaited(context, finding)):
        return
    edits = (
        _reported(context, found)
        if _produced(found)
        else _continued(context, found)
        if found.completion == "promise"
        else []
    )
    if edits:
        yield logging_offer(found.file, edits)


def _reported(context: FixContext, found: Dropped) -> list[Edit]:
    """The report of the delivery looked at: ``Produce(topic, message, report => …)``."""
    file, arguments = found.file, found.call.child_by_field_name("arguments")
    assert arguments is not None
    error, place = "report.Error.Reason", found.statement
    line, usings = logged(context, file, place, "a message was not delivered", error, is_exception=False)
    indent, newline = file.indent_at(found.statement.start_byte), file.style.newline
    step = file.style.indent
    lines = ["{", f"{step}if (report.Error.IsError)", f"{step}{{", f"{step * 2}{line};", f"{step}}}", "}"]
    handler = f", report =>{newline}" + newline.join(indent + one for one in lines)
    end = arguments.named_children[-1].end_byte
    return [] if _names(file, found.function, "report") else [Edit(end, end, handler), *usings]


def _continued(context: FixContext, found: Dropped) -> list[Edit]:
    """What follows a task that failed (https://learn.microsoft.com/dotnet/api/system.threading.tasks.task.continuewith)."""
    file, end = found.file, found.call.end_byte
    if _names(file, found.function, "sent"):
        return []
    line, usings = logged(context, file, found.statement, "a message was not sent", "sent.Exception")
    newline, indent = file.style.newline, file.indent_at(found.statement.start_byte) + file.style.indent
    rest = f"{newline}{indent}sent => {line},{newline}{indent}TaskContinuationOptions.OnlyOnFaulted)"
    return [Edit(end, end, f".ContinueWith({rest}"), *usings, *using_edits(context, file, _TASKS)]


def _names(file: SourceFile, function: Node | None, name: str) -> bool:
    """Whether a function knows a name already."""
    return function is not None and name in file.text(function).replace(".", " ").split()
