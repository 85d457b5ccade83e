"""All fixes, and what they offer for a finding."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from posixpath import normpath
from types import MappingProxyType
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
from eventlens.fixes.golang import acknowledging as go_acknowledging
from eventlens.fixes.golang import handling as go_handling
from eventlens.fixes.golang import publishing as go_publishing
from eventlens.fixes.golang import retrying as go_retrying
from eventlens.fixes.jvm import acknowledging as jvm_acknowledging
from eventlens.fixes.jvm import bound_retry as jvm_bound_retry
from eventlens.fixes.jvm import dead_letter as jvm_dead_letter
from eventlens.fixes.jvm import publishing as jvm_publishing
from eventlens.fixes.jvm import rethrow as jvm_rethrow
from eventlens.flow.model import Finding
from eventlens.syntax.grammars import language_of

log = logging.getLogger(__name__)

Offering: TypeAlias = Callable[[FixContext, Finding], Iterable[Offer]]

_ALL_LANGUAGES = frozenset(("typescript", "javascript", "python", "java", "kotlin", "go", "csharp"))


class Fix(NamedTuple):
    """A fix: its name, the rules whose findings it mends, and what it offers for one of them (nothing where it cannot mend it).

    ``writes`` are the languages whose code it writes, by `eventlens.ir.Module.language`; None where it writes none. ``own`` is what
    it offers in a language for which it is written anew. ``safe`` are the keys of the offers that may be taken unseen, together with
    others: they stay in the finding's statement and change no signature.
    """

    id: str
    rules: frozenset[str]
    offers: Offering
    writes: frozenset[str] | None = frozenset(("typescript", "javascript", "python"))
    safe: frozenset[str] = frozenset()
    own: Mapping[str, Offering] = MappingProxyType({})

    def offers_in(self, language: str | None) -> Offering | None:
        """What it offers for findings in a language, or in a file that no front end reads (None)."""
        if language is None or self.writes is None:
            return self.offers
        return self.own.get(language) or (self.offers if language in self.writes else None)


FIXES: tuple[Fix, ...] = (
    Fix(
        "await-publish",
        frozenset(("unawaited-publish",)),
        await_publish.offers,
        safe=frozenset(("await",)),
        own={
            "java": jvm_publishing.awaited,
            "kotlin": jvm_publishing.awaited,
            "go": go_publishing.returned,
            "csharp": csharp_publishing.awaited,
        },
    ),
    Fix(
        "log-failed-publish",
        frozenset(("unawaited-publish",)),
        log_failed_publish.offers,
        own={
            "java": jvm_publishing.logged,
            "kotlin": jvm_publishing.logged,
            "go": go_publishing.logged_only,
            "csharp": csharp_publishing.logged_only,
        },
    ),
    Fix("outbox", outbox.RULES, outbox.offers),
    Fix("dedup", dedup.RULES, dedup.offers),
    Fix(
        "acknowledge-after",
        frozenset(("auto-ack",)),
        acknowledge_after.offers,
        own={
            "java": jvm_acknowledging.offers,
            "kotlin": jvm_acknowledging.offers,
            "go": go_acknowledging.after_the_work,
            "csharp": acknowledge_after.offers,
        },
    ),
    Fix(
        "dead-letter",
        dead_letter.RULES,
        dead_letter.offers,
        own={
            "java": jvm_dead_letter.offers,
            "kotlin": jvm_dead_letter.offers,
            "go": dead_letter.offers,
            "csharp": dead_letter.offers,
        },
    ),
    Fix(
        "bound-retry",
        frozenset(("unbounded-retry",)),
        bound_retry.offers,
        own={
            "java": jvm_bound_retry.offers,
            "kotlin": jvm_bound_retry.offers,
            "go": go_retrying.bounded,
            "csharp": bound_retry.offers,
        },
    ),
    Fix(
        "rethrow",
        frozenset(("swallowed-failure",)),
        rethrow.offers,
        own={
            "java": jvm_rethrow.offers,
            "kotlin": jvm_rethrow.offers,
            "go": go_handling.let_out,
            "csharp": rethrow.offers,
        },
    ),
    Fix("log-with-error", log_with_error.RULES, log_with_error.offers, writes=_ALL_LANGUAGES),
    Fix("partition-key", partition_key.RULES, partition_key.offers, writes=partition_key.LANGUAGES),
    Fix("rename-channel", declare_external.RULES, rename_channel.offers, writes=None),
    Fix("declare-external", declare_external.RULES, declare_external.offers, writes=None),
    Fix(
        "remove-suppression",
        frozenset((UNUSED.id,)),
        remove_suppression.offers,
        writes=None,
        safe=frozenset(("remove",)),
    ),
    Fix("ignore", ignore.RULES, ignore.offers, writes=None),
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
    offering = fix.offers_in(known[0] if known is not None else None)
    if finding.rule not in fix.rules or offering is None:
        return []
    try:
        return list(offering(context, finding))
    except Exception:
        log.exception("fix %s failed for %s in %s:%d", fix.id, finding.rule, finding.file, finding.line)
        return []
