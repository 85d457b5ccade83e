"""Poll loops: which loop takes the messages of a subscription, and which function handles one of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from eventlens import ir
from eventlens.flow.denotations import (
    Denotation,
    LibraryMember,
    LibraryValue,
)
from eventlens.flow.handler_found import NOTHING, HandlerFound
from eventlens.flow.handler_search import HandlerSearch
from eventlens.flow.module_index import CallSite
from eventlens.flow.receivers import distance, same_value
from eventlens.flow.scopes import Frame
from eventlens.flow.walk import loops_of, mentions, names_bound, names_made_of, reads_before, statements_in, values_in

if TYPE_CHECKING:
    from eventlens.flow.call_chains import Caller
    from eventlens.flow.matched_place import Place
    from eventlens.flow.matching import Matcher
    from eventlens.knowledge.schema import Handler


def find(matcher: Matcher, place: Place, handler: Handler, chain: Sequence[Caller] = ()) -> HandlerFound:
    """The loop that takes messages from the receiver (or from the call's result), and what its body hands them to.

    ``chain`` are the calls of wrappers by which the site came about, innermost first: one that gives the messages back is followed there.
    """
    assert place.frame is not None
    search = HandlerSearch(matcher, place, handler, chain)
    for frame in _frames_near(place.frame):
        for loop in loops_of(frame):
            if loop.target is not None and loop.source is not None and _is_source(matcher, place, loop.source, frame):
                handed = search.handler_of(frame, loop.body, names_bound(loop.target))
                taken = _taken_first(CallSite(frame, place.call)) if isinstance(place.call, ir.Call) else None
                return HandlerFound(handed or frame, loop, frame, taken=taken)
    received = _received(search, place)
    if received is not None:
        return received
    polls = [name.rpartition(".")[2] for name in handler.polls]
    sites = [site for name in polls for site in matcher.evaluator.program.calls.get(name, ())]
    # what a function makes is polled by whoever called it
    near = [place.frame, *(caller.frame for caller in chain[-1:])]
    sites.sort(key=lambda one: (one.call is not place.call, min(distance(frame, one) for frame in near)))
    for site in sites:
        if site.call is place.call or _on_receiver(matcher, place, site.call, site.frame):
            return _polling(search, site)
    return NOTHING


def _received(search: HandlerSearch, place: Place) -> HandlerFound | None:
    """The loop that takes the messages one by one out of a channel of the language (``case delivery := <-deliveries:``)."""
    assert place.frame is not None
    for frame in _frames_near(place.frame):
        body = frame.function.body if frame.function is not None else frame.module.module.body
        for taken in statements_in(body or ()):
            if (
                isinstance(taken, ir.Assign)
                and isinstance(taken.value, ir.Receive)
                and _is_source(search.matcher, place, taken.value.channel, frame)
            ):
                around = [loop for loop in loops_of(frame) if loop.start <= taken.start < loop.end]
                within = around[-1].body if around else tuple(body or ())
                handed = search.handler_of(frame, within, names_bound(taken.target))
                return HandlerFound(handed or frame, around[-1] if around else None, frame)
    return None


def _polling(search: HandlerSearch, site: CallSite, hops: int = 0) -> HandlerFound:
    """What handles the message that a poll call takes: the loop around it, or the rest of its function.

    A function that only fetches messages and returns them is looked through: its caller's loop is the one.
    """
    frame = site.frame
    around = [loop for loop in loops_of(frame) if loop.start <= site.call.start < loop.end]
    loop = around[-1] if around else None
    body = (
        loop.body
        if loop is not None
        else (frame.function.body or ())
        if frame.function is not None
        else frame.module.module.body
    )
    message = _taken(site, body)
    block = _block_for_each(site, message)
    if block is not None:
        assert block.function is not None
        own = {parameter.name for parameter in block.function.parameters}
        return HandlerFound(search.handler_of(block, block.function.body or (), own) or block, loop, frame)
    gives_back = hops < 2 and any(mentions(value, names_made_of(body, message)) for value in frame.returns)
    callers = search.callers_of(frame) if gives_back else []
    if loop is None and callers and _is_kept(callers[0]):
        return _polling(search, callers[0], hops + 1)
    handed = search.handler_of(frame, body, message)
    if handed is None and callers:
        return _polling(search, callers[0], hops + 1)
    return HandlerFound(handed or frame, loop, frame, taken=_taken_first(site))


def _taken_first(site: CallSite) -> ir.Call | None:
    """The call that takes messages, where the loop around it does nothing with them before it."""
    around = [loop for loop in loops_of(site.frame) if loop.start <= site.call.start < loop.end]
    if not around or reads_before(around[-1].body, site.call, _taken(site, around[-1].body)):
        return None
    return site.call


def _is_kept(site: CallSite) -> bool:
    """Whether a name holds what a call gives."""
    function = site.frame.function
    return bool(_taken(site, (function.body or ()) if function is not None else site.frame.module.module.body))


_EACH = frozenset(("forEach", "onEach", "fold", "forEachRemaining", "forEachOrdered", "ForEach"))


def _block_for_each(site: CallSite, message: set[str]) -> Frame | None:
    """The block that is run for each of the messages which a poll gives (``consumer.poll(t).forEach { record -> … }``)."""
    for call in site.frame.calls:
        block = call.args[-1].value if call.args else None
        if not isinstance(block, ir.Lambda) or not isinstance(call.callee, ir.Member):
            continue
        if call.callee.name not in _EACH and not (call.callee.name == "map" and block.function.is_async):
            continue
        source: ir.Value = call.callee.object
        while isinstance(source, ir.Call) and source is not site.call and isinstance(source.callee, ir.Member):
            source = source.callee.object
        if source is site.call or (isinstance(source, ir.Name) and source.name in message):
            return site.frame.module.frame_for(block.function)
    return None


def _taken(site: CallSite, body: Iterable[ir.Statement]) -> set[str]:
    """The names that hold what the call gives."""
    names: set[str] = set()
    for statement in statements_in(body):
        if (
            isinstance(statement, ir.Assign)
            and statement.value is not None
            and any(value is site.call for value in values_in(statement.value))
        ) or (
            isinstance(statement, ir.Loop)
            and statement.target is not None
            and any(value is site.call for value in values_in(statement.source))
        ):
            names |= names_bound(statement.target)
    return names


def _frames_near(frame: Frame) -> Iterator[Frame]:
    yield frame
    inner = [f for f in frame.module.frames if f is not frame and frame.start <= f.start and f.end <= frame.end]
    yield from inner
    seen = {id(f) for f in [frame, *inner]}
    same_class = [f for f in frame.module.frames if id(f) not in seen and f.cls is not None and f.cls is frame.cls]
    yield from same_class
    seen.update(id(f) for f in same_class)
    yield from (f for f in frame.module.frames if id(f) not in seen)


def _is_source(matcher: Matcher, place: Place, source: ir.Value, frame: Frame) -> bool:
    """Whether iterating ``source`` takes messages from the subscription: it is the receiver, the call's result, or made from them."""
    core = source.value if isinstance(source, ir.Await) else source
    if core is place.call:
        return True
    for value in matcher.evaluator.evaluate(core, frame):
        if isinstance(value, LibraryMember) and value.call is not None:
            if value.call is place.call:
                return True
            continue
        current: Denotation | None = value.value if isinstance(value, LibraryMember) else value
        while isinstance(current, LibraryValue):
            if current.call is not None and current.call is place.call:
                return True
            if (
                place.receiver is not None
                and same_value(current, place.receiver)
                and (current.call is not None or frame.module is _module_of(place))
            ):
                return True
            current = current.parent
    return False


def _module_of(place: Place) -> object:
    return place.frame.module if place.frame is not None else None


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
