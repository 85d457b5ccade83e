"""Channels, events and sites as symbols: the outline of a file and the search of a workspace."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, NamedTuple

from eventlens.flow.model import Site
from eventlens.ide.index import FlowIndex
from eventlens.ide.places import Target, of_channel, of_site


class Symbol(NamedTuple):
    """``container`` says what it belongs to."""

    name: str
    kind: Literal["channel", "event", "publish", "subscribe"]
    target: Target
    container: str


def file_symbols(index: FlowIndex, file: str) -> list[Symbol]:
    """The sites of a file."""
    return [_of_site(site) for site in index.sites_in(file)]


def workspace_symbols(index: FlowIndex, query: str) -> list[Symbol]:
    """Symbols whose name holds the letters of ``query`` in order, whatever their case. A leading ``#`` is dropped."""
    letters = query.removeprefix("#").casefold().strip()
    return [symbol for symbol in _all(index) if _matches(symbol.name.casefold(), letters)]


def _all(index: FlowIndex) -> Iterator[Symbol]:
    for channel in index.flow_map.channels:
        places = of_channel(channel) or [of_site(site) for site in index.sites_on([channel])]
        if places:
            yield Symbol(channel.name, "channel", places[0], f"{channel.broker} {channel.kind}")
    events: set[str] = set()
    for site in index.flow_map.sites:
        if site.event and site.event not in events:
            events.add(site.event)
            yield Symbol(site.event, "event", of_site(site), site.channel or "")
    for site in index.flow_map.sites:
        yield _of_site(site)


def _of_site(site: Site) -> Symbol:
    arrow = "→" if site.role == "publish" else "←"
    name = site.channel_template or site.channel or f"unknown {site.channel_kind}"
    event = f" ({site.event})" if site.event else ""
    return Symbol(f"{arrow} {name}{event}", site.role, of_site(site), f"{site.service or ''} {site.broker}".strip())


def _matches(name: str, letters: str) -> bool:
    rest = iter(name)
    return all(letter in rest for letter in letters)
