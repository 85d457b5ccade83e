"""Finding sites: library calls that publish or subscribe, and the calls of in-house wrappers around them.

A site is where the channel or the event is decided. A library call whose channel, or handler, comes from a parameter is no site:
the callers of the function are looked at instead, and their callers, until it is known. A library call whose channel is fixed
in a function that passes its parameter on as the message is a site, and so are the function's callers (`SiteNode.inner`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from eventlens import ir
from eventlens.flow import (
    class_hierarchy,
    conditions,
    constructions,
    decided_choices,
    handlers,
    registered_handlers,
    type_tests,
    written_types,
)
from eventlens.flow.call_chains import Caller, binding_environment
from eventlens.flow.callers import Callers
from eventlens.flow.channel_origins import ChannelOrigins
from eventlens.flow.channels import ChannelNames, ChannelReader
from eventlens.flow.declared_matches import arguments_of
from eventlens.flow.denotations import (
    Denotation,
    Instance,
    Parameter,
    Receiver,
    roots,
    roots_of,
)
from eventlens.flow.fixed_senders import MAX_CHAIN, FixedSenders, may_hold_sites, on_own_object, routing_keys_of
from eventlens.flow.handler_found import NOTHING, HandlerFound
from eventlens.flow.library_match import LibraryMatch
from eventlens.flow.matched_place import Place
from eventlens.flow.matching import Matcher
from eventlens.flow.model import Via
from eventlens.flow.reading import read, read_first
from eventlens.flow.scopes import Frame
from eventlens.flow.scopes_around import is_constructor, is_state, lies_in, method_of
from eventlens.flow.site_node import SiteNode, channel_of
from eventlens.flow.stored_messages import MadeEvent, StoredMessages, made_events
from eventlens.flow.type_names import TYPE_NAME
from eventlens.knowledge.schema import Subscribe

_MOST_METHODS = 24
"""How many methods are looked through for one that others call."""


class SiteFinder:
    """Collects the sites of a program."""

    def __init__(self, matcher: Matcher, callers: Callers, channels: ChannelReader) -> None:
        self.matcher = matcher
        self.callers = callers
        self.channels = channels
        self.nodes: list[SiteNode] = []
        self.origins = ChannelOrigins(matcher, callers, channels)
        self.fixed = FixedSenders(matcher, callers, channels, self.origins)
        self.stored = StoredMessages(callers)
        self.declarations: list[LibraryMatch] = []
        self.bindings: list[LibraryMatch] = []
        self._at: dict[tuple[int, int, tuple[str, ...]], int] = {}
        """(node, entry, arguments of the type that matched) → where in `nodes` its site is."""

    def add(self, match: LibraryMatch) -> None:
        """Take up a match: sites are followed to where they are decided, declarations and bindings kept."""
        if match.section == "declares":
            self.declarations.append(match)
        elif match.section == "bindings":
            self.bindings.append(match)
        elif match.section in ("publishes", "subscribes"):
            for element in self._elements(match):
                self._follow(match, element, ())

    def add_left_to_callers(self, match: LibraryMatch, chain: tuple[Caller, ...] = ()) -> None:
        """Take up a call of which only the callers of a function around it decide which of the model's alternatives it is."""
        environment = binding_environment(list(chain), self.matcher.evaluator)
        place = replace(match.place, environment=environment)
        options = self.matcher.alternatives(match)
        chosen = next((one for one in options if conditions.hold_at(place, one.entry.when)), None)
        if chosen is not None:
            for element in self._elements(chosen):
                self._follow(chosen, element, chain)
            return
        needed = roots_of(value for one in options for value in conditions.left_to_callers(place, one.entry.when))
        frame = chain[-1].frame if chain else match.place.frame
        target = (
            self._function_to_follow(frame, chain, needed) if frame is not None and len(chain) < MAX_CHAIN else None
        )
        for caller in self.callers.of(target) if target is not None else ():
            if (
                caller.frame is not target
                and caller.call not in [one.call for one in chain]
                and may_hold_sites(self.callers, caller)
            ):
                self.add_left_to_callers(match, (*chain, caller))

    def _elements(self, match: LibraryMatch) -> list[tuple[Denotation, ...] | None]:
        each = getattr(match.entry, "each", None)
        if each is None:
            return [None]
        values = read(match.place, each)
        return [(value,) for value in values] or [None]

    # ------------------------------------------------------------------------------------------------- following

    def _follow(self, match: LibraryMatch, element: tuple[Denotation, ...] | None, chain: tuple[Caller, ...]) -> None:
        environment = (*match.place.environment, *binding_environment(list(chain), self.matcher.evaluator))
        place = replace(match.place, environment=environment, element=element)
        if environment and element is not None:
            place = replace(place, element=self.matcher.evaluator.substitute_all(element, environment))
        place = self._seen_from_handler(match, place, chain)
        place, channel = self.origins.with_receivers(match, place)
        channel = self.origins.with_objects(match, place, channel)
        channel = self.origins.with_looked_up_names(match, place, channel)
        handler = self._handler(match, place, chain)
        pending = (*self.origins.undecided(match, place, channel), *handler.symbolic)
        if (
            pending
            and match.place.carried_by is None
            and len(chain) < MAX_CHAIN
            and not self._is_decided_here(place, chain, pending)
            and self._go_up(match, element, chain, place, pending)
        ):
            return
        if pending and not channel.names:
            channel = self.origins.resolved(match, place, channel)
        if pending and not channel.names:
            channel = self.origins.by_default(match, place, channel)
        if chain and not channel.names and not _is_made_known(chain[0].callee.receiver):
            channel = self._of_any_object(match) or channel
        if (
            channel.symbolic
            and not channel.names
            and not self._is_decided_elsewhere(match, chain)
            and _on_parameter(match, chain, channel)
        ):
            return
        inner, sent = match.place.frame, match.place.call if chain else None
        if (
            inner is not None
            and sent is not None
            and (
                type_tests.is_ruled_out(self.matcher.evaluator, inner, sent, chain)
                or decided_choices.is_never_reached(self.matcher.evaluator, inner, sent, chain)
            )
        ):
            return
        if chain and not channel.names and any(item.operator == TYPE_NAME for item in channel.opaque):
            return  # what is only known as an interface is decided further out, where the engine cannot see
        made = self._made_elsewhere(match, place, channel, chain)
        for event in made:
            seen = replace(place, sent=("0", event.value))
            own = replace(channel, names=self.channels.read(match, seen, channel_of(match)).names)
            self._keep(match, seen, own, handler, chain, (event.frame, event.call))
        if not made:
            self._keep(match, place, channel, handler, chain)

    def _of_any_object(self, match: LibraryMatch) -> ChannelNames | None:
        """The channel that the few objects say which there are, where callers have one of which only the type is known."""
        channel = self.channels.read(match, match.place, channel_of(match))
        if channel.names or not all(isinstance(root, Receiver) for one in channel.symbolic for root in roots(one)):
            return None
        found = self.origins.resolved(match, match.place, channel)
        return found if found.names else None

    def _made_elsewhere(
        self, match: LibraryMatch, place: Place, channel: ChannelNames, chain: tuple[Caller, ...]
    ) -> list[MadeEvent]:
        """Where the events of several types are made that one call sends: there it is decided which of them it is."""
        if len(channel.names) < 2 or getattr(match.entry, "payload", None) != ["0"]:
            return []
        frame, _ = self._location(match, chain)
        made = made_events(read(place, "0"), frame)
        return made if len({one.value.index for one in made}) > 1 else []

    def _seen_from_handler(self, match: LibraryMatch, place: Place, chain: tuple[Caller, ...]) -> Place:
        """The place with the handler as its function, where a name is read off what the handler takes (``param 0<type>``)."""
        entry = match.entry
        if place.function is not None or not isinstance(entry, Subscribe):
            return place
        if not any(path.startswith("param ") for path in (*entry.channel.name, *(entry.event or ()))):
            return place
        handler = self._handler(match, place, chain)
        return replace(place, function=handler.frame) if handler.frame is not None else place

    def _handler(self, match: LibraryMatch, place: Place, chain: tuple[Caller, ...]) -> HandlerFound:
        if match.section != "subscribes":
            return NOTHING
        found = handlers.find(self.matcher, match, place, chain)
        if chain:
            decorated = chain[-1].frame.module.decorated.get((chain[-1].call.start, chain[-1].call.end))
            if decorated is not None:  # the wrapper is a decorator: what it registers is what carries it
                return HandlerFound(chain[-1].frame.module.frame_for(decorated), call=chain[-1].call)
            return registered_handlers.registered(self.matcher, found, chain[-1]) or found
        return found

    def _is_decided_here(self, place: Place, chain: tuple[Caller, ...], pending: tuple[Denotation, ...]) -> bool:
        """Whether what is pending hangs on how the enclosing object is made, and only the module that declares its class makes any."""
        needed = roots_of(pending)
        if chain or not needed or not all(isinstance(root, Receiver) or is_constructor(root.frame) for root in needed):
            return False
        classes = {root.index if isinstance(root, Receiver) else root.frame.cls for root in needed}
        made = [
            item
            for index in classes
            if index is not None
            for item in constructions.instances(self.matcher.evaluator, index)
        ]
        is_made_here = bool(made) and all(
            isinstance(item, Instance) and item.frame is not None and item.frame.module is item.index.module
            for item in made
        )
        left = is_made_here and self._is_left_to_factories(pending) and self._is_called_from_outside(place.frame)
        return is_made_here and not left

    def _is_called_from_outside(self, frame: Frame | None) -> bool:
        """Whether others call a method of an object by its name, or one that leads to it; not where it is only handed over to be run."""
        method = method_of(frame) if frame is not None else None
        queue = [method] if method is not None else []
        seen = set(queue)
        while queue and len(seen) <= _MOST_METHODS:
            for caller in self.callers.of(queue.pop()):
                around = method_of(caller.frame)
                if not on_own_object(caller):
                    if isinstance(caller.call.callee, ir.Member):
                        return True
                elif around is not None and around not in seen:
                    queue.append(around)
                    seen.add(around)
        return False

    def _is_left_to_factories(self, pending: tuple[Denotation, ...]) -> bool:
        """Whether the functions that make an object are given what is pending (Go's ``NewProducer(topic)``): who calls them decides."""
        found = (one for value in pending for one in self.callers.resolve(value))
        return any(
            isinstance(root, Parameter) and not is_constructor(root.frame) for one in found for root in roots(one)
        )

    def _go_up(
        self,
        match: LibraryMatch,
        element: tuple[Denotation, ...] | None,
        chain: tuple[Caller, ...],
        place: Place,
        pending: tuple[Denotation, ...],
    ) -> bool:
        """Follow to the callers of the function on whose parameters the site depends; True where there are any."""
        frame = chain[-1].frame if chain else match.place.frame
        assert frame is not None
        target = self._function_to_follow(frame, chain, roots_of(pending))
        if target is None:
            return False
        found = [caller for caller in self.callers.of(target) if may_hold_sites(self.callers, caller)]
        if not lies_in(frame, target):  # kept in what services share: each gives it its own
            service = self.matcher.service_of(frame.module.path)
            found = [
                caller for caller in found if self.matcher.service_of(caller.frame.module.path) == service
            ] or found
        if match.section == "publishes":
            found = [*found, *self.stored.callers(target, roots_of(pending))]
        for caller in found:
            if caller.frame is not target and caller.call not in [one.call for one in chain]:
                self._follow(match, element, (*chain, caller))
        return bool(found)

    def _function_to_follow(
        self, frame: Frame, chain: tuple[Caller, ...], needed: Sequence[Parameter | Receiver]
    ) -> Frame | None:
        """The function whose callers decide: the nearest enclosing one whose parameter, or receiver, is needed."""
        scope: Frame | None = frame
        while scope is not None:
            if (
                any(isinstance(root, Parameter) and root.frame is scope for root in needed)
                and scope.function is not None
            ):
                return scope
            scope = scope.parent
        if any(isinstance(root, Receiver) or is_constructor(root.frame) for root in needed) and (
            not chain or on_own_object(chain[-1])
        ):
            return method_of(frame)
        # what another function was given and kept, in a table or a variable that both know
        kept = (root for root in needed if isinstance(root, Parameter) and not chain)
        return next((root.frame for root in kept if self._is_put_into_table(root) or not is_state(root, frame)), None)

    def _is_put_into_table(self, root: Parameter) -> bool:
        """Whether a function registers what it is given under its parameter (``self.handlers[topic] = handler``): its callers subscribe."""
        tables = [root.frame.module.entries, *([root.frame.cls.entries] if root.frame.cls is not None else [])]
        entries = [entry for table in tables for rows in table.values() for entry in rows]
        return any(root in self.matcher.evaluator.evaluate(entry.key, entry.frame) for entry in entries)

    def _is_decided_elsewhere(self, match: LibraryMatch, chain: tuple[Caller, ...]) -> bool:
        """Whether a site whose channel stays unknown is still one: in a callback the parameter is what a library passes."""
        frame = chain[-1].frame if chain else match.place.frame
        return frame is not None and frame.function is not None and frame.function.kind == "lambda"

    # --------------------------------------------------------------------------------------------------- keeping

    def _keep(
        self,
        match: LibraryMatch,
        place: Place,
        channel: ChannelNames,
        handler: HandlerFound,
        chain: tuple[Caller, ...],
        at: tuple[Frame, ir.Call] | None = None,
    ) -> None:
        frame, node = at or self._location(match, chain)
        channel = channel.without_stood_in()
        role = "publish" if match.section == "publishes" else "subscribe"
        framework = match.entry.decorator or match.entry.implements
        via: Via = "wrapper" if chain else "framework" if framework else "direct"
        keys = routing_keys_of(self.channels, match, place)
        also_as = tuple(self._base_types(match, place))
        site = SiteNode(
            role, match, place, frame, node, channel, handler, chain, via=via, routing_keys=keys, also_as=also_as
        )
        key = (id(node), id(match.entry), arguments_of(match.place.base))
        if key in self._at:
            self._merge(self._at[key], site)
            return
        self._at[key] = len(self.nodes)
        self.nodes.append(site)
        if role == "publish" and at is None:
            self.nodes.extend(self.fixed.callers_of(site))

    def _base_types(self, match: LibraryMatch, place: Place) -> Iterator[str]:
        """The names of the workspace's types that a published message has beside its own, where the library looks at them."""
        evaluator = self.matcher.evaluator
        for value in read_first(place, getattr(match.entry, "polymorphic", None)):
            for one in (value, *written_types.declared_types(evaluator, value)):
                if isinstance(one, Instance):
                    yield from (
                        base.name for base in class_hierarchy.bases(evaluator, one.index) if base is not one.index
                    )

    def _merge(self, at: int, other: SiteNode) -> None:
        """One call that reaches several channels (through several receivers, elements or wrappers) is one site."""
        site = self.nodes[at]
        names = {name.text: name for name in (*site.channel.names, *other.channel.names)}
        keys = tuple(dict.fromkeys((*site.routing_keys, *other.routing_keys)))
        also_as = tuple(dict.fromkeys((*site.also_as, *other.also_as)))
        handler = site.handler if site.handler.frame is not None else other.handler
        self.nodes[at] = replace(
            site,
            channel=replace(site.channel, names=tuple(names.values())),
            routing_keys=keys,
            handler=handler,
            also_as=also_as,
        )

    def _location(self, match: LibraryMatch, chain: tuple[Caller, ...]) -> tuple[Frame, ir.Value | ir.Class]:
        if chain:
            return chain[-1].frame, chain[-1].call
        if match.place.carried_by is not None:
            return match.place.carried_by
        assert match.place.frame is not None
        written = match.handed_over.place.call if match.handed_over is not None else match.place.call
        if written is not None:
            return match.place.frame, written
        function = match.place.function.function if match.place.function is not None else None
        if function is not None:
            start = function.name_start or function.start
            return match.place.frame, ir.Name(start, max(function.name_end, start + 1), function.name)
        assert match.place.index is not None
        return match.place.frame, match.place.index.definition


def _is_made_known(receiver: Denotation | None) -> bool:
    """Whether it is known where the very object is made on which a method is called."""
    return isinstance(receiver, Instance) and receiver.call is not None


def _on_parameter(match: LibraryMatch, chain: tuple[Caller, ...], channel: ChannelNames) -> bool:
    """Whether the channel is a parameter of a function around the site: nobody calls it, so nothing is sent."""
    scope = chain[-1].frame if chain else match.place.frame
    scopes: list[Frame] = []
    while scope is not None:
        scopes.append(scope)
        scope = scope.parent
    return any(
        isinstance(root, Parameter) and root.frame in scopes for value in channel.symbolic for root in roots(value)
    )
