"""All rules, and running them with the severities and switches of the settings."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable

import msgspec

from eventlens.checks import (
    auto_ack,
    breaking_schema_change,
    circular_flow,
    dual_write,
    event_name_tense,
    failure_without_context,
    hot_partition_key,
    inline_version_check,
    missing_correlation_id,
    missing_event_version,
    missing_partition_key,
    missing_retry_policy,
    missing_snapshot,
    no_dead_letter_queue,
    non_idempotent_consumer,
    orphans,
    poison_message,
    processing_exceeds_timeout,
    projection_lag_unmonitored,
    publish_before_write,
    saga_missing_compensation,
    saga_missing_timeout,
    schema_mismatch,
    swallowed_failure,
    thundering_herd,
    unawaited_publish,
    unbounded_retry,
    undocumented_channel,
    unmonitored_dlq,
    unordered_assumption,
)
from eventlens.checks.context import CheckContext, Rule
from eventlens.checks.suppressions import UNUSED, apply_suppressions
from eventlens.config.settings import Settings
from eventlens.flow.model import Finding, Severity

__all__ = ["RULES", "UNUSED", "findings_of", "rule_ids", "severities"]
log = logging.getLogger(__name__)

RULES: tuple[Rule, ...] = (
    no_dead_letter_queue.RULE,
    non_idempotent_consumer.RULE,
    swallowed_failure.RULE,
    failure_without_context.RULE,
    poison_message.RULE,
    processing_exceeds_timeout.RULE,
    missing_retry_policy.RULE,
    auto_ack.RULE,
    unbounded_retry.RULE,
    unmonitored_dlq.RULE,
    dual_write.RULE,
    publish_before_write.RULE,
    circular_flow.RULE,
    unawaited_publish.RULE,
    schema_mismatch.RULE,
    breaking_schema_change.RULE,
    undocumented_channel.RULE,
    missing_partition_key.RULE,
    unordered_assumption.RULE,
    hot_partition_key.RULE,
    thundering_herd.RULE,
    missing_snapshot.RULE,
    projection_lag_unmonitored.RULE,
    orphans.PUBLISH,
    orphans.SUBSCRIBE,
    missing_event_version.RULE,
    missing_correlation_id.RULE,
    event_name_tense.RULE,
    inline_version_check.RULE,
    saga_missing_compensation.RULE,
    saga_missing_timeout.RULE,
)

NEED_ALL_SITES = frozenset(rule.id for rule in RULES if rule.needs_all_sites)
"""The rules whose verdict on one site hangs on all others."""
RUN_WIDELY = frozenset(rule.id for rule in RULES if rule.needs_all_sites and not rule.waits)
"""Those of them that are run again over all sites when the typing pauses."""


def findings_of(context: CheckContext, progress: Callable[[str, int, int], None] | None = None) -> list[Finding]:
    """The findings of all enabled rules, by place; one that a comment suppresses is marked so."""
    return with_suppressions(context, reported(context, progress))


def reported(context: CheckContext, progress: Callable[[str, int, int], None] | None = None) -> list[Finding]:
    """What the enabled rules report, whatever comments say. A rule that fails is logged and skipped.

    ``progress`` is told before each rule and may raise to end the work.
    """
    found: list[Finding] = []
    for number, rule in enumerate(RULES):
        chosen = context.settings.rules.get(rule.id)
        severity = chosen.severity if chosen is not None else None
        if severity == "off" or not context.wants(rule):
            continue
        if progress is not None:
            progress("Checking", number, len(RULES))
        try:
            told = list(rule.run(context.over_all() if rule.needs_all_sites else context))
        except Exception:
            log.exception("rule %s failed", rule.id)
            continue
        found.extend(msgspec.structs.replace(one, severity=severity) if severity is not None else one for one in told)
    return list({one.id: one for one in found}.values())


def with_suppressions(context: CheckContext, found: Iterable[Finding]) -> list[Finding]:
    """The findings by place, those that a comment suppresses marked so, and those about suppressions themselves."""
    return sorted(apply_suppressions(context.graph, context.settings, found), key=by_place)


def by_place(finding: Finding) -> tuple[str, int, int, str]:
    """The key of the order in which findings are reported."""
    return finding.file, finding.line, finding.column, finding.rule


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
