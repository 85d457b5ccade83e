"""Log a failed publish, where nobody can wait for it: its failure is seen at least."""

from __future__ import annotations

from collections.abc import Iterator

from tree_sitter import Node

from eventlens.fixes import await_publish
from eventlens.fixes.await_publish import Dropped, dropped
from eventlens.fixes.changes import Edit, Offer, apply_edits, edited
from eventlens.fixes.context import FixContext
from eventlens.fixes.functions import function_around
from eventlens.fixes.loggers import Logger, logger_at
from eventlens.fixes.python_code import layout_of
from eventlens.fixes.python_imports import Wanted, edits_between, with_imports
from eventlens.fixes.restyling import restyled
from eventlens.fixes.scaffolds import render
from eventlens.fixes.source import SourceFile
from eventlens.flow.model import Finding

_CHAINED = frozenset(("then", "finally"))
_HELPER = "_log_failed_publish"
_TASKS = "_publishing"


def offers(context: FixContext, finding: Finding) -> Iterator[Offer]:
    """Only where awaiting it is not offered."""
    found = dropped(context, finding)
    if found is None or any(True for _ in await_publish.offers(context, finding)):
        return
    text = what_failed(context, finding, found.is_inside)
    edits = _python(found, text) if found.file.language == "python" else _ecmascript(found, text)
    if edits:
        yield logging_offer(found.file, edits)


def logging_offer(file: SourceFile, edits: list[Edit]) -> Offer:
    """The offer of edits that log what fails."""
    return Offer("log", "Log it when the publish fails", lambda: edited({file.path: edits}))


def what_failed(context: FixContext, finding: Finding, is_inside: bool) -> str:
    """What is logged, in words that stand in a string of any kind."""
    channel = named_channel(context, finding, is_inside, "'\"\\`$")
    return f"a message to {channel} was not sent" if channel else "a message was not sent"


def named_channel(context: FixContext, finding: Finding, is_inside: bool, signs: str) -> str:
    """The channel of a publish; "" where it has no one name without some signs.

    A wrapper (``is_inside``) publishes to its other callers' channels too, and names none.
    """
    subject = context.subject(finding)
    names = subject.at.channel.names if subject is not None and subject.at is not None and not is_inside else ()
    known = names[0].text if len(names) == 1 else ""
    return known if known.isprintable() and not set(known) & {"*", *signs} else ""


# --------------------------------------------------------------------------------------------------------- ECMAScript


def _ecmascript(found: Dropped, text: str) -> list[Edit]:
    """``send(…)`` → ``send(…).catch((error) => {…})``; for an observable, ``.subscribe({ error: … })``."""
    file, value = found.file, found.dropped
    if not _is_whole(found):
        return []
    logger = logger_at(file, found.statement) or Logger("console", False)
    function = function_around(file, found.statement)
    error = "failure" if function is not None and _names(file, function, "error") else "error"
    typed = f"{error}: unknown" if file.path.endswith(("ts", "tsx")) else error
    quote = file.style.quote
    said = f"{quote}{text}{quote}"
    arguments = (
        f"{{ {'err: ' if error != 'err' else ''}{error} }}, {said}" if logger.error_first else f"{said}, {error}"
    )
    call = f"{logger.name}.error({arguments})"
    end, newline, indent = ";" if file.style.semicolons else "", file.style.newline, file.indent_at(value.start_byte)
    if found.completion in ("observable", "hot-observable"):
        observer = f"{newline}{indent}{file.style.indent}error: ({typed}) => {call},{newline}{indent}"
        return [Edit(value.end_byte, value.end_byte, f".subscribe({{{observer}}})")]
    if found.completion != "promise":
        return []
    body = f"{newline}{indent}{file.style.indent}{call}{end}{newline}{indent}"
    return [Edit(value.end_byte, value.end_byte, f".catch(({typed}) => {{{body}}})")]


def _is_whole(found: Dropped) -> bool:
    """Whether the statement is the publish and nothing else, but for steps behind it that give a promise again."""
    value: Node | None = found.dropped
    while value is not None and value != found.call and value.type == "call_expression":
        callee = value.child_by_field_name("function")
        name = callee.child_by_field_name("property") if callee is not None else None
        if name is None or callee is None or found.file.text(name) not in _CHAINED:
            return False
        value = callee.child_by_field_name("object")
    return value is not None and (value.start_byte, value.end_byte) == (found.call.start_byte, found.call.end_byte)


def _names(file: SourceFile, function: Node, name: str) -> bool:
    waiting = [function]
    while waiting:
        node = waiting.pop()
        if node.type == "identifier" and file.text(node) == name:
            return True
        waiting.extend(node.named_children)
    return False


# ------------------------------------------------------------------------------------------------------------- Python


def _python(found: Dropped, text: str) -> list[Edit]:
    """A task that nobody waits for: kept while it runs, for the loop keeps no hold of it, and its failure logged

    (https://docs.python.org/3/library/asyncio-task.html#asyncio.create_task).
    """
    file, task, function = found.file, found.dropped, found.function
    if function is None or not found.is_task or _names(file, function, "task") or _HELPER.encode() in file.source:
        return []
    if (task.start_byte, task.end_byte) != (found.statement.start_byte, found.statement.end_byte):
        return []
    indent, newline = file.indent_at(task.start_byte), file.style.newline
    lines = [f"{_TASKS}.add(task)", f"task.add_done_callback({_HELPER})"]
    known = logger_at(file, file.tree.root_node)
    name = known.name if known is not None else "logger"
    code = restyled(render("await_publish/log_failed.py", logger=name, text=text), file.style, ".py")
    if known is None:
        code = f"logger = logging.getLogger(__name__){newline}{code}"
    edits = [
        Edit(task.start_byte, task.start_byte, "task = "),
        Edit(task.end_byte, task.end_byte, "".join(f"{newline}{indent}{line}" for line in lines)),
        _before_definitions(file, function, code),
    ]
    wanted = [Wanted("typing", "Any"), Wanted("asyncio"), *([Wanted("logging")] if known is None else [])]
    layout = layout_of(file, None)
    after = with_imports(SourceFile(file.path, apply_edits(file.source, edits)), wanted, frozenset(), layout)
    return list(edits_between(file.source, after.source))


def _before_definitions(file: SourceFile, place: Node, code: str) -> Edit:
    """``code`` before the function or class at the file's top level that holds a place, and the comments above that one."""
    newline, top = file.style.newline, place
    while top.parent is not None and top.parent.type != "module":
        top = top.parent
    while (
        top.prev_sibling is not None
        and top.prev_sibling.type == "comment"
        and top.prev_sibling.end_point.row == top.start_point.row - 1
    ):
        top = top.prev_sibling
    before = top.prev_sibling
    if before is not None and before.type in ("import_statement", "import_from_statement"):
        return Edit(before.end_byte, top.start_byte, f"{newline * 2}{code}{newline * 2}")
    return Edit(top.start_byte, top.start_byte, f"{code}{newline * 2}")
