"""Channels, events and sites as symbols: the outline of a file and the search of a workspace."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, NamedTuple, TypeAlias

from eventlens.flow.model import Site
from eventlens.ide.index import FlowIndex
from eventlens.ide.places import Target, of_channel, of_site

Kind: TypeAlias = Literal["channel", "event", "publish", "subscribe"]
MOST = 250
"""Symbols that a search gives at most: clients show a few dozen and ask again with every letter."""
_ORDER = {"channel": 0, "event": 1, "publish": 2, "subscribe": 3}


class Symbol(NamedTuple):
    """``target`` is the name's place, ``around`` the whole of what it names; ``container`` says what it belongs to."""

    name: str
    kind: Kind
    target: Target
    around: Target
    container: str


def file_symbols(index: FlowIndex, file: str) -> list[Symbol]:
    """The sites of a file, in the order in which they stand."""
    sites = sorted(index.sites_in(file), key=lambda site: (site.line, site.column))
    return [_of_site(index, site) for site in sites]


def workspace_symbols(index: FlowIndex, query: str, most: int = MOST) -> list[Symbol]:
    """Symbols whose name holds the letters of ``query`` in order, whatever their case, best first. A leading ``#`` is dropped.

    A channel is found by its name, an event by its own, a site by its channel's and its event's.
    """
    letters = query.removeprefix("#").casefold().strip()
    ranked = [(rank_of(folded, letters), folded, things) for folded, things in index.remembered("symbols", _by_name)]
    fitting = sorted((each for each in ranked if each[0] >= 0), key=lambda each: (each[0], len(each[1]), each[1]))
    found: list[tuple[int, int, Symbol | Site]] = []
    for rank, _, things in fitting:
        if len(found) >= most and rank != found[-1][0]:
            break
        found += [(rank, _ORDER[kind], thing) for kind, thing in things]
    found.sort(key=lambda each: each[:2])
    return [_of_site(index, thing) if isinstance(thing, Site) else thing for _, _, thing in found[:most]]


def rank_of(name: str, letters: str) -> int:
    """How well letters fit a name: 0 all of it, 1 its beginning, 2 whole words, 3 a word's beginning, 4 a part, 5 scattered; -1 not at all."""
    at = name.find(letters)
    if at < 0:
        rest = iter(name)
        return 5 if all(letter in rest for letter in letters) else -1
    if at == 0:
        return 0 if name == letters else 1
    best = 4
    while at > 0:
        if not name[at - 1].isalnum():
            best = min(best, 3 if name[at + len(letters) : at + len(letters) + 1].isalnum() else 2)
        at = name.find(letters, at + 1)
    return best


def _by_name(index: FlowIndex) -> list[tuple[str, list[tuple[Kind, Symbol | Site]]]]:
    """What can be found, by its name without regard to case."""
    found: dict[str, list[tuple[Kind, Symbol | Site]]] = {}
    for name, kind, thing in _named(index):
        found.setdefault(name.casefold(), []).append((kind, thing))
    return list(found.items())


def _named(index: FlowIndex) -> Iterator[tuple[str, Kind, Symbol | Site]]:
    for channel in index.flow_map.channels:
        places = of_channel(channel) or [of_site(site) for site in index.sites_on([channel])[:1]]
        if places:
            yield (
                channel.name,
                "channel",
                _of_name(channel.name, "channel", places[0], f"{channel.broker} {channel.kind}"),
            )
    events: set[str] = set()
    for site in index.flow_map.sites:
        if site.event and site.event not in events:
            events.add(site.event)
            yield site.event, "event", _of_name(site.event, "event", of_site(site), site.channel or "")
    for site in index.flow_map.sites:
        yield f"{_channel_name(site)} {site.event or ''}", site.role, site


def _of_name(name: str, kind: Kind, target: Target, container: str) -> Symbol:
    return Symbol(name, kind, target, target, container)


def _of_site(index: FlowIndex, site: Site) -> Symbol:
    arrow = "→" if site.role == "publish" else "←"
    event = f" ({site.event})" if site.event else ""
    call = index.call_of(site)
    container = f"{site.service or ''} {site.broker}".strip()
    return Symbol(f"{arrow} {_channel_name(site)}{event}", site.role, call.at, call.around, container)


def _channel_name(site: Site) -> str:
    return site.channel_template or site.channel or f"unknown {site.channel_kind}"
