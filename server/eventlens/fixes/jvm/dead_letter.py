"""Dead-letter handling for Java and Kotlin: by the error handler, the declaration of the queue or the settings of the library."""

from __future__ import annotations

from collections.abc import Iterator

from eventlens.checks import no_dead_letter_queue
from eventlens.checks.context import Subject
from eventlens.fixes.changes import Change, Offer
from eventlens.fixes.context import FixContext
from eventlens.fixes.jvm import quarkus_dead_letter, spring_amqp_dead_letter, spring_kafka_dead_letter
from eventlens.flow.model import Finding
from eventlens.flow.site_node import SiteNode

_BY_LIBRARY = {
    "spring-kafka": spring_kafka_dead_letter.offers,
    "spring-amqp": spring_amqp_dead_letter.offers,
    "smallrye-reactive-messaging": quarkus_dead_letter.offers,
}


def offers(context: FixContext, finding: Finding) -> Iterator[Offer]:
    """Where the failure of a handler is known to reach the library: one that is caught before goes nowhere from there."""
    subject = context.subject(finding)
    if subject is None or subject.at is None or finding.rule == "swallowed-failure" or finding.confidence != "certain":
        return
    if not _lets_failures_out(subject):
        return
    by_library = _BY_LIBRARY.get(subject.at.match.library)
    if by_library is not None:
        yield from by_library(context, subject.at)


def _lets_failures_out(subject: Subject) -> bool:
    """Whether nothing of what a finding shows, but for the handler itself, is what lets go of the message."""
    handler = subject.at.handler.frame if subject.at is not None else None
    return handler is not None and all(one.node is handler.function for one in subject.related)


def kept(context: FixContext, site: SiteNode) -> tuple[Change, ...] | None:
    """What has to come along with a change by which failures reach the library, so that it neither drops the message nor gives it
    back without end: nothing where that is settled, or nothing gets worse; None where it cannot be settled here."""
    consumer = context.consumer(site)
    if consumer is None or site.role == "publish":
        return ()
    if (
        site.match.library == "spring-amqp"
        and consumer.policy.then == "requeue"
        and consumer.policy.dead_letter is None
    ):
        setting = spring_amqp_dead_letter.retried(context, site)
        return (setting,) if setting is not None else None
    ends = no_dead_letter_queue.may_lose(
        context.checks, consumer, no_dead_letter_queue.dead_letter_names(context.checks)
    )
    known = no_dead_letter_queue.end_of(context.checks, consumer)
    if not ends or (known is not None and known[2] == "certain"):
        return ()
    by_library = _BY_LIBRARY.get(site.match.library)
    offer = next(iter(by_library(context, site)), None) if by_library is not None else None
    return offer.changes() if offer is not None else None
