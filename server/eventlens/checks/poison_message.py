"""poison-message: content that can never be read takes the way of a passing failure, so that it comes again and again."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from eventlens import ir
from eventlens.behaviour import failures
from eventlens.behaviour.events import Event, events_inside
from eventlens.behaviour.handed_on import is_handed_on
from eventlens.behaviour.message_names import is_given_the_message
from eventlens.behaviour.paths import levels
from eventlens.behaviour.policies import is_soon_let_go_of
from eventlens.behaviour.protections import Protection, catches_everything, protections
from eventlens.checks.context import CheckContext, Consumer, Evidence, Rule, channel_text, event_evidence
from eventlens.checks.done_with import (
    goes_on_with_the_next,
    is_acknowledged_at_the_end,
    is_done_with_anyway,
    never_fails,
)
from eventlens.checks.known_ends import confidence_of_end
from eventlens.checks.no_dead_letter_queue import by_library, dead_letter_names, end_of, may_lose
from eventlens.checks.unbounded_retry import given_back
from eventlens.flow.model import Confidence, Finding
from eventlens.flow.module_index import last_name
from eventlens.flow.walk import statements_in, values_in

_COMES_AGAIN = {
    "crash-and-restart": "the consumer stops, and begins with the same message again",
    "redeliver": "it is delivered again without end",
    "requeue": "it goes back to the queue without end",
}
_OF_CONTENT = re.compile(
    r"(?i)json|pars|decod|deseriali|seriali|syntax|valid|format|value_?error|mapping|marshal|schema|zod|type_?error|key_?error|argument|unicode"
    r"|proto|avro|^io_?exception$|process|bad|malformed|poison|reject|unrecover|permanent|fatal|conver"
)
"""Names of errors that tell of content that cannot be read."""
_NEVER_AGAIN = re.compile(
    r"(?i)reject|dont_?requeue|unrecover|non_?retr|not_?retr|no_?retr|fatal|permanent|poison|terminal|ignore|skip|drop|bad_?request|dead_?letter|invalid|malformed"
)
"""Names of errors that say to the library, or to a caller, that another try is no use."""


class _Again(NamedTuple):
    """How a message comes again whose content cannot be read.

    ``is_told``: another rule says of the consumer that whatever fails comes again so.
    """

    how: str
    evidence: list[Evidence]
    confidence: Confidence
    is_told: bool = False


def _run(context: CheckContext) -> Iterator[Finding]:
    dead_letters = dead_letter_names(context)
    seen: set[int] = set()
    for consumer in context.consumers():
        if consumer.policy.delivery == "at-most-once" or consumer.site.interaction == "request":
            continue
        events = context.delivery_events(consumer.node)
        for event in events:
            if event.effect != "parse" or any(map(failures.is_for_failure, event.contexts)):
                continue
            if not is_given_the_message(event, consumer.node.handler, consumer.node.node):
                continue
            again = _comes_again(context, consumer, event, events, dead_letters)
            if again is not None:
                if id(event.node) not in seen:
                    yield _finding(context, consumer, event, again)
                seen.add(id(event.node))
                break  # who catches the first one catches the others


def _comes_again(
    context: CheckContext, consumer: Consumer, event: Event, events: Sequence[Event], dead_letters: set[str]
) -> _Again | None:
    if _is_told_apart(event):
        return None
    for protection in protections(event):
        if not _gets_out(event, len(protection.level.outer)):
            return None
        if failures.outcome(protection, events) == "rethrown":
            if _says_never_again(protection):
                return None
            continue
        return _given_back_in(context, consumer, protection, events)
    return _left_to_the_library(context, consumer, events, dead_letters) if _gets_out(event, -1) else None


def _gets_out(event: Event, depth: int) -> bool:
    """Whether a failure can leave the functions deeper than so many calls at all."""
    functions = [level.root.function for level in levels(event) if len(level.outer) > depth]
    return all(one is None or one.gives_errors for one in functions)


def _is_told_apart(event: Event) -> bool:
    """Whether a catch around the parse, for errors of some kinds only, is about content that cannot be read."""
    return any(
        context.kind == "try"
        and isinstance(context.node, ir.Try)
        and any(
            not catches_everything(one) and any(_OF_CONTENT.search(name.rpartition(".")[2]) for name in one.types)
            for one in context.node.catches
        )
        for context in event.contexts
    )


def _says_never_again(protection: Protection) -> bool:
    """Whether a catch throws an error whose name says that another try is no use."""
    return any(
        isinstance(one, ir.Throw) and any(_NEVER_AGAIN.search(last_name(inner)) for inner in values_in(one.value))
        for one in statements_in(protection.body)
    )


def _given_back_in(
    context: CheckContext, consumer: Consumer, protection: Protection, events: Sequence[Event]
) -> _Again | None:
    """The negative acknowledgement that a catch makes whatever failed, where nothing counts how often."""
    inside = {id(one) for one in events_inside(events, protection.node)}
    for event in given_back(context, consumer, events):
        if id(event) in inside and not _is_conditional(event, protection):
            evidence = [event_evidence(event, "… it is given back here like whatever else failed")]
            return _Again("it is given back and comes again without end", evidence, "certain")
    return None


def _is_conditional(event: Event, protection: Protection) -> bool:
    at = next(i for i, context in enumerate(event.contexts) if context.node is protection.node)
    return any(context.kind in ("then", "orelse", "catch") for context in event.contexts[at + 1 :])


def _left_to_the_library(
    context: CheckContext, consumer: Consumer, events: Sequence[Event], dead_letters: set[str]
) -> _Again | None:
    policy = consumer.policy
    how = _COMES_AGAIN.get(policy.then)
    if policy.acknowledgement == "periodic":
        return None  # the timer, or closing the consumer, commits the position whether or not the message was read
    if how is None or policy.max_deliveries is not None or not may_lose(context, consumer, dead_letters):
        return None
    if is_soon_let_go_of(policy) or any(map(is_acknowledged_at_the_end, events)):
        return None
    if (
        never_fails(consumer, events)
        or is_done_with_anyway(consumer, events)
        or goes_on_with_the_next(consumer, events)
    ):
        return None
    if is_handed_on(consumer.node.handler, consumer.node.node, events):
        return None
    if by_library(context, consumer, ()) is None:
        return None
    return _Again(how, [], confidence_of_end(context, consumer, events), end_of(context, consumer) is not None)


def _finding(context: CheckContext, consumer: Consumer, event: Event, again: _Again) -> Finding:
    doubt = "as far as the code shows, " if again.confidence == "likely" else ""
    return context.finding(
        RULE,
        f"{doubt}a message of {channel_text(consumer.site)} whose content cannot be read fails here each time: {again.how}",
        at=consumer.node,
        frame=event.frame,
        node=event.node,
        related=again.evidence,
        severity="info" if again.is_told else None,
        confidence=again.confidence,
    )


RULE = Rule(
    "poison-message",
    "warning",
    "Catch what cannot be read where it is read, and keep it in a dead-letter channel, or drop it.",
    _run,
    needs_setup=True,
)
