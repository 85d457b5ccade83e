"""Which code runs for a message: function values, decorated functions, methods, listeners; `polling` reads poll loops."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from eventlens import ir
from eventlens.flow import chains, class_members, members, polling
from eventlens.flow.denotations import (
    ClassRef,
    Collection,
    Denotation,
    FunctionRef,
    Instance,
    LibraryMember,
    LibraryValue,
    Part,
    Receiver,
    Record,
    is_symbolic,
    roots,
)
from eventlens.flow.handler_found import NOTHING, HandlerFound
from eventlens.flow.library_match import LibraryMatch
from eventlens.flow.matched_place import Place
from eventlens.flow.matching import Matcher
from eventlens.flow.module_index import CallSite
from eventlens.flow.reading import read_first
from eventlens.flow.receivers import calls_on_result, calls_on_same, same_value
from eventlens.flow.scopes import ClassIndex, Frame
from eventlens.flow.walk import mentions, names_made_of
from eventlens.knowledge.schema import Subscribe

if TYPE_CHECKING:
    from eventlens.flow.call_chains import Caller
    from eventlens.flow.evaluation import Denotations
    from eventlens.knowledge.schema import Handler


def find(matcher: Matcher, match: LibraryMatch, place: Place, chain: Sequence[Caller] = ()) -> HandlerFound:
    """The handler of a subscription match, read in ``place``: the match's place with the environment of its callers, the ``chain``."""
    assert isinstance(match.entry, Subscribe)
    handler = match.entry.handler
    if handler.decorated or handler.typed:
        return HandlerFound(place.function)
    if match.entry.convention and place.function is not None:
        return HandlerFound(place.function)
    if handler.method and place.index is not None:
        return _method(matcher, place.index, handler.method, place.base)
    found = _chained(matcher, place) if handler.chain else _from_argument(matcher, place, handler)
    if found is NOTHING and handler.listener:
        found = _listener(matcher, place, handler)
    if found is NOTHING and handler.loop:
        found = polling.find(matcher, place, handler, chain)
    return found


def _method(matcher: Matcher, index: ClassIndex, names: list[str], base: ir.TypeRef | None) -> HandlerFound:
    """The method of a class; of several of one name that which takes the type that the class is a handler of."""
    wanted = {one.name.rpartition(".")[2] for one in base.args} if base is not None else set()
    for name in names:
        found = [
            meaning.frame
            for meaning in class_members.class_member(matcher.evaluator, index, name, Instance(index))
            if isinstance(meaning, FunctionRef)
        ]
        if found:
            return HandlerFound(next((frame for frame in found if not wanted.isdisjoint(_taken(frame))), found[0]))
    return NOTHING


def _taken(frame: Frame) -> Iterator[str]:
    """The names of the types that a function's parameters mention."""
    queue = [one.type for one in (frame.function.parameters if frame.function is not None else ()) if one.type]
    while queue:
        written = queue.pop()
        yield written.name.rpartition(".")[2]
        queue.extend(written.args)


def _chained(matcher: Matcher, place: Place) -> HandlerFound:
    """Of the functions chained on a stream the first that has a name, or only calls one that has; else the first."""
    frames = [unwrapped(matcher, one) for one in chains.functions(matcher, place)]
    named = (frame for frame in frames if frame.function is not None and frame.function.kind != "lambda")
    chosen = next(named, frames[0] if frames else None)
    return HandlerFound(chosen) if chosen is not None else NOTHING


def _from_argument(matcher: Matcher, place: Place, handler: Handler) -> HandlerFound:
    if handler.argument is None:
        return NOTHING
    if handler.call is None:
        return _function(matcher, read_first(place, handler.argument), handler, place)
    for site in _sites_of_other_call(matcher, place, handler):
        other = replace(place, call=site.call, frame=site.frame, element=None)
        found = _function(matcher, read_first(other, handler.argument), handler, place)
        if found is not NOTHING:
            return found._replace(call=site.call)
    return NOTHING


def _sites_of_other_call(matcher: Matcher, place: Place, handler: Handler) -> Iterator[CallSite]:
    """The calls that hand the handler over: on the same receiver, on the call's result, or anywhere in the function."""
    name = (handler.call or "").rpartition(".")[2]
    if handler.on == "returned-value":
        return calls_on_result(matcher, place, name)
    if handler.on == "same-function":
        return (site for site in matcher.evaluator.program.calls.get(name, ()) if site.frame is place.frame)
    return calls_on_same(matcher, place, name)


def _function(matcher: Matcher, values: Denotations, handler: Handler, place: Place) -> HandlerFound:
    symbolic = tuple(value for value in values if is_symbolic(value))
    for value in values:
        if isinstance(value, FunctionRef):
            return _forwarded(matcher, value, place) or HandlerFound(unwrapped(matcher, value))
        if isinstance(value, Instance | Record | ClassRef):
            for name in handler.method or ("handle", "__call__", "handler", "process"):
                for meaning in members.member(matcher.evaluator, value, name, ir.Unknown(0, 0, ""), _frame_of(value)):
                    if isinstance(meaning, FunctionRef):
                        return HandlerFound(meaning.frame)
        if isinstance(value, Collection) and value.items:
            return _function(matcher, value.items, handler, place)
    own = _own_method(matcher, symbolic, handler)
    if own is not None:
        return HandlerFound(own)
    return HandlerFound(None, symbolic=symbolic) if symbolic else NOTHING


def _own_method(matcher: Matcher, values: Denotations, handler: Handler) -> Frame | None:
    """The method of the object that hands over itself (``group.Consume(ctx, topics, c)``), where all objects of its class run the same one."""
    for value in values:
        if not isinstance(value, Receiver) or len(values) > 1 or _is_unfinished(value.index):
            continue
        for name in handler.method:
            found = class_members.receiver_member(matcher.evaluator, value, name)
            frames = {id(one.frame): one.frame for one in found if isinstance(one, FunctionRef)}
            if len(frames) == 1:
                return next(iter(frames.values()))
    return None


def _is_unfinished(index: ClassIndex) -> bool:
    return index.definition.is_abstract or index.definition.kind == "interface"


def _frame_of(value: Instance | Record | ClassRef) -> Frame:
    if isinstance(value, Record):
        return value.frame
    return value.index.body


def _forwarded(matcher: Matcher, value: FunctionRef, place: Place) -> HandlerFound | None:
    """The function that a callback gives the message on to, where that came in from outside the callback's own function:
    ``subscribe(topic, handler)`` runs ``async ({message}) => handler(JSON.parse(message.value))``."""
    function = value.frame.function
    if function is None or function.body is None:
        return None
    known = names_made_of(
        function.body,
        {name for name, found in value.frame.definitions.items() if any(d.kind == "parameter" for d in found)},
    )
    for call in reversed(value.frame.calls):
        if not any(mentions(argument.value, known) for argument in call.args):
            continue
        written = matcher.evaluator.evaluate(call.callee, value.frame)
        if any(isinstance(meaning, LibraryMember | LibraryValue | FunctionRef) for meaning in written):
            continue  # a method that is known is work of the callback's own
        outer = [
            meaning
            for meaning in written
            if is_symbolic(meaning)
            and not _is_of_result(meaning)
            and all(root.frame is not value.frame for root in roots(meaning) if hasattr(root, "frame"))
        ]
        if not outer:
            continue
        bound = matcher.evaluator.substitute_all(outer, (*place.environment, *value.environment))
        for meaning in bound:
            if isinstance(meaning, FunctionRef):
                return HandlerFound(unwrapped(matcher, meaning))
        symbolic = tuple(meaning for meaning in bound if is_symbolic(meaning))
        if symbolic:
            return HandlerFound(value.frame, symbolic=symbolic)
    return None


def _is_of_result(value: Denotation) -> bool:
    """Whether a function is one of what a call gave (a logger that was built from options): nobody handed it in to be called back."""
    while isinstance(value, Part):
        if value.step == "()":
            return True
        value = value.base
    return False


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
    if len(targets) == 1 and any(_passes_on(argument.value, names) for argument in returned.args):
        return targets[0].frame
    return value.frame


def _passes_on(value: ir.Value, names: set[str]) -> bool:
    """Whether an argument is something the lambda got, whole or a part of it (``m``, ``m.data``), and not made of it."""
    inner = value.value if isinstance(value, ir.Spread | ir.Await) else value
    while isinstance(inner, ir.Member):
        inner = inner.object
    return isinstance(inner, ir.Name) and inner.name in names


def _listener(matcher: Matcher, place: Place, handler: Handler) -> HandlerFound:
    added = _added_listener(matcher, place, handler)
    if added is not NOTHING:
        return added
    for name in ("on", "addListener", "once"):
        calls = (
            calls_on_result(matcher, place, name)
            if handler.on == "returned-value"
            else calls_on_same(matcher, place, name)
        )
        for site in calls:
            if len(site.call.args) > 1 and _is_literal(site.call.args[0].value, handler.listener):
                found = _function(
                    matcher, matcher.evaluator.evaluate(site.call.args[1].value, site.frame), handler, place
                )
                if found is not NOTHING:
                    return found._replace(call=site.call)
    return NOTHING


def _added_listener(matcher: Matcher, place: Place, handler: Handler) -> HandlerFound:
    """A listener that is added to an event of the value (``consumer.Received += handle``)."""
    of = [one for one in read_first(place, handler.of) if isinstance(one, LibraryValue)]
    for site in matcher.evaluator.program.calls.get(handler.listener or "", ()):
        if id(site.call) not in site.frame.module.listening:
            continue
        if not of:
            near: Iterator[CallSite] = (
                calls_on_result(matcher, place, handler.listener or "")
                if handler.on == "returned-value"
                else calls_on_same(matcher, place, handler.listener or "")
            )
            if site not in list(near):
                continue
        elif not any(same_value(one, other) for one in of for other in matcher.at_receiver(site.call, site.frame)):
            continue
        found = _function(matcher, matcher.evaluator.evaluate(site.call.args[0].value, site.frame), handler, place)
        if found is not NOTHING:
            return found._replace(call=site.call)
    return NOTHING


def _is_literal(value: ir.Value, wanted: str | None) -> bool:
    return isinstance(value, ir.Literal) and value.value == wanted
