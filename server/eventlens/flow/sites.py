"""Finding sites: library calls that publish or subscribe, and the calls of in-house wrappers around them.

A site is where the channel or the event is decided. A library call whose channel, or handler, comes from a parameter is no site:
the callers of the function are looked at instead, and their callers, until it is known. A library call whose channel is fixed
in a function that passes its parameter on as the message is a site, and so are the function's callers (`SiteNode.inner`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from eventlens import ir
from eventlens.config.infrastructure import EventFilter
from eventlens.flow import conditions, handlers, model, registered_handlers, texts
from eventlens.flow.application import called_without_arguments
from eventlens.flow.callers import Caller, Callers, binding_environment
from eventlens.flow.channels import ChannelNames, ChannelReader
from eventlens.flow.decided_choices import decided
from eventlens.flow.denotations import (
    Denotation,
    Document,
    External,
    ExternalResult,
    Hole,
    Instance,
    Namespace,
    Parameter,
    Part,
    Receiver,
    Scalar,
    Text,
    is_symbolic,
    roots,
)
from eventlens.flow.field_methods import field_set_by
from eventlens.flow.handler_found import NOTHING, HandlerFound
from eventlens.flow.matching import LibraryMatch, Matcher, arguments_of
from eventlens.flow.model import Via
from eventlens.flow.program import Frame, ModuleIndex
from eventlens.flow.reading import Place, read, read_first
from eventlens.flow.stored_messages import MadeEvent, StoredMessages, made_events
from eventlens.flow.type_names import TYPE_NAME
from eventlens.knowledge.schema import Channel, Publish, Subscribe

MAX_CHAIN = 5
_ENOUGH = 5
"""Letters by which a name with a part that nobody says is told apart."""
MAX_STATES = 4
"""Up to how many channels an object's state may stand for: with more, which one it is in a given place is unknown."""


def channel_of(match: LibraryMatch) -> Channel:
    """The channel position of an entry that publishes or subscribes."""
    assert isinstance(match.entry, Publish | Subscribe)
    return match.entry.channel


@dataclass(frozen=True, eq=False)
class SiteNode:
    """A publish or subscribe site with everything that was found out about it.

    ``frame`` and ``node`` say where it stands (the outermost wrapper call, the library call, or the decorator); ``place`` reads the
    model's paths with the callers' arguments filled in; ``chain`` are the wrapper calls, innermost first.
    """

    role: str
    match: LibraryMatch
    place: Place
    frame: Frame
    node: ir.Value | ir.Class
    channel: ChannelNames
    handler: HandlerFound
    chain: tuple[Caller, ...] = ()
    inner: SiteNode | None = None
    """The site inside a wrapper with a fixed channel whose caller this is."""
    element: int = 0
    via: Via = "direct"
    routing_keys: tuple[str, ...] = ()
    wiring: tuple[model.Place, ...] = ()
    """Where deployment wires the handler to the channel."""
    filters: tuple[EventFilter, ...] = ()
    """Which of the channel's events the wiring lets through."""
    dead_letter: str | None = None
    """Where the wiring sends what fails."""

    @property
    def module(self) -> ModuleIndex:
        return self.frame.module


class SiteFinder:
    """Collects the sites of a program."""

    def __init__(self, matcher: Matcher, callers: Callers, channels: ChannelReader) -> None:
        self.matcher = matcher
        self.callers = callers
        self.channels = channels
        self.nodes: list[SiteNode] = []
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
        needed = {
            root
            for one in options
            for value in conditions.left_to_callers(place, one.entry.when)
            for root in roots(value)
        }
        frame = chain[-1].frame if chain else match.place.frame
        target = (
            self._function_to_follow(frame, chain, needed) if frame is not None and len(chain) < MAX_CHAIN else None
        )
        for caller in self.callers.of(target) if target is not None else ():
            if (
                caller.frame is not target
                and caller.call not in [one.call for one in chain]
                and self._may_hold_sites(caller)
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
        environment = binding_environment(list(chain), self.matcher.evaluator)
        place = replace(match.place, environment=environment, element=element)
        if environment and element is not None:
            place = replace(place, element=self.matcher.evaluator.substitute_all(element, environment))
        place = self._seen_from_handler(match, place, chain)
        place, channel = self._with_receivers(match, place)
        channel = self._with_objects(match, place, channel)
        channel = self._with_looked_up_names(match, place, channel)
        handler = self._handler(match, place, chain)
        pending = (*self._undecided(match, place, channel), *handler.symbolic)
        if (
            pending
            and len(chain) < MAX_CHAIN
            and not self._is_decided_here(place, chain, pending)
            and self._go_up(match, element, chain, place, pending)
        ):
            return
        if pending and not channel.names:
            channel = self._resolved(match, place, channel)
        if pending and not channel.names:
            channel = self._by_default(match, place, channel)
        if (
            channel.symbolic
            and not channel.names
            and not self._is_decided_elsewhere(match, chain)
            and _on_parameter(match, chain, channel)
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
        found = handlers.find(self.matcher, match, place)
        if chain:
            decorated = chain[-1].frame.module.decorated.get((chain[-1].call.start, chain[-1].call.end))
            if decorated is not None:  # the wrapper is a decorator: what it registers is what carries it
                return HandlerFound(chain[-1].frame.module.frame_for(decorated), call=chain[-1].call)
            return registered_handlers.registered(self.matcher, found, chain[-1]) or found
        return found

    def _with_receivers(self, match: LibraryMatch, place: Place) -> tuple[Place, ChannelNames]:
        """The channel; where it hangs on the receiver and only the receiver's type is known, read off what callers pass for it."""
        spec = channel_of(match)
        channel = self.channels.read(match, place, spec)
        call = place.call
        if (
            channel.names
            or channel.symbolic
            or place.receiver is None
            or place.receiver.call is not None
            or not isinstance(call, ir.Call)
        ):
            return place, channel
        if place.frame is None or not isinstance(call.callee, ir.Member):
            return place, channel
        passed = [
            value
            for meaning in self.matcher.evaluator.evaluate(call.callee.object, place.frame, place.environment)
            if isinstance(meaning, Parameter | Part)
            for value in self.callers.library_values(meaning, typed=True)
            if value.call is not None and value.type == place.receiver.type
        ]
        read = [
            (replace(place, receiver=value), self.channels.read(match, replace(place, receiver=value), spec))
            for value in passed
        ]
        known = [pair for pair in read if pair[1].names]
        if not known:
            return place, channel
        names = {name.text: name for _, found in known for name in found.names}
        return known[0][0], replace(known[0][1], names=tuple(names.values()))

    def _is_decided_here(self, place: Place, chain: tuple[Caller, ...], pending: tuple[Denotation, ...]) -> bool:
        """Whether what is pending hangs on how the enclosing object is made, and only the module that declares its class makes any."""
        needed = {root for value in pending for root in roots(value)}
        if chain or not needed or not all(isinstance(root, Receiver) or is_constructor(root.frame) for root in needed):
            return False
        classes = {root.index if isinstance(root, Receiver) else root.frame.cls for root in needed}
        made = [item for index in classes if index is not None for item in self.callers.instances(index)]
        return bool(made) and all(
            isinstance(item, Instance) and item.frame is not None and item.frame.module is item.index.module
            for item in made
        )

    def _with_objects(self, match: LibraryMatch, place: Place, channel: ChannelNames) -> ChannelNames:
        """The channel with what is read off objects that functions hand on (``config.topic``): the object decides, not the caller."""
        if not channel.symbolic:
            return channel
        spec = channel_of(match)
        names = {name.text: name for name in channel.names}
        left: list[Denotation] = []
        for value in channel.symbolic:
            found = self._read_off_object(value)
            known = [
                self.channels.transformed(name, spec) for item in found for name in self.channels.names_of(item, place)
            ]
            names.update({name.text: name for name in known})
            if not found:
                left.append(value)
        return replace(channel, names=tuple(names.values()), symbolic=tuple(left))

    def _read_off_object(self, value: Denotation) -> tuple[Denotation, ...]:
        base = value
        while isinstance(base, Part):
            base = base.base
        if base is value or not isinstance(base, Parameter) or _is_of_type(value):
            return ()
        self.callers.of(base.frame)
        passed = self.callers.resolve(base)
        if not passed or not all(
            isinstance(item, Instance | Namespace | Document | External | ExternalResult) for item in passed
        ):
            return ()
        return tuple(item for item in self.callers.resolve(value) if not is_symbolic(item))

    def _undecided(self, match: LibraryMatch, place: Place, channel: ChannelNames) -> tuple[Denotation, ...]:
        """What of a channel must be decided by a caller: a name that is known but for what the object was made with is decided here."""
        return tuple(
            value
            for value in channel.symbolic
            if not isinstance(value, Text)
            or (
                any(isinstance(root, Parameter) and not is_constructor(root.frame) for root in roots(value))
                and not self._tells_enough(value, place)
            )
            or self._is_of_construct(match, value)
        )

    def _tells_enough(self, value: Text, place: Place) -> bool:
        """Whether a name is told apart by what is written here, and no caller says the rest of it (a stage, a region)."""
        written = "".join(part for part in value.parts if isinstance(part, str)).strip("-._/:")
        if len(written) < _ENOUGH:
            return False
        holes = [part.of for part in value.parts if isinstance(part, Hole) and part.of is not None]
        found = [known for hole in holes if is_symbolic(hole) for known in self.callers.resolve_reading(hole)]
        return not any(name.known for known in found for name in self.channels.names_of(known, place))

    def _is_of_construct(self, match: LibraryMatch, value: Text) -> bool:
        """Whether a name is made of what a construct that others are built of is given: each use of it has its own."""
        if not any(one.constructs for one in match.model.model.declares):
            return False
        frames = {root.frame for root in roots(value) if isinstance(root, Parameter) and is_constructor(root.frame)}
        return any(caller.frame.cls is not None for frame in frames for caller in self.callers.of(frame))

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
        target = self._function_to_follow(frame, chain, {root for value in pending for root in roots(value)})
        if target is None:
            return False
        found = [caller for caller in self.callers.of(target) if self._may_hold_sites(caller)]
        if not lies_in(frame, target):  # kept in what services share: each gives it its own
            service = self.matcher.service_of(frame.module.path)
            found = [
                caller for caller in found if self.matcher.service_of(caller.frame.module.path) == service
            ] or found
        if match.section == "publishes":
            found = [*found, *self.stored.callers(target, {root for value in pending for root in roots(value)})]
        for caller in found:
            if caller.frame is not target and caller.call not in [one.call for one in chain]:
                self._follow(match, element, (*chain, caller))
        return bool(found)

    def _may_hold_sites(self, caller: Caller) -> bool:
        return self.callers.evaluator.program.workspace.source_set(caller.frame.module.path) in (
            "main",
            "generated",
            "example",
        )

    def _function_to_follow(
        self, frame: Frame, chain: tuple[Caller, ...], needed: set[Parameter | Receiver]
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
            not chain or _on_own_object(chain[-1])
        ):
            return _method_of(frame)
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

    def _with_looked_up_names(self, match: LibraryMatch, place: Place, channel: ChannelNames) -> ChannelNames:
        """The channel by the one name with which something injected, that nobody here makes, is asked for it (``queues.find("orders").url``)."""
        if channel.names:
            return channel
        spec = channel_of(match)
        names: dict[str, texts.Name] = {}
        left: list[Denotation] = []
        for value in channel.symbolic:
            asked = self._asked_with(value) if all(map(self._is_injected, roots(value))) else ()
            found = [
                self.channels.transformed(name, spec) for one in asked for name in self.channels.names_of(one, place)
            ]
            names.update({name.text: name for name in found})
            if not found:
                left.append(value)
        return replace(channel, names=tuple(names.values()), symbolic=tuple(left))

    def _is_injected(self, root: Parameter | Receiver) -> bool:
        """Whether a constructor is given a value by a framework: nothing in the workspace calls it."""
        return isinstance(root, Parameter) and is_constructor(root.frame) and not self.callers.of(root.frame)

    def _asked_with(self, value: Denotation) -> tuple[Denotation, ...]:
        while isinstance(value, Part):
            call = value.call
            if value.step == "()" and call is not None and value.frame is not None and len(call.args) == 1:
                given = self.matcher.evaluator.evaluate(call.args[0].value, value.frame)
                return given if all(isinstance(one, Scalar) and isinstance(one.value, str) for one in given) else ()
            value = value.base
        return ()

    def _by_default(self, match: LibraryMatch, place: Place, channel: ChannelNames) -> ChannelNames:
        """The channel with the defaults of parameters that nobody in the workspace passes (an entry point, a command)."""
        frames = dict.fromkeys(
            root.frame for value in channel.symbolic for root in roots(value) if isinstance(root, Parameter)
        )
        environment = (*place.environment, *(called_without_arguments(frame) for frame in frames))
        found = self.matcher.evaluator.substitute_all(channel.symbolic, environment)
        known = [name for value in found if not is_symbolic(value) for name in self.channels.names_of(value, place)]
        spec = channel_of(match)
        return replace(
            channel,
            names=tuple({name.text: self.channels.transformed(name, spec) for name in known}.values()) or channel.names,
        )

    def _resolved(self, match: LibraryMatch, place: Place, channel: ChannelNames) -> ChannelNames:
        """The channel with receivers that no call chain binds looked up among all constructions."""
        found: list[Denotation] = []
        for value in channel.symbolic:
            if any(is_state(root, match.place.frame) for root in roots(value)):
                found.extend(self.callers.resolve(value))
        known = [name for value in found if not is_symbolic(value) for name in self.channels.names_of(value, place)]
        if not known or len({name.text for name in known}) > MAX_STATES:
            return channel
        spec = channel_of(match)
        return replace(
            channel, names=tuple({name.text: self.channels.transformed(name, spec) for name in known}.values())
        )

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
        role = "publish" if match.section == "publishes" else "subscribe"
        framework = match.entry.decorator or match.entry.implements
        via: Via = "wrapper" if chain else "framework" if framework else "direct"
        keys = self._routing_keys(match, place)
        site = SiteNode(role, match, place, frame, node, channel, handler, chain, via=via, routing_keys=keys)
        key = (id(node), id(match.entry), arguments_of(match.place.base))
        if key in self._at:
            self._merge(self._at[key], site)
            return
        self._at[key] = len(self.nodes)
        self.nodes.append(site)
        if role == "publish" and at is None:
            self.nodes.extend(self._callers_of_fixed(site))

    def _routing_keys(self, match: LibraryMatch, place: Place) -> tuple[str, ...]:
        return tuple(name.text for name in self.channels.texts(place, getattr(match.entry, "routing_key", None)))

    def _merge(self, at: int, other: SiteNode) -> None:
        """One call that reaches several channels (through several receivers, elements or wrappers) is one site."""
        site = self.nodes[at]
        names = {name.text: name for name in (*site.channel.names, *other.channel.names)}
        keys = tuple(dict.fromkeys((*site.routing_keys, *other.routing_keys)))
        handler = site.handler if site.handler.frame is not None else other.handler
        self.nodes[at] = replace(
            site, channel=replace(site.channel, names=tuple(names.values())), routing_keys=keys, handler=handler
        )

    def _location(self, match: LibraryMatch, chain: tuple[Caller, ...]) -> tuple[Frame, ir.Value | ir.Class]:
        if chain:
            return chain[-1].frame, chain[-1].call
        assert match.place.frame is not None
        if match.place.call is not None:
            return match.place.frame, match.place.call
        function = match.place.function.function if match.place.function is not None else None
        if function is not None:
            start = function.name_start or function.start
            return match.place.frame, ir.Name(start, max(function.name_end, start + 1), function.name)
        assert match.place.index is not None
        return match.place.frame, match.place.index.definition

    def _callers_of_fixed(self, site: SiteNode) -> Iterator[SiteNode]:
        """Callers of a function that sends what it is given to a fixed channel: there the event happens."""
        payload = read_first(site.place, getattr(site.match.entry, "payload", None))
        frame = _given_to(site.frame, {root for value in payload for root in roots(value)})
        if frame is None or self._is_wrapped(frame) or _is_callback(frame):
            return
        if any(isinstance(value, Parameter) and _is_filled_in(value.name, frame) for value in payload):
            return  # what is sent is decided here
        found: set[int] = set()
        for chain in self._ways_from_outside(site, frame, site.chain):
            caller = chain[-1]
            if id(caller.call) in found:
                continue
            found.add(id(caller.call))
            place = self._place_along(site, chain)
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
                routing_keys=self._routing_keys(site.match, self._place_along(site, chain)) or site.routing_keys,
            )

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
        spec = channel_of(site.match)
        known = [
            self.channels.transformed(name, spec) for value in values for name in self.channels.names_of(value, place)
        ]
        symbolic = tuple(value for value in values if is_symbolic(value))
        found = replace(site.channel, names=tuple(known), symbolic=symbolic)
        yield from (name.text for name in self._with_looked_up_names(site.match, place, found).names)

    def _place_along(self, site: SiteNode, chain: tuple[Caller, ...]) -> Place:
        environment = binding_environment(list(chain), self.matcher.evaluator)
        return replace(site.match.place, environment=environment, element=site.place.element)

    def _ways_from_outside(
        self, site: SiteNode, frame: Frame, chain: tuple[Caller, ...]
    ) -> Iterator[tuple[Caller, ...]]:
        """The calls of a function, each with those through which it reaches the site. Where an object calls itself, and passes on what
        it is given, the calls of that method count instead."""
        for caller in self.callers.of(frame):
            if not self._may_hold_sites(caller) or caller.frame is frame:
                continue
            longer = (*chain, caller)
            if not _on_own_object(caller):
                yield longer
            elif not site.chain and len(longer) < MAX_CHAIN and caller.frame not in [one.frame for one in chain]:
                place = self._place_along(site, longer)
                payload = read_first(place, getattr(site.match.entry, "payload", None))
                if any(
                    isinstance(root, Parameter) and root.frame is caller.frame
                    for value in payload
                    for root in roots(value)
                ):
                    yield from self._ways_from_outside(site, caller.frame, longer)

    def _is_wrapped(self, frame: Frame) -> bool:
        """Whether something else than its callers runs a function: a decorator, or an annotation that hands it to a library."""
        if frame.function is None or not frame.function.decorators:
            return False
        if not self.matcher.evaluator.program.workspace.finds_by_package(frame.module.path):
            return True
        return any(match.section == "subscribes" for match in self.matcher.decorating(frame))


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


def _is_of_type(value: Denotation) -> bool:
    """Whether a symbolic value is made of the name of a type: what is sent decides it, at each call of its own."""
    while isinstance(value, Part):
        if value.step == TYPE_NAME:
            return True
        value = value.base
    return False


def _on_own_object(caller: Caller) -> bool:
    """Whether a call is made on the caller's own receiver (``this.publish(…)``)."""
    return isinstance(caller.callee.receiver, Receiver)


def is_state(root: Parameter | Receiver, frame: Frame | None) -> bool:
    """Whether a value hangs on the state of an object: its receiver, what its constructor or another of its methods was given."""
    if isinstance(root, Receiver) or is_constructor(root.frame):
        return True
    return frame is not None and root.frame.cls is not None and root.frame.cls is frame.cls


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


def _given_to(frame: Frame, needed: set[Parameter | Receiver]) -> Frame | None:
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


def is_constructor(frame: Frame) -> bool:
    return frame.function is not None and frame.function.kind == "constructor"


def _method_of(frame: Frame) -> Frame | None:
    """The method around a scope (a lambda inside a method depends on the method's receiver)."""
    scope: Frame | None = frame
    while scope is not None and (scope.function is None or scope.function.kind == "lambda"):
        if scope.parent is None or scope.parent.function is None:
            break
        scope = scope.parent
    if scope is None or scope.function is None:
        return None
    return scope


def lies_in(frame: Frame, function: Frame | None) -> bool:
    """Whether a scope is that of a function, or inside it."""
    if function is None:
        return False
    scope: Frame | None = frame
    while scope is not None and scope is not function:
        scope = scope.parent
    return scope is function
