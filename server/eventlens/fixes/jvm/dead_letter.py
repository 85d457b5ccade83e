"""Dead-letter handling for Java and Kotlin: by the error handler, the declaration of the queue or the settings of the library."""

from __future__ import annotations

from collections.abc import Iterator

from eventlens.checks.context import Subject
from eventlens.fixes.changes import Offer
from eventlens.fixes.context import FixContext
from eventlens.fixes.jvm import quarkus_dead_letter, spring_amqp_dead_letter, spring_kafka_dead_letter
from eventlens.flow.model import Finding

_BY_LIBRARY = {
    "spring-kafka": spring_kafka_dead_letter.offers,
    "spring-amqp": spring_amqp_dead_letter.offers,
    "smallrye-reactive-messaging": quarkus_dead_letter.offers,
}


def offers(context: FixContext, finding: Finding) -> Iterator[Offer]:
    """Where the failure of a handler reaches the library: a failure that is caught before goes nowhere from there."""
    subject = context.subject(finding)
    if subject is None or subject.at is None or finding.rule == "swallowed-failure" or not _lets_failures_out(subject):
        return
    by_library = _BY_LIBRARY.get(subject.at.match.library)
    if by_library is not None:
        yield from by_library(context, subject.at)


def _lets_failures_out(subject: Subject) -> bool:
    """Whether nothing of what a finding shows, but for the handler itself, is what lets go of the message."""
    handler = subject.at.handler.frame if subject.at is not None else None
    return handler is not None and all(one.node is handler.function for one in subject.related)
