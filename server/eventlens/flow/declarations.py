"""Channels and bindings that code declares: queues, exchanges, topics, their dead-letter channels and what is bound to what."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import product
from typing import NamedTuple

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
from eventlens.flow.matched_place import Place as Reading
from eventlens.flow.model import Place
from eventlens.flow.reading import read_first
from eventlens.flow.records import SiteRecorder
from eventlens.flow.scopes import Frame
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


class Declared(NamedTuple):
    """What one declaration or binding in code says."""

    places: tuple[tuple[ChannelKey, Place], ...]
    facts: tuple[tuple[ChannelKey, str, object], ...]
    names: tuple[tuple[tuple[str, str], tuple[Trail, ...]], ...]
    """Broker and name, and where the name is read."""
    bindings: tuple[BindingFact, ...]
    hangs_on_wrappers: bool
    """Whether a call of a wrapper decides some of it."""


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
        before: Declarations | None = None,
    ) -> None:
        """``sites`` are those found: what a wrapper declares beside its own library call, each call of it declares for its channel.

        Of ``before`` is taken what the very same matches declare, unless it hangs on wrappers.
        """
        self.places: dict[ChannelKey, list[Place]] = defaultdict(list)
        self.facts: dict[ChannelKey, dict[str, object]] = defaultdict(dict)
        self.bindings: list[BindingFact] = []
        self.streams = infrastructure.streams
        self.named: dict[tuple[str, str], dict[Trail, None]] = defaultdict(dict)
        """Where names are read that declarations and bindings in code give channels, by broker and name; those of dead-letter
        channels too."""
        self._read: dict[int, tuple[LibraryMatch, Declared]] = {}
        """What each match declares, by its identity."""
        wrapped = [node for node in sites if node.chain]
        for match in (*sorted(declares, key=_where), *sorted(binds, key=_where)):
            known = before._read.get(id(match)) if before is not None else None
            if known is None or known[0] is not match or known[1].hangs_on_wrappers:
                known = match, declared_by(match, channels, recorder, wrapped)
            self._read[id(match)] = known
            self._take(known[1])
        for declared in infrastructure.channels:
            self._add(declared)
        self.bindings.extend(_binding(one) for one in infrastructure.bindings)

    @property
    def hang_on_wrappers(self) -> bool:
        """Whether a call of a wrapper decides what is declared."""
        return any(one.hangs_on_wrappers for _, one in self._read.values())

    def _take(self, declared: Declared) -> None:
        for key, where in declared.places:
            if where not in self.places[key]:
                self.places[key].append(where)
        for key, name, value in declared.facts:
            self.facts[key][name] = value
        for of, trails in declared.names:
            self.named[of].update(dict.fromkeys(trails))
        self.bindings.extend(declared.bindings)

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


def declared_by(
    match: LibraryMatch, channels: ChannelReader, recorder: SiteRecorder, wrapped: Sequence[SiteNode]
) -> Declared:
    """What one match declares; ``wrapped`` are the sites that calls of wrappers make."""
    return _DeclarationReader(match, channels, recorder, wrapped).read()


class _DeclarationReader:
    def __init__(
        self, match: LibraryMatch, channels: ChannelReader, recorder: SiteRecorder, wrapped: Sequence[SiteNode]
    ) -> None:
        self.match = match
        self.channels = channels
        self.recorder = recorder
        self.wrapped = wrapped
        self.places: list[tuple[ChannelKey, Place]] = []
        self.facts: list[tuple[ChannelKey, str, object]] = []
        self.names: list[tuple[tuple[str, str], tuple[Trail, ...]]] = []
        self.bindings: list[BindingFact] = []
        self.hangs_on_wrappers = False

    def read(self) -> Declared:
        """All that the match says."""
        entry = self.match.entry
        if isinstance(entry, Declare):
            self._declare(entry)
        else:
            assert isinstance(entry, Bind)
            self._bind(entry)
        places, facts, names = tuple(self.places), tuple(self.facts), tuple(self.names)
        return Declared(places, facts, names, tuple(self.bindings), self.hangs_on_wrappers)

    def _place(self) -> Place | None:
        frame, call = self.match.place.frame, self.match.place.call
        if frame is None or call is None:
            return None
        return self.recorder.declared_place(frame.module, call.start)

    def _declare(self, entry: Declare) -> None:
        for place in self._readings(self.channels.read(self.match, self.match.place, entry.channel)):
            self._declare_at(entry, place)

    def _declare_at(self, entry: Declare, place: Reading) -> None:
        where = self._place()
        channel = self.channels.read(self.match, place, entry.channel)
        for name in channel.names:
            key = ChannelKey(channel.broker, channel.kind, name.text)
            self._note(channel.broker, name)
            if where is not None:
                self.places.append((key, where))
            self._fact(key, "partitions", place, entry.partitions)
            self._fact(key, "max_deliveries", place, entry.max_deliveries)
            for unit, paths in entry.retention.items():
                self._fact(key, "retention", place, paths, SECONDS[unit])
            self._dead_letter(key, entry, place)

    def _dead_letter(self, key: ChannelKey, entry: Declare, place: Reading) -> None:
        dead = self.channels.texts(place, entry.dead_letter)
        keys = self.channels.texts(place, entry.dead_letter_routing_key) if dead and not dead[0].text else []
        for one in (*dead, *keys):
            self._note(key.broker, one)
        if dead:
            self.facts.append((key, "dead_letter", dead[0].text or (keys[0].text if keys else "")))
        elif read_first(place, entry.dead_letter):
            self.facts.append((key, "dead_letter", "*"))

    def _readings(self, *channels: ChannelNames) -> Iterator[Reading]:
        """The place itself; where callers decide a name, as each call of the wrapper around it sees it."""
        yield self.match.place
        if not any(one.symbolic and not one.names for one in channels):
            return
        frame = self.match.place.frame
        for node in self.wrapped:
            inner = node.match.place.frame
            if inner is not None and frame is not None and _is_beside(inner, frame):
                self.hangs_on_wrappers = True
                yield replace(self.match.place, environment=node.place.environment)

    def _note(self, broker: str, name: Name) -> None:
        self.names.append(((broker, name.text), tuple(name.whole_trail)))

    def _fact(self, key: ChannelKey, name: str, place: Reading, paths: list[str] | None, times: int = 1) -> None:
        for value in read_first(place, paths):
            number = whole_number(value.value) if isinstance(value, Scalar) else None
            if number is not None:
                self.facts.append((key, name, number * times))

    def _bind(self, entry: Bind) -> None:
        ends = [self.channels.read(self.match, self.match.place, end) for end in (entry.from_, entry.to)]
        for place in self._readings(*ends):
            self._bind_at(entry, place)

    def _bind_at(self, entry: Bind, place: Reading) -> None:
        where = self._place()
        patterns: list[str | None] = [name.text for name in self.channels.texts(place, entry.pattern)] or [None]
        source = self.channels.read(self.match, place, entry.from_)
        target = self.channels.read(self.match, place, entry.to)
        for end in (source, target):
            for name in end.names:
                self._note(end.broker, name)
        for one, other in product(source.names, target.names):
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
