"""circular-flow: following publish → handler → publish comes back to the start."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from eventlens import ir
from eventlens.behaviour.events import Context, Event, is_write
from eventlens.checks.asked_channels import is_for
from eventlens.checks.context import CheckContext, Consumer, Evidence, Rule, event_evidence
from eventlens.checks.telling import is_log_entry
from eventlens.flow.model import Finding, Site
from eventlens.flow.walk import values_in

MAX_LENGTH = 6
_JOBS = frozenset(("celery", "bullmq"))
"""Brokers of job queues: a job that enqueues itself goes through a long list in portions."""
_ENDING = re.compile(
    r"status|state|hops?\b|attempt|retr(y|ies)|depth|ttl|type|kind|event|action|source|origin|version|done|processed|complete|exists|final|suffix|endswith|startswith|redeliver",
    re.IGNORECASE,
)


class _Edge(NamedTuple):
    """A handler publishes something that another subscription (or its own) receives."""

    consumer: Consumer
    publish: Event
    site: Site
    target: str
    around: tuple[Context, ...]
    """What stands around the publish, also in the functions that its call enters."""

    @property
    def channel(self) -> str:
        return self.site.channel or "?"


def _run(context: CheckContext) -> Iterator[Finding]:
    consumers = {consumer.site.id: consumer for consumer in context.consumers()}
    edges = _edges(context, consumers)
    ranks = {identity: rank for rank, identity in enumerate(consumers)}
    seen: set[frozenset[str]] = set()
    for start in consumers:
        for cycle in _cycles(start, edges, ranks):
            members = frozenset(edge.consumer.site.id for edge in cycle)
            if members in seen or not _hangs_together(context, cycle):
                continue
            seen.add(members)
            finding = None if _works_off(cycle, edges, consumers) else _judge(context, cycle)
            if finding is not None:
                yield finding


def _edges(context: CheckContext, consumers: dict[str, Consumer]) -> dict[str, list[_Edge]]:
    edges: dict[str, list[_Edge]] = defaultdict(list)
    for identity, consumer in consumers.items():
        for event in consumer.events:
            site = context.site_of.get(id(event.site)) if event.kind == "publish" and event.site is not None else None
            if site is None or site.interaction == "reply" or is_log_entry(event) or _precedes_it(event, consumer):
                continue
            targets = [one for one in context.graph.takers.get(site.id, ()) if one in consumers]
            reached = [one for one in targets if _is_known_to_reach(site, consumers[one].site)]
            around = _around(context, event) if reached else ()
            edges[identity].extend(_Edge(consumer, event, site, target, around) for target in reached)
    return edges


def _around(context: CheckContext, publish: Event) -> tuple[Context, ...]:
    site = publish.site
    if site is None or site.inner is None or not site.chain:
        return publish.contexts
    inside = context.tracer.trace(site.chain[-1].callee.frame)
    inner = next((one for one in inside if one.node is site.inner.node), None)
    return publish.contexts if inner is None else (*publish.contexts, *inner.contexts)


def _is_known_to_reach(sent: Site, taken: Site) -> bool:
    """Whether two sites surely share a channel: where a part of the name is open, both leave open the same."""
    return "*" not in (sent.channel or "*") or sent.channel_template == taken.channel_template


def _hangs_together(context: CheckContext, cycle: list[_Edge]) -> bool:
    """Whether each handler publishes on for what the one before it sends, and not only for what comes by another channel."""
    return all(
        is_for(context, after.around, before.site) for before, after in zip(cycle[-1:] + cycle[:-1], cycle, strict=True)
    )


def _precedes_it(publish: Event, consumer: Consumer) -> bool:
    """Whether a function publishes before it asks for messages itself, and in no loop around both."""
    asking, frame = consumer.node.node, consumer.node.frame
    if consumer.node.handler.frame is not frame:
        return False
    levels = [*((one.call, one.frame) for one in publish.chain), (publish.node, publish.frame)]
    before = next((node for node, scope in levels if scope is frame), None)
    return (
        before is not None
        and before.end <= asking.start
        and not any(
            one.kind == "loop" and one.node.start <= asking.start and asking.end <= one.node.end
            for one in publish.contexts
        )
    )


def _cycles(start: str, edges: dict[str, list[_Edge]], ranks: dict[str, int]) -> Iterator[list[_Edge]]:
    """Shortest cycles through ``start``, each found from that of its subscriptions only that comes first."""
    stack: list[tuple[str, list[_Edge]]] = [(start, [])]
    while stack:
        current, path = stack.pop()
        for edge in edges.get(current, ()):
            if edge.target == start:
                yield [*path, edge]
            elif (
                ranks[edge.target] > ranks[start]
                and len(path) + 1 < MAX_LENGTH
                and all(edge.target != one.consumer.site.id for one in path)
            ):
                stack.append((edge.target, [*path, edge]))


def _works_off(cycle: list[_Edge], edges: dict[str, list[_Edge]], consumers: dict[str, Consumer]) -> bool:
    """Whether jobs go round, in some branch, that remove rows on each round, or have another job remove them: there is an end to these."""
    if any(one.consumer.site.broker not in _JOBS for one in cycle) or not any(map(_condition, cycle)):
        return False
    members = {one.consumer.site.id for one in cycle}
    return any(
        _removes(one.consumer.events, before=one.publish)
        or any(
            _removes(consumers[other.target].events)
            for other in edges[one.consumer.site.id]
            if other.target not in members and other.publish.contexts == one.publish.contexts
        )
        for one in cycle
    )


def _removes(events: Sequence[Event], before: Event | None = None) -> bool:
    return any(
        is_write(one) and one.effect == "delete" and (before is None or one.order < before.order) for one in events
    )


def _judge(context: CheckContext, cycle: list[_Edge]) -> Finding | None:
    doubts = [_condition(edge) for edge in cycle]
    if any(doubt == "ends" for doubt in doubts):
        return None
    conditional = any(doubt == "branch" for doubt in doubts)
    first = min(cycle, key=lambda edge: (edge.publish.frame.module.path, edge.publish.node.start))
    cycle = [*cycle[cycle.index(first) :], *cycle[: cycle.index(first)]]
    names: list[str] = []
    for edge in cycle:
        names.append(edge.consumer.site.service or edge.consumer.site.file)
        names.append(edge.channel)
    spelled = " → ".join([*names, names[0]])
    related = [event_evidence(edge.publish, f"{edge.channel} is published here") for edge in cycle if edge is not first]
    related.extend(
        Evidence(edge.consumer.node.frame, edge.consumer.node.node, f"{edge.consumer.site.channel} is consumed here")
        for edge in cycle
    )
    message = f"messages go round in a circle: {spelled}" + ("; only a branch can end it" if conditional else "")
    return context.finding(
        RULE, message, at=first.publish.site, related=related, severity="warning" if conditional else "error"
    )


def _condition(edge: _Edge) -> str:
    """Whether the publish always happens (""), in some branch ("branch"), or under a guard that ends the circle ("ends")."""
    conditional = ""
    for one in edge.publish.contexts:
        if one.kind in ("then", "orelse") and isinstance(one.node, ir.Branch):
            conditional = "branch"
            if _is_guard(one.node.condition) or _asks_store(edge, one.node.condition) or _asks_what_is_left(edge, one):
                return "ends"
        elif one.kind == "catch":
            conditional = conditional or "branch"
    for event in edge.consumer.events:
        if event.order >= edge.publish.order:
            break
        if event.kind in ("return", "jump", "throw"):
            guard = _innermost_branch(event)
            if guard is not None and _asks_what_is_left(edge, guard):
                return "ends"
            if (
                guard is not None
                and not (isinstance(guard.node, ir.Branch) and _is_absence(guard.node.condition))
                and not any(one.node is guard.node and one.kind == guard.kind for one in edge.publish.contexts)
            ):
                conditional = conditional or "branch"
                if isinstance(guard.node, ir.Branch) and (
                    _is_guard(guard.node.condition) or _asks_store(edge, guard.node.condition)
                ):
                    return "ends"
    return conditional


def _is_absence(condition: ir.Value) -> bool:
    """Whether a condition only says that there is no message (null, a poll that timed out, an error of the broker)."""
    if isinstance(condition, ir.Operation):
        if condition.operator in ("or", "and"):
            return all(_is_absence(operand) for operand in condition.operands)
        if condition.operator == "not":
            return isinstance(condition.operands[0], ir.Name)
        return condition.operator in ("==", "is") and any(
            isinstance(operand, ir.Literal) and operand.value is None for operand in condition.operands
        )
    if isinstance(condition, ir.Choice):
        return all(_is_absence(option) for option in condition.options)
    return (
        isinstance(condition, ir.Call)
        and isinstance(condition.callee, ir.Member)
        and condition.callee.name in ("error", "err")
    )


def _asks_store(edge: _Edge, condition: ir.Value) -> bool:
    """Whether a condition looks at what a write reported (how many rows changed): the second time round nothing changes."""
    results = {
        word.removeprefix("assigned:")
        for event in edge.consumer.events
        if is_write(event) and event.order < edge.publish.order
        for word in event.usage
        if word.startswith("assigned:")
    }
    return any(isinstance(value, ir.Name | ir.Member) and value.name in results for value in values_in(condition))


def _asks_what_is_left(edge: _Edge, one: Context) -> bool:
    """Whether a job that puts itself into its queue again looks at what is still to do: at more than the parameters that it hands on unchanged."""
    if (
        edge.target != edge.consumer.site.id
        or edge.consumer.site.broker not in _JOBS
        or not isinstance(one.node, ir.Branch)
    ):
        return False
    call = edge.publish.node
    if one.frame is not edge.publish.frame or not isinstance(call, ir.Call):
        return False
    known = one.frame.definitions
    handed_on = {argument.value.name for argument in call.args if isinstance(argument.value, ir.Name)}
    handed_on = {
        name for name in handed_on if all(definition.kind == "parameter" for definition in known.get(name, ()))
    }
    return any(
        isinstance(value, ir.Name) and value.name in known and value.name not in handed_on
        for value in values_in(one.node.condition)
    )


def _innermost_branch(event: Event) -> Context | None:
    return next((one for one in reversed(event.contexts) if one.kind in ("then", "orelse")), None)


def _is_guard(condition: ir.Value) -> bool:
    """Whether a condition looks at something that changes on the way: a status, a counter, the kind of message."""
    for value in values_in(condition):
        name = value.name if isinstance(value, ir.Name | ir.Member) else ""
        if name and _ENDING.search(name):
            return True
    return False


RULE = Rule(
    "circular-flow",
    "error",
    "End the circle by a status check or a hop counter, or let a coordinator own the process.",
    _run,
    needs_all_sites=True,
)
