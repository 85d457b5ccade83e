"""Await the publish: whoever publishes learns whether the message was sent."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from tree_sitter import Node

from eventlens import ir
from eventlens.checks.unawaited_publish import is_dropped_inside, is_unheard
from eventlens.fixes.changes import Edit, Offer, apply_edits, edited
from eventlens.fixes.context import FixContext
from eventlens.fixes.es_imports import import_edits
from eventlens.fixes.functions import LOOPS, call_at, callback_of, function_around, is_async
from eventlens.fixes.layout import with_added
from eventlens.fixes.made_to_wait import made_to_wait
from eventlens.fixes.python_code import layout_of
from eventlens.fixes.python_imports import Wanted, edits_between, with_imports
from eventlens.fixes.source import SourceFile
from eventlens.flow.model import Finding
from eventlens.flow.scopes import Frame
from eventlens.knowledge.schema import Publish

_SPAWNING = frozenset(("create_task", "ensure_future"))


class Dropped(NamedTuple):
    """A publish whose result is dropped: its call, the statement around it, and what its library gives.

    ``frame`` is the scope in which it stands; ``is_inside``: it stands in a wrapper, and the finding at a call of that one; ``wrapper``
    is the in-house function that is called, where it is a call of one; ``called`` is how the library's model names what is called.
    """

    file: SourceFile
    call: Node
    statement: Node
    function: Node | None
    completion: str
    library: str
    frame: Frame
    is_inside: bool
    wrapper: Frame | None
    called: str
    returns_error: bool

    @property
    def may_wait(self) -> bool:
        """Whether an ``await`` may stand here and is waited for itself."""
        return (
            self.function is not None and is_async(self.function) and callback_of(self.file, self.function) != "forEach"
        )

    @property
    def is_task(self) -> bool:
        """Whether the publish is handed to the event loop as a task."""
        callee = self.dropped.child_by_field_name("function")
        return callee is not None and self.file.text(callee).rpartition(".")[2] in _SPAWNING

    @property
    def dropped(self) -> Node:
        """The value of the statement, a ``void`` before it left away."""
        value = self.statement.named_children[0]
        argument = value.child_by_field_name("argument")
        return argument if value.type == "unary_expression" and argument is not None else value


def offers(context: FixContext, finding: Finding) -> Iterator[Offer]:
    """One way, where the code around allows it."""
    found = dropped(context, finding)
    if found is None:
        return
    made = _made_to_wait(context, finding, found)
    if made is not None:
        yield made
    if made is not None or found.is_inside:
        return  # what is done inside a wrapper alone, its callers do not wait for
    for way in (_awaited, _awaited_task, _in_a_loop, _awaited_observable, _delivered, _confirmed, _reported):
        offer = way(found)
        if offer is not None:
            yield offer
            return


def dropped(
    context: FixContext, finding: Finding, statements: frozenset[str] = frozenset(("expression_statement",))
) -> Dropped | None:
    """The publish that a finding is about; None where it stands in a statement of another kind, or is part of a larger one."""
    subject = context.subject(finding)
    if subject is None or subject.at is None:
        return None
    site, entry = subject.at, subject.at.match.entry
    if not isinstance(entry, Publish) or not is_unheard(context.checks, site):
        return None
    is_inside = bool(site.chain) and is_dropped_inside(context.checks, site)
    call, frame = (site.match.place.call, site.match.place.frame) if is_inside else (site.node, site.frame)
    if not isinstance(call, ir.Call) or frame is None:
        return None
    file = context.file(frame.module.path)
    wrapper = site.chain[-1].callee.frame if site.chain and not is_inside else None
    own = wrapper.function if wrapper is not None else None
    completion = "promise" if own is not None and own.is_async else entry.completion
    statement = file.statement_around(call.start, call.end)
    node = call_at(file, call.start, call.end)
    if node is None or statement.type not in statements:
        return None
    return Dropped(
        file=file,
        call=node,
        statement=statement,
        function=function_around(file, statement),
        completion=completion,
        library=site.match.library,
        frame=frame,
        is_inside=is_inside,
        wrapper=wrapper,
        called=entry.call or "",
        returns_error=entry.returns_error,
    )


def _offer(found: Dropped, key: str, title: str, edits: list[Edit]) -> Offer:
    return Offer(key, title, lambda: edited({found.file.path: edits}), preferred=True)


def _before(node: Node, text: str) -> Edit:
    return Edit(node.start_byte, node.start_byte, text)


def _after(node: Node, text: str) -> Edit:
    return Edit(node.end_byte, node.end_byte, text)


# ------------------------------------------------------------------------------------------------------------- awaiting


def _awaited(found: Dropped) -> Offer | None:
    """``send(…)`` and ``void send(…)`` → ``await send(…)``."""
    if found.completion not in ("promise", "coroutine") or not found.may_wait or found.is_task:
        return None
    if found.dropped.type == "await":
        return None
    return _offer(
        found,
        "await",
        "Await the publish",
        [Edit(found.statement.start_byte, found.dropped.start_byte, "await ")],
    )


def _awaited_task(found: Dropped) -> Offer | None:
    """``asyncio.create_task(publish(…))`` → ``await publish(…)``."""
    if not found.may_wait or not found.is_task or found.dropped.start_byte != found.statement.start_byte:
        return None
    arguments = found.dropped.child_by_field_name("arguments")
    if (
        arguments is None
        or not arguments.named_children
        or arguments.named_children[0].start_byte != found.call.start_byte
    ):
        return None
    task = found.dropped
    return _offer(
        found,
        "await",
        "Await the publish",
        [
            Edit(task.start_byte, found.call.start_byte, "await "),
            Edit(found.call.end_byte, task.end_byte, ""),
        ],
    )


def _in_a_loop(found: Dropped) -> Offer | None:
    """``items.forEach(async (item) => {…})`` → ``for (const item of items) {…}``: nobody waits for what forEach calls."""
    function = found.function
    if function is None or not is_async(function) or callback_of(found.file, function) != "forEach":
        return None
    call = function.parent.parent if function.parent is not None else None
    around = call.parent if call is not None else None
    outer = function_around(found.file, around) if around is not None else None
    if call is None or around is None or around.type != "expression_statement" or outer is None or not is_async(outer):
        return None
    parameters, body = function.child_by_field_name("parameters"), function.child_by_field_name("body")
    if parameters is None or len(parameters.named_children) != 1 or body is None or body.type != "statement_block":
        return None
    if any(node.type == "return_statement" for node in _own_statements(body)):
        return None
    callee = call.child_by_field_name("function")
    items = callee.child_by_field_name("object") if callee is not None else None
    pattern = parameters.named_children[0].child_by_field_name("pattern") or parameters.named_children[0]
    if items is None:
        return None
    opening = f"for (const {found.file.text(pattern)} of {found.file.text(items)}) "
    edits = [
        Edit(around.start_byte, body.start_byte, opening),
        Edit(body.end_byte, around.end_byte, ""),
    ]
    if found.dropped.type != "await_expression":
        edits.append(_before(found.dropped, "await "))
    return _offer(found, "loop", "Wait for each publish in a loop", edits)


def _own_statements(body: Node) -> Iterator[Node]:
    """The nodes of a body, functions inside left out."""
    for child in body.named_children:
        yield child
        if child.type not in ("arrow_function", "function_expression", "function_declaration"):
            yield from _own_statements(child)


def _awaited_observable(found: Dropped) -> Offer | None:
    """A NestJS client's observable, subscribed by waiting for its last value (https://docs.nestjs.com/microservices/basics)."""
    if found.completion not in ("observable", "hot-observable") or not found.may_wait:
        return None
    if found.dropped.start_byte != found.call.start_byte or found.dropped.end_byte != found.call.end_byte:
        return None
    edits = [
        Edit(found.statement.start_byte, found.dropped.start_byte, "await lastValueFrom("),
        _after(found.dropped, ")"),
        *import_edits(found.file, "rxjs", "lastValueFrom"),
    ]
    return _offer(found, "await", "Await the publish", edits)


def _made_to_wait(context: FixContext, finding: Finding, found: Dropped) -> Offer | None:
    """A function that does not wait yet made asynchronous, where those who call it can wait in turn."""
    if found.completion not in ("promise", "coroutine") or found.is_task or (found.may_wait and not found.is_inside):
        return None
    if found.dropped.start_byte != found.call.start_byte or found.dropped.end_byte != found.call.end_byte:
        return None
    waiting = made_to_wait(context, found.frame, found.statement)
    if waiting is None:
        return None
    awaited = Edit(found.statement.start_byte, found.dropped.start_byte, "await ")
    waiting.setdefault(found.file.path, []).append(awaited)
    name = next(iter(context.checks.graph.callers.names(found.frame)), "this")
    title = "Await the publish" if found.may_wait else f"Make {name} asynchronous and await the publish"

    return Offer("asynchronous", title, lambda: edited(waiting), preferred=True, is_wide=set(waiting) != {finding.file})


# ----------------------------------------------------------------------------------------------- deliveries and reports


def _delivered(found: Dropped) -> Offer | None:
    """The future of a delivery, waited for: aiokafka's ``send_and_wait``, kafka-python's ``get``."""
    callee = found.call.child_by_field_name("function")
    name = callee.child_by_field_name("attribute") if callee is not None else None
    if name is None or found.file.text(name) != "send":
        return None
    if found.library == "aiokafka" and found.function is not None and is_async(found.function):
        waits = found.dropped.type == "await"
        edits = [Edit(name.start_byte, name.end_byte, "send_and_wait")]
        edits += [] if waits else [_before(found.dropped, "await ")]
        return _offer(found, "delivery", "Wait for the delivery", edits)
    if found.library == "kafka-python" and found.dropped.end_byte == found.call.end_byte:
        return _offer(found, "delivery", "Wait for the delivery", [_after(found.call, ".get(timeout=30)")])
    return None


def _confirmed(found: Dropped) -> Offer | None:
    """A confirm channel's confirmations, waited for (https://amqp-node.github.io/amqplib/channel_api.html#confirmchannel_waitForConfirms)."""
    if found.library != "amqplib" or found.completion != "callback" or not found.may_wait:
        return None
    callee = found.call.child_by_field_name("function")
    channel = callee.child_by_field_name("object") if callee is not None else None
    if channel is None or found.dropped.start_byte != found.call.start_byte:
        return None
    end = ";" if found.file.style.semicolons else ""
    indent = found.file.indent_at(found.statement.start_byte)
    line = f"{found.file.style.newline}{indent}await {found.file.text(channel)}.waitForConfirms(){end}"
    return _offer(found, "confirms", "Wait for the broker's confirmation", [_after(found.statement, line)])


REPORT = """\
def _raise_if_undelivered(error: KafkaError | None, message: Message) -> None:
    if error is not None:
        raise KafkaException(error)


"""


def _reported(found: Dropped) -> Offer | None:
    """confluent-kafka's delivery report, raised out of the ``flush`` behind the last message

    (https://docs.confluent.io/platform/current/clients/confluent-kafka-python/html/index.html#confluent_kafka.Producer.produce).
    """
    file, function = found.file, found.function
    if found.library != "confluent-kafka-python" or found.completion != "delivery-report" or function is None:
        return None
    arguments, callee = found.call.child_by_field_name("arguments"), found.call.child_by_field_name("function")
    producer = callee.child_by_field_name("object") if callee is not None else None
    names = [one.child_by_field_name("name") for one in arguments.named_children] if arguments is not None else []
    if producer is None or arguments is None or not arguments.named_children or is_async(function):
        return None
    if any(name is not None and file.text(name) in ("on_delivery", "callback") for name in names):
        return None
    top = _top_level(function)
    style = file.style
    report = REPORT.replace("    ", style.indent).replace("\n", style.newline)
    edits = [with_added(file, arguments, ["on_delivery=_raise_if_undelivered"]), _before(top, report)]
    if f"{file.text(producer)}.flush(" not in file.text(function):
        last = _outermost_loop(found.statement, function)
        indent = file.indent_at(last.start_byte)
        edits.append(_after(last, f"{style.newline}{indent}{file.text(producer)}.flush()"))
    wanted = [Wanted("confluent_kafka", name) for name in ("KafkaError", "KafkaException", "Message")]
    reporting = SourceFile(file.path, apply_edits(file.source, edits))
    after = with_imports(reporting, wanted, frozenset(), layout_of(file, None))
    return _offer(found, "report", "Look at the delivery report", list(edits_between(file.source, after.source)))


def _top_level(node: Node) -> Node:
    while node.parent is not None and node.parent.type != "module":
        node = node.parent
    return node


def _outermost_loop(statement: Node, function: Node) -> Node:
    last, node = statement, statement.parent
    while node is not None and node != function:
        last = node if node.type in LOOPS else last
        node = node.parent
    return last
