"""What a piece of code runs in: a transaction that a decorator, a ``with`` or a call opens, and what becomes of a function that is handed over."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeAlias

from eventlens import ir
from eventlens.behaviour.events import Context, Event
from eventlens.flow.denotations import FunctionRef
from eventlens.flow.library_match import LibraryMatch
from eventlens.flow.matching import Matcher
from eventlens.flow.module_index import decorator_name
from eventlens.flow.scopes import Frame
from eventlens.knowledge.schema import Acknowledge, Transaction

_REPEATING = frozenset((
    "forEach", "map", "flatMap", "filter", "reduce", "some", "every", "for_each", "each", "find",
))  # fmt: skip
_WITH_EACH = frozenset(("forEach", "forEachOrdered", "for_each", "each", "ifPresent", "onEach"))
"""Calls that run a function for what it does, with what they are called on or with each element of it; those that make something of each
are mostly given functions that do nothing else, and there are many."""
_DELAYING = frozenset((
    "then", "finally", "subscribe", "pipe", "tap", "on", "once", "addListener", "add_done_callback", "setTimeout",
    "setImmediate", "setInterval", "nextTick", "queueMicrotask", "call_later", "call_soon", "add_task", "submit",
    "add_callback", "add_errback",
))  # fmt: skip
_CATCHING = frozenset(("catch", "catchError"))

Traced: TypeAlias = Callable[[Frame], Sequence[Event]]
"""The events of a function."""


def decorator_scopes(matcher: Matcher, traced: Traced, frame: Frame, called_by_own_object: bool) -> list[Context]:
    """The transactions that the decorators of a function or of its class open.

    ``called_by_own_object``: a proxy around the object sees nothing of the call.
    """
    function = frame.function
    if function is None or function.kind == "lambda":
        return []
    own = _scopes(matcher.declared.decorating(frame))
    if not own and frame.cls is not None and function.kind == "method" and function.visibility == "public":
        own = [
            match
            for match in _scopes(matcher.declared.decorating_class(frame.cls))
            if not any(_is_same_decorator(match, one) for one in function.decorators)
        ]
    found = [
        Context("transaction", function, frame, match=match)
        for match in own
        if not (called_by_own_object and isinstance(match.entry, Transaction) and match.entry.by_proxy)
    ]
    return found or list(_own_decorators(matcher, traced, frame))


def _own_decorators(matcher: Matcher, traced: Traced, frame: Frame) -> Iterator[Context]:
    """In-house decorators whose wrapper calls what they decorate and then commits."""
    function = frame.function
    assert function is not None
    outer = frame.cls.body if frame.cls is not None else frame.parent or frame
    for decorator in function.decorators:
        for meaning in matcher.evaluator.evaluate(decorator, outer) if isinstance(decorator, ir.Name) else ():
            commit = _commit_after_call(matcher, traced, meaning.frame) if isinstance(meaning, FunctionRef) else None
            if commit is not None:
                yield Context("transaction", function, frame, match=commit.match)
                return


def _commit_after_call(matcher: Matcher, traced: Traced, maker: Frame) -> Event | None:
    """The commit in the function that a decorator gives, below its call of what it decorates."""
    if maker.function is None or not maker.function.parameters:
        return None
    decorated = maker.function.parameters[0].name
    for value in maker.returns:
        for wrapper in matcher.evaluator.evaluate(value, maker):
            if not isinstance(wrapper, FunctionRef) or wrapper.frame.parent is not maker:
                continue
            calls = [
                one for one in wrapper.frame.calls if isinstance(one.callee, ir.Name) and one.callee.name == decorated
            ]
            commits = [one for one in traced(wrapper.frame) if one.kind == "commit" and not one.chain]
            found = next((one for one in commits if any(call.end <= one.node.start for call in calls)), None)
            if found is not None:
                return found
    return None


def entered(matcher: Matcher, traced: Traced, value: ir.Value, node: ir.With, frame: Frame) -> list[Context]:
    """What entering a value in a ``with`` opens."""
    call = value.value if isinstance(value, ir.Await) else value
    found: list[Context] = []
    matches = matcher.at_call(call, frame) if isinstance(call, ir.Call) else ()
    for match in (*matches, *matcher.declared.at_enter(value, frame)):
        if isinstance(match.entry, Transaction) and match.entry.kind == "scope" and match.entry.body is None:
            found.append(Context("transaction", node, frame, match=match))
        elif isinstance(match.entry, Acknowledge) and match.entry.scope:
            found.append(Context("acknowledged", node, frame, match=match))
    if not found and isinstance(call, ir.Call):
        found.extend(_own_manager(matcher, traced, call, node, frame))
    return found


def _own_manager(matcher: Matcher, traced: Traced, call: ir.Call, node: ir.With, frame: Frame) -> list[Context]:
    """An in-house context manager that commits when it is left (a generator that yields between begin and commit)."""
    for meaning in matcher.evaluator.evaluate(call.callee, frame):
        if isinstance(meaning, FunctionRef) and meaning.frame.yields:
            inner = traced(meaning.frame)
            for event in inner:
                if event.kind == "commit" or (event.within("transaction") is not None and event.kind == "call"):
                    return [Context("transaction", node, frame, match=event.match)]
            scope = next(
                (event.within("transaction") for event in inner if event.within("transaction") is not None), None
            )
            if scope is not None:
                return [Context("transaction", node, frame, match=scope.match)]
    return []


def callback_context(
    name: str,
    node: ir.Call,
    frame: Frame,
    scope: LibraryMatch | None,
    application: LibraryMatch | None,
    usage: tuple[str, ...],
) -> Context:
    """What a function runs in that is handed to a call of ``name``; ``scope`` and ``application`` are what a library says of the call."""
    if scope is not None:
        return Context("transaction", node, frame, match=scope, usage=usage)
    if application is not None or name in _DELAYING:
        return Context("deferred", node, frame, match=application, usage=usage)
    if name in _CATCHING:
        return Context("catch", node, frame, usage=usage)
    return Context("loop" if name in _REPEATING else "callback", node, frame, usage=usage)


def runs_with_elements(name: str) -> bool:
    """Whether a call of a name runs a function that it is given with the elements of what it is called on."""
    return name in _WITH_EACH


def made_later_in(match: LibraryMatch | None) -> tuple[Context, ...]:
    """What a library's call runs in that the code only hands over."""
    outer = match.handed_over if match is not None else None
    if outer is None or outer.place.frame is None or not isinstance(outer.place.call, ir.Call):
        return ()
    return (Context("deferred", outer.place.call, outer.place.frame, match=outer),)


def is_scope_of_argument(match: LibraryMatch) -> bool:
    """Whether a call runs what it is given in a transaction."""
    return isinstance(match.entry, Transaction) and match.entry.kind == "scope" and match.entry.body is not None


def is_on_its_own(scope: Context) -> bool:
    """Whether a transaction is none of another around it: it is begun on what an object or a module keeps, in a library in which only
    what is done through the handle that a transaction's callback gets belongs to it."""
    match, call = scope.match, scope.node
    if match is None or not isinstance(match.entry, Transaction) or not isinstance(call, ir.Call):
        return False
    sources = [one for sources in match.model.model.values.values() for one in sources]
    if not any(one.parameter is not None and one.parameter.split()[0] == match.entry.call for one in sources):
        return False
    receiver = match.place.receiver
    root: ir.Value = call.callee
    while isinstance(root, ir.Member):
        root = root.object
    given = isinstance(root, ir.Name) and _is_given(scope.frame, root.name)
    return (
        isinstance(root, ir.This | ir.Name)
        and not given
        and (receiver is None or receiver.source is None or receiver.source.parameter is None)
    )


def _is_given(frame: Frame, name: str) -> bool:
    """Whether a function, or one around it, has a parameter of a name."""
    scope: Frame | None = frame
    while scope is not None:
        if scope.function is not None and any(one.name == name for one in scope.function.parameters):
            return True
        scope = scope.parent
    return False


def runs_after_commit(match: LibraryMatch) -> bool:
    """Whether a call hands over code that runs once the transaction is committed."""
    return isinstance(match.entry, Transaction) and match.entry.kind == "after-commit"


def _scopes(matches: Iterable[LibraryMatch]) -> list[LibraryMatch]:
    return [match for match in matches if isinstance(match.entry, Transaction) and match.entry.kind == "scope"]


def _is_same_decorator(match: LibraryMatch, other: ir.Value) -> bool:
    """Whether a decorator is called like the one that a match is about."""
    return decorator_name(other) == match.model.pattern_of(match.entry).names[-1]
