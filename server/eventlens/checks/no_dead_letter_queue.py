"""no-dead-letter-queue: a consumer whose failing messages end nowhere."""

from __future__ import annotations

from collections.abc import Iterator

from eventlens.behaviour.events import Event, is_write
from eventlens.checks.context import CheckContext, Consumer, Evidence, Rule, event_evidence
from eventlens.flow.linking import keys_of
from eventlens.flow.model import Finding

_ENDS = {
    "crash-and-restart": "the consumer restarts at the same message, again and again",
    "redeliver": "it is delivered again without end",
    "requeue": "it goes back to the queue without end",
    "log-and-skip": "it is logged and skipped",
    "drop": "it is dropped",
    "reply-error": "only the caller is told",
}
_NO_STORE = frozenset(("redis-pubsub", "postgres-notify", "webhook"))
"""Brokers that keep no message: nothing could be dead-lettered."""


def _run(context: CheckContext) -> Iterator[Finding]:
    dead_letters = _dead_letter_names(context)
    for consumer in context.consumers():
        if not _may_fire(consumer, dead_letters):
            continue
        end = _end(consumer)
        if end is None:
            continue
        message, evidence = end
        channel = consumer.site.channel or consumer.site.channel_expression
        related = (
            [
                Evidence(
                    consumer.node.handler.frame,
                    consumer.node.handler.frame.function,
                    "this handler runs for each message",
                )
            ]
            if consumer.node.handler.frame is not None and consumer.node.handler.frame.function is not None
            else []
        )
        yield context.finding(
            RULE,
            f"a message of {channel} that keeps failing ends nowhere: {message}",
            at=consumer.node,
            related=[*related, *evidence],
        )


def _may_fire(consumer: Consumer, dead_letters: set[str]) -> bool:
    site, policy = consumer.site, consumer.policy
    if (
        policy.dead_letter is not None
        or site.broker in _NO_STORE
        or policy.delivery == "at-most-once"
        and site.broker == "nats"
    ):
        return False
    if site.interaction == "request" and policy.then in ("reply-error", "log-and-skip", "drop"):
        return False
    if site.channel is not None and (site.channel in dead_letters or looks_dead_lettered(site.channel)):
        return False
    return policy.then not in ("dead-letter", "retry-topic", "park")


def looks_dead_lettered(name: str) -> bool:
    """Whether a channel's name says that it holds dead letters: that is no channel that lacks them."""
    lowered = name.lower()
    return any(
        mark in lowered
        for mark in (
            "dlq",
            "dead-letter",
            "deadletter",
            "dead_letter",
            ".dlt",
            "-dlt",
            "_dlt",
            ".dead",
            "poison",
            "parking",
        )
    )


def _dead_letter_names(context: CheckContext) -> set[str]:
    return {str(facts["dead_letter"]) for facts in context.graph.declared.facts.values() if facts.get("dead_letter")}


def _end(consumer: Consumer) -> tuple[str, list[Evidence]] | None:
    """Where a failing message ends, with evidence; None when some store keeps it."""
    caught = [event for event in consumer.events if event.within("catch") is not None]
    if any(_keeps(event, consumer) for event in caught):
        return None
    rejected = next(
        (e for e in caught if e.kind == "acknowledge" and e.effect in ("nack", "reject", "terminate")), None
    )
    if rejected is not None:
        return "it is rejected here and no dead-letter channel takes it", [event_evidence(rejected, "rejected here")]
    return _ENDS.get(consumer.policy.then, "nothing keeps it"), []


def _keeps(event: Event, consumer: Consumer) -> bool:
    """Whether something in a catch keeps the message: a publish elsewhere or a row."""
    if event.kind == "publish" and event.site is not None:
        return bool(set(keys_of(event.site)) - set(keys_of(consumer.node))) or not keys_of(event.site)
    return is_write(event) or (event.kind == "acknowledge" and event.effect == "dead-letter")


RULE = Rule("no-dead-letter-queue", "error", "Send what keeps failing to a dead-letter channel.", _run)
