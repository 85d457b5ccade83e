"""The flow map, arranged to be asked by place: every question is answered from a dictionary."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property
from typing import Any, Literal, NamedTuple, TypeAlias, TypeVar

from eventlens.flow.model import (
    Binding,
    Channel,
    Delivery,
    Finding,
    Flow,
    FlowMap,
    Place,
    Site,
    Step,
    UnknownValue,
)
from eventlens.ide.code_places import CodePlaces
from eventlens.ide.file_lines import FileLines, is_naming
from eventlens.ide.places import Landing, Target, landing, of_handler, of_line, of_site

_Key = TypeVar("_Key")
_Each = TypeVar("_Each")
_Line: TypeAlias = tuple[str, int]


class Subject(NamedTuple):
    """What stands at a place: a site's call or channel argument, a handler's declaration, or a line that names a channel
    (a constant, an environment variable, configuration). ``origin`` is the part that was pointed at; None for a whole line."""

    kind: Literal["site", "handler", "channel"]
    origin: Target | None
    sites: list[Site]
    channels: list[Channel]


class FlowIndex:
    """Look-ups over one flow map. Places are paths, 1-based lines and 1-based code-point columns."""

    def __init__(self, flow_map: FlowMap, code: CodePlaces | None = None, is_partial: bool = False) -> None:
        """``is_partial``: the map holds a few files alone, and that something is not in it says nothing."""
        self.flow_map = flow_map
        self.is_partial = is_partial
        self.code = code or CodePlaces()
        self._sites = {site.id: site for site in flow_map.sites}
        self._order = {key: number for number, key in enumerate(self._sites)}
        self._channels = {channel.id: channel for channel in flow_map.channels}
        self._by_file: dict[str, list[Site]] = {}
        self._outgoing: dict[str, list[Flow]] = {}
        self._incoming: dict[str, list[Flow]] = {}
        self._remembered: dict[str, Any] = {}
        self._lines: dict[str, FileLines] = {}
        for site in flow_map.sites:
            self._by_file.setdefault(site.file, []).append(site)
        for flow in flow_map.flows:
            self._outgoing.setdefault(flow.publish, []).append(flow)
            self._incoming.setdefault(flow.subscribe, []).append(flow)

    # ------------------------------------------------------------------------------------------------------- tables

    @cached_property
    def _named(self) -> dict[tuple[str, str, str], list[Channel]]:
        """Channels by broker, kind and name."""
        return _gathered(((one.broker, one.kind, one.name), one) for one in self.flow_map.channels)

    @cached_property
    def _by_name(self) -> dict[tuple[str, str], list[Channel]]:
        return _gathered(((channel.broker, channel.name), channel) for channel in self.flow_map.channels)

    @cached_property
    def _handled(self) -> dict[str, list[Site]]:
        """File → the subscriptions whose handler stands in it."""
        return _gathered((site.handler.file, site) for site in self.flow_map.sites if site.handler is not None)

    @cached_property
    def _steps(self) -> dict[str, list[tuple[Site, Step]]]:
        """File → the evidence that points into it."""
        found: dict[str, list[tuple[Site, Step]]] = {}
        for site in self.flow_map.sites:
            for step in site.evidence:
                found.setdefault(step.file, []).append((site, step))
        return found

    @cached_property
    def _declared(self) -> dict[_Line, list[Channel]]:
        """Line → the channels that configuration or code declares there."""
        return _gathered(
            ((place.file, place.line), channel) for channel in self.flow_map.channels for place in channel.declared
        )

    @cached_property
    def _declared_lines(self) -> dict[str, list[int]]:
        return _gathered(self._declared)

    @cached_property
    def _failing(self) -> dict[tuple[str, str], list[str]]:
        """Broker and name of a dead-letter channel → the names of the channels that it is one for."""
        return _gathered(((one.broker, one.dead_letter), one.name) for one in self.flow_map.channels if one.dead_letter)

    @cached_property
    def _sites_named(self) -> dict[tuple[str, str, str], list[Site]]:
        """Sites by broker, kind and each of the names of their channels."""
        found: dict[tuple[str, str, str], list[Site]] = {}
        for site in self.flow_map.sites:
            for name in _names(site):
                found.setdefault((site.broker, site.channel_kind, name), []).append(site)
        return found

    @cached_property
    def _routed(self) -> dict[str, list[str]]:
        """Channel id → the sites at which flows begin or end on it."""
        found: dict[str, list[str]] = {}
        for flow in self.flow_map.flows:
            if flow.route:
                found.setdefault(flow.route[0], []).append(flow.publish)
                found.setdefault(flow.route[-1], []).append(flow.subscribe)
        return found

    @cached_property
    def _bindings(self) -> dict[str, list[Binding]]:
        """Channel id → the bindings from and to it."""
        return _gathered((end, binding) for binding in self.flow_map.bindings for end in {binding.from_, binding.to})

    @cached_property
    def _wrapping(self) -> dict[str, list[Site]]:
        """Site id → the callers of the wrapper in which it stands."""
        return _gathered((site.of, site) for site in self.flow_map.sites if site.of is not None)

    @cached_property
    def _findings(self) -> dict[str, list[Finding]]:
        return _gathered((finding.site, finding) for finding in self.flow_map.findings if finding.site is not None)

    @cached_property
    def _deliveries(self) -> dict[str, Delivery]:
        return {one.site: one for one in self.flow_map.deliveries}

    @cached_property
    def _unknown(self) -> dict[_Line, list[UnknownValue]]:
        return _gathered(((one.file, one.line), one) for one in self.flow_map.coverage.unknown)

    @cached_property
    def _schemas(self) -> dict[_Line, list[Site]]:
        """Line → the sites whose message's schema is declared there."""
        return _gathered(((s.schema.file, s.schema.line), s) for s in self.flow_map.sites if s.schema is not None)

    @cached_property
    def _of_events(self) -> dict[str, list[Site]]:
        return _gathered((site.event, site) for site in self.flow_map.sites if site.event is not None)

    # ------------------------------------------------------------------------------------------------------ by place

    def subject_at(self, file: str, line: int, column: int, text: str | None = None) -> Subject | None:
        """What stands at a place; None for nothing. ``text`` is the line's text: on a line of code that names a channel only the
        name, its value and the variable that it is read from count; without the text the whole line does."""
        lines = self.lines_of(file)
        sites = lines.sites_around(line, column)
        if sites:
            return Subject("site", self._part(sites[0], file, line, column), sites, self._channels_of_all(sites))
        sites = lines.sites_handled_at(line, column)
        if sites:
            code = self.code.handler(sites[0])
            return Subject("handler", code.head if code else None, sites, self._channels_of_all(sites))
        channels = self.channels_at(file, line, column, text)
        return Subject("channel", None, self.sites_on(channels), channels) if channels else None

    def lines_of(self, file: str) -> FileLines:
        """What stands on the lines of a file."""
        if file not in self._lines:
            steps = self._steps.get(file, ())
            self._lines[file] = FileLines(file, self.sites_in(file), self._handled.get(file, ()), steps, self.code)
        return self._lines[file]

    def sites_in(self, file: str) -> Sequence[Site]:
        """The sites of a file in the order of the map."""
        return self._by_file.get(file, ())

    def sites_on_line(self, file: str, line: int) -> Sequence[Site]:
        """The sites whose shown range touches a line."""
        return self.lines_of(file).shown.get(line, ())

    def sites_at(self, file: str, line: int, column: int) -> list[Site]:
        """The sites whose callee or channel argument contains the place, innermost first; else those whose handler is declared there."""
        lines = self.lines_of(file)
        return lines.sites_around(line, column) or lines.sites_handled_at(line, column)

    def channels_declared_at(self, file: str, line: int) -> list[Channel]:
        """The channels that configuration or code declares on the line."""
        return list(self._declared.get((file, line), ()))

    def channels_at(self, file: str, line: int, column: int, text: str | None = None) -> list[Channel]:
        """The channels that a line declares or names; see `subject_at` for ``text``."""
        found = self.channels_declared_at(file, line)
        for site in self.lines_of(file).naming_at(line, column, text):
            found += self._named.get((site.broker, site.channel_kind, site.channel or ""), ())
        return list({channel.id: channel for channel in found}.values())

    def configured_in(self, file: str) -> dict[int, list[Channel]]:
        """Lines of a configuration file → the channels that are declared or named there; lines of sites left out."""
        lines = self.lines_of(file)
        if not lines.is_configuration:
            return {}
        pairs = [
            (line, channel) for line in self._declared_lines.get(file, ()) for channel in self._declared[file, line]
        ]
        for line, site in lines.naming():
            named = self._named.get((site.broker, site.channel_kind, site.channel or ""), ())
            pairs.extend((line, channel) for channel in named)
        distinct = {(line, one.id): (line, one) for line, one in pairs if not lines.is_of_site(line)}
        return _gathered(distinct.values())

    def receiving_in(self, file: str) -> list[tuple[Site, Target]]:
        """The handlers and poll loops of a file, each with its subscription."""
        return [(site, target) for key, target in self.lines_of(file).receiving if (site := self.site(key)) is not None]

    def naming_in(self, file: str, channels: Iterable[Channel]) -> list[Target]:
        """The lines of a file where one of the channels is declared or named."""
        return [target for target in self.named_at(channels) if target.file == file]

    # ---------------------------------------------------------------------------------------------------- relations

    def site(self, site_id: str) -> Site | None:
        """A site by its id."""
        return self._sites.get(site_id)

    def channels_named(self, broker: str, name: str) -> list[Channel]:
        """The channels of a broker that have a name, whatever their kind."""
        return list(self._by_name.get((broker, name), ()))

    def remembered(self, what: str, made: Callable[[FlowIndex], _Each]) -> _Each:
        """What is worked out of the whole map, once."""
        if what not in self._remembered:
            self._remembered[what] = made(self)
        found: _Each = self._remembered[what]
        return found

    def channels_of(self, site: Site) -> list[Channel]:
        """The channels at the site's own end: those that it names, and those at which its flows begin or end."""
        found: dict[str, Channel] = {}
        for name in _names(site):
            for channel in self._named.get((site.broker, site.channel_kind, name), ()):
                found[channel.id] = channel
        routed = [flow.route[0] for flow in self._outgoing.get(site.id, ()) if flow.route]
        routed += [flow.route[-1] for flow in self._incoming.get(site.id, ()) if flow.route]
        found.update((key, self._channels[key]) for key in routed if key in self._channels)
        return list(found.values())

    def consumers(self, sites: Iterable[Site]) -> list[Site]:
        """Where what these publish is consumed, each once."""
        return self._ends(flow.subscribe for site in sites for flow in self._outgoing.get(site.id, ()))

    def producers(self, sites: Iterable[Site]) -> list[Site]:
        """Where what these consume is published, each once; a wrapper's inner site is left out where its callers are known."""
        found = self._ends(flow.publish for site in sites for flow in self._incoming.get(site.id, ()))
        wrapped = {site.of for site in found}
        return [site for site in found if site.id not in wrapped]

    def sites_on(self, channels: Iterable[Channel]) -> list[Site]:
        """Every site at one of the channels, in the order of the map for each."""
        found: dict[str, Site] = {}
        for channel in channels:
            if channel.id in self._channels:
                here = {s.id: s for s in self._sites_named.get((channel.broker, channel.kind, channel.name), ())}
                here.update((key, self._sites[key]) for key in self._routed.get(channel.id, ()) if key in self._sites)
                found.update((key, here[key]) for key in sorted(here, key=self._order.__getitem__))
        return list(found.values())

    def sites_about(self, subject: Subject) -> list[Site]:
        """The sites at a subject's channels, those at the place itself, and those at the other ends of its flows (which may be at
        another channel: a queue that is bound to an exchange)."""
        ends = (*self.consumers(subject.sites), *self.producers(subject.sites))
        found = {site.id: site for site in (*self.sites_on(subject.channels), *subject.sites, *ends)}
        return list(found.values())

    def failing_into(self, channels: Iterable[Channel]) -> list[str]:
        """The names of the channels whose failed messages end in one of these."""
        names = [name for channel in channels for name in self._failing.get((channel.broker, channel.name), ())]
        return list(dict.fromkeys(names))

    def callers_of_wrapper(self, site: Site) -> Sequence[Site]:
        """The sites that call the wrapper in which a site stands."""
        return self._wrapping.get(site.id, ())

    def findings_of(self, site: Site) -> Sequence[Finding]:
        """The findings about a site, suppressed ones too."""
        return self._findings.get(site.id, ())

    def delivery_of(self, site: Site) -> Delivery | None:
        """What happens to a subscription's messages when the handler fails; None where that is not known."""
        return self._deliveries.get(site.id)

    def unknown_at(self, file: str, line: int) -> list[UnknownValue]:
        """What could not be resolved of the sites on a line."""
        return list(self._unknown.get((file, line), ()))

    def declared_schemas_at(self, file: str, line: int) -> list[Site]:
        """The sites whose message's schema is declared on a line."""
        return list(self._schemas.get((file, line), ()))

    def of_event(self, name: str) -> list[Site]:
        """The sites of an event of that name."""
        return list(self._of_events.get(name, ()))

    def named_at(self, channels: Iterable[Channel]) -> list[Target]:
        """Where channels are declared, bound and named, declarations first; lines of sites themselves left out."""
        channels = list(channels)
        places = [place for channel in channels for place in channel.declared]
        places += [place for c in channels for binding in self._bindings.get(c.id, ()) for place in binding.declared]
        named = {channel.name for channel in channels}
        steps = [s for site in self.sites_on(channels) if site.channel in named for s in _naming_steps(site)]
        return self._lines_of_places([*places, *(Place(file=step.file, line=step.line) for step in steps)])

    def name_comes_from(self, sites: Iterable[Site]) -> list[Target]:
        """Where the channel names of sites come from: constants, variables, configuration values; lines of sites left out."""
        steps = [step for site in sites for step in _naming_steps(site)]
        return self._lines_of_places(Place(file=step.file, line=step.line) for step in steps)

    # -------------------------------------------------------------------------------------------------------- parts

    def handler_of(self, site: Site) -> Landing:
        """The handler of a subscription by its name, in its body; its line, or the subscription, where the code is not known."""
        code = self.code.handler(site)
        if code is None:
            return landing(of_handler(site))
        return Landing(code.name, code.body)

    def call_of(self, site: Site) -> Landing:
        """A site's callee, in its whole call."""
        code = self.code.site(site)
        return Landing(of_site(site), code.call if code is not None else of_site(site))

    def _lines_of_places(self, places: Iterable[Place]) -> list[Target]:
        found = (of_line(place) for place in places if not self.lines_of(place.file).is_of_site(place.line))
        return list(dict.fromkeys(found))

    def _part(self, site: Site, file: str, line: int, column: int) -> Target:
        code = self.code.site(site)
        if code is not None and code.channel is not None and code.channel.contains(file, line, column):
            return code.channel
        return of_site(site)

    def _channels_of_all(self, sites: Iterable[Site]) -> list[Channel]:
        return list({channel.id: channel for site in sites for channel in self.channels_of(site)}.values())

    def _ends(self, ids: Iterable[str]) -> list[Site]:
        return [self._sites[key] for key in dict.fromkeys(ids) if key in self._sites]


def _gathered(pairs: Iterable[tuple[_Key, _Each]]) -> dict[_Key, list[_Each]]:
    found: dict[_Key, list[_Each]] = {}
    for key, each in pairs:
        found.setdefault(key, []).append(each)
    return found


def _names(site: Site) -> Sequence[str]:
    """The names that a site gives its channel, each once."""
    if site.channel is None:
        return site.channels
    return (
        (site.channel,)
        if site.channels in ([], [site.channel])
        else list(dict.fromkeys((site.channel, *site.channels)))
    )


def _naming_steps(site: Site) -> Iterator[Step]:
    return (step for step in site.evidence if is_naming(site, step))
