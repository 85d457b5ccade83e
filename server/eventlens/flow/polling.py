"""Poll loops: which loop takes the messages of a subscription, and which function handles one of them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from eventlens import ir
from eventlens.flow import class_members
from eventlens.flow.denotations import (
    Denotation,
    FunctionRef,
    Instance,
    LibraryMember,
    LibraryValue,
)
from eventlens.flow.handler_found import NOTHING, HandlerFound
from eventlens.flow.program import CallSite, ClassIndex, Frame, last_name
from eventlens.flow.receivers import distance, same_value
from eventlens.flow.walk import loops_of, mentions, names_bound, names_made_of, reads_before, statements_in, values_in

if TYPE_CHECKING:
    from eventlens.flow.callers import Caller
    from eventlens.flow.matching import Matcher
    from eventlens.flow.reading import Place
    from eventlens.knowledge.schema import Handler

_MAX_PASSES = 5
"""Through how many functions that only pass a message on its content is followed."""


def find(matcher: Matcher, place: Place, handler: Handler, chain: Sequence[Caller] = ()) -> HandlerFound:
    """The loop that takes messages from the receiver (or from the call's result), and what its body hands them to.

    ``chain`` are the calls of wrappers by which the site came about, innermost first: one that gives the messages back is followed there.
    """
    assert place.frame is not None
    search = _Search(matcher, place, handler, chain)
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
    around = place.frame
    for site in sorted(sites, key=lambda one: (one.call is not place.call, distance(around, one))):
        if site.call is place.call or _on_receiver(matcher, place, site.call, site.frame):
            return _polling(search, site)
    return NOTHING


def _received(search: _Search, place: Place) -> HandlerFound | None:
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


def _polling(search: _Search, site: CallSite, hops: int = 0) -> HandlerFound:
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


class _Handed(NamedTuple):
    """A call that gives the message, or something made of it, to a workspace function."""

    target: Frame
    call: ir.Call
    parameters: frozenset[str]
    """The target's parameters that get it."""
    settled: bool
    """Whether nothing is made of what the call returns."""
    whole: bool
    """Whether it gets the message as it was taken, not something made of it."""
    itself: bool
    """Whether one of its arguments is the message or its content, and not only another part of it (its id)."""


class _Search:
    """Looks for the function that handles one message, from the place where it is taken."""

    def __init__(self, matcher: Matcher, place: Place, handler: Handler, chain: Sequence[Caller]) -> None:
        self.matcher = matcher
        self.place = place
        self.chain = chain
        self.content = {
            path.partition(".")[2].partition(".")[0].removesuffix("[]") for path in handler.message or ()
        } - {""}
        """How the content is read off a message."""
        self._owners: dict[int, ClassIndex | None] = {}

    def callers_of(self, frame: Frame) -> list[CallSite]:
        """The call of a function that fetches: by which the site came about, else the first that is found."""
        own = [one for one in self.chain if one.callee.frame is frame]
        return [CallSite(one.frame, one.call) for one in (own or self.matcher.callers.of(frame))[:1]]

    def handler_of(self, frame: Frame, body: Iterable[ir.Statement], message: set[str]) -> Frame | None:
        """The function that handles the message: where a loop hands it, and on to the one that is given its content.

        None where the loop's own body does the handling: what a helper makes of the message is used further there.
        """
        handed = self._handed_to(frame, body, message)
        if handed is None:
            return None
        batch = self._of_batch(handed)
        handed = batch or handed
        return self._content_taker(handed.target, handed.parameters, _MAX_PASSES, set()) or handed.target

    def _of_batch(self, handed: _Handed) -> _Handed | None:
        """The call inside a function that gets a batch and hands on its messages one by one."""
        function = handed.target.function
        for statement in statements_in(function.body or ()) if function is not None else ():
            if (
                isinstance(statement, ir.Loop)
                and statement.target is not None
                and isinstance(statement.source, ir.Name)
                and statement.source.name in handed.parameters
            ):
                one = self._handed_to(handed.target, statement.body, names_bound(statement.target))
                return one if one is not None and one.itself else None
        return None

    def _content_taker(self, frame: Frame, own: frozenset[str], passes: int, seen: set[int]) -> Frame | None:
        """The workspace function that is given the content of the message (``handle(message.value())``), through functions that pass the message on."""
        if passes == 0 or id(frame) in seen:
            return None
        seen.add(id(frame))
        for call in frame.calls:
            if any(self._takes_content(argument.value, own) for argument in call.args):
                for target in self._targets(call, frame):
                    if not _is_helper(target, call):
                        return target
        for call in frame.calls:
            if any(isinstance(argument.value, ir.Name) and argument.value.name in own for argument in call.args):
                for target in self._targets(call, frame):
                    found = self._content_taker(target, _receiving(target, call, set(own)), passes - 1, seen)
                    if found is not None:
                        return found
        return None

    def _is_message(self, value: ir.Value, own: frozenset[str]) -> bool:
        return (isinstance(value, ir.Name) and value.name in own) or self._takes_content(value, own)

    def _takes_content(self, value: ir.Value, own: frozenset[str]) -> bool:
        """Whether a value is the message's content as it is: ``message.value()``, ``message.body``."""
        inner = value.callee if isinstance(value, ir.Call) and not value.args else value
        return (
            isinstance(inner, ir.Member)
            and inner.name in self.content
            and isinstance(inner.object, ir.Name)
            and inner.object.name in own
        )

    def _handed_to(self, frame: Frame, body: Iterable[ir.Statement], message: set[str]) -> _Handed | None:
        """The workspace function to which a loop's body hands the message: the first from whose result nothing else is made."""
        body = tuple(body)
        known = names_made_of(body, message)
        found: list[_Handed] = []
        for statement in statements_in(body):
            value = _evaluated(statement)
            told = _told(value)
            for call in values_in(value) if value is not None else ():
                if (
                    isinstance(call, ir.Call)
                    and not _within(call, told)
                    and any(mentions(argument.value, known) for argument in call.args)
                ):
                    settled = not _is_used(statement, call, body)
                    whole = any(mentions(argument.value, message) for argument in call.args)
                    itself = any(self._is_message(argument.value, frozenset(message)) for argument in call.args)
                    found.extend(
                        _Handed(target, call, _receiving(target, call, known), settled, whole, itself)
                        for target in self._handling(call, frame)
                    )
        settled_ones = [one for one in found if one.settled and not _is_helper(one.target, one.call)]
        handed = settled_ones[0] if settled_ones else None
        if handed is None or handed.whole:
            return handed
        parts = any(one.target is not handed.target for one in settled_ones if one.call is not handed.call)
        return None if parts or _keeps_results(body, known) else handed

    def _handling(self, call: ir.Call, frame: Frame) -> Iterator[Frame]:
        """The function called, or one that is handed over together with the message (``pool.submit(handle, message)``)."""
        targets = list(self._targets(call, frame))
        yield from targets
        if not targets:
            for argument in call.args:
                if isinstance(argument.value, ir.Name | ir.Member):
                    yield from (
                        m.frame
                        for m in self.matcher.evaluator.evaluate(argument.value, frame)
                        if isinstance(m, FunctionRef) and m.frame.function is not None
                    )

    def _targets(self, call: ir.Call, frame: Frame) -> Iterator[Frame]:
        """The workspace functions that a call can run; on the own receiver, the method of the class that was given this subscription's client."""
        for meaning in self.matcher.evaluator.evaluate(call.callee, frame, self.place.environment):
            if (
                isinstance(meaning, FunctionRef)
                and meaning.frame.function is not None
                and meaning.frame.function.kind != "constructor"
            ):
                yield self._overriding(meaning.frame, call, frame)

    def _overriding(self, target: Frame, call: ir.Call, frame: Frame) -> Frame:
        if (
            frame.cls is None
            or target.function is None
            or not (isinstance(call.callee, ir.Member) and isinstance(call.callee.object, ir.This))
        ):
            return target
        owner = self._owner(frame.cls)
        if owner is None:
            return target
        found = class_members.class_member(self.matcher.evaluator, owner, target.function.name, Instance(owner))
        return next((item.frame for item in found if isinstance(item, FunctionRef)), target)

    def _owner(self, index: ClassIndex) -> ClassIndex | None:
        """The one class whose object got the subscription's receiver when it was made; None where it is several or not known."""
        if id(index) not in self._owners:
            receiver = self.place.receiver
            owners = {
                item.index
                for item in self.matcher.callers.instances(index)
                if isinstance(item, Instance)
                and item.call is not None
                and item.frame is not None
                and receiver is not None
                for argument in item.call.args
                for value in self.matcher.evaluator.evaluate(argument.value, item.frame)
                if isinstance(value, LibraryValue) and same_value(value, receiver)
            }
            self._owners[id(index)] = owners.pop() if len(owners) == 1 else None
        return self._owners[id(index)]


_HELPING = re.compile(
    r"_*((start|finish|begin|end)\w*Span$|(delete|remove)_?\w*[mM]essages?$|(log|print|debug|trace|info|warn|warning|error|fatal|panic)(f|w|ln|Context)?$|log|print|debug|trace|deserial|decode|parse|validate|extract|get|is|has|to|from|record|observe|increment|ack|nack|commit|check|report)(_|[A-Z]|$|ize|ise)"
)

_MEASURING = re.compile(r"(?i)metric|stats|logger|tracer|telemetry")
"""Objects that only tell how the handling goes."""


def _tells(call: ir.Call) -> bool:
    return isinstance(call.callee, ir.Member) and _MEASURING.search(last_name(call.callee.object)) is not None


def _told(value: ir.Value | None) -> list[ir.Value]:
    """What is only made to be logged or counted: the arguments of such a call (``metrics.put(attempts(message))``)."""
    return [
        argument.value
        for call in values_in(value)
        if isinstance(call, ir.Call) and _tells(call)
        for argument in call.args
    ]


def _within(call: ir.Call, values: Iterable[ir.Value]) -> bool:
    return any(one.start <= call.start and call.end <= one.end for one in values)


def _is_helper(target: Frame, call: ir.Call) -> bool:
    """Whether a function's name says that it serves the handling of a message and is not it: it logs, reads or checks the message."""
    function = target.function
    name = function.name or target.module.lambda_names.get(id(function), "") if function is not None else ""
    return _tells(call) or _HELPING.match(name[:1].lower() + name[1:]) is not None


def _receiving(target: Frame, call: ir.Call, known: set[str]) -> frozenset[str]:
    """The parameters of a function that a call gives something made of the names."""
    assert target.function is not None
    parameters = target.function.parameters
    got = {argument.name for argument in call.args if argument.name is not None and mentions(argument.value, known)}
    for position, argument in enumerate(a for a in call.args if a.name is None):
        if position < len(parameters) and mentions(argument.value, known):
            got.add(parameters[position].name)
    return frozenset(name for name in got if name)


def _is_used(statement: ir.Statement, call: ir.Call, body: tuple[ir.Statement, ...]) -> bool:
    """Whether something else is made of a call's result: it is read off, passed to another call, or given to a name that is."""
    if isinstance(statement, ir.Evaluate | ir.Branch):
        return False
    value = _evaluated(statement)
    inner = value.value if isinstance(value, ir.Await) else value
    if inner is not call or not isinstance(statement, ir.Assign):
        return inner is not call
    if statement.operator == "+":
        return False  # how many were handled is counted
    names = names_bound(statement.target)
    return any(
        isinstance(other, ir.Call)
        and (any(mentions(argument.value, names) for argument in other.args) or mentions(other.callee, names))
        for later in statements_in(body)
        if later.start > statement.start and (value := _evaluated(later)) is not None
        for other in values_in(value)
    )


def _keeps_results(body: tuple[ir.Statement, ...], known: set[str]) -> bool:
    """Whether a loop's own body writes something made of the message into what outlives the turn."""
    return any(
        isinstance(statement, ir.Assign) and isinstance(statement.target, ir.Member | ir.Index)
        and (mentions(statement.target, known) or (statement.value is not None and mentions(statement.value, known)))
        for statement in statements_in(body)
    )  # fmt: skip


def _evaluated(statement: ir.Statement) -> ir.Value | None:
    if isinstance(statement, ir.Evaluate | ir.Assign | ir.Return):
        return statement.value
    return statement.condition if isinstance(statement, ir.Branch) else None
