"""Add dead-letter handling where the channel is declared, or in the catch that would drop the message.

One module for each way: `rabbitmq` (arguments of the queue), `rabbitmq_catch` (the catch rejects), `kafka` (the catch publishes to
``<topic>.DLQ``; `kafka_python` likewise), `sqs` (a redrive policy in Terraform), `sqs_code` (one where the code creates the queue),
`watermill` (a middleware of the router). Java and Kotlin have ways of their own (`eventlens.fixes.jvm.dead_letter`).
"""

from __future__ import annotations

from collections.abc import Iterator

from eventlens.fixes.changes import Offer
from eventlens.fixes.context import FixContext
from eventlens.fixes.dead_letter import kafka, kafka_python, rabbitmq, rabbitmq_catch, sqs, sqs_code, watermill
from eventlens.flow.model import Finding

RULES = frozenset(("no-dead-letter-queue", "unbounded-retry", "swallowed-failure"))


def offers(context: FixContext, finding: Finding) -> Iterator[Offer]:
    """What fits the broker and the way in which the message is lost or comes again without end."""
    subject = context.subject(finding)
    if subject is None or subject.at is None:
        return
    broker = subject.at.channel.broker
    if subject.at.match.library == "watermill":
        yield from watermill.offers(context, finding, subject)
    elif broker == "rabbitmq" and (finding.rule == "swallowed-failure" or rabbitmq.only_logs(context, subject)):
        yield from rabbitmq_catch.offers(context, subject)
    elif broker == "rabbitmq":
        yield from rabbitmq.offers(context, finding, subject)
    elif broker == "kafka" and finding.rule != "unbounded-retry":
        yield from (kafka_python if subject.at.match.library in kafka_python.LIBRARIES else kafka).offers(
            context, subject
        )
    elif broker == "sqs" and finding.rule != "swallowed-failure":
        yield from (*sqs.offers(context, subject), *sqs_code.offers(context, subject))
