"""What becomes of the result of a send: a promise, future, coroutine or observable that is waited for, kept, handed on or dropped."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING

from eventlens import ir
from eventlens.behaviour.events import Event
from eventlens.behaviour.paths import named_function
from eventlens.flow.denotations import FunctionRef
from eventlens.flow.module_index import last_name
from eventlens.flow.scopes import Frame
from eventlens.flow.walk import mentions, reads_any, statements_in, values_in, values_of
from eventlens.knowledge.schema import Publish

if TYPE_CHECKING:
    from eventlens.checks.context import CheckContext
    from eventlens.flow.evaluation import Denotations
    from eventlens.flow.site_node import SiteNode

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
        "onFailure",
        "onComplete",
        "recover",
        "otherwise",
    )
)
"""Methods of a future or promise that wait for it, or tell somebody of its failure."""
_SUBSCRIBING = frozenset(
    ("block", "blockOptional", "awaitSingle", "awaitSingleOrNull", "awaitFirst", "awaitFirstOrNull")
)
"""Methods that subscribe to a stream of one result and wait for it."""
_OBSERVING = frozenset(("lastValueFrom", "firstValueFrom", "toPromise"))
_SPAWNING = frozenset(("create_task", "ensure_future", "start_soon"))
KEEPING = frozenset(("append", "push", "add", "put", "set"))
"""Methods that put what they are given where it can be asked later."""


def sent_at(context: CheckContext, call: ir.Node, frame: Frame) -> Event | None:
    """What a call does, in the named function that holds it."""
    events = context.tracer.trace(named_function(frame))
    return next(
        (one for one in events if one.kind in ("publish", "send", "call") and one.node is call and not one.chain), None
    )


def calls_inside(node: SiteNode) -> list[tuple[ir.Node, Frame]] | None:
    """The library's call, and the calls of in-house functions on the way to the site, from the inside out; none where the site is that call itself,
    None where the library's is not a call that is seen."""
    place = node.match.place
    if not node.chain:
        return []
    if place.call is None or place.frame is None:
        return None
    return [(place.call, place.frame), *((one.call, one.frame) for one in node.chain[:-1])]


def sent_inside(context: CheckContext, node: SiteNode) -> Iterator[Event | None]:
    """What each of `calls_inside` does; None for one that is not followed."""
    inside = calls_inside(node)
    return iter((None,)) if inside is None else (sent_at(context, call, frame) for call, frame in inside)


def is_settled(event: Event, usage: tuple[str, ...], frame: Frame, entry: Publish, completion: str) -> bool:
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
            return is_used_later(event.node, name, frame) if observed is None else observed
        if word == "argument":
            if name in _SPAWNING:
                if _in_task_group(event):
                    return True
                continue
            if name in _TELLING and usage[position + 1 :] in (("awaited", "dropped"), ("dropped",)):
                return False
            if name in KEEPING or name in _WAITING or name in _OBSERVING:
                waits = name in _WAITING or name in _OBSERVING
                return (
                    not waits
                    or name in ("run", "run_until_complete")
                    or is_settled(event, usage[position + 1 :], frame, entry, "promise")
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


_FAILURE = re.compile(r"(?i)_?(err|error|e|ex|exc|exception|failure)")
"""How the parameter of a delivery report is called that gets what went wrong."""


def look_at_no_failure(reports: Denotations) -> bool:
    """Whether delivery reports are functions that get what went wrong, and never read it."""
    functions = [one.frame.function if isinstance(one, FunctionRef) else None for one in reports]
    return bool(functions) and all(one is not None and _reads_no_failure(one) for one in functions)


def _reads_no_failure(function: ir.Function) -> bool:
    failures = {one.name for one in function.parameters if _FAILURE.fullmatch(one.name)}
    return bool(failures) and function.body is not None and not reads_any(function.body, failures)


def is_asked_first(usage: tuple[str, ...]) -> bool:
    """Whether the result is waited for, or looked at, before anything else is done with it."""
    word, _, name = usage[0].partition(":") if usage else ("", "", "")
    return word == "chained" and name in _ASKING


def is_asking(value: ir.Value, names: Collection[str]) -> bool:
    """Whether a value is the answer of a result in one of some variables (``future.result()``), and not that result."""
    callee = value.callee if isinstance(value, ir.Call) else None
    return (
        isinstance(callee, ir.Member)
        and callee.name in _ASKING
        and isinstance(callee.object, ir.Name)
        and callee.object.name in names
    )


_GATHERING = frozenset(("map", "flatMap", "mapNotNull"))
"""Calls that give all that their callback returns."""


def given_to_callers(event: Event, frame: Frame) -> tuple[tuple[str, ...], Frame]:
    """What becomes of a send's result, and in which function: what a callback returns to ``map`` is what ``map`` gives."""
    usage, function = event.usage, frame.function
    if usage[:1] != ("returned",) or function is None or function.kind != "lambda":
        return usage, frame
    callback = next((one for one in reversed(event.contexts) if isinstance(one.node, ir.Call)), None)
    gathering = callback.node if callback is not None else None
    if callback is None or not isinstance(gathering, ir.Call) or last_name(gathering.callee) not in _GATHERING:
        return usage, frame
    return (*callback.usage, *usage[1:]), named_function(frame)


def starts_task(usage: tuple[str, ...]) -> bool:
    """Whether what a call gives is started as a task of its own."""
    return any(word == "argument" and name in _SPAWNING for word, _, name in (one.partition(":") for one in usage))


def is_lost_in_callback(event: Event) -> bool:
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


def is_used_later(node: ir.Node, name: str, frame: Frame) -> bool:
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
