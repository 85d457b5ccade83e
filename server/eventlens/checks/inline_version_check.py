"""inline-version-check: a handler does its business once for each version of an event, instead of having old ones made new first."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import combinations
from typing import NamedTuple

from eventlens import ir
from eventlens.behaviour.events import Event, is_outside_effect, is_write
from eventlens.behaviour.paths import named_function
from eventlens.behaviour.result_tests import leaves
from eventlens.checks.context import CheckContext, Rule, event_evidence
from eventlens.checks.version_branches import Asked, asked_by, may_ask, told_apart
from eventlens.flow.model import Finding
from eventlens.flow.noted_reads import NotedRead
from eventlens.flow.schema_reads import read_by_handler
from eventlens.flow.scopes import Frame

_REFUSING = re.compile(
    r"(?i)dead|dlq|dlx|failed|failure|unsupported|unknown|unexpected|invalid|quarantine|poison|park|reject|refuse|discard|ignor|skip|audit|alert|metric|error"
)
"""How code is called that deals with messages which a handler does not take."""
_MOST_SHOWN = 4


class _Arm(NamedTuple):
    """What is done for some versions: in ``then`` or ``orelse`` (``kind``) of the branch that asks for them."""

    asked: Asked
    kind: str
    events: list[Event]

    def does_beside(self, other: _Arm) -> bool:
        """Whether something is done here that is not done there."""
        there = {id(one.node) for one in other.events}
        return any(id(one.node) not in there for one in self.events)


def _run(context: CheckContext) -> Iterator[Finding]:
    seen: set[int] = set()
    for node, site in context.sites("subscribe"):
        if site.confidence != "certain" or site.channel_kind == "task":
            continue
        events = context.delivery_events(node)
        branches = _version_branches(events)
        reads = read_by_handler(context.graph.evaluator, node).noted if branches else ()
        for arms in _by_function(_arms(events, branches, reads)):
            first = min((arm.asked for arm in arms), key=lambda one: one.branch.start)
            if id(first.branch) not in seen:
                seen.add(id(first.branch))
                yield _found(context, first, arms)


def _version_branches(events: Iterable[Event]) -> dict[int, tuple[ir.Branch, Frame]]:
    """The branches around what happens that ask for something called like a version, by identity."""
    found: dict[int, tuple[ir.Branch, Frame]] = {}
    for event in events:
        for one in event.contexts:
            if isinstance(one.node, ir.Branch) and id(one.node) not in found and may_ask(one.node.condition, one.frame):
                found[id(one.node)] = (one.node, one.frame)
    return found


def _arms(
    events: Iterable[Event], branches: dict[int, tuple[ir.Branch, Frame]], reads: Iterable[NotedRead]
) -> list[_Arm]:
    """What is done for some versions alone."""
    noted = list(reads)
    asked = {
        key: one for key, (branch, frame) in branches.items() if (one := asked_by(branch, frame, noted)) is not None
    }
    found: dict[tuple[int, str], _Arm] = {}
    for event in events if asked else ():
        if _is_business(event):
            for kind, one in _chosen(event, asked):
                found.setdefault((id(one.branch), kind), _Arm(one, kind, [])).events.append(event)
    return list(found.values())


def _chosen(event: Event, asked: dict[int, Asked]) -> Iterator[tuple[str, Asked]]:
    """The arms in which something happens; behind an arm that leaves, what follows is the other one."""
    around = {id(one.node): one.kind for one in event.contexts}
    for key, one in asked.items():
        if key in around:
            yield around[key], one
        elif leaves(one.branch.then) and any(_follows(node, frame, one) for node, frame in _steps(event)):
            yield "orelse", one


def _steps(event: Event) -> Iterator[tuple[ir.Node, Frame]]:
    yield event.node, event.frame
    for step in event.chain:
        yield step.call, step.frame


def _follows(node: ir.Node, frame: Frame, one: Asked) -> bool:
    return named_function(frame) is named_function(one.frame) and node.start >= one.branch.end


def _is_business(event: Event) -> bool:
    """Whether something is done that the message is for; not what becomes of one that is refused."""
    if not (event.kind == "publish" or is_write(event) or is_outside_effect(event)):
        return False
    names = [step.call.callee for step in event.chain] + (
        [event.node.callee] if isinstance(event.node, ir.Call) else []
    )
    if any(_REFUSING.search(one.name) for one in names if isinstance(one, ir.Name | ir.Member)):
        return False
    site = event.site
    channels = site.match.place.call if site is not None and isinstance(site.match.place.call, ir.Call) else None
    texts = [
        one.value.value for one in (channels.args if channels is not None else ()) if isinstance(one.value, ir.Literal)
    ]
    return not any(isinstance(one, str) and _REFUSING.search(one) for one in texts)


def _by_function(arms: list[_Arm]) -> Iterator[list[_Arm]]:
    """The arms of each function in which different work is done for different versions."""
    functions: dict[int, list[_Arm]] = {}
    for arm in arms:
        functions.setdefault(id(named_function(arm.asked.frame)), []).append(arm)
    for several in functions.values():
        found = [one for pair in combinations(several, 2) if _are_alternatives(*pair) for one in pair]
        if found and told_apart(one.asked for one in found):
            yield found


def _are_alternatives(one: _Arm, other: _Arm) -> bool:
    """Whether a message takes one of two arms, and each has work of its own: both of one branch, or those of different versions."""
    if one.asked.branch is not other.asked.branch:
        are_exact = one.kind == other.kind == "then" and one.asked.operator == other.asked.operator == "=="
        if not are_exact or one.asked.versions & other.asked.versions:
            return False
    return one.does_beside(other) and other.does_beside(one)


def _found(context: CheckContext, first: Asked, arms: list[_Arm]) -> Finding:
    done = {id(arm.events[0].node): arm.events[0] for arm in sorted(arms, key=lambda one: one.events[0].order)}
    evidence = [
        event_evidence(event, "this is done for some versions alone") for event in list(done.values())[:_MOST_SHOWN]
    ]
    return context.finding(
        RULE,
        f"what is done hangs on {first.field}, the version of the message: each version has its own copy of the work, and the next one needs another",
        frame=first.frame,
        node=first.at,
        related=evidence,
    )


RULE = Rule(
    "inline-version-check",
    "warning",
    "Make old versions into the newest one where messages are decoded (an upcaster), and handle that alone.",
    _run,
)
