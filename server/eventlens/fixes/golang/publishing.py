"""A publish whose error is dropped: given to who publishes where the function gives one, and logged elsewhere."""

from __future__ import annotations

from collections.abc import Iterator

from tree_sitter import Node

from eventlens.checks.swallowed_failure import is_given
from eventlens.fixes.await_publish import Dropped, dropped
from eventlens.fixes.blocks import statements_of
from eventlens.fixes.changes import Edit, Offer, edited
from eventlens.fixes.context import FixContext
from eventlens.fixes.golang import reports
from eventlens.fixes.golang.code import failing_return, results
from eventlens.fixes.golang.error_results import checked, declaration_of, handed_on, takes_messages
from eventlens.fixes.golang.imports import import_edits, name_of
from eventlens.fixes.golang.loggers import logged
from eventlens.fixes.log_failed_publish import logging_offer, named_channel
from eventlens.fixes.source import SourceFile
from eventlens.flow.model import Finding

_STATEMENTS = frozenset(("expression_statement", "assignment_statement"))
_BESIDE: dict[str, dict[str, int]] = {
    "amqp091-go": {},
    "asynq": {"Enqueue": 1, "EnqueueContext": 1, "Register": 1},
    "aws-sdk-go": dict.fromkeys(
        ("SendMessage", "SendMessageBatch", "SendMessageWithContext", "Publish", "PublishBatch", "PutEvents"), 1
    )
    | dict.fromkeys(("PutRecord", "PutRecords"), 1),
    "azeventhubs-go": {},
    "azqueue-go": {"EnqueueMessage": 1},
    "azservicebus-go": {"ScheduleMessages": 1},
    "esdb-go": {"AppendToStream": 1},
    "franz-go": {},
    "go-micro": {},
    "go-nsq": {},
    "go-redis": {},
    "gocloud-pubsub": {},
    "kafka-go": {},
    "machinery": {"SendTask": 1, "SendTaskWithContext": 1},
    "nats-go": {"Request": 1, "RequestWithContext": 1, "RequestMsg": 1, "RequestMsgWithContext": 1},
    "pulsar-client-go": {"Send": 1},
    "redigo": {"Do": 1},
    "sarama": {"SendMessage": 2},
    "stan-go": {},
    "watermill": {},
}
"""Library → method → how many results stand before the error."""
_STREAMS = frozenset(("Context", "JetStream"))
"""The values of nats-go whose publishes give the stream's acknowledgement before the error."""
_ASKED = {"go-redis": ".Err()", "franz-go": ".FirstErr()"}
"""Libraries whose calls give something that is asked for the error (https://pkg.go.dev/github.com/redis/go-redis/v9#IntCmd)."""


def returned(context: FixContext, finding: Finding) -> Iterator[Offer]:
    """The error given to the caller: ``if err := publish(…); err != nil { return … }``, in a function that gives one or is made to."""
    found = _error_dropped(context, finding)
    if found is None or found.function is None or takes_messages(context, found.frame, found.call):
        return
    file = found.file
    error = f'{name_of(file, "fmt") or "fmt"}.Errorf("{_about(context, finding, found)}: %w", err)'
    leaving = failing_return(context, file, found.function, error)
    is_wide = leaving is None or found.is_inside
    handed = _handed_on(context, found) if is_wide else {}
    edits = _checked(context, found, leaving or f"return {error}") if handed is not None else []
    if edits and handed is not None:
        function = found.frame.function if handed else None
        title = f"Make {function.name} return" if function is not None else "Return"
        changed = {**handed, file.path: [*handed.get(file.path, ()), *edits, *import_edits(file, "fmt")]}
        title = f"{title} the error of the publish"
        yield Offer("error" if is_wide else "return", title, lambda: edited(changed), preferred=True, is_wide=is_wide)


def _handed_on(context: FixContext, found: Dropped) -> dict[str, list[Edit]] | None:
    """The edits by which all above the function are given its error; None where they cannot be."""
    return handed_on(context, found.frame) if declaration_of(found.file, found.frame) == found.function else None


def logged_only(context: FixContext, finding: Finding) -> Iterator[Offer]:
    """The error logged, where nobody can be given it."""
    if any(True for _ in returned(context, finding)):
        return
    found = _error_dropped(context, finding)
    if found is None:
        yield from reports.offers(context, finding)
    elif not _is_all_that_callers_want(context, finding, found):
        call, imports = logged(context, found.file, found.statement, f"{_about(context, finding, found)} failed", "err")
        edits = _checked(context, found, call)
        if edits:
            yield logging_offer(found.file, [*edits, *imports])


def _is_all_that_callers_want(context: FixContext, finding: Finding, found: Dropped) -> bool:
    """Whether a function ends with the publish of what it is given: its callers would take the message for sent, log or not."""
    subject, around = context.subject(finding), found.statement.parent
    block = around.parent if around is not None else None
    if subject is None or subject.at is None or around is None or block is None or block.parent != found.function:
        return False
    return is_given(subject.at) and statements_of(block)[-1] == found.statement


# ------------------------------------------------------------------------------------------------------- dropped errors


def _error_dropped(context: FixContext, finding: Finding) -> Dropped | None:
    found = dropped(context, finding, _STATEMENTS)
    return found if found is not None and found.returns_error else None


def _about(context: FixContext, finding: Finding, found: Dropped) -> str:
    """What was tried, in words that stand in a format."""
    channel = named_channel(context, finding, found.is_inside, '"\\%')
    return f"publish to {channel}" if channel else "publish"


def _checked(context: FixContext, found: Dropped, then: str) -> list[Edit]:
    """``publish(…)`` and ``_ = publish(…)`` → ``if err := publish(…); err != nil { then }``."""
    value, beside = _value_of(found.file, found.statement), _results_before(context, found)
    if (
        value is None
        or beside is None
        or (value.start_byte, value.end_byte) != (found.call.start_byte, found.call.end_byte)
    ):
        return []
    asked = _ASKED.get(found.library, "") if found.wrapper is None else ""
    names = ", ".join([*("_" for _ in range(beside)), "err"])
    return checked(found.file, found.statement, value, names, then, asked)


def _value_of(file: SourceFile, statement: Node) -> Node | None:
    """The one value that a statement drops."""
    if statement.type == "expression_statement":
        return statement.named_children[0]
    left, right = statement.child_by_field_name("left"), statement.child_by_field_name("right")
    if left is None or right is None or len(right.named_children) != 1:
        return None
    is_dropped = all(file.text(one) == "_" for one in left.named_children)
    return right.named_children[0] if is_dropped else None


def _results_before(context: FixContext, found: Dropped) -> int | None:
    """How many results a call gives before the error; None where it does not show."""
    left = found.statement.child_by_field_name("left")
    if left is not None:
        return len(left.named_children) - 1
    if found.wrapper is not None:
        return _of_wrapper(context, found)
    known = _BESIDE.get(found.library)
    owner, _, method = found.called.rpartition(".")
    if known is None:
        return None
    return 1 if found.library == "nats-go" and owner in _STREAMS else known.get(method, 0)


def _of_wrapper(context: FixContext, found: Dropped) -> int | None:
    if found.wrapper is None or found.wrapper.function is None:
        return None
    file, function = context.file(found.wrapper.module.path), found.wrapper.function
    node = file.tree.root_node.named_descendant_for_byte_range(function.start, function.end)
    given = results(file, node) if node is not None else []
    return len(given) - 1 if given and file.text(given[-1].type) == "error" else None
