"""Which code runs for a message: function values, decorated functions, methods, and the bodies of poll loops."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from eventlens import ir
from eventlens.flow import members
from eventlens.flow.denotations import (
    ClassRef,
    Collection,
    Denotation,
    FunctionRef,
    Instance,
    LibraryMember,
    LibraryValue,
    Record,
    is_symbolic,
)
from eventlens.flow.matching import LibraryMatch, Matcher
from eventlens.flow.program import CallSite, ClassIndex, Frame
from eventlens.flow.reading import Place, read_first
from eventlens.flow.walk import loops_of, mentions, statements_in, values_in

if TYPE_CHECKING:
    from eventlens.flow.evaluation import Denotations
    from eventlens.knowledge.schema import Handler


class HandlerFound(NamedTuple):
    """A handler: the function that runs, and for a poll loop the loop whose body it is.

    ``symbolic`` are denotations that depend on a caller: the subscription is then in a wrapper. ``call`` is the call that hands
    the handler over where that is another than the subscription's own.
    """

    frame: Frame | None
    loop: ir.Loop | None = None
    loop_frame: Frame | None = None
    symbolic: tuple[Denotation, ...] = ()
    call: ir.Call | None = None
    call_frame: Frame | None = None


NOTHING = HandlerFound(None)


def find(matcher: Matcher, match: LibraryMatch, place: Place) -> HandlerFound:
    """The handler of a subscription match, read in ``place`` (the match's place with the environment of its callers)."""
    handler: Handler = match.entry.handler  # type: ignore[union-attr]
    if handler.decorated or handler.typed:
        return HandlerFound(place.function)
    if handler.method and place.index is not None:
        return _method(matcher, place.index, handler.method)
    found = _from_argument(matcher, match, place, handler)
    if found is not NOTHING:
        return found
    if handler.listener:
        found = _listener(matcher, match, place, handler)
        if found is not NOTHING:
            return found
    if handler.loop:
        return _loop(matcher, match, place, handler)
    return NOTHING


def _method(matcher: Matcher, index: ClassIndex, names: list[str]) -> HandlerFound:
    for name in names:
        for meaning in members.class_member(matcher.evaluator, index, name, Instance(index)):
            if isinstance(meaning, FunctionRef):
                return HandlerFound(meaning.frame)
    return NOTHING


def _from_argument(matcher: Matcher, match: LibraryMatch, place: Place, handler: Handler) -> HandlerFound:
    if handler.argument is None:
        return NOTHING
    if handler.call is None:
        return _function(matcher, read_first(place, handler.argument), handler)
    for site in _calls_on_same(matcher, match, place, handler.call):
        other = replace(place, call=site.call, frame=site.frame, element=None)
        found = _function(matcher, read_first(other, handler.argument), handler)
        if found is not NOTHING:
            return found._replace(call=site.call, call_frame=site.frame)
    return NOTHING


def _function(matcher: Matcher, values: Denotations, handler: Handler) -> HandlerFound:
    symbolic = tuple(value for value in values if is_symbolic(value))
    for value in values:
        if isinstance(value, FunctionRef):
            return HandlerFound(unwrapped(matcher, value))
        if isinstance(value, Instance | Record | ClassRef):
            for name in handler.method or ("handle", "__call__", "handler", "process"):
                for meaning in members.member(matcher.evaluator, value, name, ir.Unknown(0, 0, ""), _frame_of(value)):
                    if isinstance(meaning, FunctionRef):
                        return HandlerFound(meaning.frame)
        if isinstance(value, Collection) and value.items:
            return _function(matcher, value.items, handler)
    return HandlerFound(None, symbolic=symbolic) if symbolic else NOTHING


def _frame_of(value: Instance | Record | ClassRef) -> Frame:
    if isinstance(value, Record):
        return value.frame
    return value.index.body


def unwrapped(matcher: Matcher, value: FunctionRef) -> Frame:
    """The function behind a lambda that only forwards (``(m) => this.onOrder(m)``); else the function itself."""
    function = value.frame.function
    if function is None or function.kind != "lambda" or len(value.frame.returns) != 1 or not function.expression_body:
        return value.frame
    returned = value.frame.returns[0]
    if isinstance(returned, ir.Await):
        returned = returned.value
    if not isinstance(returned, ir.Call) or len(value.frame.calls) > 3:
        return value.frame
    targets = [m for m in matcher.evaluator.evaluate(returned.callee, value.frame) if isinstance(m, FunctionRef)]
    names = {parameter.name for parameter in function.parameters} | set(value.frame.definitions)
    if len(targets) == 1 and any(mentions(argument.value, names) for argument in returned.args):
        return targets[0].frame
    return value.frame


# ------------------------------------------------------------------------------------------------ the same receiver


def same_value(one: LibraryValue, other: LibraryValue) -> bool:
    """Whether two library values are the same object: made by the same call, or held by the same class or module under one type."""
    if one.model is not other.model or one.type != other.type:
        return False
    if one.call is not None and other.call is not None:
        return one.call is other.call
    return one.call is None and other.call is None


def _calls_on_same(matcher: Matcher, match: LibraryMatch, place: Place, pattern_text: str) -> Iterator[CallSite]:
    """Calls of a method on the receiver of the match: in the same function first, then class, module, program."""
    receiver = place.receiver
    assert place.frame is not None
    name = pattern_text.rpartition(".")[2]
    sites = list(matcher.evaluator.program.calls.get(name, ()))
    sites.sort(key=lambda site: _distance(place.frame, site))  # type: ignore[arg-type]
    for site in sites:
        near = _distance(place.frame, site)
        for other in matcher.at_receiver(site.call, site.frame):
            if receiver is None or same_value(receiver, other):
                if receiver is not None and receiver.call is None and near > 2:
                    continue
                yield site
                break


def _distance(frame: Frame, site: CallSite) -> int:
    if site.frame is frame:
        return 0
    if site.frame.cls is not None and site.frame.cls is frame.cls:
        return 1
    return 2 if site.frame.module is frame.module else 3


def _listener(matcher: Matcher, match: LibraryMatch, place: Place, handler: Handler) -> HandlerFound:
    for name in ("on", "addListener", "once"):
        calls = _calls_on_result(matcher, place, name) if handler.on == "returned-value" else _calls_on_same(matcher, match, place, f"X.{name}")
        for site in calls:
            if len(site.call.args) > 1 and _is_literal(site.call.args[0].value, handler.listener):
                found = _function(matcher, matcher.evaluator.evaluate(site.call.args[1].value, site.frame), handler)
                if found is not NOTHING:
                    return found._replace(call=site.call, call_frame=site.frame)
    return NOTHING


def _is_literal(value: ir.Value, wanted: str | None) -> bool:
    return isinstance(value, ir.Literal) and value.value == wanted


def _calls_on_result(matcher: Matcher, place: Place, name: str) -> Iterator[CallSite]:
    """Calls of a method on what the subscribing call returned."""
    for site in matcher.evaluator.program.calls.get(name, ()):
        if isinstance(site.call.callee, ir.Member):
            for meaning in matcher.evaluator.evaluate(site.call.callee.object, site.frame):
                if isinstance(meaning, LibraryMember | LibraryValue) and meaning.call is place.call:
                    yield site
                    break


# ------------------------------------------------------------------------------------------------------- poll loops


def _loop(matcher: Matcher, match: LibraryMatch, place: Place, handler: Handler) -> HandlerFound:
    """The loop that takes messages from the receiver (or from the call's result), and what its body hands them to."""
    assert place.frame is not None
    for frame in _frames_near(place.frame, match):
        for loop in loops_of(frame):
            if loop.target is not None and loop.source is not None and _is_source(matcher, match, place, loop.source, frame):
                return HandlerFound(_deepest(matcher, handler, frame, loop.body, names_bound(loop.target)) or frame, loop, frame)
    polls = [name.rpartition(".")[2] for name in handler.polls]
    sites = [site for name in polls for site in matcher.evaluator.program.calls.get(name, ())]
    for site in sorted(sites, key=lambda one: _distance(place.frame, one)):  # type: ignore[arg-type]
        if site.call is place.call or _on_receiver(matcher, place, site.call, site.frame):
            return _polling(matcher, handler, site)
    return NOTHING


def _polling(matcher: Matcher, handler: Handler, site: CallSite, hops: int = 0) -> HandlerFound:
    """What handles the message that a poll call takes: the loop around it, or the rest of its function.

    A function that only fetches messages and returns them is looked through: its caller's loop is the one.
    """
    frame = site.frame
    around = [loop for loop in loops_of(frame) if loop.start <= site.call.start < loop.end]
    loop = around[-1] if around else None
    body = loop.body if loop is not None else (frame.function.body or ()) if frame.function is not None else frame.module.module.body
    message = _taken(site, body)
    handed = _deepest(matcher, handler, frame, body, message)
    if handed is None and hops < 2 and any(mentions(value, _derived(body, message)) for value in frame.returns):
        for caller in matcher.callers.of(frame)[:1]:
            return _polling(matcher, handler, CallSite(caller.frame, caller.call), hops + 1)
    return HandlerFound(handed or frame, loop, frame)


def _taken(site: CallSite, body: Iterable[ir.Statement]) -> set[str]:
    """The names that hold what the call gives."""
    names: set[str] = set()
    for statement in statements_in(body):
        if isinstance(statement, ir.Assign) and statement.value is not None and any(value is site.call for value in values_in(statement.value)):
            names |= names_bound(statement.target)
        elif isinstance(statement, ir.Loop) and statement.target is not None and any(value is site.call for value in values_in(statement.source)):
            names |= names_bound(statement.target)
    return names


def _derived(body: Iterable[ir.Statement], message: set[str]) -> set[str]:
    """The names that hold something made of the message: assigned from it, looped over it, collected from it."""
    known = set(message)
    for statement in statements_in(body):
        if isinstance(statement, ir.Assign) and statement.value is not None and mentions(statement.value, known):
            known |= names_bound(statement.target)
        elif isinstance(statement, ir.Loop) and statement.target is not None and statement.source is not None and mentions(statement.source, known):
            known |= names_bound(statement.target)
        elif isinstance(statement, ir.Evaluate) and isinstance(statement.value, ir.Call) and isinstance(statement.value.callee, ir.Member):
            call, owner = statement.value, statement.value.callee.object
            if isinstance(owner, ir.Name) and statement.value.callee.name in COLLECTING and any(mentions(a.value, known) for a in call.args):
                known.add(owner.name)
    return known


COLLECTING = frozenset(("append", "push", "add", "extend"))
"""Methods that put a value into a list or set."""


def _frames_near(frame: Frame, match: LibraryMatch) -> Iterator[Frame]:
    yield frame
    inner = [f for f in frame.module.frames if f is not frame and frame.start <= f.start and f.end <= frame.end]
    yield from inner
    seen = {id(f) for f in [frame, *inner]}
    same_class = [f for f in frame.module.frames if id(f) not in seen and f.cls is not None and f.cls is frame.cls]
    yield from same_class
    seen.update(id(f) for f in same_class)
    yield from (f for f in frame.module.frames if id(f) not in seen)


def _is_source(matcher: Matcher, match: LibraryMatch, place: Place, source: ir.Value, frame: Frame) -> bool:
    """Whether iterating ``source`` takes messages from the subscription: it is the receiver, the call's result, or made from them."""
    core = source.value if isinstance(source, ir.Await) else source
    if core is place.call:
        return True
    for value in matcher.evaluator.evaluate(core, frame):
        if isinstance(value, LibraryMember) and value.call is not None:
            if value.call is place.call:
                return True
            continue
        current = value.value if isinstance(value, LibraryMember) else value
        while isinstance(current, LibraryValue):
            if current.call is not None and current.call is place.call:
                return True
            if place.receiver is not None and same_value(current, place.receiver) and (current.call is not None or frame.module is place.frame.module):  # type: ignore[union-attr]
                return True
            current = current.parent
    return False


def _on_receiver(matcher: Matcher, place: Place, call: ir.Call, frame: Frame) -> bool:
    for other in matcher.at_receiver(call, frame):
        current: LibraryValue | None = other
        while current is not None:
            if current.call is not None and current.call is place.call:
                return True
            if place.receiver is None or same_value(current, place.receiver):
                return True
            current = current.parent
    return False


def names_bound(target: ir.Value) -> set[str]:
    """The names that a target or pattern binds."""
    return {value.name for value in values_in(target) if isinstance(value, ir.Name)}


class _Handed(NamedTuple):
    """A call that gives the message, or something made of it, to a workspace function."""

    target: Frame
    call: ir.Call
    dropped: bool
    """Whether the call's result is not used."""


def _deepest(matcher: Matcher, handler: Handler, frame: Frame, body: Iterable[ir.Statement], message: set[str]) -> Frame | None:
    """The function that handles the message: where a loop hands it, and on through functions that only unpack a batch or the envelope."""
    handed = _handed_to(matcher, frame, body, message)
    if handed is None:
        return None
    content = {path.partition(".")[2].partition(".")[0].removesuffix("[]") for path in handler.message or ()} - {""}
    for _ in range(3):
        inner = _inner(matcher, handed, content)
        if inner is None or inner.target is handed.target:
            break
        handed = inner
    return handed.target


def _inner(matcher: Matcher, handed: _Handed, content: set[str]) -> _Handed | None:
    """The call inside a handler that gets a single message of the batch, or the content taken out of the envelope."""
    function = handed.target.function
    if function is None or function.body is None:
        return None
    own = {parameter.name for parameter in function.parameters}
    for statement in statements_in(function.body):
        if isinstance(statement, ir.Loop) and statement.target is not None and isinstance(statement.source, ir.Name) and statement.source.name in own:
            return _handed_to(matcher, handed.target, statement.body, names_bound(statement.target))
    for call in handed.target.calls:
        if any(_takes_content(argument.value, own, content) for argument in call.args):
            for meaning in matcher.evaluator.evaluate(call.callee, handed.target):
                if isinstance(meaning, FunctionRef) and meaning.frame.function is not None:
                    return _Handed(meaning.frame, call, False)
    return None


def _takes_content(value: ir.Value, own: set[str], content: set[str]) -> bool:
    """Whether a value is the message's content as it is: ``message.value()``, ``message.body``."""
    inner = value.callee if isinstance(value, ir.Call) and not value.args else value
    return isinstance(inner, ir.Member) and inner.name in content and isinstance(inner.object, ir.Name) and inner.object.name in own


def _handed_to(matcher: Matcher, frame: Frame, body: Iterable[ir.Statement], message: set[str]) -> _Handed | None:
    """The workspace function to which a loop's body hands the message: the first whose result is not used, else the last."""
    body = tuple(body)
    known = _derived(body, message)
    found: list[_Handed] = []
    for statement in statements_in(body):
        value = _evaluated(statement)
        for call in values_in(value) if value is not None else ():
            if isinstance(call, ir.Call) and any(mentions(argument.value, known) for argument in call.args):
                for meaning in matcher.evaluator.evaluate(call.callee, frame):
                    if isinstance(meaning, FunctionRef) and meaning.frame.function is not None:
                        found.append(_Handed(meaning.frame, call, isinstance(statement, ir.Evaluate)))
    dropped = [handed for handed in found if handed.dropped]
    return dropped[0] if dropped else found[-1] if found else None


def _evaluated(statement: ir.Statement) -> ir.Value | None:
    if isinstance(statement, ir.Evaluate | ir.Assign | ir.Return):
        return statement.value
    return None
