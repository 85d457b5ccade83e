"""The line above a site that says who is at the other end."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from eventlens.flow.model import Site
from eventlens.ide.index import FlowIndex
from eventlens.ide.places import Target, of_handler, of_site

_NAMED = 4
"""Services named before the rest is only counted."""


class Lens(NamedTuple):
    """``target`` is the site; ``ends`` is where the other end stands."""

    target: Target
    text: str
    ends: list[Target]


def lenses(index: FlowIndex, file: str) -> list[Lens]:
    """One lens a site of product code."""
    return [_lens(index, site) for site in index.sites_in(file) if site.source_set == "main"]


def _lens(index: FlowIndex, site: Site) -> Lens:
    if site.role == "publish":
        consumers = index.consumers([site])
        return Lens(of_site(site), f"→ {_counted(consumers, 'consumer')}", [of_handler(other) for other in consumers])
    producers = index.producers([site])
    return Lens(of_site(site), f"← {_counted(producers, 'producer')}", [of_site(other) for other in producers])


def _counted(sites: Sequence[Site], noun: str) -> str:
    if not sites:
        return f"no {noun} in this workspace"
    services = sorted({site.service for site in sites if site.service})
    named = services[:_NAMED] + [f"and {len(services) - _NAMED} more"] * (len(services) > _NAMED)
    return f"{len(sites)} {noun}{'s' if len(sites) > 1 else ''}" + (f" ({', '.join(named)})" if named else "")
