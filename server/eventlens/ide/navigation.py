"""From one end of a flow to the other, and to everything that touches a channel."""

from __future__ import annotations

from typing import NamedTuple

from eventlens.ide.index import FlowIndex
from eventlens.ide.places import Target, of_channel, of_handler, of_line, of_site, unique


class Jump(NamedTuple):
    """``origin`` is what the jump starts from (None at a declaration); ``targets`` is where it leads."""

    origin: Target | None
    targets: list[Target]


def definition(index: FlowIndex, file: str, line: int, column: int) -> Jump:
    """From a publish to its consumers' handlers; from a subscription or its handler to its producers."""
    sites = index.sites_at(file, line, column)
    publishes = [site for site in sites if site.role == "publish"]
    subscribes = [site for site in sites if site.role == "subscribe"]
    targets = [of_handler(site) for site in index.consumers(publishes)]
    targets += [of_site(site) for site in index.producers(subscribes)]
    return Jump(_origin(index, file, line, column), unique(targets))


def declaration(index: FlowIndex, file: str, line: int, column: int) -> Jump:
    """Where the channel of a site is declared: topic configuration, infrastructure code."""
    sites = index.sites_at(file, line, column)
    targets = [target for site in sites for channel in index.channels_of(site) for target in of_channel(channel)]
    return Jump(_origin(index, file, line, column), unique(targets))


def references(index: FlowIndex, file: str, line: int, column: int, include_declaration: bool) -> list[Target]:
    """Every site of the channels at this place; with ``include_declaration`` also where they are declared and wired."""
    channels = [channel for site in index.sites_at(file, line, column) for channel in index.channels_of(site)]
    channels += index.channels_declared_at(file, line)
    sites = index.sites_on(channels)
    targets = [of_site(site) for site in sites]
    if include_declaration:
        targets += [target for channel in channels for target in of_channel(channel)]
        targets += [of_line(place) for site in sites for place in site.wiring]
    return unique(targets)


def _origin(index: FlowIndex, file: str, line: int, column: int) -> Target | None:
    """The innermost site around the place, when the place is in a call and not at a handler's declaration."""
    here = [
        site for site in index.sites_at(file, line, column) if site.file == file and site.line <= line <= site.end_line
    ]
    return of_site(here[0]) if here else None
