"""missing-retry-policy: a failure that would pass by itself sends the message to the dead letters at once: nothing tries again."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence

from eventlens import ir
from eventlens.behaviour import failures
from eventlens.behaviour.events import Event, is_outside_effect, is_write
from eventlens.behaviour.protections import protections
from eventlens.checks.context import CheckContext, Consumer, Evidence, Rule, channel_text, event_evidence
from eventlens.flow.model import Finding
from eventlens.flow.module_index import decorator_name, last_name
from eventlens.flow.scopes import Frame
from eventlens.flow.walk import values_in
from eventlens.knowledge.schema import Publish

_TRIES_AGAIN = re.compile(
    r"(?i)retr(y|ies)|re_?try|back_?off|attempt|resilien|polly|tenacity|redeliver|execution_?strategy|circuit"
)
"""In the names of what tries something again, or leaves it alone until it works."""
_SET_UP = (
    "UseMessageRetry", "UseRetry", "UseDelayedRedelivery", "UseScheduledRedelivery", "UseDelayedMessageScheduler",
    "maximumRedeliveries", "setMaximumRedeliveries", "redeliveryPolicy", "retryAttemptedLogLevel", "withRetry", "AddResilience",
)  # fmt: skip
"""Calls by which a library is told to try again: where one is, it may be about consumers that were not seen to be meant."""
_STORES_RETRY = ("EnableRetryOnFailure", "CreateExecutionStrategy")
_CALLS_RETRY = (
    "AddStandardResilienceHandler", "AddResilienceHandler", "AddPolicyHandler", "AddTransientHttpErrorPolicy", "axiosRetry", "HTTPAdapter",
    "AsyncHTTPTransport", "SetRetryCount", "retryablehttp",
)  # fmt: skip
"""Calls by which what talks to a database, or calls others, is told to try again by itself."""
_BUS = {
    "masstransit": ("AddMassTransit", "UsingRabbitMq", "UsingAzureServiceBus", "UsingAmazonSqs", "CreateUsingRabbitMq")
}
"""Libraries that are told for all consumers together whether to try again, and the calls that set them up: where none is seen, nor is that."""
_REDELIVERING = frozenset(("pulsar",))
"""Brokers that deliver a message again by themselves before it is a dead letter."""
_SHOWN = 5
_MANY = 5
"""How many consumers of a service that a library treats alike make one finding instead of one each."""


def _run(context: CheckContext) -> Iterator[Finding]:
    together: dict[tuple[str, str], list[tuple[Consumer, Event]]] = defaultdict(list)
    for consumer in context.consumers():
        if consumer.policy.delivery == "at-most-once" or consumer.site.interaction == "request":
            continue
        by_library = gives_up_at_once(context, consumer)
        if not by_library and not (consumer.policy.max_deliveries == 1 and consumer.policy.dead_letter is not None):
            continue
        failing = _may_pass(context, consumer)
        if failing is None:
            continue
        if by_library:
            together[consumer.site.service or "", consumer.node.match.library].append((consumer, failing))
        else:
            yield _of_one(context, consumer, failing, "the queue delivers it once")
    for (service, library), found in together.items():
        if len(found) < _MANY:
            yield from (_of_one(context, consumer, failing, _ONCE) for consumer, failing in found)
        else:
            yield _of_many(context, service, library, found)


def gives_up_at_once(context: CheckContext, consumer: Consumer) -> bool:
    """Whether the library puts a message away that failed once, as far as its settings are seen."""
    policy = consumer.policy
    if policy.then != "dead-letter" or policy.retries != 0 or policy.then_is_open or (policy.max_deliveries or 1) > 1:
        return False
    if consumer.site.broker in _REDELIVERING:
        return False
    calls, bus = context.graph.program.calls, _BUS.get(consumer.node.match.library, ())
    if bus and not any(calls.get(name) for name in bus):
        return False
    return not any(calls.get(name) for name in _SET_UP)


def _may_pass(context: CheckContext, consumer: Consumer) -> Event | None:
    """What a handler does that may well work a little later, and whose failure leaves it, where nothing in it tries again."""
    events = context.delivery_events(consumer.node)
    frame = consumer.node.handler.frame
    if (
        frame is None
        or context.is_cut(consumer.node)
        or any(map(_answers, events))
        or any(map(_tries_again, _frames(frame, events)))
    ):
        return None
    calls = context.graph.program.calls
    stores, others = (any(calls.get(name) for name in names) for names in (_STORES_RETRY, _CALLS_RETRY))
    return next((one for one in events if _depends_on_others(one, stores, others) and _leaves(one, events)), None)


def _answers(event: Event) -> bool:
    """Whether a handler answers whoever sent the message, who then hears of a failure."""
    entry = event.site.match.entry if event.kind == "publish" and event.site is not None else None
    return isinstance(entry, Publish) and entry.interaction == "reply"


def _depends_on_others(event: Event, stores_retry: bool, calls_retry: bool) -> bool:
    """Whether something is done that others may refuse for a while, and that does not try again by itself."""
    if any(map(failures.is_for_failure, event.contexts)) or any(one.kind == "deferred" for one in event.contexts):
        return False
    if is_write(event):
        return not stores_retry
    return not calls_retry and (is_outside_effect(event) or event.effect == "external-read")


def _leaves(event: Event, events: Sequence[Event]) -> bool:
    return all(failures.outcome(one, events) == "rethrown" for one in protections(event))


def _frames(handler: Frame, events: Sequence[Event]) -> Iterator[Frame]:
    known: set[int] = set()
    for frame in (handler, *(step.callee for one in events for step in one.chain), *(one.frame for one in events)):
        if id(frame) not in known:
            known.add(id(frame))
            yield frame


def _tries_again(frame: Frame) -> bool:
    """Whether a function, by its name, its decorators or what it calls, tries something again."""
    function = frame.function
    names = [function.name, *map(decorator_name, function.decorators)] if function is not None else []
    names += frame.definitions
    if frame.cls is not None:
        names += [decorator_name(one) for one in frame.cls.definition.decorators]
    for call in frame.calls:
        names += [one.name for one in values_in(call.callee) if isinstance(one, ir.Name | ir.Member)]
        names.append(last_name(call.callee))
    return any(_TRIES_AGAIN.search(name or "") for name in names)


# ----------------------------------------------------------------------------------------------------------- reporting


_ONCE = "the library puts away what failed once"


def _of_one(context: CheckContext, consumer: Consumer, failing: Event, why: str) -> Finding:
    return context.finding(
        RULE,
        f"a failure that would pass by itself sends a message of {channel_text(consumer.site)} to the dead letters: {why}, and nothing tries again",
        at=consumer.node,
        related=[event_evidence(failing, "this may fail and work a little later")],
    )


def _of_many(context: CheckContext, service: str, library: str, found: Sequence[tuple[Consumer, Event]]) -> Finding:
    """One finding for many consumers of a service: its settings tell the library whether to try again."""
    (first, failing), *others = sorted(found, key=lambda one: (one[0].site.file, one[0].site.line))
    where = f" in {service}" if service else ""
    return context.finding(
        RULE,
        f"{len(found)} consumers of {library}{where}: a failure that would pass by itself sends their messages to the dead letters: {_ONCE}, and nothing"
        " tries again",
        at=first.node,
        related=[
            event_evidence(failing, "this may fail and work a little later"),
            *(
                Evidence(one.node.frame, one.node.node, f"so with {channel_text(one.site)}")
                for one, _ in others[:_SHOWN]
            ),
        ],
    )


RULE = Rule(
    "missing-retry-policy",
    "warning",
    "Try again a few times, with growing pauses, before the message is put away.",
    _run,
    needs_setup=True,
    sums_up=True,
)
