"""no-dead-letter-queue: a consumer whose failing messages end nowhere."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from eventlens import ir
from eventlens.behaviour.events import Context, Event
from eventlens.behaviour.failures import is_for_failure
from eventlens.behaviour.handed_on import is_handed_on
from eventlens.behaviour.policies import is_soon_let_go_of, requeues
from eventlens.checks import unawaited_publish
from eventlens.checks.context import (
    CheckContext,
    Consumer,
    Evidence,
    Rule,
    channel_text,
    event_evidence,
)
from eventlens.checks.done_with import (
    acknowledged_unlooked,
    catch_of_everything,
    goes_on_with_the_next,
    is_acknowledged_at_the_end,
    is_done_with_anyway,
    never_fails,
    work_is_caught,
)
from eventlens.checks.known_ends import (
    confidence_by_name,
    confidence_of_end,
    confidence_of_refusal,
    is_called_a_store,
    is_for_failures,
    keeps_other_work,
    lasts,
    may_keep,
    puts_failures_away,
    sent_on_at_the_end,
    templates_of,
)
from eventlens.checks.nothing_to_lose import is_only_started, loses_nothing, only_reads, reads_without_group
from eventlens.checks.swallowed_failure import doubt_about, leaves_work_out, swallowed_in
from eventlens.flow.model import Confidence, Finding
from eventlens.flow.walk import statements_in

_ENDS = {
    "crash-and-restart": "the consumer restarts at the same message, again and again",
    "redeliver": "it is delivered again without end",
    "requeue": "it goes back to the queue without end",
    "log-and-skip": "it is logged and skipped",
    "drop": "it is dropped",
    "park": "it stays pending, and nothing counts how often it failed",
}
_NO_STORE = frozenset(("redis-pubsub", "postgres-notify", "webhook"))
"""Brokers that keep no message: nothing could be dead-lettered."""
_NOT_LOST = frozenset(("dead-letter", "retry-topic", "unknown"))
"""Ends of a failing message that some store keeps, or of which nothing is known."""
_DEAD = (
    "dlq",
    "dead-letter",
    "deadletter",
    "dead_letter",
    ".dlt",
    ".dlx",
    "-dlx",
    "_dlx",
    "-dlt",
    "_dlt",
    ".dead",
    "poison",
    "parking",
    ".max_deliveries.",
)
_VARIABLE_OF_DEAD = re.compile(r"(?i)\$\{[^}]*(?:dlq|dead[-_]?letter)")
"""A part of a name that is open, and called like the name of a channel of dead letters."""
_AS_FAR: dict[Confidence, str] = {"certain": "", "likely": "as far as the code shows, "}
_SHOWN = 5
"""How many of an application's plain tasks a finding shows beside the first."""
_MANY = 4
"""How many tasks of an application that fail alike, or subscriptions whose failures end at one place, make one finding instead of one each."""
_COUNTING = ("xautoclaim", "xAutoClaim", "xclaim", "xClaim", "xpending", "xPending", "xpending_range", "xPendingRange")
"""Calls by which the pending entries of a Redis stream are looked through."""


def _run(context: CheckContext) -> Iterator[Finding]:
    dead_letters = dead_letter_names(context)
    plain: dict[str, list[Consumer]] = defaultdict(list)
    alike: dict[_Alike, list[tuple[Consumer, Finding]]] = defaultdict(list)
    places: dict[int, Evidence] = {}
    for consumer in context.consumers():
        if not may_lose(context, consumer, dead_letters):
            continue
        end = end_of(context, consumer)
        if end is None:
            continue
        if _is_plain_job(context, consumer):
            plain[consumer.site.service or ""].append(consumer)
            continue
        message, evidence, confidence = end
        channel = channel_text(consumer.site)
        handler = consumer.node.handler.frame
        related = (
            [Evidence(handler, handler.function, "this handler runs for each message")]
            if handler is not None and handler.function is not None
            else []
        )
        where = [*related, *evidence]
        found = context.finding(
            RULE,
            f"{_AS_FAR[confidence]}a message of {channel} that keeps failing ends nowhere: {message}",
            at=consumer.node,
            related=where,
            confidence=confidence,
        )
        if where and consumer.node.chain and confidence == "certain":
            place = id(where[-1].node)
            places[place] = where[-1]
            alike[_Alike("subscriptions", "", message, place=place)].append((consumer, found))
        elif consumer.site.channel_kind == "task" and not evidence and confidence == "certain":
            service = consumer.site.service or ""
            alike[_Alike("tasks", service, message, consumer.policy.retries)].append((consumer, found))
        else:
            yield found
    for service, jobs in plain.items():
        yield _of_plain_jobs(context, service, jobs)
    for what, several in alike.items():
        if len(several) < _MANY:
            yield from (found for _, found in several)
        else:
            yield _of_many_alike(context, what, [one for one, _ in several], places.get(what.place))


class _Alike(NamedTuple):
    """What consumers have in common whose failing messages end alike: the service, or the place where all of them end."""

    kind: str
    service: str
    message: str
    retries: int | None = None
    place: int = 0
    """The identity of the node where the message is let go, or of the handler."""


def _is_plain_job(context: CheckContext, consumer: Consumer) -> bool:
    """Whether a task is acknowledged before it runs and never tried again: the broker has nothing left that could be dead-lettered."""
    if consumer.site.channel_kind != "task" or consumer.policy.delivery != "at-most-once":
        return False
    return not any(event.kind == "acknowledge" for event in context.delivery_events(consumer.node))


def _of_plain_jobs(context: CheckContext, service: str, jobs: list[Consumer]) -> Finding:
    """All plain tasks of an application in one piece of information: how they are delivered is the application's choice."""
    first, *others = sorted(jobs, key=lambda one: (one.site.file, one.site.line))
    count = f"{len(jobs)} tasks are" if others else "a task is"
    return context.finding(
        RULE,
        f"{count} acknowledged before running and never tried again{' in ' + service if service else ''}: what fails is only logged",
        at=first.node,
        related=[Evidence(one.node.frame, one.node.node, f"so is {one.site.channel}") for one in others[:_SHOWN]],
        severity="info",
    )


def _of_many_alike(context: CheckContext, what: _Alike, consumers: list[Consumer], place: Evidence | None) -> Finding:
    """Many tasks of an application that are tried again and then given up alike, or many subscriptions through one wrapper, in one
    finding: it is mended in one place."""
    first, *others = sorted(consumers, key=lambda one: (one.site.file, one.site.line))
    where = f" in {what.service}" if what.service else ""
    return context.finding(
        RULE,
        f"{len(consumers)} {what.kind} that keep failing end nowhere{where}: for each, {what.message}",
        at=first.node,
        related=[
            *([place] if place is not None else []),
            *(Evidence(one.node.frame, one.node.node, f"so does {channel_text(one.site)}") for one in others[:_SHOWN]),
        ],
    )


def may_lose(context: CheckContext, consumer: Consumer, dead_letters: set[str]) -> bool:
    """Whether a consumer's failing messages may end nowhere: no store is known to keep them, and there is something to lose."""
    if not _may_fire(consumer, dead_letters) or is_for_failures(context, consumer):
        return False
    return not (only_reads(context, consumer) or loses_nothing(context, consumer) or is_only_started(context, consumer))


def _may_fire(consumer: Consumer, dead_letters: set[str]) -> bool:
    site, policy = consumer.site, consumer.policy
    if policy.dead_letter is not None or site.broker in _NO_STORE or policy.then in _NOT_LOST:
        return False
    if site.broker == "abstract" and site.channel is None:
        return False  # which service keeps the messages, and what it does with failing ones, is decided elsewhere
    if site.broker == "nats" and (policy.delivery == "at-most-once" or policy.acknowledgement == "none"):
        return False
    if reads_without_group(consumer):
        return False
    if site.channel is not None and (site.channel in dead_letters or looks_dead_lettered(site.channel)):
        return False
    if _VARIABLE_OF_DEAD.search(site.channel_template or ""):
        return False
    return policy.then != "park" or site.broker == "redis-streams"


def looks_dead_lettered(name: str) -> bool:
    """Whether a channel's name says that it holds dead letters: that is no channel that lacks them."""
    lowered = name.lower()
    return any(mark in lowered for mark in _DEAD)


def dead_letter_names(context: CheckContext) -> set[str]:
    """The channels that are declared to take the dead letters of others."""
    return {str(facts["dead_letter"]) for facts in context.graph.declared.facts.values() if facts.get("dead_letter")}


def end_of(context: CheckContext, consumer: Consumer) -> tuple[str, list[Evidence], Confidence] | None:
    """Where a failing message ends, with evidence and how sure that is; None when some store keeps it."""
    events = context.delivery_events(consumer.node)
    failing = [
        *(event for event in events if any(map(is_for_failure, event.contexts))),
        *context.surroundings.failing(consumer.node),
    ]
    keeping = [event for event in failing if may_keep(event, consumer)]
    swallowed = next(swallowed_in(context, consumer), None)
    if (
        swallowed is not None
        and not leaves_work_out(swallowed, events)
        and not any(keeps_other_work(one, swallowed.protection.attempt, events) for one in keeping)
    ):
        caught = Evidence(
            swallowed.protection.frame,
            swallowed.protection.node,
            "a failure is only logged here, and the message counts as done",
        )
        return (
            "a failure is swallowed, and the message is done with",
            [
                event_evidence(swallowed.event, "what fails here …"),
                caught,
            ],
            "likely" if doubt_about(context, consumer, swallowed) else "certain",
        )
    if keeping:
        return None
    rejected = _rejected(failing)
    if rejected is not None:
        message = "it is rejected here and no dead-letter channel takes it"
        sure = "likely" if is_called_a_store(rejected) else confidence_of_refusal(context, consumer)
        return message, [event_evidence(rejected, "rejected here")], sure
    caught_all = catch_of_everything(consumer)
    if caught_all is not None:
        if _gives_on(caught_all):
            return None
        frame = consumer.node.handler.frame
        assert frame is not None
        return _ENDS["log-and-skip"], [Evidence(frame, caught_all, "every failure ends here")], "likely"
    unlooked = acknowledged_unlooked(consumer, events)
    if unlooked is not None:
        message = "nothing looks whether it failed, and it is acknowledged all the same"
        where = [event_evidence(unlooked, "acknowledged here, failed or not")]
        return message, where, "likely" if context.is_cut(consumer.node) else confidence_by_name(consumer)
    if never_fails(consumer, events) or work_is_caught(consumer, events) or is_done_with_anyway(consumer, events):
        return None
    if goes_on_with_the_next(consumer, events):
        return None
    if is_handed_on(consumer.node.handler, consumer.node.node, events):
        return None
    final = next(filter(is_acknowledged_at_the_end, events), None)
    if final is not None and sent_on_at_the_end(final, events, consumer):
        return None
    if final is not None:
        message = "it is acknowledged at the end, whether it failed or not"
        sure = "likely" if puts_failures_away(events) else confidence_by_name(consumer)
        return message, [event_evidence(final, "acknowledged here, failed or not")], sure
    refused = _by_block(context, consumer, events)
    if refused is not None and confidence_of_refusal(context, consumer) == "likely":
        return (*refused, "likely")
    found = refused or by_library(context, consumer, failing)
    return (*found, confidence_of_end(context, consumer, events)) if found is not None else None


def _gives_on(catch: ir.Catch) -> bool:
    """Whether a catch returns a value: what failed goes on its way as something else."""
    return any(
        isinstance(inner, ir.Return) and inner.value is not None and not isinstance(inner.value, ir.Literal)
        for inner in statements_in(catch.body)
    )


def _rejected(failing: Sequence[Event]) -> Event | None:
    """Where a failed message is refused for good."""
    return next(
        (
            e
            for e in failing
            if e.kind == "acknowledge" and e.effect in ("nack", "reject", "terminate") and requeues(e) is not True
        ),
        None,
    )


def _by_block(context: CheckContext, consumer: Consumer, events: Sequence[Event]) -> tuple[str, list[Evidence]] | None:
    """What a block that acknowledges does with the message when the work inside fails; None where some of the work stands outside of it."""
    block = _acknowledging_block(context, consumer, events)
    if block is None or block.match is None:
        return None
    evidence = [Evidence(block.frame, block.node, "a failure that leaves this block refuses the message")]
    if requeues(block.match):
        return _ENDS["requeue"], evidence
    return "it is refused when the block is left, and no dead-letter channel takes it", evidence


def _acknowledging_block(context: CheckContext, consumer: Consumer, events: Sequence[Event]) -> Context | None:
    """The block around all that a handler does; where nothing of that is known, the one that is all of its body."""
    work = [event for event in events if event.kind in ("call", "publish") or lasts(event)]
    around = [next((one for one in event.contexts if one.kind == "acknowledged"), None) for event in work]
    if around:
        alike = {id(one.node) if one is not None else 0 for one in around}
        return around[0] if len(alike) == 1 else None
    handler = consumer.node.handler
    blocks = [statement for statement in handler.body if isinstance(statement, ir.With)]
    if handler.frame is None or len(blocks) != 1:
        return None
    opened = context.tracer.scopes_of(blocks[0], handler.frame)
    return next((one for one in opened if one.kind == "acknowledged"), None)


def by_library(
    context: CheckContext, consumer: Consumer, failing: Sequence[Event]
) -> tuple[str, list[Evidence]] | None:
    """What the library, or the broker, does in the end."""
    site, policy = consumer.site, consumer.policy
    if site.interaction == "request":
        return _unheard(context, consumer) if policy.then == "reply-error" else None
    if site.broker == "nats" and (policy.max_deliveries is not None or (policy.retries or -1) > 0):
        return None  # after the last delivery the stream still holds the message
    if policy.then == "redeliver" and templates_of(context, consumer).redriven:
        return None  # of this queue, or of one that the templates do not name as the code does
    if policy.then == "park" and any(context.graph.program.calls.get(name) for name in _COUNTING):
        return None
    again = next(
        (e for e in failing if e.kind == "acknowledge" and e.effect in ("nack", "reject") and requeues(e)), None
    )
    if again is not None and policy.max_deliveries is None and site.channel_kind != "task":  # tasks count their retries
        return "it goes back to the queue without end", [event_evidence(again, "given back here")]
    if policy.then == "redeliver" and is_soon_let_go_of(policy):
        return "it is delivered again until the queue lets go of it", []
    return _ENDS.get(policy.then, "nothing keeps it"), []


def _unheard(context: CheckContext, consumer: Consumer) -> tuple[str, list[Evidence]] | None:
    """For a request: every caller lets the reply go, so that nobody learns of the failure."""
    callers = [context.graph.by_id[one] for one in context.graph.senders.get(consumer.site.id, ())]
    if not callers or not all(unawaited_publish.is_unheard(context, node) for node, _ in callers):
        return None
    node, _ = callers[0]
    return "only a reply tells of it, and whoever sends the request does not listen", [
        Evidence(node.frame, node.node, "sent here without looking at the reply")
    ]


RULE = Rule(
    "no-dead-letter-queue",
    "error",
    "Send what keeps failing to a dead-letter channel.",
    _run,
    needs_setup=True,
    sums_up=True,
)
