"""The analysis of a workspace in which a few source files were edited, or of which only a few are known yet.

May import `analysis` and what lies below. Invariant: for an unchanged text a renewal gives what the whole analysis gave. What the
neighbourhood of the files that are looked at does not show (a guard far away, a caller further up) is learnt by renewing the text
that the whole analysis saw, and comparing: where the two differ, the whole analysis is right until the next one.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Iterator
from operator import itemgetter
from typing import NamedTuple

import msgspec

from eventlens.analysis import Analysis, Inputs, builder, flow_map_of, inputs_of
from eventlens.checks.context import CheckContext
from eventlens.checks.registry import NEED_ALL_SITES, RULES, RUN_WIDELY, by_place, reported, with_suppressions
from eventlens.flow.edited_functions import connected_with, name_of
from eventlens.flow.graph import FlowGraph
from eventlens.flow.linking import binding_records, channel_records
from eventlens.flow.model import UNUSED_SUPPRESSION, Finding, Flow, FlowMap, Site
from eventlens.flow.neighbourhood import MOST_DEPENDENTS, Neighbourhood, stands_in
from eventlens.flow.scopes import Frame
from eventlens.flow.scopes_around import outermost
from eventlens.flow.site_node import SiteNode
from eventlens.workspace.snapshot import Workspace


class _Seen(NamedTuple):
    """What a renewal finds in the edited files."""

    graph: FlowGraph
    checks: CheckContext
    findings: list[Finding]
    left_alone: frozenset[str]
    """The ids of the sites that the edit has nothing to do with: no rule looked at them."""

    def leaves(self, finding: Finding) -> bool:
        """Whether it was not looked at whether a finding still holds."""
        return bool(self.left_alone) and (finding.site in self.left_alone or finding.rule in _SUMMING_UP)


class _Difference(NamedTuple):
    """What only the whole analysis found, or found otherwise, and the ids of what it knows better."""

    sites: list[Site]
    findings: list[Finding]
    refuted_sites: frozenset[str]
    refuted_findings: frozenset[str]
    judged_otherwise: frozenset[str]
    """The ids of findings that both make, and the whole analysis otherwise."""


class _Scope(NamedTuple):
    """Which files are looked at anew; ``is_wide``: the rules that need all sites and do not wait are run, too, over the whole workspace."""

    files: frozenset[str]
    is_wide: bool = False

    def holds(self, finding: Finding) -> bool:
        """Whether a finding is found anew."""
        return finding.file in self.files or (self.is_wide and finding.rule in RUN_WIDELY)


_NOT_AT_A_GLANCE = frozenset((UNUSED_SUPPRESSION, *(rule.id for rule in RULES if rule.needs_setup)))
_SUMMING_UP = frozenset(rule.id for rule in RULES if rule.sums_up)


class Renewal:
    """Renews one whole analysis, for the edits that follow it."""

    def __init__(self, workspace: Workspace, whole: Analysis) -> None:
        assert whole.checks is not None and whole.inputs is not None
        self._workspace = workspace
        self._whole = whole
        self._checks, self._inputs = whole.checks, whole.inputs
        self._differences: dict[_Scope, _Difference] = {}
        self._wide: dict[frozenset[str], _Scope | None] = {}
        self._elsewhere: tuple[_Scope, list[Finding]] | None = None
        """The scope that was asked about last, and what was found outside of it."""

    def prepare_next(self, edited: frozenset[str]) -> bool:
        """Learn ahead of the next edit of these files what their neighbourhood does not show, one step; False when all is known."""
        for scope in (_Scope(edited), self._scope(edited)):
            if scope is not None and scope not in self._differences:
                self._apart(scope)
                return True
        return False

    def renewed(self, workspace: Workspace, edited: frozenset[str]) -> Analysis:
        """The analysis of ``workspace``, which differs from the whole analysis' in the texts of the ``edited`` source files only.

        Their own sites and findings are found anew, those of other files are as they were.
        """
        return self._analysis(workspace, edited, _Scope(edited))

    def widened(self, workspace: Workspace, edited: frozenset[str]) -> Analysis | None:
        """The same with the files that hang on the edited ones found anew, too, and what needs all sites everywhere; None where they are too many."""
        scope = self._scope(edited)
        return None if scope is None else self._analysis(workspace, edited, scope)

    def _scope(self, edited: frozenset[str]) -> _Scope | None:
        if edited not in self._wide:
            files = Neighbourhood(self._workspace, self._checks.graph, edited).dependents
            self._wide[edited] = _Scope(files, is_wide=True) if len(files) <= MOST_DEPENDENTS else None
        return self._wide[edited]

    def _analysis(self, workspace: Workspace, edited: frozenset[str], scope: _Scope) -> Analysis:
        apart = self._apart(scope)
        lines = {path: _Lines(self._workspace.text(path), workspace.text(path)) for path in edited}
        seen = self._seen(workspace, scope, apart.refuted_sites, lines)
        known = {site.id: site for _, site in seen.graph.nodes}
        left = [
            moved for site in apart.sites if site.id not in known and (moved := _moved_site(site, lines)) is not None
        ]
        known.update((site.id, site) for site in left)
        fresh = {one.id: one for one in seen.findings if one.id not in apart.refuted_findings}
        still = [one for one in apart.findings if one.id in fresh or one.id not in apart.judged_otherwise]
        still += [one for one in self._known_in(scope) if one.id not in fresh and seen.leaves(one)]
        kept = {each.id: one for each in still if (one := _moved_finding(each, known, lines)) is not None}
        findings = (fresh | kept).values()
        seen.graph.program.load(sorted({one.file for one in findings if one.file in workspace}))  # for their comments
        ordered = list(self._found_elsewhere(scope))
        for one in with_suppressions(seen.checks, findings):
            if scope.holds(one):
                insort(ordered, one, key=by_place)
        return Analysis(self._map(seen.graph, left, ordered), seen.checks, self._inputs)

    def _seen(
        self,
        workspace: Workspace,
        scope: _Scope,
        refuted: frozenset[str] = frozenset(),
        lines: dict[str, _Lines] | None = None,
    ) -> _Seen:
        """What is found in the edited files; with ``lines`` by the rules only where the edit has to do with it."""
        graph = builder(workspace, self._inputs).renew(self._checks.graph, scope.files, refuted)
        left = frozenset[int]() if lines is None or scope.is_wide else self._left_alone(workspace, graph, lines)
        checks = CheckContext(
            graph, self._inputs.settings, scope.files, self._checks, scope.is_wide, self._inputs.others, left
        )
        ids = frozenset(site.id for node, site in graph.renewed or () if id(node) in left)
        return _Seen(graph, checks, [one for one in reported(checks) if scope.holds(one)], ids)

    def _left_alone(self, workspace: Workspace, graph: FlowGraph, lines: dict[str, _Lines]) -> frozenset[int]:
        """The sites (by the identity of their nodes) of functions that have nothing to do with the one in which the only edited file was edited."""
        (path, *others), renewed = lines, [node for node, _ in graph.renewed or ()]
        before, after = self._checks.graph.program.modules.get(path), graph.program.modules.get(path)
        if others or before is None or after is None:
            return frozenset()
        texts = self._workspace.text(path), workspace.text(path)
        if texts[0] == texts[1]:
            return frozenset(map(id, renewed))
        old = connected_with(before, texts[0], *lines[path].edited(texts[0]))
        new = connected_with(after, texts[1], *lines[path].edited(texts[1]))
        if old is None or new is None:
            return frozenset()
        names = {*map(name_of, old), *map(name_of, new)}
        return frozenset(id(node) for node in renewed if _is_apart(node, path, new, names))

    def _found_elsewhere(self, scope: _Scope) -> list[Finding]:
        """What the whole analysis found outside of a scope, in its order."""
        if self._elsewhere is None or self._elsewhere[0] != scope:
            found = [one for one in self._whole.flow_map.findings if not scope.holds(one)]
            self._elsewhere = scope, sorted(found, key=by_place)
        return self._elsewhere[1]

    def _known_in(self, scope: _Scope) -> Iterator[Finding]:
        """What the whole analysis found in the files of a scope, as if nothing were suppressed."""
        for one in self._whole.flow_map.findings:
            if scope.holds(one) and one.rule != UNUSED_SUPPRESSION:
                yield msgspec.structs.replace(one, suppressed=False)

    def _apart(self, scope: _Scope) -> _Difference:
        if scope not in self._differences:
            self._differences[scope] = self._difference(scope)
        return self._differences[scope]

    def _difference(self, scope: _Scope) -> _Difference:
        seen = self._seen(self._workspace, scope)
        sites = {site.id: site for _, site in seen.graph.renewed or ()}
        whole = {site.id: site for _, site in self._checks.graph.standing_in(scope.files)}
        alike = {one for one in sites.keys() & whole.keys() if _content(sites[one]) == _content(whole[one])}
        ids = {one.id for one in seen.findings if one.site is None or one.site in alike or one.site not in sites}
        verdicts = {_verdict(one) for one in seen.findings if one.id in ids}
        known = list(self._known_in(scope))
        return _Difference(
            [site for key, site in whole.items() if key not in alike],
            [one for one in known if _verdict(one) not in verdicts],
            frozenset(sites.keys() - alike),
            frozenset(ids - {one.id for one in known}),
            frozenset(one.id for one in known if one.id in ids and _verdict(one) not in verdicts),
        )

    def _flows_of(self, left: list[Site], sites: list[Site]) -> Iterator[Flow]:
        """The flows, as the whole analysis saw them, of sites that only it saw."""
        ids, unseen = {site.id for site in sites}, {site.id for site in left}
        for flow in self._whole.flow_map.flows:
            ends = {flow.publish, flow.subscribe}
            if ends & unseen and ends <= ids:
                yield flow

    def _map(self, graph: FlowGraph, left: list[Site], findings: list[Finding]) -> FlowMap:
        before = self._whole.flow_map
        sites = [*map(itemgetter(1), graph.nodes), *left]
        flows = before.flows if graph.flows is self._checks.graph.flows else list(graph.flows)
        if left:
            flows = [*flows, *self._flows_of(left, sites)]
        made = msgspec.structs.replace(before, sites=sites, flows=flows, findings=findings)
        if graph.flows is self._checks.graph.flows and graph.declared is self._checks.graph.declared:
            return made
        nodes = (node for node, _ in graph.nodes)
        channels = channel_records(nodes, graph.bindings, graph.declared.places, graph.declared.facts)
        named = {name for site in left for name in site.channels} - {channel.name for channel in channels}
        channels += [channel for channel in before.channels if channel.name in named]
        return msgspec.structs.replace(made, channels=channels, bindings=binding_records(graph.bindings))


def _is_apart(node: SiteNode, path: str, connected: frozenset[Frame], names: set[str]) -> bool:
    """Whether a site, its handler and the calls that lead to it stand in functions that are none of those."""
    scopes = (node.frame, node.handler.frame, node.handler.loop_frame, *(caller.frame for caller in node.chain))
    around = {outermost(one) for one in scopes if one is not None and one.module.path == path} - {None}
    return bool(around) and not any(one in connected or name_of(one) in names for one in around if one is not None)


def _content(site: Site) -> Site:
    """A site without the way by which it was found, which differs harmlessly."""
    return msgspec.structs.replace(site, evidence=[])


def _verdict(finding: Finding) -> tuple[str, str, str, str]:
    """What a finding says, whatever its evidence: what was followed less far may be less sure of it."""
    return finding.id, finding.severity, finding.confidence, finding.message


class _Lines:
    """Where the lines of a text stand after an edit: those before and behind what was changed."""

    def __init__(self, old: bytes, new: bytes) -> None:
        before, after = old.split(b"\n"), new.split(b"\n")
        shorter = min(len(before), len(after))
        self._same = next((at for at in range(shorter) if before[at] != after[at]), shorter)
        behind = next(
            (at for at in range(shorter - self._same) if before[-1 - at] != after[-1 - at]), shorter - self._same
        )
        self._behind = behind
        self._rest = len(before) - behind
        self._shift = len(after) - len(before)

    def edited(self, text: bytes) -> tuple[int, int]:
        """The byte offsets, in one of the two texts, between which the lines stand that differ; the line end before where there are none."""
        lines = text.split(b"\n")
        start = sum(map(len, lines[: self._same])) + self._same
        end = len(text) - sum(map(len, lines[len(lines) - self._behind :])) - self._behind
        return min(start, end), max(start, end)

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


def glance(workspace: Workspace, files: frozenset[str], inputs: Inputs | None = None) -> Analysis:
    """What a few source files and what they import say, while nothing else of the workspace is known: sites and findings of theirs alone.

    ``inputs`` are those of a glance before, where only source files were edited since.
    Rules that need all sites, or what may be set up in any other file, say nothing yet; what only callers show is not seen.
    """
    inputs = inputs or inputs_of(workspace)
    graph = builder(workspace, inputs).glance(files)
    checks = CheckContext(graph, inputs.settings, files, others=inputs.others)
    found = (one for one in with_suppressions(checks, reported(checks)) if one.file in files)
    findings = [one for one in found if one.rule not in _NOT_AT_A_GLANCE]
    return Analysis(flow_map_of(workspace, graph, inputs.services, findings), checks, inputs)


def glance_over(
    remembered: FlowMap, on_disk: Workspace, workspace: Workspace, files: frozenset[str], inputs: Inputs | None = None
) -> Analysis:
    """The same for files that were edited since a map was made of all files as they are on disk: what a glance cannot tell is as it was."""
    seen = glance(workspace, files, inputs)
    lines = {path: _Lines(on_disk.text(path), workspace.text(path)) for path in files if path in on_disk}
    own = {site.id: site for site in seen.flow_map.sites}
    others = [site for site in remembered.sites if not stands_in(site, files)]
    known = {site.id: site for site in others} | own
    flows = [flow for flow in remembered.flows if flow.publish in known and flow.subscribe in known]
    waiting = (one for one in remembered.findings if one.file in files and _waits(one))
    moved = (moved for one in waiting if (moved := _moved_finding(one, known, lines)) is not None)
    findings = [*(one for one in remembered.findings if one.file not in files), *moved, *seen.flow_map.findings]
    findings.sort(key=by_place)
    flow_map = msgspec.structs.replace(remembered, sites=[*others, *own.values()], flows=flows, findings=findings)
    return Analysis(flow_map, seen.checks, seen.inputs)


def _waits(finding: Finding) -> bool:
    return finding.rule in _NOT_AT_A_GLANCE or finding.rule in NEED_ALL_SITES
