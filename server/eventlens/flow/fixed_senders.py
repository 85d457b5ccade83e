"""Callers of a function that sends what it is given to a fixed channel: there the event happens, so they are sites too."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from eventlens import ir
from eventlens.flow.call_chains import Caller, binding_environment
from eventlens.flow.callers import Callers
from eventlens.flow.channel_origins import ChannelOrigins
from eventlens.flow.channels import ChannelNames, ChannelReader
from eventlens.flow.decided_choices import decided, is_never_reached
from eventlens.flow.denotations import Denotation, Parameter, Receiver, is_symbolic, roots_of
from eventlens.flow.field_methods import field_set_by
from eventlens.flow.library_match import LibraryMatch
from eventlens.flow.matched_place import Place
from eventlens.flow.matching import Matcher
from eventlens.flow.reading import read_first
from eventlens.flow.scopes import Frame
from eventlens.flow.site_node import SiteNode, channel_of

MAX_CHAIN = 5
"""Through how many callers a site is followed."""


def may_hold_sites(callers: Callers, caller: Caller) -> bool:
    """Whether a caller stands in code that runs: no test."""
    return callers.evaluator.program.workspace.source_set(caller.frame.module.path) in ("main", "generated", "example")


def routing_keys_of(channels: ChannelReader, match: LibraryMatch, place: Place) -> tuple[str, ...]:
    """The routing keys of a publish or binding, as the place tells them."""
    return tuple(name.text for name in channels.texts(place, getattr(match.entry, "routing_key", None)))


def on_own_object(caller: Caller) -> bool:
    """Whether a call is made on the caller's own receiver (``this.publish(…)``)."""
    receiver = caller.callee.receiver
    return isinstance(receiver, Receiver) and receiver.index is caller.frame.cls


class FixedSenders:
    """Finds the callers of functions with a fixed channel."""

    def __init__(self, matcher: Matcher, callers: Callers, channels: ChannelReader, origins: ChannelOrigins) -> None:
        self.matcher = matcher
        self.callers = callers
        self.channels = channels
        self.origins = origins

    def callers_of(self, site: SiteNode) -> Iterator[SiteNode]:
        """Callers of a function that sends what it is given, or under the name that it is given, to a fixed channel: there the event happens."""
        payload = read_first(site.place, getattr(site.match.entry, "payload", None))
        given = _given_to(site.frame, roots_of(payload))
        if any(isinstance(value, Parameter) and given and _is_filled_in(value.name, given) for value in payload):
            given = None  # what is sent is decided here
        frame = given or _given_to(site.frame, roots_of(self._told(site, site.place)))
        if frame is None or self._is_wrapped(frame) or _is_callback(frame):
            return
        found: set[int] = set()
        for chain in self._ways_from_outside(site, frame, site.chain):
            caller = chain[-1]
            if id(caller.call) in found:
                continue
            found.add(id(caller.call))
            place = self._place_along(site, chain)
            if self._is_never_reached(site, chain) or (given is None and self._told(site, place)):
                continue
            yield SiteNode(
                "publish",
                site.match,
                place,
                caller.frame,
                caller.call,
                self._as_decided(site, place),
                site.handler,
                chain,
                site,
                via="wrapper",
                routing_keys=routing_keys_of(self.channels, site.match, self._place_along(site, chain))
                or site.routing_keys,
            )

    def _told(self, site: SiteNode, place: Place) -> tuple[Denotation, ...]:
        """The routing key, or the name of the event, of the message where the callers of a function at a place say it."""
        said = getattr(site.match.entry, "routing_key", None), getattr(site.match.entry, "event", None)
        return tuple(one for paths in said for one in read_first(place, paths) if isinstance(one, Parameter))

    def _is_never_reached(self, site: SiteNode, chain: tuple[Caller, ...]) -> bool:
        """Whether what the outermost caller passes keeps the message from being sent."""
        frame, call = site.match.place.frame, site.match.place.call
        return frame is not None and call is not None and is_never_reached(self.matcher.evaluator, frame, call, chain)

    def _as_decided(self, site: SiteNode, place: Place) -> ChannelNames:
        """The channel of a site as a caller has it: what it passes may decide between several."""
        call, frame = site.match.place.call, site.match.place.frame
        if len(site.channel.names) < 2 or not isinstance(call, ir.Call) or frame is None:
            return site.channel
        taken: set[str] = set()
        left: set[str] = set()
        for chosen, other in decided(self.matcher.evaluator, call, frame, place.environment):
            for option, texts_of in ((chosen, taken), (other, left)):
                texts_of.update(self._texts_of(site, place, self.matcher.evaluator.evaluate(option, frame)))
        names = tuple(name for name in site.channel.names if name.text in taken or name.text not in left)
        return replace(site.channel, names=names) if names else site.channel

    def _texts_of(self, site: SiteNode, place: Place, values: tuple[Denotation, ...]) -> Iterator[str]:
        """The names that values have in the channel's position."""
        values = tuple(one for value in values for one in self.channels.declared(value, place))
        known = self.channels.names_as(channel_of(site.match), values, place)
        symbolic = tuple(value for value in values if is_symbolic(value))
        found = replace(site.channel, names=tuple(known.values()), symbolic=symbolic)
        yield from (name.text for name in self.origins.with_looked_up_names(site.match, place, found).names)

    def _place_along(self, site: SiteNode, chain: tuple[Caller, ...]) -> Place:
        environment = binding_environment(list(chain), self.matcher.evaluator)
        return replace(site.match.place, environment=environment, element=site.place.element)

    def _ways_from_outside(
        self, site: SiteNode, frame: Frame, chain: tuple[Caller, ...]
    ) -> Iterator[tuple[Caller, ...]]:
        """The calls of a function, each with those through which it reaches the site. Where an object calls itself, and passes on what
        it is given, the calls of that method count instead."""
        for caller in self.callers.of(frame):
            if not may_hold_sites(self.callers, caller) or caller.frame is frame:
                continue
            longer = (*chain, caller)
            if not on_own_object(caller):
                if not _is_handed_over(frame, caller):
                    yield longer
            elif len(longer) < MAX_CHAIN and caller.frame not in [one.frame for one in chain]:
                yield from self._ways_from_inside(site, caller, longer)

    def _ways_from_inside(
        self, site: SiteNode, caller: Caller, chain: tuple[Caller, ...]
    ) -> Iterator[tuple[Caller, ...]]:
        """The calls of a method that calls another of its object with what it is given; itself, where it names the event."""
        place = self._place_along(site, chain)
        is_named = bool(self._told(site, site.place))
        payload = read_first(place, getattr(site.match.entry, "payload", None)) if not site.chain else ()
        passed = (*roots_of(payload), *roots_of(self._told(site, place)))
        if any(isinstance(root, Parameter) and root.frame is caller.frame for root in passed):
            yield from self._ways_from_outside(site, caller.frame, chain)
        elif is_named:
            yield chain

    def _is_wrapped(self, frame: Frame) -> bool:
        """Whether something else than its callers runs a function: a decorator, or an annotation that hands it to a library."""
        if frame.function is None or not frame.function.decorators:
            return False
        if not self.matcher.evaluator.program.workspace.finds_by_package(frame.module.path):
            return True
        return any(match.section == "subscribes" for match in self.matcher.declared.decorating(frame))


def _is_handed_over(method: Frame, caller: Caller) -> bool:
    """Whether a method is called under another's name: by what it was handed to, which calls whatever it is given."""
    is_method = method.function is not None and method.function.kind == "method"
    return is_method and isinstance(caller.call.callee, ir.Name) and isinstance(caller.callee.receiver, Receiver)


def _is_filled_in(name: str, frame: Frame) -> bool:
    """Whether a function sets fields of what its parameter holds."""
    return any(one.base == name for one in frame.members) or any(
        isinstance(call.callee, ir.Member)
        and isinstance(call.callee.object, ir.Name)
        and call.callee.object.name == name
        and len(call.args) == 1
        and field_set_by(call.callee.name)
        for call in frame.calls
    )


def _given_to(frame: Frame, needed: Iterable[Parameter | Receiver]) -> Frame | None:
    """The function that is given what is sent: that of a scope, or around the callback that it is (``retry(() => channel.publish(…))``)."""
    scope: Frame | None = frame
    while scope is not None:
        if any(isinstance(root, Parameter) and root.frame is scope for root in needed):
            # a function that another makes and hands out is run by whoever got it
            return scope if scope is frame or scope.function is None or scope.function.kind != "lambda" else None
        scope = scope.parent
    return None


def _is_callback(frame: Frame) -> bool:
    """Whether a function has no name by which it could be called, or is written where something else calls it."""
    function = frame.function
    if function is None or function.name:
        return False
    return id(function) not in frame.module.lambda_names or (function.start, function.end) in frame.module.handed
