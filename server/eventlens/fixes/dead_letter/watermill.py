"""watermill: the router has a poison queue for what its handlers give back with an error."""

from __future__ import annotations

from collections.abc import Iterator

from eventlens import ir
from eventlens.checks.context import Subject
from eventlens.fixes.changes import Offer, edited
from eventlens.fixes.context import FixContext
from eventlens.fixes.dead_letter.rabbitmq import SUFFIX
from eventlens.fixes.golang.poison import poisoned
from eventlens.flow.model import Finding


def offers(context: FixContext, finding: Finding, subject: Subject) -> Iterator[Offer]:
    """Where failures leave the handler, in Go's words as the error that it gives."""
    site = subject.at
    if finding.rule != "no-dead-letter-queue" or site is None or len(site.channel.names) != 1:
        return
    if not site.channel.names[0].is_whole or any(isinstance(one.node, ir.Catch) for one in subject.related):
        return
    topic = f"{site.channel.names[0].text}{SUFFIX}"
    made = poisoned(context, site, topic) if topic.isprintable() and '"' not in topic else None
    if made is not None:
        changes = edited({made[0].path: made[1]})
        title = f"Keep what fails in {topic} (for all handlers of the router)"
        yield Offer("poison", title, lambda: changes, preferred=True)
