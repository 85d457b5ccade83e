"""Consumers that have nothing to lose: nobody keeps how far they came, or all that they change is memory of the running program."""

from __future__ import annotations

from collections import defaultdict

from eventlens import ir
from eventlens.behaviour.completion import POSITIVE
from eventlens.behaviour.paths import named_function
from eventlens.checks.context import CheckContext, Consumer
from eventlens.checks.fresh_groups import has_fresh_group
from eventlens.checks.known_ends import acknowledges_by_name, lasts
from eventlens.flow.module_index import last_name
from eventlens.flow.scopes import Frame
from eventlens.flow.site_node import SiteNode
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
    """Whether a task is given nothing, and no code sends it but what is only started, too: a clock starts it, or somebody by hand, and so will they
    the next time. What could be kept of a run that failed says no more than that it ran. One that nothing sends may have parameters that it does
    without: the clock's settings fix them."""
    return consumer.site.id in _only_started(context)


def _only_started(context: CheckContext) -> frozenset[str]:
    """The subscriptions of the tasks that are given nothing, and that nothing sends, or only tasks like that, which hand the work on."""
    found: frozenset[str] | None = context.shared.get("tasks that are only started")
    if found is None:
        found = context.shared["tasks that are only started"] = _find_only_started(context)
    return found


def _find_only_started(context: CheckContext) -> frozenset[str]:
    senders: dict[str, list[SiteNode]] = defaultdict(list)
    for flow in context.graph.flows:
        if flow.publish in context.graph.by_id:
            senders[flow.subscribe].append(context.graph.by_id[flow.publish][0])
    given_nothing = {
        site.id: node.handler.frame
        for node, site in context.graph.nodes
        if site.role == "subscribe"
        and site.channel_kind == "task"
        and _takes_nothing(node.handler.frame, or_has_defaults=not senders[site.id])
    }
    clocked = {id(frame) for task, frame in given_nothing.items() if not senders[task]}
    return frozenset(
        task for task in given_nothing if all(id(named_function(sender.frame)) in clocked for sender in senders[task])
    )


def _takes_nothing(handler: Frame | None, or_has_defaults: bool) -> bool:
    """Whether a task has no parameters; ``or_has_defaults``: or none that it needs."""
    function = handler.function if handler is not None else None
    return function is not None and not [
        one
        for one in function.parameters
        if one.name not in ("self", "cls") and not (or_has_defaults and one.default is not None)
    ]


def _never_looks_at_it(consumer: Consumer) -> bool:
    """Whether a handler reads none of what it is given: its message says no more than that it came."""
    frame = consumer.node.handler.frame
    function = frame.function if frame is not None else None
    if consumer.node.handler.loop is not None or function is None or not function.parameters or function.body is None:
        return False
    if any(one.pattern is not None or not one.name for one in function.parameters):
        return False
    return not reads_any(function.body, {one.name for one in function.parameters})
