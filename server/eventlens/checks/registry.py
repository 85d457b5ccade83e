"""All rules, and running them: severities and switches of the settings, suppressions in comments, stale suppressions."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

import msgspec

from eventlens.checks import (
    circular_flow,
    dual_write,
    no_dead_letter_queue,
    non_idempotent_consumer,
    orphans,
    publish_before_write,
    swallowed_failure,
    unawaited_publish,
)
from eventlens.checks.context import CheckContext, Rule
from eventlens.config.toml_settings import Settings
from eventlens.flow.graph import FlowGraph
from eventlens.flow.model import Finding, Severity
from eventlens.flow.records import stable_id

log = logging.getLogger(__name__)

RULES: tuple[Rule, ...] = (
    no_dead_letter_queue.RULE,
    non_idempotent_consumer.RULE,
    swallowed_failure.RULE,
    dual_write.RULE,
    publish_before_write.RULE,
    circular_flow.RULE,
    unawaited_publish.RULE,
    orphans.PUBLISH,
    orphans.SUBSCRIBE,
)
UNUSED = Rule("unused-suppression", "info", "Remove the comment.", lambda context: ())
_IGNORE = re.compile(r"eventlens:\s*ignore\[([\w\s,-]+)\]\s*(.*)")


def findings_of(graph: FlowGraph, settings: Settings) -> list[Finding]:
    """The findings of all enabled rules, by place; one that a comment suppresses is marked so. A rule that fails is logged and skipped."""
    context = CheckContext(graph, settings)
    found: list[Finding] = []
    for rule in RULES:
        chosen = settings.rules.get(rule.id)
        severity = chosen.severity if chosen is not None else None
        if severity == "off":
            continue
        try:
            reported = list(rule.run(context))
        except Exception:
            log.exception("rule %s failed", rule.id)
            continue
        found.extend(
            msgspec.structs.replace(one, severity=severity) if severity is not None else one for one in reported
        )
    found = list({one.id: one for one in found}.values())
    return sorted(_suppressed(graph, found), key=lambda one: (one.file, one.line, one.column, one.rule))


class _Suppression(NamedTuple):
    file: str
    line: int
    end: int
    rules: frozenset[str]
    reason: str


def _suppressions(graph: FlowGraph) -> Iterator[_Suppression]:
    for module in graph.program.loaded():
        for comment in module.module.comments:
            match = _IGNORE.search(comment.text)
            if match:
                rules = frozenset(one.strip() for one in match[1].split(","))
                yield _Suppression(
                    module.path, graph.places.line(module, comment.start), comment.start, rules, match[2].strip()
                )


def _suppressed(graph: FlowGraph, found: list[Finding]) -> Iterator[Finding]:
    suppressions = list(_suppressions(graph))
    used: set[tuple[int, str]] = set()
    for finding in found:
        hit = next((i for i, one in enumerate(suppressions) if _covers(one, finding)), None)
        if hit is not None:
            used.add((hit, finding.rule))
        yield msgspec.structs.replace(finding, suppressed=True) if hit is not None else finding
    yield from _stale(suppressions, used)


def _covers(suppression: _Suppression, finding: Finding) -> bool:
    return (
        suppression.file == finding.file
        and finding.line - suppression.line in (0, 1)
        and finding.rule in suppression.rules
    )


def _stale(suppressions: list[_Suppression], used: set[tuple[int, str]]) -> Iterator[Finding]:
    for position, one in enumerate(suppressions):
        for rule in sorted(one.rules):
            if (position, rule) not in used:
                yield Finding(
                    id=stable_id(UNUSED.id, one.file, rule, one.reason), rule=UNUSED.id, severity=UNUSED.severity, file=one.file, line=one.line, column=1,
                    end_line=one.line, end_column=1, message=f"this comment suppresses no {rule} finding", site=None, confidence="certain",
                    related=[], suppressed=False, remedy=UNUSED.remedy,
                )  # fmt: skip


def severities(settings: Settings) -> dict[str, Severity]:
    """Rule id → the severity that holds in a workspace; rules that are off are left out."""
    held: dict[str, Severity] = {}
    for rule in RULES:
        chosen = settings.rules.get(rule.id)
        severity = (chosen.severity if chosen is not None else None) or rule.severity
        if severity != "off":
            held[rule.id] = severity
    return held


def rule_ids() -> Iterable[str]:
    """The ids of all rules."""
    return [rule.id for rule in RULES]
