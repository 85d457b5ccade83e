"""The lines above a site that say who is at the other end, whether messages go round, and where failed ones end."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple, TypeAlias

from eventlens.flow.model import Site
from eventlens.ide.cycles import cycles
from eventlens.ide.index import FlowIndex
from eventlens.ide.places import Target, of_site

Kind: TypeAlias = Literal["ends", "cycle", "dead-letters"]
_NAMED = 4
"""Services named before the rest is only counted."""
_NO_DEAD_LETTERS = "no-dead-letter-queue"


class Lens(NamedTuple):
    """``target`` is the site; ``ends`` is where choosing the lens leads."""

    target: Target
    text: str
    ends: list[Target]
    kind: Kind


def lenses(index: FlowIndex, file: str) -> list[Lens]:
    """The lenses of each site of product code: the other end always, the others where there is something to say.

    None before all files were looked at: a number of consumers would be wrong.
    """
    if index.is_partial:
        return []
    return [lens for site in index.sites_in(file) if site.source_set == "main" for lens in _lenses(index, site)]


def ends_of(index: FlowIndex, file: str, line: int, column: int, kind: Kind) -> list[Target]:
    """Where the lenses of a kind lead that stand at a place."""
    found = [
        end
        for site in index.sites_at(file, line, column)
        for lens in _lenses(index, site)
        if lens.kind == kind
        for end in lens.ends
    ]
    return list(dict.fromkeys(found))


def _lenses(index: FlowIndex, site: Site) -> Iterator[Lens]:
    yield _ends(index, site)
    yield from _cycle(index, site)
    if site.role == "subscribe":
        yield from _dead_letters(index, site)


def _ends(index: FlowIndex, site: Site) -> Lens:
    if site.role == "publish":
        consumers = index.consumers([site])
        ends = [index.handler_of(other).at for other in consumers]
        return Lens(of_site(site), f"→ {_counted(consumers, 'consumer')}", ends, "ends")
    producers = index.producers([site])
    return Lens(of_site(site), f"← {_counted(producers, 'producer')}", [of_site(one) for one in producers], "ends")


def _cycle(index: FlowIndex, site: Site) -> Iterator[Lens]:
    cycle = index.remembered("cycles", cycles).get(site.id)
    if cycle is not None:
        others = [other for one in cycle.sites if one != site.id and (other := index.site(one)) is not None]
        text = "⟲ part of a cycle" if cycle.reported else "⟲ part of a cycle that a condition may end"
        yield Lens(of_site(site), text, [of_site(other) for other in others], "cycle")


def _dead_letters(index: FlowIndex, site: Site) -> Iterator[Lens]:
    names = list(dict.fromkeys(c.dead_letter for c in index.channels_of(site) if c.dead_letter is not None))
    if names:
        ends = [of_site(end) for name in names for end in index.sites_on(index.channels_named(site.broker, name))]
        yield Lens(of_site(site), f"dead letters → {', '.join(names)}", ends, "dead-letters")
    elif any(finding.rule == _NO_DEAD_LETTERS for finding in index.findings_of(site)):
        yield Lens(of_site(site), "no dead-letter queue", [], "dead-letters")


def _counted(sites: Sequence[Site], noun: str) -> str:
    if not sites:
        return f"no {noun} in this workspace"
    services = sorted({site.service for site in sites if site.service})
    named = services[:_NAMED] + [f"and {len(services) - _NAMED} more"] * (len(services) > _NAMED)
    return f"{len(sites)} {noun}{'s' if len(sites) > 1 else ''}" + (f" ({', '.join(named)})" if named else "")
