"""All fixes, and what they offer for a finding."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from posixpath import normpath
from typing import NamedTuple, TypeAlias

from eventlens.checks.suppressions import UNUSED
from eventlens.fixes import (
    acknowledge_after,
    await_publish,
    bound_retry,
    dead_letter,
    declare_external,
    dedup,
    ignore,
    log_failed_publish,
    log_with_error,
    outbox,
    partition_key,
    remove_suppression,
    rename_channel,
    rethrow,
)
from eventlens.fixes.changes import Change, NotFixable, Offer
from eventlens.fixes.context import FixContext
from eventlens.fixes.csharp import publishing as csharp_publishing
from eventlens.fixes.golang import acknowledge_after as go_acknowledge_after
from eventlens.fixes.golang import bound_retry as go_bound_retry
from eventlens.fixes.golang import publishing as go_publishing
from eventlens.fixes.golang import rethrow as go_rethrow
from eventlens.fixes.jvm import acknowledge_after as jvm_acknowledge_after
from eventlens.fixes.jvm import bound_retry as jvm_bound_retry
from eventlens.fixes.jvm import dead_letter as jvm_dead_letter
from eventlens.fixes.jvm import publishing as jvm_publishing
from eventlens.fixes.jvm import rethrow as jvm_rethrow
from eventlens.flow.model import Finding
from eventlens.syntax.grammars import language_of

log = logging.getLogger(__name__)

Offering: TypeAlias = Callable[[FixContext, Finding], Iterable[Offer]]


class Fix(NamedTuple):
    """A fix: its name, the rules whose findings it mends, and what it offers for one of them (nothing where it cannot mend it).

    ``offers`` is by the language of the finding's file, as `eventlens.ir.Module.language` has it; None stands for the files that no
    front end reads. ``safe`` are the keys of the offers that may be taken unseen, together with others: they stay in the finding's
    statement and change no signature.
    """

    id: str
    rules: frozenset[str]
    offers: Mapping[str | None, Offering]
    safe: frozenset[str] = frozenset()


def _written(
    scripts: Offering, *, jvm: Offering | None = None, go: Offering | None = None, csharp: Offering | None = None
) -> Mapping[str | None, Offering]:
    """What writes code: in TypeScript, JavaScript and Python, and where it can in Java and Kotlin, Go and C#."""
    known: dict[str | None, Offering | None] = {
        **dict.fromkeys(("typescript", "javascript", "python"), scripts),
        **dict.fromkeys(("java", "kotlin"), jvm),
        "go": go,
        "csharp": csharp,
    }
    return {language: offering for language, offering in known.items() if offering is not None}


def _anywhere(offering: Offering) -> Mapping[str | None, Offering]:
    """What writes names, comments and settings, which every file may have."""
    return {None: offering, **_written(offering, jvm=offering, go=offering, csharp=offering)}


FIXES: tuple[Fix, ...] = (
    Fix(
        "await-publish",
        frozenset(("unawaited-publish",)),
        _written(
            await_publish.offers,
            jvm=jvm_publishing.awaited,
            go=go_publishing.returned,
            csharp=csharp_publishing.awaited,
        ),
        safe=frozenset(("await",)),
    ),
    Fix(
        "log-failed-publish",
        frozenset(("unawaited-publish",)),
        _written(
            log_failed_publish.offers,
            jvm=jvm_publishing.logged_only,
            go=go_publishing.logged_only,
            csharp=csharp_publishing.logged_only,
        ),
    ),
    Fix("outbox", outbox.RULES, _written(outbox.offers)),
    Fix("dedup", dedup.RULES, _written(dedup.offers)),
    Fix(
        "acknowledge-after",
        frozenset(("auto-ack",)),
        _written(
            acknowledge_after.offers,
            jvm=jvm_acknowledge_after.offers,
            go=go_acknowledge_after.offers,
            csharp=acknowledge_after.offers,
        ),
    ),
    Fix(
        "dead-letter",
        dead_letter.RULES,
        _written(dead_letter.offers, jvm=jvm_dead_letter.offers, go=dead_letter.offers, csharp=dead_letter.offers),
    ),
    Fix(
        "bound-retry",
        frozenset(("unbounded-retry",)),
        _written(bound_retry.offers, jvm=jvm_bound_retry.offers, go=go_bound_retry.offers, csharp=bound_retry.offers),
    ),
    Fix(
        "rethrow",
        frozenset(("swallowed-failure",)),
        _written(rethrow.offers, jvm=jvm_rethrow.offers, go=go_rethrow.offers, csharp=rethrow.offers),
    ),
    Fix(
        "log-with-error",
        log_with_error.RULES,
        _written(
            log_with_error.offers, jvm=log_with_error.offers, go=log_with_error.offers, csharp=log_with_error.offers
        ),
    ),
    Fix(
        "partition-key",
        partition_key.RULES,
        _written(partition_key.offers, jvm=partition_key.offers, go=partition_key.offers),
    ),
    Fix("rename-channel", declare_external.RULES, _anywhere(rename_channel.offers)),
    Fix("declare-external", declare_external.RULES, _anywhere(declare_external.offers)),
    Fix(
        "remove-suppression",
        frozenset((UNUSED.id,)),
        _anywhere(remove_suppression.offers),
        safe=frozenset(("remove",)),
    ),
    Fix("ignore", ignore.RULES, _anywhere(ignore.offers)),
)
"""In the order in which an editor shows them."""
SILENCING = "ignore"
"""The fix that mends nothing and only silences: shown last."""


class Proposal(NamedTuple):
    """An offer with the fix that makes it."""

    fix: str
    offer: Offer


def proposals(context: FixContext, finding: Finding) -> list[Proposal]:
    """What mends a finding, best first. A fix that fails is logged and left out."""
    return [Proposal(fix.id, offer) for fix in FIXES for offer in _offers(fix, context, finding)]


def safe_offer(context: FixContext, finding: Finding) -> Offer | None:
    """The offer that mends a finding and may be taken unseen; None where there is none."""
    offers = (offer for fix in FIXES if fix.safe for offer in _offers(fix, context, finding) if offer.key in fix.safe)
    return next((offer for offer in offers if offer.preferred and not offer.is_wide), None)


def changes_of(context: FixContext, finding: Finding, fix: str, key: str) -> tuple[Change, ...]:
    """The changes of one proposal. Raises NotFixable when it is not offered any more or cannot be worked out."""
    for offer in (offer for one in FIXES if one.id == fix for offer in _offers(one, context, finding)):
        if offer.key == key:
            changes = offer.changes()
            if any(_leaves(change.path) for change in changes):
                raise NotFixable("it would change files outside the workspace")
            return changes
    raise NotFixable(f"{fix} is not offered for this {finding.rule} finding")


def _leaves(path: str) -> bool:
    """Whether a path, put together from what the workspace's files say, leads out of it."""
    return normpath(path).startswith(("..", "/", "\\")) or ":" in path[:2]


def _offers(fix: Fix, context: FixContext, finding: Finding) -> list[Offer]:
    known = language_of(finding.file)
    offering = fix.offers.get(known[0] if known is not None else None)
    if finding.rule not in fix.rules or offering is None:
        return []
    try:
        return list(offering(context, finding))
    except Exception:
        log.exception("fix %s failed for %s in %s:%d", fix.id, finding.rule, finding.file, finding.line)
        return []
