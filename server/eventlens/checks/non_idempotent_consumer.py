"""non-idempotent-consumer: an at-least-once handler with an effect that differs when it runs twice, and nothing that guards it."""

from __future__ import annotations

from collections.abc import Iterator

from eventlens.behaviour.completion import POSITIVE
from eventlens.behaviour.events import Event
from eventlens.behaviour.guards import covers, guards
from eventlens.behaviour.repetition import Repeated, repeated
from eventlens.checks.context import CheckContext, Consumer, Evidence, Rule, channel_text, event_evidence
from eventlens.flow import conditions
from eventlens.flow.model import Finding, Severity
from eventlens.knowledge.schema import Subscribe

_WORST = (
    "payment",
    "mail",
    "external-call",
    "increment",
    "append",
    "insert",
    "fresh-publish",
    "publish",
    "record",
    "counter",
)
_AGAIN = {
    "payment": "charges again",
    "mail": "sends the message to a person again",
    "external-call": "makes the call again",
    "increment": "adds to the stored value again",
    "append": "appends to the stored list again",
    "insert": "inserts another row",
    "fresh-publish": "publishes an event with a new id",
    "publish": "publishes the event again",
    "record": "writes another row into a log",
    "counter": "counts again",
}
_NOT_ALWAYS = frozenset(("then", "orelse", "loop", "catch", "finally", "callback", "deferred"))
_SEVERITY: dict[str, Severity] = {"counter": "info", "record": "info"}


def _run(context: CheckContext) -> Iterator[Finding]:
    for consumer in context.consumers():
        if not _may_repeat(consumer):
            continue
        worst = _worst(context.delivery_events(consumer.node))
        if worst is not None:
            yield _finding(context, consumer, worst)


def _may_repeat(consumer: Consumer) -> bool:
    entry = consumer.node.match.entry
    assert isinstance(entry, Subscribe)
    if consumer.policy.delivery != "at-least-once" or consumer.policy.acknowledgement == "auto-before":
        return False
    return not (entry.inbox and conditions.hold_at(consumer.node.place, entry.inbox, consumer.site.broker))


def _worst(events: tuple[Event, ...]) -> Repeated | None:
    """The effect that hurts most of those that no guard covers."""
    known = guards(events)
    found = [
        one
        for one in repeated(events)
        if not any(covers(guard, one.event) for guard in known) and not _is_acknowledged(one.event, events)
    ]
    return min(found, key=lambda one: (_WORST.index(one.kind), one.event.order), default=None)


def _is_acknowledged(event: Event, events: tuple[Event, ...]) -> bool:
    """Whether the message is acknowledged on each way to an effect: what fails there may lose it, and does not bring it back."""
    return any(
        one.kind == "acknowledge"
        and one.effect in POSITIVE
        and one.order < event.order
        and {id(context.node) for context in one.contexts if context.kind in _NOT_ALWAYS}
        <= {id(context.node) for context in event.contexts}
        for one in events
    )


def _finding(context: CheckContext, consumer: Consumer, worst: Repeated) -> Finding:
    channel = channel_text(consumer.site)
    handler = consumer.node.handler.frame
    related = [event_evidence(worst.event, f"a second delivery {_AGAIN[worst.kind]} here")]
    if handler is not None and handler.function is not None:
        related.insert(0, Evidence(handler, handler.function, "this runs for each delivery"))
    return context.finding(
        RULE,
        f"a message of {channel} that is delivered twice {_AGAIN[worst.kind]}: nothing remembers that it was handled",
        at=consumer.node,
        related=related,
        severity=_severity(consumer, worst.kind),
    )


def _severity(consumer: Consumer, kind: str) -> Severity | None:
    """The severity by effect; what is doubled behind a request is seen by the caller, who waits."""
    return _SEVERITY.get(kind) or ("warning" if consumer.site.interaction == "request" else None)


RULE = Rule(
    "non-idempotent-consumer",
    "error",
    "Record the ids of handled messages in the same transaction, or write so that a repeat changes nothing.",
    _run,
)
