"""Who is at the ends of a flow, by service; and what to say where nobody is."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterable, Sequence

from eventlens.flow.model import Channel, ExternalChannels, Place, Site
from eventlens.ide.hover.pieces import Block, Line, Listing, Paragraph, Piece, code, linked, said, strong
from eventlens.ide.index import FlowIndex

_SERVICES = 8
"""Services listed before the rest is only counted."""
_PLACES = 3
"""Places of one service listed before the rest is only counted."""


def listed(index: FlowIndex, title: str, sites: Sequence[Site], event: str | None = None) -> list[Block]:
    """The sites under a title, one line a service; none for no sites. ``event`` is not repeated where a site is of it."""
    if not sites:
        return []
    by_service: dict[tuple[str, str], list[Site]] = {}
    for site in sites:
        by_service.setdefault((site.service or "", site.origin or ""), []).append(site)
    items: list[Line] = [_service(index, *service, own, event) for service, own in list(by_service.items())[:_SERVICES]]
    if len(by_service) > _SERVICES:
        items.append([said(f"and {len(by_service) - _SERVICES} more services")])
    return [Listing(title, items)]


def _service(index: FlowIndex, service: str, origin: str, sites: Sequence[Site], event: str | None) -> Line:
    pieces: list[Piece] = [strong(service) if service else said("no service")]
    if origin:
        pieces.append(said(f" in {origin}"))
    seen: dict[tuple[str, int, str], Site] = {}
    for site in sites:
        place, name = _place(site)
        seen.setdefault((place.file, place.line, name), site)
    for number, ((file, line, name), site) in enumerate(seen.items()):
        if number == _PLACES:
            pieces.append(said(f", and {len(seen) - _PLACES} more"))
            break
        pieces.append(said(", " if number else " "))
        if name:
            pieces += [code(name), said(" ")]
        pieces.append(linked(Place(file=file, line=line)))
        if site.event and site.role == "publish" and site.event != event:
            pieces += [said(" ("), code(site.event), said(")")]
    return pieces


def _place(site: Site) -> tuple[Place, str]:
    """Where an end stands: a consumer at its handler, with the handler's name."""
    if site.handler is None:
        return Place(file=site.file, line=site.line), ""
    name = site.handler.name if not site.handler.name.startswith("<") else ""
    return Place(file=site.handler.file, line=site.handler.line), name


def nobody(index: FlowIndex, channels: Iterable[Channel], names: Iterable[str], role: str) -> list[Block]:
    """What to say where no site of a role is at the other end: that it is elsewhere, as the settings say, or that nobody is."""
    if index.is_partial:
        return [Paragraph([said("The workspace is still being read: who is at the other end is not known yet.")])]
    verb = "consumes" if role == "subscribe" else "publishes"
    external = external_of(index, [*(channel.name for channel in channels), *names])
    if external is None:
        return [Paragraph([said(f"Nobody {verb} this in this workspace.")])]
    by = f" by {external.owner}" if external.owner else " elsewhere"
    why = f" ({external.reason})" if external.reason else ""
    done = "Consumed" if role == "subscribe" else "Published"
    return [Paragraph([said(f"{done}{by}{why}, as "), code("[[external]]"), said(" in eventlens.toml says.")])]


def external_of(index: FlowIndex, names: Iterable[str]) -> ExternalChannels | None:
    """What the settings say of channels whose other end lies elsewhere."""
    names = [name for name in names if name]
    return next(
        (one for one in index.flow_map.external if any(fnmatch.fnmatchcase(name, one.channel) for name in names)), None
    )
