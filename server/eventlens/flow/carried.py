"""What an Optional, a future or a Mono carries, and what the functions get that run on it (Java, Kotlin).

``Mono.fromFuture(() -> sqs.getQueueUrl(request)).flatMap(found -> …)``: ``found`` is what ``getQueueUrl`` gives. They are
known by their names; what is made elsewhere, and only comes in as a Mono, is not followed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from eventlens import ir
from eventlens.flow.denotations import External, ExternalResult, LibraryMember, LibraryValue, Opaque
from eventlens.flow.scopes import Frame

if TYPE_CHECKING:
    from eventlens.flow.evaluation import Denotations, Evaluator

_MAKERS = {
    "Optional": frozenset(("of", "ofNullable")),
    "CompletableFuture": frozenset(("completedFuture", "supplyAsync")),
    "Mono": frozenset(("just", "justOrEmpty", "fromFuture", "fromCallable", "fromSupplier")),
    "Flux": frozenset(("just",)),
}
"""What makes one, of its first argument or of what that gives."""
_OF_FUTURES = frozenset(("thenApply", "thenApplyAsync", "thenCompose", "thenComposeAsync"))
_ON_FUTURES = _OF_FUTURES | {"thenAccept", "thenAcceptAsync"}
_MAKING = _OF_FUTURES | {"map", "flatMap", "mapNotNull"}
"""What gives one that carries what the function makes."""
_TAKING = (
    _MAKING | _ON_FUTURES | {"ifPresent", "ifPresentOrElse", "doOnNext", "doOnSuccess", "subscribe", "flatMapMany"}
)
"""What gives its first function what is carried."""
_PASSING = frozenset(
    (
        *(
            "doOnNext",
            "doOnSuccess",
            "doOnError",
            "doOnSubscribe",
            "doFinally",
            "doOnTerminate",
            "log",
            "cache",
            "filter",
        ),
        *("subscribeOn", "publishOn", "timeout", "retryWhen", "onErrorMap", "checkpoint", "exceptionally", "orTimeout"),
    )
)
"""What gives one that carries the same."""
_MOST_STEPS = 12


def parameter_values(evaluator: Evaluator, frame: Frame) -> Denotations:
    """What a function that is written where it is given to one of them gets; () where that is not known."""
    function = frame.function
    if function is None or function.kind != "lambda":
        return ()
    site = frame.module.handed.get((function.start, function.end))
    callee = site.call.callee if site is not None else None
    if site is None or not isinstance(callee, ir.Member) or callee.name not in _TAKING:
        return ()
    first = site.call.args[0].value if site.call.args else None
    if not isinstance(first, ir.Lambda) or first.function is not function:
        return ()
    if not evaluator.program.workspace.finds_by_package(frame.module.path):
        return ()
    found = _carried(evaluator, callee.object, site.frame)
    if not found and callee.name in _ON_FUTURES:
        given = evaluator.evaluate(callee.object, site.frame)
        found = tuple(one for one in given if isinstance(one, LibraryValue))
    return tuple(one for one in found if not isinstance(one, External | ExternalResult | LibraryMember | Opaque))


def _carried(evaluator: Evaluator, value: ir.Value, frame: Frame, steps: int = 0) -> Denotations:
    """What is carried by what a chain of calls that begins with its making gives."""
    if not isinstance(value, ir.Call) or not isinstance(value.callee, ir.Member) or steps > _MOST_STEPS:
        return ()
    name, on = value.callee.name, value.callee.object
    first = value.args[0].value if value.args else None
    if isinstance(on, ir.Name) and first is not None and name in _MAKERS.get(on.name, ()):
        if not isinstance(first, ir.Lambda):
            return evaluator.evaluate(first, frame)
        inner = frame.module.frame_for(first.function)
        return tuple(one for given in inner.returns for one in evaluator.evaluate(given, inner))
    if name in _MAKING and isinstance(first, ir.Lambda):
        if not parameter_values(evaluator, inner := frame.module.frame_for(first.function)):
            return ()
        return tuple(
            one
            for given in inner.returns
            for one in _carried(evaluator, given, inner, steps + 1) or evaluator.evaluate(given, inner)
        )
    return _carried(evaluator, on, frame, steps + 1) if name in _PASSING else ()
