"""unawaited-publish: nobody learns whether a message was sent."""

from __future__ import annotations

from collections.abc import Iterator

from eventlens import ir
from eventlens.behaviour.events import Event
from eventlens.behaviour.failures import outcome, protections
from eventlens.behaviour.paths import named_function
from eventlens.checks.context import CheckContext, Rule, event_evidence
from eventlens.flow.model import Finding, Severity, Site
from eventlens.flow.program import Frame, last_name
from eventlens.flow.reading import read_first
from eventlens.flow.sites import SiteNode
from eventlens.flow.walk import mentions, statements_in, values_in, values_of
from eventlens.knowledge.schema import Publish

_WAITING = frozenset(
    (
        "all",
        "allSettled",
        "WhenAll",
        "WhenAny",
        "WaitAll",
        "race",
        "any",
        "gather",
        "wait",
        "wait_for",
        "as_completed",
        "run",
        "run_until_complete",
        "shield",
    )
)
_TELLING = frozenset(("allSettled",))
"""Wait for all and raise for none: only what they give tells who failed."""
_ASKING = frozenset(
    (
        "get",
        "result",
        "exception",
        "add_callback",
        "add_errback",
        "add_done_callback",
        "catch",
        "wait",
        "join",
        "await",
        "whenComplete",
        "whenCompleteAsync",
        "GetAwaiter",
        "ContinueWith",
        "Wait",
        "Result",
        "handle",
        "handleAsync",
        "exceptionally",
        "addCallback",
    )
)
"""Methods of a future or promise that wait for it, or tell somebody of its failure."""
_SUBSCRIBING = frozenset(
    ("block", "blockOptional", "awaitSingle", "awaitSingleOrNull", "awaitFirst", "awaitFirstOrNull")
)
"""Methods that subscribe to a stream of one result and wait for it."""
_OBSERVING = frozenset(("lastValueFrom", "firstValueFrom", "toPromise"))
_SPAWNING = frozenset(("create_task", "ensure_future", "start_soon"))
_KEEPING = frozenset(("append", "push", "add", "put", "set"))


def _run(context: CheckContext) -> Iterator[Finding]:
    told: set[int] = set()
    for node, site in context.sites("publish"):
        entry = node.match.entry
        if (
            id(node.node) in told
            or not isinstance(entry, Publish)
            or (node.inner is not None and not _gives_promise(node))
            or (node.chain and node.chain[-1].first)
        ):
            continue  # what is handed over to a runtime is awaited there
        if _ends_inside(context, node):
            continue
        if node.chain and is_dropped_inside(context, node):
            # a wrapper that gives nothing back is one defect, however many call it
            if id(node.match.place.call) in told:
                continue
            told.add(id(node.match.place.call))
        for event in _events(context, node):
            verdict = _verdict(context, entry, event, node)
            if verdict is not None:
                message, severity = verdict
                told.add(id(node.node))  # one call that reaches several brokers is one defect
                yield context.finding(
                    RULE,
                    message.format(channel=_channel(site)),
                    at=node,
                    related=[event_evidence(event, "sent here")],
                    severity=severity,
                )
                break


def _gives_promise(node: SiteNode) -> bool:
    """Whether the in-house function that is called gives its caller something to wait for."""
    wrapper = node.chain[-1].callee.frame.function if node.chain else None
    entry = node.match.entry
    return (
        wrapper is not None
        and wrapper.is_async
        and isinstance(entry, Publish)
        and entry.completion in ("promise", "coroutine")
    )


def is_unheard(context: CheckContext, node: SiteNode) -> bool:
    """Whether nobody learns of the outcome of a publish site."""
    entry = node.match.entry
    if not isinstance(entry, Publish) or (node.chain and node.chain[-1].first):
        return False
    return any(_verdict(context, entry, event, node) is not None for event in _events(context, node))


def _channel(site: Site) -> str:
    return site.channel or site.channel_expression or "its channel"


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
    if _confirmed(context, entry, event) or _is_told(event.node):
        return None
    if _lost_in_callback(event):
        return "a failure to send to {channel} goes unseen: forEach waits for none of its callbacks", None
    if _settled(event, event.usage, event.frame, entry, _given_back(entry, node)):
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
    if entry.completion == "coroutine" and event.usage[:1] == ("dropped",):
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


def _is_told(call: ir.Node) -> bool:
    """Whether a call is given a function of an error as its last argument: that one learns of the outcome."""
    last = call.args[-1].value if isinstance(call, ir.Call) and call.args else None
    first = last.function.parameters[0].name if isinstance(last, ir.Lambda) and last.function.parameters else ""
    return bool(first) and first.lower().startswith("err")


def _ends_inside(context: CheckContext, node: SiteNode) -> bool:
    """Whether a failure of the publish never leaves the in-house function that makes it: its callers have nothing to wait for."""
    if not node.chain or node.match.place.call is None or node.match.place.frame is None:
        return False
    inside = [
        (node.match.place.call, node.match.place.frame),
        *((caller.call, caller.frame) for caller in node.chain[:-1]),
    ]
    return any(
        _is_told(call) or _is_caught(context, call, frame) or _is_kept(context, call, frame) for call, frame in inside
    ) or _is_asked_inside(context, node)


def _sent_at(context: CheckContext, call: ir.Node, frame: Frame) -> Event | None:
    """What a call does, in the named function that holds it."""
    events = context.tracer.trace(named_function(frame))
    return next(
        (one for one in events if one.kind in ("publish", "send", "call") and one.node is call and not one.chain), None
    )


def _is_asked_inside(context: CheckContext, node: SiteNode) -> bool:
    """Whether the innermost wrapper, which gives its callers nothing to wait for, asks for the future itself."""
    entry, call, frame = node.match.entry, node.match.place.call, node.match.place.frame
    assert isinstance(entry, Publish)
    if entry.completion != "future" or call is None or frame is None or frame.function is None:
        return False
    sent = _sent_at(context, call, frame)
    if sent is None or frame.function.is_async or "returned" in sent.usage:
        return False
    names = {one.removeprefix("assigned:") for one in sent.usage if one.startswith("assigned:")}
    if any(mentions(value, names) for value in frame.returns):
        return False
    return _settled(sent, sent.usage, frame, entry, entry.completion)


def _is_kept(context: CheckContext, call: ir.Node, frame: Frame) -> bool:
    """Whether the wrapper keeps what the call gives in a collection of its object, for a flush to wait for."""
    sent = _sent_at(context, call, frame)
    return (
        sent is not None
        and bool(sent.usage)
        and sent.usage[0].startswith("argument:")
        and sent.usage[0].partition(":")[2] in _KEEPING
    )


def is_dropped_inside(context: CheckContext, node: SiteNode) -> bool:
    """Whether the innermost wrapper already drops what the library gives."""
    place = node.match.place
    sent = _sent_at(context, place.call, place.frame) if place.call is not None and place.frame is not None else None
    return sent is not None and sent.usage[:1] == ("dropped",)


def _is_caught(context: CheckContext, call: ir.Node, frame: Frame) -> bool:
    """Whether a call stands in a try or promise chain that lets no failure out."""
    events = context.tracer.trace(named_function(frame))
    sent = next(
        (one for one in events if one.kind in ("publish", "send", "call") and one.node is call and not one.chain), None
    )
    return sent is not None and any(outcome(one, events) != "rethrown" for one in protections(sent))


# -------------------------------------------------------------------------------------------------------- the result


def _settled(event: Event, usage: tuple[str, ...], frame: Frame, entry: Publish, completion: str) -> bool:
    """Whether what a call gives (by ``completion``) is waited for, handed on, or looked at."""
    for position, one in enumerate(usage):
        word, _, name = one.partition(":")
        if word == "awaited" and position == 0 and completion in ("future", "observable", "hot-observable"):
            continue
        if word in ("awaited", "yielded", "thrown", "iterated", "operand", "field", "called", "entered", "condition"):
            return True
        if word == "returned":
            return _callback_settled(event, entry)
        if word == "assigned":
            observed = _observed(event, name, frame) if completion in ("observable", "hot-observable") else None
            return _used_later(event.node, name, frame) if observed is None else observed
        if word == "argument":
            if name in _SPAWNING:
                if _in_task_group(event):
                    return True
                continue
            if name in _TELLING and usage[position + 1 :] in (("awaited", "dropped"), ("dropped",)):
                return False
            if name in _KEEPING or name in _WAITING or name in _OBSERVING:
                waits = name in _WAITING or name in _OBSERVING
                return (
                    not waits
                    or name in ("run", "run_until_complete")
                    or _settled(event, usage[position + 1 :], frame, entry, "promise")
                )
            return True
        if word == "chained":
            if name == "subscribe":
                return _error_callback(event, "subscribe") or _promise_around_settled(event)
            if name == "pipe":
                continue
            if name in _ASKING or name in _SUBSCRIBING:
                return True
            if name in ("then", "finally"):
                continue
        if word == "dropped":
            return False
    return False


def _lost_in_callback(event: Event) -> bool:
    """Whether the publish is awaited in an asynchronous callback whose promise ``forEach`` throws away."""
    function = event.frame.function
    callback = next(
        (one.node for one in reversed(event.contexts) if one.kind == "loop" and isinstance(one.node, ir.Call)), None
    )
    if function is None or function.kind != "lambda" or not function.is_async or callback is None:
        return False
    return (
        isinstance(callback.callee, ir.Member)
        and callback.callee.name == "forEach"
        and callback.start <= function.start < callback.end
    )


def _in_task_group(event: Event) -> bool:
    """Whether the task is started in a group that waits for it (``async with TaskGroup() as group``)."""
    for call in event.frame.calls:
        if (
            call.start <= event.node.start
            and event.node.end <= call.end
            and isinstance(call.callee, ir.Member)
            and call.callee.name in _SPAWNING
        ):
            owner = call.callee.object
            if isinstance(owner, ir.Name) and any(
                one.kind == "context" for one in event.frame.definitions.get(owner.name, ())
            ):
                return True
    return False


def _callback_settled(event: Event, entry: Publish) -> bool:
    """A returned result goes to the caller; in a callback, to whatever called back."""
    innermost = event.contexts[-1] if event.contexts else None
    callback = next(
        (
            one
            for one in reversed(event.contexts)
            if one.kind in ("loop", "callback", "deferred", "catch") and isinstance(one.node, ir.Call)
        ),
        None,
    )
    if event.frame.function is None or event.frame.function.kind != "lambda" or callback is None or innermost is None:
        return True
    name = (
        callback.node.callee.name
        if isinstance(callback.node, ir.Call) and isinstance(callback.node.callee, ir.Member | ir.Name)
        else ""
    )
    if name == "forEach":
        return False
    if name in ("map", "flatMap"):
        return not callback.usage or callback.usage[0] != "dropped"
    return True


def _error_callback(event: Event, method: str) -> bool:
    """Whether ``.subscribe`` is given something for errors: a second function, or an observer with ``error``."""
    return any(
        _gives_error_callback(call)
        for call in event.frame.calls
        if isinstance(call.callee, ir.Member)
        and call.callee.name == method
        and call.start <= event.node.start
        and event.node.end <= call.end
    )


def _observed(event: Event, name: str, frame: Frame) -> bool | None:
    """Whether a subscription to the observable in a variable is looked at; None where the variable is not subscribed to by hand."""
    found: bool | None = None
    for scope in frame.module.frames:
        if not (frame.start <= scope.start and scope.end <= frame.end):
            continue
        for call in scope.calls:
            if (
                isinstance(call.callee, ir.Member)
                and call.callee.name == "subscribe"
                and mentions(call.callee.object, {name})
            ):
                found = found or _gives_error_callback(call) or _promise_is_kept(call, frame)
    return found


def _promise_is_kept(call: ir.Call, frame: Frame) -> bool:
    """Whether the ``new Promise`` around a call is awaited, returned or kept in a variable."""
    around = [
        one
        for one in frame.calls
        if one.is_new
        and isinstance(one.callee, ir.Name)
        and one.callee.name == "Promise"
        and one.start <= call.start
        and call.end <= one.end
    ]
    if not around:
        return False
    body = frame.function.body if frame.function is not None else frame.module.module.body
    return not any(
        isinstance(statement, ir.Evaluate) and statement.value is around[-1] for statement in statements_in(body or ())
    )


def _gives_error_callback(call: ir.Call) -> bool:
    """Whether ``subscribe`` gets something for errors: a second function, or an observer with ``error``."""
    if len(call.args) > 1:
        return True
    return any(
        isinstance(argument.value, ir.Name | ir.Member)
        or (isinstance(argument.value, ir.Object) and any(field.key == "error" for field in argument.value.fields))
        for argument in call.args
    )


def _promise_around_settled(event: Event) -> bool:
    """Whether the subscription stands in a ``new Promise`` that is awaited, returned or kept."""
    for one in reversed(event.contexts):
        if one.kind == "callback" and isinstance(one.node, ir.Call) and one.node.is_new:
            return any(part.partition(":")[0] in ("awaited", "returned", "assigned", "argument") for part in one.usage)
    return False


def _used_later(node: ir.Node, name: str, frame: Frame) -> bool:
    """Whether a variable that holds the result is read after the call."""
    body = frame.function.body if frame.function is not None else frame.module.module.body
    if name in ("pattern", "_"):
        return name == "pattern"
    for statement in statements_in(body or ()):
        if statement.end > node.end:
            for value in values_of(statement):
                if value.start >= node.end and (
                    mentions(value, {name})
                    or any(isinstance(v, ir.Member) and v.name == name for v in values_in(value))
                ):
                    return True
    return name not in frame.definitions


# -------------------------------------------------------------------------------------------- confirms and reports


def _report_verdict(
    context: CheckContext, entry: Publish, event: Event, node: SiteNode
) -> tuple[str, Severity | None] | None:
    if event.place is not None and read_first(event.place, entry.report):
        return None
    if _confirmed(context, entry, event):
        return None
    if entry.report_listener and _listens(context, event, entry.report_listener):
        return None
    if entry.completion == "callback" and entry.report is None:
        return None
    return "a failure to send to {channel} goes unseen: no delivery report is looked at and nothing is flushed", None


def _listens(context: CheckContext, event: Event, name: str) -> bool:
    for site in context.graph.program.calls.get("on", ()):
        first = site.call.args[0].value if site.call.args else None
        if isinstance(first, ir.Literal) and first.value == name and site.frame.module is event.frame.module:
            return True
    return False


def _confirmed(context: CheckContext, entry: Publish, event: Event) -> bool:
    """Whether the publishes of this receiver are confirmed later: in the same function, or by the class or module that holds it."""
    for pattern in entry.confirmed_by:
        name = pattern.rpartition(".")[2]
        for site in context.graph.program.calls.get(name, ()):
            holders = [
                event.frame.cls,
                event.match.place.frame.cls
                if event.match is not None and event.match.place.frame is not None
                else None,
            ]
            same_class = site.frame.cls is not None and any(site.frame.cls is one for one in holders)
            if (
                site.frame is event.frame
                or same_class
                or (site.frame.module is event.frame.module and event.frame.cls is None)
                or _makes_object_of(event.frame, named_function(site.frame))
            ):
                return True
    return False


def _makes_object_of(method: Frame, maker: Frame) -> bool:
    """Whether a function beside a method's class makes its objects (``return &Panel{producer: producer}``)."""
    return (
        method.cls is not None
        and maker.module is method.module
        and any(call.is_new and last_name(call.callee) == method.cls.name for call in maker.calls)
    )


RULE = Rule("unawaited-publish", "warning", "Await the publish, return it, or look at its delivery report.", _run)
__all__ = ["RULE", "is_dropped_inside"]
