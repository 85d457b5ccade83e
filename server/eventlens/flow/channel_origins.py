"""Where the name of a site's channel comes from, when the call itself does not say it: receivers, objects, look-ups, defaults, state."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from eventlens import ir
from eventlens.flow import application, class_members, members, texts, written_types
from eventlens.flow.application import called_without_arguments
from eventlens.flow.callers import Callers
from eventlens.flow.channels import ChannelNames, ChannelReader
from eventlens.flow.denotations import (
    Denotation,
    Document,
    External,
    ExternalResult,
    Hole,
    Instance,
    LibraryValue,
    Namespace,
    Parameter,
    Part,
    Receiver,
    Scalar,
    Text,
    Variable,
    is_symbolic,
    roots,
)
from eventlens.flow.library_match import LibraryMatch
from eventlens.flow.matched_place import Place
from eventlens.flow.matching import Matcher
from eventlens.flow.scopes import Frame
from eventlens.flow.scopes_around import is_constructor, is_state
from eventlens.flow.site_node import channel_of
from eventlens.flow.type_names import TYPE_NAME

_ENOUGH = 5
"""Letters by which a name with a part that nobody says is told apart."""
MAX_STATES = 4
"""Up to how many channels an object's state may stand for: with more, which one it is in a given place is unknown."""


class ChannelOrigins:
    """Reads channels as far as something around a site decides them."""

    def __init__(self, matcher: Matcher, callers: Callers, channels: ChannelReader) -> None:
        self.matcher = matcher
        self.callers = callers
        self.channels = channels

    def with_receivers(self, match: LibraryMatch, place: Place) -> tuple[Place, ChannelNames]:
        """The channel; where it hangs on the receiver and only the receiver's type is known, read off what callers pass for it."""
        spec = channel_of(match)
        channel = self._without_guesses(match, place, self._of_all(match, place))
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
        meanings = self.matcher.evaluator.evaluate(call.callee.object, place.frame, place.environment)
        passed = [
            (value, meaning)
            for meaning in meanings
            for value in self._given_for(meaning)
            if value.call is not None and value.type == place.receiver.type
        ]
        read = [
            (replace(place, receiver=value), self.channels.read(match, replace(place, receiver=value), spec), meaning)
            for value, meaning in passed
        ]
        known = [(seen, found) for seen, found, _ in read if found.names]
        if not known:
            return self._left_to_callers(place, channel, read)
        names = {name.text: name for _, found in known for name in found.names}
        given = tuple(dict.fromkeys(one for one in meanings if isinstance(one, Parameter))) if len(names) > 1 else ()
        return known[0][0], replace(known[0][1], names=tuple(names.values()), symbolic=given)

    def _given_for(self, meaning: Denotation) -> list[LibraryValue]:
        """The values of a library that a receiver is, or is given as."""
        if isinstance(meaning, LibraryValue):
            return [meaning]
        return self.callers.library_values(meaning, typed=True) if isinstance(meaning, Parameter | Part) else []

    @staticmethod
    def _left_to_callers(
        place: Place, channel: ChannelNames, read: list[tuple[Place, ChannelNames, Denotation]]
    ) -> tuple[Place, ChannelNames]:
        """A channel that those decide who make the receiver's value with what they are given: first who hands it over."""
        for seen, found, meaning in read:
            if found.symbolic:
                return (
                    (seen, found)
                    if isinstance(meaning, LibraryValue)
                    else (place, replace(channel, symbolic=(meaning,)))
                )
        return place, channel

    def _without_guesses(self, match: LibraryMatch, place: Place, channel: ChannelNames) -> ChannelNames:
        """The channel without the names that only the declared type of a parameter allows, where callers say what is given for it."""
        if len(channel.names) < 2 or not place.environment:
            return channel
        evaluator, spec = self.matcher.evaluator, channel_of(match)
        asked = self.channels.read(match, replace(place, environment=()), spec).symbolic
        parts = [
            one for one in asked if isinstance(one, Part) and any(isinstance(root, Parameter) for root in roots(one))
        ]
        given = {one: evaluator.substitute_all((one,), place.environment) for one in parts}
        known = [one for one, found in given.items() if found and not any(map(is_symbolic, found))]
        said = self.channels.names_as(spec, [value for one in known for value in given[one]], place)
        guessed = self.channels.names_as(spec, [value for one in known for value in self._of_type(one)], place)
        return replace(
            channel, names=tuple(one for one in channel.names if one.text in said or one.text not in guessed)
        )

    def _of_type(self, value: Denotation) -> tuple[Denotation, ...]:
        """What something read off a parameter may be by the type that the parameter is declared to have."""
        evaluator = self.matcher.evaluator
        if not isinstance(value, Part):
            return written_types.declared_types(evaluator, value)
        node, frame = ir.Unknown(0, 0, value.step), value.frame
        if value.step == "()":
            call = value.call
            return tuple(
                found
                for one in self._of_type(value.base)
                if call is not None and frame is not None
                for found in application.call(evaluator, one, call, frame)
            )
        scope = next(root.frame for root in roots(value) if isinstance(root, Parameter))
        return tuple(
            found
            for one in self._of_type(value.base)
            for found in members.step(evaluator, one, value.step, node, scope)
        )

    def _of_all(self, match: LibraryMatch, place: Place) -> ChannelNames:
        """The channel, as each of the values says it that the receiver may be."""
        spec = channel_of(match)
        channel = self.channels.read(match, place, spec)
        read = [self.channels.read(match, replace(place, receiver=other), spec) for other in place.others]
        more = {name.text: name for one in read for name in one.names}
        if not channel.names or not more or not all(one.names for one in read):
            return channel
        return replace(channel, names=tuple({name.text: name for name in (*channel.names, *more.values())}.values()))

    def with_objects(self, match: LibraryMatch, place: Place, channel: ChannelNames) -> ChannelNames:
        """The channel with what is read off objects that functions hand on (``config.topic``): the object decides, not the caller, unless
        callers hand on different ones (``event.name()``)."""
        if not channel.symbolic:
            return channel
        spec = channel_of(match)
        names = {name.text: name for name in channel.names}
        left: list[Denotation] = []
        for value in channel.symbolic:
            found = self._read_off_object(value) or self._read_off_settings(value)
            read = self.channels.names_as(spec, found, place)
            names.update(read)
            if not found or (len(read) > 1 and _is_taken_around(value, place.frame)):
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

    def _read_off_settings(self, value: Denotation) -> tuple[Denotation, ...]:
        """The variable behind a field of a parameter that is declared as a class of settings: whoever makes the object, it is the same."""
        if not isinstance(value, Part) or not isinstance(value.base, Parameter):
            return ()
        evaluator = self.matcher.evaluator
        held = [
            found
            for typed in written_types.declared_types(evaluator, value.base)
            if isinstance(typed, Instance)
            for found in class_members.class_member(evaluator, typed.index, value.step, typed)
        ]
        return tuple(one for one in held if isinstance(one, Variable))

    def undecided(self, match: LibraryMatch, place: Place, channel: ChannelNames) -> tuple[Denotation, ...]:
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

    def with_looked_up_names(self, match: LibraryMatch, place: Place, channel: ChannelNames) -> ChannelNames:
        """The channel by the one name with which something injected, that nobody here makes, is asked for it (``queues.find("orders").url``)."""
        if channel.names:
            return channel
        spec = channel_of(match)
        names: dict[str, texts.Name] = {}
        left: list[Denotation] = []
        for value in channel.symbolic:
            asked = self._asked_with(value) if all(map(self._is_injected, roots(value))) else ()
            found = self.channels.names_as(spec, asked, place)
            names.update(found)
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

    def _given_to_make(self, value: Denotation) -> Iterator[Denotation]:
        """What the callers of a function that makes an object give it, or read off their settings for it."""
        for one in self.callers.resolve_reading(value):
            yield from (self._read_off_object(one) or self._read_off_settings(one)) if is_symbolic(one) else (one,)

    def by_default(self, match: LibraryMatch, place: Place, channel: ChannelNames) -> ChannelNames:
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

    def resolved(self, match: LibraryMatch, place: Place, channel: ChannelNames) -> ChannelNames:
        """The channel with receivers that no call chain binds looked up among all constructions."""
        found: list[Denotation] = []
        for value in channel.symbolic:
            if any(is_state(root, match.place.frame) for root in roots(value)):
                made = self.callers.resolve(value)
                found.extend(made)
                found.extend(given for one in made if _is_given(one) for given in self._given_to_make(one))
        known = [name for value in found if not is_symbolic(value) for name in self.channels.names_of(value, place)]
        if not known or len({name.text for name in known}) > MAX_STATES:
            return channel
        spec = channel_of(match)
        return replace(
            channel, names=tuple({name.text: self.channels.transformed(name, spec) for name in known}.values())
        )


def _is_given(value: Denotation) -> bool:
    """Whether something is what a function is given: one that makes an object of it."""
    return isinstance(value, Parameter) and not is_constructor(value.frame)


def _is_taken_around(value: Denotation, frame: Frame | None) -> bool:
    """Whether a function around a place is given what a value is read off."""
    taken = {root.frame for root in roots(value) if isinstance(root, Parameter)}
    while frame is not None and frame not in taken:
        frame = frame.parent
    return frame is not None


def _is_of_type(value: Denotation) -> bool:
    """Whether a symbolic value is made of the name of a type: what is sent decides it, at each call of its own."""
    while isinstance(value, Part):
        if value.step == TYPE_NAME:
            return True
        value = value.base
    return False
