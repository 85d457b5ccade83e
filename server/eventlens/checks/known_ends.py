"""How sure it is where a failing message ends: what is declared, set or done elsewhere may keep it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from eventlens import ir
from eventlens.behaviour import failures
from eventlens.behaviour.error_operators import tells_of_failures
from eventlens.behaviour.events import Event, events_inside, is_outside_effect, is_write
from eventlens.behaviour.failing_results import on_failing_results
from eventlens.behaviour.policies import QueueTemplates, queue_templates, template_texts
from eventlens.behaviour.protections import protections
from eventlens.behaviour.wrapped_handlers import is_wrapped
from eventlens.checks.context import CheckContext, Consumer
from eventlens.checks.done_with import caught_by
from eventlens.flow import conditions
from eventlens.flow.linking import keys_of, told_apart
from eventlens.flow.model import Confidence
from eventlens.flow.module_index import last_name
from eventlens.flow.walk import statements_in, values_in, values_of
from eventlens.knowledge.schema import Subscribe

_ELSEWHERE = frozenset(("sqs", "google-pubsub"))
"""Brokers whose dead-letter policies stand in infrastructure, which may be of another repository."""
_KEEPING = frozenset(("jms",))
"""Brokers that count how often they deliver a message and keep one that is given back too often, unless they are told otherwise."""
_DOES = frozenset(("call", "publish", "send", "acknowledge"))
"""Kinds of events that say that a handler does something."""
_ACKNOWLEDGING = frozenset(
    ("ack", "acknowledge", "basic_ack", "nack", "reject", "requeue", "basic_nack", "basic_reject")
)
_ERROR = re.compile(r"(?i)^err(or)?s?$|[a-z_]err(or)?s?$")
"""How values are called that say what failed."""


def confidence_of_end(context: CheckContext, consumer: Consumer, events: Sequence[Event]) -> Confidence:
    """How sure it is what the library does in the end: not without the handler, nor where the queue is declared elsewhere."""
    if consumer.node.handler.frame is None or not any(map(_does_something, events)):
        return "likely"
    if not any(event.kind == "acknowledge" for event in events) and acknowledges_by_name(consumer):
        return "likely"
    if _is_acknowledged_elsewhere(consumer, events) or failure_channels(context, consumer):
        return "likely"
    if puts_failures_away(events):
        return "likely"
    if _is_kept_elsewhere(consumer) or context.surroundings.may_keep(consumer.node):
        return "likely"
    if (
        consumer.policy.then_is_open
        or context.is_cut(consumer.node)
        or tells_of_failures(consumer.node.handler, events)
    ):
        return "likely"
    keeping = [event for event in events if may_keep(event, consumer)]
    if any(on_failing_results(keeping, events)) or _is_handled(events):
        return "likely"
    if is_wrapped(context.graph.evaluator, consumer.node, events):
        return "likely"
    if consumer.site.broker in _ELSEWHERE and not _is_declared(context, consumer):
        return "likely"
    if consumer.site.broker in _KEEPING and consumer.policy.then == "redeliver":
        return "likely"
    return confidence_by_name(consumer)


def _is_acknowledged_elsewhere(consumer: Consumer, events: Sequence[Event]) -> bool:
    """Whether the code has to acknowledge, and was not seen to, around a handler that lets no failure out: the library learns of none."""
    if consumer.policy.acknowledgement != "manual" or caught_by(consumer.node.handler.frame) is None:
        return False
    return not any(
        event.kind == "acknowledge" or any(one.kind == "acknowledged" for one in event.contexts) for event in events
    )


_FOR_FAILURES = re.compile(r"(?i)[-_.:/]?(errors?|retry|retries|fail(ed|ures?)?|invalid|rejected|parked)[-_.:/]?\d*$")
"""How the name of a channel ends that takes what another one's consumers could not handle."""


def failure_channels(context: CheckContext, consumer: Consumer) -> frozenset[str]:
    """The channels that are called like a consumer's own, for what failed (``orders-error`` of ``orders`` and of ``orders-retry``): something in
    the workspace publishes to them, or handles them, on ways that were not followed."""
    own = without_failure(consumer.site.channel or "")
    named = context.shared.get("channels for failures")
    if named is None:
        named = context.shared["channels for failures"] = _named_for_failures(context)
    found: frozenset[str] = named.get((consumer.site.broker, own), frozenset())
    return found - {consumer.site.channel or ""} if own else frozenset()


def is_for_failures(context: CheckContext, consumer: Consumer) -> bool:
    """Whether a consumer's channel is called like that for what another one, which the workspace names, could not handle, and not for another try."""
    name = consumer.site.channel or ""
    ending = _FOR_FAILURES.search(name)
    if ending is None or ending[1].lower().startswith("retr"):
        return False
    return any(
        site.channel == without_failure(name) and site.broker == consumer.site.broker for _, site in context.graph.nodes
    )


def _named_for_failures(context: CheckContext) -> dict[tuple[str, str], frozenset[str]]:
    found: dict[tuple[str, str], set[str]] = {}
    for _, site in context.graph.nodes:
        for name in site.channels:
            if _FOR_FAILURES.search(name):
                found.setdefault((site.broker, without_failure(name)), set()).add(name)
    return {key: frozenset(names) for key, names in found.items()}


def without_failure(name: str) -> str:
    """A channel's name without what says that it is for failures."""
    return _FOR_FAILURES.sub("", name)


def confidence_of_refusal(context: CheckContext, consumer: Consumer) -> Confidence:
    """How sure it is that nothing takes what is refused: who declares a queue of RabbitMQ gives it its dead-letter exchange, and that may be
    done elsewhere."""
    if consumer.site.broker == "rabbitmq" and not _is_declared(context, consumer):
        return "likely"
    return confidence_by_name(consumer)


def confidence_by_name(consumer: Consumer) -> Confidence:
    """What is declared about a channel is known by its name only."""
    return "certain" if consumer.site.channel is not None else "likely"


def _is_handled(events: Sequence[Event]) -> bool:
    """Whether a catch of everything around some of the work does something about a failure, and does not just refuse the message: what it
    does may be to keep it (``job.setState(FAILED)``, and the job is saved below)."""
    work = [event for event in events if is_write(event) or is_outside_effect(event)]
    return any(
        failures.outcome(caught, events) == "handled"
        and not any(one.kind in ("acknowledge", "publish") for one in events_inside(events, caught.node))
        for event in work
        if not any(map(failures.is_for_failure, event.contexts))
        for caught in protections(event)
    )


def may_keep(event: Event, consumer: Consumer) -> bool:
    """Whether something may keep a message: a publish elsewhere or a row."""
    if event.kind == "publish" and event.site is not None:
        sent = told_apart(event.site)
        return bool(sent - told_apart(consumer.node)) or not sent
    return is_write(event) or (event.kind == "acknowledge" and event.effect == "dead-letter")


def keeps_other_work(keeping: Event, swallowed: ir.Try | None, events: Sequence[Event]) -> bool:
    """Whether a message is kept although the failures of one attempt are swallowed: where a test, and no catch, finds that there was an error,
    and so whatever failed before ends there, or in a catch around other work."""
    if any(context.kind != "catch" and failures.is_for_failure(context) for context in keeping.contexts):
        return True
    caught = keeping.within("catch")
    if caught is None or caught.outer is None or swallowed is None:
        return False
    return any(
        (is_write(event) or is_outside_effect(event))
        and any(one.kind == "try" and one.node is caught.outer for one in event.contexts)
        and not any(one.node is swallowed for one in event.contexts)
        for event in events_inside(events, caught.outer)
    )


def sent_on_at_the_end(final: Event, events: Sequence[Event], consumer: Consumer) -> bool:
    """Whether the ``finally`` that acknowledges a message sends it on, or writes down what became of it, in any case."""
    end = final.within("finally")
    return any(
        may_keep(one, consumer)
        and (around := one.within("finally")) is not None
        and end is not None
        and around.node is end.node
        for one in events
    )


_STORE = re.compile(r"(?i)stash|dead_?letter|dl[qxt](?![a-z])|park|poison|quarantine|graveyard")


def puts_failures_away(events: Sequence[Event]) -> bool:
    """Whether the handling publishes somewhere to what is called a place for dead letters: whether what keeps failing gets there was not seen."""
    sent = [event for event in events if event.kind == "publish" and event.site is not None]
    return any(is_called_a_store(event) or any(map(_STORE.search, _names_of(event))) for event in sent)


def _names_of(publish: Event) -> Iterator[str]:
    """How the channels of a publish are called, and what its call, and the library's, is made on and given."""
    if publish.site is None:
        return
    yield from (name.text for name in publish.site.channel.names)
    for call in (publish.node, publish.site.match.place.call):
        if isinstance(call, ir.Call):
            yield from (one.name for one in values_in(call) if isinstance(one, ir.Name | ir.Member))


def is_called_a_store(refusal: Event) -> bool:
    """Whether a function that lets go of a message says by its name that the message is kept: the broker may be told so elsewhere."""
    frames = (refusal.frame, *(step.callee for step in refusal.chain))
    return any(one.function is not None and _STORE.search(one.function.name) for one in frames)


def _does_something(event: Event) -> bool:
    """Whether an event says that a handler does something; what is asked about an error does not."""
    if event.kind != "call" or not isinstance(event.node, ir.Call) or not event.node.args:
        return event.kind in _DOES or lasts(event)
    return not all(_ERROR.search(last_name(argument.value)) for argument in event.node.args)


def _is_kept_elsewhere(consumer: Consumer) -> bool:
    """Whether a broker that only a configuration names may keep what fails."""
    node, entry = consumer.node, consumer.node.match.entry
    said = entry.dead_letter if isinstance(entry, Subscribe) else None
    return said is not None and said.elsewhere and conditions.hold_at(node.place, said.when, node.channel.broker)


def _is_declared(context: CheckContext, consumer: Consumer) -> bool:
    return (
        any(key in context.graph.declared.places for key in keys_of(consumer.node))
        or templates_of(context, consumer).declared
    )


def templates_of(context: CheckContext, consumer: Consumer) -> QueueTemplates:
    """What infrastructure templates say about the queue of a consumer."""
    key = f"queue templates {consumer.site.broker}"
    texts = context.shared.get(key)
    if texts is None:
        texts = context.shared[key] = template_texts(context.graph.program.workspace, consumer.site.broker)
    return queue_templates(texts, consumer.site.channel)


def lasts(event: Event) -> bool:
    """Whether an effect is more than logging, reading and what a cache holds."""
    return (
        event.kind == "effect"
        and event.store != "cache"
        and event.effect not in ("log", "read", "cache-read", "external-read", "cache-write", "parse", "schedule")
    )


def acknowledges_by_name(consumer: Consumer) -> bool:
    """Whether the handler calls something that is called like an acknowledgement, on a value that no model knows."""
    function = consumer.node.handler.frame.function if consumer.node.handler.frame is not None else None
    return any(
        isinstance(inner, ir.Call) and last_name(inner.callee) in _ACKNOWLEDGING
        for statement in statements_in(function.body or () if function is not None else ())
        for value in values_of(statement)
        for inner in values_in(value)
    )
