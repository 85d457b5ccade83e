"""Which sites are part of a circle: a handler publishes what comes back to it, directly or through other handlers."""

from __future__ import annotations

from collections import deque
from typing import NamedTuple

from eventlens.flow.model import Finding, Site
from eventlens.flow.scopes import Frame
from eventlens.ide.index import FlowIndex
from eventlens.ide.places import unique

_RULE = "circular-flow"
_MOST = 400
"""Subscriptions that are looked at at most, after those that can be in no circle were left out."""


class Cycle(NamedTuple):
    """``sites`` are the ids of its publishes and subscriptions; ``reported`` says whether the rule reports it: a circle that a
    condition ends is none."""

    sites: list[str]
    reported: bool


class _Step(NamedTuple):
    """A subscription's handler publishes, and another subscription receives it."""

    publish: str
    target: str


def cycles(index: FlowIndex) -> dict[str, Cycle]:
    """The circle of each site that is part of one, by the site's id. Publishes count to a handler when they stand in it; what it
    does through other functions is known where the rule reports it."""
    found: dict[str, Cycle] = {}
    for finding in index.flow_map.findings:
        if finding.rule == _RULE:
            members = _members(index, finding)
            found.update((one, Cycle(members, True)) for one in members)
    steps = _pruned(_steps(index))
    for start in list(steps)[:_MOST]:
        if start not in found:
            members = _circle(start, steps)
            for one in members:
                found.setdefault(one, Cycle(members, False))
    return found


def _members(index: FlowIndex, finding: Finding) -> list[str]:
    at = [(finding.file, finding.line), *((step.file, step.line) for step in finding.related)]
    around = [site.id for file, line in at for site in index.sites_on_line(file, line)]
    return unique([*([finding.site] if finding.site else []), *around])


def _steps(index: FlowIndex) -> dict[str, list[_Step]]:
    """Subscription id → what its handler publishes, and to whom."""
    nodes = index.code.nodes
    running: dict[int, list[str]] = {}
    for site in index.flow_map.sites:
        node = nodes.get(site.id)
        if node is not None and node.handler.frame is not None and site.role == "subscribe":
            running.setdefault(id(node.handler.frame), []).append(site.id)
    found: dict[str, list[_Step]] = {}
    for site in index.flow_map.sites:
        node = nodes.get(site.id)
        if node is None or not _counts(site):
            continue
        frame: Frame | None = node.frame
        while frame is not None:
            for subscription in running.get(id(frame), ()):
                targets = [_Step(site.id, consumer.id) for consumer in index.consumers([site])]
                found.setdefault(subscription, []).extend(targets)
            frame = frame.parent
    return found


def _counts(site: Site) -> bool:
    return site.role == "publish" and site.interaction != "reply" and site.broker != "in-process"


def _pruned(steps: dict[str, list[_Step]]) -> dict[str, list[_Step]]:
    """Without the steps that lead to where nothing goes on."""
    while True:
        kept = {start: [step for step in found if step.target in steps] for start, found in steps.items()}
        kept = {start: found for start, found in kept.items() if found}
        if kept == steps:
            return kept
        steps = kept


def _circle(start: str, steps: dict[str, list[_Step]]) -> list[str]:
    """The sites of the shortest way from a subscription back to it; none where there is no way."""
    before: dict[str, tuple[str, str]] = {}
    queue = deque([start])
    while queue:
        current = queue.popleft()
        for step in steps.get(current, ()):
            if step.target not in before:
                before[step.target] = (current, step.publish)
                if step.target == start:
                    return _way_back(start, before)
                queue.append(step.target)
    return []


def _way_back(start: str, before: dict[str, tuple[str, str]]) -> list[str]:
    found: list[str] = []
    current = start
    while True:
        current, publish = before[current]
        found += [publish, current]
        if current == start:
            return found
