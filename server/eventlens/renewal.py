"""The analysis of a workspace in which a few source files were edited: their own sites and findings anew, the others as they were.

May import `analysis` and what lies below. Invariant: for an unchanged text it gives what the whole analysis gave. What the
neighbourhood of the edited files does not show (a guard far away, a caller further up) is learnt by renewing the text that the
whole analysis saw, and comparing: where the two differ, the whole analysis is right until the next one.
"""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from eventlens.analysis import Analysis, builder
from eventlens.checks.context import CheckContext
from eventlens.checks.registry import reported, with_suppressions
from eventlens.flow.graph import FlowGraph
from eventlens.flow.linking import binding_records, channel_records
from eventlens.flow.model import UNUSED_SUPPRESSION, Finding, FlowMap, Site
from eventlens.flow.neighbourhood import stands_in
from eventlens.workspace.snapshot import Workspace


class _Seen(NamedTuple):
    """What a renewal finds in the edited files."""

    graph: FlowGraph
    checks: CheckContext
    findings: list[Finding]


class _Difference(NamedTuple):
    """What only the whole analysis found, or found otherwise, and the ids of what it knows better."""

    sites: list[Site]
    findings: list[Finding]
    refuted_sites: frozenset[str]
    refuted_findings: frozenset[str]


class Renewal:
    """Renews one whole analysis, for the edits that follow it."""

    def __init__(self, workspace: Workspace, whole: Analysis) -> None:
        self._workspace = workspace
        self._whole = whole
        self._differences: dict[frozenset[str], _Difference] = {}

    def prepare(self, edited: frozenset[str]) -> None:
        """Learn ahead of the next edit what the neighbourhood of these files does not show."""
        if edited not in self._differences:
            self._differences[edited] = self._difference(edited)

    def renewed(self, workspace: Workspace, edited: frozenset[str]) -> Analysis:
        """The analysis of ``workspace``, which differs from the whole analysis' in the texts of the ``edited`` source files only."""
        self.prepare(edited)
        apart = self._differences[edited]
        seen = self._seen(workspace, edited, apart.refuted_sites)
        lines = {path: _Lines(self._workspace.text(path), workspace.text(path)) for path in edited}
        known = {site.id: site for _, site in seen.graph.nodes}
        left = [
            moved for site in apart.sites if site.id not in known and (moved := _moved_site(site, lines)) is not None
        ]
        known.update((site.id, site) for site in left)
        kept = [one for each in apart.findings if (one := _moved_finding(each, known, lines)) is not None]
        fresh = [one for one in seen.findings if one.id not in apart.refuted_findings]
        own = [
            one
            for one in with_suppressions(seen.checks, {one.id: one for one in [*kept, *fresh]}.values())
            if one.file in edited
        ]
        others = [one for one in self._whole.flow_map.findings if one.file not in edited]
        findings = sorted([*others, *own], key=lambda one: (one.file, one.line, one.column, one.rule))
        return Analysis(self._map(seen.graph, left, findings), seen.checks, self._whole.inputs)

    def _seen(self, workspace: Workspace, edited: frozenset[str], refuted: frozenset[str] = frozenset()) -> _Seen:
        assert self._whole.checks is not None and self._whole.inputs is not None
        graph = builder(workspace, self._whole.inputs).renew(self._whole.checks.graph, edited, refuted)
        checks = CheckContext(graph, self._whole.inputs.settings, edited, self._whole.checks)
        return _Seen(graph, checks, [one for one in reported(checks) if one.file in edited])

    def _difference(self, edited: frozenset[str]) -> _Difference:
        seen = self._seen(self._workspace, edited)
        sites = {site.id: site for _, site in seen.graph.nodes if stands_in(site, edited)}
        whole = {site.id: site for site in self._whole.flow_map.sites if stands_in(site, edited)}
        alike = {one for one in sites.keys() & whole.keys() if _content(sites[one]) == _content(whole[one])}
        ids = {one.id for one in seen.findings if one.site is None or one.site in alike or one.site not in sites}
        known = [
            one for one in self._whole.flow_map.findings if one.file in edited and one.rule != UNUSED_SUPPRESSION
        ]
        return _Difference(
            [site for key, site in whole.items() if key not in alike],
            [msgspec.structs.replace(one, suppressed=False) for one in known if one.id not in ids],
            frozenset(sites.keys() - alike),
            frozenset(ids - {one.id for one in known}),
        )

    def _map(self, graph: FlowGraph, left: list[Site], findings: list[Finding]) -> FlowMap:
        before = self._whole.flow_map
        sites = [*(site for _, site in graph.nodes), *left]
        ids, unseen = {site.id for site in sites}, {site.id for site in left}
        flows = [
            flow
            for flow in before.flows
            if {flow.publish, flow.subscribe} & unseen and {flow.publish, flow.subscribe} <= ids
        ]
        made = msgspec.structs.replace(before, sites=sites, flows=[*graph.flows, *flows], findings=findings)
        assert self._whole.checks is not None
        if graph.flows is self._whole.checks.graph.flows and graph.declared is self._whole.checks.graph.declared:
            return made
        nodes = (node for node, _ in graph.nodes)
        channels = channel_records(nodes, graph.bindings, graph.declared.places, graph.declared.facts)
        named = {name for site in left for name in site.channels} - {channel.name for channel in channels}
        channels += [channel for channel in before.channels if channel.name in named]
        return msgspec.structs.replace(made, channels=channels, bindings=binding_records(graph.bindings))


def _content(site: Site) -> Site:
    """A site without the way by which it was found, which differs harmlessly."""
    return msgspec.structs.replace(site, evidence=[])


class _Lines:
    """Where the lines of a text stand after an edit: those before and behind what was changed."""

    def __init__(self, old: bytes, new: bytes) -> None:
        before, after = old.split(b"\n"), new.split(b"\n")
        shorter = min(len(before), len(after))
        self._same = next((at for at in range(shorter) if before[at] != after[at]), shorter)
        behind = next(
            (at for at in range(shorter - self._same) if before[-1 - at] != after[-1 - at]), shorter - self._same
        )
        self._rest = len(before) - behind
        self._shift = len(after) - len(before)

    def shift(self, first: int, last: int) -> int | None:
        """By how many lines the 1-based lines ``first`` to ``last`` moved; None where they were edited."""
        if last <= self._same:
            return 0
        return self._shift if first > self._rest else None


def _moved_site(site: Site, lines: dict[str, _Lines]) -> Site | None:
    by = lines[site.file].shift(site.line, site.end_line) if site.file in lines else 0
    return None if by is None else msgspec.structs.replace(site, line=site.line + by, end_line=site.end_line + by)


def _moved_finding(finding: Finding, sites: dict[str, Site], lines: dict[str, _Lines]) -> Finding | None:
    """A finding that only the whole analysis makes, where it stands now; None when its site or its lines are gone."""
    if finding.site is not None and finding.site not in sites:
        return None
    by = lines[finding.file].shift(finding.line, finding.end_line) if finding.file in lines else 0
    if by is None:
        return None
    return msgspec.structs.replace(finding, line=finding.line + by, end_line=finding.end_line + by)
