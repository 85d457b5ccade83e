"""The flow map, arranged to be asked by place: every question is answered from a dictionary."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property
from typing import Any, Literal, NamedTuple, TypeAlias, TypeVar

from eventlens.flow.model import Binding, Channel, Finding, Flow, FlowMap, Place, Site, Step
from eventlens.ide.code_places import CodePlaces
from eventlens.ide.places import Landing, Target, landing, of_handler, of_line, of_site

_Key = TypeVar("_Key")
_Each = TypeVar("_Each")
_Line: TypeAlias = tuple[str, int]
_QUOTED = re.compile(r"\"[^\"]*\"|'[^']*'|`[^`]*`")
_WORD = re.compile(r"[\w$]+")
_DEFINES = re.compile(r"[\"']?\s*(?::|=(?![=>]))")
"""What stands behind the name of something that is defined."""
_CONFIGURATION = (".yml", ".yaml", ".json", ".toml", ".ini", ".cfg", ".properties", ".tf", ".xml", ".conf")


class Subject(NamedTuple):
    """What stands at a place: a site's call or channel argument, a handler's declaration, or a line that names a channel
    (a constant, an environment variable, configuration). ``origin`` is the part that was pointed at; None for a whole line."""

    kind: Literal["site", "handler", "channel"]
    origin: Target | None
    sites: list[Site]
    channels: list[Channel]


class FlowIndex:
    """Look-ups over one flow map. Places are paths, 1-based lines and 1-based code-point columns."""

    def __init__(self, flow_map: FlowMap, code: CodePlaces | None = None) -> None:
        self.flow_map = flow_map
        self.code = code or CodePlaces()
        self._sites = {site.id: site for site in flow_map.sites}
        self._channels = {channel.id: channel for channel in flow_map.channels}
        self._by_file: dict[str, list[Site]] = {}
        self._outgoing: dict[str, list[Flow]] = {}
        self._incoming: dict[str, list[Flow]] = {}
        self._remembered: dict[str, Any] = {}
        self._receiving: dict[str, list[tuple[Site, Target]]] = {}
        self._written: dict[str, dict[int, list[tuple[Site, Target]]]] = {}
        for site in flow_map.sites:
            self._by_file.setdefault(site.file, []).append(site)
        for flow in flow_map.flows:
            self._outgoing.setdefault(flow.publish, []).append(flow)
            self._incoming.setdefault(flow.subscribe, []).append(flow)

    # ------------------------------------------------------------------------------------------------------- tables

    @cached_property
    def _named(self) -> dict[tuple[str, str, str], list[Channel]]:
        """Channels by broker, kind and name."""
        found: dict[tuple[str, str, str], list[Channel]] = {}
        for channel in self.flow_map.channels:
            found.setdefault((channel.broker, channel.kind, channel.name), []).append(channel)
        return found

    @cached_property
    def _by_name(self) -> dict[tuple[str, str], list[Channel]]:
        return _gathered(((channel.broker, channel.name), channel) for channel in self.flow_map.channels)

    @cached_property
    def _lines(self) -> dict[str, dict[int, list[Site]]]:
        """File → line → the sites whose shown range touches it."""
        found: dict[str, dict[int, list[Site]]] = {}
        for site in self.flow_map.sites:
            lines = found.setdefault(site.file, {})
            for line in range(site.line, site.end_line + 1):
                lines.setdefault(line, []).append(site)
        return found

    @cached_property
    def _handlers(self) -> dict[str, dict[int, list[Site]]]:
        """File → line → the subscriptions whose handler is declared there."""
        found: dict[str, dict[int, list[Site]]] = {}
        for site in self.flow_map.sites:
            if site.handler is not None:
                found.setdefault(site.handler.file, {}).setdefault(site.handler.line, []).append(site)
        return found

    @cached_property
    def _declared(self) -> dict[_Line, list[Channel]]:
        """Line → the channels that configuration or code declares there."""
        return _gathered(
            ((place.file, place.line), channel) for channel in self.flow_map.channels for place in channel.declared
        )

    @cached_property
    def _naming(self) -> dict[_Line, list[tuple[Channel, str]]]:
        """Line → the channels whose name is made there, with what is said of it: constants, variables, configuration values."""
        return _gathered(
            ((step.file, step.line), (channel, step.message))
            for site in self.flow_map.sites
            for step in _naming_steps(site)
            for channel in self._named.get((site.broker, site.channel_kind, site.channel or ""), ())
        )

    @cached_property
    def _sites_of_channel(self) -> dict[str, list[Site]]:
        return _gathered((channel.id, site) for site in self.flow_map.sites for channel in self.channels_of(site))

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

    # ------------------------------------------------------------------------------------------------------ by place

    def subject_at(self, file: str, line: int, column: int, text: str | None = None) -> Subject | None:
        """What stands at a place; None for nothing. ``text`` is the line's text: on a line of code that names a channel only the
        name, its value and the variable that it is read from count; without the text the whole line does."""
        sites = self._sites_around(file, line, column)
        if sites:
            return Subject("site", self._part(sites[0], file, line, column), sites, self._channels_of_all(sites))
        sites = self._sites_handled_at(file, line, column)
        if sites:
            code = self.code.handler(sites[0])
            return Subject("handler", code.head if code else None, sites, self._channels_of_all(sites))
        channels = self.channels_at(file, line, column, text)
        return Subject("channel", None, self.sites_on(channels), channels) if channels else None

    def sites_in(self, file: str) -> Sequence[Site]:
        """The sites of a file in the order of the map."""
        return self._by_file.get(file, ())

    def sites_on_line(self, file: str, line: int) -> Sequence[Site]:
        """The sites whose shown range touches a line."""
        return self._lines.get(file, {}).get(line, ())

    def sites_at(self, file: str, line: int, column: int) -> list[Site]:
        """The sites whose callee or channel argument contains the place, innermost first; else those whose handler is declared there."""
        return self._sites_around(file, line, column) or self._sites_handled_at(file, line, column)

    def channels_declared_at(self, file: str, line: int) -> list[Channel]:
        """The channels that configuration or code declares on the line."""
        return list(self._declared.get((file, line), ()))

    def channels_at(self, file: str, line: int, column: int, text: str | None = None) -> list[Channel]:
        """The channels that a line declares or names; see `subject_at` for ``text``."""
        found = self.channels_declared_at(file, line)
        found += [
            channel
            for channel, message in self._naming.get((file, line), ())
            if text is None or _is_configuration(file) or _is_about(message, channel.name, text, column)
        ]
        return list({channel.id: channel for channel in found}.values())

    def handlers_in(self, file: str) -> Iterator[Site]:
        """The subscriptions whose handler stands in a file."""
        for sites in self._handlers.get(file, {}).values():
            yield from sites

    def receiving_in(self, file: str) -> list[tuple[Site, Target]]:
        """The handlers and poll loops of a file, each with its subscription."""
        if file not in self._receiving:
            found = [(site, code.body) for site in self.handlers_in(file) if (code := self.code.handler(site))]
            loops = [(site, loop) for key, loop in self.code.loops_in(file) if (site := self.site(key))]
            self._receiving[file] = [*found, *loops]
        return self._receiving[file]

    def naming_in(self, file: str, channels: Iterable[Channel]) -> list[Target]:
        """The lines of a file where one of the channels is declared or named."""
        return [target for target in self.named_at(channels) if target.file == file]

    # ---------------------------------------------------------------------------------------------------- relations

    def site(self, site_id: str) -> Site | None:
        """A site by its id."""
        return self._sites.get(site_id)

    def channel(self, channel_id: str) -> Channel | None:
        """A channel by its id."""
        return self._channels.get(channel_id)

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
        for name in dict.fromkeys((site.channel, *site.channels)):
            for channel in self._named.get((site.broker, site.channel_kind, name), ()) if name is not None else ():
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
        found = {site.id: site for channel in channels for site in self._sites_of_channel.get(channel.id, ())}
        return list(found.values())

    def sites_about(self, subject: Subject) -> list[Site]:
        """The sites at a subject's channels, those at the place itself, and those at the other ends of its flows (which may be at
        another channel: a queue that is bound to an exchange)."""
        ends = (*self.consumers(subject.sites), *self.producers(subject.sites))
        found = {site.id: site for site in (*self.sites_on(subject.channels), *subject.sites, *ends)}
        return list(found.values())

    def callers_of_wrapper(self, site: Site) -> Sequence[Site]:
        """The sites that call the wrapper in which a site stands."""
        return self._wrapping.get(site.id, ())

    def findings_of(self, site: Site) -> Sequence[Finding]:
        """The findings about a site, suppressed ones too."""
        return self._findings.get(site.id, ())

    def named_at(self, channels: Iterable[Channel]) -> list[Target]:
        """Where channels are declared, bound and named, declarations first; lines of sites themselves left out."""
        channels = list(channels)
        places = [place for channel in channels for place in channel.declared]
        places += [place for c in channels for binding in self._bindings.get(c.id, ()) for place in binding.declared]
        places += [
            Place(file=file, line=line) for channel in channels for file, line in self._names.get(channel.id, ())
        ]
        return list(dict.fromkeys(of_line(place) for place in places if not self._is_of_site(place)))

    def name_comes_from(self, sites: Iterable[Site]) -> list[Target]:
        """Where the channel names of sites come from: constants, variables, configuration values; lines of sites left out."""
        steps = [step for site in sites for step in _naming_steps(site)]
        places = [Place(file=step.file, line=step.line) for step in steps]
        return list(dict.fromkeys(of_line(place) for place in places if not self._is_of_site(place)))

    @cached_property
    def _names(self) -> dict[str, list[_Line]]:
        """Channel id → the lines where its name is made."""
        return _gathered((channel.id, line) for line, named in self._naming.items() for channel, _ in named)

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

    def _is_of_site(self, place: Place) -> bool:
        """Whether a site or its channel argument stands on a line: then it is no other place where the channel is named."""
        return place.line in self._lines.get(place.file, ()) or place.line in self._written_in(place.file)

    def _written_in(self, file: str) -> dict[int, list[tuple[Site, Target]]]:
        """Line → the sites of a file whose channel argument touches it."""
        if file not in self._written:
            lines = self._written[file] = {}
            for site in self.sites_in(file):
                code = self.code.site(site)
                if code is not None and code.channel is not None:
                    for line in range(code.channel.line, code.channel.end_line + 1):
                        lines.setdefault(line, []).append((site, code.channel))
        return self._written[file]

    def _part(self, site: Site, file: str, line: int, column: int) -> Target:
        code = self.code.site(site)
        if code is not None and code.channel is not None and code.channel.contains(file, line, column):
            return code.channel
        return of_site(site)

    def _sites_around(self, file: str, line: int, column: int) -> list[Site]:
        shown = self._lines.get(file, {}).get(line, ())
        around = [site for site in shown if of_site(site).contains(file, line, column)]
        if not around:
            written = self._written_in(file).get(line, ())
            around = [site for site, target in written if target.contains(file, line, column)]
        return sorted(around, key=lambda site: (site.end_line - site.line, site.end_column - site.column))

    def _sites_handled_at(self, file: str, line: int, column: int) -> list[Site]:
        return [
            site
            for site in self._handlers.get(file, {}).get(line, ())
            if (code := self.code.handler(site)) is None or code.head.contains(file, line, column)
        ]

    def _channels_of_all(self, sites: Iterable[Site]) -> list[Channel]:
        return list({channel.id: channel for site in sites for channel in self.channels_of(site)}.values())

    def _ends(self, ids: Iterable[str]) -> list[Site]:
        return [self._sites[key] for key in dict.fromkeys(ids) if key in self._sites]


def _gathered(pairs: Iterable[tuple[_Key, _Each]]) -> dict[_Key, list[_Each]]:
    found: dict[_Key, list[_Each]] = {}
    for key, each in pairs:
        found.setdefault(key, []).append(each)
    return found


def _naming_steps(site: Site) -> Iterator[Step]:
    """The steps of a site's evidence that say where its channel's name comes from (`flow.records` begins them so)."""
    beginning = f"channel {site.channel}: "
    return (step for step in site.evidence if step.message.startswith(beginning))


def _is_configuration(file: str) -> bool:
    name = file.rpartition("/")[2]
    return name.endswith(_CONFIGURATION) or name.startswith(".env")


def _is_about(message: str, name: str, text: str, column: int) -> bool:
    """Whether the word at a column of a line of code is the name's literal, what the evidence speaks of, or what is defined there."""
    told = _WORD.findall(message.partition(": ")[2])
    quoted = next((found[0] for found in _QUOTED.finditer(text) if found.start() < column <= found.end() + 1), None)
    if quoted is not None:
        return name in quoted or quoted[1:-1] in told
    word = next((found for found in _WORD.finditer(text) if found.start() < column <= found.end() + 1), None)
    return word is not None and (word[0] in told or bool(_DEFINES.match(text, word.end())))
