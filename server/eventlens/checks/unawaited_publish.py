"""unawaited-publish: nobody learns whether a message was sent."""

from __future__ import annotations

import re
from collections.abc import Iterator

from eventlens import ir
from eventlens.behaviour.events import Event, names_given
from eventlens.behaviour.failures import outcome
from eventlens.behaviour.paths import encloses, named_function
from eventlens.behaviour.protections import protections
from eventlens.checks.context import CheckContext, Rule, event_evidence, severity_of_loss, written_channel
from eventlens.checks.dropped_senders import MAX_READINGS, dropped_calls
from eventlens.checks.refused_messages import overlooked_answer
from eventlens.checks.send_results import (
    KEEPING,
    calls_inside,
    given_to_callers,
    is_asked_first,
    is_asking,
    is_lost_in_callback,
    is_settled,
    look_at_no_failure,
    sent_at,
    sent_inside,
    starts_task,
)
from eventlens.flow import conditions
from eventlens.flow.model import Finding, Severity, Site
from eventlens.flow.module_index import last_name
from eventlens.flow.reading import read_first
from eventlens.flow.scopes import Frame
from eventlens.flow.site_node import SiteNode
from eventlens.flow.walk import mentions, values_in
from eventlens.knowledge.schema import Publish


def _run(context: CheckContext) -> Iterator[Finding]:
    told: set[int] = set()
    left = [MAX_READINGS]
    for node, site in context.sites("publish"):
        entry = node.match.entry
        if (
            id(node.node) in told
            or not isinstance(entry, Publish)
            or (node.inner is not None and not _gives_promise(context, node))
            or (node.chain and node.chain[-1].first)
        ):
            continue  # what is handed over to a runtime is awaited there
        if _only_makes_sender(node) or _ends_inside(context, node):
            continue
        if node.chain and is_dropped_inside(context, node):
            # a wrapper that gives nothing back is one defect, however many call it
            if id(node.match.place.call) in told:
                continue
            told.add(id(node.match.place.call))
        for event in _events(context, node):
            verdict = _verdict(context, entry, event, node)
            answered = overlooked_answer(context, node, event) if verdict is None else None
            if answered is not None and id(answered.node) not in told:
                told.add(id(answered.node))  # a wrapper that looks at no answer is one defect, too
                verdict = (_REFUSED + f"{entry.refused} in its answer", None)
            if verdict is not None:
                message, severity = verdict
                told.add(id(node.node))  # one call that reaches several brokers is one defect
                yield context.finding(
                    RULE,
                    message.format(channel=_channel(site)),
                    at=node,
                    related=[event_evidence(answered or event, "sent here")],
                    severity=severity or severity_of_loss(site),
                )
                break
            if entry.completion in ("promise", "coroutine"):
                yield from _dropped_by_callers(context, node, site, event, left, told)


def _dropped_by_callers(
    context: CheckContext, node: SiteNode, site: Site, event: Event, left: list[int], told: set[int]
) -> Iterator[Finding]:
    """A publish is waited for, and the promise of the function that does so is dropped."""
    events = context.tracer.trace(named_function(event.frame))
    for caller, frame in dropped_calls(context, event, events, left):
        if id(caller.call) not in told:
            told.add(id(caller.call))
            yield context.finding(
                RULE,
                f"a failure to send to {_channel(site)} goes unseen: the result of {last_name(caller.call.callee)}, which sends, is dropped",
                at=node,
                frame=frame,
                node=caller.call,
                related=[event_evidence(event, "sent here")],
                severity=severity_of_loss(site),
            )


_REFUSED = "messages to {channel} that are refused go unseen: the call succeeds all the same, and nobody looks for "


def _gives_promise(context: CheckContext, node: SiteNode) -> bool:
    """Whether the in-house function that is called gives its caller something to wait for: it is asynchronous, or gives the library's promise back."""
    wrapper = node.chain[-1].callee.frame.function if node.chain else None
    entry = node.match.entry
    if wrapper is None or not isinstance(entry, Publish) or entry.completion not in ("promise", "coroutine"):
        return False
    return wrapper.is_async or all(
        sent is not None and sent.usage[:1] == ("returned",) for sent in sent_inside(context, node)
    )


def _only_makes_sender(node: SiteNode) -> bool:
    """Whether an in-house function that is called only makes the function that sends: who calls that one waits, or does not."""
    inside = [node.match.place.frame, *(caller.frame for caller in node.chain[:-1])]
    makers = [caller.callee.frame for caller in node.chain]
    return any(
        frame is not None and (own := named_function(frame)) is not maker and encloses(maker, own)
        for frame, maker in zip(inside, makers)
    )


def is_unheard(context: CheckContext, node: SiteNode) -> bool:
    """Whether nobody learns of the outcome of a publish site."""
    entry = node.match.entry
    if not isinstance(entry, Publish) or (node.chain and node.chain[-1].first):
        return False
    return any(_verdict(context, entry, event, node) is not None for event in _events(context, node))


def _channel(site: Site) -> str:
    return written_channel(site) or "its channel"


def _events(context: CheckContext, node: SiteNode) -> list[Event]:
    """The publish as it happens in the function that holds it."""
    root = named_function(node.frame)
    return [
        event
        for event in context.tracer.trace(root)
        if event.kind == "publish" and event.node is node.node and not event.chain
    ]


def _verdict(context: CheckContext, entry: Publish, event: Event, node: SiteNode) -> tuple[str, Severity | None] | None:
    """Why nobody learns of the outcome, with another severity than the rule's where the loss is less sure; None where somebody does."""
    if entry.returns_error:
        return _error_verdict(event)
    if entry.completion in ("blocking", "none", "error-result"):
        return None
    if entry.completion in ("callback", "delivery-report"):
        return _report_verdict(context, entry, event, node)
    if _confirmed(context, entry, event) or _is_told(event.node) or _is_heard(context, entry, event):
        return None
    if is_lost_in_callback(event):
        return "a failure to send to {channel} goes unseen: forEach waits for none of its callbacks", None
    if is_settled(event, event.usage, event.frame, entry, _given_back(entry, node)):
        return None
    if entry.completion == "observable":
        if any(one.startswith("chained:subscribe") for one in event.usage) or any(
            one.startswith("assigned:") for one in event.usage
        ):
            return (
                "a failure to send to {channel} goes unseen: the observable is subscribed without an error callback and nobody waits for it",
                None,
            )
        return "nothing is sent to {channel}: the observable is never subscribed", None
    if entry.completion == "hot-observable":
        return "a failure to send to {channel} goes unseen: nobody subscribes to the result", "info"
    if entry.completion == "coroutine" and event.usage[:1] == ("dropped",) and not _is_started_inside(context, node):
        return "nothing may be sent to {channel}: the coroutine is not awaited", None
    return "a failure to send to {channel} goes unseen: the result is dropped", None


def _error_verdict(event: Event) -> tuple[str, Severity | None] | None:
    """An error that is returned is looked at where something catches it, and where it is given on."""
    caught = any(one.kind == "try" and isinstance(one.node, ir.Try) and one.node.catches for one in event.contexts)
    if caught or event.usage[:1] != ("dropped",):
        return None
    return "a failure to send to {channel} goes unseen: the error is dropped", None


def _given_back(entry: Publish, node: SiteNode) -> str:
    """What the call at the site gives: an asynchronous in-house function gives a promise, whatever the library gives inside."""
    wrapper = node.chain[-1].callee.frame.function if node.chain else None
    return "promise" if wrapper is not None and wrapper.is_async else entry.completion


_OF_FAILURE = re.compile(r"(?i)nack|fail|err|exception")
"""Methods by which what is sent is given a function of its failure (``message.withNack(…)``)."""


def _is_told(call: ir.Node) -> bool:
    """Whether a call is given a function of an error as its last argument, or something that is given one where it stands: that learns of the
    outcome."""
    if not isinstance(call, ir.Call) or not call.args:
        return False
    last = call.args[-1].value
    first = last.function.parameters[0].name if isinstance(last, ir.Lambda) and last.function.parameters else ""
    return first.lower().startswith("err") or any(
        isinstance(inner, ir.Call)
        and _OF_FAILURE.search(last_name(inner.callee)) is not None
        and any(isinstance(one.value, ir.Lambda) for one in inner.args)
        for argument in call.args
        for inner in values_in(argument.value)
    )


def _ends_inside(context: CheckContext, node: SiteNode) -> bool:
    """Whether a failure of the publish never leaves the in-house function that makes it: its callers have nothing to wait for."""
    inside = calls_inside(node) or []
    return bool(inside) and (
        any(
            _is_told(call) or _is_caught(context, node, call, frame) or _is_kept(context, call, frame)
            for call, frame in inside
        )
        or _is_asked_inside(context, node)
        or _keeps_error(context, node)
    )


def _keeps_error(context: CheckContext, node: SiteNode) -> bool:
    """Whether a wrapper that gives nothing back looks at the error itself, and ends the program where there is one."""
    entry = node.match.entry
    return (
        isinstance(entry, Publish)
        and entry.returns_error
        and any(not caller.callee.frame.returns for caller in node.chain)
        and not is_dropped_inside(context, node)
    )


def _is_started_inside(context: CheckContext, node: SiteNode) -> bool:
    """Whether an in-house function on the way to the publish starts its coroutine as a task: it runs, waited for or not."""
    return any(starts_task(one.usage) for one in sent_inside(context, node) if one is not None)


def _is_asked_inside(context: CheckContext, node: SiteNode) -> bool:
    """Whether the innermost wrapper, which gives its callers nothing to wait for, asks for the future itself."""
    entry, call, frame = node.match.entry, node.match.place.call, node.match.place.frame
    assert isinstance(entry, Publish)
    if entry.completion != "future" or call is None or frame is None or frame.function is None:
        return False
    sent = sent_at(context, call, frame)
    if sent is None:
        return False
    usage, asking = given_to_callers(sent, frame)
    if is_asked_first(usage):
        return True
    if frame.function.is_async:
        return False
    names = names_given(usage)
    if "returned" in usage or any(mentions(value, names) and not is_asking(value, names) for value in asking.returns):
        return False
    return is_settled(sent, usage, asking, entry, entry.completion)


def _is_kept(context: CheckContext, call: ir.Node, frame: Frame) -> bool:
    """Whether the wrapper keeps what the call gives in a collection of its object, for a flush to wait for."""
    sent = sent_at(context, call, frame)
    return (
        sent is not None
        and bool(sent.usage)
        and sent.usage[0].startswith("argument:")
        and sent.usage[0].partition(":")[2] in KEEPING
    )


def is_dropped_inside(context: CheckContext, node: SiteNode) -> bool:
    """Whether the innermost wrapper already drops what the library gives."""
    place = node.match.place
    sent = sent_at(context, place.call, place.frame) if place.call is not None and place.frame is not None else None
    return sent is not None and sent.usage[:1] == ("dropped",)


_LATER = frozenset(("promise", "coroutine", "future", "callback", "delivery-report"))
"""Completions that are known only after the call has returned."""


def _is_caught(context: CheckContext, node: SiteNode, call: ir.Node, frame: Frame) -> bool:
    """Whether a call stands in a try or promise chain that lets no failure out; a try is left before what is dropped in it fails."""
    sent, events = sent_at(context, call, frame), context.tracer.trace(named_function(frame))
    if sent is None:
        return False
    entry = node.match.entry
    is_left = (
        call is node.match.place.call
        and sent.usage[:1] == ("dropped",)
        and isinstance(entry, Publish)
        and entry.completion in _LATER
    )
    return any(outcome(one, events) != "rethrown" for one in protections(sent) if not (is_left and one.attempt))


# -------------------------------------------------------------------------------------------- confirms and reports


def _report_verdict(
    context: CheckContext, entry: Publish, event: Event, node: SiteNode
) -> tuple[str, Severity | None] | None:
    reports = read_first(event.place, entry.report) if event.place is not None else ()
    if (reports and not look_at_no_failure(reports)) or _confirmed(context, entry, event):
        return None
    if reports:
        return (
            "a failure to send to {channel} goes unseen: the delivery report does not look at the error that it gets",
            None,
        )
    if entry.report_listener and _listens(context, event, entry.report_listener):
        return None
    if entry.completion == "callback" and entry.report is None:
        return None
    return "a failure to send to {channel} goes unseen: no delivery report is looked at and nothing is flushed", None


def _is_heard(context: CheckContext, entry: Publish, event: Event) -> bool:
    """Whether what is set up for the sender elsewhere learns of each failure."""
    return bool(
        entry.failure_heard and event.place is not None and conditions.hold_at(event.place, entry.failure_heard)
    )


def _listens(context: CheckContext, event: Event, name: str) -> bool:
    """Whether a listener of reports is set up beside the publish, beside the library's call in a wrapper, or where the sender is made."""
    place = event.match.place if event.match is not None else None
    receiver = place.receiver if place is not None else None
    frames = (event.frame, place.frame if place is not None else None, receiver.frame if receiver is not None else None)
    modules = [frame.module for frame in frames if frame is not None]
    for site in context.graph.program.calls.get("on", ()):
        first = site.call.args[0].value if site.call.args else None
        if isinstance(first, ir.Literal) and first.value == name and any(site.frame.module is one for one in modules):
            return True
    return False


def _confirmed(context: CheckContext, entry: Publish, event: Event) -> bool:
    """Whether the publishes of this receiver are confirmed later: in the same function, or by the class or module that holds it."""
    sent = event.match.place.frame if event.match is not None else None
    frames = [event.frame, sent] if sent is not None else [event.frame]
    for pattern in (*entry.confirmed_by, *_commits(event)):
        name = pattern.rpartition(".")[2]
        for site in context.graph.program.calls.get(name, ()):
            if (
                site.frame is event.frame
                or (site.frame.cls is not None and any(site.frame.cls is one.cls for one in frames))
                or (site.frame.module is event.frame.module and event.frame.cls is None)
                or any(_makes_object_of(one, named_function(site.frame)) for one in frames)
            ):
                return True
    return False


def _commits(event: Event) -> Iterator[str]:
    """The calls that end a transaction of the library's broker: they fail where one of the sends in it did."""
    model = event.match.model.model if event.match is not None else None
    for one in model.transactions if model is not None else ():
        if one.kind == "commit" and one.store == "broker" and one.call:
            yield one.call


def _makes_object_of(method: Frame, maker: Frame) -> bool:
    """Whether a function beside a method's class makes its objects (``return &Panel{producer: producer}``)."""
    return (
        method.cls is not None
        and maker.module is method.module
        and any(call.is_new and last_name(call.callee) == method.cls.name for call in maker.calls)
    )


RULE = Rule("unawaited-publish", "warning", "Await the publish, return it, or look at its delivery report.", _run)
__all__ = ["RULE", "is_dropped_inside"]
