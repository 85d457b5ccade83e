"""What a second delivery does about a message that was owed: where all of an operation is the handling of one that comes again when the
process ends, the write and the publish come again with it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Literal

from eventlens import ir
from eventlens.behaviour.completion import completing, is_acknowledged_before
from eventlens.behaviour.events import CallStep, Event, is_write
from eventlens.behaviour.failures import outcome
from eventlens.behaviour.guards import Guard, covers, guards_of_effects
from eventlens.behaviour.paths import named_function
from eventlens.behaviour.policies import ConsumerPolicy, consumer_policy
from eventlens.behaviour.protections import protections
from eventlens.behaviour.repetition import entity_of
from eventlens.checks.context import CheckContext
from eventlens.checks.operations import DualWrite
from eventlens.flow.module_index import last_name
from eventlens.flow.scopes import Frame
from eventlens.flow.site_node import SiteNode

SecondDelivery = Literal["", "comes again", "leaves out", "too late"]
"""What a second delivery does: "" there is none, as far as is known · "comes again", it publishes again, or leaves that out where it finds the
work done · "leaves out", it does find it done · "too late", there is none where publishing fails, as that is swallowed."""
_LEAVING_OPEN = frozenset(("manual", "auto-after"))
"""How messages are acknowledged that come again when the process ends while they are handled."""
_NOT_ALWAYS = frozenset(("then", "orelse", "loop", "catch"))
_ACKNOWLEDGES = re.compile(r"(?i)^_*(?:basic_?|double_?)?ack(?:nowledge)?(?:_?(?:a?sync|message|msg|delivery))?$")
_MOST_LEVELS = 6
_MOST_CALLERS = 12
_MOST_READINGS = 16
"""For how many functions modules are read to find their callers; beyond it, callers among the modules read so far count."""


def second_delivery(context: CheckContext, one: DualWrite) -> SecondDelivery:
    """What the handling does that repeats an operation when the process ends in it."""
    top = one.publish.chain[0] if one.publish.chain else one.publish
    made = top.call if isinstance(top, CallStep) else top.node
    handled: dict[int, SiteNode | None] = {}
    if not _only_handles(context, named_function(top.frame), made, handled, set(), _MOST_LEVELS) or not handled:
        return ""
    answers = {_at(context, node, one) for node in _unlike(context, handled.values())}
    return next((answer for answer in _WORST if answer in answers), "comes again")


_WORST: tuple[SecondDelivery, ...] = ("", "leaves out", "too late")


def _unlike(context: CheckContext, nodes: Iterable[SiteNode | None]) -> Iterable[SiteNode]:
    """One of the subscriptions that have a handler and a policy in common: a base class may handle the messages of many."""
    found: dict[tuple[int, int, str, str], SiteNode] = {}
    for node in nodes:
        if node is not None:
            handler, policy = node.handler, _policy(context, node)
            key = (id(handler.frame), id(handler.loop), policy.delivery, policy.acknowledgement)
            found.setdefault(key, node)
    return found.values()


def _policy(context: CheckContext, node: SiteNode) -> ConsumerPolicy:
    known: dict[int, ConsumerPolicy] = context.shared.setdefault("second deliveries: policies", {})
    if id(node) not in known:
        known[id(node)] = consumer_policy(context.graph, node, context.definitions)
    return known[id(node)]


def _only_handles(
    context: CheckContext, frame: Frame, made: ir.Node, handled: dict[int, SiteNode | None], seen: set[int], levels: int
) -> bool:
    """Whether all ways to ``made``, which stands in a function, begin where a message is handled; adds the subscriptions to ``handled``, None for
    one that is not seen: where something is acknowledged below, it is clear that there is one."""
    if id(made) in seen:
        return True
    seen.add(id(made))
    own = [node for node in subscriptions_by_function(context).get(id(frame), ()) if _is_inside(made, node, frame)]
    handled.update((id(node), node) for node in own)
    if not own and _acknowledges_below(frame, made):
        handled[id(frame)] = None
    if own or id(frame) in handled:
        return True
    callers = list(_callers(context, frame)) if levels else []
    return bool(callers) and all(
        _only_handles(context, holder, call, handled, seen, levels - 1) for holder, call in callers
    )


def _acknowledges_below(frame: Frame, made: ir.Node) -> bool:
    """Whether something that is called like an acknowledgement stands below a call in a function."""
    return any(
        call.start > made.end and _ACKNOWLEDGES.match(last_name(call.callee))
        for scope in frame.module.frames
        if frame.start <= scope.start and scope.end <= frame.end
        for call in scope.calls
    )


def _callers(context: CheckContext, frame: Frame) -> Iterator[tuple[Frame, ir.Call]]:
    """The calls of a function in the program itself, each with the function that holds it."""
    left = context.shared.get("second deliveries: readings left")
    if left is None:
        some = any(
            _leaves_open(context, node) for nodes in subscriptions_by_function(context).values() for node in nodes
        )
        left = context.shared["second deliveries: readings left"] = [_MOST_READINGS if some else 0]
    left[0] -= 1
    source_set = context.graph.program.workspace.source_set
    for caller in context.graph.callers.of(frame, read=left[0] >= 0)[:_MOST_CALLERS]:
        if source_set(caller.frame.module.path) == "main":
            yield named_function(caller.frame), caller.call


def subscriptions_by_function(context: CheckContext) -> dict[int, list[SiteNode]]:
    """Function → the subscriptions whose messages it handles, or takes in a loop."""
    known: dict[int, list[SiteNode]] | None = context.shared.get("subscriptions by function")
    if known is None:
        known = context.shared["subscriptions by function"] = {}
        for node, site in context.graph.nodes:
            if site.role == "subscribe" and site.source_set == "main":
                frames = (node.handler.frame, node.handler.loop_frame)
                for holder in {id(frame): named_function(frame) for frame in frames if frame is not None}.values():
                    known.setdefault(id(holder), []).append(node)
    return known


def _is_inside(made: ir.Node, node: SiteNode, frame: Frame) -> bool:
    """Whether a call is made while a message is handled in a function, and not where the subscription is set up."""
    handler = node.handler
    loops = handler.loop is not None and handler.loop_frame is not None and named_function(handler.loop_frame) is frame
    span = handler.loop if loops else handler.frame
    if span is None or not (frame.start <= span.start and span.end <= frame.end):
        return True
    return span.start <= made.start < span.end


def _leaves_open(context: CheckContext, node: SiteNode) -> bool:
    """Whether a subscription's message comes again when the process ends while it is handled."""
    policy = _policy(context, node)
    return policy.delivery == "at-least-once" and policy.acknowledgement in _LEAVING_OPEN


def _at(context: CheckContext, node: SiteNode, one: DualWrite) -> SecondDelivery:
    """What a second delivery of one subscription's message does."""
    if not _leaves_open(context, node):
        return ""
    events, policy = context.delivery_events(node), _policy(context, node)
    publish = next((event for event in events if event.kind == "publish" and event.node is one.publish.node), None)
    if publish is None:
        return "comes again"
    if is_acknowledged_before(publish, events):
        return ""
    if not one.before_commit and any(
        covers(guard, publish) and _is_left_behind(guard, publish, events) for guard in _guards(context, node, events)
    ):
        return "leaves out"
    ended = next((caught for caught in protections(publish) if outcome(caught, events) != "rethrown"), None)
    if ended is None or outcome(ended, events) == "handled":
        return "comes again"
    return "too late" if completing(publish, ended, policy.acknowledgement, events) is not None else "comes again"


def _guards(context: CheckContext, node: SiteNode, events: tuple[Event, ...]) -> list[Guard]:
    known: dict[int, list[Guard]] = context.shared.setdefault("second deliveries: guards", {})
    if id(node) not in known:
        known[id(node)] = list(guards_of_effects(events))
    return known[id(node)]


def _is_left_behind(guard: Guard, publish: Event, events: tuple[Event, ...]) -> bool:
    """Whether what a guard finds the second time stands written before the publish, in each case: a write or a claim that tells that it was
    made before, or a row of the table that was asked first."""
    asked = guard.event
    if asked is None or asked.order > publish.order:
        return False
    if is_write(asked) or asked.effect == "set-if-absent":
        return True
    around = {(id(one.node), one.kind) for one in publish.contexts}
    return any(
        is_write(event)
        and asked.order < event.order < publish.order
        and bool(entity_of(event))
        and entity_of(event) == entity_of(asked)
        and all((id(one.node), one.kind) in around for one in event.contexts if one.kind in _NOT_ALWAYS)
        for event in events
    )
