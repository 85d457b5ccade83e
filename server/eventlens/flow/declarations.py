"""Channels and bindings that code declares: queues, exchanges, topics, their dead-letter channels and what is bound to what."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace

from eventlens.config.infrastructure import (
    ChannelName,
    DeclaredBinding,
    DeclaredChannel,
    Infrastructure,
    without_holes,
)
from eventlens.flow.channels import ChannelNames, ChannelReader
from eventlens.flow.denotations import Scalar, Trail
from eventlens.flow.infrastructure import NO_INFRASTRUCTURE
from eventlens.flow.library_match import LibraryMatch
from eventlens.flow.linking import BindingFact, ChannelKey
from eventlens.flow.model import Place
from eventlens.flow.program import Frame
from eventlens.flow.reading import Place as Reading
from eventlens.flow.reading import read_first
from eventlens.flow.records import SiteRecorder
from eventlens.flow.scopes_around import lies_in
from eventlens.flow.site_node import SiteNode
from eventlens.flow.texts import Name
from eventlens.knowledge.schema import Bind, Declare

SECONDS = {"seconds": 1, "minutes": 60, "hours": 3600, "days": 86400}


def whole_number(value: object) -> int | None:
    """A number, also one that is written as text (``attempts = "4"``)."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return int(value)
    return int(value) if isinstance(value, str) and value.isascii() and value.isdigit() else None


def _key(channel: ChannelName) -> ChannelKey:
    return ChannelKey(channel.broker, channel.kind, without_holes(channel.name))


def _binding(one: DeclaredBinding) -> BindingFact:
    place = Place(file=one.path, line=one.line)
    return BindingFact(_key(one.source), _key(one.target), one.pattern, (place,), one.filters)


def _where(match: LibraryMatch) -> tuple[str, int]:
    """Of several declarations of a channel the last counts: their order must not be that in which files were edited."""
    frame, call = match.place.frame, match.place.call
    return frame.module.path if frame is not None else "", call.start if call is not None else -1


class Declarations:
    """What is declared about channels; ``places``, ``facts`` by channel, the ``bindings``, and the
    ``streams`` of tables whose changes are published."""

    def __init__(
        self,
        declares: Iterable[LibraryMatch],
        binds: Iterable[LibraryMatch],
        channels: ChannelReader,
        recorder: SiteRecorder,
        infrastructure: Infrastructure = NO_INFRASTRUCTURE,
        sites: Iterable[SiteNode] = (),
    ) -> None:
        """``sites`` are those found: what a wrapper declares beside its own library call, each call of it declares for its channel."""
        self._wrapped = [node for node in sites if node.chain]
        self.hang_on_wrappers = False
        """Whether a call of a wrapper decides what is declared."""
        self.channels = channels
        self.recorder = recorder
        self.places: dict[ChannelKey, list[Place]] = defaultdict(list)
        self.facts: dict[ChannelKey, dict[str, object]] = defaultdict(dict)
        self.bindings: list[BindingFact] = []
        self.streams = infrastructure.streams
        self.named: dict[tuple[str, str], dict[Trail, None]] = defaultdict(dict)
        """Where names are read that declarations and bindings in code give channels, by broker and name; those of dead-letter
        channels too."""
        for match in sorted(declares, key=_where):
            self._declare(match)
        for match in sorted(binds, key=_where):
            self._bind(match)
        for declared in infrastructure.channels:
            self._add(declared)
        self.bindings.extend(_binding(one) for one in infrastructure.bindings)

    def _add(self, declared: DeclaredChannel) -> None:
        """A channel that infrastructure declares."""
        key = _key(declared.channel)
        where = Place(file=declared.path, line=declared.line)
        if where not in self.places[key]:
            self.places[key].append(where)
        known = {
            "partitions": declared.partitions,
            "max_deliveries": declared.max_deliveries,
            "retention": declared.retention,
        }
        self.facts[key].update({name: value for name, value in known.items() if value is not None})
        if declared.dead_letter is not None:
            self.facts[key]["dead_letter"] = without_holes(declared.dead_letter.name)

    def _place(self, match: LibraryMatch) -> Place | None:
        if match.place.frame is None or match.place.call is None:
            return None
        return self.recorder.declared_place(match.place.frame.module, match.place.call.start)

    def _declare(self, match: LibraryMatch) -> None:
        entry = match.entry
        assert isinstance(entry, Declare)
        for place in self._readings(match, self.channels.read(match, match.place, entry.channel)):
            self._declare_at(match, entry, place)

    def _declare_at(self, match: LibraryMatch, entry: Declare, place: Reading) -> None:
        where = self._place(match)
        channel = self.channels.read(match, place, entry.channel)
        for name in channel.names:
            key = ChannelKey(channel.broker, channel.kind, name.text)
            self._note(channel.broker, name)
            if where is not None and where not in self.places[key]:
                self.places[key].append(where)
            self._fact(key, "partitions", place, entry.partitions)
            self._fact(key, "max_deliveries", place, entry.max_deliveries)
            for unit, paths in entry.retention.items():
                self._fact(key, "retention", place, paths, SECONDS[unit])
            dead = self.channels.texts(place, entry.dead_letter)
            keys = self.channels.texts(place, entry.dead_letter_routing_key) if dead and not dead[0].text else []
            for one in (*dead, *keys):
                self._note(channel.broker, one)
            if not dead and read_first(place, entry.dead_letter):
                self.facts[key]["dead_letter"] = "*"
            elif dead:
                self.facts[key]["dead_letter"] = dead[0].text or (keys[0].text if keys else "")

    def _readings(self, match: LibraryMatch, *channels: ChannelNames) -> Iterator[Reading]:
        """The place itself; where callers decide a name, as each call of the wrapper around it sees it."""
        yield match.place
        if not any(one.symbolic and not one.names for one in channels):
            return
        frame = match.place.frame
        for node in self._wrapped:
            inner = node.match.place.frame
            if inner is not None and frame is not None and _is_beside(inner, frame):
                self.hang_on_wrappers = True
                yield replace(match.place, environment=node.place.environment)

    def _note(self, broker: str, name: Name) -> None:
        self.named[(broker, name.text)].update(dict.fromkeys(name.whole_trail))

    def _fact(self, key: ChannelKey, name: str, place: Reading, paths: list[str] | None, times: int = 1) -> None:
        for value in read_first(place, paths):
            number = whole_number(value.value) if isinstance(value, Scalar) else None
            if number is not None:
                self.facts[key][name] = number * times

    def _bind(self, match: LibraryMatch) -> None:
        entry = match.entry
        assert isinstance(entry, Bind)
        ends = [self.channels.read(match, match.place, end) for end in (entry.from_, entry.to)]
        for place in self._readings(match, *ends):
            self._bind_at(match, entry, place)

    def _bind_at(self, match: LibraryMatch, entry: Bind, place: Reading) -> None:
        where = self._place(match)
        patterns: list[str | None] = [name.text for name in self.channels.texts(place, entry.pattern)] or [None]
        source = self.channels.read(match, place, entry.from_)
        target = self.channels.read(match, place, entry.to)
        for end in (source, target):
            for name in end.names:
                self._note(end.broker, name)
        for one in source.names:
            for other in target.names:
                for pattern in patterns:
                    self.bindings.append(
                        BindingFact(
                            ChannelKey(source.broker, source.kind, one.text),
                            ChannelKey(target.broker, target.kind, other.text),
                            pattern,
                            (where,) if where is not None else (),
                        )
                    )


def _is_beside(site: Frame, frame: Frame) -> bool:
    """Whether a scope belongs to the same function, or to the same object, as the library call of a site."""
    return lies_in(site, frame) or lies_in(frame, site) or (frame.cls is not None and frame.cls is site.cls)
