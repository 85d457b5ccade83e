"""swallowed-failure: a handler, or a function that publishes for others, catches every failure, at most logs it, and goes on as if all were well."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from eventlens import ir
from eventlens.behaviour import failures
from eventlens.behaviour.completion import completing
from eventlens.behaviour.events import CallStep, Context, Event, is_outside_effect, is_write, names_given
from eventlens.behaviour.loaded_rows import is_only_set_in
from eventlens.behaviour.other_classes import others_on_the_way
from eventlens.behaviour.paths import named_function
from eventlens.behaviour.protections import Protection, protections
from eventlens.behaviour.same_requests import only_asks
from eventlens.behaviour.unseen_acts import unseen_act
from eventlens.checks.context import (
    CheckContext,
    Consumer,
    Evidence,
    Rule,
    channel_text,
    event_evidence,
    severity_of_loss,
)
from eventlens.checks.fallbacks import goes_on, has_fallback
from eventlens.checks.marked_rows import marks_what_was_sent
from eventlens.checks.nothing_to_lose import is_only_started
from eventlens.checks.passed_over import NextCommit, goes_on_to, next_commit
from eventlens.checks.telling import is_log_entry, tells_by_name
from eventlens.flow.denotations import Parameter, roots
from eventlens.flow.model import Finding, Site
from eventlens.flow.module_index import last_name
from eventlens.flow.reading import read_first
from eventlens.flow.scopes import Frame
from eventlens.flow.site_node import SiteNode
from eventlens.flow.walk import mentions, statements_in

_WHAT = {
    "insert": "the insert",
    "upsert": "the write",
    "update": "the update",
    "increment": "the update",
    "delete": "the deletion",
    "write": "the write",
    "object-write": "the stored object",
    "external-call": "the call",
    "mail": "the message to a person",
    "payment": "the payment",
    "cache-write": "the cache entry",
    "set-if-absent": "the cache entry",
    "parse": "the content",
}


class Swallowed(NamedTuple):
    """A failure of ``event`` that ends at a catch, after which ``done`` marks the message as done (True: the library itself)."""

    protection: Protection
    event: Event
    done: Event | Context | bool


_ANSWERS = re.compile(
    r"(?i)_*(n?ack|nak|reject|term|requeue|commit)(nowledge)?(_?(err|error|failed)?_?(message|msg|delivery|offset)s?)?$"
)

_TIMES_TO_LIVE = re.compile(r"(?i)(key)?(p?expire(at)?|persist|touch)(async)?$")
_LISTENING = frozenset(("on", "once", "addListener", "addEventListener"))


def _run(context: CheckContext) -> Iterator[Finding]:
    seen: set[int] = set()
    for consumer in context.consumers():
        for found in swallowed_in(context, consumer):
            if id(found.protection.node) not in seen:
                seen.add(id(found.protection.node))
                yield _finding(context, consumer, found)
    for node, site in context.sites("publish"):
        swallowed = _in_publisher(context, node)
        if swallowed is not None and id(swallowed.protection.node) not in seen:
            seen.add(id(swallowed.protection.node))
            yield _publisher_finding(context, node, site, swallowed)


# ---------------------------------------------------------------------------------------------------------- handlers


def swallowed_in(context: CheckContext, consumer: Consumer) -> Iterator[Swallowed]:
    """The failures that a delivery swallows, in the order of what fails."""
    if consumer.policy.delivery == "at-most-once":
        return
    events = context.delivery_events(consumer.node)
    main = [event for event in events if _is_main(event)]
    following = next_commit(consumer, events)
    for event in main or _lesser(consumer, events):
        found = _swallowed(event, events, consumer.policy.acknowledgement, following)
        if found is not None and _is_done_otherwise(found, events):
            continue
        if (
            found is not None
            and not _is_side_concern(context, found, main, events)
            and (main or not goes_on(found.event, found.protection))
        ):
            yield found
    for event in events:
        if event.effect == "parse" and not _is_told_by_another(event):
            found = _swallowed(event, events, consumer.policy.acknowledgement)
            if (
                found is not None
                and not failures.is_logged_visibly(found.protection)
                and not _covers_any(found, main)
                and not has_fallback(found.event, found.protection)
                and not _is_done_otherwise(found, events)
            ):
                yield found
    yield from _dropped_unread(consumer, events, main)


def _is_told_by_another(event: Event) -> bool:
    """Whether something happens in a listener that the handler adds to another object (a socket, a child process): what that tells is no message."""
    return any(
        one.kind in ("callback", "deferred")
        and isinstance(one.node, ir.Call)
        and last_name(one.node.callee) in _LISTENING
        for one in event.contexts
    )


def _dropped_unread(consumer: Consumer, events: Sequence[Event], main: Sequence[Event]) -> Iterator[Swallowed]:
    """A function that reads the message gives nothing when it fails, and nothing is then acknowledged as if it were unwanted."""
    handler = consumer.node.handler.frame
    own = (
        {one.name for one in handler.function.parameters}
        if handler is not None and handler.function is not None
        else set()
    )
    for event in events:
        step = event.chain[0] if len(event.chain) == 1 else None
        if step is None or not any(mentions(argument.value, own) for argument in step.call.args):
            continue
        found = _swallowed(event, events, "manual")
        if found is None or failures.is_logged_visibly(found.protection) or _covers_any(found, main):
            continue
        if isinstance(found.done, Event) and _is_for_nothing(found.done, step, events):
            yield found
            return


def _is_for_nothing(done: Event, step: CallStep, events: Sequence[Event]) -> bool:
    """Whether an acknowledgement is what is done when the call gave nothing."""
    usage = next((one.usage for one in events if one.kind == "call" and one.node is step.call), ())
    names = names_given(usage)
    return any(
        context.kind == "then" and isinstance(context.node, ir.Branch) and mentions(context.node.condition, names)
        for context in done.contexts
    )


def _lesser(consumer: Consumer, events: Sequence[Event]) -> list[Event]:
    """What a handler without known effects is there for: what it puts into a cache, else the functions that it calls."""
    cached = [event for event in events if event.effect in ("cache-write", "set-if-absent") and not _ages(event)]
    return cached or [
        event
        for event in events
        if event.kind == "call"
        and not event.chain
        and not _only_answers(event)
        and not consumer.node.handler.precedes_message(event.node, event.frame)
    ]


def _ages(event: Event) -> bool:
    """Whether a call only says how long an entry of a cache lives: no message comes for that."""
    return isinstance(event.node, ir.Call) and _TIMES_TO_LIVE.match(last_name(event.node.callee)) is not None


def _only_answers(event: Event) -> bool:
    """Whether an in-house function only tells the broker what became of the message, by its name."""
    return isinstance(event.node, ir.Call) and _ANSWERS.match(last_name(event.node.callee)) is not None


def _is_main(event: Event) -> bool:
    if event.kind == "publish":
        return not _stays_inside(event) and not is_log_entry(event)
    return is_write(event) or (is_outside_effect(event) and not only_asks(event))


def _stays_inside(publish: Event) -> bool:
    """Whether a publish only calls the listeners of the same process: nothing is sent that could fail to be."""
    return publish.site is not None and publish.site.channel.broker == "in-process"


def _swallowed(
    event: Event, events: Sequence[Event], mode: str, following: NextCommit | None = None
) -> Swallowed | None:
    """The catch at which the failure of an event ends unseen, if there is one and the message counts as done after it, or once the next one is
    (``following``)."""
    if any(map(failures.is_for_failure, event.contexts)):
        return None
    for protection in protections(event):
        if is_only_set_in(event, protection, events):
            continue
        outcome = failures.outcome(protection, events)
        if outcome == "rethrown":
            continue
        if outcome == "handled" or not failures.is_hidden(protection, events):
            return None
        done = completing(event, protection, mode, events)
        if done is None and following is not None and goes_on_to(following, protection):
            done = following.event
        return Swallowed(protection, event, done) if done is not None else None
    return None


def _is_side_concern(context: CheckContext, found: Swallowed, main: Sequence[Event], events: Sequence[Event]) -> bool:
    """Something beside the handler's own work may fail, when somebody can read that it did; an event that others wait for may not."""
    elsewhere = _elsewhere(found, main)
    if elsewhere and _tells_by_name(found) and failures.is_told(found.protection, events):
        return True
    if found.event.kind == "publish" and not context.is_forgotten(found.event):
        return False
    own = any(not is_outside_effect(event) and not context.is_forgotten(event) for event in elsewhere)
    return own and failures.is_told(found.protection, events)


def _elsewhere(found: Swallowed, main: Sequence[Event]) -> list[Event]:
    """What a handler does outside of the attempt whose failure is swallowed."""
    own = found.protection.attempt or found.protection.node
    return [
        event for event in main if event.node is not found.event.node and not any(c.node is own for c in event.contexts)
    ]


def _tells_by_name(found: Swallowed) -> bool:
    """Whether the function that catches, or one that it calls on the way to what fails, only tells what goes on, by its name."""
    inside = found.event.chain[len(found.protection.level.outer) :]
    return tells_by_name((found.protection.level.root, *(step.callee for step in inside)), found.event.node)


def _covers_any(found: Swallowed, main: Sequence[Event]) -> bool:
    attempt = found.protection.attempt
    return attempt is not None and any(context.node is attempt for event in main for context in event.contexts)


def _is_done_otherwise(found: Swallowed, events: Sequence[Event]) -> bool:
    """Whether an attempt leaves where it succeeds, and the code below, which only a failure reaches, does something instead."""
    attempt = found.protection.attempt
    if not isinstance(attempt, ir.Try) or not attempt.body or not isinstance(attempt.body[-1], ir.Return | ir.Jump):
        return False
    if any(isinstance(one, ir.Return | ir.Jump) for one in statements_in(found.protection.body)):
        return False
    told = {id(event.node) for event in events if event.effect == "log"}
    return any(
        call.start >= attempt.end
        and id(call) not in told
        and not failures.only_tells(call)
        and not _ANSWERS.match(last_name(call.callee))
        for call in found.protection.frame.calls
    )


def _finding(context: CheckContext, consumer: Consumer, found: Swallowed) -> Finding:
    channel = channel_text(consumer.site)
    what = _WHAT.get(found.event.effect) or ("the publish" if found.event.kind == "publish" else "the handling")
    related = [event_evidence(found.event, f"when {what} fails here …")]
    if isinstance(found.done, Event):
        related.append(event_evidence(found.done, "… the message is acknowledged here all the same"))
    elif isinstance(found.done, Context):
        related.append(
            Evidence(found.done.frame, found.done.node, "… leaving this block acknowledges the message all the same")
        )
    how = "acknowledged" if found.done is not True else "taken as done when the handler returns"
    lost = "that part of it is lost" if _is_a_part(found, context.delivery_events(consumer.node)) else "it is lost"
    doubt = doubt_about(context, consumer, found)
    return context.finding(
        RULE,
        f"a failure of {what} is swallowed here, and the message of {channel} is {how}: {lost}{doubt and ', ' + doubt}",
        at=consumer.node,
        frame=found.protection.frame,
        node=found.protection.node,
        related=related,
        confidence="likely" if doubt else "certain",
    )


def _is_a_part(found: Swallowed, events: Sequence[Event]) -> bool:
    """Whether the rest of the handling is done where an attempt fails: what stands before it, and after it where the catch does not leave."""
    leaves = any(isinstance(one, ir.Return | ir.Jump) for one in statements_in(found.protection.body))
    main = [event for event in events if _is_main(event)]
    return any(not leaves or event.order < found.event.order for event in _elsewhere(found, main))


def leaves_work_out(found: Swallowed, events: Sequence[Event]) -> bool:
    """Whether what is swallowed is a call of others, and rows are written for the message outside of that attempt: what becomes of a message whose
    rows cannot be written is decided elsewhere."""
    own = found.protection.attempt or found.protection.node
    return is_outside_effect(found.event) and any(
        is_write(event)
        and not any(map(failures.is_for_failure, event.contexts))
        and not any(one.node is own for one in event.contexts)
        for event in events
    )


def doubt_about(context: CheckContext, consumer: Consumer, found: Swallowed) -> str:
    """What is not known about a swallowed failure, for a sentence; "" where all that it rests on was seen."""
    events = context.delivery_events(consumer.node)
    unseen = unseen_act(found.protection, events)
    if unseen is not None:
        return f"unless {last_name(unseen.callee)} keeps what failed, or tells somebody who does something about it"
    if _is_dealt_with_inside(found, events):
        name = last_name(found.event.node.callee) if isinstance(found.event.node, ir.Call) else "it"
        return f"unless what fails is dealt with inside of {name} already"
    if context.is_forgotten(found.event):
        return "though its listeners bear the loss of one anyway"
    if is_only_started(context, consumer):
        return "unless the next run does what this one did not"
    if _may_go_elsewhere(context, consumer, found):
        return "if this class is the one that runs"
    return "as far as the handling was followed" if context.is_cut(consumer.node) else ""


def _is_dealt_with_inside(found: Swallowed, events: Sequence[Event]) -> bool:
    """Whether what fails is a call of an in-house function of which nothing is known but that it catches everything itself, and does something
    about it: what gets out to the catch around it is the rest."""
    if found.event.kind != "call":
        return False
    depth = len(found.event.chain)
    return any(
        protection.attempt is not None
        and len(protection.level.outer) > depth
        and (failures.outcome(protection, events) == "handled" or unseen_act(protection, events) is not None)
        for event in events
        if any(step.call is found.event.node for step in event.chain)
        for protection in protections(event)
    )


def _may_go_elsewhere(context: CheckContext, consumer: Consumer, found: Swallowed) -> bool:
    """Whether several classes have the method that leads to a catch, and one of them has no such catch."""
    others = list(others_on_the_way(found.protection.level.outer, context.delivery_events(consumer.node)))
    if not others:
        return False
    alike = {id(step.callee) for one in swallowed_in(context, consumer) for step in one.protection.level.outer}
    return not all(id(one) in alike for one in others)


# -------------------------------------------------------------------------------------------------------- publishers


def _in_publisher(context: CheckContext, node: SiteNode) -> Swallowed | None:
    """The catch in a function that publishes what it is given, when its callers cannot learn that nothing was sent."""
    frame, call = node.match.place.frame, node.match.place.call
    if frame is None or call is None or not is_given(node):
        return None
    root = named_function(frame)
    events = context.tracer.trace(root)
    sent = next((one for one in events if one.kind in ("publish", "send") and one.node is call and not one.chain), None)
    found = _swallowed(sent, events, "auto-after") if sent is not None else None
    if found is None or found.protection.attempt is None or _continues(found.protection, root):
        return None
    if marks_what_was_sent(found.event, found.protection.attempt, root, events):
        return None
    return None if _answers_with_failure(found.protection, root) else found


def _answers_with_failure(protection: Protection, root: Frame) -> bool:
    """Whether the function says by what it returns that nothing was sent (``return true`` behind the publish, ``return false`` here)."""
    answers = {value.value for value in failures.returned(protection.body) if isinstance(value, ir.Literal)}
    return bool(answers) and not failures.gives_one_answer(root)


def is_given(node: SiteNode) -> bool:
    """Whether the function around the library's publish gets the channel or the message from its callers."""
    frame = node.match.place.frame
    if node.chain or frame is None:
        return bool(node.chain)
    payload = read_first(node.match.place, getattr(node.match.entry, "payload", None))
    owners = (frame, named_function(frame))
    return any(isinstance(root, Parameter) and root.frame in owners for value in payload for root in roots(value))


def _continues(protection: Protection, root: Frame) -> bool:
    """Whether the function has more to do after the attempt: then the publish is only a part of it."""
    body = root.function.body if root.function is not None else ()
    return not body or body[-1] is not protection.attempt


def _publisher_finding(context: CheckContext, node: SiteNode, site: Site, found: Swallowed) -> Finding:
    events = context.tracer.trace(found.protection.level.root)
    return context.finding(
        RULE,
        "a failed publish is swallowed here: whoever calls this function takes the message for sent",
        at=node,
        frame=found.protection.frame,
        node=found.protection.node,
        related=[event_evidence(found.event, "when this publish fails …")],
        severity=severity_of_loss(site),
        confidence="likely" if unseen_act(found.protection, events) is not None else "certain",
    )


RULE = Rule(
    "swallowed-failure",
    "warning",
    "Let the failure out, reject the message, or keep it in a dead-letter channel.",
    _run,
)
