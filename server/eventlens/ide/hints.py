"""What is left unsaid: beside a site the channel behind a constant or template, and how messages are delivered; beside a line of
configuration that names or declares a channel, who is at its ends."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple

from eventlens.flow.model import Channel, Site
from eventlens.ide.code_places import SiteCode
from eventlens.ide.index import FlowIndex

_NAMED = 3
"""Channels or services named before the rest is only counted: editors cut long hints off."""


class Hint(NamedTuple):
    """A text behind a place: 1-based line, code-point column (0: the end of the line)."""

    line: int
    column: int
    text: str
    kind: Literal["channel", "guarantee", "ends"]


def hints(index: FlowIndex, file: str, first_line: int, last_line: int) -> list[Hint]:
    """The hints of a file on some lines (1-based, both included), in their order."""
    found = [
        hint
        for site in index.sites_in(file)
        if site.line <= last_line
        for hint in _hints(index, site)
        if first_line <= hint.line <= last_line
    ]
    if not index.is_partial:
        lines = index.configured_in(file).items()
        found += [
            Hint(line, 0, text, "ends")
            for line, named in lines
            if first_line <= line <= last_line and (text := _ends(index, named))
        ]
    return sorted(set(found), key=lambda hint: (hint.line, hint.column or 10**6, hint.kind))


def _hints(index: FlowIndex, site: Site) -> Iterator[Hint]:
    code = index.code.site(site)
    if code is None:
        return
    names = _names(site)
    if names and code.channel is not None:
        if not _is_said(site, code.written):
            yield Hint(code.channel.end_line, code.channel.end_column, f"= {names}", "channel")
    elif names and code.called:
        arrow = "→" if site.role == "publish" else "←"
        yield Hint(site.end_line, site.end_column, f"{arrow} {names}", "channel")
    if site.role == "subscribe" and site.guarantee != "unknown":
        yield _guarantee(site, code)


def _ends(index: FlowIndex, channels: list[Channel]) -> str:
    """Who is at the ends of some channels; "" where nobody is."""
    sites = [site for site in index.sites_on(channels) if site.source_set == "main"]
    publishes = [site for site in sites if site.role == "publish"]
    subscribes = [site for site in sites if site.role == "subscribe"]
    producers = {site.id: site for site in (*publishes, *index.producers(subscribes))}
    wrapped = {site.of for site in producers.values()}
    outer = [site for site in producers.values() if site.id not in wrapped]
    consumers = list({site.id: site for site in (*subscribes, *index.consumers(publishes))}.values())
    failing = index.failing_into(channels) if not outer else []
    if failing:
        return f"dead letters of {_listed(failing)} → {_who(consumers)}"
    return f"← {_who(outer)} → {_who(consumers)}" if outer or consumers else ""


def _who(sites: list[Site]) -> str:
    """The services of sites; how many they are where none has a name."""
    services = sorted({site.service for site in sites if site.service})
    return _listed(services) if services else str(len(sites)) if sites else "nobody"


def _listed(names: Sequence[str], separator: str = ", ") -> str:
    rest = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return separator.join(names[:_NAMED]) + rest


def _is_said(site: Site, written: str) -> bool:
    """Whether the code says the names itself: they stand in it, or they are patterns written as objects."""
    return written.startswith("{") or all(name in written for name in site.channels or [site.channel or ""])


def _guarantee(site: Site, code: SiteCode) -> Hint:
    """Behind the call where it ends on the line on which it is named, else at the end of that line."""
    if code.call.end_line == site.end_line:
        return Hint(code.call.end_line, code.call.end_column, site.guarantee, "guarantee")
    return Hint(site.end_line, 0, site.guarantee, "guarantee")


def _names(site: Site) -> str:
    known = list(dict.fromkeys([site.channel_template or site.channel or "", *site.channels[1:]]))
    return _listed([name for name in known if name and name != "*"], " | ")
