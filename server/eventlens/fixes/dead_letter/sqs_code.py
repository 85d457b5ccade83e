"""SQS: the code that creates the queue creates a dead-letter queue before it, and the queue with a redrive policy

(https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html).
"""

from __future__ import annotations

from collections.abc import Iterator

from tree_sitter import Node

from eventlens import ir
from eventlens.checks.context import Subject
from eventlens.fixes.changes import Change, Edit, FileEdit, Offer, apply_edits
from eventlens.fixes.context import FixContext
from eventlens.fixes.dead_letter.sqs import RECEIVES, skipping
from eventlens.fixes.es_imports import import_edits
from eventlens.fixes.functions import call_at
from eventlens.fixes.layout import with_added
from eventlens.fixes.python_code import layout_of
from eventlens.fixes.python_imports import Wanted, edits_between, with_imports
from eventlens.fixes.restyling import restyled
from eventlens.fixes.scaffolds import render
from eventlens.fixes.source import SourceFile, indented
from eventlens.flow.library_match import LibraryMatch
from eventlens.knowledge.schema import Declare

_NAMES = (b"deadLetters", b"deadLetterAttributes", b"dead_letters", b"dead_letter_attributes")
_JS_POLICY = (
    "RedrivePolicy: JSON.stringify({{ deadLetterTargetArn: deadLetterAttributes?.QueueArn, maxReceiveCount: {} }})"
)
_PY_POLICY = (
    '"RedrivePolicy": json.dumps({{"deadLetterTargetArn": dead_letter_attributes["QueueArn"], "maxReceiveCount": {}}})'
)


def offers(context: FixContext, subject: Subject) -> Iterator[Offer]:
    """Where one call in the workspace creates the queue, and its name and attributes are written there."""
    site = subject.at
    if site is None or len(site.channel.names) != 1 or site.channel.names[0].text.endswith(".fifo"):
        return
    created = _created(context, site.channel.names[0].text)
    turn = skipping(context, subject)
    if created is None or turn is None or created.place.frame is None or not isinstance(created.place.call, ir.Call):
        return
    file = context.file(created.place.frame.module.path)
    if any(one in file.source for one in _NAMES) or b"RedrivePolicy" in file.source:
        return
    edits = (_python if file.language == "python" else _ecmascript)(file, created.place.call)
    changed: dict[str, list[Edit]] = {file.path: edits}
    for one in turn:
        changed.setdefault(one.path, []).extend(one.edits)
    if not edits:
        return
    title = f"Create {site.channel.names[0].text}-dlq and a redrive policy (the queue has to be created anew)"
    yield Offer("redrive-code", title, lambda: _changes(context, changed), preferred=True, is_wide=len(changed) > 1)


def _changes(context: FixContext, changed: dict[str, list[Edit]]) -> tuple[Change, ...]:
    found = []
    for path, edits in changed.items():
        file = context.file(path)
        if file.language == "python":
            after = SourceFile(path, apply_edits(file.source, edits))
            if b"json.dumps(" in after.source:
                after = with_imports(after, [Wanted("json")], frozenset(), layout_of(file, None))
            edits = list(edits_between(file.source, after.source))
        found.append(FileEdit(path, tuple(edits)))
    return tuple(found)


def _created(context: FixContext, name: str) -> LibraryMatch | None:
    graph, found = context.checks.graph, []
    for match in graph.declares:
        if match.library in ("@aws-sdk/client-sqs", "boto3") and isinstance(match.entry, Declare):
            channel = graph.channels.read(match, match.place, match.entry.channel)
            if channel.broker == "sqs" and [one.text for one in channel.names] == [name]:
                found.append(match)
    return found[0] if len(found) == 1 else None


def _ecmascript(file: SourceFile, call: ir.Call) -> list[Edit]:
    """``client.send(new CreateQueueCommand({…}))``, awaited."""
    node, statement = call_at(file, call.start, call.end), file.statement_around(call.start, call.end)
    command = call.args[0].value if call.args else None
    options = command.args[0].value if isinstance(command, ir.Call) and command.args else None
    if node is None or not isinstance(options, ir.Object) or not isinstance(call.callee, ir.Member):
        return []
    if node.parent is None or node.parent.type != "await_expression":
        return []
    name = next((field.value for field in options.fields if field.key == "QueueName"), None)
    policy = _JS_POLICY.format(RECEIVES)
    attributes = next((field.value for field in options.fields if field.key == "Attributes"), None)
    dead = _suffixed(file, name)
    if dead is None or any(field.key is None for field in options.fields):
        return []
    if attributes is None:
        added = with_added(file, file.node_at(options.start, options.end), [f"Attributes: {{ {policy} }}"])
    elif isinstance(attributes, ir.Object) and attributes.fields:
        added = with_added(file, file.node_at(attributes.start, attributes.end), [policy])
    else:
        return []
    client = file.written(call.callee.object)
    code = restyled(render("dead_letter/sqs.ts", client=client, dead=dead), file.style, ".ts")
    imports = import_edits(file, "@aws-sdk/client-sqs", "GetQueueAttributesCommand")
    return [_before(file, statement, code), added, *imports]


def _python(file: SourceFile, call: ir.Call) -> list[Edit]:
    """``client.create_queue(QueueName=…, Attributes={…})``."""
    node, statement = call_at(file, call.start, call.end), file.statement_around(call.start, call.end)
    arguments = node.child_by_field_name("arguments") if node is not None else None
    name = next((one.value for one in call.args if one.name == "QueueName"), None)
    dead = _suffixed(file, name)
    if arguments is None or dead is None or not isinstance(call.callee, ir.Member):
        return []
    policy = _PY_POLICY.format(RECEIVES).replace('"', file.style.quote)
    attributes = next((one.value for one in call.args if one.name == "Attributes"), None)
    if attributes is None:
        added = with_added(file, arguments, [f"Attributes={{{policy}}}"])
    elif isinstance(attributes, ir.Object) and attributes.fields:
        added = with_added(file, file.node_at(attributes.start, attributes.end), [policy])
    else:
        return []
    client = file.written(call.callee.object)
    code = restyled(render("dead_letter/sqs.py", client=client, dead=dead), file.style, ".py")
    return [_before(file, statement, code), added]


def _before(file: SourceFile, statement: Node, code: str) -> Edit:
    indent = file.indent_at(statement.start_byte)
    return Edit(statement.start_byte, statement.start_byte, indented(code, indent).lstrip() + indent)


def _suffixed(file: SourceFile, value: ir.Value | None) -> str | None:
    """The dead-letter queue's name in the words of the queue's."""
    if value is None:
        return None
    written = file.written(value)
    if isinstance(value, ir.Literal) and isinstance(value.value, str):
        return f"{written[:-1]}-dlq{written[-1]}"
    if isinstance(value, ir.Name | ir.Member):
        return f'f"{{{written}}}-dlq"' if file.language == "python" else f"`${{{written}}}-dlq`"
    return None
