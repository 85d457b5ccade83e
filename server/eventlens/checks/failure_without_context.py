"""failure-without-context: a handler logs that something failed, and neither what went wrong nor for which message."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from eventlens import ir
from eventlens.behaviour import failures
from eventlens.behaviour.events import Context, Event, events_inside, is_outside_effect, is_write
from eventlens.behaviour.message_names import is_given_the_message
from eventlens.behaviour.protections import catches_everything
from eventlens.checks.context import CheckContext, Consumer, Rule, channel_text, event_evidence
from eventlens.checks.swallowed_failure import swallowed_in
from eventlens.flow.denotations import Denotation, Scalar, Text
from eventlens.flow.model import Finding
from eventlens.flow.module_index import last_name
from eventlens.flow.scopes import Frame
from eventlens.flow.walk import reads_any, statements_in, values_in, values_of

_SAYS_FAILURE = re.compile(
    r"(?i)fail|error|exception|could ?n[o']t|cannot|can't|unable|invalid|malformed|wrong|not (?:be )?(?:processed|handled|saved|sent|stored)|problem|crash"
)
"""Words of a text that tells of a failure, where the level of the log does not."""
_TELLS_BY_ITSELF = re.compile(
    r"(?i)^(exception|print_exc|format_exc|exc_info|print_?stack_?trace|print_exception|format_exception|get_?last_?error|capture_?exception|recover|debug_?stack|print_?stack)$"
)
"""Calls that tell of the error which is being handled without being given it."""
_SCOPES = re.compile(
    r"(?i)^(begin_?scope|push_?property|contextualize|bind(_contextvars|_threadlocal)?|bound_contextvars|put_?closeable|set_?(tag|tags|attribute|attributes|context|extra|user|logger_?fields?)|append_?keys|add_?(tag|baggage|event)|with_?logging_?context|with_?context|for_?context|with_?fields?|with_?scope)$"
)
"""Calls by which a message's id comes into each log below."""
_CONTEXT_OWNERS = re.compile(
    r"(?i)^(mdc|thread_?context|log_?context|mdlc|scope_?context|diagnostic_?context|activity|baggage)$"
)
"""On what such calls are made, too."""
_WHEN_FAILED = frozenset(("exceptionally",))
"""Methods of results, beside those that catch, whose callback ends the failure; others only look at one that goes on."""


class Caught(NamedTuple):
    """Where every failure of an attempt ends: a catch, or the function that a result calls when it failed."""

    node: ir.Node
    frame: Frame
    body: tuple[ir.Statement, ...]
    error: str
    attempt: ir.Node
    """What failed: the `ir.Try`, or what ``.catch`` is called on."""


def _run(context: CheckContext) -> Iterator[Finding]:
    told: set[int] = set()
    for consumer in context.consumers():
        events = context.delivery_events(consumer.node)
        looked_at = set(told)
        for event in events:
            caught = _caught(event) if event.effect == "log" else None
            if caught is None or id(caught.node) in looked_at:
                continue
            looked_at.add(id(caught.node))
            if (
                _tells_nothing(context, caught, events)
                and _is_of_the_handling(consumer, caught, event, events)
                and not _is_told_as_swallowed(context, consumer, caught)
            ):
                told.add(id(caught.node))
                yield _finding(context, consumer, event, caught, events)


def _is_told_as_swallowed(context: CheckContext, consumer: Consumer, caught: Caught) -> bool:
    """Whether another rule reports the same catch: what is let out of it, as that one advises, tells of itself."""
    return any(one.protection.node is caught.node for one in swallowed_in(context, consumer))


def _caught(event: Event) -> Caught | None:
    """The innermost place around a log where a failure ends, if all failures of the attempt do so."""
    if not isinstance(event.node, ir.Call):
        return None
    for at in range(len(event.contexts) - 1, -1, -1):
        context = event.contexts[at]
        if context.kind == "catch" and isinstance(context.node, ir.Catch):
            if context.outer is None or not catches_everything(context.node):
                return None
            return Caught(context.node, context.frame, context.node.body, context.node.name, context.outer)
        if isinstance(context.node, ir.Call) and _is_told_of_failure(context):
            return _callback(context, context.node, event)
    return None


def _is_told_of_failure(context: Context) -> bool:
    return context.kind == "catch" or (
        context.kind in ("callback", "deferred")
        and isinstance(context.node, ir.Call)
        and last_name(context.node.callee) in _WHEN_FAILED
    )


def _callback(context: Context, call: ir.Call, event: Event) -> Caught | None:
    """The function given to ``.catch`` in which a log stands."""
    for argument in call.args:
        if isinstance(argument.value, ir.Lambda) and argument.value.start <= event.node.start < argument.value.end:
            function = argument.value.function
            owner = call.callee.object if isinstance(call.callee, ir.Member) else call.callee
            name = function.parameters[0].name if function.parameters else ""
            return Caught(call, context.frame, function.body or (), name, owner)
    return None


# ------------------------------------------------------------------------------------------------------------- the log


def _tells_nothing(context: CheckContext, caught: Caught, events: Sequence[Event]) -> bool:
    """Whether a catch logs, and nothing of what it does says what failed, or for what."""
    if caught.error and reads_any(caught.body, {caught.error}):
        return False
    statements = list(statements_in(caught.body))
    if any(isinstance(one, ir.Throw | ir.Branch) for one in statements):
        return False
    inside = events_inside(events, caught.node)
    logs = {id(one.node): one for one in inside if one.effect == "log"}
    settled = {id(one.node) for one in inside if one.kind == "acknowledge" or one.effect == "sleep"}
    if any(one.kind in ("publish", "send") or is_write(one) or is_outside_effect(one) for one in inside):
        return False
    for call in _calls(statements, settled):
        if _TELLS_BY_ITSELF.search(last_name(call.callee)):
            return False
        if id(call) not in logs and not failures.only_tells(call) and not failures.is_visible_log(call):
            if call.args or not isinstance(call.callee, ir.Member):
                return False
            continue
        if not _is_bare(context, call, caught.frame):
            return False
    return any(_is_of_failure(one.node) for one in logs.values() if isinstance(one.node, ir.Call))


def _calls(statements: Iterable[ir.Statement], settled: set[int]) -> Iterator[ir.Call]:
    """The calls in some statements, those left out that settle the message or wait, with what they are given."""
    for statement in statements:
        for value in values_of(statement):
            calls = [inner for inner in values_in(value) if isinstance(inner, ir.Call)]
            known = [one for one in calls if id(one) in settled]
            yield from (one for one in calls if not any(outer.start <= one.start < outer.end for outer in known))


def _is_bare(context: CheckContext, call: ir.Call, frame: Frame) -> bool:
    """Whether all that a log is given is the same each time."""
    if isinstance(call.callee, ir.Member) and any(
        isinstance(one, ir.Call) and one.args for one in values_in(call.callee.object)
    ):
        return False  # log.WithField(…).Error(…)
    return all(one.name != "exc_info" and not one.spread and _is_fixed(context, one.value, frame) for one in call.args)


def _is_fixed(context: CheckContext, value: ir.Value, frame: Frame) -> bool:
    if isinstance(value, ir.Literal):
        return True
    if isinstance(value, ir.Template):
        return all(_is_fixed(context, part, frame) for part in value.parts)
    if isinstance(value, ir.Lambda):
        body = value.function.body or ()
        return len(body) == 1 and all(_is_fixed(context, one, frame) for one in values_of(body[0]))
    if isinstance(value, ir.Name | ir.Member):
        meanings = context.graph.evaluator.evaluate(value, frame)
        return bool(meanings) and all(map(_is_known, meanings))
    return False


def _is_known(meaning: Denotation) -> bool:
    return isinstance(meaning, Scalar) or (
        isinstance(meaning, Text) and all(isinstance(part, str) for part in meaning.parts)
    )


def _is_of_failure(call: ir.Call) -> bool:
    """Whether a log tells of a failure, by its level or by its text."""
    return failures.is_visible_log(call) or any(
        isinstance(inner, ir.Literal) and isinstance(inner.value, str) and _SAYS_FAILURE.search(inner.value)
        for argument in call.args
        for inner in values_in(argument.value)
    )


# -------------------------------------------------------------------------------------------------------- its occasion


def _is_of_the_handling(consumer: Consumer, caught: Caught, log: Event, events: Sequence[Event]) -> bool:
    """Whether what failed is given the message, and neither it, nor the logger, nor a log before says more of it."""
    if any(one.kind == "finally" for one in log.contexts):
        return False
    tried = [one for one in events if _is_tried(one, caught)]
    if any(one.effect == "log" and any(map(failures.is_for_failure, one.contexts)) for one in tried):
        return False
    if not any(one.effect != "log" and _is_about_the_message(one, consumer) for one in tried):
        return False
    if any(one.effect == "log" and one.order < log.order and _is_about_the_message(one, consumer) for one in events):
        return False
    frames = {id(log.frame): log.frame, id(caught.frame): caught.frame}
    frames.update((id(step.frame), step.frame) for step in log.chain)
    return not any(_gives_context(call) for frame in frames.values() for call in frame.calls) and not _is_bound(log)


def _is_about_the_message(event: Event, consumer: Consumer) -> bool:
    return is_given_the_message(event, consumer.node.handler, consumer.node.node)


def _is_tried(event: Event, caught: Caught) -> bool:
    if isinstance(caught.attempt, ir.Try):
        return any(one.kind == "try" and one.node is caught.attempt for one in event.contexts)
    nodes = (event.node, *(step.call for step in event.chain))
    return any(caught.attempt.start <= one.start < caught.attempt.end for one in nodes)


def _gives_context(call: ir.Call) -> bool:
    owner = last_name(call.callee.object) if isinstance(call.callee, ir.Member) else ""
    return bool(_SCOPES.search(last_name(call.callee)) or _CONTEXT_OWNERS.search(owner))


def _is_bound(log: Event) -> bool:
    """Whether the logger is made in the function itself, of something that may be the message's."""
    callee = log.node.callee if isinstance(log.node, ir.Call) else None
    while isinstance(callee, ir.Member):
        callee = callee.object
    if not isinstance(callee, ir.Name):
        return False
    scope: Frame | None = log.frame
    while scope is not None and scope.function is not None:
        if callee.name in scope.definitions or any(one.name == callee.name for one in scope.function.parameters):
            return True
        scope = scope.parent
    return False


def _finding(context: CheckContext, consumer: Consumer, log: Event, caught: Caught, events: Sequence[Event]) -> Finding:
    failed = next(one for one in events if _is_tried(one, caught) and one.effect != "log")
    return context.finding(
        RULE,
        f"a failure for a message of {channel_text(consumer.site)} is logged here without the error and without saying which message it was",
        at=consumer.node,
        frame=log.frame,
        node=log.node,
        related=[event_evidence(failed, "when this fails …")],
    )


RULE = Rule(
    "failure-without-context",
    "warning",
    "Log the error, and the id of the message.",
    _run,
)
