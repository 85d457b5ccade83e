"""Consumers that have nothing to lose: nobody keeps how far they came, or all that they change is memory of the running program."""

from __future__ import annotations

from eventlens import ir
from eventlens.behaviour.completion import POSITIVE
from eventlens.behaviour.paths import named_function
from eventlens.checks.context import CheckContext, Consumer, has_fresh_group
from eventlens.checks.known_ends import acknowledges_by_name, lasts
from eventlens.flow.program import last_name
from eventlens.flow.walk import reads_any


def reads_without_group(consumer: Consumer) -> bool:
    """Whether a Redis stream is read from an id that the program holds: nothing is pending, so nothing comes again."""
    call = consumer.node.node
    by_id = isinstance(call, ir.Call) and last_name(call.callee).lower() == "xread"
    return consumer.site.broker == "redis-streams" and (by_id or consumer.policy.acknowledgement == "none")


def only_reads(context: CheckContext, consumer: Consumer) -> bool:
    """Whether a log is read from a place that the code chooses, or without ever moving a position: nothing is done with for good."""
    handler = consumer.node.handler
    polling = handler.loop_frame
    asking = consumer.node.frame if handler.frame is None else polling
    if consumer.site.broker != "kafka" or asking is None:
        return False
    if any(
        one.kind == "acknowledge" and one.effect == "seek" and one.within("catch") is None
        for frame in (asking, named_function(consumer.node.frame))
        for one in context.tracer.trace(frame)
    ):
        return True
    if polling is None or consumer.policy.acknowledgement not in ("manual", "none"):
        return False
    events = context.delivery_events(consumer.node)
    return not any(one.kind == "acknowledge" and one.effect in POSITIVE for one in events)


def loses_nothing(context: CheckContext, consumer: Consumer) -> bool:
    """Whether nothing is left to lose: nobody keeps a position, or the message is done with and only memory of the running program changes."""
    if has_fresh_group(consumer):
        return True
    if consumer.node.handler.frame is None:
        return False
    events = context.delivery_events(consumer.node)
    if any(event.kind == "publish" or (lasts(event) and event.effect != "sleep") for event in events):
        return False
    if consumer.policy.acknowledgement == "auto-before" or _never_looks_at_it(consumer):
        return True
    if any(event.kind in ("call", "throw") for event in events):
        return False
    given_back = any(event.kind == "acknowledge" and event.effect not in POSITIVE for event in events)
    acknowledged = any(event.kind == "acknowledge" and event.effect in POSITIVE for event in events)
    return not given_back and (acknowledged or acknowledges_by_name(consumer))


def is_only_started(context: CheckContext, consumer: Consumer) -> bool:
    """Whether a task is given nothing, and no code sends it: a clock starts it, or somebody by hand, and so will they the next time. What could be
    kept of a run that failed says no more than that it ran."""
    frame = consumer.node.handler.frame
    function = frame.function if frame is not None else None
    if consumer.site.channel_kind != "task" or function is None:
        return False
    given = [one for one in function.parameters if one.name not in ("self", "cls")]
    return not given and consumer.site.id not in _sent_tasks(context)


def _sent_tasks(context: CheckContext) -> frozenset[str]:
    """The subscriptions that some publish reaches."""
    found: frozenset[str] | None = context.shared.get("subscriptions that are sent to")
    if found is None:
        found = context.shared["subscriptions that are sent to"] = frozenset(
            flow.subscribe for flow in context.graph.flows
        )
    return found


def _never_looks_at_it(consumer: Consumer) -> bool:
    """Whether a handler reads none of what it is given: its message says no more than that it came."""
    frame = consumer.node.handler.frame
    function = frame.function if frame is not None else None
    if consumer.node.handler.loop is not None or function is None or not function.parameters or function.body is None:
        return False
    if any(one.pattern is not None or not one.name for one in function.parameters):
        return False
    return not reads_any(function.body, {one.name for one in function.parameters})
